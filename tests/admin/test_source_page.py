"""A source's page: facts, charts, quality and what is wrong; who may look and who may act."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from pipeline.models import IngestionRun
from pipeline.quality.report import make_report
from pipeline.sources.registry import SOURCES
from tests.admin.conftest import text_of
from tests.factories.aneel import TariffFactory
from tests.factories.pipeline import AlertFactory, IngestionRunFactory, SourceFileFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:pipeline_source", args=["tariffs"])
RECOVER = reverse("admin:pipeline_recover")


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_every_source_has_a_page(superuser_client, key):
    assert superuser_client.get(reverse("admin:pipeline_source", args=[key])).status_code == 200


def test_it_shows_what_there_is(superuser_client, django_assert_max_num_queries):
    for days in (2, 1):
        IngestionRunFactory(source="tariffs", started_at=datetime.now(UTC) - timedelta(days=days))
        TariffFactory()
        make_report(SOURCES["tariffs"])
    SourceFileFactory(source="tariffs", url="https://example.org/tarifas.csv")
    AlertFactory(subject="tariffs", title="Tarifas: a carga falhou", severity="critical")
    AlertFactory(subject="generation_units", title="De outra fonte")
    with django_assert_max_num_queries(22):
        text = text_of(superuser_client.get(PAGE))
    assert "Tarifas: a carga falhou" in text
    assert "De outra fonte" not in text
    for part in ("tarifas.csv", "modality", "Linhas armazenadas", "age"):
        assert part in text


def test_recover_asks_for_a_recovery_of_it(viewer, viewer_client):
    assert viewer_client.post(RECOVER, {"source": "tariffs"}).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="run_ingestion"))
    assert viewer_client.get(RECOVER).status_code == 405
    viewer_client.post(RECOVER, {"source": "tariffs"})
    run = IngestionRun.objects.get()
    assert (run.source, run.status, run.execution_metadata["wanted"]) == ("workflow:fallback_recovery", "PENDING", ["tariffs"])
    assert viewer_client.post(RECOVER, {"source": "nothing"}).status_code == 404


def test_nobody_else_sees_it(staff_client):
    assert staff_client.get(PAGE).status_code == 403
    assert staff_client.get(reverse("admin:pipeline_source", args=["nothing"])).status_code in (403, 404)
