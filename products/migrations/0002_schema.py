"""The schema `products`: tables moved there, triggers, functions, views, rights."""

from django.db import migrations

from ysh.core.db.operations import GrantOnSchema, MoveToSchema, TouchUpdatedAt

TABLES = ["manufacturers", "suppliers", "products", "prices", "solar_kits", "kit_components", "kit_checks"]

# Django's foreign keys say NO ACTION; these say what the data model says, for raw SQL too.
ON_DELETE = [
    ("kit_components", "kit_id", "CASCADE"),
    ("kit_components", "product_id", "RESTRICT"),
    ("kit_checks", "kit_id", "CASCADE"),
    ("prices", "product_id", "RESTRICT"),
    ("prices", "kit_id", "RESTRICT"),
]
SET_ON_DELETE = """
DO $$
DECLARE key record;
BEGIN
    SELECT c.conname, pg_get_constraintdef(c.oid) AS definition INTO STRICT key
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND c.conrelid = 'products.{table}'::regclass AND a.attname = '{column}';
    EXECUTE format('ALTER TABLE products.{table} DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', key.conname, key.conname,
                   replace(regexp_replace(key.definition, ' ON DELETE (CASCADE|RESTRICT)', ''), ' DEFERRABLE', '{action} DEFERRABLE'));
END $$;
"""


def foreign_key_actions() -> migrations.RunSQL:
    return migrations.RunSQL(
        [SET_ON_DELETE.format(table=table, column=column, action=f" ON DELETE {action}") for table, column, action in ON_DELETE],
        [SET_ON_DELETE.format(table=table, column=column, action="") for table, column, _ in ON_DELETE],
    )


# TRUNCATE stays possible for the table's owner (Django's flush needs it); ysh_api has no right to it.
APPEND_ONLY = """
CREATE FUNCTION products.refuse_price_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = format('products.prices is append-only: %s of price %s refused.', TG_OP, OLD.id),
        HINT = 'Insert a new row with its own valid_from; retire a product or kit by its status.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON products.prices FOR EACH ROW EXECUTE FUNCTION products.refuse_price_change();
"""
DROP_APPEND_ONLY = """
DROP TRIGGER append_only ON products.prices;
DROP FUNCTION products.refuse_price_change();
"""

# inmetro_certified depends on another table's row and on the calendar, so it cannot be a generated column. Triggers on both
# tables keep it; a daily call of refresh_inmetro_certified() lets certificates expire. Today is Brazil's day.
CERTIFIED = """
CREATE FUNCTION products.certificate_in_force(certificate_type text, status text, expiry_date date)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT certificate_type = 'INMETRO' AND status = 'ACTIVE'
       AND (expiry_date IS NULL OR expiry_date >= (now() AT TIME ZONE 'America/Sao_Paulo')::date)
$$;
COMMENT ON FUNCTION products.certificate_in_force(text, text, date) IS
    'Whether a certificate is an INMETRO registration in force today (day of America/Sao_Paulo; the day of expiry still counts).';

CREATE FUNCTION products.is_inmetro_certified(certification bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM aneel.certifications c
        WHERE c.id = certification AND products.certificate_in_force(c.certificate_type, c.status, c.expiry_date)
    )
$$;
COMMENT ON FUNCTION products.is_inmetro_certified(bigint) IS 'Whether the certification with this id is an INMETRO registration in force today.';

CREATE FUNCTION products.derive_inmetro_certified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.inmetro_certified := NEW.certification_id IS NOT NULL AND products.is_inmetro_certified(NEW.certification_id);
    RETURN NEW;
END $$;
CREATE TRIGGER derive_inmetro_certified BEFORE INSERT OR UPDATE OF certification_id, inmetro_certified ON products.products
    FOR EACH ROW EXECUTE FUNCTION products.derive_inmetro_certified();

CREATE FUNCTION products.follow_certification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products.products SET inmetro_certified = DEFAULT
    WHERE certification_id = NEW.id AND inmetro_certified IS DISTINCT FROM products.is_inmetro_certified(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_certification AFTER UPDATE OF certificate_type, status, expiry_date ON aneel.certifications FOR EACH ROW
    WHEN ((OLD.certificate_type, OLD.status, OLD.expiry_date) IS DISTINCT FROM (NEW.certificate_type, NEW.status, NEW.expiry_date))
    EXECUTE FUNCTION products.follow_certification();

CREATE FUNCTION products.refresh_inmetro_certified() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE changed bigint;
BEGIN
    UPDATE products.products SET inmetro_certified = DEFAULT
    WHERE certification_id IS NOT NULL AND inmetro_certified IS DISTINCT FROM products.is_inmetro_certified(certification_id);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
COMMENT ON FUNCTION products.refresh_inmetro_certified() IS
    'Brings inmetro_certified up to today for every product; returns how many products changed. Run daily: certificates expire by the calendar.';
"""
DROP_CERTIFIED = """
DROP FUNCTION products.refresh_inmetro_certified();
DROP TRIGGER follow_certification ON aneel.certifications;
DROP FUNCTION products.follow_certification();
DROP TRIGGER derive_inmetro_certified ON products.products;
DROP FUNCTION products.derive_inmetro_certified();
DROP FUNCTION products.is_inmetro_certified(bigint);
DROP FUNCTION products.certificate_in_force(text, text, date);
"""

