"""Search that understands quantities ("5kw" is "5,0 kW" is "5000 W"), and the catalogue's words, for corrections of typos."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models
from django.db.models import F, Func, GeneratedField, TextField

# A quantity becomes one word, whatever its spelling: 610 Wp, 0,61 kWp -> q610w; 4 mm² -> q4mm. A dot before exactly three digits
# groups thousands, but not before kW and kWp: suppliers write 2.220Wp and 1.24kWp. `products.search_terms` writes the same words.
SEARCH_VECTOR = r"""
CREATE FUNCTION products.quantity_words(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg('q' || replace(trim_scale(amount * CASE WHEN unit IN ('kw', 'kwp', 'kwh') THEN 1000 ELSE 1 END)::text, '.', 'x')
                      || CASE unit WHEN 'kw' THEN 'w' WHEN 'kwp' THEN 'w' WHEN 'wp' THEN 'w' WHEN 'kwh' THEN 'wh' WHEN 'mm2' THEN 'mm'
                              ELSE unit END, ' ')
    FROM (
        SELECT match[2] AS unit,
               CASE WHEN match[1] LIKE '%,%' THEN replace(replace(match[1], '.', ''), ',', '.')
                    WHEN match[1] ~ '\..*\.' OR (match[1] ~ '\.\d{3}$' AND match[2] IN ('w', 'wp')) THEN replace(match[1], '.', '')
                    ELSE match[1] END::numeric AS amount
        FROM regexp_matches(
            public.folded(value),
            '(?:^|[^\w.,])(\d{1,3}(?:\.\d{3})+(?:,\d{1,4})?|\d{1,9}(?:[.,]\d{1,4})?)\s?(kwp|kwh|kw|wp|w|ah|mm2|mm|v|a)(?![\w])', 'g'
        ) AS match
    ) quantities
$$;
COMMENT ON FUNCTION products.quantity_words(text) IS
    'Quantities of a text as words of one spelling each: "Kit 6,1 kWp 220 V" gives "q6100w q220v". For search vectors.';

CREATE FUNCTION products.catalogue_tsvector(title text, keys text[], description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.weighted_tsvector(title || coalesce(' ' || products.quantity_words(title), ''), keys, description)
$$;
COMMENT ON FUNCTION products.catalogue_tsvector(text, text[], text) IS
    'Search vector of a product or kit: Portuguese, without accents, weights A (title and its quantities), B (keys), C (description).';
"""
DROP_SEARCH_VECTOR = """
DROP FUNCTION products.catalogue_tsvector(text, text[], text);
DROP FUNCTION products.quantity_words(text);
"""
GRANTS = "GRANT SELECT (search_vector) ON products.products, products.solar_kits TO ysh_readonly"

# Whole words, without accents, of names, brands and models; codes with digits are left to the trigrams of their own columns.
SEARCH_WORDS = """
CREATE MATERIALIZED VIEW products.mv_search_words AS
SELECT word, ndoc AS documents
FROM ts_stat($words$
    SELECT to_tsvector('pg_catalog.simple', public.folded(concat_ws(' ', name, brand, model))) FROM products.products
    UNION ALL SELECT to_tsvector('pg_catalog.simple', public.folded(name)) FROM products.solar_kits
    UNION ALL SELECT to_tsvector('pg_catalog.simple', public.folded(concat_ws(' ', name, array_to_string(aliases, ' '))))
              FROM products.manufacturers
$words$)
WHERE word ~ '^[a-z]{3,}$';
CREATE UNIQUE INDEX mv_search_words_word ON products.mv_search_words (word);
COMMENT ON MATERIALIZED VIEW products.mv_search_words IS
    'Words that occur in the catalogue and in how many rows, as of the last refresh: what a search corrects typos to.';
GRANT SELECT ON products.mv_search_words TO ysh_admin, ysh_api, ysh_readonly;
"""


def search_vector(model: str, index: str, keys: list[str]) -> list[migrations.operations.base.Operation]:
    """A generated column cannot be altered: taken away and made anew, with its index."""
    key_array = Func(*(F(key) for key in keys), template="ARRAY[%(expressions)s]", output_field=ArrayField(TextField()))
    expression = Func(
        F("name"), key_array, F("description"), function="products.catalogue_tsvector", output_field=SearchVectorField()
    )
    column = GeneratedField(expression=expression, output_field=SearchVectorField(), db_persist=True)
    return [
        migrations.RemoveIndex(model, index),
        migrations.RemoveField(model, "search_vector"),
        migrations.AddField(model, "search_vector", column),
        migrations.AddIndex(model, GinIndex(fields=["search_vector"], name=index)),
    ]


class Migration(migrations.Migration):
    dependencies = [("products", "0003_curation")]

    operations = [
        migrations.RunSQL(SEARCH_VECTOR, DROP_SEARCH_VECTOR),
        *search_vector("product", "products_search", ["brand", "model", "sku"]),
        *search_vector("solarkit", "solar_kits_search", ["kit_id", "sku"]),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(SEARCH_WORDS, "DROP MATERIALIZED VIEW products.mv_search_words"),
        migrations.CreateModel(
            "SearchWord",
            fields=[
                ("word", models.TextField(primary_key=True, serialize=False, verbose_name="word")),
                ("documents", models.IntegerField(verbose_name="rows that have it")),
            ],
            options={
                "managed": False,
                "db_table": "mv_search_words",
                "verbose_name": "search word",
                "verbose_name_plural": "search words",
                "ordering": ["word"],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex("solarkit", models.Index(fields=["power_kwp"], name="solar_kits_power")),
        migrations.AddIndex("solarkit", models.Index(fields=["inverter_power_kw"], name="solar_kits_inverter_power")),
    ]
