"""A program that test_migrations runs on a scratch database: forward, back to nothing, forward again. Prints JSON."""

import json
import sys
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

from tests.architecture import catalog  # noqa: E402

LEFTOVERS = """
SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'relation ' || c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND c.relname NOT LIKE 'django_migrations%%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
UNION ALL
SELECT 'function ' || p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
UNION ALL
SELECT 'text search configuration ' || cfgname FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
UNION ALL
SELECT 'default privileges for ' || defaclrole::regrole FROM pg_default_acl
UNION ALL
SELECT 'setting ' || array_to_string(setconfig, ' ') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
WHERE d.datname = current_database()
"""


def picture() -> dict[str, Any]:
    """Everything the catalogs know of the four schemas."""
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = public")
        tables = dict(catalog.ask(cursor, catalog.TABLES, catalog.SCHEMAS))
        found = {
            "tables": tables,
            "definitions": {name: catalog.describe(cursor, name) for name in sorted(tables)},
            "triggers": sorted(catalog.ask(cursor, catalog.TRIGGERS, catalog.SCHEMAS)),
            "functions": sorted(catalog.ask(cursor, catalog.FUNCTIONS, (*catalog.SCHEMAS, "public"))),
        }
        cursor.execute("RESET search_path")
    return found


def leftovers() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(LEFTOVERS, {"schemas": list(catalog.SCHEMAS)})
        return sorted(row[0] for row in cursor.fetchall())


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, interactive=False)


migrate()
first = picture()
for label in sorted(MigrationLoader(connection).migrated_apps):
    migrate(label, "zero")
rest = leftovers()
migrate()
second = picture()
differing = [part for part in first if first[part] != second[part]]
json.dump({"differing": differing, "tables": len(first["tables"]), "rest": rest}, sys.stdout)