STOCK_STATUS = """
CREATE FUNCTION products.stock_status(stock integer, min_level integer, max_level integer, reorder_point integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN stock IS NULL THEN 'UNKNOWN'
                WHEN stock = 0 THEN 'OUT_OF_STOCK'
                WHEN stock <= reorder_point OR stock < min_level THEN 'LOW_STOCK'
                WHEN stock > max_level THEN 'OVERSTOCK'
                ELSE 'IN_STOCK' END
$$;
COMMENT ON FUNCTION products.stock_status(integer, integer, integer, integer) IS
    'UNKNOWN, OUT_OF_STOCK, LOW_STOCK (at or below the reorder point, or below the minimum), OVERSTOCK (above the maximum) or IN_STOCK.';
"""

# The views hold no purchase prices and no margins, so that they may be shown to anybody who may read the catalogue.
VIEWS = """
CREATE VIEW products.v_product_catalog AS
SELECT p.id, p.sku, p.name, p.description, p.category, p.subcategory, p.manufacturer_id, m.name AS manufacturer, p.brand, p.model,
       p.specifications, p.completeness, p.missing, p.sale_price, p.status, p.stock_quantity,
       products.stock_status(p.stock_quantity, p.min_stock_level, p.max_stock_level, p.reorder_point) AS stock_status,
       coalesce(products.certificate_in_force(c.certificate_type, c.status, c.expiry_date), false) AS inmetro_certified,
       coalesce(c.certificate_number, nullif(p.inmetro_certificate_number, '')) AS inmetro_certificate_number,
       c.expiry_date AS certificate_expiry_date, p.image_urls, p.datasheet_url, p.manual_url, p.seo_slug, p.created_at, p.updated_at
FROM products.products p
LEFT JOIN products.manufacturers m ON m.id = p.manufacturer_id
LEFT JOIN aneel.certifications c ON c.id = p.certification_id
WHERE p.status IN ('ACTIVE', 'OUT_OF_STOCK');
COMMENT ON VIEW products.v_product_catalog IS
    'Products on sale, those out of stock included, with manufacturer, stock status and the state of the INMETRO registration today.';

CREATE VIEW products.v_kits_detailed AS
SELECT k.id, k.kit_id, k.sku, k.name, k.description, k.system_type, k.power_kwp, k.declared_power_kwp, k.inverter_power_kw, k.dc_ac_ratio,
       k.voltage_phase, k.roof_type, k.avg_monthly_generation_kwh, k.estimated_coverage_percent, k.kit_cost, k.installation_cost,
       k.documentation_cost, k.total_price, k.price_per_wp, k.regional_adjustments, k.target_consumer_class,
       k.recommended_consumption_min_kwh, k.recommended_consumption_max_kwh, k.warranty_years, k.support_level, k.review_state, k.status,
       k.check_state, k.checked_at, k.completeness, k.missing, k.supplier_id, s.name AS supplier, k.image_urls, k.technical_sheet_url,
       k.installation_guide_url, k.seo_slug, parts.component_count, parts.components, k.created_at, k.updated_at
FROM products.solar_kits k
LEFT JOIN products.suppliers s ON s.code = k.supplier_id
CROSS JOIN LATERAL (
    SELECT count(*) AS component_count,
           coalesce(json_agg(json_build_object(
               'sku', p.sku, 'name', p.name, 'manufacturer', m.name, 'model', p.model, 'category', p.category,
               'component_type', c.component_type, 'quantity', c.quantity, 'unit_price', c.unit_price, 'total_price', c.total_price,
               'is_optional', c.is_optional, 'specifications', p.specifications
           ) ORDER BY c.display_order, c.id), '[]'::json) AS components
    FROM products.kit_components c
    JOIN products.products p ON p.id = c.product_id
    LEFT JOIN products.manufacturers m ON m.id = p.manufacturer_id
    WHERE c.kit_id = k.id
) parts;
COMMENT ON VIEW products.v_kits_detailed IS
    'Every kit, in whatever state (see review_state and status), with its components as a json list in the order of display.';

CREATE FUNCTION products.get_kit_cost_breakdown(kit text)
RETURNS TABLE (item text, quantity integer, unit_price numeric, total numeric, share numeric) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH chosen AS (
        SELECT k.id, k.kit_cost, k.installation_cost, k.documentation_cost, k.total_price
        FROM products.solar_kits k WHERE k.kit_id = get_kit_cost_breakdown.kit AND k.total_price IS NOT NULL
    ), parts AS (
        SELECT c.display_order, c.id, p.name, c.quantity, c.unit_price, c.total_price
        FROM chosen JOIN products.kit_components c ON c.kit_id = chosen.id JOIN products.products p ON p.id = c.product_id
        WHERE NOT c.is_optional
    ), lines (block, place, tie, label, pieces, price, amount) AS (
        SELECT 1, display_order, id, name::text, quantity, unit_price, total_price FROM parts
        UNION ALL
        SELECT 2, 0, 0, 'UNITEMISED', 1, rest, rest
        FROM (SELECT kit_cost - coalesce((SELECT sum(total_price) FROM parts), 0) AS rest FROM chosen) remainder WHERE rest <> 0
        UNION ALL
        SELECT 3, 0, 0, 'INSTALLATION', 1, installation_cost, installation_cost FROM chosen WHERE installation_cost IS NOT NULL
        UNION ALL
        SELECT 4, 0, 0, 'DOCUMENTATION', 1, documentation_cost, documentation_cost FROM chosen WHERE documentation_cost IS NOT NULL
    ), running AS (
        SELECT lines.*, sum(amount) OVER (ORDER BY block, place, tie) AS upto FROM lines
    )
    SELECT label, pieces, price, amount,
           CASE WHEN chosen.total_price > 0 THEN round(upto / chosen.total_price, 4) - round((upto - amount) / chosen.total_price, 4) END
    FROM running, chosen ORDER BY block, place, tie
$$;
COMMENT ON FUNCTION products.get_kit_cost_breakdown(text) IS
    'What a kit''s total price is made of, by kit_id; amounts in R$ that add up to total_price exactly, shares (0..1) that add up to 1. '
    'A component is named by its product and has no total while its price or count is not known; UNITEMISED is the rest of the kit''s price '
    '(negative when the set is cheaper than its parts); optional components are not part of it. No rows for a kit that is unknown or has no price.';
"""
DROP_VIEWS = """
DROP FUNCTION products.get_kit_cost_breakdown(text);
DROP VIEW products.v_kits_detailed;
DROP VIEW products.v_product_catalog;
"""

