"""Who does what in the catalogue: the groups an administrator puts people into."""

from typing import Any

_CURATED = ("product", "solarkit", "kitcomponent", "manufacturer", "supplier")
_READ = ("price", "kitcheck")

# Group -> permissions as (app, model, codename). A reviewer may do everything a curator may.
_CURATOR = [
    *(("products", model, f"{verb}_{model}") for model in _CURATED for verb in ("view", "add", "change")),
    *(("products", model, f"view_{model}") for model in _READ),
    ("products", "kitcomponent", "delete_kitcomponent"),
    ("products", "solarkit", "submit_solarkit"),
    ("aneel", "certification", "view_certification"),
]
GROUPS: dict[str, list[tuple[str, str, str]]] = {
    "curator": _CURATOR,
    "reviewer": [
        *_CURATOR,
        ("products", "solarkit", "publish_solarkit"),
        ("products", "kitcheck", "accept_kitcheck"),
        ("products", "product", "review_product"),
    ],
}


def ensure_groups(apps: Any) -> None:
    """Create the groups, and give them the permissions they lack; what an administrator added to them stays.

    Permissions are created here when they are not there yet: Django itself creates them only after all migrations.

    Args:
        apps: the app registry, a migration's or the real one.
    """
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    type_model = apps.get_model("contenttypes", "ContentType")
    for name, wanted in GROUPS.items():
        group, _created = group_model.objects.get_or_create(name=name)
        for app, model, codename in wanted:
            content_type, _created = type_model.objects.get_or_create(app_label=app, model=model)
            permission, _created = permission_model.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
            )
            group.permissions.add(permission)
