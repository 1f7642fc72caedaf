"""What the schema `aneel` derives by itself: triggers, generated columns, views, functions; and the indexes that carry them."""

import json
from datetime import date
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

import pytest
from django.db import connection

from aneel.models import GenerationUnit, Municipality
from tests.factories.aneel import DatasetFactory, DistributorFactory, GenerationUnitFactory, MunicipalityFactory, TariffFactory

pytestmark = pytest.mark.django_db


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def test_search_names_follow_the_names():
    run("UPDATE aneel.municipalities SET name = 'Olho d''Água das FLORES' WHERE ibge_code = 3550308")

    assert Municipality.objects.get(ibge_code=3550308).search_name == "olho d'agua das flores"


def insert_unit(**columns):
    distributor = DistributorFactory()
    values = {
        "unit_id": "GD.SP.000.000.001", "distributor_id": distributor.cnpj, "utility_company": "",
        "municipality": "", "state": "BR-SP", "installed_power_kw": 5, **columns,
    }  # fmt: skip
    run(
        f"INSERT INTO aneel.generation_units ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
        *values.values(),
    )
    return located()


def located():
    return run(
        "SELECT public.ST_X(geolocation::public.geometry), public.ST_Y(geolocation::public.geometry), location_precision "
        "FROM aneel.generation_units"
    )[0]


def place_sao_paulo():
    MunicipalityFactory(ibge_code=3550308)
    run(
        "UPDATE aneel.municipalities SET centroid = public.ST_MakePoint(-46.5, -23.25)::public.geography WHERE ibge_code = %s",
        3550308,
    )


def test_raw_sql_gets_a_point_from_coordinates_or_municipality():
    place_sao_paulo()

    assert insert_unit(latitude="-22.5", longitude="-47.25", municipality_id=3550308) == (-47.25, -22.5, "unit")
    run("UPDATE aneel.generation_units SET latitude = -21.5")
    assert located() == (-47.25, -21.5, "unit")
    run("UPDATE aneel.generation_units SET latitude = NULL, longitude = NULL")
    assert located() == (-46.5, -23.25, "municipality")
    run("UPDATE aneel.generation_units SET municipality_id = NULL")
    assert located() == (None, None, "none")
    run("UPDATE aneel.generation_units SET municipality_id = 3550308")
    assert located() == (-46.5, -23.25, "municipality")


def test_raw_sql_without_coordinates_stands_in_its_municipality():
    place_sao_paulo()

    assert insert_unit(municipality_id=3550308) == (-46.5, -23.25, "municipality")


def test_raw_sql_without_any_place_has_no_point():
    assert insert_unit() == (None, None, "none")


def test_updated_at_follows_raw_updates_and_created_at_stays():
    distributor = DistributorFactory()
    run("UPDATE aneel.distributors SET created_at = '2020-01-01', updated_at = '2020-01-01'")
    distributor.refresh_from_db()

    assert distributor.created_at.year == 2020
    assert distributor.updated_at.year > 2020


def test_tariffs_in_kwh():
    energy = TariffFactory(tusd_value="412.35000", te_value="310.21000")
    demand = TariffFactory(tusd_value="32.10000", te_value="0", unit="KW")
    energy.refresh_from_db()
    demand.refresh_from_db()

    assert (energy.tusd_brl_per_kwh, energy.te_brl_per_kwh, energy.total_tariff) == (
        Decimal("0.41235000"),
        Decimal("0.31021000"),
        Decimal("0.72256000"),
    )
    assert (demand.tusd_brl_per_kwh, demand.te_brl_per_kwh, demand.total_tariff) == (None, None, None)


