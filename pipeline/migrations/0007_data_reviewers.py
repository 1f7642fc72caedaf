"""Reviewers decide on datasets that look alike and correct what datasets are about; curators see both."""

from typing import Any

from django.db import migrations

# Group -> permissions on aneel's datasets; an administrator may take them away again.
PERMISSIONS = {
    "curator": (("dataset", "view_dataset"), ("datasetmatch", "view_datasetmatch")),
    "reviewer": (
        ("dataset", "view_dataset"),
        ("dataset", "change_dataset"),
        ("datasetmatch", "view_datasetmatch"),
        ("datasetmatch", "change_datasetmatch"),
    ),
}


def grant(apps: Any, schema_editor: Any) -> None:
    """Permissions are created here when they are not there yet: Django itself creates them only after all migrations."""
    permissions, types = apps.get_model("auth", "Permission"), apps.get_model("contenttypes", "ContentType")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=PERMISSIONS):
        for model, codename in PERMISSIONS[group.name]:
            content_type, _created = types.objects.get_or_create(app_label="aneel", model=model)
            permission, _created = permissions.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0006_watch"),
        ("products", "0003_curation"),
        ("aneel", "0007_enrichment"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
