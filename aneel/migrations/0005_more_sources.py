"""Technical data of units, tariff components, tariff flags, and rows of datasets without a table of their own."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from ysh.core.db.operations import MoveToSchema, TouchUpdatedAt

TABLES = ["technical_data", "tariff_components", "tariff_flags", "published_rows"]
_ALL = ", ".join(f"aneel.{table}" for table in TABLES)
_SEQUENCES = ", ".join(f"aneel.{table}_id_seq" for table in TABLES)
GRANTS = f"""
GRANT ALL ON {_ALL} TO ysh_admin;
GRANT ALL ON {_SEQUENCES} TO ysh_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON {_ALL} TO ysh_api;
GRANT USAGE ON {_SEQUENCES} TO ysh_api;
GRANT SELECT ON {_ALL} TO ysh_readonly;
"""
REVOKES = f"REVOKE ALL ON {_ALL} FROM ysh_admin, ysh_api, ysh_readonly"


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0004_walks"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedRow",
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
                ("dataset", models.CharField(help_text="key of its source", max_length=60, verbose_name="dataset")),
                (
                    "row_key",
                    models.CharField(
                        help_text="dataset and the row's own key, or a hash of it where that is long",
                        max_length=64,
                        unique=True,
                        verbose_name="key",
                    ),
                ),
                ("label", models.TextField(blank=True, help_text="what the row is called", verbose_name="row")),
                (
                    "data",
                    models.JSONField(
                        help_text="column -> typed value; dates as ISO text; empty ones left out", verbose_name="values"
                    ),
                ),
                (
                    "row_hash",
                    models.BinaryField(
                        help_text="XXH3-128 of every published column but the load date",
                        max_length=16,
                        null=True,
                        verbose_name="row hash",
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                ("raw_data", models.JSONField(blank=True, null=True, verbose_name="row as published")),
            ],
            options={
                "verbose_name": "row of another dataset",
                "verbose_name_plural": "rows of other datasets",
                "db_table": "published_rows",
                "ordering": ["dataset", "row_key"],
                "indexes": [
                    models.Index(fields=["dataset", "row_key"], name="published_rows_dataset"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["data"], name="published_rows_data", opclasses=["jsonb_path_ops"]
                    ),
                    models.Index(fields=["source_run_id"], name="published_rows_run"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TariffFlag",
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
                    "flag_id",
                    models.CharField(
                        help_text="record, day and, of rates, flag", max_length=60, unique=True, verbose_name="flag id"
                    ),
                ),
                (
                    "record",
                    models.CharField(
                        choices=[("MONTH", "Flag of a month"), ("RATE", "Rate by resolution")],
                        max_length=5,
                        verbose_name="record",
                    ),
                ),
                (
                    "day",
                    models.DateField(help_text="first day of the month, or first day of the rate's validity", verbose_name="day"),
                ),
                (
                    "flag",
                    models.CharField(
                        choices=[
                            ("VERDE", "Green"),
                            ("AMARELA", "Yellow"),
                            ("VERMELHA_P1", "Red, level 1"),
                            ("VERMELHA_P2", "Red, level 2"),
                            ("ESCASSEZ", "Water scarcity"),
                        ],
                        max_length=12,
                        verbose_name="flag",
                    ),
                ),
                (
                    "surcharge_brl_per_mwh",
                    models.DecimalField(decimal_places=5, max_digits=12, verbose_name="surcharge (R$/MWh)"),
                ),
                (
                    "surcharge_brl_per_kwh",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("surcharge_brl_per_mwh"), "/", models.Value(Decimal("1000"))
                        ),
                        help_text="without taxes",
                        output_field=models.DecimalField(decimal_places=8, max_digits=14),
                        verbose_name="surcharge (R$/kWh)",
                    ),
                ),
                ("resolution_number", models.CharField(blank=True, max_length=120, verbose_name="resolution")),
                (
                    "row_hash",
                    models.BinaryField(
                        help_text="XXH3-128 of every published column but the load date",
                        max_length=16,
                        null=True,
                        verbose_name="row hash",
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                ("raw_data", models.JSONField(blank=True, null=True, verbose_name="row as published")),
            ],
            options={
                "verbose_name": "tariff flag",
                "verbose_name_plural": "tariff flags",
                "db_table": "tariff_flags",
                "ordering": ["-day", "id"],
                "indexes": [
                    models.Index(fields=["record", "-day"], name="tariff_flags_newest"),
                    models.Index(fields=["source_run_id"], name="tariff_flags_run"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("record__in", ["MONTH", "RATE"])), name="tariff_flags_record"),
                    models.CheckConstraint(
                        condition=models.Q(("flag__in", ["VERDE", "AMARELA", "VERMELHA_P1", "VERMELHA_P2", "ESCASSEZ"])),
                        name="tariff_flags_flag",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("surcharge_brl_per_mwh__gte", 0)), name="tariff_flags_not_negative"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("record", "MONTH")), fields=("day",), name="tariff_flags_one_a_month"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TechnicalData",
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
                    "unit_code",
                    models.CharField(help_text="GD.UF.ddd.ddd.ddd", max_length=50, unique=True, verbose_name="unit code"),
                ),
                (
                    "installed_power_kw",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="installed power (kW)"
                    ),
                ),
                ("connection_date", models.DateField(blank=True, null=True, verbose_name="connected on")),
                ("module_count", models.IntegerField(blank=True, null=True, verbose_name="modules")),
                (
                    "module_power_kw",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="as published",
                        max_digits=14,
                        null=True,
                        verbose_name="power of all modules (kW)",
                    ),
                ),
                (
                    "inverter_power_kw",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="as published",
                        max_digits=14,
                        null=True,
                        verbose_name="inverter power (kW)",
                    ),
                ),
                (
                    "array_area_m2",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="array area (m²)"),
                ),
                ("module_maker_published", models.TextField(blank=True, null=True, verbose_name="module maker as published")),
                ("module_maker", models.TextField(blank=True, null=True, verbose_name="module maker")),
                ("module_model", models.TextField(blank=True, null=True, verbose_name="module model")),
                ("inverter_maker_published", models.TextField(blank=True, null=True, verbose_name="inverter maker as published")),
                ("inverter_maker", models.TextField(blank=True, null=True, verbose_name="inverter maker")),
                ("inverter_model", models.TextField(blank=True, null=True, verbose_name="inverter model")),
                (
                    "row_hash",
                    models.BinaryField(
                        help_text="XXH3-128 of every published column but the load date",
                        max_length=16,
                        null=True,
                        verbose_name="row hash",
                    ),
                ),
                (
                    "source_fingerprint",
                    models.BigIntegerField(editable=False, help_text="XXH3-64 of the row's bytes in the file", null=True),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                (
                    "raw_data",
                    models.JSONField(blank=True, null=True, verbose_name="row as published"),
                ),
            ],
            options={
                "verbose_name": "technical data of a unit",
                "verbose_name_plural": "technical data of units",
                "db_table": "technical_data",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["source_run_id"], name="technical_data_run")],
            },
        ),
        migrations.CreateModel(
            name="TariffComponent",
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
                    "component_id",
                    models.CharField(
                        help_text="hash of the natural key with resolution and both dates",
                        max_length=100,
                        unique=True,
                        verbose_name="component id",
                    ),
                ),
                ("utility_name", models.CharField(max_length=120, verbose_name="distributor as published")),
                (
                    "component",
                    models.CharField(help_text="as published, e.g. TUSD_FioB", max_length=60, verbose_name="component"),
                ),
                ("base", models.CharField(help_text="as published", max_length=60, verbose_name="base")),
                (
                    "subgroup",
                    models.CharField(
                        choices=[
                            ("A1", "A1 (>= 230 kV)"),
                            ("A2", "A2 (88-138 kV)"),
                            ("A3", "A3 (69 kV)"),
                            ("A3A", "A3a (30-44 kV)"),
                            ("A4", "A4 (2,3-25 kV)"),
                            ("A4A", "A4a"),
                            ("A4B", "A4b"),
                            ("AS", "AS (underground)"),
                            ("B", "B"),
                            ("B1", "B1 (residential)"),
                            ("B2", "B2 (rural)"),
                            ("B3", "B3 (other classes)"),
                            ("B4", "B4 (street lighting)"),
                        ],
                        max_length=4,
                        verbose_name="subgroup",
                    ),
                ),
                ("modality", models.CharField(max_length=60, verbose_name="tariff modality")),
                ("consumer_class", models.CharField(blank=True, max_length=80, verbose_name="consumer class")),
                ("subclass", models.CharField(blank=True, max_length=120, verbose_name="subclass")),
                ("detail", models.CharField(blank=True, max_length=80, verbose_name="detail")),
                ("tariff_post", models.CharField(blank=True, max_length=40, verbose_name="tariff post")),
                ("accessing_agent", models.CharField(blank=True, max_length=120, verbose_name="accessing agent")),
                ("unit", models.CharField(choices=[("MWH", "R$/MWh"), ("KW", "R$/kW")], max_length=3, verbose_name="unit")),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=8,
                        help_text="as published, R$/MWh or R$/kW, without taxes; may be negative",
                        max_digits=18,
                        verbose_name="value",
                    ),
                ),
                (
                    "brl_per_kwh",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                then=django.db.models.expressions.CombinedExpression(
                                    models.F("value"), "/", models.Value(Decimal("1000"))
                                ),
                                unit="MWH",
                            ),
                            default=None,
                        ),
                        help_text="only of rows in R$/MWh; without taxes",
                        output_field=models.DecimalField(decimal_places=11, max_digits=20),
                        verbose_name="value (R$/kWh)",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(verbose_name="valid to")),
                (
                    "validity",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        help_text="valid_from to valid_to, both days included",
                        output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        verbose_name="validity",
                    ),
                ),
                ("resolution_number", models.CharField(blank=True, max_length=120, verbose_name="resolution")),
                (
                    "row_hash",
                    models.BinaryField(
                        help_text="XXH3-128 of every published column but the load date",
                        max_length=16,
                        null=True,
                        verbose_name="row hash",
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                ("raw_data", models.JSONField(blank=True, null=True, verbose_name="row as published")),
                (
                    "distributor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tariff_components",
                        to="aneel.distributor",
                        verbose_name="distributor",
                    ),
                ),
            ],
            options={
                "verbose_name": "tariff component",
                "verbose_name_plural": "tariff components",
                "db_table": "tariff_components",
                "ordering": ["-valid_from", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        fields=["distributor", "component", "subgroup", "validity"], name="tariff_components_in_force"
                    ),
                    models.Index(fields=["source_run_id"], name="tariff_components_run"),
                    models.Index(fields=["-valid_from", "id"], name="tariff_components_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subgroup__in", ["A1", "A2", "A3", "A3A", "A4", "A4A", "A4B", "AS", "B", "B1", "B2", "B3", "B4"])
                        ),
                        name="tariff_components_subgroup",
                    ),
                    models.CheckConstraint(condition=models.Q(("unit__in", ["MWH", "KW"])), name="tariff_components_unit"),
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gte", models.F("valid_from"))), name="tariff_components_validity_order"
                    ),
                ],
            },
        ),
        MoveToSchema("aneel", TABLES),
        TouchUpdatedAt(*(f"aneel.{table}" for table in TABLES)),
        migrations.RunSQL(GRANTS, REVOKES),
    ]
