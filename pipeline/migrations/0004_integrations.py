"""Programs of others: keys and webhooks; the feed of changes, filled by triggers on what it tells about."""

import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

import pipeline.models.change
from ysh.core.db.operations import MoveToSchema

# Statement triggers: one INSERT ... SELECT for a statement, however many rows it writes. An UPDATE that changes nothing a reader
# can see leaves no row. What becomes visible is an INSERT, what is withdrawn a DELETE, whatever was written.
# `ysh.changes_quiet = 'on'` keeps them still, for loads that bring the feed's rows along.
COLUMNS = {
    "product": (
        "name, description, category, subcategory, manufacturer_id, model, brand, specifications, completeness, missing, sale_price, "
        "stock_quantity, min_stock_level, max_stock_level, reorder_point, status, certification_id, inmetro_certified, "
        "inmetro_certificate_number, image_urls, datasheet_url, manual_url, seo_slug, seo_title, seo_description"
    ),
    "kit": (
        "sku, name, description, system_type, power_kwp, declared_power_kwp, inverter_power_kw, voltage_phase, roof_type, "
        "avg_monthly_generation_kwh, estimated_coverage_percent, kit_cost, installation_cost, documentation_cost, regional_adjustments, "
        "target_consumer_class, recommended_consumption_min_kwh, recommended_consumption_max_kwh, warranty_years, support_level, "
        "review_state, status, check_state, completeness, missing, supplier_id, image_urls, technical_sheet_url, "
        "installation_guide_url, seo_slug, seo_title, seo_description"
    ),
    "certification": (
        "certificate_number, certificate_type, equipment_type, manufacturer, brand, model, family, description, power_rating_w, "
        "efficiency_percent, voltage_input_min_v, voltage_input_max_v, voltage_output_v, current_max_a, standards_compliance, ordinance, "
        "issue_date, expiry_date, last_inspection_date, status, revocation_reason, certificate_url, test_report_url"
    ),
}
ON_SALE = "status IN ('ACTIVE', 'OUT_OF_STOCK')"
# kind -> table, key, which rows the public sees
OBJECTS = {
    "product": ("products.products", "sku", ON_SALE),
    "kit": ("products.solar_kits", "kit_id", f"review_state = 'PUBLISHED' AND {ON_SALE}"),
    "certification": ("aneel.certifications", "certificate_id", "true"),
}
RECORD = """
CREATE FUNCTION pipeline.record_{kind}_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('ysh.changes_quiet', true) = 'on' THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO pipeline.changes (kind, key, operation)
        SELECT '{kind}', {key}, 'INSERT' FROM new_rows WHERE {visible} ORDER BY id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO pipeline.changes (kind, key, operation)
        SELECT '{kind}', {key}, 'DELETE' FROM old_rows WHERE {visible} ORDER BY id;
    ELSE
        INSERT INTO pipeline.changes (kind, key, operation)
        SELECT '{kind}', e.key, e.operation
        FROM (SELECT id, {key} AS key, {visible} AS seen, ROW({columns}) AS shown FROM old_rows) o
        JOIN (SELECT id, {key} AS key, {visible} AS seen, ROW({columns}) AS shown FROM new_rows) n USING (id)
        CROSS JOIN LATERAL (VALUES
            (1, o.key, 'DELETE', o.seen AND (NOT n.seen OR o.key <> n.key)),
            (2, n.key, 'INSERT', n.seen AND (NOT o.seen OR o.key <> n.key)),
            (3, n.key, 'UPDATE', o.seen AND n.seen AND o.key = n.key AND o.shown IS DISTINCT FROM n.shown)
        ) AS e (place, key, operation, happened)
        WHERE e.happened ORDER BY id, e.place;
    END IF;
    RETURN NULL;
END $$;
"""
# A kit changes with its parts.
RECORD_PARTS = """
CREATE FUNCTION pipeline.record_kit_part_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('ysh.changes_quiet', true) = 'on' THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO pipeline.changes (kind, key, operation) SELECT 'kit', k.kit_id, 'UPDATE' FROM products.solar_kits k
        WHERE k.id IN (SELECT kit_id FROM new_rows) AND {visible} ORDER BY k.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO pipeline.changes (kind, key, operation) SELECT 'kit', k.kit_id, 'UPDATE' FROM products.solar_kits k
        WHERE k.id IN (SELECT kit_id FROM old_rows) AND {visible} ORDER BY k.id;
    ELSE
        INSERT INTO pipeline.changes (kind, key, operation) SELECT 'kit', k.kit_id, 'UPDATE' FROM products.solar_kits k
        WHERE {visible} AND k.id IN (
            SELECT unnest(ARRAY[o.kit_id, n.kit_id]) FROM old_rows o JOIN new_rows n USING (id)
            WHERE (o.kit_id, o.product_id, o.component_type, o.quantity, o.unit_price, o.display_order, o.is_optional)
                  IS DISTINCT FROM (n.kit_id, n.product_id, n.component_type, n.quantity, n.unit_price, n.display_order, n.is_optional)
        ) ORDER BY k.id;
    END IF;
    RETURN NULL;
END $$;
"""
# Sale prices of what is on sale; what we pay is told to nobody. Prices are only ever inserted.
RECORD_PRICES = """
CREATE FUNCTION pipeline.record_price_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('ysh.changes_quiet', true) = 'on' THEN RETURN NULL; END IF;
    INSERT INTO pipeline.changes (kind, key, operation, data)
    SELECT 'price', coalesce(p.sku, k.kit_id), 'INSERT',
           jsonb_build_object('of', CASE WHEN p.id IS NULL THEN 'kit' ELSE 'product' END, 'kind', n.kind, 'amount', n.amount::text,
                              'valid_from', to_char(n.valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    FROM new_rows n
    LEFT JOIN products.products p ON p.id = n.product_id AND p.{product_visible}
    LEFT JOIN (SELECT * FROM products.solar_kits WHERE {kit_visible}) k ON k.id = n.kit_id
    WHERE n.kind = 'SALE' AND (p.id IS NOT NULL OR k.id IS NOT NULL) ORDER BY n.id;
    RETURN NULL;
END $$;
"""
TRIGGERS = [
    *((table, f"record_{kind}_changes") for kind, (table, _key, _visible) in OBJECTS.items()),
    ("products.kit_components", "record_kit_part_changes"),
]
ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}


