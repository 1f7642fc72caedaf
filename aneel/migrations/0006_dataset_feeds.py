"""What each feed says about a dataset, possible duplicates, and where each value of a dataset is from."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema, TouchUpdatedAt

TABLES = ["dataset_entries", "dataset_matches"]
# What the feeds say names contacts, who are natural persons: not for reports.
GRANTS = """
GRANT ALL ON aneel.dataset_entries, aneel.dataset_matches TO ysh_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON aneel.dataset_entries, aneel.dataset_matches TO ysh_api;
GRANT SELECT ON aneel.dataset_matches TO ysh_readonly;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0005_more_sources"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="conflicts",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="column: what less authoritative feeds say instead",
                verbose_name="conflicts",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="feeds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="feeds that know it",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="provenance",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, help_text="column: feed", verbose_name="where each value is from"
            ),
        ),
        migrations.CreateModel(
            name="DatasetMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "first_id",
                    models.CharField(help_text="ANEEL ids, in alphabetical order", max_length=100, verbose_name="first"),
                ),
                ("second_id", models.CharField(max_length=100, verbose_name="second")),
                (
                    "score",
                    models.DecimalField(
                        decimal_places=1, help_text="of title and publisher, 0 to 100", max_digits=4, verbose_name="likeness"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[("PROPOSED", "To be decided"), ("CONFIRMED", "The same"), ("DENIED", "Different")],
                        db_default="PROPOSED",
                        default="PROPOSED",
                        max_length=9,
                        verbose_name="decision",
                    ),
                ),
                (
                    "decided_by",
                    models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("reason", models.TextField(blank=True, db_default="", default="", verbose_name="reason")),
            ],
            options={
                "verbose_name": "possible duplicate of datasets",
                "verbose_name_plural": "possible duplicates of datasets",
                "db_table": "dataset_matches",
                "ordering": ["-score", "first_id", "second_id"],
                "indexes": [
                    models.Index(fields=["second_id"], name="dataset_matches_second"),
                    models.Index(fields=["decision", "-score"], name="dataset_matches_open"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first_id", "second_id"), name="dataset_matches_pair"),
                    models.CheckConstraint(
                        condition=models.Q(("first_id__lt", models.F("second_id"))), name="dataset_matches_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["PROPOSED", "CONFIRMED", "DENIED"])), name="dataset_matches_decision"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DatasetEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "feed",
                    models.CharField(
                        choices=[
                            ("CKAN", "CKAN"),
                            ("HUB_SEARCH", "ArcGIS Hub Search"),
                            ("DCAT_US", "DCAT-US 1.1"),
                            ("DCAT_AP_2", "DCAT-AP 2.1.1"),
                            ("DCAT_AP_3", "DCAT-AP 3.0.0"),
                            ("RSS", "RSS 2.0"),
                        ],
                        max_length=12,
                        verbose_name="feed",
                    ),
                ),
                ("feed_id", models.CharField(max_length=250, verbose_name="id in the feed")),
                (
                    "own_id",
                    models.CharField(
                        help_text="the dataset's id if no other feed knew it", max_length=100, verbose_name="ANEEL id by itself"
                    ),
                ),
                (
                    "identities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        help_text="entries of different feeds that share one are one dataset",
                        size=None,
                        verbose_name="identities",
                    ),
                ),
                (
                    "fields",
                    models.JSONField(
                        help_text="what the feed fills in, in the form of the dataset's columns", verbose_name="values"
                    ),
                ),
                ("raw", models.JSONField(verbose_name="as fetched")),
                ("content_hash", models.CharField(max_length=32, verbose_name="hash of the entry")),
                (
                    "changed_at",
                    models.DateTimeField(
                        help_text="when this entry was last fetched with another content", verbose_name="changed"
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entries",
                        to="aneel.dataset",
                        verbose_name="dataset",
                    ),
                ),
            ],
            options={
                "verbose_name": "dataset in a feed",
                "verbose_name_plural": "datasets in feeds",
                "db_table": "dataset_entries",
                "ordering": ["feed", "feed_id"],
                "indexes": [
                    models.Index(fields=["own_id"], name="dataset_entries_own_id"),
                    models.Index(fields=["-changed_at"], name="dataset_entries_changed"),
                    django.contrib.postgres.indexes.GinIndex(fields=["identities"], name="dataset_entries_identities"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("feed", "feed_id"), name="dataset_entries_feed_id"),
                    models.CheckConstraint(
                        condition=models.Q(("feed__in", ["CKAN", "HUB_SEARCH", "DCAT_US", "DCAT_AP_2", "DCAT_AP_3", "RSS"])),
                        name="dataset_entries_feed",
                    ),
                ],
            },
        ),
        MoveToSchema("aneel", TABLES),
        TouchUpdatedAt(*(f"aneel.{table}" for table in TABLES)),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
