import django.contrib.postgres.fields
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import CreatePartitionedModel


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_database")]

    operations = [
        migrations.CreateModel(
            name="ActiveRun",
            fields=[
                ("source", models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="source")),
                ("run_id", models.UUIDField(unique=True, verbose_name="run")),
            ],
            options={
                "verbose_name": "active run",
                "verbose_name_plural": "active runs",
                "db_table": "active_runs",
            },
        ),
        CreatePartitionedModel(
            name="DataQualityCheck",
            schema="pipeline",
            partition_by="executed_at",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "check_id",
                    models.UUIDField(
                        db_default=models.Func(function="gen_random_uuid", output_field=models.UUIDField()), verbose_name="check"
                    ),
                ),
                ("run_id", models.UUIDField(blank=True, null=True, verbose_name="run")),
                ("check_name", models.CharField(max_length=120, verbose_name="check")),
                (
                    "check_type",
                    models.CharField(
                        choices=[
                            ("completeness", "Completeness"),
                            ("accuracy", "Accuracy"),
                            ("consistency", "Consistency"),
                            ("validity", "Validity"),
                            ("uniqueness", "Uniqueness"),
                            ("timeliness", "Timeliness"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("table_name", models.CharField(max_length=120, verbose_name="table")),
                ("column_name", models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="column")),
                ("check_passed", models.BooleanField(verbose_name="passed")),
                ("blocking", models.BooleanField(db_default=False, default=False, verbose_name="blocking")),
                ("records_checked", models.BigIntegerField(db_default=0, default=0, verbose_name="checked")),
                ("records_passed", models.BigIntegerField(db_default=0, default=0, verbose_name="good")),
                ("records_failed", models.BigIntegerField(db_default=0, default=0, verbose_name="bad")),
                (
                    "failure_rate",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                records_checked__gt=0,
                                then=django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.comparison.Cast(models.F("records_failed"), models.FloatField()),
                                    "/",
                                    django.db.models.functions.comparison.Cast(models.F("records_checked"), models.FloatField()),
                                ),
                            ),
                            default=models.Value(0.0),
                        ),
                        help_text="0..1",
                        output_field=models.FloatField(),
                        verbose_name="share of bad records",
                    ),
                ),
                ("measured", models.FloatField(blank=True, null=True, verbose_name="measured")),
                ("threshold", models.FloatField(blank=True, null=True, verbose_name="threshold")),
                ("check_query", models.TextField(blank=True, db_default="", default="", verbose_name="query")),
                ("failure_examples", models.JSONField(blank=True, db_default=[], default=list, verbose_name="examples")),
                (
                    "executed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="executed"),
                ),
            ],
            options={
                "verbose_name": "quality check",
                "verbose_name_plural": "quality checks",
                "db_table": "data_quality_checks",
                "ordering": ["-executed_at", "-id"],
                "indexes": [
                    models.Index(fields=["run_id"], name="data_quality_checks_run"),
                    models.Index(fields=["check_name", "-executed_at"], name="data_quality_checks_name"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "check_type__in",
                                ["completeness", "accuracy", "consistency", "validity", "uniqueness", "timeliness"],
                            )
                        ),
                        name="data_quality_checks_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "records_checked",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("records_passed"), "+", models.F("records_failed")
                                ),
                            )
                        ),
                        name="data_quality_checks_sum",
                    ),
                ],
            },
        ),
        CreatePartitionedModel(
            name="IngestionRun",
            schema="pipeline",
            partition_by="started_at",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.UUIDField(verbose_name="run")),
                ("source", models.CharField(max_length=60, verbose_name="source")),
                (
                    "workflow_name",
                    models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="workflow"),
                ),
                (
                    "trigger_type",
                    models.CharField(
                        choices=[
                            ("scheduled", "Scheduled"),
                            ("manual", "Manual"),
                            ("webhook", "Webhook"),
                            ("fallback", "Fallback"),
                        ],
                        max_length=10,
                        verbose_name="trigger",
                    ),
                ),
                (
                    "triggered_by",
                    models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="started by"),
                ),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="started"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "duration_seconds",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.Value("epoch"),
                            django.db.models.expressions.CombinedExpression(models.F("ended_at"), "-", models.F("started_at")),
                            function="date_part",
                            output_field=models.FloatField(),
                        ),
                        output_field=models.FloatField(),
                        verbose_name="duration (s)",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("IN_PROGRESS", "In progress"),
                            ("SUCCESS", "Success"),
                            ("PARTIAL", "Partial"),
                            ("FAILED", "Failed"),
                            ("ERRORED", "Errored"),
                            ("SKIPPED", "Skipped"),
                            ("UNCHANGED", "Unchanged"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        db_default="PENDING",
                        default="PENDING",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("stage", models.CharField(blank=True, db_default="", default="", max_length=30, verbose_name="stage")),
                ("error_message", models.TextField(blank=True, db_default="", default="", verbose_name="error")),
                ("error_stack", models.TextField(blank=True, db_default="", default="", verbose_name="stack")),
                ("rows_fetched", models.BigIntegerField(db_default=0, default=0, verbose_name="fetched")),
                ("rows_processed", models.BigIntegerField(db_default=0, default=0, verbose_name="processed")),
                ("rows_inserted", models.BigIntegerField(db_default=0, default=0, verbose_name="inserted")),
                ("rows_updated", models.BigIntegerField(db_default=0, default=0, verbose_name="updated")),
                ("rows_unchanged", models.BigIntegerField(db_default=0, default=0, verbose_name="unchanged")),
                ("rows_removed", models.BigIntegerField(db_default=0, default=0, verbose_name="removed")),
                ("rows_rejected", models.BigIntegerField(db_default=0, default=0, verbose_name="rejected")),
                ("rows_duplicate", models.BigIntegerField(db_default=0, default=0, verbose_name="duplicates")),
                (
                    "sources_attempted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="sources attempted",
                    ),
                ),
                (
                    "sources_succeeded",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="sources succeeded",
                    ),
                ),
                (
                    "sources_failed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="sources failed",
                    ),
                ),
                ("api_calls", models.IntegerField(db_default=0, default=0, verbose_name="API calls")),
                ("cache_hits", models.IntegerField(db_default=0, default=0, verbose_name="cache hits")),
                ("cache_misses", models.IntegerField(db_default=0, default=0, verbose_name="cache misses")),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True, verbose_name="heartbeat")),
                ("celery_task_id", models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="task")),
                ("used_fallback", models.BooleanField(db_default=False, default=False, verbose_name="fallback used")),
                ("data_age", models.DurationField(blank=True, null=True, verbose_name="age of the data")),
                ("execution_metadata", models.JSONField(blank=True, db_default={}, default=dict, verbose_name="details")),
            ],
            options={
                "verbose_name": "ingestion run",
                "verbose_name_plural": "ingestion runs",
                "db_table": "ingestion_log",
                "ordering": ["-started_at", "-id"],
                "permissions": [("run_ingestion", "Can start, retry and cancel ingestion runs")],
                "indexes": [
                    models.Index(fields=["source", "-started_at"], name="ingestion_log_source"),
                    models.Index(fields=["status", "-started_at"], name="ingestion_log_status_idx"),
                    models.Index(fields=["-started_at", "-id"], name="ingestion_log_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run_id", "started_at"), name="ingestion_log_run_id"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "PENDING",
                                    "IN_PROGRESS",
                                    "SUCCESS",
                                    "PARTIAL",
                                    "FAILED",
                                    "ERRORED",
                                    "SKIPPED",
                                    "UNCHANGED",
                                    "CANCELLED",
                                ],
                            )
                        ),
                        name="ingestion_log_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("trigger_type__in", ["scheduled", "manual", "webhook", "fallback"])),
                        name="ingestion_log_trigger",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ended_at__gte", models.F("started_at"))), name="ingestion_log_time_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("status__in", ["PENDING", "IN_PROGRESS"])),
                            models.Q(
                                models.Q(("status__in", ["PENDING", "IN_PROGRESS"]), _negated=True), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="ingestion_log_final_has_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RejectedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.UUIDField(verbose_name="run")),
                (
                    "line",
                    models.BigIntegerField(
                        help_text="in the file, the header being line 1; row number for Parquet", verbose_name="line"
                    ),
                ),
                ("column", models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="column")),
                ("value", models.TextField(blank=True, db_default="", default="", verbose_name="value")),
                ("reason", models.CharField(max_length=40, verbose_name="reason")),
                ("message", models.TextField(verbose_name="message")),
                ("raw", models.TextField(verbose_name="row as published")),
            ],
            options={
                "verbose_name": "rejected row",
                "verbose_name_plural": "rejected rows",
                "db_table": "rejected_rows",
                "ordering": ["run_id", "line", "id"],
                "indexes": [models.Index(fields=["run_id", "line"], name="rejected_rows_run")],
            },
        ),
        migrations.CreateModel(
            name="SourceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.UUIDField(verbose_name="run")),
                ("source", models.CharField(max_length=60, verbose_name="source")),
                ("url", models.TextField(verbose_name="address")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("bytes", models.BigIntegerField(verbose_name="bytes")),
                ("etag", models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="ETag")),
                ("last_modified", models.DateTimeField(blank=True, null=True, verbose_name="last modified")),
                (
                    "fetched_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="fetched"),
                ),
                ("archive_uri", models.TextField(blank=True, db_default="", default="", verbose_name="archive")),
                ("published", models.BooleanField(db_default=False, default=False, verbose_name="published")),
            ],
            options={
                "verbose_name": "source file",
                "verbose_name_plural": "source files",
                "db_table": "source_files",
                "ordering": ["-fetched_at", "-id"],
                "indexes": [
                    models.Index(fields=["run_id"], name="source_files_run"),
                    models.Index(fields=["source", "-fetched_at"], name="source_files_source"),
                    models.Index(fields=["sha256"], name="source_files_hash"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="source_files_sha256_form"
                    ),
                    models.CheckConstraint(condition=models.Q(("bytes__gte", 0)), name="source_files_bytes"),
                ],
            },
        ),
    ]
