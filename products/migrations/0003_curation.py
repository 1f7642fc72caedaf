"""Curation: where each value comes from, the exception a kit without a photo needs, permissions and groups of the review."""

from typing import Any

from django.db import migrations, models
from django.db.models.lookups import Exact

from products.groups import GROUPS, ensure_groups


def create_groups(apps: Any, schema_editor: Any) -> None:
    ensure_groups(apps)


def remove_groups(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0003_municipalities"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("products", "0002_schema"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="kitcheck",
            options={
                "ordering": ["kit_id", "rule_id", "subject"],
                "permissions": [("accept_kitcheck", "Can accept findings of the rules")],
                "verbose_name": "kit check",
                "verbose_name_plural": "kit checks",
            },
        ),
        migrations.AlterModelOptions(
            name="product",
            options={
                "ordering": ["name", "id"],
                "permissions": [("review_product", "Can review products' values and confirm their registrations")],
                "verbose_name": "product",
                "verbose_name_plural": "products",
            },
        ),
        migrations.AlterModelOptions(
            name="solarkit",
            options={
                "ordering": ["name", "id"],
                "permissions": [
                    ("submit_solarkit", "Can send kits to review"),
                    ("publish_solarkit", "Can publish, send back and archive kits"),
                ],
                "verbose_name": "solar kit",
                "verbose_name_plural": "solar kits",
            },
        ),
        migrations.AddField(
            model_name="product",
            name="specification_sources",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="by attribute: source, document, who entered it and when, who reviewed it and when",
                verbose_name="where the values come from",
            ),
        ),
        migrations.AddField(
            model_name="solarkit",
            name="photo_exception",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="a kit without images is published only when this says why",
                max_length=300,
                verbose_name="why it goes without a photo",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=Exact(
                    models.Func(models.F("specification_sources"), function="jsonb_typeof", output_field=models.TextField()),
                    models.Value("object"),
                ),
                name="products_sources_object",
            ),
        ),
        migrations.RunPython(create_groups, remove_groups),
    ]
