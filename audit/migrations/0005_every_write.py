"""Every write leaves its entry by triggers on the statement, set-based; which tables have them is in `ysh/settings/audit.py`.

The triggers themselves are attached after each `migrate` (`audit.triggers`), so that a new model needs a line of settings and no
migration here. This replaces the row triggers of 0003.
"""

from django.db import migrations

# Functions that only log triggers call have those's search path; with one of their own PostgreSQL could not inline them.

# Who and why, from settings of the transaction; one that is missing or makes no sense is left out rather than fail the write.
ACTING = r"""
CREATE FUNCTION audit.acting(
    OUT changed_by text, OUT change_source text, OUT reason text, OUT request_id uuid, OUT run_id uuid
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    uuid_form constant text := '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$';
    source constant text := current_setting('ysh.change_source', true);
    request constant text := current_setting('ysh.request_id', true);
    run constant text := current_setting('ysh.run_id', true);
BEGIN
    changed_by := left(coalesce(nullif(current_setting('ysh.actor', true), ''), session_user), 150);
    change_source := CASE WHEN source IN ('admin', 'api', 'task', 'command', 'system') THEN source ELSE 'database' END;
    reason := coalesce(current_setting('ysh.reason', true), '');
    request_id := CASE WHEN request ~ uuid_form THEN request::uuid END;
    run_id := CASE WHEN run ~ uuid_form THEN run::uuid END;
END $$;
COMMENT ON FUNCTION audit.acting() IS 'Who acts, through what and why, as the transaction was told; else the database session.';
"""

# What stands in the log for a row: without the columns left out, personal values masked (that there was one stays visible).
LOGGED_VALUES = """
CREATE FUNCTION audit.logged_values(whole jsonb, left_out text[], personal text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN personal = '{}' THEN whole - left_out ELSE (whole - left_out) || coalesce((
        SELECT jsonb_object_agg(p.name, '***') FROM unnest(personal) p (name) WHERE whole -> p.name <> 'null'
    ), '{}') END
$$;
COMMENT ON FUNCTION audit.logged_values(jsonb, text[], text[]) IS 'A row as the log keeps it: columns left out, personal values masked.';
"""

# Names of rows that are nothing without others.
RECORD_LABEL = """
CREATE FUNCTION audit.record_label(table_name text, whole jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    one text;
    other text;
BEGIN
    CASE table_name
    WHEN 'kit_components' THEN
        SELECT sku INTO one FROM products.products WHERE id = (whole ->> 'product_id')::bigint;
        SELECT kit_id INTO other FROM products.solar_kits WHERE id = (whole ->> 'kit_id')::bigint;
    WHEN 'kit_checks' THEN
        one := whole ->> 'rule_id';
        SELECT kit_id INTO other FROM products.solar_kits WHERE id = (whole ->> 'kit_id')::bigint;
    WHEN 'auth_user_groups' THEN
        SELECT name INTO one FROM public.auth_group WHERE id = (whole ->> 'group_id')::int;
        SELECT username INTO other FROM public.auth_user WHERE id = (whole ->> 'user_id')::int;
    WHEN 'auth_user_user_permissions' THEN
        SELECT codename INTO one FROM public.auth_permission WHERE id = (whole ->> 'permission_id')::int;
        SELECT username INTO other FROM public.auth_user WHERE id = (whole ->> 'user_id')::int;
    WHEN 'auth_group_permissions' THEN
        SELECT codename INTO one FROM public.auth_permission WHERE id = (whole ->> 'permission_id')::int;
        SELECT name INTO other FROM public.auth_group WHERE id = (whole ->> 'group_id')::int;
    WHEN 'django_celery_beat_crontabschedule' THEN
        one := concat_ws(' ', whole ->> 'minute', whole ->> 'hour', whole ->> 'day_of_month', whole ->> 'month_of_year', whole ->> 'day_of_week');
    WHEN 'django_celery_beat_intervalschedule' THEN
        one := concat_ws(' ', whole ->> 'every', whole ->> 'period');
    WHEN 'django_celery_beat_clockedschedule' THEN
        one := whole ->> 'clocked_time';
    ELSE
        one := NULL;
    END CASE;
    RETURN coalesce(concat_ws(' · ', other, one), '');
END $$;
COMMENT ON FUNCTION audit.record_label(text, jsonb) IS 'What people call a row that is nothing without others, such as a part of a kit.';
"""

