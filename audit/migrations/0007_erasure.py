"""Forgetting a person: values of sealed entries that hold a text are blanked, nothing else; the chain stays whole (0006)."""

from django.db import migrations

# Whole values are blanked, not parts of them: what stands around a name tells whose it was. The trigger of 0006 sees to it that nothing but
# the personal part changes, and leaves an entry of its own for each.
ERASE = r"""
CREATE FUNCTION audit.without(whole jsonb, wanted text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN strpos(lower(whole::text), wanted) = 0 THEN whole ELSE (
        SELECT jsonb_object_agg(v.key, CASE WHEN strpos(lower(v.value::text), wanted) > 0 THEN '"***"'::jsonb ELSE v.value END)
        FROM jsonb_each(whole) v) END
$$;
COMMENT ON FUNCTION audit.without(jsonb, text) IS 'A row of the log with every value that holds a text (in lower case) blanked.';

CREATE FUNCTION audit.erase(wanted text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sought constant text := lower(trim(wanted));
    json_sought constant text := lower(trim('"' FROM to_json(trim(wanted))::text));
    erased bigint;
BEGIN
    IF length(sought) < 4 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'Expected at least 4 characters to erase.';
    END IF;
    PERFORM set_config('ysh.erasing', 'on', true);
    UPDATE audit.change_log SET
        changed_by = CASE WHEN strpos(lower(changed_by), sought) > 0 THEN '***' ELSE changed_by END,
        record_label = CASE WHEN strpos(lower(record_label), sought) > 0 THEN '***' ELSE record_label END,
        reason = CASE WHEN strpos(lower(reason), sought) > 0 THEN '***' ELSE reason END,
        old_values = audit.without(old_values, json_sought),
        new_values = audit.without(new_values, json_sought)
    WHERE entry_hash IS NOT NULL AND (
        strpos(lower(changed_by), sought) > 0 OR strpos(lower(record_label), sought) > 0 OR strpos(lower(reason), sought) > 0
        OR strpos(lower(old_values::text), json_sought) > 0 OR strpos(lower(new_values::text), json_sought) > 0);
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('ysh.erasing', 'off', true);
    RETURN erased;
END $$;
COMMENT ON FUNCTION audit.erase(text) IS 'Blanks the values of sealed entries that hold a text, whatever its case; how many entries.';
REVOKE ALL ON FUNCTION audit.erase(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.erase(text) TO ysh_admin;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_chain")]

    operations = [migrations.RunSQL(ERASE, "DROP FUNCTION audit.erase(text); DROP FUNCTION audit.without(jsonb, text)")]
