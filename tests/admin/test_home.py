"""The first page: how fresh each source is, what was run, what there is, whether the services answer."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from pipeline.choices import RunStatus
from pipeline.sources.registry import SOURCES
from tests.admin.conftest import text_of
from tests.factories.aneel import DistributorFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
HEALTH = reverse("admin:health")


def ago(**units: float) -> dict[str, datetime]:
    started = datetime.now(UTC) - timedelta(**units)
    return {"started_at": started, "ended_at": started + timedelta(seconds=30)}


@pytest.mark.parametrize(
    ("runs", "state", "last_good"),
    [
        ([], "nunca carregada", "–"),
        ([{"status": RunStatus.SUCCESS, **ago(hours=3.2)}], "em dia", "há 3 horas"),
        ([{"status": RunStatus.UNCHANGED, **ago(hours=3.2)}], "em dia", "há 3 horas"),
        ([{"status": RunStatus.SUCCESS, **ago(days=9)}], "atrasada", "há 1 semana"),
        ([{"status": RunStatus.SUCCESS, **ago(days=9)}, {"status": RunStatus.FAILED, **ago(hours=1)}], "atrasada", "há 1 semana"),
        ([{"status": RunStatus.IN_PROGRESS}], "em execução", "–"),
    ],
)
def test_a_source_says_how_fresh_it_is(superuser_client, runs, state, last_good):
    for run in runs:
        IngestionRunFactory(**run)
    page = text_of(superuser_client.get(HOME))
    assert state in page
    assert last_good in page
    assert ("A última execução falhou" in page) is any(run["status"] == RunStatus.FAILED for run in runs)


def test_the_next_run_comes_from_the_schedule(superuser_client):
    noon, _created = CrontabSchedule.objects.get_or_create(minute="0", hour="12", timezone="America/Sao_Paulo")
    PeriodicTask.objects.update_or_create(
        name="ingest_generation_units", defaults={"task": "x", "crontab": noon, "enabled": True}
    )
    assert " 12:00" in text_of(superuser_client.get(HOME))
    PeriodicTask.objects.filter(name="ingest_generation_units").update(enabled=False)
    assert "sem agendamento" in text_of(superuser_client.get(HOME))


def test_run_now_is_there_unless_it_runs(superuser_client):
    assert text_of(superuser_client.get(HOME)).count("Executar agora") == len(SOURCES)
    run = IngestionRunFactory(status=RunStatus.IN_PROGRESS)
    page = text_of(superuser_client.get(HOME))
    assert page.count("Executar agora") == len(SOURCES) - 1
    assert reverse("admin:pipeline_progress", args=[run.pk]) in page


def test_what_there_is(superuser_client):
    TariffFactory.create_batch(3, distributor=DistributorFactory())
    counts = {item["url"]: item["count"] for item in superuser_client.get(HOME).context_data["counts"]}
    assert counts[reverse("admin:aneel_tariff_changelist")] == "3"


def test_who_may_see_nothing_sees_an_empty_page(staff_client):
    IngestionRunFactory()
    page = text_of(staff_client.get(HOME))
    for hidden in ("Últimas execuções", "Executar agora", "Serviços", "Unidades geradoras"):
        assert hidden not in page


def test_the_home_page_takes_few_queries(superuser_client, django_assert_max_num_queries):
    IngestionRunFactory.create_batch(12)
    superuser_client.get(HOME)
    with django_assert_max_num_queries(25):
        superuser_client.get(HOME)


def test_the_services_health_is_asked_of_the_services(superuser_client):
    services = {service["name"]: service for service in superuser_client.get(HEALTH).json()["services"]}
    assert services["PostgreSQL"]["state"] == "up"
    assert services["PostgreSQL"]["text"].endswith("ms")
    assert set(services) >= {"PostgreSQL", "Fila de tarefas", "Workers"}


def test_the_services_health_is_not_for_everyone(staff_client):
    assert staff_client.get(HEALTH).status_code == 403
    assert Client().get(HEALTH).status_code == 302
