"""An UPDATE of many rows is logged by statements made for its table: many times cheaper than comparing rows as JSON.

What is written is the same as before (0005); so are the names, rights and triggers.
"""

from django.db import migrations

LOG_STATEMENT = """
CREATE OR REPLACE FUNCTION audit.log_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
    many boolean;
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
        many := EXISTS (SELECT FROM new_rows OFFSET 50);
    END IF;
    IF TG_OP = 'UPDATE' AND many THEN
        -- Column by column in its own type, in statements made for the table: many times cheaper than through JSON, once planned.
        SELECT array_agg(t.attname::text ORDER BY t.attname::text COLLATE "default"),
               array_agg(format(CASE
                   WHEN t.atttypid = 'jsonb'::regtype THEN 'coalesce(o.%1$I, ''null'') <> coalesce(n.%1$I, ''null'')'
                   WHEN t.atttypid = ANY (typed) AND coalesce(l.collisdeterministic, true) THEN 'o.%1$I IS DISTINCT FROM n.%1$I'
                   ELSE 'to_jsonb(o.%1$I) IS DISTINCT FROM to_jsonb(n.%1$I)' END, t.attname)
                   ORDER BY t.attname::text COLLATE "default")
        INTO names, differ
        FROM pg_attribute t LEFT JOIN pg_collation l ON l.oid = t.attcollation
        WHERE t.attrelid = TG_RELID AND t.attnum > 0 AND NOT t.attisdropped AND t.attname <> ALL (left_out)
          AND (watched = '{}' OR t.attname = ANY (watched));
        joined := format('old_rows o FULL JOIN new_rows n ON n.%1$I = o.%1$I', key_column);
        EXECUTE format(
            'SELECT coalesce(bool_or(o.%1$I IS NULL OR n.%1$I IS NULL), false), ARRAY[bool_or(%2$s)] FROM %3$s',
            key_column, array_to_string(differ, '), bool_or('), joined
        ) INTO keys_changed, changes;
        many := NOT keys_changed;
    END IF;
    IF TG_OP = 'UPDATE' AND many THEN
        SELECT string_agg(format('CASE WHEN %s THEN %L END', u.d, u.name), ', ' ORDER BY u.i),
               string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, %s) ELSE ''{}'' END', u.d, u.name, format(u.shown, 'o', u.name)),
                          ' || ' ORDER BY u.i),
               string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, %s) ELSE ''{}'' END', u.d, u.name, format(u.shown, 'n', u.name)),
                          ' || ' ORDER BY u.i),
               string_agg(u.d, ' OR ')
        INTO changed, before, after, differs
        FROM (
            SELECT w.name, w.d, w.i, CASE WHEN w.name = ANY (personal)
                THEN 'CASE WHEN coalesce(to_jsonb(%1$s.%2$I), ''null'') <> ''null'' THEN ''***'' END' ELSE '%1$s.%2$I' END AS shown
            FROM unnest(names, differ, changes) WITH ORDINALITY w (name, d, really, i) WHERE w.really
        ) u;
        IF differs IS NOT NULL THEN
            EXECUTE format(
                'INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                                               new_values, changed_by, change_source, reason, request_id, run_id)
                 SELECT $1, $2, to_jsonb(n.%1$I) #>> ''{}'', %2$s, ''UPDATE'', array_remove(ARRAY[%3$s], NULL), %4$s, %5$s,
                        $3, $4, $5, $6, $7 FROM %6$s WHERE %7$s',
                key_column,
                CASE WHEN label_column = '' THEN 'audit.record_label($2, to_jsonb(n))'
                     ELSE format('coalesce(to_jsonb(n.%I) #>> ''{}'', '''')', label_column) END,
                changed, before, after, joined, differs
            ) USING TG_TABLE_SCHEMA::text, TG_TABLE_NAME::text, a.changed_by, a.change_source, a.reason, a.request_id, a.run_id;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
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
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_erasure")]

    operations = [migrations.RunSQL(LOG_STATEMENT, migrations.RunSQL.noop)]