def recording() -> list[str]:
    statements = [
        RECORD.format(kind=kind, key=key, visible=visible, columns=COLUMNS[kind])
        for kind, (_table, key, visible) in OBJECTS.items()
    ]
    statements += [
        RECORD_PARTS.format(visible=OBJECTS["kit"][2]),
        RECORD_PRICES.format(product_visible=ON_SALE, kit_visible=OBJECTS["kit"][2]),
    ]
    statements += [
        f"CREATE TRIGGER record_changes_{event.lower()} AFTER {event} ON {table} {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION pipeline.{function}()"
        for table, function in TRIGGERS
        for event, rows in ROWS.items()
    ]
    statements.append(
        f"CREATE TRIGGER record_changes_insert AFTER INSERT ON products.prices {ROWS['INSERT']} "
        "FOR EACH STATEMENT EXECUTE FUNCTION pipeline.record_price_changes()"
    )
    return statements


def dropping() -> list[str]:
    statements = ["DROP TRIGGER record_changes_insert ON products.prices"]
    statements += [f"DROP TRIGGER record_changes_{event.lower()} ON {table}" for table, _function in TRIGGERS for event in ROWS]
    names = [*(function for _table, function in TRIGGERS), "record_price_changes"]
    return statements + [f"DROP FUNCTION pipeline.{name}()" for name in names]


