"""One row of every model the admin shows, and people with some permissions."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from aneel.models import GenerationUnitStatistics
from aneel.municipality_loader import ensure_municipalities
from audit.models import ChangeLogEntry
from pipeline.choices import RunStatus
from pipeline.models import ActiveRun
from tests.factories import aneel, pipeline, products

Maker = Callable[[], Any]


def statistics_row() -> GenerationUnitStatistics:
    aneel.GenerationUnitFactory()
    with connection.cursor() as cursor:
        cursor.execute("REFRESH MATERIALIZED VIEW aneel.mv_gen_units_statistics")
    return GenerationUnitStatistics.objects.all()[0]


def active_run() -> ActiveRun:
    run = pipeline.IngestionRunFactory(status=RunStatus.IN_PROGRESS, source=f"source-{uuid4()}"[:60])
    return ActiveRun.objects.get(run_id=run.run_id)


def change() -> ChangeLogEntry:
    return ChangeLogEntry.objects.create(
        table_schema="aneel",
        table_name="distributors",
        record_id="1",
        operation="UPDATE",
        changed_fields=["name"],
        old_values={"name": "antes"},
        new_values={"name": "depois"},
        change_source="admin",
        changed_at=datetime.now(UTC),
    )


def crontab() -> CrontabSchedule:
    return CrontabSchedule.objects.create(minute="15", hour="4", timezone="America/Sao_Paulo")


MAKERS: dict[str, Maker] = {
    "aneel.generationunit": aneel.GenerationUnitFactory,
    "aneel.generationunitstatistics": statistics_row,
    "aneel.technicaldata": aneel.TechnicalDataFactory,
    "aneel.tariff": aneel.TariffFactory,
    "aneel.tariffcomponent": aneel.TariffComponentFactory,
    "aneel.tariffflag": aneel.TariffFlagFactory,
    "aneel.publishedrow": aneel.PublishedRowFactory,
    "aneel.certification": aneel.CertificationFactory,
    "aneel.dataset": aneel.DatasetFactory,
    "aneel.datasetmatch": aneel.DatasetMatchFactory,
    "aneel.distributor": aneel.DistributorFactory,
    "aneel.municipality": aneel.MunicipalityFactory,
    "products.solarkit": products.SolarKitFactory,
    "products.product": products.ProductFactory,
    "products.kitcomponent": products.KitComponentFactory,
    "products.kitcheck": products.KitCheckFactory,
    "products.price": products.PriceFactory,
    "products.manufacturer": products.ManufacturerFactory,
    "products.siteconditions": products.SiteConditionsFactory,
    "products.supplier": products.SupplierFactory,
    "pipeline.ingestionrun": pipeline.IngestionRunFactory,
    "pipeline.activerun": active_run,
    "pipeline.alert": pipeline.AlertFactory,
    "pipeline.sourcefile": pipeline.SourceFileFactory,
    "pipeline.rejectedrow": pipeline.RejectedRowFactory,
    "pipeline.apikey": pipeline.ApiKeyFactory,
    "pipeline.webhookendpoint": pipeline.WebhookEndpointFactory,
    "pipeline.catalogimport": pipeline.CatalogImportFactory,
    "pipeline.suppliermapping": pipeline.SupplierMappingFactory,
    "pipeline.webhookdelivery": pipeline.WebhookDeliveryFactory,
    "pipeline.dataqualitycheck": pipeline.DataQualityCheckFactory,
    "audit.changelogentry": change,
    "auth.user": lambda: None,
    "auth.group": lambda: Group.objects.create(name=f"g{uuid4()}"),
    "django_celery_beat.crontabschedule": crontab,
    "django_celery_beat.intervalschedule": lambda: IntervalSchedule.objects.create(every=7, period="minutes"),
    "django_celery_beat.clockedschedule": lambda: ClockedSchedule.objects.create(clocked_time=datetime(2030, 1, 1, tzinfo=UTC)),
    "django_celery_beat.solarschedule": lambda: SolarSchedule.objects.create(event="sunrise", latitude=-23.5, longitude=-46.6),
    "django_celery_beat.periodictask": lambda: PeriodicTask.objects.create(
        name=f"task-{uuid4()}", task="pipeline.tasks.reap_dead_runs", crontab=crontab()
    ),
}


@pytest.fixture
def municipalities(db: None) -> None:
    """Brazil's municipalities, also in a database that a test with real commits has emptied."""
    with connection.cursor() as cursor:
        ensure_municipalities(cursor)


@pytest.fixture
def viewer(staff_user: Any) -> Any:
    """Staff who may view everything, without personal data and without doing anything."""
    staff_user.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(codename="view_personal_data")
    )
    return staff_user


@pytest.fixture
def viewer_client(viewer: Any) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


def text_of(response: Any) -> str:
    """The answer's text with plain spaces where it has no-break ones."""
    return str(response.content.decode()).replace("\u00a0", " ")
