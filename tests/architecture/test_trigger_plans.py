"""PL/pgSQL keeps a plan for the session: one made for a statement of one row must also do for a statement of 20,000."""

import re

import pytest
from django.db import connection

FUNCTIONS = """
SELECT p.oid::regprocedure::text, regexp_replace(pg_get_functiondef(p.oid), '\\s+', ' ', 'g')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'aneel', 'products', 'pipeline', 'audit') AND p.prorettype = 'trigger'::regtype
  AND p.prosrc LIKE '%old_rows%' AND p.prosrc LIKE '%new_rows%' AND p.prosrc LIKE '%JOIN%'
"""


@pytest.mark.django_db
def test_old_and_new_rows_are_paired_by_a_join_that_is_never_a_nested_loop():
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        found = cursor.fetchall()
    assert {"pipeline.record_kit_changes()", "products.follow_products()"} <= {
        name if "." in name else f"{schema}.{name}" for name, _ in found for schema in ("pipeline", "products")
    }
    inner = [name for name, text in found if re.search(r"old_rows\)? o(?! FULL) JOIN", text)]
    assert inner == []
