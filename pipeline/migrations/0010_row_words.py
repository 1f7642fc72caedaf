"""Refused rows keep why as a code and its values."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0009_changes_of_many"),
    ]

    operations = [
        migrations.AddField(
            model_name="rejectedrow",
            name="words",
            field=models.JSONField(
                blank=True, help_text="the message as a code with its values", null=True, verbose_name="words"
            ),
        ),
        migrations.AlterField(
            model_name="rejectedrow",
            name="message",
            field=models.TextField(help_text="in English", verbose_name="message"),
        ),
    ]
