"""Lists narrowed to one municipality or distributor, or ordered by power, are read from one index in the order of the list."""

from django.db import migrations, models

_INDEXES = {
    "generation_units_municipality": "municipality",
    "generation_units_distributor": "distributor",
    "generation_units_power": "installed_power_kw",
}


class Migration(migrations.Migration):
    dependencies = [("aneel", "0003_municipalities")]

    operations = [
        operation
        for name, field in _INDEXES.items()
        for operation in (
            migrations.RemoveIndex(model_name="generationunit", name=name),
            migrations.AddIndex(model_name="generationunit", index=models.Index(fields=[field, "id"], name=name)),
        )
    ]
