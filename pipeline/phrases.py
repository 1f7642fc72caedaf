"""What runs, workflows, checks and alerts say, as codes and values (`ysh.core.said`); here are their words.

Stored rows and messages between processes hold the data; pages, commands and letters put it into their reader's language.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pipeline.choices import RunStatus
from pipeline.faults import FAULTS
from pipeline.labels import check_label, figure_label, service_label, source_label, stage_label
from ysh.core.said import add_phrases, in_words

_COUNTS: dict[str, Callable[[int], str]] = {
    "inserted": lambda count: ngettext("%(count)s inserted", "%(count)s inserted", count),
    "updated": lambda count: ngettext("%(count)s updated", "%(count)s updated", count),
    "removed": lambda count: ngettext("%(count)s removed", "%(count)s removed", count),
    "rejected": lambda count: ngettext("%(count)s refused", "%(count)s refused", count),
}


def _rows(**counts: int) -> str:
    """ "12 inserted, 3 updated"."""
    parts = [words(counts[name]) % {"count": in_words(counts[name])} for name, words in _COUNTS.items() if counts.get(name)]
    return ", ".join(parts) or gettext("nothing changed")


def _sources(keys: Sequence[str]) -> str:
    return ", ".join(source_label(key) for key in keys)


def _moment(at: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(at)), "DATETIME_FORMAT")


def _status(status: str) -> str:
    return str(dict(RunStatus.choices).get(status, status))


def _fault(code: str, detail: Any = "") -> str:
    """What kind of fault it is, then what was found, as the program that found it said."""
    name = str(FAULTS.get("http" if code.startswith("http_") else code, ""))
    return ": ".join(filter(None, [name, in_words(detail)]))


def _several(parts: Sequence[Any]) -> str:
    return "; ".join(filter(None, map(in_words, parts)))


def _lines(parts: Sequence[Any]) -> str:
    return "\n".join(filter(None, map(in_words, parts)))


def _described(**values: Any) -> str:
    """What came of describing data sets."""
    said = {
        "described": gettext("%(count)s described"),
        "by_model": gettext("%(count)s by the model"),
        "by_rules": gettext("%(count)s by rules"),
        "changed": gettext("%(count)s changed"),
    }
    parts = [words % {"count": in_words(values[name])} for name, words in said.items() if values.get(name)]
    faults: Mapping[str, int] = values.get("faults") or {}
    parts += [gettext("model: %(code)s (%(count)s)") % {"code": code, "count": in_words(count)} for code, count in faults.items()]
    return ", ".join(parts) or gettext("Nothing new.")


PHRASES: dict[str, Any] = {
    # names
    "source": source_label,
    "sources": _sources,
    "stage": stage_label,
    "service": service_label,
    "check": check_label,
    "figure": figure_label,
    "status": _status,
    "moment": _moment,
    "fault": _fault,
    # joined
    "several": _several,
    "lines": _lines,
    "of": _("%(what)s: %(said)s"),
    # steps of workflows
    "rows": _rows,
    "no_source_changed": _("No source changed."),
    "no_dataset_changed": _("No data set changed."),
    "described": _described,
    "scored": _("%(what)s %(score)s"),
    "checks_failed": _("checks failed: %(checks)s"),
    "figures_unusual": _("unusual: %(figures)s"),
    "dataset_scores": _("%(count)s data sets have another score"),
    "kept_in_lake": _("%(tables)s tables, %(rows)s rows, %(megabytes)s MB"),
    "cancelled_before": _("Cancelled before it began."),
    "did_not_end": _("did not end"),
    "running_already": _("%(source)s is running already; it was left alone."),
    "workflow_died": _("The process died before the workflow ended. What its sources published stays; start it again."),
    # runs that others ended
    "run_taken_over": _("The process died; its changes were rolled back. A later run took over."),
    "run_cancelled": _("Cancelled by %(by)s before it began."),
    "run_died": _("No heartbeat for %(seconds)s s: the process died. Its changes were rolled back."),
    "run_forgotten": _("No worker took it within a day."),
    # what portals have that we have not
    "not_loaded_yet": _("not loaded from its portal yet, or the last load failed"),
    "other_address": _("it has another address"),
    "other_size": _("it has another size"),
    "not_modified": _("not modified"),
    "same_etag": _("same ETag"),
    "same_last_modified": _("same Last-Modified"),
    "not_said_to_be_same": _("the server does not say that it is the same"),
    "entries_changed": _("%(feed)s: %(count)s new or changed"),
    "entries_counted": _("%(feed)s: %(before)s entries before, %(now)s now"),
    "feeds_missing": _("%(feeds)s did not answer the last time"),
    "nothing_new": _("nothing new"),
    # recovery
    "down": _("down: %(services)s"),
    "everything_answers": _("everything answers"),
    "way_primary": _("primary source"),
    "way_alternative": _("alternative address"),
    "way_archive": _("archived file"),
    "way_state": _("state in DynamoDB"),
    "way_to": _("%(way)s %(url)s"),
    "way_used": _("%(way)s, %(age)s: %(url)s"),
    "state_used": _("%(way)s, %(age)s: %(rows)s rows; nothing was loaded"),
    "state_of_run": _("%(way)s: %(rows)s rows, run %(run)s"),
    "state_silent": _("it does not answer"),
    "no_fallback": _("there is nothing to fall back on"),
    "hours_old": _("%(hours)s h old"),
    "days_old": _("%(days)s day(s) old"),
    "age_unknown": _("age unknown"),
    # quality of what is stored
    "nothing_stored": _("nothing is stored"),
    "rows_refused": _("%(bad)s of %(all)s rows were refused"),
    "keys_repeated": _("%(bad)s of %(all)s rows repeat a key"),
    "rows_unlike_published": _("%(bad)s rows stored, %(all)s taken from the published file"),
    # alerts
    "alert_run_failed": _("%(source)s: the load failed"),
    "alert_loaded_again": _("%(source)s was loaded from its portal again."),
    "alert_columns": _("%(source)s: the file's columns changed"),
    "columns_new": _("new columns: %(names)s"),
    "columns_gone": _("columns no longer there: %(names)s"),
    "columns_unknown_gone": _("no longer there, of the unknown ones: %(names)s"),
    "columns_again": _("there again: %(names)s"),
    "alert_fallback": _("%(source)s lives on a fallback, %(age)s"),
    "alert_fallback_how": _("Its portal does not deliver. In use: %(how)s. It recovers by itself when the portal is back."),
    "alert_silent": _("%(source)s: its portal does not answer"),
    "alert_step": _("%(workflow)s: the step “%(step)s” failed"),
    "alert_step_well": _("The step went well again."),
    "alert_stale": _("%(source)s has not been renewed in time"),
    "alert_stale_since": _("Its last good load ended on %(day)s."),
    "alert_fresh": _("It was loaded again."),
    "alert_service": _("%(service)s does not answer"),
    "alert_service_back": _("It answers again."),
    "alert_unusual": _("%(source)s: %(count)s unusual figure(s)"),
    "alert_usual": _("Every figure is what the past explains."),
    "unusual_figure": _("%(figure)s: %(value)s, expected %(low)s to %(high)s"),
    "summary_title": _("%(workflow)s: %(status)s"),
    "summary_step": _("%(step)s: %(status)s"),
    "summary_step_said": _("%(step)s: %(status)s – %(said)s"),
}
add_phrases(PHRASES)
