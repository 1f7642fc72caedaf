"""An UPDATE of few rows, which is every save, is logged by one statement: as little as can be besides the log's own INSERT.

A first expression in PL/pgSQL, and each query, is prepared anew in every transaction; so who acts, the arguments and the difference are
all in the INSERT. What is written is the same as before (0005, 0008); so are the names, rights and triggers. For some wide tables
`audit.typed_updates` makes functions of their own of this one: what stands between `few` and `end` is then made for their columns.
"""

from django.db import migrations

_UUID = "'^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$'"
_SOURCES = "('admin', 'api', 'task', 'command', 'system')"


def _uuid(name: str) -> str:
    return f"CASE WHEN current_setting('{name}', true) ~ {_UUID} THEN current_setting('{name}', true)::uuid END"


# The same as audit.acting(), which those use that write seldom.
_ACTING = f"""left(coalesce(nullif(current_setting('ysh.actor', true), ''), session_user), 150),
               CASE WHEN current_setting('ysh.change_source', true) IN {_SOURCES} THEN current_setting('ysh.change_source', true)
                    ELSE 'database' END,
               coalesce(current_setting('ysh.reason', true), ''),
               {_uuid("ysh.request_id")},
               {_uuid("ysh.run_id")}"""
_INTO = f"""INSERT INTO audit.change_log (changed_by, change_source, reason, request_id, run_id, table_schema, table_name,
                                      record_id, record_label, operation, changed_fields, old_values, new_values)
        SELECT {_ACTING}, TG_TABLE_SCHEMA, TG_TABLE_NAME,"""


def _whole(operation: str, rows: str, old: str, new: str) -> str:
    """Entries of rows that came or went."""
    return f"""{_INTO}
               r.j ->> p.key_column,
               CASE WHEN p.label_column = '' THEN audit.record_label(TG_TABLE_NAME, r.j) ELSE coalesce(r.j ->> p.label_column, '') END,
               '{operation}', '{{}}', {old}, {new}
        FROM (SELECT to_jsonb(r) AS j FROM {rows} r OFFSET 0) r CROSS JOIN {_ARGUMENTS};"""  # noqa: S608  (text of ours)


_ARGUMENTS = """(SELECT TG_ARGV[0] AS key_column, TG_ARGV[1] AS label_column, TG_ARGV[2]::text[] || '{updated_at}' AS left_out,
                     TG_ARGV[3]::text[] AS personal, TG_ARGV[4]::text[] AS watched OFFSET 0) p"""
_LOGGED = "audit.logged_values({}, p.left_out, p.personal)"


def _masked(value: str) -> str:
    return f"CASE WHEN n.key = ANY (p.personal) AND {value} <> 'null' THEN '\"***\"' ELSE {value} END"


def _compared(unless: str = "") -> str:
    """What is logged of rows compared as JSON. A changed key is a row that went and another that came: hence the full join."""
    return f"""r.whole ->> p.key_column,
               CASE WHEN p.label_column = '' THEN audit.record_label(TG_TABLE_NAME, r.whole)
                    ELSE coalesce(r.whole ->> p.label_column, '') END,
               CASE WHEN r.before IS NULL THEN 'INSERT' WHEN r.after IS NULL THEN 'DELETE' ELSE 'UPDATE' END,
               CASE WHEN r.before IS NULL OR r.after IS NULL THEN '{{}}' ELSE d.changed END,
               CASE WHEN r.after IS NULL THEN {_LOGGED.format("r.before")} ELSE d.old_values END,
               CASE WHEN r.before IS NULL THEN {_LOGGED.format("r.after")} ELSE d.new_values END
        FROM {_ARGUMENTS}
        CROSS JOIN (
            SELECT o.j AS before, n.j AS after, coalesce(n.j, o.j) AS whole
            FROM (SELECT to_jsonb(o) AS j FROM old_rows o OFFSET 0) o
            FULL JOIN (SELECT to_jsonb(n) AS j FROM new_rows n OFFSET 0) n ON n.j -> TG_ARGV[0] = o.j -> TG_ARGV[0]
            OFFSET 0
        ) r
        CROSS JOIN LATERAL (
            SELECT array_agg(n.key ORDER BY n.key) AS changed,
                   jsonb_object_agg(n.key, {_masked("b.value")}) AS old_values,
                   jsonb_object_agg(n.key, {_masked("n.value")}) AS new_values
            FROM jsonb_each(r.after) n CROSS JOIN LATERAL (SELECT r.before -> n.key AS value) b
            WHERE n.value <> b.value AND n.key <> ALL (p.left_out) AND (p.watched = '{{}}' OR n.key = ANY (p.watched))
        ) d
        WHERE (r.before IS NULL OR r.after IS NULL OR d.changed IS NOT NULL){unless}"""  # noqa: S608  (text of ours)