PRIVATE = ["api_keys", "webhook_endpoints", "webhook_deliveries"]
GRANTS = [
    *(f"GRANT ALL ON pipeline.{table} TO ysh_admin" for table in ("changes", *PRIVATE)),
    *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.{table} TO ysh_api" for table in ("changes", *PRIVATE)),
    *(f"GRANT ALL ON SEQUENCE pipeline.{table}_id_seq TO ysh_admin" for table in ("changes", *PRIVATE)),
    *(f"GRANT USAGE ON SEQUENCE pipeline.{table}_id_seq TO ysh_api" for table in ("changes", *PRIVATE)),
    "GRANT SELECT ON pipeline.changes TO ysh_readonly",
]


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0003_supplier_lists"),
        ("products", "0002_schema"),
        ("aneel", "0002_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(editable=False, max_length=8, unique=True, verbose_name="prefix")),
                ("hashed_key", models.CharField(editable=False, max_length=150, verbose_name="hash")),
                (
                    "previous_hashed_key",
                    models.CharField(
                        blank=True, default="", editable=False, max_length=150, verbose_name="hash of the previous key"
                    ),
                ),
                (
                    "previous_valid_until",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="previous key valid until"),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="who uses it; stands in the change log", max_length=100, unique=True, verbose_name="name"
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("export", "Exports without the limit of the anonymous"),
                                ("drafts", "See unpublished products and kits"),
                                ("ingest", "Start ingestion runs"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="scopes",
                    ),
                ),
                (
                    "requests_per_minute",
                    models.IntegerField(
                        default=1200,
                        help_text="more are answered with 429",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="requests a minute",
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires at")),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="revoked at")),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="to the minute", null=True, verbose_name="last used"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "db_table": "api_keys",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                (
                    "url",
                    models.CharField(
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="address",
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("product", "Product"),
                                ("kit", "Solar kit"),
                                ("price", "Price"),
                                ("certification", "Certification"),
                            ],
                            max_length=13,
                        ),
                        blank=True,
                        default=list,
                        help_text="none chosen: all of them",
                        size=None,
                        verbose_name="kinds",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("secret_version", models.IntegerField(default=1, editable=False, verbose_name="version of the secret")),
                ("window_low", models.BigIntegerField(default=0, editable=False)),
                ("window_high", models.BigIntegerField(default=0, editable=False)),
                ("last_id", models.BigIntegerField(default=0, editable=False)),
                ("paused_because", models.TextField(blank=True, default="", editable=False, verbose_name="paused because")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "db_table": "webhook_endpoints",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "transaction_id",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.comparison.Cast(
                                pipeline.models.change._CurrentTransaction(), models.TextField()
                            ),
                            models.BigIntegerField(),
                        ),
                        editable=False,
                        verbose_name="transaction",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("kit", "Solar kit"),
                            ("price", "Price"),
                            ("certification", "Certification"),
                        ],
                        max_length=13,
                        verbose_name="kind",
                    ),
                ),
                ("key", models.TextField(help_text="SKU, kit id or certificate id", verbose_name="key")),
                (
                    "operation",
                    models.CharField(
                        choices=[("INSERT", "Insertion"), ("UPDATE", "Update"), ("DELETE", "Deletion")],
                        max_length=6,
                        verbose_name="operation",
                    ),
                ),
                (
                    "data",
                    models.JSONField(
                        blank=True,
                        help_text="what cannot be read at the object's address: prices",
                        null=True,
                        verbose_name="data",
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="when the statement ran",
                        verbose_name="changed at",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of the catalogue",
                "verbose_name_plural": "changes of the catalogue",
                "db_table": "changes",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["transaction_id", "id"], name="changes_by_transaction"),
                    models.Index(fields=["changed_at"], name="changes_by_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["product", "kit", "price", "certification"])), name="changes_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("operation__in", ["INSERT", "UPDATE", "DELETE"])), name="changes_operation"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("delivery_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="delivery")),
                ("payload", models.JSONField(verbose_name="content")),
                ("change_count", models.IntegerField(verbose_name="changes")),
                (
                    "state",
                    models.CharField(
                        choices=[("PENDING", "Pending"), ("DELIVERED", "Delivered"), ("FAILED", "Given up")],
                        default="PENDING",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.IntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="next attempt"),
                ),
                ("last_status", models.SmallIntegerField(blank=True, null=True, verbose_name="last status")),
                ("last_error", models.TextField(blank=True, default="", verbose_name="last error")),
                ("last_duration_ms", models.IntegerField(blank=True, null=True, verbose_name="last duration (ms)")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered at")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="pipeline.webhookendpoint",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "db_table": "webhook_deliveries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["endpoint", "id"], name="webhook_deliveries_order"),
                    models.Index(
                        condition=models.Q(("state", "PENDING")), fields=["endpoint", "id"], name="webhook_deliveries_open"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PENDING", "DELIVERED", "FAILED"])), name="webhook_deliveries_state"
                    )
                ],
            },
        ),
        MoveToSchema("pipeline", ["changes", *PRIVATE]),
        migrations.RunSQL(recording(), dropping()),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
