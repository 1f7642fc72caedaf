"""Generation units through the API: exact bodies, each filter, boxes, neighbours, totals, GeoJSON."""

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from aneel.admin.flags import FLAG_LABELS
from aneel.models import Distributor, GenerationUnit, Municipality
from aneel.unit_flags import UNIT_FLAGS
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory, MunicipalityFactory

UNITS = "/api/v1/generation-units/"


def ids(client: Any, query: str) -> list[str]:
    response = client.get(f"{UNITS}?{query}")
    assert response.status_code == 200, response.content
    return [row["unit_id"] for row in response.json()["results"]]


@pytest.fixture
def distributor(db: None) -> Distributor:
    return DistributorFactory(cnpj="00000000000191", name="Distribuidora Um S.A.", sigla="UM")


@pytest.fixture
def fortaleza(db: None) -> Municipality:
    return MunicipalityFactory(place=(2304400, "Fortaleza", "BR-CE", "Nordeste", -38.54306, -3.71722))


@pytest.fixture
def goiania(db: None) -> Municipality:
    return MunicipalityFactory(place=(5208707, "Goiânia", "BR-GO", "Centro-Oeste", -49.25389, -16.67861))


@pytest.fixture
def full_unit(distributor: Distributor, fortaleza: Municipality) -> GenerationUnit:
    """Every column filled; power and coordinates with all their decimals."""
    unit: GenerationUnit = GenerationUnitFactory(
        unit_id="GD.CE.001.002.003",
        updated_at=datetime(2026, 8, 13, 6, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=-3))),
        distributor=distributor,
        municipality=fortaleza,
        municipality_name="FORTALEZA",
        latitude=Decimal("-3.7412345"),
        longitude=Decimal("-38.5212345"),
        installed_power_kw=Decimal("5.720"),
        consumer_class="COMMERCIAL",
        person_type="PJ",
        consumer_name="EMPRESA RECONHECIVEL LTDA",
        cpf_cnpj="11222333000181",
        tariff_subgroup="B3",
        credited_units=3,
        panel_count=10,
        panel_power_wp=Decimal("572.00"),
        panel_manufacturer="Canadian Solar",
        panel_model="CS6W-572",
        inverter_power_kw=Decimal("5.000"),
        inverter_manufacturer="Deye",
        inverter_model="SUN-5K-G",
        array_area_m2=Decimal("25.80"),
        avg_monthly_generation_kwh=Decimal("700.25"),
        capacity_factor=Decimal("17.10"),
        quality_flags=["size_class_mismatch"],
    )
    return unit


FULL_BODY = {
    "unit_id": "GD.CE.001.002.003",
    "status": "ACTIVE",
    "state": "BR-CE",
    "municipality": 2304400,
    "municipality_name": "FORTALEZA",
    "distributor": "00000000000191",
    "distributor_name": "Distribuidora Um S.A.",
    "latitude": -3.7412345,
    "longitude": -38.5212345,
    "location_precision": "unit",
    "installed_power_kw": 5.72,
    "source_type": "UFV",
    "consumer_class": "COMMERCIAL",
    "person_type": "PJ",
    "compensation_modality": "OWN_UNIT",
    "size_class": "MICRO",
    "tariff_subgroup": "B3",
    "credited_units": 3,
    "connection_date": "2024-03-15",
    "registration_date": "2024-03-20",
    "panel_count": 10,
    "panel_power_wp": 572.0,
    "panel_manufacturer": "Canadian Solar",
    "panel_model": "CS6W-572",
    "inverter_power_kw": 5.0,
    "inverter_manufacturer": "Deye",
    "inverter_model": "SUN-5K-G",
    "array_area_m2": 25.8,
    "avg_monthly_generation_kwh": 700.25,
    "capacity_factor": 17.1,
    "deactivation_date": None,
    "quality_flags": ["size_class_mismatch"],
    "updated_at": "2026-08-13T09:00:00.250000Z",
}


