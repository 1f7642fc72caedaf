"""Twenty thousand generation units, made by the database in a second, sorted by state as ANEEL's files are."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from aneel.municipality_loader import ensure_municipalities
from tests.factories.identifiers import cnpj

UNIT_COUNT = 20_000
STATES = ("AC", "AL", "AM", "BA", "CE", "DF", "GO", "MG", "MT", "PR", "RJ", "RS", "SC", "SP", "TO")

# One unit in 15 states each, in a strip of one degree a state; every 40th in a state is rural, every 400th a mini plant, and
# the last hundred of the table were connected in 2026.
INSERT = """
WITH s AS MATERIALIZED (
    SELECT uf, place::int,
        (SELECT array_agg(ibge_code ORDER BY ibge_code) FROM aneel.municipalities WHERE state = 'BR-' || uf) AS codes
    FROM unnest(%(ufs)s::text[]) WITH ORDINALITY AS u (uf, place)
)
INSERT INTO aneel.generation_units (unit_id, consumer_class, person_type, distributor_id, utility_company, municipality_id,
    municipality, state, latitude, longitude, location_precision, installed_power_kw, source_type, compensation_modality,
    size_class, tariff_subgroup, connection_date, quality_flags)
SELECT 'GD.' || s.uf || '.' || lpad(s.place::text, 3, '0') || '.' || lpad(n::text, 6, '0'),
    CASE WHEN n %% 40 = 0 THEN 'RURAL' ELSE 'RESIDENTIAL' END, 'PF',
    CASE WHEN s.place %% 2 = 0 THEN %(even)s ELSE %(odd)s END, 'Any', s.codes[1 + n %% cardinality(s.codes)],
    'Any', 'BR-' || s.uf, -10 - (n %% 97) / 100.0, -60 + s.place + (n %% 89) / 100.0, 'unit', (n %% 50) / 10.0, 'UFV', 'OWN_UNIT',
    CASE WHEN n %% 400 = 0 THEN 'MINI' ELSE 'MICRO' END, 'B1',
    CASE WHEN s.place = %(states)s AND n > %(per_state)s - 100 THEN DATE '2026-06-01' ELSE DATE '2016-01-01' + (n %% 3000) END,
    '{}'
FROM s CROSS JOIN generate_series(1, %(per_state)s) n
ORDER BY s.place, n
"""


@pytest.fixture(scope="module")
def many_units(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """How many units there are; committed for the module, analysed, and taken away again."""
    distributors = {"even": cnpj(900_001), "odd": cnpj(900_002)}
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        ensure_municipalities(cursor)  # a test that flushes may have run before
        for number in distributors.values():
            cursor.execute("INSERT INTO aneel.distributors (cnpj, name, sigla) VALUES (%s, 'Any', '')", [number])
        cursor.execute(
            INSERT, {**distributors, "ufs": list(STATES), "states": len(STATES), "per_state": UNIT_COUNT // len(STATES)}
        )
        count = cursor.rowcount
        cursor.execute("VACUUM ANALYZE aneel.generation_units")
    yield count
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE aneel.generation_units")
        cursor.execute("DELETE FROM aneel.distributors WHERE cnpj = ANY(%s)", [list(distributors.values())])
        cursor.execute("TRUNCATE audit.change_log")
