"""What the rules store, the places they know, and triggers that notice when a kit is no longer what was checked."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema, TouchUpdatedAt

# A kit's power follows its parts: sum of quantity x Wp of its panels, of quantity x kW of its inverters, as far as all of them are
# known. Statement triggers: a bulk write costs one update, not one for each row. A kit that was never checked stays UNKNOWN.
STALE = """
CREATE FUNCTION products.mark_kits_stale(kits bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE marked bigint;
BEGIN
    WITH chosen AS MATERIALIZED (
        SELECT id FROM products.solar_kits
        WHERE id = ANY (kits) AND checked_at IS NOT NULL AND check_state <> 'STALE' ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE products.solar_kits k SET check_state = 'STALE' FROM chosen WHERE k.id = chosen.id;
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END $$;
COMMENT ON FUNCTION products.mark_kits_stale(bigint[]) IS
    'Says of these kits that something they were checked on has changed; returns how many were not out of date before.';

CREATE FUNCTION products.derive_kit_powers(kits bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH parts AS (
        SELECT c.kit_id, c.quantity,
               CASE WHEN c.component_type = 'PANEL' AND jsonb_typeof(p.specifications -> 'power_wp') = 'number'
                    THEN (p.specifications ->> 'power_wp')::numeric END AS wp,
               CASE WHEN c.component_type IN ('INVERTER', 'MICROINVERTER') AND jsonb_typeof(p.specifications -> 'ac_power_kw') = 'number'
                    THEN (p.specifications ->> 'ac_power_kw')::numeric END AS kw,
               c.component_type = 'PANEL' AS is_panel, c.component_type IN ('INVERTER', 'MICROINVERTER') AS is_inverter
        FROM products.kit_components c JOIN products.products p ON p.id = c.product_id
        WHERE c.kit_id = ANY (kits) AND NOT c.is_optional
    ), sums AS (
        SELECT kit_id,
               CASE WHEN bool_and(wp IS NOT NULL) FILTER (WHERE is_panel) THEN round(sum(quantity * wp) / 1000, 3) END AS kwp,
               CASE WHEN bool_and(kw IS NOT NULL AND quantity IS NOT NULL) FILTER (WHERE is_inverter)
                    THEN round(sum(quantity * kw), 3) END AS kw
        FROM parts GROUP BY kit_id
    ), changed AS MATERIALIZED (
        SELECT k.id, CASE WHEN s.kwp > 0 AND s.kwp < 10000000 THEN s.kwp ELSE k.power_kwp END AS kwp,
               CASE WHEN s.kw < 10000000 THEN s.kw ELSE k.inverter_power_kw END AS kw
        FROM sums s JOIN products.solar_kits k ON k.id = s.kit_id
        WHERE (s.kwp > 0 AND s.kwp <> k.power_kwp) OR (s.kw IS NOT NULL AND s.kw IS DISTINCT FROM k.inverter_power_kw)
        ORDER BY k.id FOR NO KEY UPDATE OF k
    )
    UPDATE products.solar_kits k SET power_kwp = changed.kwp, inverter_power_kw = changed.kw
    FROM changed WHERE k.id = changed.id AND (k.power_kwp, k.inverter_power_kw) IS DISTINCT FROM (changed.kwp, changed.kw)
$$;
COMMENT ON FUNCTION products.derive_kit_powers(bigint[]) IS
    'Sets power_kwp and inverter_power_kw of these kits to the sums over their parts, where all parts'' powers are known.';

CREATE FUNCTION products.follow_kit_components() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT kit_id) INTO touched FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT kit_id) INTO touched FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT kit_id) INTO touched FROM (
            SELECT n.kit_id, n.product_id, n.component_type, n.quantity, n.is_optional FROM new_rows n
            EXCEPT ALL SELECT o.kit_id, o.product_id, o.component_type, o.quantity, o.is_optional FROM old_rows o
            UNION ALL
            (SELECT o.kit_id, o.product_id, o.component_type, o.quantity, o.is_optional FROM old_rows o
             EXCEPT ALL SELECT n.kit_id, n.product_id, n.component_type, n.quantity, n.is_optional FROM new_rows n)
        ) changed;
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM products.derive_kit_powers(touched);
        PERFORM products.mark_kits_stale(touched);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_parts_insert AFTER INSERT ON products.kit_components
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products.follow_kit_components();
CREATE TRIGGER follow_parts_update AFTER UPDATE ON products.kit_components
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products.follow_kit_components();
CREATE TRIGGER follow_parts_delete AFTER DELETE ON products.kit_components
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION products.follow_kit_components();

