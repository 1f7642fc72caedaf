"""The form of an entry, for the OpenAPI document and for writing."""

from typing import Any

from rest_framework import serializers

from audit.choices import ChangeSource, Operation
from audit.models import ChangeLogEntry
from audit.presenters import Narrator


class EntrySerializer(serializers.Serializer[Any]):
    """One change. Personal values stand as `***`: that they changed is known, not from what to what."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="Schema and table.")
    record = serializers.CharField(help_text="Primary key; `*` for a load, of which only the number of rows is logged.")
    record_label = serializers.CharField(help_text="What the record was called then.")
    operation = serializers.ChoiceField(choices=Operation.choices)
    changed_fields = serializers.ListField(child=serializers.CharField())
    old_values = serializers.JSONField(allow_null=True, help_text="Changed columns before; the whole row of a deletion.")
    new_values = serializers.JSONField(allow_null=True, help_text="Changed columns after; the whole row of a creation.")
    actor = serializers.CharField()
    source = serializers.ChoiceField(choices=ChangeSource.choices)  # type: ignore[assignment]
    reason = serializers.CharField()
    request_id = serializers.UUIDField(allow_null=True, help_text="What was written at once carries the same.")
    run_id = serializers.UUIDField(allow_null=True)
    changed_at = serializers.DateTimeField()
    sentence = serializers.CharField(help_text="In words, in the language of `Accept-Language`.")


NAMES: tuple[str, ...] = tuple(EntrySerializer._declared_fields)


def entry_row(entry: ChangeLogEntry, narrator: Narrator) -> dict[str, Any]:
    """An entry as `EntrySerializer` describes it."""
    return {
        "id": entry.pk,
        "kind": f"{entry.table_schema}.{entry.table_name}",
        "record": entry.record_id,
        "record_label": entry.record_label,
        "operation": entry.operation,
        "changed_fields": entry.changed_fields,
        "old_values": entry.old_values,
        "new_values": entry.new_values,
        "actor": entry.changed_by,
        "source": entry.change_source,
        "reason": entry.reason,
        "request_id": entry.request_id,
        "run_id": entry.run_id,
        "changed_at": entry.changed_at,
        "sentence": narrator.sentence(entry).replace("\u00a0", " "),
    }
