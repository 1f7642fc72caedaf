"""The change log defends itself, and writes past the application (psql, BI tools, scripts) leave an entry by trigger."""

from django.db import migrations

# Retention detaches and drops whole partitions, which fires no trigger. TRUNCATE is the owner's alone (Django's flush needs it).
APPEND_ONLY = """
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = format('audit.change_log is append-only: %s of entry %s refused.', TG_OP, OLD.id),
        HINT = 'Old months go with manage.py partitions, whole.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.change_log FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
"""
DROP_APPEND_ONLY = """
DROP TRIGGER append_only ON audit.change_log;
DROP FUNCTION audit.refuse_change();
"""

# Who and why come from settings of the session or transaction: ysh.actor, ysh.change_source, ysh.reason, ysh.request_id, ysh.run_id.
# One that is missing or makes no sense is left out rather than fail the write. The definer's rights, so that nobody needs rights on the
# log to be in it; hence the fixed search path.
LOG_WRITE = r"""
CREATE FUNCTION audit.log_out_of_band_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key_column constant text := TG_ARGV[0];
    label_column constant text := TG_ARGV[1];
    left_out constant text[] := TG_ARGV[2:] || ARRAY['updated_at'];
    uuid_form constant text := '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$';
    source constant text := current_setting('ysh.change_source', true);
    request constant text := current_setting('ysh.request_id', true);
    run constant text := current_setting('ysh.run_id', true);
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - left_out END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - left_out END;
    whole constant jsonb := coalesce(new_row, old_row);
    changed text[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(n.key ORDER BY n.key), jsonb_object_agg(n.key, old_row -> n.key), jsonb_object_agg(n.key, n.value)
        INTO changed, old_row, new_row
        FROM jsonb_each(new_row) n WHERE n.value <> old_row -> n.key;
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit.change_log (
        table_schema, table_name, record_id, record_label, operation, changed_fields, old_values, new_values,
        changed_by, change_source, reason, request_id, run_id
    ) VALUES (
        TG_TABLE_SCHEMA, TG_TABLE_NAME, whole ->> key_column, coalesce(whole ->> label_column, ''), TG_OP, changed, old_row, new_row,
        left(coalesce(nullif(current_setting('ysh.actor', true), ''), session_user), 150),
        CASE WHEN source IN ('admin', 'api', 'task', 'command', 'system') THEN source ELSE 'database' END,
        coalesce(current_setting('ysh.reason', true), ''),
        CASE WHEN request ~ uuid_form THEN request::uuid END,
        CASE WHEN run ~ uuid_form THEN run::uuid END
    );
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit.log_out_of_band_write() IS
    'Row trigger: one entry in audit.change_log. Arguments: key column, label column, columns to leave out. Not called while ysh.audit_logged is on.';
REVOKE ALL ON FUNCTION audit.log_out_of_band_write() FROM PUBLIC;
"""

# (table, key, label, columns left out, which writes). Chosen by cost and worth:
# * generation_units and municipalities: bulk data of millions, resp. a shipped file; their loads are accounted for by run;
# * prices: append-only, its rows are their own history;
# * kit_checks: computed, replaced at every run of the rules; what a person decides there, an override, is logged.
# Bulk loaders that write their own set of entries say SET LOCAL ysh.audit_logged = 'on': then the trigger is not even queued.
NOT_LOGGED_ALREADY = "coalesce(current_setting('ysh.audit_logged', true), '') <> 'on'"
ALL = "INSERT OR UPDATE OR DELETE"
TABLES = [
    ("aneel.certifications", "id", "certificate_id", [], ALL),
    ("aneel.datasets", "id", "title", ["search_vector"], ALL),
    ("aneel.distributors", "cnpj", "name", [], ALL),
    ("aneel.tariffs", "id", "tariff_id", [], ALL),
    ("products.kit_components", "id", "component_type", [], ALL),
    ("products.manufacturers", "id", "name", [], ALL),
    ("products.products", "id", "sku", ["search_vector"], ALL),
    ("products.solar_kits", "id", "kit_id", ["search_vector"], ALL),
    ("products.suppliers", "code", "name", [], ALL),
    (
        "products.kit_checks", "id", "rule_id", [],
        "UPDATE OF override_reason, override_author, override_at, override_expires_at",
    ),
]  # fmt: skip


def _attach(table: str, key: str, label: str, left_out: list[str], writes: str) -> str:
    arguments = ", ".join(f"'{argument}'" for argument in (key, label, *left_out))
    return (
        f"CREATE TRIGGER log_out_of_band_write AFTER {writes} ON {table} FOR EACH ROW "
        f"WHEN ({NOT_LOGGED_ALREADY}) EXECUTE FUNCTION audit.log_out_of_band_write({arguments})"
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_schema"), ("aneel", "0002_schema"), ("products", "0002_schema")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        migrations.RunSQL(LOG_WRITE, "DROP FUNCTION audit.log_out_of_band_write()"),
        migrations.RunSQL(
            [_attach(*table) for table in TABLES],
            [f"DROP TRIGGER log_out_of_band_write ON {table}" for table, *_rest in TABLES],
        ),
    ]
