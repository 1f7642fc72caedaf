"""One index over a technical row's unit code instead of two: its second one served LIKE, and the search asks for a range."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aneel", "0010_nearest")]
    operations = [
        migrations.AlterField(
            model_name="technicaldata",
            name="unit_code",
            field=models.CharField(help_text="GD.UF.ddd.ddd.ddd", max_length=50, verbose_name="unit code"),
        ),
        migrations.AddConstraint(
            model_name="technicaldata",
            constraint=models.UniqueConstraint(fields=("unit_code",), name="technical_data_unit_code"),
        ),
    ]
