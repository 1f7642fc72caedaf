"""Brazil's municipalities, from the file the app ships."""

from typing import Any

from django.db import migrations

from aneel.municipality_loader import ensure_municipalities


def load(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        ensure_municipalities(cursor)


class Migration(migrations.Migration):
    dependencies = [("aneel", "0002_schema")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
