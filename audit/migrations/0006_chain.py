"""Entries are chained by hash, month by month, shortly after they are committed: `audit.seal()`.

Writers never wait for one another: a seal takes what is committed, in the order of ids, and appends it to its month's chain. The hash
of an entry covers its position, the hash before it and all of its content; the part that may name a person (who, label, reason, values)
enters as a salted digest, so that an erasure can replace it and leave the digest behind (`audit.refuse_change()`).
"""

import django.contrib.postgres.functions
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema

DIGESTS = """
CREATE FUNCTION audit.personal_digest(e audit.change_log) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        e.salt, e.changed_by, e.record_label, e.reason, e.old_values, e.new_values)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION audit.personal_digest(audit.change_log) IS 'Salted digest of the part of an entry that may name a person.';
CREATE FUNCTION audit.entry_digest(e audit.change_log, prev bytea, place bigint, personal bytea) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(prev || int8send(place) || personal || convert_to(jsonb_build_array(
        e.id, e.table_schema, e.table_name, e.record_id, e.operation, e.changed_fields, e.change_source, e.request_id, e.run_id,
        extract(epoch FROM e.changed_at))::text, 'UTF8'))
$$;
COMMENT ON FUNCTION audit.entry_digest(audit.change_log, bytea, bigint, bytea) IS
    'Hash of an entry in its place: over the hash before it, its position, its personal digest and all else.';
CREATE FUNCTION audit.first_hash(month date) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to('ysh audit ' || to_char(month, 'YYYY-MM'), 'UTF8'))
$$;
COMMENT ON FUNCTION audit.first_hash(date) IS 'What stands before the first entry of a month.';
"""

# Only who may run it seals: the definer's rights do the UPDATE. One at a time; writers are not concerned.
# An id that is visible to nobody yet may be lower than one that is sealed already. `settled_id` is the id below which that cannot be: all
# transactions that were open when it was read have ended (their ids are below the oldest one still open).
SEAL = """
CREATE FUNCTION audit.seal(most integer DEFAULT 50000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    progress audit.seal_progress;
    last_id bigint;
    open_from numeric;
    next_xid numeric;
    m record;
    e audit.change_log;
    head audit.chain_heads;
    ids bigint[];
    prevs bytea[];
    hashes bytea[];
    first_place bigint;
    sealed bigint := 0;
    taken bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.seal', 0));
    INSERT INTO audit.seal_progress (id, settled_id, pending_id, pending_xid) VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING;
    SELECT * INTO progress FROM audit.seal_progress WHERE id = 1;
    EXECUTE format('SELECT last_value FROM %s', pg_get_serial_sequence('audit.change_log', 'id')) INTO last_id;
    SELECT pg_snapshot_xmin(s)::text::numeric, pg_snapshot_xmax(s)::text::numeric INTO open_from, next_xid FROM pg_current_snapshot() s;
    FOR m IN
        SELECT month, min(w.id) AS low FROM (
            SELECT c.id, date_trunc('month', c.changed_at AT TIME ZONE 'UTC')::date AS month FROM audit.change_log c
            WHERE c.id > progress.settled_id AND c.entry_hash IS NULL AND isfinite(c.changed_at)
        ) w
        LEFT JOIN audit.chain_heads h USING (month) WHERE h.closed_at IS NULL GROUP BY month ORDER BY month
    LOOP
        SELECT * INTO head FROM audit.chain_heads WHERE month = m.month;
        IF NOT FOUND THEN
            head.month := m.month;
            head.position := 0;
            head.entry_hash := audit.first_hash(m.month);
        END IF;
        ids := '{}';
        prevs := '{}';
        hashes := '{}';
        first_place := head.position;
        FOR e IN
            SELECT c.* FROM audit.change_log c
            WHERE c.id >= m.low AND c.entry_hash IS NULL
              AND c.changed_at >= m.month::timestamp AT TIME ZONE 'UTC'
              AND c.changed_at < (m.month + interval '1 month') AT TIME ZONE 'UTC'
            ORDER BY c.id LIMIT most - taken
        LOOP
            ids := ids || e.id;
            prevs := prevs || head.entry_hash;
            head.position := head.position + 1;
            head.entry_hash := audit.entry_digest(e, head.entry_hash, head.position, audit.personal_digest(e));
            hashes := hashes || head.entry_hash;
        END LOOP;
        UPDATE audit.change_log c SET prev_hash = s.prev, entry_hash = s.hash, chain_position = first_place + s.n
        FROM unnest(ids, prevs, hashes) WITH ORDINALITY AS s (id, prev, hash, n)
        WHERE c.id = s.id AND c.entry_hash IS NULL
          AND c.changed_at >= m.month::timestamp AT TIME ZONE 'UTC' AND c.changed_at < (m.month + interval '1 month') AT TIME ZONE 'UTC';
        taken := taken + cardinality(ids);
        INSERT INTO audit.chain_heads (month, position, entry_hash, sealed_at) VALUES (m.month, head.position, head.entry_hash, now())
        ON CONFLICT (month) DO UPDATE SET position = EXCLUDED.position, entry_hash = EXCLUDED.entry_hash, sealed_at = now();
        sealed := sealed + cardinality(ids);
        EXIT WHEN taken >= most;
    END LOOP;
    IF taken < most THEN
        UPDATE audit.seal_progress SET
            settled_id = CASE WHEN pending_xid <= open_from THEN greatest(settled_id, pending_id) ELSE settled_id END,
            pending_id = CASE WHEN pending_xid <= open_from THEN last_id ELSE pending_id END,
            pending_xid = CASE WHEN pending_xid <= open_from THEN next_xid ELSE pending_xid END
        WHERE id = 1;
    END IF;
    RETURN sealed;
END $$;
COMMENT ON FUNCTION audit.seal(integer) IS 'Chain the entries committed since the last call, at most so many; how many. Call again while it returns that many.';
REVOKE ALL ON FUNCTION audit.seal(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal(integer) TO ysh_admin, ysh_api;
CREATE FUNCTION audit.close_month(over date, place bigint, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.seal', 0));
    UPDATE audit.chain_heads SET closed_at = at WHERE month = over AND position = place AND closed_at IS NULL;
    RETURN FOUND;
END $$;
COMMENT ON FUNCTION audit.close_month(date, bigint, timestamptz) IS 'Let no entry be added to a month any more, if its chain still ends at that place.';
REVOKE ALL ON FUNCTION audit.close_month(date, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.close_month(date, bigint, timestamptz) TO ysh_admin, ysh_api;
"""

