"""Extensions, schemas, search path, roles and the SQL functions all apps share."""

from django.conf import settings
from django.db import migrations

from ysh.core.db.operations import CreateSchema, EnsureExtensions, EnsureRoles

UNACCENT = """
CREATE FUNCTION public.immutable_unaccent(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT public.unaccent('public.unaccent'::regdictionary, value) $$;
CREATE FUNCTION public.folded(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, value)) $$;
CREATE TEXT SEARCH CONFIGURATION public.portuguese_unaccent (COPY = pg_catalog.portuguese);
ALTER TEXT SEARCH CONFIGURATION public.portuguese_unaccent
    ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, portuguese_stem;
CREATE FUNCTION public.weighted_tsvector(a text, b text[], c text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT setweight(to_tsvector('public.portuguese_unaccent', coalesce(a, '')), 'A')
       || setweight(to_tsvector('public.portuguese_unaccent', coalesce(array_to_string(b, ' '), '')), 'B')
       || setweight(to_tsvector('public.portuguese_unaccent', coalesce(c, '')), 'C') $$;
"""
DROP_UNACCENT = """
DROP FUNCTION public.weighted_tsvector(text, text[], text);
DROP TEXT SEARCH CONFIGURATION public.portuguese_unaccent;
DROP FUNCTION public.folded(text);
DROP FUNCTION public.immutable_unaccent(text);
"""

# Module 11 over the characters' codes less 48, which for digits is the digit itself (Receita Federal, IN RFB 2.229/2024).
CNPJ = """
CREATE FUNCTION public.is_cnpj(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT value ~ '^[0-9A-Z]{12}[0-9]{2}$' AND value !~ '^(.)\\1+$' AND (
        SELECT right(value, 2) = concat(CASE WHEN first % 11 < 2 THEN 0 ELSE 11 - first % 11 END,
                                        CASE WHEN second % 11 < 2 THEN 0 ELSE 11 - second % 11 END)
        FROM (SELECT sum((ascii(substr(value, i, 1)) - 48) * (ARRAY[5,4,3,2,9,8,7,6,5,4,3,2])[i]) FILTER (WHERE i <= 12) AS first,
                     sum((ascii(substr(value, i, 1)) - 48) * (ARRAY[6,5,4,3,2,9,8,7,6,5,4,3,2])[i]) AS second
              FROM generate_series(1, 13) AS i) AS sums)
$$;
COMMENT ON FUNCTION public.is_cnpj(text) IS
    'Whether the text is a CNPJ: 14 characters, digits or capital letters, right check digits, not one character repeated.';
"""

TOUCH = """
CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
"""

# The connection names its search path too; the database's own default serves psql and BI tools.
SEARCH_PATH = f"""
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = {settings.SEARCH_PATH}', current_database());
END $$;
"""
RESET_SEARCH_PATH = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;"

ROLES = ("ysh_admin", "ysh_api", "ysh_readonly")
GRANTS = """
GRANT USAGE ON SCHEMA public TO ysh_admin, ysh_api, ysh_readonly;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO ysh_admin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ysh_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ysh_admin, ysh_api;
"""
REVOKES = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ysh_admin, ysh_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM ysh_admin, ysh_api;
REVOKE USAGE ON SCHEMA public FROM ysh_admin, ysh_api, ysh_readonly;
"""


class Migration(migrations.Migration):
    initial = True
    # Before Django's own tables, so that the default privileges cover them.
    run_before = [("contenttypes", "0001_initial")]
    dependencies = []

    operations = [
        EnsureExtensions("postgis", "pg_trgm", "unaccent", "btree_gin", "btree_gist", "pgcrypto", "pg_stat_statements"),
        EnsureRoles(*ROLES),
        migrations.RunSQL(GRANTS, REVOKES),
        *(CreateSchema(schema) for schema in settings.SCHEMAS),
        migrations.RunSQL(SEARCH_PATH, RESET_SEARCH_PATH),
        migrations.RunSQL(UNACCENT, DROP_UNACCENT),
        migrations.RunSQL(CNPJ, "DROP FUNCTION public.is_cnpj(text)"),
        migrations.RunSQL(TOUCH, "DROP FUNCTION public.touch_updated_at()"),
    ]
