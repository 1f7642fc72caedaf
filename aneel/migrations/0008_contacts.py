"""A dataset's contacts are natural persons: not for reports."""

from django.db import migrations

# The conflicts repeat what other feeds call the contact, the corrections say who made them.
WITHHELD = "'contact_name', 'contact_email', 'conflicts', 'corrections', 'raw_metadata'"
GRANTS = f"""
REVOKE SELECT ON aneel.datasets FROM ysh_readonly;
DO $$
DECLARE
    columns text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
    WHERE attrelid = 'aneel.datasets'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ({WITHHELD});
    EXECUTE format('GRANT SELECT (%s) ON aneel.datasets TO ysh_readonly', columns);
END $$;
"""  # noqa: S608  (names of ours)
BACK = "GRANT SELECT ON aneel.datasets TO ysh_readonly"


class Migration(migrations.Migration):
    dependencies = [
        ("aneel", "0007_enrichment"),
    ]

    operations = [
        migrations.RunSQL(GRANTS, BACK),
    ]
