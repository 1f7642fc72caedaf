"""Undos, which link the entries they write to those they take back; the log by table, and the parts a kit had."""

import django.contrib.postgres.fields
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_out_of_band"),
    ]

    operations = [
        migrations.CreateModel(
            name="Revert",
            fields=[
                ("request_id", models.UUIDField(editable=False, primary_key=True, serialize=False, verbose_name="request")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("change", "one change"),
                            ("object", "one record, to a moment"),
                            ("request", "a request"),
                            ("run", "a run"),
                        ],
                        max_length=7,
                        verbose_name="kind",
                    ),
                ),
                ("of_entry", models.BigIntegerField(blank=True, null=True, verbose_name="change undone")),
                ("of_request", models.UUIDField(blank=True, null=True, verbose_name="request undone")),
                ("of_run", models.UUIDField(blank=True, null=True, verbose_name="run undone")),
                ("table_schema", models.CharField(blank=True, db_default="", default="", max_length=63, verbose_name="schema")),
                ("table_name", models.CharField(blank=True, db_default="", default="", max_length=63, verbose_name="table")),
                ("record_id", models.TextField(blank=True, db_default="", default="", verbose_name="record")),
                ("moment", models.DateTimeField(blank=True, null=True, verbose_name="back to")),
                ("reverted_by", models.CharField(max_length=150, verbose_name="by")),
                ("reason", models.TextField(verbose_name="reason")),
                ("written", models.IntegerField(default=0, verbose_name="records written")),
                (
                    "left_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="left as they are",
                    ),
                ),
                ("reverted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when")),
            ],
            options={
                "verbose_name": "undo",
                "verbose_name_plural": "undos",
                "db_table": "reverts",
                "ordering": ["-reverted_at"],
                "permissions": [("revert", "Can undo changes")],
                "default_permissions": ("view",),
            },
        ),
        migrations.AddIndex(
            model_name="changelogentry",
            index=models.Index(fields=["table_schema", "table_name", "-changed_at", "-id"], name="change_log_table"),
        ),
        migrations.AddIndex(
            model_name="changelogentry",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform(
                    "kit_id", django.db.models.functions.comparison.Coalesce("new_values", "old_values")
                ),
                condition=models.Q(
                    models.Q(("operation", "UPDATE"), _negated=True), ("table_name__in", ["kit_components", "kit_checks"])
                ),
                name="change_log_of_kit",
            ),
        ),
        migrations.AddIndex(
            model_name="revert",
            index=models.Index(condition=models.Q(("of_request__isnull", False)), fields=["of_request"], name="reverts_request"),
        ),
        migrations.AddIndex(
            model_name="revert",
            index=models.Index(condition=models.Q(("of_run__isnull", False)), fields=["of_run"], name="reverts_run"),
        ),
        migrations.AddIndex(
            model_name="revert",
            index=models.Index(condition=models.Q(("of_entry__isnull", False)), fields=["of_entry"], name="reverts_entry"),
        ),
        migrations.AddIndex(
            model_name="revert",
            index=models.Index(fields=["table_schema", "table_name", "record_id"], name="reverts_record"),
        ),
        migrations.AddConstraint(
            model_name="revert",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["change", "object", "request", "run"])), name="reverts_kind"
            ),
        ),
        MoveToSchema("audit", ["reverts"]),
        # Written once, like the log it speaks of.
        migrations.RunSQL(
            "REVOKE ALL ON audit.reverts FROM ysh_api, ysh_readonly; GRANT ALL ON audit.reverts TO ysh_admin; "
            "GRANT SELECT, INSERT ON audit.reverts TO ysh_api",
            "REVOKE ALL ON audit.reverts FROM ysh_admin, ysh_api",
        ),
    ]