def test_validity_includes_both_days_and_overlaps_are_kept():
    TariffFactory(valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
    TariffFactory(valid_from=date(2026, 6, 1), valid_to=date(2026, 6, 1))

    days = {"2025-12-31": 0, "2026-01-01": 1, "2026-06-01": 2, "2026-06-02": 1, "2026-12-31": 1, "2027-01-01": 0}
    assert {day: run("SELECT count(*) FROM aneel.tariffs WHERE validity @> %s::date", day)[0][0] for day in days} == days


def test_latest_tariffs_leaves_the_future_and_the_superseded_out():
    distributor = DistributorFactory()
    TariffFactory(distributor=distributor, tariff_id="old", valid_from=date(2020, 1, 1), valid_to=date(2020, 12, 31))
    TariffFactory(distributor=distributor, tariff_id="now", valid_from=date(2021, 1, 1), valid_to=date(2021, 12, 31))
    TariffFactory(distributor=distributor, tariff_id="next", valid_from=date(2999, 1, 1), valid_to=date(2999, 12, 31))
    TariffFactory(
        distributor=distributor,
        tariff_id="rural",
        consumer_class="Rural",
        valid_from=date(2020, 1, 1),
        valid_to=date(2020, 12, 31),
    )

    assert {row[0] for row in run("SELECT tariff_id FROM aneel.v_latest_tariffs")} == {"now", "rural"}


def test_search_finds_words_without_accents_and_inflection_title_first():
    DatasetFactory(title="Tarifas homologadas", keywords=["energia"], description="Distribuidoras de eletricidade")
    DatasetFactory(title="Empreendimentos", keywords=["geração distribuída"], description="As tarifas não entram aqui")

    query = "SELECT title FROM aneel.datasets WHERE search_vector @@ q.q ORDER BY ts_rank(search_vector, q.q) DESC"
    find = f"WITH q AS (SELECT websearch_to_tsquery('public.portuguese_unaccent', %s) AS q) {query.replace('WHERE', ', q WHERE')}"
    assert [row[0] for row in run(find, "tarifa homologada")] == ["Tarifas homologadas"]
    assert [row[0] for row in run(find, "GERACAO")] == ["Empreendimentos"]
    assert [row[0] for row in run(find, "tarifa")] == ["Tarifas homologadas", "Empreendimentos"]


# --- functions and the indexes that carry them


def plan(sql, *parameters):
    """The plan's text, with sequential scans out of favour as they are on a large table."""
    run("SET LOCAL enable_seqscan = off")
    return json.dumps(run(f"EXPLAIN (FORMAT JSON) {sql}", *parameters)[0][0])


def great_circle_km(lat1, lon1, lat2, lon2):
    """Haversine on a sphere of the Earth's mean radius: within 0.5 % of the ellipsoid's distance."""
    half = sin(radians(lat2 - lat1) / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def test_distance_between_two_units():
    sao_paulo = GenerationUnitFactory(latitude="-23.5475", longitude="-46.6361")
    rio = GenerationUnitFactory(latitude="-22.9064", longitude="-43.1822")
    nowhere = GenerationUnitFactory(located=False)
    distance = "SELECT aneel.calculate_distance_km(%s, %s)"

    expected = great_circle_km(-23.5475, -46.6361, -22.9064, -43.1822)
    assert run(distance, sao_paulo.unit_id, rio.unit_id)[0][0] == pytest.approx(expected, rel=0.005)
    assert run(distance, sao_paulo.unit_id, sao_paulo.unit_id) == [(0.0,)]
    assert run(distance, sao_paulo.unit_id, nowhere.unit_id) == [(None,)]
    assert run(distance, sao_paulo.unit_id, "unknown") == [(None,)]


def test_nearest_units_in_order_within_the_radius_and_active():
    for index, longitude in enumerate(("-46.60", "-46.50", "-46.40", "-45.00")):
        GenerationUnitFactory(unit_id=f"U{index}", latitude="-23.50", longitude=longitude)
    GenerationUnitFactory(unit_id="GONE", latitude="-23.50", longitude="-46.60", status="REMOVED")

    found = run("SELECT unit_id, distance_km FROM aneel.find_nearest_units(-23.5, -46.6, 10, 50)")
    assert [row[0] for row in found] == ["U0", "U1", "U2"]
    assert [row[1] for row in found] == pytest.approx([0.0, 10.21, 20.42], abs=0.05)
    assert [row[0] for row in run("SELECT unit_id FROM aneel.find_nearest_units(-23.5, -46.6, 1)")] == ["U0"]
    assert run("SELECT unit_id FROM aneel.find_nearest_units(-10, -60)") == []


def test_units_of_one_place_are_as_far_as_each_other_and_come_by_id():
    GenerationUnitFactory.create_batch(40, located=False, municipality_id=3550308)
    near = GenerationUnitFactory(latitude="-23.55", longitude="-46.63")
    found = run("SELECT id FROM aneel.find_nearest_units(-23.55, -46.63, 5, 50)")
    shared = GenerationUnit.objects.filter(location_precision="municipality").order_by("pk").values_list("pk", flat=True)
    assert [row[0] for row in found] == [near.pk, *shared[:4]]


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("municipality_id = 3550308", "generation_units_municipality"),
        ("distributor_id = '00000000000191'", "generation_units_distributor"),
        ("consumer_class = 'RURAL'", "generation_units_by_class"),
        ("installed_power_kw > 1000", "generation_units_power"),
        ("connection_date > '2026-01-01'", "generation_units_connected"),
        ("status = 'REMOVED'", "generation_units_removed"),
        ("public.folded(panel_manufacturer) LIKE '%%jinko%%'", "generation_units_panel_trgm"),
        ("public.folded(inverter_manufacturer) LIKE '%%growatt%%'", "generation_units_inv_trgm"),
        ("unit_id = 'x'", "generation_units_unit_id"),
        ("source_run_id = '00000000-0000-0000-0000-000000000001'", "generation_units_run"),
    ],
)
def test_each_filter_has_an_index_that_serves_it(condition, index):
    assert index in plan(f"SELECT id FROM aneel.generation_units WHERE {condition} LIMIT 50", *[])


def test_the_sources_of_a_state_are_counted_in_the_order_of_their_index():
    run("SET LOCAL enable_bitmapscan = off")
    text = plan("SELECT source_type, count(*) FROM aneel.generation_units WHERE state = 'BR-SP' GROUP BY source_type")

    assert "generation_units_state_source" in text
    assert '"Sort"' not in text


def test_pages_by_key_need_no_sort():
    run("SET LOCAL enable_bitmapscan = off")
    text = plan("SELECT * FROM aneel.generation_units WHERE id > 1000 ORDER BY id LIMIT 100")

    assert "generation_units_pkey" in text
    assert '"Sort"' not in text


def test_a_tariff_in_force_is_found_by_the_index():
    text = plan(
        "SELECT id FROM aneel.tariffs WHERE distributor_id = '00000000000191' AND consumer_class = 'Residencial' "
        "AND modality = 'Branca' AND validity @> '2026-08-01'::date"
    )

    assert "tariffs_in_force" in text