class TestBodies:
    def test_detail(self, api_client: Any, full_unit: GenerationUnit) -> None:
        response = api_client.get(f"{UNITS}GD.CE.001.002.003/")
        assert response["Content-Type"] == "application/json"
        assert json.loads(response.content) == FULL_BODY

    def test_list(self, api_client: Any, full_unit: GenerationUnit) -> None:
        assert api_client.get(UNITS).json() == {"next": None, "previous": None, "results": [FULL_BODY]}

    def test_missing_values_are_null(self, api_client: Any, distributor: Distributor) -> None:
        GenerationUnitFactory(
            unit_id="GD.SP.000.000.001",
            distributor=distributor,
            located=False,
            connection_date=None,
            registration_date=None,
            source_type=None,
            consumer_class=None,
        )
        body = api_client.get(f"{UNITS}GD.SP.000.000.001/").json()
        assert [
            body[name] for name in ("latitude", "longitude", "municipality", "connection_date", "source_type", "consumer_class")
        ] == [None] * 6
        assert body["location_precision"] == "none"

    def test_a_unit_without_coordinates_stands_in_its_municipality(
        self, api_client: Any, distributor: Distributor, fortaleza: Any
    ) -> None:
        GenerationUnitFactory(unit_id="GD.CE.000.000.001", distributor=distributor, municipality=fortaleza)
        body = api_client.get(f"{UNITS}GD.CE.000.000.001/").json()
        assert body["location_precision"] == "municipality"
        assert (round(body["latitude"], 1), round(body["longitude"], 1)) == (-3.7, -38.5)

    def test_fields(self, api_client: Any, full_unit: GenerationUnit) -> None:
        query = "fields=installed_power_kw,unit_id"
        assert api_client.get(f"{UNITS}?{query}").json()["results"] == [
            {"installed_power_kw": 5.72, "unit_id": "GD.CE.001.002.003"}
        ]
        assert list(api_client.get(f"{UNITS}GD.CE.001.002.003/?{query}").json()) == ["installed_power_kw", "unit_id"]

    def test_a_removed_unit_has_its_page_and_is_in_no_list(self, api_client: Any, full_unit: GenerationUnit) -> None:
        GenerationUnit.objects.update(status="REMOVED", deactivation_date=date(2026, 8, 14))
        assert ids(api_client, "") == []
        assert ids(api_client, "status=REMOVED") == ids(api_client, "status=ALL") == ["GD.CE.001.002.003"]
        body = api_client.get(f"{UNITS}GD.CE.001.002.003/").json()
        assert (body["status"], body["deactivation_date"]) == ("REMOVED", "2026-08-14")


class TestFilters:
    @pytest.fixture(autouse=True)
    def _units(self, distributor: Distributor, full_unit: GenerationUnit, goiania: Municipality) -> None:
        other = DistributorFactory(cnpj="33000167000101")
        GenerationUnitFactory(
            unit_id="GD.GO.000.000.009",
            distributor=other,
            municipality=goiania,
            installed_power_kw=Decimal("1200"),
            source_type="UTE",
            consumer_class="RURAL",
            size_class="MINI",
            compensation_modality="SHARED",
            tariff_subgroup="A4",
            connection_date=date(2020, 2, 29),
            quality_flags=["power_above_limit", "source_type_inferred"],
        )

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("state=BR-CE", "CE"),
            ("state=BR-GO,BR-CE", "CE GO"),
            ("state=BR-SP", ""),
            ("municipality=5208707", "GO"),
            ("municipality=5208707,2304400", "CE GO"),
            ("distributor=33000167000101", "GO"),
            ("source_type=UFV", "CE"),
            ("consumer_class=RURAL,COMMERCIAL", "CE GO"),
            ("consumer_class=RURAL", "GO"),
            ("size_class=MINI", "GO"),
            ("compensation_modality=SHARED", "GO"),
            ("tariff_subgroup=A4", "GO"),
            ("person_type=PJ", "CE"),
            ("location_precision=municipality", "GO"),
            ("location_precision=unit,municipality", "CE GO"),
            ("quality_flag=power_above_limit", "GO"),
            ("quality_flag=power_above_limit,source_type_inferred", "GO"),
            ("quality_flag=power_above_limit,size_class_mismatch", ""),
            ("min_installed_power_kw=5.72", "CE GO"),
            ("min_installed_power_kw=5.7201", "GO"),
            ("max_installed_power_kw=5.72", "CE"),
            ("min_installed_power_kw=10&max_installed_power_kw=1", ""),
            ("connected_from=2020-02-29", "CE GO"),
            ("connected_from=2020-03-01", "CE"),
            ("connected_to=2020-02-29", "GO"),
            ("bbox=-38.53,-3.75,-38.52,-3.74", "CE"),
            ("bbox=-75,-34,-28,6", "CE GO"),
            ("bbox=-180,-90,180,90", "CE GO"),
            ("bbox=0,0,10,10", ""),
            ("status=ACTIVE", "CE GO"),
            ("status=ALL", "CE GO"),
            ("status=ACTIVE,REMOVED", "CE GO"),
            ("status=REMOVED", ""),
            ("state=BR-GO&size_class=MINI&min_installed_power_kw=1000&bbox=-50,-17,-49,-16", "GO"),
            ("state=BR-GO&size_class=MICRO", ""),
            ("updated_since=2026-08-13T09:00:00.25Z", "CE GO"),
            ("updated_since=2026-08-13T06:00:00.26-03:00", "GO"),
            ("updated_since=2999-01-01T00:00:00Z", ""),
        ],
    )
    def test_filter(self, api_client: Any, query: str, found: str) -> None:
        assert [unit_id[3:5] for unit_id in ids(api_client, query)] == found.split()

    def test_a_removed_unit_is_seen_by_who_follows_changes(self, api_client: Any) -> None:
        GenerationUnit.objects.filter(state="BR-GO").update(status="REMOVED")
        assert ids(api_client, "updated_since=2026-08-14T00:00:00Z&status=ALL") == ["GD.GO.000.000.009"]


