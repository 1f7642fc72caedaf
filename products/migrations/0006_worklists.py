"""Work lists: filters people keep, duplicates, price moves, the index each list needs; products that were merged."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema, TouchUpdatedAt

# Same category, brand and power (where both say one), the same digits in the model and letters that are nearly the same: in model codes
# digits tell articles apart, spaces and dashes do not. Kits: the same parts in the same quantities, for the same roof and grid.
DUPLICATES = r"""
CREATE MATERIALIZED VIEW products.mv_possible_duplicates AS
WITH articles AS (
    SELECT p.id, p.category, public.folded(coalesce(m.name, p.brand)) AS brand,
           regexp_replace(public.folded(p.model), '[^a-z0-9]', '', 'g') AS model,
           regexp_replace(p.model, '[^0-9]+', ' ', 'g') AS digits,
           coalesce(p.specifications ->> 'power_wp', p.specifications ->> 'ac_power_kw') AS power
    FROM products.products p LEFT JOIN products.manufacturers m ON m.id = p.manufacturer_id
    WHERE p.model <> '' AND p.merged_into_id IS NULL AND p.status <> 'DISCONTINUED'
), pairs AS (
    SELECT a.id AS first, b.id AS second, public.similarity(a.model, b.model) AS likeness
    FROM articles a JOIN articles b
      ON b.category = a.category AND b.brand = a.brand AND replace(b.digits, ' ', '') = replace(a.digits, ' ', '') AND b.id > a.id
    WHERE (a.power = b.power OR a.power IS NULL OR b.power IS NULL) AND (a.model = b.model OR public.similarity(a.model, b.model) >= 0.6)
), leaders AS (
    SELECT second AS id, min(first) AS leader, max(likeness) AS likeness FROM pairs GROUP BY second
), members AS (
    SELECT id, leader, likeness FROM leaders
    UNION ALL
    SELECT leader, leader, max(likeness) FROM leaders WHERE leader NOT IN (SELECT id FROM leaders) GROUP BY leader
), kit_parts AS (
    SELECT c.kit_id, string_agg(concat_ws(':', c.product_id, c.component_type, c.quantity), ',' ORDER BY c.product_id, c.component_type) AS parts
    FROM products.kit_components c GROUP BY c.kit_id
), kit_groups AS (
    SELECT k.id, min(k.id) OVER same AS leader, count(*) OVER same AS size
    FROM products.solar_kits k JOIN kit_parts p ON p.kit_id = k.id
    WHERE k.review_state <> 'ARCHIVED'
    WINDOW same AS (PARTITION BY p.parts, k.supplier_id, k.roof_type, k.voltage_phase)
)
SELECT 'p' || m.id AS key, m.id AS product_id, NULL::bigint AS kit_id,
       md5('p' || string_agg(m.id::text, ',') OVER whole) AS group_key, (count(*) OVER whole)::integer AS group_size,
       m.likeness::double precision AS likeness
