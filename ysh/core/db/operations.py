"""Migration operations for what Django does not model: schemas, extensions, roles, partitions, triggers."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, ProgrammingError
from django.db.migrations.operations import CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from ysh.core.db.partitions import create_initial_partitions


class CreateSchema(RunSQL):
    """Create a schema; dropped again on the way back (it is empty by then)."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        super().__init__(f"CREATE SCHEMA IF NOT EXISTS {schema}", f"DROP SCHEMA IF EXISTS {schema}")

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.schema], {}

    def describe(self) -> str:
        return f"Create schema {self.schema}"


class MoveToSchema(RunSQL):
    """Move freshly created tables (with their indexes and sequences) from `public` to the app's schema.

    Django keeps finding them by their bare name through the search path, so its own tools (flush, inspectdb, dumpdata) work.
    """

    def __init__(self, schema: str, tables: Sequence[str]) -> None:
        self.schema, self.tables = schema, list(tables)
        super().__init__(
            [f"ALTER TABLE public.{table} SET SCHEMA {schema}" for table in tables],
            [f"ALTER TABLE {schema}.{table} SET SCHEMA public" for table in tables],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.schema, self.tables], {}

    def describe(self) -> str:
        return f"Move {', '.join(self.tables)} to schema {self.schema}"


class _Ensured(Operation):
    """What belongs to more than this database's tables: made when missing, left in place on the way back, no model's state."""

    reduces_to_sql = False
    reversible = True
    what: str

    def __init__(self, *names: str) -> None:
        self.names = names

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.names), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        return None

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        return None

    def describe(self) -> str:
        return f"Ensure {self.what} {', '.join(self.names)}"


class EnsureExtensions(_Ensured):
    """`CREATE EXTENSION IF NOT EXISTS` for each name; left in place on the way back, as others may use them.

    `pg_stat_statements` is created only when the server preloads it. PostGIS needs a superuser once, so a missing extension
    that may not be created here ends in an error that says which statement an administrator has to run.
    """

    reduces_to_sql = True
    what = "extensions"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT extname FROM pg_extension")
            present = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            superuser = cursor.fetchone()[0]
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'")  # shown to superusers only
            row = cursor.fetchone()
            preloaded = row is not None and "pg_stat_statements" in row[0]
        for name in self.names:
            if name in present:
                continue
            if name == "pg_stat_statements" and not (preloaded and superuser):
                continue
            if name == "postgis" and not superuser:
                database = schema_editor.connection.settings_dict["NAME"]
                raise RuntimeError(
                    f"Database {database!r} has no extension {name}, and this role may not create it. "
                    f"As a superuser run: CREATE EXTENSION {name};  (also in template1, for test databases)"
                )
            schema_editor.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" SCHEMA public')


class EnsureRoles(_Ensured):
    """Create the roles that are missing; left in place on the way back, as other databases of the cluster may use them.

    Roles belong to the whole cluster while a migration locks only its own database, so two databases may migrate at once.
    Each role is therefore created by a connection of its own that commits at once, and rights are given by statements after it:
    a role made inside the migration's transaction would stay unseen by the others until that ends, and who waited for it may
    look it up in a catalogue snapshot from before. They cannot log in: an administrator grants them to login roles.
    """

    what = "roles"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        own = schema_editor.connection.copy()
        try:
            with own.cursor() as cursor:
                for name in self.names:
                    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
                    if cursor.rowcount:
                        continue
                    try:
                        cursor.execute(f"CREATE ROLE {schema_editor.quote_name(name)} NOLOGIN")
                    except (ProgrammingError, IntegrityError) as error:
                        if getattr(error.__cause__, "sqlstate", None) not in {"42710", "23505"}:  # exists, since a moment ago
                            raise
        finally:
            own.close()


class TouchUpdatedAt(RunSQL):
    """`updated_at` follows every UPDATE of the table, whoever runs it."""

    def __init__(self, *tables: str) -> None:
        self.tables = tables
        super().__init__(
            [
                f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"
                for table in tables
            ],
            [f"DROP TRIGGER IF EXISTS touch_updated_at ON {table}" for table in tables],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.tables), {}

    def describe(self) -> str:
        return f"Keep updated_at of {', '.join(self.tables)}"