_MANY = "EXISTS (SELECT FROM new_rows OFFSET 50)"
LOG_STATEMENT = f"""
CREATE OR REPLACE FUNCTION audit.log_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        {_INTO} /* few */ {_compared(f" AND NOT {_MANY}")} /* end */;
        IF FOUND OR NOT {_MANY} THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        {_whole("INSERT", "new_rows", "NULL", _LOGGED.format("r.j"))}
        RETURN NULL;
    ELSE
        {_whole("DELETE", "old_rows", _LOGGED.format("r.j"), "NULL")}
        RETURN NULL;
    END IF;
    -- Column by column in its own type, in statements made for the table: many times cheaper than through JSON, once planned.
    DECLARE
        key_column constant text := TG_ARGV[0];
        label_column constant text := TG_ARGV[1];
        left_out constant text[] := TG_ARGV[2]::text[] || ARRAY['updated_at'];
        personal constant text[] := TG_ARGV[3]::text[];
        watched constant text[] := TG_ARGV[4]::text[];
        -- Types whose equality is that of the JSON they give.
        typed constant oid[] := ARRAY['bool', 'int2', 'int4', 'int8', 'numeric', 'float8', 'text', 'varchar', 'text[]', 'uuid', 'date',
                                      'timestamptz', 'timestamp', 'time']::regtype[]::oid[];
        a record;
        keys_changed boolean;
        names text[];
        differ text[];
        changes boolean[];
        joined text;
        changed text;
        before text;
        after text;
        differs text;
    BEGIN
        SELECT array_agg(t.attname::text ORDER BY t.attname::text COLLATE "default"),
               array_agg(format(CASE
                   WHEN t.atttypid = 'jsonb'::regtype THEN 'coalesce(o.%1$I, ''null'') <> coalesce(n.%1$I, ''null'')'
                   WHEN t.atttypid = ANY (typed) AND coalesce(l.collisdeterministic, true) THEN 'o.%1$I IS DISTINCT FROM n.%1$I'
                   ELSE 'to_jsonb(o.%1$I) IS DISTINCT FROM to_jsonb(n.%1$I)' END, t.attname)
                   ORDER BY t.attname::text COLLATE "default")
        INTO names, differ
        FROM pg_attribute t LEFT JOIN pg_collation l ON l.oid = t.attcollation
        WHERE t.attrelid = TG_RELID AND t.attnum > 0 AND NOT t.attisdropped AND t.attname <> ALL (left_out)
          AND (watched = '{{}}' OR t.attname = ANY (watched));
        joined := format('old_rows o FULL JOIN new_rows n ON n.%1$I = o.%1$I', key_column);
        EXECUTE format(
            'SELECT coalesce(bool_or(o.%1$I IS NULL OR n.%1$I IS NULL), false), ARRAY[bool_or(%2$s)] FROM %3$s',
            key_column, array_to_string(differ, '), bool_or('), joined
        ) INTO keys_changed, changes;
        IF keys_changed THEN
            {_INTO} {_compared()};
            RETURN NULL;
        END IF;
        SELECT string_agg(format('CASE WHEN %s THEN %L END', u.d, u.name), ', ' ORDER BY u.i),
               string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, %s) ELSE ''{{}}'' END', u.d, u.name, format(u.shown, 'o', u.name)),
                          ' || ' ORDER BY u.i),
               string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, %s) ELSE ''{{}}'' END', u.d, u.name, format(u.shown, 'n', u.name)),
                          ' || ' ORDER BY u.i),
               string_agg(u.d, ' OR ')
        INTO changed, before, after, differs
        FROM (
            SELECT w.name, w.d, w.i, CASE WHEN w.name = ANY (personal)
                THEN 'CASE WHEN coalesce(to_jsonb(%1$s.%2$I), ''null'') <> ''null'' THEN ''***'' END' ELSE '%1$s.%2$I' END AS shown
            FROM unnest(names, differ, changes) WITH ORDINALITY w (name, d, really, i) WHERE w.really
        ) u;
        IF differs IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT * INTO a FROM audit.acting();
        EXECUTE format(
            'INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                           new_values, changed_by, change_source, reason, request_id, run_id)
             SELECT $1, $2, to_jsonb(n.%1$I) #>> ''{{}}'', %2$s, ''UPDATE'', array_remove(ARRAY[%3$s], NULL), %4$s, %5$s,
                    $3, $4, $5, $6, $7 FROM %6$s WHERE %7$s',
            key_column,
            CASE WHEN label_column = '' THEN 'audit.record_label($2, to_jsonb(n))'
                 ELSE format('coalesce(to_jsonb(n.%I) #>> ''{{}}'', '''')', label_column) END,
            changed, before, after, joined, differs
        ) USING TG_TABLE_SCHEMA::text, TG_TABLE_NAME::text, a.changed_by, a.change_source, a.reason, a.request_id, a.run_id;
    END;
    RETURN NULL;
END $$;
"""  # noqa: S608  (text of ours)

# Their triggers are made again after the migration, with the function above.
DROP_TYPED = """
DO $$ DECLARE found regprocedure; BEGIN
    FOR found IN SELECT oid FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND proname LIKE 'log\\_update\\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', found);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_settled")]

    operations = [migrations.RunSQL(LOG_STATEMENT, DROP_TYPED)]
