"""Declarations of suppliers' lists, and uploads that wait for a decision."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema, TouchUpdatedAt

# ysh_readonly sees none of them: lists hold what we pay.
GRANTS = """
GRANT ALL ON pipeline.supplier_mappings, pipeline.catalog_imports, pipeline.catalog_import_rows TO ysh_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.supplier_mappings, pipeline.catalog_imports, pipeline.catalog_import_rows TO ysh_api;
GRANT USAGE ON SEQUENCE pipeline.catalog_import_rows_id_seq TO ysh_admin, ysh_api;
"""
REVOKES = (
    "REVOKE ALL ON pipeline.supplier_mappings, pipeline.catalog_imports, pipeline.catalog_import_rows FROM ysh_admin, ysh_api"
)
TABLES = ["supplier_mappings", "catalog_imports", "catalog_import_rows"]


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0002_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="SupplierMapping",
            fields=[
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "supplier_code",
                    models.SlugField(
                        help_text="code: fortlev, fotus, …",
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="supplier",
                    ),
                ),
                ("mapping", models.JSONField(help_text="as docs/suppliers.md describes it", verbose_name="mapping")),
                (
                    "changed_by",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=150, verbose_name="changed by"
                    ),
                ),
            ],
            options={
                "verbose_name": "supplier mapping",
                "verbose_name_plural": "supplier mappings",
                "db_table": "supplier_mappings",
                "ordering": ["supplier_code"],
            },
        ),
        migrations.CreateModel(
            name="CatalogImport",
            fields=[
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("supplier_code", models.SlugField(max_length=40, verbose_name="supplier")),
                (
                    "files",
                    models.JSONField(
                        default=list, help_text="name, bytes, sha256 and place in the archive", verbose_name="files"
                    ),
                ),
                ("mapping", models.JSONField(blank=True, null=True, verbose_name="mapping")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PARSING", "Being read"),
                            ("READY", "To be decided"),
                            ("APPLYING", "Being applied"),
                            ("APPLIED", "Applied"),
                            ("FAILED", "Failed"),
                            ("DISCARDED", "Thrown away"),
                        ],
                        default="PARSING",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("all_or_nothing", models.BooleanField(default=False, verbose_name="all or nothing")),
                ("requested_by", models.CharField(max_length=150, verbose_name="requested by")),
                ("records_read", models.IntegerField(default=0, verbose_name="records read")),
                ("summary", models.JSONField(blank=True, default=dict, verbose_name="summary")),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                ("run_id", models.UUIDField(blank=True, null=True, verbose_name="run")),
            ],
            options={
                "verbose_name": "list import",
                "verbose_name_plural": "list imports",
                "db_table": "catalog_imports",
                "ordering": ["-created_at", "id"],
                "permissions": [("import_catalog", "Can import suppliers' lists")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["PARSING", "READY", "APPLYING", "APPLIED", "FAILED", "DISCARDED"])),
                        name="catalog_imports_status",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CatalogImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=7, verbose_name="kind")),
                ("key", models.CharField(max_length=100, verbose_name="key")),
                ("name", models.CharField(max_length=300, verbose_name="name")),
                (
                    "action",
                    models.CharField(
                        choices=[("INSERT", "New"), ("UPDATE", "Changed"), ("UNCHANGED", "Unchanged"), ("REJECT", "Refused")],
                        max_length=9,
                        verbose_name="what happens",
                    ),
                ),
                ("changes", models.JSONField(default=list, help_text="[field, before, after]", verbose_name="changes")),
                ("notes", models.JSONField(default=list, verbose_name="warnings")),
                (
                    "price_percent",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=9, null=True, verbose_name="price move (%)"),
                ),
                (
                    "place",
                    models.CharField(blank=True, default="", help_text="file and line", max_length=200, verbose_name="place"),
                ),
                ("selected", models.BooleanField(default=True, verbose_name="to be taken")),
                (
                    "catalog_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="pipeline.catalogimport",
                        verbose_name="list import",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a list import",
                "verbose_name_plural": "rows of a list import",
                "db_table": "catalog_import_rows",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["catalog_import", "action", "id"], name="catalog_import_rows_action_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["INSERT", "UPDATE", "UNCHANGED", "REJECT"])),
                        name="catalog_import_rows_action",
                    )
                ],
            },
        ),
        MoveToSchema("pipeline", TABLES),
        TouchUpdatedAt("pipeline.supplier_mappings", "pipeline.catalog_imports"),
        migrations.RunSQL(GRANTS, REVOKES),
    ]