CREATE FUNCTION products.follow_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE repowered bigint[]; touched bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.kit_id), array_agg(DISTINCT c.kit_id) FILTER (WHERE o.specifications <> n.specifications)
    INTO touched, repowered
    FROM old_rows o JOIN new_rows n USING (id) JOIN products.kit_components c ON c.product_id = n.id
    WHERE (o.sku, o.category, o.specifications, o.specification_sources, o.brand, o.model, o.certification_id, o.inmetro_certified,
           o.inmetro_certificate_number, o.datasheet_url, o.status, o.stock_quantity = 0)
       IS DISTINCT FROM
          (n.sku, n.category, n.specifications, n.specification_sources, n.brand, n.model, n.certification_id, n.inmetro_certified,
           n.inmetro_certificate_number, n.datasheet_url, n.status, n.stock_quantity = 0);
    IF repowered IS NOT NULL THEN
        PERFORM products.derive_kit_powers(repowered);
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM products.mark_kits_stale(touched);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_in_kits AFTER UPDATE ON products.products
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products.follow_products();

CREATE FUNCTION products.stale_on_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.check_state := 'STALE';
    RETURN NEW;
END $$;
CREATE TRIGGER stale_on_change BEFORE UPDATE ON products.solar_kits FOR EACH ROW
    WHEN (OLD.checked_at IS NOT NULL AND OLD.check_state = NEW.check_state AND
          (OLD.kit_id, OLD.system_type, OLD.voltage_phase, OLD.roof_type, OLD.power_kwp, OLD.declared_power_kwp, OLD.inverter_power_kw,
           OLD.kit_cost, OLD.regional_adjustments)
          IS DISTINCT FROM
          (NEW.kit_id, NEW.system_type, NEW.voltage_phase, NEW.roof_type, NEW.power_kwp, NEW.declared_power_kwp, NEW.inverter_power_kw,
           NEW.kit_cost, NEW.regional_adjustments))
    EXECUTE FUNCTION products.stale_on_change();

CREATE FUNCTION products.follow_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products.mark_kits_stale(array_agg(DISTINCT kit_id)) FROM new_rows WHERE kit_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_in_kits AFTER INSERT ON products.prices
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products.follow_prices();

CREATE FUNCTION products.follow_certification_in_kits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products.mark_kits_stale(array_agg(DISTINCT c.kit_id))
    FROM products.products p JOIN products.kit_components c ON c.product_id = p.id WHERE p.certification_id = NEW.id
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_certification_in_kits AFTER UPDATE ON aneel.certifications FOR EACH ROW
    WHEN ((OLD.certificate_type, OLD.certificate_number, OLD.status, OLD.expiry_date, OLD.manufacturer, OLD.model, OLD.ordinance,
           OLD.power_rating_w, OLD.efficiency_percent, OLD.standards_compliance)
          IS DISTINCT FROM
          (NEW.certificate_type, NEW.certificate_number, NEW.status, NEW.expiry_date, NEW.manufacturer, NEW.model, NEW.ordinance,
           NEW.power_rating_w, NEW.efficiency_percent, NEW.standards_compliance))
    EXECUTE FUNCTION products.follow_certification_in_kits();

CREATE FUNCTION products.follow_site_conditions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products.mark_kits_stale(array_agg(id)) FROM products.solar_kits WHERE checked_at IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_in_kits_insert AFTER INSERT ON products.site_conditions FOR EACH ROW
    WHEN (NEW.code = 'BR') EXECUTE FUNCTION products.follow_site_conditions();
CREATE TRIGGER follow_in_kits_update AFTER UPDATE ON products.site_conditions FOR EACH ROW
    WHEN (NEW.code = 'BR' AND (OLD.min_ambient_c, OLD.max_cell_c) IS DISTINCT FROM (NEW.min_ambient_c, NEW.max_cell_c))
    EXECUTE FUNCTION products.follow_site_conditions();
CREATE TRIGGER follow_in_kits_delete AFTER DELETE ON products.site_conditions FOR EACH ROW
    WHEN (OLD.code = 'BR') EXECUTE FUNCTION products.follow_site_conditions();