# Room on each page, so that a daily list's new prices and stocks, which no index covers, leave the indexes alone.
TUNING = "ALTER TABLE products.products SET (fillfactor = 85); ALTER TABLE products.solar_kits SET (fillfactor = 85);"
RESET_TUNING = "ALTER TABLE products.solar_kits RESET (fillfactor); ALTER TABLE products.products RESET (fillfactor);"

# ysh_readonly reads what the public catalogue shows. Hidden from it: what we pay (cost prices, the price history), our margins,
# and the suppliers' records as received, which repeat their prices.
PRODUCT_COLUMNS = [
    "id", "sku", "name", "description", "category", "subcategory", "manufacturer_id", "model", "brand", "specifications", "completeness",
    "missing", "sale_price", "stock_quantity", "min_stock_level", "max_stock_level", "reorder_point", "status", "certification_id",
    "inmetro_certified", "inmetro_certificate_number", "image_urls", "datasheet_url", "manual_url", "seo_slug", "seo_title",
    "seo_description", "seo_keywords", "medusa_product_id", "saleor_product_id", "source_run_id", "search_vector", "created_at", "updated_at",
]  # fmt: skip
KIT_COLUMNS = [
    "id", "kit_id", "sku", "name", "description", "system_type", "power_kwp", "declared_power_kwp", "inverter_power_kw", "dc_ac_ratio",
    "voltage_phase", "roof_type", "avg_monthly_generation_kwh", "estimated_coverage_percent", "kit_cost", "installation_cost",
    "documentation_cost", "total_price", "price_per_wp", "regional_adjustments", "target_consumer_class", "recommended_consumption_min_kwh",
    "recommended_consumption_max_kwh", "warranty_years", "support_level", "review_state", "status", "check_state", "checked_at",
    "completeness", "missing", "supplier_id", "medusa_product_id", "saleor_product_id", "image_urls", "technical_sheet_url",
    "installation_guide_url", "seo_slug", "seo_title", "seo_description", "seo_keywords", "source_run_id", "search_vector", "created_at",
    "updated_at",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]

    operations = [
        MoveToSchema("products", TABLES),
        TouchUpdatedAt(*(f"products.{table}" for table in TABLES)),
        foreign_key_actions(),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        migrations.RunSQL(CERTIFIED, DROP_CERTIFIED),
        migrations.RunSQL(STOCK_STATUS, "DROP FUNCTION products.stock_status(integer, integer, integer, integer)"),
        migrations.RunSQL(VIEWS, DROP_VIEWS),
        migrations.RunSQL(TUNING, RESET_TUNING),
        GrantOnSchema(
            "products",
            insert_only=["prices"],
            hidden=["prices"],
            columns={"products": PRODUCT_COLUMNS, "solar_kits": KIT_COLUMNS},
        ),
    ]
