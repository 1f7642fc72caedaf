"""Names of sources, stages, checks, figures and services for people, looked up by what is stored of them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pipeline.quality.check import Check
from pipeline.quality.metric import Metric
from pipeline.run_record import SUPPLIER_PREFIX, WORKFLOW_PREFIX
from pipeline.workflows.declared import SOURCE_STEP, STEP_LABELS, WORKFLOWS

if TYPE_CHECKING:
    from pipeline.sources.base import Source

STAGE_LABELS: dict[str, Any] = {
    "fetch": pgettext_lazy("stage", "Fetch"),
    "open": pgettext_lazy("stage", "Open"),
    "archive": pgettext_lazy("stage", "Archive"),
    "parse": pgettext_lazy("stage", "Parse"),
    "convert and copy": pgettext_lazy("stage", "Convert and copy"),
    "index": pgettext_lazy("stage", "Index"),
    "analyze": pgettext_lazy("stage", "Analyze"),
    "repeated keys": pgettext_lazy("stage", "Repeated keys"),
    "compare": pgettext_lazy("stage", "Compare"),
    "merge": pgettext_lazy("stage", "Merge"),
    "publish": pgettext_lazy("stage", "Publish"),
    **STEP_LABELS,
}
SERVICE_LABELS: dict[str, Any] = {
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "broker": _("Task broker"),
    "dynamodb": "DynamoDB",
    "s3": "S3",
    "ckan": _("Open data of ANEEL (CKAN)"),
    "hub": _("ArcGIS Hub of ANEEL"),
    "inmetro": _("INMETRO's registry"),
}
#: looks at stored rows that every source has, beside its declared checks
REPORT_LABELS: dict[str, Any] = {
    "rows": _("Stored rows"),
    "age": _("Age of the data"),
    "rejected_rows": _("Refused rows"),
    "repeated_keys": _("Repeated keys"),
    "rows_as_published": _("As many rows as published"),
    "own_history": _("Its own history"),
}
#: why rows are refused
REASON_LABELS: dict[str, Any] = {
    "too_few_fields": _("too few fields"),
    "too_many_fields": _("too many fields"),
    "quoting": _("quotes that do not match"),
    "nul_byte": _("NUL byte"),
    "encoding": _("another encoding"),
    "missing_value": _("value missing"),
    "bad_date": _("no date"),
    "bad_number": _("no number, or out of range"),
    "bad_code": _("no such code"),
    "bad_period": _("a period that ends before it begins"),
    "bad_postal_code": _("no postal code"),
    "too_long": _("too long"),
    "unknown_value": _("unknown value"),
    "check_digit": _("wrong check digits"),
    "duplicate": _("repeated key"),
}
#: how a column's type begins in SQL
TYPE_LABELS: dict[str, Any] = {
    "character": pgettext_lazy("type", "text"),
    "text": pgettext_lazy("type", "text"),
    "numeric": pgettext_lazy("type", "number"),
    "double": pgettext_lazy("type", "number"),
    "real": pgettext_lazy("type", "number"),
    "smallint": pgettext_lazy("type", "integer"),
    "integer": pgettext_lazy("type", "integer"),
    "bigint": pgettext_lazy("type", "integer"),
    "boolean": pgettext_lazy("type", "yes or no"),
    "date": pgettext_lazy("type", "day"),
    "timestamp": pgettext_lazy("type", "time"),
    "ARRAY": pgettext_lazy("type", "list"),
}
_FIGURE = re.compile(r"(?P<name>[^\[]+)\[(?P<group>.*)\]", re.DOTALL)


def source_label(key: str) -> str:
    """The name of a source, workflow or supplier's list for people; its key when it is no longer declared."""
    if key.startswith(SUPPLIER_PREFIX):
        return gettext("List of %(supplier)s") % {"supplier": key.removeprefix(SUPPLIER_PREFIX)}
    workflow = WORKFLOWS.get(key.removeprefix(WORKFLOW_PREFIX))
    if workflow:
        return str(workflow.label)
    source = _sources().get(key)
    return str(source.label) if source else key


def stage_label(name: str) -> str:
    """The stage's name for people, of a workflow's source the source's; as it is stored when it has none."""
    if name.startswith(SOURCE_STEP):
        return source_label(name.removeprefix(SOURCE_STEP))
    return str(STAGE_LABELS.get(name, name))


def service_label(name: str) -> str:
    """The service's or portal's name for people."""
    return str(SERVICE_LABELS.get(name, name))


def subject_label(subject: str) -> str:
    """Of whom an alert is: a source, a workflow, a step or a service."""
    if subject.startswith("step:"):
        return stage_label(subject.removeprefix("step:"))
    return service_label(subject) if subject in SERVICE_LABELS else source_label(subject)


def reason_label(reason: str) -> str:
    """Why rows are refused, for people; the code in words where it has no name."""
    return str(REASON_LABELS.get(reason, reason.replace("_", " ")))


def type_label(data_type: str) -> str:
    """A column's type for people; as SQL calls it when it is none of the usual."""
    return str(TYPE_LABELS.get(data_type.partition(" ")[0], data_type))


def check_label(name: str) -> str:
    """What the check asks for; its name in words when it is no longer declared or has no label."""
    check = _checks().get(name)
    label = check.label if check else REPORT_LABELS.get(name, "")
    return str(label) if label else name.replace("_", " ")


def figure_label(figure: str, group: str = "") -> str:
    """The figure's name, with its group's.

    Args:
        figure: `name` or `name[group]`.
        group: the group's name where the figure has only its id.
    """
    found = _FIGURE.fullmatch(figure)
    name, of = (found["name"], group or found["group"]) if found else (figure, "")
    metric = _metrics().get(name)
    label = metric.label if metric else REPORT_LABELS.get(name, "")
    return ": ".join(filter(None, [str(label) if label else name.replace("_", " "), of]))


def _sources() -> "Mapping[str, Source]":
    from pipeline.sources.registry import SOURCES  # noqa: PLC0415  (polars comes with them: 25 MB in every process, asked for or not)

    return SOURCES


@cache
def _checks() -> dict[str, Check]:
    return {check.name: check for source in _sources().values() for check in source.checks}


@cache
def _metrics() -> dict[str, Metric]:
    return {metric.name: metric for source in _sources().values() for metric in source.metrics}