"""
DROP_STALE = """
DROP TRIGGER follow_in_kits_delete ON products.site_conditions;
DROP TRIGGER follow_in_kits_update ON products.site_conditions;
DROP TRIGGER follow_in_kits_insert ON products.site_conditions;
DROP FUNCTION products.follow_site_conditions();
DROP TRIGGER follow_certification_in_kits ON aneel.certifications;
DROP FUNCTION products.follow_certification_in_kits();
DROP TRIGGER follow_in_kits ON products.prices;
DROP FUNCTION products.follow_prices();
DROP TRIGGER stale_on_change ON products.solar_kits;
DROP FUNCTION products.stale_on_change();
DROP TRIGGER follow_in_kits ON products.products;
DROP FUNCTION products.follow_products();
DROP TRIGGER follow_parts_delete ON products.kit_components;
DROP TRIGGER follow_parts_update ON products.kit_components;
DROP TRIGGER follow_parts_insert ON products.kit_components;
DROP FUNCTION products.follow_kit_components();
DROP FUNCTION products.derive_kit_powers(bigint[]);
DROP FUNCTION products.mark_kits_stale(bigint[]);
"""
GRANTS = """
GRANT ALL ON products.site_conditions TO ysh_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON products.site_conditions TO ysh_api;
GRANT SELECT ON products.site_conditions TO ysh_readonly;
GRANT SELECT (checked_with, photo_exception) ON products.solar_kits TO ysh_readonly;
GRANT SELECT (specification_sources) ON products.products TO ysh_readonly;
"""
REVOKES = "REVOKE ALL ON products.site_conditions FROM ysh_admin, ysh_api, ysh_readonly"


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0004_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="kitcheck",
            name="digest",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="of the whole finding, to tell what changed",
                max_length=32,
                verbose_name="digest",
            ),
        ),
        migrations.AddField(
            model_name="kitcheck",
            name="fix_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="fix code"),
        ),
        migrations.AddField(
            model_name="kitcheck",
            name="fix_params",
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name="fix parameters"),
        ),
        migrations.AddField(
            model_name="kitcheck",
            name="message_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="message code"),
        ),
        migrations.AddField(
            model_name="kitcheck",
            name="message_params",
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name="message parameters"),
        ),
        migrations.AddField(
            model_name="kitcheck",
            name="part_sku",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="SKU of the product concerned",
                max_length=100,
                verbose_name="part",
            ),
        ),
        migrations.AddField(
            model_name="solarkit",
            name="checked_with",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="rules' version and site temperatures",
                max_length=80,
                verbose_name="checked with",
            ),
        ),
        migrations.AlterField(
            model_name="kitcheck",
            name="message",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="in Portuguese; other languages are made from code and parameters",
                verbose_name="message",
            ),
        ),
        migrations.CreateModel(
            name="SiteConditions",
            fields=[
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
                (
                    "code",
                    models.CharField(
                        help_text="BR, a state (SP) or a municipality's IBGE code (7 digits)",
                        max_length=7,
                        primary_key=True,
                        serialize=False,
                        verbose_name="place",
                    ),
                ),
                ("name", models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="name")),
                (
                    "min_ambient_c",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="lowest ambient temperature (°C)"
                    ),
                ),
                (
                    "max_cell_c",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="highest cell temperature (°C)"
                    ),
                ),
                (
                    "temperature_source",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=300, verbose_name="source of the temperatures"
                    ),
                ),
                (
                    "irradiation_kwh_m2_day",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(
                            decimal_places=3, max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal("0"))]
                        ),
                        blank=True,
                        help_text="twelve monthly means, January first, in the plane of the modules",
                        null=True,
                        size=12,
                        verbose_name="irradiation (kWh/m² a day)",
                    ),
                ),
                (
                    "uncertainty_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="uncertainty (%)",
                    ),
                ),
                (
                    "irradiation_source",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=300, verbose_name="source of the irradiation"
                    ),
                ),
                (
                    "irradiation_licence",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=120, verbose_name="licence of the irradiation"
                    ),
                ),
            ],
            options={
                "verbose_name": "site conditions",
                "verbose_name_plural": "site conditions",
                "db_table": "site_conditions",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^(BR|[A-Z]{2}|[0-9]{7})$")), name="site_conditions_code"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_ambient_c__range", (Decimal("-40"), Decimal("40")))),
                        name="site_conditions_min_ambient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_cell_c__range", (Decimal("25"), Decimal("110")))),
                        name="site_conditions_max_cell",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_cell_c__gt", models.F("min_ambient_c"))),
                        name="site_conditions_temperature_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("irradiation_kwh_m2_day__len", 12)),
                        name="site_conditions_twelve_months",
                        violation_error_message="Expected twelve monthly values.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("uncertainty_percent__range", (Decimal("0"), Decimal("100")))),
                        name="site_conditions_uncertainty",
                    ),
                ],
            },
        ),
        MoveToSchema("products", ["site_conditions"]),
        TouchUpdatedAt("products.site_conditions"),
        migrations.RunSQL(GRANTS, REVOKES),
        migrations.RunSQL(STALE, DROP_STALE),
    ]
