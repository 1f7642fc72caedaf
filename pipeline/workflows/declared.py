"""The workflows there are, and the order their sources are loaded in. Data, no loops over the world."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pipeline.run_record import WORKFLOW_PREFIX

if TYPE_CHECKING:
    from pipeline.sources.base import Source

#: steps that are no source's, for people
STEP_LABELS: dict[str, Any] = {
    "check": pgettext_lazy("stage", "Check"),
    "health": pgettext_lazy("stage", "Health"),
    "statistics": pgettext_lazy("stage", "Statistics"),
    "enrichment": pgettext_lazy("stage", "Descriptions of data sets"),
    "caches": pgettext_lazy("stage", "Caches"),
    "quality": pgettext_lazy("stage", "Quality"),
    "lake": pgettext_lazy("stage", "Data lake"),
}
#: step of a source, before the source's key
SOURCE_STEP = "source:"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow.

    Attributes:
        key: its name in commands, the schedule and the log.
        label, description: for people, translated lazily.
        before: step that decides which sources are loaded; empty when all are.
        after: steps once all sources have ended, in order; a failing one does not stop the next.
    """

    key: str
    label: Any
    description: Any
    before: str
    after: tuple[str, ...]

    @property
    def log_source(self) -> str:
        """What stands as source in the log row of its runs; the database allows one active run of each."""
        return WORKFLOW_PREFIX + self.key


DAILY = Workflow(
    "daily_full_ingestion",
    _("Daily full ingestion"),
    _("Loads every source, then statistics, caches and quality, and keeps the day in the lake"),
    before="",
    after=("statistics", "enrichment", "caches", "quality", "lake"),
)
HOURLY = Workflow(
    "hourly_incremental",
    _("Hourly check"),
    _("Asks every portal what changed since the last success, and loads only that"),
    before="check",
    after=("statistics", "enrichment", "caches", "quality"),
)
RECOVERY = Workflow(
    "fallback_recovery",
    _("Recovery"),
    _("Looks at every service and portal, then brings failed sources back by the best way there is"),
    before="health",
    after=("statistics", "enrichment", "caches", "quality"),
)
WORKFLOWS: dict[str, Workflow] = {workflow.key: workflow for workflow in (DAILY, HOURLY, RECOVERY)}
#: other words for them on the command line
ALIASES = {"recover": RECOVERY.key}


def get_workflow(key: str) -> Workflow:
    """The workflow of that key; its first word will do (`daily`).

    Raises:
        KeyError: with the list of keys there are.
    """
    key = ALIASES.get(key, key)
    for workflow in WORKFLOWS.values():
        if key in (workflow.key, workflow.key.partition("_")[0], workflow.log_source):
            return workflow
    raise KeyError(f"Unknown workflow {key!r}. Known: {', '.join(WORKFLOWS)}.")


def chains(sources: "Mapping[str, Source]", wanted: Iterable[str]) -> list[list[str]]:
    """Sources that may be loaded at the same time, each with what waits for it.

    Args:
        sources: the registry.
        wanted: keys of those to load; what they depend on is loaded first if it is wanted too.

    Returns:
        One list for each group of sources that depend on each other, in the order they are to be loaded; the longest first.

    Raises:
        ValueError: sources wait for each other.
    """
    left = [key for key in sources if key in set(wanted)]
    before = {key: {other for other in sources[key].depends_on if other in left} for key in left}
    ordered: list[str] = []
    while left:
        ready = [key for key in left if before[key] <= set(ordered)]
        if not ready:
            raise ValueError(f"These sources wait for each other: {', '.join(left)}. Correct their depends_on.")
        ordered.append(ready[0])
        left.remove(ready[0])
    groups: list[list[str]] = []
    for key in ordered:
        joined = [group for group in groups if before[key] & set(group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(name for group in joined for name in group), key])
    return sorted(groups, key=lambda group: (-len(group), ordered.index(group[0])))
