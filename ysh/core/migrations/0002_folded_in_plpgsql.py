"""`public.folded` in PL/pgSQL: the same text in two fifths of the time, felt by every trigram index over names.

As an SQL function it cannot be inlined (it is declared immutable, `unaccent` is only stable), so that each call started and ended
an executor; PL/pgSQL evaluates one expression it keeps prepared.
"""

from django.db import migrations

_TEXT = "lower(public.unaccent('public.unaccent'::regdictionary, value))"
_HEAD = "CREATE OR REPLACE FUNCTION public.folded(value text) RETURNS text LANGUAGE {} IMMUTABLE STRICT PARALLEL SAFE AS "
PLPGSQL = _HEAD.format("plpgsql") + f"$$ BEGIN RETURN {_TEXT}; END $$"
SQL = _HEAD.format("sql") + f"$$ SELECT {_TEXT} $$"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_database")]
    operations = [migrations.RunSQL(PLPGSQL, SQL)]
