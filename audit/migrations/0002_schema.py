"""Rights on the change log: the application may insert and read, nobody but the owner may do more."""

from django.db import migrations

from ysh.core.db.operations import GrantOnSchema


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [GrantOnSchema("audit", insert_only=["change_log"], hidden=["change_log"])]
