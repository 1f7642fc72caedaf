"""No personal data leaves, by any address, format or field list. Values are planted and looked for in every body."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from pipeline.choices import RunStatus
from tests.factories.aneel import DatasetFactory, GenerationUnitFactory, MunicipalityFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory, RejectedRowFactory
from tests.factories.products import KitCheckFactory, KitComponentFactory, PriceFactory, ProductFactory, SolarKitFactory
from ysh.urls import RESOURCE_NAMES, RESOURCES

PLANTED = {
    "holder": "Fulana Reconhecivel de Tal",
    "company": "EMPRESA RECONHECIVEL LTDA",
    "document": "***.765.432-**",
    "company_document": "11222333000181",
    "cep": "69912***",
    "company_cep": "69912452",
    "raw": "linha-publicada-reconhecivel",
    "person": "operadora.reconhecivel",
    "error": "valor reconhecivel na linha 7",
    "contact": "pessoa.reconhecivel@example.org",
    "accepted by": "aceitante.reconhecivel",
    "why accepted": "motivo reconhecivel de aceitar",
    "what we pay": "48761.17",
    "what we paid": "48761.29",
}
ADDRESSES = (
    "generation-units/?status=ALL",
    "generation-units/?status=ALL&format=geojson",
    "generation-units/GD.AC.000.000.001/",
    "generation-units/GD.AC.000.000.002/?format=geojson",
    "generation-units/nearest/?lat=-23.55&lon=-46.64",
    "generation-units/nearest/?lat=-23.55&lon=-46.64&format=geojson",
    "generation-units/statistics/?group_by=state,consumer_class,source_type",
    "datasets/",
    "datasets/?q=energia",
    "datasets/planted/",
    "snapshots/",
    "distributors/",
    "municipalities/?q=paulo",
    "municipalities/3550308/",
    "tariffs/",
    "tariffs/current/?on=2026-08-01",
    "certifications/",
    "products/",
    "products/PLANTED/",
    "products/facets/",
    "kits/?include=components,checks,prices",
    "kits/PLANTED/",
    "kits/PLANTED/check/",
    "kits/PLANTED/cost-breakdown/",
    "kits/facets/",
    "search/?q=modulo",
    "changes/",
    "runs/",
    "runs/{run_id}/",
    "status/",
    "",
)


def plant_in_the_catalogue() -> None:
    product = ProductFactory(sku="PLANTED", cost_price=Decimal(PLANTED["what we pay"]), raw_data={"x": PLANTED["raw"]})
    PriceFactory(product=product, kind="COST", amount=Decimal(PLANTED["what we paid"]))
    kit = SolarKitFactory(kit_id="PLANTED", review_state="PUBLISHED", status="ACTIVE", raw_data={"x": PLANTED["raw"]})
    PriceFactory(product=None, kit=kit, kind="COST", amount=Decimal(PLANTED["what we paid"]))
    KitComponentFactory(kit=kit, product=product)
    KitCheckFactory(
        kit=kit,
        override_author=PLANTED["accepted by"],
        override_reason=PLANTED["why accepted"],
        override_at=datetime(2026, 1, 1, tzinfo=UTC),
        override_expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def run_id(db: None) -> str:
    place = MunicipalityFactory(place=(3550308, "São Paulo", "BR-SP", "Sudeste", -46.63611, -23.5475))
    common = {"municipality": place, "raw_data": {"linha": PLANTED["raw"]}}
    GenerationUnitFactory(
        unit_id="GD.AC.000.000.001", consumer_name=PLANTED["holder"], cpf_cnpj=PLANTED["document"], cep=PLANTED["cep"], **common
    )
    GenerationUnitFactory(
        unit_id="GD.AC.000.000.002",
        person_type="PJ",
        consumer_name=PLANTED["company"],
        cpf_cnpj=PLANTED["company_document"],
        cep=PLANTED["company_cep"],
        **common,
    )
    DatasetFactory(
        aneel_id="planted", contact_name=PLANTED["holder"], contact_email=PLANTED["contact"], raw_metadata={"x": PLANTED["raw"]}
    )
    TariffFactory(raw_data={"x": PLANTED["raw"]})
    plant_in_the_catalogue()
    run = IngestionRunFactory(
        triggered_by=PLANTED["person"],
        status=RunStatus.FAILED,
        started_at=datetime.now(UTC),
        error_message=PLANTED["error"],
        error_stack=PLANTED["error"],
        execution_metadata={
            "rejects_by_reason": {"bad_number": 1},
            "source_url": f"file:///home/{PLANTED['person']}/x.csv",
            "by": PLANTED["person"],
        },
    )
    RejectedRowFactory(run_id=run.run_id, raw=PLANTED["raw"], value=PLANTED["document"])
    with connection.cursor() as cursor:
        cursor.execute("REFRESH MATERIALIZED VIEW aneel.mv_gen_units_statistics")
    return str(run.run_id)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_planted_value_in_any_body(api_client: Any, staff_api_client: Any, run_id: str, address: str) -> None:
    for client in (api_client, staff_api_client):
        response = client.get(f"/api/v1/{address.format(run_id=run_id)}")
        assert response.status_code == 200, response.content
        text = response.content.decode() + str(dict(response.headers))
        assert [name for name, value in PLANTED.items() if value in text] == []


@pytest.mark.parametrize("field", ["consumer_name", "cpf_cnpj", "cep", "raw_data", "row_hash", "id"])
def test_personal_columns_can_be_neither_asked_for_nor_searched(api_client: Any, run_id: str, field: str) -> None:
    for query in (f"fields={field}", f"{field}=x", f"ordering={field}" if field != "id" else "fields=id"):
        assert api_client.get(f"/api/v1/generation-units/?{query}").status_code == 400


def test_every_list_is_looked_at() -> None:
    looked_at = {address.split("/")[0] for address in ADDRESSES}
    paths = {str(pattern.pattern).lstrip("^").split("/")[0] for pattern in RESOURCES}
    assert paths - {"ingest", "audit"} <= looked_at  # a POST; for staff only
    assert len(RESOURCE_NAMES) >= 8
