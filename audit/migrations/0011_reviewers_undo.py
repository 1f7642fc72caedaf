"""Reviewers read the change log and undo what was done in bulk."""

from typing import Any

from django.db import migrations

PERMISSIONS = (("changelogentry", "view_changelogentry"), ("revert", "revert"))


def grant(apps: Any, schema_editor: Any) -> None:
    """Permissions are created here when they are not there yet: Django itself creates them only after all migrations."""
    permissions, types = apps.get_model("auth", "Permission"), apps.get_model("contenttypes", "ContentType")
    for group in apps.get_model("auth", "Group").objects.filter(name="reviewer"):
        for model, codename in PERMISSIONS:
            content_type, _created = types.objects.get_or_create(app_label="audit", model=model)
            permission, _created = permissions.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0010_cheaper_saves"),
        ("products", "0003_curation"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