class CreatePartitionedModel(CreateModel):
    """A model whose table is partitioned by month on one of its columns.

    The table's primary key in the database is (id, column), because PostgreSQL wants the partition column in every unique key;
    Django's primary key stays `id`, whose identity sequence keeps it unique. Creates the default partition, this month's
    and the months ahead (`create_initial_partitions`), so that no insert of any date can fail.
    """

    serialization_expand_args = ["fields", "options", "managers"]

    def __init__(self, name: str, fields: Any, *, schema: str, partition_by: str, **kwargs: Any) -> None:
        self.schema, self.partition_by = schema, partition_by
        super().__init__(name, fields, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), kwargs | {"schema": self.schema, "partition_by": self.partition_by}

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        sql, params = schema_editor.table_sql(model)
        sql = sql.replace(" PRIMARY KEY", "", 1)
        columns = sql.rstrip().removesuffix(")")
        sql = f'{columns}, PRIMARY KEY (id, "{self.partition_by}")) PARTITION BY RANGE ("{self.partition_by}")'
        table = model._meta.db_table
        schema_editor.execute(sql, params or None)
        schema_editor.execute(f"ALTER TABLE public.{table} SET SCHEMA {self.schema}")
        for statement in schema_editor._model_indexes_sql(model):
            schema_editor.execute(statement)
        create_initial_partitions(schema_editor.connection, f"{self.schema}.{table}")


_REVOKE_ON_PARTITIONS = """
DO $$
DECLARE child regclass;
BEGIN
    FOR child IN
        SELECT c.oid FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relispartition AND c.relkind = 'r'
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM ysh_admin, ysh_api, ysh_readonly', child);
    END LOOP;
END $$;
"""


class GrantOnSchema(RunSQL):
    """Rights of the three roles on one schema's tables, as the data model names them.

    `ysh_admin` everything; `ysh_api` reads and writes data; `ysh_readonly` reads what holds no personal data.

    Args:
        schema: the schema.
        insert_only: tables on which `ysh_api` may only insert and read (the change log).
        hidden: tables `ysh_readonly` may not read at all.
        columns: for tables with personal data, the columns `ysh_readonly` may read.
    """

    def __init__(
        self,
        schema: str,
        *,
        insert_only: Sequence[str] = (),
        hidden: Sequence[str] = (),
        columns: dict[str, Sequence[str]] | None = None,
    ) -> None:
        self.schema, self.insert_only, self.hidden, self.columns = schema, list(insert_only), list(hidden), dict(columns or {})
        grants: list[Any] = [
            f"GRANT USAGE ON SCHEMA {schema} TO ysh_admin, ysh_api, ysh_readonly",
            f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO ysh_admin",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO ysh_admin",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO ysh_api",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO ysh_api",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO ysh_readonly",
            *(f"REVOKE UPDATE, DELETE ON {schema}.{table} FROM ysh_api" for table in insert_only),
            *(f"REVOKE ALL ON {schema}.{table} FROM ysh_readonly" for table in hidden),
        ]
        for table, names in self.columns.items():
            grants.append(f"REVOKE ALL ON {schema}.{table} FROM ysh_readonly")
            grants.append(f"GRANT SELECT ({', '.join(names)}) ON {schema}.{table} TO ysh_readonly")
        # A partition is reached through its table, whose rights count there. Rights of its own would be a way around them.
        grants.append(_REVOKE_ON_PARTITIONS.format(schema=schema))
        revokes: list[Any] = [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM ysh_admin, ysh_api, ysh_readonly",
            f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM ysh_admin, ysh_api, ysh_readonly",
            f"REVOKE ALL ON SCHEMA {schema} FROM ysh_admin, ysh_api, ysh_readonly",
        ]
        super().__init__(grants, revokes)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            self.__class__.__name__,
            [self.schema],
            {"insert_only": self.insert_only, "hidden": self.hidden, "columns": self.columns},
        )

    def describe(self) -> str:
        return f"Grant the roles' rights on schema {self.schema}"
