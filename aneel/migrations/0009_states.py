"""Lists narrowed to one state are read from one index in the order of the list, as those of a municipality are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0008_contacts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="generationunit", index=models.Index(fields=["state", "id"], name="generation_units_state")
        ),
    ]