# The definer's rights, so that nobody needs rights on the log to be in it; hence the fixed search path.
LOG_STATEMENT = """
CREATE FUNCTION audit.log_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key_column constant text := TG_ARGV[0];
    label_column constant text := TG_ARGV[1];
    left_out constant text[] := TG_ARGV[2]::text[] || ARRAY['updated_at'];
    personal constant text[] := TG_ARGV[3]::text[];
    watched constant text[] := TG_ARGV[4]::text[];
    a record;
BEGIN
    SELECT * INTO a FROM audit.acting();
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                      new_values, changed_by, change_source, reason, request_id, run_id)
        SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, n.j ->> key_column,
               CASE WHEN label_column = '' THEN audit.record_label(TG_TABLE_NAME, n.j) ELSE coalesce(n.j ->> label_column, '') END,
               'INSERT', '{}', NULL, audit.logged_values(n.j, left_out, personal),
               a.changed_by, a.change_source, a.reason, a.request_id, a.run_id
        FROM (SELECT to_jsonb(n) AS j FROM new_rows n OFFSET 0) n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                      new_values, changed_by, change_source, reason, request_id, run_id)
        SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, o.j ->> key_column,
               CASE WHEN label_column = '' THEN audit.record_label(TG_TABLE_NAME, o.j) ELSE coalesce(o.j ->> label_column, '') END,
               'DELETE', '{}', audit.logged_values(o.j, left_out, personal), NULL,
               a.changed_by, a.change_source, a.reason, a.request_id, a.run_id
        FROM (SELECT to_jsonb(o) AS j FROM old_rows o OFFSET 0) o;
    ELSE
        -- A changed key is a row that went and another that came: hence the full join.
        INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                      new_values, changed_by, change_source, reason, request_id, run_id)
        SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, r.whole ->> key_column,
               CASE WHEN label_column = '' THEN audit.record_label(TG_TABLE_NAME, r.whole) ELSE coalesce(r.whole ->> label_column, '') END,
               CASE WHEN r.before IS NULL THEN 'INSERT' WHEN r.after IS NULL THEN 'DELETE' ELSE 'UPDATE' END,
               CASE WHEN r.before IS NULL OR r.after IS NULL THEN '{}' ELSE d.changed END,
               CASE WHEN r.after IS NULL THEN audit.logged_values(r.before, left_out, personal) ELSE d.old_values END,
               CASE WHEN r.before IS NULL THEN audit.logged_values(r.after, left_out, personal) ELSE d.new_values END,
               a.changed_by, a.change_source, a.reason, a.request_id, a.run_id
        FROM (
            SELECT o.j AS before, n.j AS after, coalesce(n.j, o.j) AS whole
            FROM (SELECT to_jsonb(o) AS j FROM old_rows o OFFSET 0) o
            FULL JOIN (SELECT to_jsonb(n) AS j FROM new_rows n OFFSET 0) n ON n.j ->> key_column = o.j ->> key_column
            OFFSET 0
        ) r
        CROSS JOIN LATERAL (
            SELECT array_agg(n.key ORDER BY n.key) AS changed,
                   jsonb_object_agg(n.key, CASE WHEN n.key = ANY (personal) AND b.value <> 'null' THEN '"***"' ELSE b.value END) AS old_values,
                   jsonb_object_agg(n.key, CASE WHEN n.key = ANY (personal) AND n.value <> 'null' THEN '"***"' ELSE n.value END) AS new_values
            FROM jsonb_each(r.after) n CROSS JOIN LATERAL (SELECT r.before -> n.key AS value) b
            WHERE n.value <> b.value AND n.key <> ALL (left_out) AND (watched = '{}' OR n.key = ANY (watched))
        ) d
        WHERE r.before IS NULL OR r.after IS NULL OR d.changed IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit.log_statement() IS
    'Statement trigger: an entry in audit.change_log for each row that really changed. Arguments: key, label column, columns left out, personal, watched.';
REVOKE ALL ON FUNCTION audit.log_statement() FROM PUBLIC;
"""

