import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import CreatePartitionedModel


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_database")]

    operations = [
        CreatePartitionedModel(
            name="ChangeLogEntry",
            schema="audit",
            partition_by="changed_at",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_schema", models.CharField(max_length=63, verbose_name="schema")),
                ("table_name", models.CharField(max_length=63, verbose_name="table")),
                ("record_id", models.TextField(verbose_name="record")),
                ("record_label", models.TextField(blank=True, db_default="", default="", verbose_name="label")),
                (
                    "operation",
                    models.CharField(
                        choices=[("INSERT", "Created"), ("UPDATE", "Changed"), ("DELETE", "Deleted")],
                        max_length=6,
                        verbose_name="operation",
                    ),
                ),
                (
                    "changed_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="changed fields",
                    ),
                ),
                ("old_values", models.JSONField(blank=True, null=True, verbose_name="old values")),
                ("new_values", models.JSONField(blank=True, null=True, verbose_name="new values")),
                ("changed_by", models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="by")),
                (
                    "change_source",
                    models.CharField(
                        choices=[
                            ("admin", "Admin"),
                            ("api", "API"),
                            ("task", "Task"),
                            ("command", "Command"),
                            ("system", "System"),
                            ("database", "Directly in the database"),
                        ],
                        max_length=8,
                        verbose_name="through",
                    ),
                ),
                ("reason", models.TextField(blank=True, db_default="", default="", verbose_name="reason")),
                ("request_id", models.UUIDField(blank=True, null=True, verbose_name="request")),
                ("run_id", models.UUIDField(blank=True, null=True, verbose_name="run")),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when")),
                ("prev_hash", models.BinaryField(max_length=32, null=True)),
                ("entry_hash", models.BinaryField(max_length=32, null=True)),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "db_table": "change_log",
                "ordering": ["-changed_at", "-id"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["table_schema", "table_name", "record_id", "-changed_at"], name="change_log_record"),
                    models.Index(fields=["changed_by", "-changed_at"], name="change_log_actor"),
                    models.Index(
                        condition=models.Q(("request_id__isnull", False)), fields=["request_id"], name="change_log_request"
                    ),
                    models.Index(condition=models.Q(("run_id__isnull", False)), fields=["run_id"], name="change_log_run"),
                    models.Index(fields=["-changed_at", "-id"], name="change_log_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("operation__in", ["INSERT", "UPDATE", "DELETE"])), name="change_log_operation"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("change_source__in", ["admin", "api", "task", "command", "system", "database"])),
                        name="change_log_source",
                    ),
                ],
            },
        ),
    ]