class TestBox:
    @pytest.mark.parametrize("longitude", [-73.9, -60.0, -47.0, -34.8])
    @pytest.mark.parametrize("latitude", [-33.7, -20.0, -0.01, 0.01, 5.2])
    def test_wide_boxes_miss_nothing_and_hold_nothing_else(
        self, api_client: Any, distributor: Distributor, latitude: float, longitude: float
    ) -> None:
        """The index compares boxes around the earth's centre with great circles as sides: borders are where that would show."""
        GenerationUnitFactory(
            unit_id="here",
            distributor=distributor,
            located=False,
            latitude=Decimal(str(latitude)),
            longitude=Decimal(str(longitude)),
        )
        inside = [
            (-75, -34, -28, 6),
            (-74, latitude, -28, latitude + 0.5),
            (-74, latitude - 0.5, -28, latitude),
            (longitude, -34, longitude + 1, 6),
        ]
        outside = [
            (-74, latitude + 0.01, -28, latitude + 0.5),
            (-74, latitude - 0.5, -28, latitude - 0.01),
            (longitude + 0.01, -34, -28, 6),
        ]
        for box in inside:
            assert ids(api_client, "bbox=" + ",".join(map(str, box))) == ["here"], box
        for box in outside:
            assert ids(api_client, "bbox=" + ",".join(map(str, box))) == [], box


class TestNearest:
    @pytest.fixture(autouse=True)
    def _units(self, distributor: Distributor) -> None:
        for n, latitude in enumerate(("-10.00", "-10.01", "-10.05", "-10.40", "-12.00")):
            GenerationUnitFactory(
                unit_id=f"unit-{n}",
                distributor=distributor,
                located=False,
                latitude=Decimal(latitude),
                longitude=Decimal("-50.00"),
            )
        GenerationUnitFactory(unit_id="nowhere", distributor=distributor, located=False)
        GenerationUnit.objects.filter(unit_id="unit-1").update(status="REMOVED")

    def test_nearest_first_active_only_within_the_radius(self, api_client: Any) -> None:
        body = api_client.get(f"{UNITS}nearest/?lat=-10&lon=-50&fields=unit_id,distance_km").json()
        assert [row["unit_id"] for row in body["results"]] == ["unit-0", "unit-2", "unit-3"]
        assert [row["distance_km"] for row in body["results"]] == pytest.approx([0, 5.532, 44.252], abs=0.01)

    def test_limit_and_radius(self, api_client: Any) -> None:
        assert [row["unit_id"] for row in api_client.get(f"{UNITS}nearest/?lat=-10&lon=-50&limit=1").json()["results"]] == [
            "unit-0"
        ]
        assert len(api_client.get(f"{UNITS}nearest/?lat=-10&lon=-50&max_km=6").json()["results"]) == 2
        assert len(api_client.get(f"{UNITS}nearest/?lat=-10&lon=-50&max_km=500").json()["results"]) == 4
        assert api_client.get(f"{UNITS}nearest/?lat=60&lon=10").json() == {"results": []}

    def test_geojson(self, api_client: Any) -> None:
        body = api_client.get(f"{UNITS}nearest/?lat=-10&lon=-50&limit=1&format=geojson").json()
        assert body["features"][0]["geometry"] == {"type": "Point", "coordinates": [-50, -10]}
        assert body["features"][0]["properties"]["distance_km"] == 0


