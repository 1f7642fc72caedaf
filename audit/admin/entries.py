"""The change log: read, searched, never written."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audit.admin.cards import OPERATION_COLOURS, history_address
from audit.admin.history import HistoryPages
from audit.admin.reverts import RevertPages
from audit.admin.timeline import Timeline
from audit.choices import Operation
from audit.differences import Difference, differences
from audit.models import ChangeLogEntry
from audit.presenters import Narrator
from ysh.core.admin import ReadOnlyAdmin, badge, moment, monospace, run_link


@admin.register(ChangeLogEntry)
class ChangeLogEntryAdmin(RevertPages, HistoryPages, Timeline, ReadOnlyAdmin):
    """Who changed what, when and through what."""

    search_fields = ["record_id"]
    fieldsets = [
        (None, {"fields": ["sentence", ("record", "operation_label"), ("when", "changed_by"), ("change_source", "reason")]}),
        (_("Changes"), {"fields": ["difference_table"]}),
        (_("Trace"), {"fields": [("request_code", "run"), ("hash_code", "previous_hash")]}),
    ]

    @display(description=_("when"))
    def when(self, entry: ChangeLogEntry) -> str:
        return moment(entry.changed_at)

    @display(description=_("operation"))
    def operation_label(self, entry: ChangeLogEntry) -> SafeString:
        return badge(entry.get_operation_display(), OPERATION_COLOURS[entry.operation])

    @display(description=_("record"))
    def record(self, entry: ChangeLogEntry) -> SafeString | str:
        narrator = Narrator.of([entry])
        text = capfirst(narrator.subject(entry))
        parent = narrator.parent(entry)
        address = history_address(*parent) if parent else ""
        return format_html('<a class="text-link" href="{}">{}</a>', address, text) if address else text

    @display(description=_("in words"))
    def sentence(self, entry: ChangeLogEntry) -> str:
        return Narrator.of([entry]).sentence(entry)

    @display(description=_("changes"))
    def difference_table(self, entry: ChangeLogEntry) -> SafeString | str:
        # Of a row that came or went what it held, in one column.
        whole = entry.operation != Operation.UPDATE
        rows = [row for row in differences(entry, in_full=True) if not (whole and row.was_empty and row.is_empty)]
        if not rows:
            return "–"
        headings = [heading for shown, heading in zip(_sides(entry), (_("Before"), _("After")), strict=True) if shown]
        return format_html(
            '<table class="ysh-diff ysh-states"><tr>{}</tr>{}</table>',
            format_html_join("", "<th>{}</th>", ((heading,) for heading in [_("Field"), *headings])),
            format_html_join("", "<tr><th>{}</th>{}</tr>", ((row.label, _cells(entry, row)) for row in rows)),
        )

    @display(description=_("request"))
    def request_code(self, entry: ChangeLogEntry) -> SafeString | str:
        if not entry.request_id:
            return "–"
        address = f"{reverse('admin:audit_changelogentry_changelist')}?request={entry.request_id}"
        return format_html('<a class="text-link" href="{}">{}</a>', address, monospace(str(entry.request_id)))

    @display(description=_("run"))
    def run(self, entry: ChangeLogEntry) -> SafeString | str:
        return run_link(entry.run_id)

    @display(description=_("hash"))
    def hash_code(self, entry: ChangeLogEntry) -> SafeString | str:
        return monospace(bytes(entry.entry_hash).hex()) if entry.entry_hash else "–"

    @display(description=_("previous entry's hash"))
    def previous_hash(self, entry: ChangeLogEntry) -> SafeString | str:
        return monospace(bytes(entry.prev_hash).hex()) if entry.prev_hash else "–"


def _sides(entry: ChangeLogEntry) -> tuple[bool, bool]:
    """Whether there was a row before, and is one after."""
    return entry.operation != Operation.INSERT, entry.operation != Operation.DELETE


def _cells(entry: ChangeLogEntry, row: Difference) -> SafeString:
    before, after = _sides(entry)
    old = format_html("<td><del>{}</del></td>", row.before) if before else SafeString()
    return old + (format_html("<td><ins>{}</ins></td>", row.after) if after else SafeString())
