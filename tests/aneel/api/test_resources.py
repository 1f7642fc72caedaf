"""Datasets, distributors, municipalities, tariffs and certifications through the API."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from aneel.municipality_loader import ensure_municipalities
from tests.factories.aneel import CertificationFactory, DatasetFactory, DistributorFactory, TariffFactory


def results(client: Any, path: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


class TestDatasets:
    @pytest.fixture(autouse=True)
    def _datasets(self, db: None) -> None:
        DatasetFactory(
            aneel_id="units",
            title="Relação de empreendimentos de Geração Distribuída",
            keywords=["energia solar"],
            description="Micro e minigeração.",
            contact_name="Fulano",
            contact_email="fulano@example.org",
        )
        DatasetFactory(
            aneel_id="tariffs",
            title="Tarifas das distribuidoras",
            category="tarifas",
            keywords=["tarifa"],
            description="Cita a geração distribuída de passagem.",
            modified=None,
        )

    def test_detail(self, api_client: Any) -> None:
        body = api_client.get("/api/v1/datasets/units/").json()
        updated = body.pop("updated_at")
        assert updated.endswith("Z")
        assert body == {
            "aneel_id": "units",
            "title": "Relação de empreendimentos de Geração Distribuída",
            "description": "Micro e minigeração.",
            "url": "https://example.org/dataset/units",
            "category": "geracao_distribuida",
            "keywords": ["energia solar"],
            "extracted_keywords": [],
            "summary": "",
            "solar_relevance": None,
            "enriched_by": None,
            "formats": ["CSV", "ZIP"],
            "license": "ODbL-1.0",
            "spatial": "BR",
            "temporal_start": None,
            "temporal_end": None,
            "update_frequency": "",
            "access_level": "",
            "publisher_name": "Agência Nacional de Energia Elétrica",
            "theme": [],
            "data_quality_score": 0.9,
            "source_api": "CKAN",
            "resources": [{"name": "unidades", "format": "CSV", "url": "https://example.org/unidades.csv"}],
            "modified": "2026-08-13T09:00:00Z",
            "published": "2018-01-02T09:00:00Z",
            "last_fetched_at": None,
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=GERACAO distribuida", ["units", "tariffs"]),
            ("q=geração distribuída&ordering=relevance", ["tariffs", "units"]),
            ("q=tarifa", ["tariffs"]),
            ("q=distribuidora", ["tariffs"]),
            ("q=solar -tarifa", ["units"]),
            ("q=nada", []),
            ("q='); DROP TABLE x; --", []),
            ("q=%26 | ! ( :*", []),
            ("category=tarifas", ["tariffs"]),
            ("category=tarifas,geracao_distribuida", ["units", "tariffs"]),
            ("spatial=BR-SP", []),
            ("source_api=RSS", []),
            ("ordering=-modified", ["units", "tariffs"]),
            ("ordering=modified", ["units", "tariffs"]),
            ("ordering=-title", ["tariffs", "units"]),
        ],
    )
    def test_list(self, api_client: Any, query: str, found: list[str]) -> None:
        assert [row["aneel_id"] for row in results(api_client, f"datasets/?{query}")] == found

    def test_ranked_pages(self, api_client: Any) -> None:
        first = api_client.get("/api/v1/datasets/?q=distribuída&page_size=1").json()
        second = api_client.get(first["next"]).json()
        assert [first["results"][0]["aneel_id"], second["results"][0]["aneel_id"]] == ["units", "tariffs"]
        assert second["next"] is None
        assert api_client.get(second["previous"]).json()["results"] == first["results"]

    def test_relevance_needs_a_search(self, api_client: Any) -> None:
        assert api_client.get("/api/v1/datasets/?ordering=-relevance").json()["errors"][0]["parameter"] == "ordering"
        assert api_client.get(f"/api/v1/datasets/?q={'x' * 201}").json()["errors"][0]["code"] == "too_long"


def test_distributors(api_client: Any, db: None) -> None:
    DistributorFactory(cnpj="00000000000191", name="Águas e Energia S.A.", sigla="AESA", aliases=["ELETROPAULO"], state="BR-SP")
    DistributorFactory(cnpj="33000167000101", name="Zênite Distribuição", sigla="ZEN", state=None)
    body = api_client.get("/api/v1/distributors/00000000000191/").json()
    body.pop("updated_at")
    assert body == {
        "cnpj": "00000000000191",
        "sigla": "AESA",
        "name": "Águas e Energia S.A.",
        "aliases": ["ELETROPAULO"],
        "state": "BR-SP",
        "valid_tariff_until": None,
    }
    for query, found in (
        ("", "AESA ZEN"),
        ("q=aguas", "AESA"),
        ("q=eletropaulo", "AESA"),
        ("q=ZENITE", "ZEN"),
        ("q=100%25", ""),
        ("state=BR-SP", "AESA"),
    ):
        assert [row["sigla"] for row in results(api_client, f"distributors/?{query}")] == found.split(), query
    assert [row["sigla"] for row in results(api_client, "distributors/?ordering=-name")] == ["ZEN", "AESA"]


def test_municipalities(api_client: Any, db: None) -> None:
    with connection.cursor() as cursor:
        ensure_municipalities(cursor)
    body = api_client.get("/api/v1/municipalities/3550308/").json()
    assert (body["name"], body["state"], body["region"]) == ("São Paulo", "BR-SP", "Sudeste")
    assert (round(body["latitude"], 1), round(body["longitude"], 1)) == (-23.5, -46.6)
    for query in ("q=sao paulo&state=BR-SP", "q=SÃO PAU&state=BR-SP", "q=são%20paulo&region=Sudeste"):
        assert 3550308 in [row["ibge_code"] for row in results(api_client, f"municipalities/?{query}")]
    assert 5208707 not in [row["ibge_code"] for row in results(api_client, "municipalities/?q=goiania&state=BR-SP")]
    assert [row["name"] for row in results(api_client, "municipalities/?q=goiania&region=Centro-Oeste")] == [
        "Aparecida de Goiânia",
        "Aragoiânia",
        "Goiânia",
    ]


class TestTariffs:
    @pytest.fixture(autouse=True)
    def _tariffs(self, db: None) -> None:
        distributor = DistributorFactory(cnpj="00000000000191")
        today = timezone.localdate()
        for number, (start, end, modality) in enumerate(
            ((-400, -36, "Convencional"), (-35, 330, "Convencional"), (-35, 330, "Branca"), (331, 700, "Convencional"))
        ):
            TariffFactory(
                tariff_id=f"tariff-{number}",
                distributor=distributor,
                modality=modality,
                valid_from=today + timedelta(days=start),
                valid_to=today + timedelta(days=end),
                resolution_date=date(2026, 7, 1),
            )

    def test_money_is_a_string_with_every_decimal(self, api_client: Any) -> None:
        row = results(api_client, "tariffs/?page_size=1")[0]
        assert (row["tusd_value"], row["te_value"]) == ("412.35000", "310.21000")
        assert Decimal(row["total_brl_per_kwh"]) == Decimal("0.72256")
        assert isinstance(row["total_brl_per_kwh"], str)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", "1 2"),
            ("modality=CONVENCIONAL", "1"),
            ("modality=branca&subgroup=B1&distributor=00000000000191", "2"),
            ("subgroup=A4", ""),
            ("on=1999-01-01", ""),
            ("distributor=33000167000101", ""),
        ],
    )
    def test_current(self, api_client: Any, query: str, found: str) -> None:
        assert sorted(row["tariff_id"][-1] for row in results(api_client, f"tariffs/current/?{query}")) == found.split()

    def test_on_a_day(self, api_client: Any) -> None:
        day = timezone.localdate() + timedelta(days=331)
        assert [row["tariff_id"] for row in results(api_client, f"tariffs/current/?on={day}")] == ["tariff-3"]
        assert [row["tariff_id"] for row in results(api_client, f"tariffs/?in_force_on={day}")] == ["tariff-3"]

    def test_newest_first(self, api_client: Any) -> None:
        assert results(api_client, "tariffs/")[0]["tariff_id"] == "tariff-3"

    def test_there_is_no_detail(self, api_client: Any) -> None:
        assert api_client.get("/api/v1/tariffs/tariff-1/").status_code == 404


def test_certifications(api_client: Any, db: None) -> None:
    CertificationFactory(model="SUN-5K-G", certificate_number="006543/2023")
    CertificationFactory(model="MIN 6000", manufacturer="Growatt", brand="Growatt", status="EXPIRED", certificate_type="IEC")
    for query, found in (
        ("", ["SUN-5K-G", "MIN 6000"]),
        ("q=sun-5k", ["SUN-5K-G"]),
        ("q=6543", ["SUN-5K-G"]),
        ("manufacturer=GROWATT", ["MIN 6000"]),
        ("status=EXPIRED", ["MIN 6000"]),
        ("certificate_type=INMETRO", ["SUN-5K-G"]),
        ("equipment_type=Inversor&status=ACTIVE", ["SUN-5K-G"]),
        ("ordering=-manufacturer", ["MIN 6000", "SUN-5K-G"]),
        ("ordering=expiry_date", ["SUN-5K-G", "MIN 6000"]),
    ):
        assert [row["model"] for row in results(api_client, f"certifications/?{query}")] == found, query
    row = results(api_client, "certifications/?q=sun")[0]
    assert (row["power_rating_w"], row["efficiency_percent"], row["issue_date"]) == (5000.0, 97.5, "2023-05-02")
