"""What is settled waits for every transaction that may hold a lower id, also for the youngest one.

`pg_snapshot_xmax` is one past the last transaction that *ended*: one that is open may have just that number. Read as "the next number", it
let `settled_id` pass an open transaction's entries, which were never sealed then and looked put in by hand.
"""

from django.db import migrations

# `settled_id` is the id below which nothing unseen is left. An entry's writer has its number before it takes an id (the row it logs is
# written first), so whoever has an id up to `last_id` has a lower number than one given out after `last_id` was read: this transaction's
# own, if it has none before (`at_rest`). When all lower numbers have ended, all these entries are there to be seen.
SEAL = """
CREATE OR REPLACE FUNCTION audit.seal(most integer DEFAULT 50000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    progress audit.seal_progress;
    last_id bigint;
    open_from numeric;
    next_xid numeric;
    at_rest boolean;
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
    at_rest := pg_current_xact_id_if_assigned() IS NULL;
    EXECUTE format('SELECT last_value FROM %s', pg_get_serial_sequence('audit.change_log', 'id')) INTO last_id;
    next_xid := pg_current_xact_id()::text::numeric;
    INSERT INTO audit.seal_progress (id, settled_id, pending_id, pending_xid) VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING;
    SELECT * INTO progress FROM audit.seal_progress WHERE id = 1;
    SELECT pg_snapshot_xmin(s)::text::numeric INTO open_from FROM pg_current_snapshot() s;
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
    IF taken < most AND progress.pending_xid <= open_from THEN
        UPDATE audit.seal_progress SET
            settled_id = greatest(settled_id, pending_id),
            pending_id = CASE WHEN at_rest THEN last_id ELSE 0 END,
            pending_xid = CASE WHEN at_rest THEN next_xid ELSE 0 END
        WHERE id = 1;
    END IF;
    RETURN sealed;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_cheaper_updates")]

    operations = [migrations.RunSQL(SEAL, migrations.RunSQL.noop)]