LOG_ROW = """
CREATE FUNCTION audit.log_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    whole constant jsonb := to_jsonb(NEW);
    a record;
BEGIN
    SELECT * INTO a FROM audit.acting();
    INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, new_values,
                                  changed_by, change_source, reason, request_id, run_id)
    VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, whole ->> TG_ARGV[0], coalesce(whole ->> TG_ARGV[1], ''), 'INSERT', '{}',
            audit.logged_values(whole, TG_ARGV[2]::text[] || ARRAY['updated_at'], TG_ARGV[3]::text[]),
            a.changed_by, a.change_source, a.reason, a.request_id, a.run_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit.log_row() IS
    'Row trigger for tables whose loads are accounted for by run: an entry for a row inserted outside of runs. Arguments as log_statement.';
REVOKE ALL ON FUNCTION audit.log_row() FROM PUBLIC;
"""

LOG_TRUNCATE = """
CREATE FUNCTION audit.log_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a record;
    gone bigint;
BEGIN
    SELECT * INTO a FROM audit.acting();
    EXECUTE format('SELECT count(*) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO gone;
    IF gone > 0 THEN
        INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                      changed_by, change_source, reason, request_id, run_id)
        VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, '*', 'TRUNCATE', 'DELETE', '{}', jsonb_build_object('rows', gone),
                a.changed_by, a.change_source, a.reason, a.request_id, a.run_id);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit.log_truncate() IS 'Statement trigger before TRUNCATE: one entry for the table (record *), with the count of rows that went.';
REVOKE ALL ON FUNCTION audit.log_truncate() FROM PUBLIC;
"""

# The run's row is closed in the transaction that writes the rows, so the count commits with them or not at all.
LOG_RUN = """
CREATE FUNCTION audit.log_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text[];
    a record;
BEGIN
    FOR i IN 0 .. TG_NARGS - 2 BY 2 LOOP
        IF TG_ARGV[i] = NEW.source THEN
            target := string_to_array(TG_ARGV[i + 1], '.');
        END IF;
    END LOOP;
    IF target IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO a FROM audit.acting();
    INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, new_values,
                                  changed_by, change_source, reason, request_id, run_id)
    VALUES (target[1], target[2], '*', NEW.source, 'INSERT', '{}', jsonb_build_object('rows', NEW.rows_inserted),
            a.changed_by, a.change_source, a.reason, a.request_id, NEW.run_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit.log_run() IS
    'Row trigger on runs: one entry (record *) with the count of rows a run inserted. Arguments: source, table, source, table, ...';
REVOKE ALL ON FUNCTION audit.log_run() FROM PUBLIC;
"""

# Triggers of a statement that are still attached go with the function.
DROPS = [
    f"DROP FUNCTION audit.{name} CASCADE"
    for name in (
        "log_run()", "log_truncate()", "log_row()", "log_statement()", "record_label(text, jsonb)",
        "logged_values(jsonb, text[], text[])", "acting()",
    )
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_reverts")]

    operations = [
        migrations.RunSQL("DROP FUNCTION IF EXISTS audit.log_out_of_band_write() CASCADE", migrations.RunSQL.noop),
        migrations.RunSQL([ACTING, LOGGED_VALUES, RECORD_LABEL, LOG_STATEMENT, LOG_ROW, LOG_TRUNCATE, LOG_RUN], DROPS),
    ]
