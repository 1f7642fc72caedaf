"""Extensions, schemas, search path, roles and the SQL functions all apps share."""

from django.conf import settings
from django.db import migrations

from ysh.core.db.operations import CreateSchema, EnsureExtensions

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

# Roles belong to the whole cluster, so they may exist already, and are left behind on the way back. They cannot log in:
# an administrator grants them to login roles. No password stands in any file.
ROLES = """
DO $$
DECLARE role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['ysh_admin', 'ysh_api', 'ysh_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database's migration was faster
            END;
        END IF;
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO ysh_admin, ysh_api, ysh_readonly;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO ysh_admin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ysh_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ysh_admin, ysh_api;
"""
DROP_ROLES = """
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
        migrations.RunSQL(ROLES, DROP_ROLES),
        *(CreateSchema(schema) for schema in settings.SCHEMAS),
        migrations.RunSQL(SEARCH_PATH, RESET_SEARCH_PATH),
        migrations.RunSQL(UNACCENT, DROP_UNACCENT),
        migrations.RunSQL(TOUCH, "DROP FUNCTION public.touch_updated_at()"),
    ]
