"""What the log can be narrowed by."""

from typing import Any
from uuid import UUID

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from audit.choices import ChangeSource, Operation
from audit.models import ChangeLogEntry
from audit.tables import models_by_table
from audit.timeline import Filters
from ysh.core.api import query_fields
from ysh.core.api.filters import CodeFilter, InstantFilter, StrictFilterSet, VocabularyFilter

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KINDS = tuple(sorted(".".join(table) for table in models_by_table()))


@extend_schema_field(OpenApiTypes.STR)
class _TextFilter(django_filters.Filter):
    """Any text, taken as it is, commas included."""

    field_class = query_fields.TextField


class AuditFilterSet(StrictFilterSet):
    """Only reads the parameters: the timeline knows how to look for them."""

    takes_one_value = True

    kind = VocabularyFilter(field_name="table_name", values=_KINDS, label="kind of record, e.g. products.products; one")
    record = _TextFilter(field_name="record_id", label="the record's primary key; with `kind`, its parts included")
    actor = _TextFilter(field_name="changed_by", label="name of the person or program, exactly")
    field = CodeFilter(
        field_name="changed_fields", pattern=r"[a-z][a-z0-9_]{0,62}", expected="a column's name", label="column that changed; one"
    )
    source = VocabularyFilter(field_name="change_source", values=ChangeSource, label="what the change came through; one")
    operation = VocabularyFilter(values=Operation, label="what was done; one")
    since = InstantFilter(field_name="changed_at", label="written at or after this moment (ISO 8601 with offset)")
    until = InstantFilter(field_name="changed_at", label="written before this moment")
    request = CodeFilter(
        field_name="request_id", pattern=_UUID, expected="a UUID", convert=UUID, label="id of the request that wrote; one"
    )
    run = CodeFilter(field_name="run_id", pattern=_UUID, expected="a UUID", convert=UUID, label="id of the run that wrote; one")

    class Meta:
        model = ChangeLogEntry
        fields: tuple[str, ...] = ()

    def wanted(self) -> Filters:
        """The parameters as the timeline's filters. Call when valid."""
        data: dict[str, Any] = self.form.cleaned_data

        def one(name: str) -> Any:
            values = data.get(name) or []
            return values[0] if values else None

        schema, _dot, table = (one("kind") or "").partition(".")
        return Filters(
            schema=schema,
            table=table,
            record_id=data["record"],
            with_children=True,
            actor=data["actor"],
            source=one("source") or "",
            operation=one("operation") or "",
            field=one("field") or "",
            since=data["since"],
            until=data["until"],
            request_id=one("request"),
            run_id=one("run"),
        )

    def several(self) -> list[str]:
        """Parameters that were given more values than one, and those that need another."""
        data = self.form.cleaned_data
        return [name for name in ("kind", "field", "source", "operation", "request", "run") if len(data.get(name) or []) > 1]
