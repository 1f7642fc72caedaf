"""The schema `pipeline`: tables moved there, one active run per source, the summary view, rights."""

from django.db import migrations

from ysh.core.db.operations import GrantOnSchema, MoveToSchema

ACTIVE_RUN = """
CREATE FUNCTION pipeline.track_active_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.status NOT IN ('PENDING', 'IN_PROGRESS') THEN
        DELETE FROM pipeline.active_runs WHERE run_id = OLD.run_id;
    ELSIF TG_OP = 'INSERT' OR OLD.status NOT IN ('PENDING', 'IN_PROGRESS') THEN
        INSERT INTO pipeline.active_runs (source, run_id) VALUES (NEW.source, NEW.run_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER track_active_run_insert AFTER INSERT ON pipeline.ingestion_log FOR EACH ROW
    WHEN (NEW.status IN ('PENDING', 'IN_PROGRESS')) EXECUTE FUNCTION pipeline.track_active_run();
CREATE TRIGGER track_active_run_update AFTER UPDATE OF status ON pipeline.ingestion_log FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION pipeline.track_active_run();
CREATE TRIGGER track_active_run_delete AFTER DELETE ON pipeline.ingestion_log FOR EACH ROW EXECUTE FUNCTION pipeline.track_active_run();
"""
DROP_ACTIVE_RUN = """
DROP TRIGGER track_active_run_delete ON pipeline.ingestion_log;
DROP TRIGGER track_active_run_update ON pipeline.ingestion_log;
DROP TRIGGER track_active_run_insert ON pipeline.ingestion_log;
DROP FUNCTION pipeline.track_active_run();
"""

SUMMARY = """
CREATE VIEW pipeline.v_ingestion_summary AS
SELECT source, count(*) AS runs,
       count(*) FILTER (WHERE status IN ('SUCCESS', 'PARTIAL', 'UNCHANGED')) AS good_runs,
       count(*) FILTER (WHERE status IN ('FAILED', 'ERRORED')) AS bad_runs,
       max(started_at) AS last_started_at,
       max(ended_at) FILTER (WHERE status IN ('SUCCESS', 'PARTIAL', 'UNCHANGED')) AS last_success_at,
       round(avg(duration_seconds)::numeric, 1) AS avg_duration_seconds,
       sum(rows_inserted) AS rows_inserted, sum(rows_updated) AS rows_updated, sum(rows_removed) AS rows_removed, sum(rows_rejected) AS rows_rejected
FROM pipeline.ingestion_log WHERE started_at >= now() - interval '30 days' GROUP BY source;
"""

CHECK_COLUMNS_WITHOUT_EXAMPLES = [
    "id", "check_id", "run_id", "check_name", "check_type", "table_name", "column_name", "check_passed", "blocking", "records_checked",
    "records_passed", "records_failed", "failure_rate", "measured", "threshold", "check_query", "executed_at",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0001_initial")]

    operations = [
        MoveToSchema("pipeline", ["active_runs", "source_files", "rejected_rows"]),
        migrations.RunSQL(ACTIVE_RUN, DROP_ACTIVE_RUN),
        migrations.RunSQL(SUMMARY, "DROP VIEW pipeline.v_ingestion_summary"),
        # A refused row is kept as published, personal data included; examples of failed checks may quote rows.
        GrantOnSchema("pipeline", hidden=["rejected_rows"], columns={"data_quality_checks": CHECK_COLUMNS_WITHOUT_EXAMPLES}),
    ]
