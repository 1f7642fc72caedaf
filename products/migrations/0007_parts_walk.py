"""The kits of many products are read from an index alone: a search's words may be in hundreds of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0006_worklists")]

    operations = [
        migrations.AddIndex(
            model_name="kitcomponent", index=models.Index(fields=["product", "kit"], name="kit_components_product")
        ),
    ]
