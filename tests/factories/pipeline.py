"""Rows of the schema `pipeline`."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import factory
from factory.django import DjangoModelFactory

from pipeline.choices import ACTIVE_STATUSES, CheckType, RunStatus, TriggerType
from pipeline.models import (
    Alert,
    AlertNotice,
    ApiKey,
    CatalogImport,
    CatalogImportRow,
    Change,
    DataQualityCheck,
    IngestionRun,
    RejectedRow,
    SourceFile,
    SupplierMapping,
    WebhookDelivery,
    WebhookEndpoint,
)


class IngestionRunFactory(DjangoModelFactory[IngestionRun]):
    """A finished run of five minutes with exact counts; `status=RunStatus.IN_PROGRESS` gives one that is still going.

    The database allows one active run a source: pass another `source` for a second one.
    """

    class Meta:
        model = IngestionRun

    run_id = factory.LazyFunction(uuid4)
    source = "generation_units"
    trigger_type = TriggerType.MANUAL
    triggered_by = "factory"
    started_at = factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(minutes=10))
    status = RunStatus.SUCCESS
    ended_at = factory.LazyAttribute(lambda o: None if o.status in ACTIVE_STATUSES else o.started_at + timedelta(minutes=5))
    heartbeat_at = factory.LazyAttribute(lambda o: o.ended_at or datetime.now(UTC))
    stage = factory.LazyAttribute(lambda o: "stage" if o.status == RunStatus.IN_PROGRESS else "")
    rows_fetched = 1000
    rows_processed = 1000
    rows_inserted = 10
    rows_updated = 5
    rows_unchanged = 985

    @classmethod
    def _create(cls, model_class: type[IngestionRun], *args: Any, **kwargs: Any) -> IngestionRun:
        run = super()._create(model_class, *args, **kwargs)
        run.refresh_from_db(fields=["duration_seconds"])
        return run


class SourceFileFactory(DjangoModelFactory[SourceFile]):
    class Meta:
        model = SourceFile

    run_id: UUID = factory.LazyFunction(uuid4)
    source = "generation_units"
    url = factory.Sequence(lambda n: f"https://example.org/download/unidades-{n}.zip")
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    bytes = 110_911_614
    etag = factory.Sequence(lambda n: f'"{n:x}"')
    last_modified = datetime(2026, 8, 13, 9, 0, tzinfo=UTC)
    published = True


class RejectedRowFactory(DjangoModelFactory[RejectedRow]):
    class Meta:
        model = RejectedRow

    run_id: UUID = factory.LazyFunction(uuid4)
    line = factory.Sequence(lambda n: n + 2)
    column = "MdaPotenciaInstaladaKW"
    value = "abc"
    reason = "bad_number"
    message = "A number was expected."
    raw = '"GD.SP.000.000.001";"abc"'


class DataQualityCheckFactory(DjangoModelFactory[DataQualityCheck]):
    class Meta:
        model = DataQualityCheck

    run_id: UUID = factory.LazyFunction(uuid4)
    check_id = factory.LazyFunction(uuid4)
    check_name = "units_have_power"
    check_type = CheckType.VALIDITY
    table_name = "aneel.generation_units"
    column_name = "installed_power_kw"
    check_passed = True
    blocking = False
    records_checked = 1000
    records_passed = 999
    records_failed = 1
    measured = 0.001
    threshold = 0.02

    @classmethod
    def _create(cls, model_class: type[DataQualityCheck], *args: Any, **kwargs: Any) -> DataQualityCheck:
        check = super()._create(model_class, *args, **kwargs)
        check.refresh_from_db(fields=["failure_rate", "executed_at"])
        return check


class SupplierMappingFactory(DjangoModelFactory[SupplierMapping]):
    """A declaration without tables: they are guessed."""

    class Meta:
        model = SupplierMapping

    supplier_code = factory.Sequence(lambda n: f"fornecedor{n}")
    mapping = factory.LazyAttribute(lambda row: {"version": 1, "supplier": row.supplier_code, "tables": []})


class CatalogImportFactory(DjangoModelFactory[CatalogImport]):
    """An upload that waits for a decision."""

    class Meta:
        model = CatalogImport

    supplier_code = factory.Sequence(lambda n: f"fornecedor{n}")
    status = "READY"
    requested_by = "ana"


class CatalogImportRowFactory(DjangoModelFactory[CatalogImportRow]):
    class Meta:
        model = CatalogImportRow

    catalog_import = factory.SubFactory(CatalogImportFactory)
    kind = "product"
    key = factory.Sequence(lambda n: f"FORNECEDOR-{n}")
    name = "Painel 600 Wp"
    action = "INSERT"


class ChangeFactory(DjangoModelFactory[Change]):
    class Meta:
        model = Change

    kind = "product"
    key = factory.Sequence(lambda n: f"PNL-{n:05d}")
    operation = "UPDATE"


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """A key nobody knows the text of."""

    class Meta:
        model = ApiKey

    prefix = factory.Sequence(lambda n: f"k{n:07d}")
    hashed_key = factory.Sequence(lambda n: f"sha512$${n:0128x}")
    name = factory.Sequence(lambda n: f"Loja {n}")
    scopes = factory.LazyFunction(lambda: ["export"])


class WebhookEndpointFactory(DjangoModelFactory[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint

    name = factory.Sequence(lambda n: f"Webhook {n}")
    url = "https://example.org/hook"


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    payload = factory.LazyFunction(lambda: {"changes": [{"type": "kit", "key": "KIT-1", "operation": "UPDATE"}]})
    change_count = 1


class AlertFactory(DjangoModelFactory[Alert]):
    """An open incident of a subject of its own, told by e-mail."""

    class Meta:
        model = Alert
        skip_postgeneration_save = True

    kind = "run_failed"
    subject = factory.Sequence(lambda n: f"source-{n}")
    severity = "warning"
    title = factory.LazyAttribute(lambda o: f"{o.subject}: a carga falhou")
    message = "O portal respondeu 500."

    @factory.post_generation
    def notices(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create:
            AlertNotice.objects.create(alert=self, event="opened", channel="email", text=str(self.message))