class TestGeoJson:
    def test_collection(self, api_client: Any, full_unit: GenerationUnit) -> None:
        response = api_client.get(f"{UNITS}?format=geojson")
        assert response["Content-Type"] == "application/geo+json"
        assert response.json() == {
            "type": "FeatureCollection",
            "next": None,
            "previous": None,
            "features": [
                {
                    "type": "Feature",
                    "id": "GD.CE.001.002.003",
                    "geometry": {"type": "Point", "coordinates": [-38.5212345, -3.7412345]},
                    "properties": FULL_BODY,
                }
            ],
        }

    def test_by_accept_header_and_as_a_detail(self, api_client: Any, full_unit: GenerationUnit) -> None:
        body = api_client.get(f"{UNITS}GD.CE.001.002.003/?fields=state", headers={"accept": "application/geo+json"}).json()
        assert (body["type"], body["id"], body["properties"]) == ("Feature", "GD.CE.001.002.003", {"state": "BR-CE"})

    def test_a_unit_without_a_place_has_a_null_geometry(self, api_client: Any, distributor: Distributor) -> None:
        GenerationUnitFactory(distributor=distributor, located=False)
        assert api_client.get(f"{UNITS}?format=geojson").json()["features"][0]["geometry"] is None

    def test_pages_keep_their_format(self, api_client: Any, distributor: Distributor) -> None:
        for _ in range(3):
            GenerationUnitFactory(distributor=distributor, located=False)
        body = api_client.get(f"{UNITS}?format=geojson&page_size=2").json()
        assert len(api_client.get(body["next"]).json()["features"]) == 1

    def test_other_lists_have_none(self, api_client: Any, db: None) -> None:
        assert api_client.get("/api/v1/datasets/?format=geojson").json()["errors"][0]["allowed"] == ["json"]


class TestStatistics:
    @pytest.fixture(autouse=True)
    def _view(self, distributor: Distributor, fortaleza: Municipality, goiania: Municipality) -> None:
        for power, place, kind, factor in (
            ("2", fortaleza, "UFV", "20"),
            ("4", fortaleza, "UFV", None),
            ("6.5", goiania, "EOL", "40"),
        ):
            GenerationUnitFactory(
                distributor=distributor,
                municipality=place,
                installed_power_kw=Decimal(power),
                source_type=kind,
                capacity_factor=factor and Decimal(factor),
                avg_monthly_generation_kwh=Decimal("100"),
            )
        GenerationUnitFactory(distributor=distributor, municipality=goiania, status="REMOVED")
        with connection.cursor() as cursor:
            cursor.execute("REFRESH MATERIALIZED VIEW aneel.mv_gen_units_statistics")

    def test_by_state(self, api_client: Any) -> None:
        assert api_client.get(f"{UNITS}statistics/").json() == {
            "results": [
                {
                    "state": "BR-CE",
                    "unit_count": 2,
                    "power_sum_kw": 6.0,
                    "power_avg_kw": 3.0,
                    "power_min_kw": 2.0,
                    "power_max_kw": 4.0,
                    "generation_sum_kwh": 200.0,
                    "capacity_factor_avg": 20.0,
                },
                {
                    "state": "BR-GO",
                    "unit_count": 1,
                    "power_sum_kw": 6.5,
                    "power_avg_kw": 6.5,
                    "power_min_kw": 6.5,
                    "power_max_kw": 6.5,
                    "generation_sum_kwh": 100.0,
                    "capacity_factor_avg": 40.0,
                },
            ]
        }

    def test_total_and_groups(self, api_client: Any) -> None:
        (total,) = api_client.get(f"{UNITS}statistics/?group_by=total").json()["results"]
        assert (total["unit_count"], total["power_sum_kw"], total["power_avg_kw"]) == (3, 12.5, 4.167)
        groups = api_client.get(f"{UNITS}statistics/?group_by=source_type,state").json()["results"]
        assert [(row["source_type"], row["state"], row["unit_count"]) for row in groups] == [
            ("EOL", "BR-GO", 1),
            ("UFV", "BR-CE", 2),
        ]

    def test_filters(self, api_client: Any) -> None:
        assert [row["state"] for row in api_client.get(f"{UNITS}statistics/?source_type=EOL").json()["results"]] == ["BR-GO"]
        assert api_client.get(f"{UNITS}statistics/?state=BR-SP&group_by=total").json() == {"results": []}
        assert api_client.get(f"{UNITS}statistics/?group_by=city").status_code == 400
        assert api_client.get(f"{UNITS}statistics/?page_size=1").status_code == 400


def test_the_flags_are_the_ones_the_admin_has_words_for() -> None:
    assert set(UNIT_FLAGS) == set(FLAG_LABELS)