_CONTENT = (
    "id", "table_schema", "table_name", "record_id", "operation", "changed_fields", "change_source", "request_id", "run_id", "changed_at",
)  # fmt: skip
_PERSONAL = ("changed_by", "record_label", "reason", "old_values", "new_values")


def _row(who: str, *names: str) -> str:
    return "(" + ", ".join(f"{who}.{name}" for name in names) + ")"


_SEALS = (
    "(OLD.entry_hash IS NULL AND NEW.entry_hash IS NOT NULL AND "
    f"{_row('NEW', *_CONTENT, *_PERSONAL, 'salt')} IS NOT DISTINCT FROM {_row('OLD', *_CONTENT, *_PERSONAL, 'salt')})"
)
APPEND_ONLY = f"""
DROP TRIGGER append_only ON audit.change_log;
CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a record;
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('ysh.erasing', true) = 'on' AND OLD.entry_hash IS NOT NULL
       AND {_row("NEW", *_CONTENT, "prev_hash", "entry_hash", "chain_position")}
           IS NOT DISTINCT FROM {_row("OLD", *_CONTENT, "prev_hash", "entry_hash", "chain_position")}
    THEN
        IF {_row("NEW", *_PERSONAL)} IS NOT DISTINCT FROM {_row("OLD", *_PERSONAL)} THEN
            RETURN NULL;
        END IF;
        -- Without the old salt nobody can find out what stood here by trying names.
        NEW.salt := gen_random_uuid();
        SELECT * INTO a FROM audit.acting();
        INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values, new_values,
                                      changed_by, change_source, reason, request_id, run_id)
        VALUES ('audit', 'change_log', OLD.id, 'erasure', 'UPDATE', ARRAY['personal_digest'],
                jsonb_build_object('personal_digest', encode(audit.personal_digest(OLD), 'hex')),
                jsonb_build_object('personal_digest', encode(audit.personal_digest(NEW), 'hex')),
                a.changed_by, a.change_source, a.reason, a.request_id, a.run_id);
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = format('audit.change_log is append-only: %s of entry %s refused.', TG_OP, OLD.id),
        HINT = 'Old months go with manage.py audit prune; personal data of sealed entries with the erasure command.';
END $$;
CREATE TRIGGER append_only BEFORE DELETE ON audit.change_log FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only_update BEFORE UPDATE ON audit.change_log FOR EACH ROW WHEN (NOT {_SEALS}) EXECUTE FUNCTION audit.refuse_change();
"""  # noqa: S608  (names of ours)
BACK_TO_APPEND_ONLY = """
DROP TRIGGER append_only_update ON audit.change_log;
DROP TRIGGER append_only ON audit.change_log;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.change_log FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
"""
RIGHTS = """
REVOKE ALL ON audit.chain_heads, audit.seal_progress FROM ysh_api, ysh_readonly;
GRANT ALL ON audit.chain_heads, audit.seal_progress TO ysh_admin;
GRANT SELECT ON audit.chain_heads, audit.seal_progress TO ysh_api;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_every_write")]

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False, verbose_name="month")),
                ("position", models.BigIntegerField(default=0, verbose_name="sealed entries")),
                ("entry_hash", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="sealed")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                ("archive_uri", models.TextField(blank=True, db_default="", default="", verbose_name="archived at")),
                ("archive_sha256", models.CharField(blank=True, db_default="", default="", editable=False, max_length=64)),
                ("pruned_at", models.DateTimeField(blank=True, null=True, verbose_name="pruned")),
            ],
            options={
                "verbose_name": "sealed month",
                "verbose_name_plural": "sealed months",
                "db_table": "chain_heads",
                "ordering": ["-month"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SealProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("settled_id", models.BigIntegerField(default=0)),
                ("pending_id", models.BigIntegerField(default=0)),
                ("pending_xid", models.DecimalField(decimal_places=0, default=0, max_digits=20)),
            ],
            options={
                "db_table": "seal_progress",
                "default_permissions": (),
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="seal_progress_one_row")],
            },
        ),
        MoveToSchema("audit", ["chain_heads", "seal_progress"]),
        migrations.AddField(
            model_name="changelogentry",
            name="chain_position",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="changelogentry",
            name="salt",
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, null=True),
        ),
        migrations.RunSQL(
            DIGESTS,
            "DROP FUNCTION audit.first_hash(date); DROP FUNCTION audit.entry_digest(audit.change_log, bytea, bigint, bytea); "
            "DROP FUNCTION audit.personal_digest(audit.change_log)",
        ),
        migrations.RunSQL(SEAL, "DROP FUNCTION audit.close_month(date, bigint, timestamptz); DROP FUNCTION audit.seal(integer)"),
        migrations.RunSQL(APPEND_ONLY, BACK_TO_APPEND_ONLY),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
