"""Alerts keep what they say as codes and values."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0007_data_reviewers"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="words",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, help_text="codes and values of the texts", verbose_name="words"
            ),
        ),
        migrations.AlterField(
            model_name="alert",
            name="title",
            field=models.CharField(
                help_text="in English; the pages and messages use the words", max_length=200, verbose_name="title"
            ),
        ),
    ]
