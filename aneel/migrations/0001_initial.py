from decimal import Decimal

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import ysh.core.db.search
import ysh.core.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_database")]

    operations = [
        migrations.CreateModel(
            name="GenerationUnitStatistics",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("state", ysh.core.models.FixedCharField(max_length=5, verbose_name="state")),
                (
                    "consumer_class",
                    models.CharField(
                        choices=[
                            ("RESIDENTIAL", "Residential"),
                            ("RESIDENTIAL_LOW_INCOME", "Residential, low income"),
                            ("COMMERCIAL", "Commercial"),
                            ("RURAL", "Rural"),
                            ("INDUSTRIAL", "Industrial"),
                            ("PUBLIC_POWER", "Public authority"),
                            ("PUBLIC_SERVICE", "Public service"),
                            ("PUBLIC_LIGHTING", "Street lighting"),
                            ("OWN_CONSUMPTION", "Distributor's own consumption"),
                        ],
                        max_length=24,
                        null=True,
                        verbose_name="consumer class",
                    ),
                ),
                (
                    "source_type",
                    models.CharField(
                        choices=[
                            ("UFV", "Solar (UFV)"),
                            ("EOL", "Wind (EOL)"),
                            ("CGH", "Mini hydro (CGH)"),
                            ("PCH", "Small hydro (PCH)"),
                            ("UHE", "Hydro (UHE)"),
                            ("UTE", "Thermal (UTE)"),
                            ("UTN", "Nuclear (UTN)"),
                            ("CGU", "Undi-electric (CGU)"),
                        ],
                        max_length=3,
                        null=True,
                        verbose_name="source",
                    ),
                ),
                ("unit_count", models.BigIntegerField(verbose_name="units")),
                ("power_sum_kw", models.DecimalField(decimal_places=3, max_digits=18, verbose_name="power (kW)")),
                ("power_avg_kw", models.DecimalField(decimal_places=3, max_digits=14, verbose_name="mean power (kW)")),
                ("power_min_kw", models.DecimalField(decimal_places=3, max_digits=12, verbose_name="lowest power (kW)")),
                ("power_max_kw", models.DecimalField(decimal_places=3, max_digits=12, verbose_name="highest power (kW)")),
                (
                    "generation_sum_kwh",
                    models.DecimalField(decimal_places=2, max_digits=20, null=True, verbose_name="monthly generation (kWh)"),
                ),
                (
                    "capacity_factor_avg",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="mean capacity factor (%)"),
                ),
            ],
            options={
                "verbose_name": "generation unit statistics",
                "verbose_name_plural": "generation unit statistics",
                "db_table": "mv_gen_units_statistics",
                "ordering": ["key"],
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Dataset",
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
                    "id",
                    models.UUIDField(
                        db_default=models.Func(function="gen_random_uuid", output_field=models.UUIDField()),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "aneel_id",
                    models.CharField(
                        help_text="CKAN UUID or 32 hexadecimal digits of the Hub",
                        max_length=100,
                        unique=True,
                        verbose_name="ANEEL id",
                    ),
                ),
                ("title", models.TextField(verbose_name="title")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("url", models.TextField(blank=True, verbose_name="address")),
                ("modified", models.DateTimeField(blank=True, null=True, verbose_name="modified")),
                ("published", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                (
                    "formats",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name="formats"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("geracao_distribuida", "Distributed generation"),
                            ("tarifas", "Tariffs"),
                            ("certificacoes", "Certifications"),
                            ("concessoes", "Concessions"),
                            ("regulacao", "Regulation"),
                            ("fiscalizacao", "Inspection"),
                            ("mercado", "Market"),
                            ("transmissao", "Transmission"),
                            ("qualidade", "Quality of supply"),
                        ],
                        max_length=30,
                        null=True,
                        verbose_name="category",
                    ),
                ),
                (
                    "keywords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name="keywords"
                    ),
                ),
                (
                    "license",
                    models.CharField(blank=True, help_text="SPDX identifier where known", max_length=60, verbose_name="licence"),
                ),
                (
                    "spatial",
                    models.CharField(db_default="BR", default="BR", help_text="BR or BR-XX", max_length=5, verbose_name="area"),
                ),
                ("temporal_start", models.DateField(blank=True, null=True, verbose_name="covers from")),
                ("temporal_end", models.DateField(blank=True, null=True, verbose_name="covers to")),
                ("update_frequency", models.CharField(blank=True, max_length=60, verbose_name="update frequency")),
                ("access_level", models.CharField(blank=True, max_length=30, verbose_name="access level")),
                ("publisher_name", models.TextField(blank=True, verbose_name="publisher")),
                ("publisher_email", models.CharField(blank=True, max_length=254, verbose_name="publisher's e-mail")),
                ("contact_name", models.TextField(blank=True, verbose_name="contact")),
                ("contact_email", models.CharField(blank=True, max_length=254, verbose_name="contact's e-mail")),
                (
                    "theme",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name="themes"
                    ),
                ),
                (
                    "data_quality_score",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=3, null=True, verbose_name="quality score"),
                ),
                (
                    "source_api",
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
                (
                    "resources",
                    models.JSONField(
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="name, format, url, size, last_modified, hash",
                        verbose_name="resources",
                    ),
                ),
                ("raw_metadata", models.JSONField(blank=True, null=True, verbose_name="metadata as fetched")),
                ("last_fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="last fetched")),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                (
                    "search_vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("title"),
                            models.F("keywords"),
                            models.F("description"),
                            function="public.weighted_tsvector",
                            output_field=django.contrib.postgres.search.SearchVectorField(),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "dataset",
                "verbose_name_plural": "datasets",
                "db_table": "datasets",
                "ordering": ["title", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["search_vector"], name="datasets_search"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("title"), name="gin_trgm_ops"),
                        name="datasets_title_trgm",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["keywords"], name="datasets_keywords"),
                    models.Index(fields=["category"], name="datasets_category_idx"),
                    models.Index(fields=["-modified"], name="datasets_modified"),
                    models.Index(fields=["spatial"], name="datasets_spatial"),
                    models.Index(fields=["source_run_id"], name="datasets_run"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "geracao_distribuida",
                                    "tarifas",
                                    "certificacoes",
                                    "concessoes",
                                    "regulacao",
                                    "fiscalizacao",
                                    "mercado",
                                    "transmissao",
                                    "qualidade",
                                ],
                            )
                        ),
                        name="datasets_category",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source_api__in", ["CKAN", "HUB_SEARCH", "DCAT_US", "DCAT_AP_2", "DCAT_AP_3", "RSS"])
                        ),
                        name="datasets_source_api",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("data_quality_score__range", (Decimal("0"), Decimal("1")))),
                        name="datasets_quality_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spatial__regex", "^BR(-[A-Z]{2})?$")), name="datasets_spatial_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("temporal_end__gte", models.F("temporal_start"))), name="datasets_temporal_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Distributor",
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
                    "cnpj",
                    ysh.core.models.FixedCharField(
                        help_text="14 characters, check digits validated, leading zeros kept",
                        max_length=14,
                        primary_key=True,
                        serialize=False,
                        verbose_name="CNPJ",
                    ),
                ),
                ("sigla", models.CharField(blank=True, max_length=60, verbose_name="acronym")),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="other names seen",
                    ),
                ),
                ("state", ysh.core.models.FixedCharField(blank=True, max_length=5, null=True, verbose_name="state")),
                ("valid_tariff_until", models.DateField(blank=True, null=True, verbose_name="tariff valid until")),
            ],
            options={
                "verbose_name": "distributor",
                "verbose_name_plural": "distributors",
                "db_table": "distributors",
                "ordering": ["name", "cnpj"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Func(models.F("cnpj"), function="public.is_cnpj", output_field=models.BooleanField()),
                        name="distributors_cnpj_check_digits",
                    ),
                    models.CheckConstraint(condition=models.Q(("state__regex", "^BR-[A-Z]{2}$")), name="distributors_state_form"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Municipality",
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
                ("ibge_code", models.IntegerField(primary_key=True, serialize=False, verbose_name="IBGE code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("state", ysh.core.models.FixedCharField(max_length=5, verbose_name="state")),
                ("region", models.CharField(max_length=20, verbose_name="region")),
                (
                    "centroid",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, geography=True, null=True, spatial_index=False, srid=4326, verbose_name="centre"
                    ),
                ),
                (
                    "search_name",
                    models.GeneratedField(
                        db_persist=True,
                        expression=ysh.core.db.search.Folded("name"),
                        help_text="lower case, without accents",
                        output_field=models.CharField(max_length=80),
                        verbose_name="search name",
                    ),
                ),
            ],
            options={
                "verbose_name": "municipality",
                "verbose_name_plural": "municipalities",
                "db_table": "municipalities",
                "ordering": ["name", "ibge_code"],
                "indexes": [
                    models.Index(fields=["state", "search_name"], name="municipalities_state_name"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("search_name", name="gin_trgm_ops"),
                        name="municipalities_name_trgm",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ibge_code__range", (1000000, 9999999))), name="municipalities_code_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__regex", "^BR-[A-Z]{2}$")), name="municipalities_state_form"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Certification",
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
                    "certificate_id",
                    models.CharField(
                        help_text="type, registration number and model",
                        max_length=300,
                        unique=True,
                        verbose_name="certificate id",
                    ),
                ),
                ("certificate_number", models.CharField(max_length=60, verbose_name="registration number")),
                (
                    "certificate_type",
                    models.CharField(
                        choices=[
                            ("INMETRO", "INMETRO"),
                            ("ANEEL", "ANEEL"),
                            ("IEC", "IEC"),
                            ("UL", "UL"),
                            ("TUV", "TÜV"),
                            ("CE", "CE"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("equipment_type", models.CharField(blank=True, max_length=40, verbose_name="equipment")),
                ("manufacturer", models.CharField(blank=True, max_length=200, verbose_name="manufacturer")),
                ("brand", models.CharField(blank=True, max_length=120, verbose_name="brand")),
                ("model", models.CharField(max_length=200, verbose_name="model")),
                ("family", models.CharField(blank=True, max_length=200, verbose_name="family")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "power_rating_w",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="power (W)"),
                ),
                (
                    "efficiency_percent",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="efficiency (%)"),
                ),
                (
                    "voltage_input_min_v",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="lowest input voltage (V)"
                    ),
                ),
                (
                    "voltage_input_max_v",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="highest input voltage (V)"
                    ),
                ),
                (
                    "voltage_output_v",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="output voltage (V)"),
                ),
                (
                    "current_max_a",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="highest current (A)"
                    ),
                ),
                (
                    "standards_compliance",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="standards",
                    ),
                ),
                ("ordinance", models.CharField(blank=True, max_length=120, verbose_name="ordinance (Portaria)")),
                ("issue_date", models.DateField(blank=True, null=True, verbose_name="issued on")),
                ("expiry_date", models.DateField(blank=True, null=True, verbose_name="expires on")),
                ("last_inspection_date", models.DateField(blank=True, null=True, verbose_name="last inspection")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Active"),
                            ("EXPIRED", "Expired"),
                            ("SUSPENDED", "Suspended"),
                            ("REVOKED", "Revoked"),
                            ("PENDING", "Pending"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("revocation_reason", models.TextField(blank=True, verbose_name="reason of revocation")),
                ("certificate_url", models.TextField(blank=True, verbose_name="certificate's address")),
                ("test_report_url", models.TextField(blank=True, verbose_name="test report's address")),
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
                ("raw_data", models.JSONField(blank=True, null=True, verbose_name="record as published")),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="aneel.dataset",
                        verbose_name="dataset",
                    ),
                ),
            ],
            options={
                "verbose_name": "certification",
                "verbose_name_plural": "certifications",
                "db_table": "certifications",
                "ordering": ["manufacturer", "model", "id"],
                "indexes": [
                    models.Index(fields=["equipment_type", "manufacturer", "model", "status"], name="certifications_lookup"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("model"), name="gin_trgm_ops"),
                        name="certifications_model_trgm",
                    ),
                    models.Index(fields=["certificate_number"], name="certifications_number"),
                    models.Index(fields=["source_run_id"], name="certifications_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("certificate_type", "certificate_number", "model"), name="certifications_registration_model"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("certificate_type__in", ["INMETRO", "ANEEL", "IEC", "UL", "TUV", "CE"])),
                        name="certifications_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["ACTIVE", "EXPIRED", "SUSPENDED", "REVOKED", "PENDING"])),
                        name="certifications_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("efficiency_percent__range", (Decimal("0"), Decimal("100")))),
                        name="certifications_efficiency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expiry_date__gt", models.F("issue_date"))), name="certifications_date_order"
                    ),
                    models.CheckConstraint(condition=models.Q(("power_rating_w__gte", 0)), name="certifications_power"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GenerationUnit",
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
                ("unit_id", models.CharField(help_text="GD.UF.ddd.ddd.ddd", max_length=50, verbose_name="unit code")),
                (
                    "consumer_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RESIDENTIAL", "Residential"),
                            ("RESIDENTIAL_LOW_INCOME", "Residential, low income"),
                            ("COMMERCIAL", "Commercial"),
                            ("RURAL", "Rural"),
                            ("INDUSTRIAL", "Industrial"),
                            ("PUBLIC_POWER", "Public authority"),
                            ("PUBLIC_SERVICE", "Public service"),
                            ("PUBLIC_LIGHTING", "Street lighting"),
                            ("OWN_CONSUMPTION", "Distributor's own consumption"),
                        ],
                        max_length=24,
                        null=True,
                        verbose_name="consumer class",
                    ),
                ),
                ("consumer_name", models.TextField(blank=True, null=True, verbose_name="holder")),
                (
                    "cpf_cnpj",
                    models.CharField(
                        blank=True, help_text="as published", max_length=18, null=True, verbose_name="holder's CPF or CNPJ"
                    ),
                ),
                (
                    "person_type",
                    models.CharField(
                        blank=True,
                        choices=[("PF", "Natural person"), ("PJ", "Company")],
                        max_length=2,
                        null=True,
                        verbose_name="person type",
                    ),
                ),
                ("utility_company", models.TextField(verbose_name="distributor as published")),
                (
                    "municipality_name",
                    models.TextField(blank=True, db_column="municipality", verbose_name="municipality as published"),
                ),
                ("state", ysh.core.models.FixedCharField(max_length=5, verbose_name="state")),
                (
                    "cep",
                    models.CharField(
                        blank=True, help_text="digits, or masked for natural persons", max_length=9, null=True, verbose_name="CEP"
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(blank=True, decimal_places=7, max_digits=10, null=True, verbose_name="latitude"),
                ),
                (
                    "longitude",
                    models.DecimalField(blank=True, decimal_places=7, max_digits=10, null=True, verbose_name="longitude"),
                ),
                (
                    "geolocation",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, geography=True, null=True, spatial_index=False, srid=4326, verbose_name="location"
                    ),
                ),
                (
                    "location_precision",
                    models.CharField(
                        choices=[
                            ("unit", "The unit's own coordinates"),
                            ("municipality", "Centre of its municipality"),
                            ("none", "No location"),
                        ],
                        db_default="none",
                        default="none",
                        max_length=12,
                        verbose_name="location precision",
                    ),
                ),
                ("installed_power_kw", models.DecimalField(decimal_places=3, max_digits=12, verbose_name="installed power (kW)")),
                (
                    "source_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UFV", "Solar (UFV)"),
                            ("EOL", "Wind (EOL)"),
                            ("CGH", "Mini hydro (CGH)"),
                            ("PCH", "Small hydro (PCH)"),
                            ("UHE", "Hydro (UHE)"),
                            ("UTE", "Thermal (UTE)"),
                            ("UTN", "Nuclear (UTN)"),
                            ("CGU", "Undi-electric (CGU)"),
                        ],
                        max_length=3,
                        null=True,
                        verbose_name="source",
                    ),
                ),
                (
                    "compensation_modality",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("OWN_UNIT", "Local self-consumption"),
                            ("REMOTE_SELF_CONSUMPTION", "Remote self-consumption"),
                            ("SHARED", "Shared generation"),
                            ("CONDOMINIUM", "Condominium (several units)"),
                        ],
                        max_length=24,
                        null=True,
                        verbose_name="compensation modality",
                    ),
                ),
                (
                    "size_class",
                    models.CharField(
                        blank=True,
                        choices=[("MICRO", "Microgeneration"), ("MINI", "Minigeneration")],
                        max_length=5,
                        null=True,
                        verbose_name="size class",
                    ),
                ),
                (
                    "tariff_subgroup",
                    models.CharField(
                        blank=True,
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
                        null=True,
                        verbose_name="tariff subgroup",
                    ),
                ),
                ("credited_units", models.IntegerField(blank=True, null=True, verbose_name="units receiving credits")),
                ("connection_date", models.DateField(blank=True, null=True, verbose_name="connected on")),
                ("registration_date", models.DateField(blank=True, null=True, verbose_name="registered on")),
                ("panel_count", models.IntegerField(blank=True, null=True, verbose_name="modules")),
                (
                    "panel_power_wp",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="module power (Wp)"),
                ),
                ("panel_manufacturer", models.TextField(blank=True, null=True, verbose_name="module maker")),
                ("panel_model", models.TextField(blank=True, null=True, verbose_name="module model")),
                (
                    "inverter_power_kw",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="inverter power (kW)"
                    ),
                ),
                ("inverter_manufacturer", models.TextField(blank=True, null=True, verbose_name="inverter maker")),
                ("inverter_model", models.TextField(blank=True, null=True, verbose_name="inverter model")),
                (
                    "array_area_m2",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="array area (m²)"),
                ),
                (
                    "avg_monthly_generation_kwh",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="mean monthly generation (kWh)"
                    ),
                ),
                (
                    "capacity_factor",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="capacity factor (%)"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("REMOVED", "Removed from the source")],
                        db_default="ACTIVE",
                        default="ACTIVE",
                        max_length=7,
                        verbose_name="status",
                    ),
                ),
                ("deactivation_date", models.DateField(blank=True, null=True, verbose_name="removed on")),
                (
                    "quality_flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name="flags"
                    ),
                ),
                (
                    "row_hash",
                    models.BinaryField(
                        help_text="XXH3-128 of every published column but the load date", max_length=16, null=True
                    ),
                ),
                (
                    "source_fingerprint",
                    models.BigIntegerField(
                        editable=False,
                        help_text="XXH3-64 of the row's bytes in the file: equal means unchanged without parsing",
                        null=True,
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                (
                    "raw_data",
                    models.JSONField(
                        blank=True, help_text="kept only for flagged rows", null=True, verbose_name="row as published"
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="aneel.dataset",
                        verbose_name="dataset",
                    ),
                ),
                (
                    "distributor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="aneel.distributor",
                        verbose_name="distributor",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="aneel.municipality",
                        verbose_name="municipality",
                    ),
                ),
            ],
            options={
                "verbose_name": "generation unit",
                "verbose_name_plural": "generation units",
                "db_table": "generation_units",
                "ordering": ["id"],
                "permissions": [("view_personal_data", "Can see holders' names, documents and postal codes")],
                "indexes": [
                    models.Index(fields=["state", "source_type"], name="generation_units_state_source"),
                    models.Index(fields=["municipality"], name="generation_units_municipality"),
                    models.Index(fields=["distributor"], name="generation_units_distributor"),
                    models.Index(fields=["consumer_class"], name="generation_units_by_class"),
                    models.Index(fields=["installed_power_kw"], name="generation_units_power"),
                    models.Index(fields=["-connection_date"], name="generation_units_connected"),
                    django.contrib.postgres.indexes.GistIndex(fields=["geolocation"], name="generation_units_location"),
                    models.Index(
                        condition=models.Q(("status", "ACTIVE"), _negated=True), fields=["id"], name="generation_units_removed"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            ysh.core.db.search.Folded("panel_manufacturer"), name="gin_trgm_ops"
                        ),
                        condition=models.Q(("panel_manufacturer__isnull", False)),
                        name="generation_units_panel_trgm",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            ysh.core.db.search.Folded("inverter_manufacturer"), name="gin_trgm_ops"
                        ),
                        condition=models.Q(("inverter_manufacturer__isnull", False)),
                        name="generation_units_inv_trgm",
                    ),
                    models.Index(fields=["source_run_id"], name="generation_units_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("unit_id",), name="generation_units_unit_id"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "consumer_class__in",
                                [
                                    "RESIDENTIAL",
                                    "RESIDENTIAL_LOW_INCOME",
                                    "COMMERCIAL",
                                    "RURAL",
                                    "INDUSTRIAL",
                                    "PUBLIC_POWER",
                                    "PUBLIC_SERVICE",
                                    "PUBLIC_LIGHTING",
                                    "OWN_CONSUMPTION",
                                ],
                            )
                        ),
                        name="generation_units_class",
                    ),
                    models.CheckConstraint(condition=models.Q(("person_type__in", ["PF", "PJ"])), name="generation_units_person"),
                    models.CheckConstraint(
                        condition=models.Q(("source_type__in", ["UFV", "EOL", "CGH", "PCH", "UHE", "UTE", "UTN", "CGU"])),
                        name="generation_units_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("compensation_modality__in", ["OWN_UNIT", "REMOTE_SELF_CONSUMPTION", "SHARED", "CONDOMINIUM"])
                        ),
                        name="generation_units_modality",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size_class__in", ["MICRO", "MINI"])), name="generation_units_size"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "tariff_subgroup__in",
                                ["A1", "A2", "A3", "A3A", "A4", "A4A", "A4B", "AS", "B", "B1", "B2", "B3", "B4"],
                            )
                        ),
                        name="generation_units_subgroup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("location_precision__in", ["unit", "municipality", "none"])),
                        name="generation_units_precision",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["ACTIVE", "REMOVED"])), name="generation_units_status_values"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__regex", "^BR-[A-Z]{2}$")), name="generation_units_state_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("installed_power_kw__gte", 0)), name="generation_units_power_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity_factor__range", (Decimal("0"), Decimal("100")))),
                        name="generation_units_capacity_factor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__isnull", False),
                                ("longitude__isnull", False),
                                ("latitude__range", (Decimal("-34"), Decimal("6"))),
                                ("longitude__range", (Decimal("-75"), Decimal("-28"))),
                                models.Q(("latitude", Decimal("0")), _negated=True),
                                models.Q(("latitude", Decimal("-15")), ("longitude", Decimal("-56")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="generation_units_coordinates",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tariff",
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
                    "tariff_id",
                    models.CharField(
                        help_text="hash of the natural key with resolution and both dates",
                        max_length=100,
                        unique=True,
                        verbose_name="tariff id",
                    ),
                ),
                ("utility_name", models.CharField(max_length=120, verbose_name="distributor as published")),
                (
                    "base",
                    models.CharField(
                        choices=[("APLICACAO", "Application"), ("ECONOMICA", "Economic base")], max_length=10, verbose_name="base"
                    ),
                ),
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
                ("voltage_level", models.CharField(blank=True, max_length=40, verbose_name="voltage level")),
                ("modality", models.CharField(max_length=60, verbose_name="tariff modality")),
                ("consumer_class", models.CharField(blank=True, max_length=80, null=True, verbose_name="consumer class")),
                ("subclass", models.CharField(blank=True, max_length=120, verbose_name="subclass")),
                ("detail", models.CharField(blank=True, max_length=80, verbose_name="detail")),
                ("tariff_post", models.CharField(blank=True, max_length=40, verbose_name="tariff post")),
                ("unit", models.CharField(choices=[("MWH", "R$/MWh"), ("KW", "R$/kW")], max_length=3, verbose_name="unit")),
                ("accessing_agent", models.CharField(blank=True, max_length=120, verbose_name="accessing agent")),
                (
                    "tusd_value",
                    models.DecimalField(
                        decimal_places=5, help_text="as published, R$/MWh or R$/kW", max_digits=12, verbose_name="TUSD"
                    ),
                ),
                (
                    "te_value",
                    models.DecimalField(decimal_places=5, help_text="as published, R$/MWh", max_digits=12, verbose_name="TE"),
                ),
                (
                    "tusd_brl_per_kwh",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                then=django.db.models.expressions.CombinedExpression(
                                    models.F("tusd_value"), "/", models.Value(Decimal("1000"))
                                ),
                                unit="MWH",
                            ),
                            default=None,
                        ),
                        help_text="only of rows in R$/MWh; without taxes",
                        output_field=models.DecimalField(decimal_places=8, max_digits=14),
                        verbose_name="TUSD (R$/kWh)",
                    ),
                ),
                (
                    "te_brl_per_kwh",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                then=django.db.models.expressions.CombinedExpression(
                                    models.F("te_value"), "/", models.Value(Decimal("1000"))
                                ),
                                unit="MWH",
                            ),
                            default=None,
                        ),
                        help_text="only of rows in R$/MWh; without taxes",
                        output_field=models.DecimalField(decimal_places=8, max_digits=14),
                        verbose_name="TE (R$/kWh)",
                    ),
                ),
                (
                    "total_tariff",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                then=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("tusd_value"), "+", models.F("te_value")
                                    ),
                                    "/",
                                    models.Value(Decimal("1000")),
                                ),
                                unit="MWH",
                            ),
                            default=None,
                        ),
                        help_text="TUSD + TE in R$/kWh, without taxes",
                        output_field=models.DecimalField(decimal_places=8, max_digits=14),
                        verbose_name="total tariff (R$/kWh)",
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
                ("resolution_date", models.DateField(blank=True, null=True, verbose_name="resolution date")),
                ("includes_icms", models.BooleanField(db_default=False, default=False, verbose_name="includes ICMS")),
                ("includes_pis_cofins", models.BooleanField(db_default=False, default=False, verbose_name="includes PIS/COFINS")),
                (
                    "quality_flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name="flags"
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
                (
                    "distributor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tariffs",
                        to="aneel.distributor",
                        verbose_name="distributor",
                    ),
                ),
            ],
            options={
                "verbose_name": "tariff",
                "verbose_name_plural": "tariffs",
                "db_table": "tariffs",
                "ordering": ["-valid_from", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        fields=["distributor", "subgroup", "consumer_class", "modality", "validity"], name="tariffs_in_force"
                    ),
                    models.Index(fields=["source_run_id"], name="tariffs_run"),
                    models.Index(fields=["-valid_from", "id"], name="tariffs_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("base__in", ["APLICACAO", "ECONOMICA"])), name="tariffs_base"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subgroup__in", ["A1", "A2", "A3", "A3A", "A4", "A4A", "A4B", "AS", "B", "B1", "B2", "B3", "B4"])
                        ),
                        name="tariffs_subgroup",
                    ),
                    models.CheckConstraint(condition=models.Q(("unit__in", ["MWH", "KW"])), name="tariffs_unit"),
                    models.CheckConstraint(
                        condition=models.Q(("tusd_value__gte", 0), ("te_value__gte", 0)), name="tariffs_values_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gte", models.F("valid_from"))), name="tariffs_validity_order"
                    ),
                ],
            },
        ),
    ]
