"""The change log defends itself. (Writes leave their entries by the triggers of 0004.)"""

from django.db import migrations

# Retention detaches and drops whole partitions, which fires no trigger. TRUNCATE is the owner's alone (Django's flush needs it).
APPEND_ONLY = """
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = format('audit.change_log is append-only: %s of entry %s refused.', TG_OP, OLD.id),
        HINT = 'Old months go with manage.py partitions, whole.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.change_log FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
"""
DROP_APPEND_ONLY = """
DROP TRIGGER append_only ON audit.change_log;
DROP FUNCTION audit.refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_schema"), ("aneel", "0002_schema"), ("products", "0002_schema")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
    ]
