"""Incidents people are told about; reports on the quality of what is stored."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema

TABLES = ["alerts", "alert_notices", "quality_reports", "column_profiles"]
NAMES = ", ".join(f"pipeline.{name}" for name in TABLES)
SEQUENCES = ", ".join(f"pipeline.{name}_id_seq" for name in TABLES)
# Reports hold no personal data: columns with any are not profiled. Alerts may quote an address of ours.
GRANTS = f"""
GRANT ALL ON {NAMES} TO ysh_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON {NAMES} TO ysh_api;
GRANT ALL ON SEQUENCE {SEQUENCES} TO ysh_admin;
GRANT USAGE ON SEQUENCE {SEQUENCES} TO ysh_api;
GRANT SELECT ON pipeline.quality_reports, pipeline.column_profiles TO ysh_readonly;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0005_curators_import"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("run_failed", "Load failed"),
                            ("fallback", "Fallback in use"),
                            ("stale", "Source is stale"),
                            ("service_down", "Service is down"),
                            ("quality", "Unusual data"),
                            ("schema_drift", "Columns changed"),
                            ("summary", "Summary"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        help_text="the source, workflow or service it is about", max_length=60, verbose_name="subject"
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical")],
                        max_length=8,
                        verbose_name="severity",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("message", models.TextField(blank=True, default="", verbose_name="message")),
                ("run_id", models.UUIDField(blank=True, null=True, verbose_name="run")),
                ("times_seen", models.IntegerField(default=1, verbose_name="times seen")),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="began")),
                (
                    "last_seen_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="last seen"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("closed_because", models.TextField(blank=True, default="", verbose_name="ended because")),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "db_table": "alerts",
                "ordering": ["-opened_at", "-id"],
                "indexes": [models.Index(fields=["-opened_at", "-id"], name="alerts_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)), fields=("kind", "subject"), name="alerts_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["run_failed", "fallback", "stale", "service_down", "quality", "schema_drift", "summary"],
                            )
                        ),
                        name="alerts_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["info", "warning", "critical"])), name="alerts_severity"
                    ),
                    models.CheckConstraint(condition=models.Q(("times_seen__gt", 0)), name="alerts_times_seen"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QualityReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=60, verbose_name="source")),
                ("run_id", models.UUIDField(blank=True, null=True, verbose_name="run")),
                (
                    "measured_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="measured"),
                ),
                ("row_count", models.BigIntegerField(verbose_name="rows")),
                ("score", models.DecimalField(decimal_places=3, help_text="0 to 1", max_digits=4, verbose_name="score")),
                ("reasons", models.JSONField(db_default=[], default=list, verbose_name="reasons")),
                ("metrics", models.JSONField(db_default={}, default=dict, verbose_name="figures")),
                ("anomalies", models.JSONField(db_default=[], default=list, verbose_name="anomalies")),
                ("columns", models.JSONField(db_default={}, default=dict, help_text="name and type", verbose_name="columns")),
                ("drift", models.JSONField(db_default=[], default=list, verbose_name="drift")),
            ],
            options={
                "verbose_name": "quality report",
                "verbose_name_plural": "quality reports",
                "db_table": "quality_reports",
                "ordering": ["-measured_at", "-id"],
                "indexes": [models.Index(fields=["source", "-measured_at"], name="quality_reports_source")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 0), ("score__lte", 1)), name="quality_reports_score"
                    ),
                    models.CheckConstraint(condition=models.Q(("row_count__gte", 0)), name="quality_reports_rows"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event",
                    models.CharField(
                        choices=[("opened", "Began"), ("worse", "Got worse"), ("closed", "Ended"), ("news", "News")],
                        max_length=6,
                        verbose_name="event",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "E-mail"), ("slack", "Slack"), ("sns", "SNS")], max_length=5, verbose_name="channel"
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                (
                    "state",
                    models.CharField(
                        choices=[("PENDING", "Pending"), ("DELIVERED", "Delivered"), ("FAILED", "Given up")],
                        default="PENDING",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.IntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="next attempt"),
                ),
                ("last_error", models.TextField(blank=True, default="", verbose_name="last error")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="pipeline.alert",
                        verbose_name="alert",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert message",
                "verbose_name_plural": "alert messages",
                "db_table": "alert_notices",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "PENDING")), fields=["next_attempt_at"], name="alert_notices_due")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("event__in", ["opened", "worse", "closed", "news"])), name="alert_notices_event"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["email", "slack", "sns"])), name="alert_notices_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PENDING", "DELIVERED", "FAILED"])), name="alert_notices_state"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ColumnProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("column", models.CharField(max_length=63, verbose_name="column")),
                ("data_type", models.CharField(max_length=60, verbose_name="type")),
                ("null_count", models.BigIntegerField(verbose_name="empty values")),
                (
                    "distinct_estimate",
                    models.BigIntegerField(blank=True, help_text="estimated", null=True, verbose_name="different values"),
                ),
                ("minimum", models.TextField(blank=True, null=True, verbose_name="smallest")),
                ("maximum", models.TextField(blank=True, null=True, verbose_name="largest")),
                ("quantiles", models.JSONField(db_default={}, default=dict, verbose_name="quantiles")),
                ("top_values", models.JSONField(db_default=[], default=list, verbose_name="most frequent")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profiles",
                        to="pipeline.qualityreport",
                        verbose_name="report",
                    ),
                ),
            ],
            options={
                "verbose_name": "column profile",
                "verbose_name_plural": "column profiles",
                "db_table": "column_profiles",
                "ordering": ["report", "column"],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "column"), name="column_profiles_column"),
                    models.CheckConstraint(condition=models.Q(("null_count__gte", 0)), name="column_profiles_nulls"),
                ],
            },
        ),
        MoveToSchema("pipeline", TABLES),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
