"""Datasets made anew of what the feeds say: only what differs is written, so that the change log tells changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from aneel.choices import MatchDecision
from aneel.dataset_likeness import Titled, likenesses
from aneel.dataset_merge import COLUMNS, DAYS, LISTS, TIMES, FeedEntry, MergedDataset, merge_all
from aneel.models import Dataset, DatasetEntry, DatasetMatch
from ysh.core.db.rows import write_rows

_LENGTHS = {"license": 60, "update_frequency": 60, "access_level": 30, "publisher_email": 254, "contact_email": 254}
_FILLED_IN = {"spatial": "BR"}


@dataclass(frozen=True, slots=True)
class Remade:
    """What became of the datasets, in rows; and how many pairs were proposed as one."""

    inserted: int
    updated: int
    unchanged: int
    removed: int
    proposed: int

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.unchanged


def remake_datasets(*, run_id: UUID | None = None) -> Remade:
    """Merge all entries, and write the datasets that differ from what is stored. Call it within a transaction.

    Category and quality score are not of the feeds and stay as they are.

    Args:
        run_id: kept in the rows that are written.
    """
    rows = list(DatasetEntry.objects.order_by("feed", "feed_id"))
    entries = {_entry(row): row for row in rows}
    said = DatasetMatch.objects.filter(decision=MatchDecision.CONFIRMED).order_by("first_id", "second_id")
    merged = merge_all(entries, said.values_list("first_id", "second_id"))
    _keep_rows_whose_id_changed(merged, entries)
    stored = {row.aneel_id: row for row in Dataset.objects.defer("search_vector", "raw_metadata")}
    wanted = {dataset.aneel_id: _values(dataset) for dataset in merged}
    changed = [key for key, values in wanted.items() if key not in stored or _differs(stored[key], values)]
    gone = [row.pk for key, row in stored.items() if key not in wanted]
    raw = {dataset.aneel_id: entries[dataset.entries[0]].raw for dataset in merged}
    _write({key: wanted[key] | {"raw_metadata": raw[key]} for key in changed}, run_id)
    Dataset.objects.filter(pk__in=gone).delete()
    _point_to(merged, entries)
    inserted = sum(key not in stored for key in changed)
    proposed = _propose(merged) if changed or gone else 0
    return Remade(inserted, len(changed) - inserted, len(wanted) - len(changed), len(gone), proposed)


def _entry(row: DatasetEntry) -> FeedEntry:
    return FeedEntry(row.feed, row.feed_id, tuple(row.identities), row.fields)


def _keep_rows_whose_id_changed(merged: Iterable[MergedDataset], entries: Mapping[FeedEntry, DatasetEntry]) -> None:
    """A dataset that a more authoritative feed learnt of gets that feed's id, and stays the row that others point to."""
    wanted = {dataset.aneel_id for dataset in merged}
    old = {row.pk: row.aneel_id for row in Dataset.objects.only("aneel_id")}
    there = set(old.values())
    for dataset in merged:
        if dataset.aneel_id in there:
            continue
        for entry in dataset.entries:
            row = entries[entry].dataset_id
            if row in old and old[row] not in wanted:
                Dataset.objects.filter(pk=row).update(aneel_id=dataset.aneel_id)
                old[row] = dataset.aneel_id
                there.add(dataset.aneel_id)
                break


def _values(dataset: MergedDataset) -> dict[str, Any]:
    """The columns of a dataset, typed."""
    found: dict[str, Any] = {}
    for column in COLUMNS:
        value = dataset.values.get(column)
        if column in TIMES:
            found[column] = datetime.fromisoformat(value).astimezone(UTC) if value else None
        elif column in DAYS:
            found[column] = date.fromisoformat(value) if value else None
        elif column in LISTS or column == "resources":
            found[column] = list(value or [])
        else:
            found[column] = str(value or _FILLED_IN.get(column, ""))[: _LENGTHS.get(column)]
    if found["temporal_start"] and found["temporal_end"] and found["temporal_end"] < found["temporal_start"]:
        found["temporal_end"] = None
    return found | {
        "feeds": dataset.feeds,
        "provenance": dataset.provenance,
        "conflicts": dataset.conflicts,
        "source_api": dataset.entries[0].feed,
    }


def _differs(row: Dataset, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, column) != value for column, value in values.items())


def _write(wanted: Mapping[str, Mapping[str, Any]], run_id: UUID | None) -> None:
    own: dict[str, Any] = {"last_fetched_at": datetime.now(UTC), "source_run_id": run_id}
    write_rows(Dataset, [{"aneel_id": key, **values, **own} for key, values in wanted.items()], unique=["aneel_id"])


def _point_to(merged: Iterable[MergedDataset], entries: Mapping[FeedEntry, DatasetEntry]) -> None:
    """Let every entry know its dataset, in one statement."""
    ids = dict(Dataset.objects.values_list("aneel_id", "pk"))
    moved = [
        (entries[entry].pk, ids[dataset.aneel_id])
        for dataset in merged
        for entry in dataset.entries
        if entries[entry].dataset_id != ids[dataset.aneel_id]
    ]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE aneel.dataset_entries e SET dataset_id = n.dataset_id"
                " FROM unnest(%s::bigint[], %s::uuid[]) AS n (id, dataset_id) WHERE e.id = n.id",
                [[one for one, _ in moved], [other for _, other in moved]],
            )


def _propose(merged: Iterable[MergedDataset]) -> int:
    """Propose pairs that look alike; undecided ones that no longer do are taken back. Gives how many are new."""
    titled = [Titled(one.aneel_id, one.values.get("title", ""), one.values.get("publisher_name", "")) for one in merged]
    found = {(pair.first_id, pair.second_id): pair.score for pair in likenesses(titled)}
    known = {(row.first_id, row.second_id): row for row in DatasetMatch.objects.all()}
    past = [row.pk for key, row in known.items() if key not in found and row.decision == MatchDecision.PROPOSED]
    DatasetMatch.objects.filter(pk__in=past).delete()
    new = [
        DatasetMatch(first_id=one, second_id=other, score=score)
        for (one, other), score in found.items()
        if (one, other) not in known
    ]
    DatasetMatch.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