FROM members m
WINDOW whole AS (PARTITION BY m.leader ORDER BY m.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
UNION ALL
SELECT 'k' || g.id, NULL, g.id, md5('k' || string_agg(g.id::text, ',') OVER whole), g.size::integer, 1
FROM kit_groups g WHERE g.size > 1
WINDOW whole AS (PARTITION BY g.leader ORDER BY g.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);
CREATE UNIQUE INDEX mv_possible_duplicates_key ON products.mv_possible_duplicates (key);
COMMENT ON MATERIALIZED VIEW products.mv_possible_duplicates IS
    'Products and kits that look like another, by group, as of the last refresh; groups somebody dismissed included.';
GRANT SELECT ON products.mv_possible_duplicates TO ysh_admin, ysh_api, ysh_readonly;
"""

# Between the two newest prices of one supplier; a price of our own making is compared with our own last one.
PRICE_MOVES = """
CREATE MATERIALIZED VIEW products.mv_price_moves AS
SELECT concat_ws(':', 'p' || product_id, 'k' || kit_id, kind, supplier_id) AS key, product_id, kit_id, kind, previous_amount, amount,
       round((amount / previous_amount - 1) * 100, 1)::numeric(12, 1) AS percent, valid_from AS moved_at
FROM (
    SELECT product_id, kit_id, supplier_id, kind, amount, valid_from, lag(amount) OVER seen AS previous_amount,
           lead(id) OVER seen IS NULL AS is_newest
    FROM products.prices WINDOW seen AS (PARTITION BY product_id, kit_id, supplier_id, kind ORDER BY valid_from, id)
) p
WHERE is_newest AND previous_amount > 0 AND abs(amount / previous_amount - 1) > 0.10;
CREATE UNIQUE INDEX mv_price_moves_key ON products.mv_price_moves (key);
COMMENT ON MATERIALIZED VIEW products.mv_price_moves IS
    'Newest prices more than 10 % from the one before, of the same supplier and kind, as of the last refresh.';
GRANT SELECT ON products.mv_price_moves TO ysh_admin, ysh_api;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0003_municipalities"),
        ("products", "0005_kit_engine"),
    ]

    operations = [
        migrations.CreateModel(
            name="PossibleDuplicate",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="products.product",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="products.solarkit",
                    ),
                ),
                ("group_key", models.TextField(verbose_name="group")),
                ("group_size", models.IntegerField(verbose_name="rows in the group")),
                ("likeness", models.FloatField(verbose_name="likeness")),
            ],
            options={
                "verbose_name": "possible duplicate",
                "verbose_name_plural": "possible duplicates",
                "db_table": "mv_possible_duplicates",
                "ordering": ["group_key", "key"],
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PriceMove",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="products.product",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="products.solarkit",
                    ),
                ),
                ("kind", models.CharField(max_length=4, verbose_name="kind")),
                ("previous_amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="before (R$)")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount (R$)")),
                ("percent", models.DecimalField(decimal_places=1, max_digits=12, verbose_name="change (%)")),
                ("moved_at", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "price move",
                "verbose_name_plural": "price moves",
                "db_table": "mv_price_moves",
                "ordering": ["-moved_at", "key"],
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DuplicateDismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("group_key", models.CharField(max_length=32, unique=True, verbose_name="group")),
                ("dismissed_by", models.CharField(max_length=150, verbose_name="by")),
                ("reason", models.TextField(blank=True, db_default="", default="", verbose_name="reason")),
            ],
            options={
                "verbose_name": "dismissed duplicate",
                "verbose_name_plural": "dismissed duplicates",
                "db_table": "duplicate_dismissals",
                "ordering": ["-created_at", "-id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("owner", models.CharField(help_text="user name", max_length=150, verbose_name="owner")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "list_name",
                    models.CharField(help_text="the model's name: solarkit, product", max_length=40, verbose_name="list"),
                ),
                ("query", models.TextField(help_text="the list's address behind the question mark", verbose_name="filters")),
                ("is_shared", models.BooleanField(db_default=False, default=False, verbose_name="for everybody")),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "db_table": "saved_filters",
                "ordering": ["name", "id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="product",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="the product that took this one's place; this row keeps the code and the prices seen under it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="products.product",
                verbose_name="merged into",
            ),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["review_state", "name", "id"], name="solar_kits_by_review"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["check_state", "name", "id"], name="solar_kits_by_check"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(
                condition=models.Q(("completeness__isnull", True), ("completeness__lt", 1), _connector="OR"),
                fields=["name", "id"],
                name="solar_kits_incomplete",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", models.F("id")), _negated=True), name="products_not_merged_into_itself"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(
                fields=("owner", "list_name", "name"),
                name="saved_filters_name",
                violation_error_message="You have a filter of this name already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="saved_filters_name_not_blank"
            ),
        ),
        migrations.RunSQL(DUPLICATES, "DROP MATERIALIZED VIEW products.mv_possible_duplicates"),
        migrations.RunSQL(PRICE_MOVES, "DROP MATERIALIZED VIEW products.mv_price_moves"),
        MoveToSchema("products", ["saved_filters", "duplicate_dismissals"]),
        TouchUpdatedAt("products.saved_filters", "products.duplicate_dismissals"),
        migrations.RunSQL(
            """
            GRANT ALL ON products.saved_filters, products.duplicate_dismissals TO ysh_admin;
            GRANT SELECT, INSERT, UPDATE, DELETE ON products.saved_filters, products.duplicate_dismissals TO ysh_api;
            GRANT SELECT (merged_into_id) ON products.products TO ysh_readonly;
            """,
            migrations.RunSQL.noop,
        ),
    ]
