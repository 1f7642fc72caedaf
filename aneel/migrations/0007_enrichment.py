"""What a dataset is about, how that was worked out, and what a person corrected."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0006_dataset_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="corrections",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="column: who, when and why",
                verbose_name="corrected by a person",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="enriched_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="worked out"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="enriched_by",
            field=models.CharField(
                blank=True,
                choices=[("RULES", "Rules"), ("MODEL", "Language model")],
                max_length=5,
                null=True,
                verbose_name="worked out by",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="enriched_model",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="language model"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="enrichment_hash",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=32,
                verbose_name="hash of the text it was made of",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="enrichment_version",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=20, verbose_name="version of the rules or the prompt"
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="extracted_keywords",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="keywords found in its text",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="solar_relevance",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="for solar energy, 0 to 1",
                max_digits=3,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0")),
                    django.core.validators.MaxValueValidator(Decimal("1")),
                ],
                verbose_name="relevance",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="summary",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="summary"),
        ),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.CheckConstraint(
                condition=models.Q(("enriched_by__in", ["RULES", "MODEL"])), name="datasets_enriched_by"
            ),
        ),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.CheckConstraint(
                condition=models.Q(("solar_relevance__range", (Decimal("0"), Decimal("1")))), name="datasets_solar_relevance"
            ),
        ),
    ]
