"""Migrations go forward from nothing, back to nothing, and forward again; Django's own tools work on four schemas."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from aneel.models import DatasetMatch
from audit.models import ChainHead, ChangeLogEntry, Revert, SealProgress
from pipeline.models import ColumnProfile, QualityReport
from products.models import DuplicateDismissal, SavedFilter
from tests.architecture import catalog, dictionary
from tests.factories.aneel import (
    CertificationFactory,
    DatasetEntryFactory,
    DatasetFactory,
    GenerationUnitFactory,
    PublishedRowFactory,
    TariffComponentFactory,
    TariffFactory,
    TariffFlagFactory,
    TechnicalDataFactory,
)
from tests.factories.pipeline import (
    AlertFactory,
    ApiKeyFactory,
    CatalogImportRowFactory,
    DataQualityCheckFactory,
    IngestionRunFactory,
    RejectedRowFactory,
    SourceFileFactory,
    SupplierMappingFactory,
    WebhookDeliveryFactory,
)
from tests.factories.products import KitCheckFactory, KitComponentFactory, PriceFactory, SiteConditionsFactory

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted(dictionary.tables(dictionary.read()))


def database_url(name):
    """The URL of another database on the tests' server."""
    database = connection.settings_dict
    host = database["HOST"] or "127.0.0.1"
    account = quote(database["USER"], safe="") + (":" + quote(database["PASSWORD"], safe="") if database["PASSWORD"] else "")
    if host.startswith("/"):
        return f"postgis://{account}@/{name}?host={quote(host, safe='/')}&port={database['PORT'] or 5432}"
    return f"postgis://{account}@{host}:{database['PORT'] or 5432}/{name}"


@pytest.fixture
def scratch_database(django_db_blocker, django_db_setup):
    """An empty database of its own, made as Django makes test databases; gone afterwards."""
    name = f"{settings.DATABASES['default']['NAME']}_scratch"[:63]
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield name
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_from_nothing_to_the_schema_back_to_nothing_and_forward_again(scratch_database):
    result = subprocess.run(
        [sys.executable, "-m", "tests.architecture.scratch_migrations"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(scratch_database),
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads(result.stdout)
    assert found["rest"] == []
    assert found["differing"] == []
    assert found["tables"] == len(TABLES) + 9


@pytest.mark.django_db
def test_models_and_migrations_agree():
    """Raises SystemExit when a migration is missing."""
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_migrations_have_one_leaf_per_app():
    from django.db.migrations.loader import MigrationLoader

    assert MigrationLoader(connection).detect_conflicts() == {}


def one_row_everywhere():
    """A row in every table; the log of changes fills itself."""
    GenerationUnitFactory(latitude="-23.5", longitude="-46.6", dataset=DatasetFactory())
    DatasetEntryFactory()
    DatasetMatch.objects.create(first_id="a", second_id="b", score=99)
    CertificationFactory()
    TariffFactory()
    TariffComponentFactory()
    TariffFlagFactory()
    TechnicalDataFactory()
    PublishedRowFactory()
    KitComponentFactory()
    KitCheckFactory()
    PriceFactory()
    SiteConditionsFactory()
    SavedFilter.objects.create(owner="ana", name="Falhas", list_name="solarkit", query="q=x")
    DuplicateDismissal.objects.create(group_key="0" * 32, dismissed_by="ana")
    IngestionRunFactory(status="IN_PROGRESS")
    IngestionRunFactory(source="tariffs", started_at=datetime(2001, 1, 1, tzinfo=UTC))
    SourceFileFactory()
    RejectedRowFactory()
    DataQualityCheckFactory()
    SupplierMappingFactory()
    CatalogImportRowFactory()
    ChainHead.objects.create(month=date(2026, 1, 1), entry_hash=bytes(32))
    SealProgress.objects.create(id=1)
    Revert.objects.create(request_id=uuid4(), kind="change", reverted_by="ana", reason="a slip")
    ApiKeyFactory()
    AlertFactory()
    report = QualityReport.objects.create(source="tariffs", row_count=1, score=1)
    ColumnProfile.objects.create(report=report, column="unit", data_type="text", null_count=0)
    WebhookDeliveryFactory()


def row_counts():
    with connection.cursor() as cursor:
        counts = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.django_db(transaction=True)
def test_flush_empties_every_table_of_every_schema():
    one_row_everywhere()
    assert [table for table, count in row_counts().items() if count == 0] == []

    call_command("flush", interactive=False, verbosity=0)

    assert {table: count for table, count in row_counts().items() if count} == {}


@pytest.mark.django_db
def test_inspectdb_sees_every_table():
    names = [table.split(".")[1] for table in TABLES]
    output = io.StringIO()
    call_command("inspectdb", *names, stdout=output)
    text = output.getvalue()

    for name in names:
        assert f"db_table = '{name}'" in text, name
    assert "# Unable to inspect" not in text


@pytest.mark.django_db
def test_django_finds_the_tables_of_every_model():
    found = set(connection.introspection.django_table_names(only_existing=True, include_views=False))

    for schema in catalog.SCHEMAS:
        for model in apps.get_app_config(schema).get_models():
            assert (model._meta.db_table in found) is model._meta.managed, model


def rows_of(model):
    """All rows, times cut to milliseconds: Django writes no more of them into JSON."""

    def cut(value):
        return value.replace(microsecond=value.microsecond // 1000 * 1000) if isinstance(value, datetime) else value

    return [{name: cut(value) for name, value in row.items()} for row in model.objects.order_by("pk").values()]


@pytest.mark.django_db(transaction=True)
def test_a_dump_can_be_loaded_again(tmp_path):
    """Loading is a bulk write that brings the change log along, so it asks the trigger to keep still."""
    one_row_everywhere()
    labels = list(catalog.SCHEMAS)
    models = [model for label in labels for model in apps.get_app_config(label).get_models() if model._meta.managed]
    before = {model: rows_of(model) for model in models}
    path = tmp_path / "dump.json"
    call_command("dumpdata", *labels, output=str(path), verbosity=0)
    assert {entry["model"] for entry in json.loads(path.read_text(encoding="utf-8"))} == {
        model._meta.label_lower for model in models
    }
    call_command("flush", interactive=False, verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SET ysh.audit_logged = 'on'")
        cursor.execute("SET ysh.changes_quiet = 'on'")
        call_command("loaddata", str(path), verbosity=0)  # closes the connection, and so the setting ends

    for model, rows in before.items():
        assert rows_of(model) == rows, model
    assert ChangeLogEntry.objects.count() == len(before[ChangeLogEntry])
