"""A person's, a request's and a run's entries newest first: a run's page was read by walking the whole log for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0011_reviewers_undo"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="changelogentry",
            name="change_log_actor",
        ),
        migrations.RemoveIndex(
            model_name="changelogentry",
            name="change_log_request",
        ),
        migrations.RemoveIndex(
            model_name="changelogentry",
            name="change_log_run",
        ),
        migrations.AddIndex(
            model_name="changelogentry",
            index=models.Index(fields=["changed_by", "-changed_at", "-id"], name="change_log_actor"),
        ),
        migrations.AddIndex(
            model_name="changelogentry",
            index=models.Index(
                condition=models.Q(("request_id__isnull", False)),
                fields=["request_id", "-changed_at", "-id"],
                name="change_log_request",
            ),
        ),
        migrations.AddIndex(
            model_name="changelogentry",
            index=models.Index(
                condition=models.Q(("run_id__isnull", False)), fields=["run_id", "-changed_at", "-id"], name="change_log_run"
            ),
        ),
    ]
