from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.lookups
from django.db import migrations, models

import ysh.core.db.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_database"), ("aneel", "0002_schema")]

    operations = [
        migrations.CreateModel(
            name="SolarKit",
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
                ("kit_id", models.CharField(max_length=100, unique=True, verbose_name="kit id")),
                ("sku", models.CharField(max_length=100, unique=True, verbose_name="SKU")),
                ("name", models.CharField(max_length=300, verbose_name="name")),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="description")),
                (
                    "system_type",
                    models.CharField(
                        choices=[("ON_GRID", "On-grid"), ("OFF_GRID", "Off-grid"), ("HYBRID", "Hybrid")],
                        max_length=8,
                        verbose_name="system",
                    ),
                ),
                (
                    "power_kwp",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="sum of quantity × Wp of its panels",
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.001"))],
                        verbose_name="power (kWp)",
                    ),
                ),
                (
                    "declared_power_kwp",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="as the supplier's title says",
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="declared power (kWp)",
                    ),
                ),
                (
                    "inverter_power_kw",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="inverter power (kW AC)",
                    ),
                ),
                (
                    "dc_ac_ratio",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("power_kwp"),
                            "/",
                            django.db.models.functions.comparison.NullIf(
                                models.F("inverter_power_kw"), models.Value(Decimal("0"))
                            ),
                        ),
                        output_field=models.DecimalField(decimal_places=4, max_digits=14),
                        verbose_name="DC/AC ratio",
                    ),
                ),
                (
                    "voltage_phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("MONO_127", "Single-phase 127 V"),
                            ("MONO_220", "Single-phase 220 V"),
                            ("BI_220", "Two-phase 127/220 V"),
                            ("TRI_220", "Three-phase 127/220 V"),
                            ("TRI_380", "Three-phase 220/380 V"),
                            ("TRI_600", "Three-phase 600 V"),
                            ("TRI_800", "Three-phase 800 V"),
                        ],
                        help_text="empty while the source leaves it open",
                        max_length=10,
                        null=True,
                        verbose_name="grid",
                    ),
                ),
                (
                    "roof_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("CERAMIC", "Ceramic tile"),
                            ("FIBER_CEMENT", "Fibre cement"),
                            ("FIBER_CEMENT_WOOD", "Fibre cement on wood"),
                            ("FIBER_CEMENT_METAL", "Fibre cement on metal"),
                            ("METAL", "Metal sheet"),
                            ("METAL_MINI_RAIL", "Metal sheet, mini rail"),
                            ("STANDING_SEAM", "Standing seam"),
                            ("SLAB", "Slab"),
                            ("GROUND", "Ground"),
                            ("CARPORT", "Carport"),
                            ("WITHOUT_STRUCTURE", "Sold without structure"),
                        ],
                        max_length=20,
                        null=True,
                        verbose_name="roof",
                    ),
                ),
                (
                    "avg_monthly_generation_kwh",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="mean monthly generation (kWh)",
                    ),
                ),
                (
                    "estimated_coverage_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=7,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="estimated coverage (%)",
                    ),
                ),
                (
                    "kit_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="kit (R$)",
                    ),
                ),
                (
                    "installation_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="installation (R$)",
                    ),
                ),
                (
                    "documentation_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="documentation (R$)",
                    ),
                ),
                (
                    "total_price",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("kit_cost"),
                                "+",
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("installation_cost"),
                                    models.Value(Decimal("0"), output_field=models.DecimalField(decimal_places=2, max_digits=12)),
                                ),
                            ),
                            "+",
                            django.db.models.functions.comparison.Coalesce(
                                models.F("documentation_cost"),
                                models.Value(Decimal("0"), output_field=models.DecimalField(decimal_places=2, max_digits=12)),
                            ),
                        ),
                        help_text="kit + installation + documentation; empty while the kit has no price",
                        output_field=models.DecimalField(decimal_places=2, max_digits=14),
                        verbose_name="total price (R$)",
                    ),
                ),
                (
                    "price_per_wp",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("kit_cost"),
                                    "+",
                                    django.db.models.functions.comparison.Coalesce(
                                        models.F("installation_cost"),
                                        models.Value(
                                            Decimal("0"), output_field=models.DecimalField(decimal_places=2, max_digits=12)
                                        ),
                                    ),
                                ),
                                "+",
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("documentation_cost"),
                                    models.Value(Decimal("0"), output_field=models.DecimalField(decimal_places=2, max_digits=12)),
                                ),
                            ),
                            "/",
                            django.db.models.expressions.CombinedExpression(
                                models.F("power_kwp"), "*", models.Value(Decimal("1000"))
                            ),
                        ),
                        output_field=models.DecimalField(decimal_places=4, max_digits=16),
                        verbose_name="price per Wp (R$)",
                    ),
                ),
                (
                    "regional_adjustments",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text='percent by state: {"SP": 0, "AM": 12.5}',
                        verbose_name="regional adjustments",
                    ),
                ),
                (
                    "target_consumer_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RESIDENTIAL", "Residential"),
                            ("COMMERCIAL", "Commercial"),
                            ("RURAL", "Rural"),
                            ("INDUSTRIAL", "Industrial"),
                            ("PUBLIC_POWER", "Public authority"),
                        ],
                        max_length=24,
                        null=True,
                        verbose_name="meant for",
                    ),
                ),
                (
                    "recommended_consumption_min_kwh",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="for a consumption from (kWh/month)",
                    ),
                ),
                (
                    "recommended_consumption_max_kwh",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="for a consumption up to (kWh/month)",
                    ),
                ),
                (
                    "warranty_years",
                    models.SmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="warranty (years)",
                    ),
                ),
                (
                    "support_level",
                    models.CharField(blank=True, db_default="", default="", max_length=30, verbose_name="support level"),
                ),
                (
                    "review_state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("IN_REVIEW", "In review"),
                            ("PUBLISHED", "Published"),
                            ("ARCHIVED", "Archived"),
                        ],
                        db_default="DRAFT",
                        default="DRAFT",
                        max_length=9,
                        verbose_name="review",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ACTIVE", "Active"),
                            ("INACTIVE", "Inactive"),
                            ("OUT_OF_STOCK", "Out of stock"),
                            ("DISCONTINUED", "Discontinued"),
                        ],
                        db_default="DRAFT",
                        default="DRAFT",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "check_state",
                    models.CharField(
                        choices=[
                            ("PASS", "Passes"),
                            ("WARN", "Warning"),
                            ("FAIL", "Fails"),
                            ("UNKNOWN", "Unknown"),
                            ("STALE", "Out of date"),
                        ],
                        db_default="UNKNOWN",
                        default="UNKNOWN",
                        editable=False,
                        max_length=7,
                        verbose_name="checks",
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="checked at")),
                (
                    "completeness",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("1")),
                        ],
                        verbose_name="completeness",
                    ),
                ),
                (
                    "missing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="missing fields",
                    ),
                ),
                (
                    "medusa_product_id",
                    models.CharField(blank=True, max_length=100, null=True, unique=True, verbose_name="Medusa id"),
                ),
                (
                    "saleor_product_id",
                    models.CharField(blank=True, max_length=100, null=True, unique=True, verbose_name="Saleor id"),
                ),
                (
                    "image_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="addresses, the first one is the cover",
                        size=None,
                        verbose_name="images",
                    ),
                ),
                (
                    "technical_sheet_url",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="technical sheet",
                    ),
                ),
                (
                    "installation_guide_url",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="installation guide",
                    ),
                ),
                (
                    "seo_slug",
                    models.SlugField(blank=True, max_length=200, null=True, unique=True, verbose_name="page address (slug)"),
                ),
                ("seo_title", models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="page title")),
                ("seo_description", models.TextField(blank=True, db_default="", default="", verbose_name="page description")),
                (
                    "seo_keywords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="page keywords",
                    ),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                ("raw_data", models.JSONField(blank=True, editable=False, null=True, verbose_name="record as received")),
                (
                    "search_vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("name"),
                            models.Func(
                                models.F("kit_id"),
                                models.F("sku"),
                                output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                                template="ARRAY[%(expressions)s]",
                            ),
                            models.F("description"),
                            function="public.weighted_tsvector",
                            output_field=django.contrib.postgres.search.SearchVectorField(),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "solar kit",
                "verbose_name_plural": "solar kits",
                "db_table": "solar_kits",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Manufacturer",
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
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="as suppliers write it: LONGi, Longi Solar",
                        size=None,
                        verbose_name="other spellings",
                    ),
                ),
                (
                    "website",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="website",
                    ),
                ),
            ],
            options={
                "verbose_name": "manufacturer",
                "verbose_name_plural": "manufacturers",
                "db_table": "manufacturers",
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        ysh.core.db.search.Folded("name"),
                        name="manufacturers_name_folded",
                        violation_error_message="There is a manufacturer of this name already (case and accents do not count).",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="manufacturers_name_not_blank"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
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
                ("sku", models.CharField(max_length=100, unique=True, verbose_name="SKU")),
                ("name", models.CharField(max_length=300, verbose_name="name")),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="description")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("paineis", "Solar panels"),
                            ("inversores", "Inverters"),
                            ("baterias", "Batteries"),
                            ("estruturas", "Mounting structures"),
                            ("cabos", "Cables"),
                            ("stringboxes", "String boxes"),
                            ("acessorios", "Accessories"),
                            ("carregadores", "Vehicle chargers"),
                            ("controladores", "Charge controllers"),
                        ],
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                (
                    "subcategory",
                    models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="subcategory"),
                ),
                ("model", models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="model")),
                (
                    "brand",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="as the supplier writes it",
                        max_length=120,
                        verbose_name="brand",
                    ),
                ),
                (
                    "specifications",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="the attributes declared for the category, by name",
                        verbose_name="specifications",
                    ),
                ),
                (
                    "completeness",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("1")),
                        ],
                        verbose_name="completeness",
                    ),
                ),
                (
                    "missing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="missing attributes",
                    ),
                ),
                (
                    "cost_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="cost price (R$)",
                    ),
                ),
                (
                    "sale_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="sale price (R$)",
                    ),
                ),
                (
                    "markup_percent",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="markup (%)"),
                ),
                (
                    "stock_quantity",
                    models.IntegerField(
                        blank=True,
                        help_text="empty while the supplier does not say",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="stock",
                    ),
                ),
                (
                    "min_stock_level",
                    models.IntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="minimum stock",
                    ),
                ),
                (
                    "max_stock_level",
                    models.IntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="maximum stock",
                    ),
                ),
                (
                    "reorder_point",
                    models.IntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="reorder point",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ACTIVE", "Active"),
                            ("INACTIVE", "Inactive"),
                            ("OUT_OF_STOCK", "Out of stock"),
                            ("DISCONTINUED", "Discontinued"),
                        ],
                        db_default="DRAFT",
                        default="DRAFT",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "inmetro_certified",
                    models.BooleanField(db_default=False, default=False, editable=False, verbose_name="INMETRO certified"),
                ),
                (
                    "inmetro_certificate_number",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=60,
                        verbose_name="INMETRO registration, as the supplier states it",
                    ),
                ),
                (
                    "image_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="addresses, the first one is the cover",
                        size=None,
                        verbose_name="images",
                    ),
                ),
                (
                    "datasheet_url",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="data sheet",
                    ),
                ),
                (
                    "manual_url",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="manual",
                    ),
                ),
                (
                    "seo_slug",
                    models.SlugField(blank=True, max_length=200, null=True, unique=True, verbose_name="page address (slug)"),
                ),
                ("seo_title", models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="page title")),
                ("seo_description", models.TextField(blank=True, db_default="", default="", verbose_name="page description")),
                (
                    "seo_keywords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="page keywords",
                    ),
                ),
                (
                    "medusa_product_id",
                    models.CharField(blank=True, max_length=100, null=True, unique=True, verbose_name="Medusa id"),
                ),
                (
                    "saleor_product_id",
                    models.CharField(blank=True, max_length=100, null=True, unique=True, verbose_name="Saleor id"),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                ("raw_data", models.JSONField(blank=True, editable=False, null=True, verbose_name="record as received")),
                (
                    "search_vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("name"),
                            models.Func(
                                models.F("brand"),
                                models.F("model"),
                                models.F("sku"),
                                output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                                template="ARRAY[%(expressions)s]",
                            ),
                            models.F("description"),
                            function="public.weighted_tsvector",
                            output_field=django.contrib.postgres.search.SearchVectorField(),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "certification",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="aneel.certification",
                        verbose_name="certification",
                    ),
                ),
                (
                    "manufacturer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="products.manufacturer",
                        verbose_name="manufacturer",
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "db_table": "products",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="KitComponent",
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
                    "component_type",
                    models.CharField(
                        choices=[
                            ("PANEL", "Solar panel"),
                            ("INVERTER", "Inverter"),
                            ("MICROINVERTER", "Microinverter"),
                            ("BATTERY", "Battery"),
                            ("CHARGE_CONTROLLER", "Charge controller"),
                            ("STRUCTURE", "Mounting structure"),
                            ("FIXING_KIT", "Fixing kit"),
                            ("CABLE", "Cable"),
                            ("CONNECTOR", "Connector"),
                            ("STRING_BOX", "String box"),
                            ("PROTECTION", "AC protection"),
                            ("MONITORING", "Monitoring"),
                            ("TRANSFORMER", "Transformer"),
                            ("EV_CHARGER", "Vehicle charger"),
                            ("ACCESSORY", "Accessory"),
                        ],
                        max_length=20,
                        verbose_name="part",
                    ),
                ),
                (
                    "quantity",
                    models.IntegerField(
                        blank=True,
                        help_text="only a microinverter's count may stay open",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="quantity",
                    ),
                ),
                (
                    "unit_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="unit price (R$)",
                    ),
                ),
                (
                    "total_price",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("quantity"), "*", models.F("unit_price")
                        ),
                        output_field=models.DecimalField(decimal_places=2, max_digits=22),
                        verbose_name="total (R$)",
                    ),
                ),
                (
                    "display_order",
                    models.IntegerField(
                        db_default=0,
                        default=0,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="order",
                    ),
                ),
                (
                    "is_optional",
                    models.BooleanField(
                        db_default=False, default=False, help_text="not part of the kit's price", verbose_name="optional"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kit_components",
                        to="products.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="components",
                        to="products.solarkit",
                        verbose_name="kit",
                    ),
                ),
            ],
            options={
                "verbose_name": "component",
                "verbose_name_plural": "components",
                "db_table": "kit_components",
                "ordering": ["kit_id", "display_order", "id"],
            },
        ),
        migrations.CreateModel(
            name="KitCheck",
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
                ("rule_id", models.CharField(max_length=40, verbose_name="rule")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="the part it is about, when a rule looks at several",
                        max_length=200,
                        verbose_name="about",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("PASS", "Passes"), ("WARN", "Warning"), ("FAIL", "Fails"), ("UNKNOWN", "Unknown")],
                        max_length=7,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("INFO", "Information"), ("WARNING", "Warning"), ("ERROR", "Error")],
                        max_length=7,
                        verbose_name="severity",
                    ),
                ),
                ("value", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="value")),
                ("limit", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="limit")),
                (
                    "margin_percent",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="margin (%)"),
                ),
                ("unit", models.CharField(blank=True, db_default="", default="", max_length=20, verbose_name="unit")),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="standard and clause",
                        max_length=300,
                        verbose_name="reference",
                    ),
                ),
                (
                    "inputs",
                    models.JSONField(
                        blank=True, db_default={}, default=dict, help_text="each with where it came from", verbose_name="inputs"
                    ),
                ),
                ("message", models.TextField(blank=True, db_default="", default="", verbose_name="message")),
                ("engine_version", models.CharField(max_length=30, verbose_name="engine version")),
                (
                    "checked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="checked at"),
                ),
                (
                    "override_reason",
                    models.TextField(blank=True, db_default="", default="", verbose_name="reason of the override"),
                ),
                (
                    "override_author",
                    models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="accepted by"),
                ),
                ("override_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted at")),
                ("override_expires_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted until")),
                (
                    "kit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="products.solarkit",
                        verbose_name="kit",
                    ),
                ),
            ],
            options={
                "verbose_name": "kit check",
                "verbose_name_plural": "kit checks",
                "db_table": "kit_checks",
                "ordering": ["kit_id", "rule_id", "subject"],
            },
        ),
        migrations.CreateModel(
            name="Supplier",
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
                    "code",
                    models.SlugField(
                        help_text="lower case: fortlev, fotus, neosolar",
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "mapping_notes",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="columns, number formats and oddities of its price lists",
                        verbose_name="notes on its lists",
                    ),
                ),
            ],
            options={
                "verbose_name": "supplier",
                "verbose_name_plural": "suppliers",
                "db_table": "suppliers",
                "ordering": ["name", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[a-z0-9]+([_-][a-z0-9]+)*$")), name="suppliers_code_form"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="solarkit",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="kits",
                to="products.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.CreateModel(
            name="Price",
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
                    "kind",
                    models.CharField(
                        choices=[("COST", "Cost (paid to the supplier)"), ("SALE", "Sale (asked from the customer)")],
                        max_length=4,
                        verbose_name="kind",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="amount (R$)",
                    ),
                ),
                (
                    "valid_from",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="valid from"),
                ),
                ("source_run_id", models.UUIDField(blank=True, editable=False, null=True, verbose_name="run")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="products.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="products.solarkit",
                        verbose_name="kit",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        blank=True,
                        help_text="whose price it is; empty for a price we set ourselves",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="products.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "db_table": "prices",
                "ordering": ["-valid_from", "-id"],
            },
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["specifications"], name="products_specifications", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search_vector"], name="products_search"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("name"), name="gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("model"), name="gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("brand"), name="gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("sku"), name="gin_trgm_ops"),
                name="products_text_trgm",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["name", "id"], name="products_by_name"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["category", "status"], name="products_category_idx"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["status"], name="products_status_idx"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["source_run_id"], name="products_run"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        [
                            "paineis",
                            "inversores",
                            "baterias",
                            "estruturas",
                            "cabos",
                            "stringboxes",
                            "acessorios",
                            "carregadores",
                            "controladores",
                        ],
                    )
                ),
                name="products_category",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["DRAFT", "ACTIVE", "INACTIVE", "OUT_OF_STOCK", "DISCONTINUED"])),
                name="products_status_values",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(condition=models.Q(("sku", ""), _negated=True), name="products_sku_not_blank"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(models.F("specifications"), function="jsonb_typeof", output_field=models.TextField()),
                    models.Value("object"),
                ),
                name="products_specifications_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("completeness__range", (Decimal("0"), Decimal("1")))), name="products_completeness"
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost_price__gte", 0), ("sale_price__gte", 0)), name="products_prices_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stock_quantity__gte", 0),
                    ("min_stock_level__gte", 0),
                    ("max_stock_level__gte", 0),
                    ("reorder_point__gte", 0),
                ),
                name="products_stock_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_stock_level__gte", models.F("min_stock_level"))),
                name="products_stock_levels_order",
                violation_error_message="The maximum stock is below the minimum.",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("seo_slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="products_slug_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.UniqueConstraint(
                fields=("kit", "product", "component_type"),
                name="kit_components_part",
                violation_error_message="This product plays this part in the kit already: change its quantity.",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "component_type__in",
                        [
                            "PANEL",
                            "INVERTER",
                            "MICROINVERTER",
                            "BATTERY",
                            "CHARGE_CONTROLLER",
                            "STRUCTURE",
                            "FIXING_KIT",
                            "CABLE",
                            "CONNECTOR",
                            "STRING_BOX",
                            "PROTECTION",
                            "MONITORING",
                            "TRANSFORMER",
                            "EV_CHARGER",
                            "ACCESSORY",
                        ],
                    )
                ),
                name="kit_components_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="kit_components_quantity_positive"),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__isnull", False), ("component_type", "MICROINVERTER"), _connector="OR"),
                name="kit_components_quantity_known",
                violation_error_message="Only a microinverter's quantity may stay open.",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_price__gte", 0)), name="kit_components_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("display_order__gte", 0)), name="kit_components_order_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="kitcheck",
            index=models.Index(fields=["rule_id", "outcome"], name="kit_checks_rule"),
        ),
        migrations.AddIndex(
            model_name="kitcheck",
            index=models.Index(
                condition=models.Q(("override_expires_at__isnull", False)),
                fields=["override_expires_at"],
                name="kit_checks_override",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcheck",
            constraint=models.UniqueConstraint(fields=("kit", "rule_id", "subject"), name="kit_checks_finding"),
        ),
        migrations.AddConstraint(
            model_name="kitcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["PASS", "WARN", "FAIL", "UNKNOWN"])), name="kit_checks_outcome"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["INFO", "WARNING", "ERROR"])), name="kit_checks_severity"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcheck",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(models.F("inputs"), function="jsonb_typeof", output_field=models.TextField()),
                    models.Value("object"),
                ),
                name="kit_checks_inputs_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("override_at__isnull", True),
                        ("override_author", ""),
                        ("override_expires_at__isnull", True),
                        ("override_reason", ""),
                    ),
                    models.Q(
                        models.Q(("override_reason", ""), _negated=True),
                        models.Q(("override_author", ""), _negated=True),
                        ("override_at__isnull", False),
                        ("override_expires_at__isnull", False),
                        ("override_expires_at__gt", models.F("override_at")),
                    ),
                    _connector="OR",
                ),
                name="kit_checks_override_complete",
                violation_error_message="An override needs a reason, an author and an expiry after its date.",
            ),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search_vector"], name="solar_kits_search"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("name"), name="gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("kit_id"), name="gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(ysh.core.db.search.Folded("sku"), name="gin_trgm_ops"),
                name="solar_kits_text_trgm",
            ),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["name", "id"], name="solar_kits_by_name"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["review_state", "check_state"], name="solar_kits_review_idx"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["system_type", "power_kwp"], name="solar_kits_system_power"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["total_price"], name="solar_kits_price"),
        ),
        migrations.AddIndex(
            model_name="solarkit",
            index=models.Index(fields=["source_run_id"], name="solar_kits_run"),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kit_id", ""), _negated=True), models.Q(("sku", ""), _negated=True)),
                name="solar_kits_keys_not_blank",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("system_type__in", ["ON_GRID", "OFF_GRID", "HYBRID"])), name="solar_kits_system_type"
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("voltage_phase__in", ["MONO_127", "MONO_220", "BI_220", "TRI_220", "TRI_380", "TRI_600", "TRI_800"])
                ),
                name="solar_kits_voltage_phase",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "roof_type__in",
                        [
                            "CERAMIC",
                            "FIBER_CEMENT",
                            "FIBER_CEMENT_WOOD",
                            "FIBER_CEMENT_METAL",
                            "METAL",
                            "METAL_MINI_RAIL",
                            "STANDING_SEAM",
                            "SLAB",
                            "GROUND",
                            "CARPORT",
                            "WITHOUT_STRUCTURE",
                        ],
                    )
                ),
                name="solar_kits_roof_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("target_consumer_class__in", ["RESIDENTIAL", "COMMERCIAL", "RURAL", "INDUSTRIAL", "PUBLIC_POWER"])
                ),
                name="solar_kits_target_class",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("review_state__in", ["DRAFT", "IN_REVIEW", "PUBLISHED", "ARCHIVED"])),
                name="solar_kits_review_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["DRAFT", "ACTIVE", "INACTIVE", "OUT_OF_STOCK", "DISCONTINUED"])),
                name="solar_kits_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("check_state__in", ["PASS", "WARN", "FAIL", "UNKNOWN", "STALE"])),
                name="solar_kits_check_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(condition=models.Q(("power_kwp__gt", 0)), name="solar_kits_power_positive"),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("declared_power_kwp__gte", 0),
                    ("inverter_power_kw__gte", 0),
                    ("avg_monthly_generation_kwh__gte", 0),
                    ("estimated_coverage_percent__gte", 0),
                ),
                name="solar_kits_measures_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kit_cost__gte", 0), ("installation_cost__gte", 0), ("documentation_cost__gte", 0)),
                name="solar_kits_costs_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("recommended_consumption_min_kwh__gte", 0), ("warranty_years__gte", 0)),
                name="solar_kits_advice_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("recommended_consumption_max_kwh__gte", models.F("recommended_consumption_min_kwh"))),
                name="solar_kits_consumption_order",
                violation_error_message="The recommended consumption ends below where it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(models.F("regional_adjustments"), function="jsonb_typeof", output_field=models.TextField()),
                    models.Value("object"),
                ),
                name="solar_kits_adjustments_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("completeness__range", (Decimal("0"), Decimal("1")))), name="solar_kits_completeness"
            ),
        ),
        migrations.AddConstraint(
            model_name="solarkit",
            constraint=models.CheckConstraint(
                condition=models.Q(("seo_slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="solar_kits_slug_form"
            ),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(fields=["product", "kind", "-valid_from"], name="prices_of_product"),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(fields=["kit", "kind", "-valid_from"], name="prices_of_kit"),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(fields=["-valid_from", "-id"], name="prices_newest"),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(fields=["source_run_id"], name="prices_run"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["COST", "SALE"])), name="prices_kind"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="prices_amount_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kit__isnull", True), ("product__isnull", False)),
                    models.Q(("kit__isnull", False), ("product__isnull", True)),
                    _connector="OR",
                ),
                name="prices_product_or_kit",
                violation_error_message="A price belongs to one product or to one kit.",
            ),
        ),
    ]
