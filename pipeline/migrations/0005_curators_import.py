"""Curators and reviewers upload suppliers' lists and make mappings."""

from typing import Any

from django.db import migrations

GROUPS = ("curator", "reviewer")
# Model -> permissions; an administrator may take them away again.
PERMISSIONS = {
    "catalogimport": ("import_catalog", "view_catalogimport"),
    "suppliermapping": ("view_suppliermapping", "add_suppliermapping", "change_suppliermapping"),
    "ingestionrun": ("view_ingestionrun",),
    "rejectedrow": ("view_rejectedrow",),
}


def grant(apps: Any, schema_editor: Any) -> None:
    """Permissions are created here when they are not there yet: Django itself creates them only after all migrations."""
    groups = apps.get_model("auth", "Group").objects.filter(name__in=GROUPS)
    permissions, types = apps.get_model("auth", "Permission"), apps.get_model("contenttypes", "ContentType")
    for model, codenames in PERMISSIONS.items():
        content_type, _created = types.objects.get_or_create(app_label="pipeline", model=model)
        for codename in codenames:
            permission, _created = permissions.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
            )
            for group in groups:
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0004_integrations"),
        ("products", "0003_curation"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
