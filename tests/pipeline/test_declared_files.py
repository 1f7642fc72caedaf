"""Datasets that are only declared: those there are, and what the declaration means."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from pipeline.actions import run_ingestion
from pipeline.sources.base import Column, Source
from pipeline.sources.declared_file import file_source
from pipeline.sources.files import FILE_SOURCES
from pipeline.sources.kinds import Day, Number, Text
from pipeline.sources.registry import SOURCES
from pipeline.summary import RunSummary
from tests.pipeline import database
from tests.pipeline.declared_samples import SAMPLES

Load = Callable[..., RunSummary]
FINES = file_source(
    "fines",
    label="Fines",
    description="",
    columns=(
        Column("Gerado", Text(), volatile=True),
        Column("Agente", Text(60), to="agent", required=True),
        Column("Auto", Text(80), to="notice", required=True),
        Column("Dia", Day(), to="day"),
        Column("Valor", Number(12, 2, minimum=0), to="value_brl", required=True),
    ),
    key_columns=("Agente", "Auto"),
    label_column="Auto",
    cadence=timedelta(days=30),
    encoding="cp1252",
    delimiter="|",
)


@pytest.fixture
def load(engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setitem(SOURCES, "fines", FINES)

    def run(source: str, text: str | bytes, **options: Any) -> RunSummary:
        path = tmp_path / f"{source}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode())
        return run_ingestion(source, file=path, by="tests", **options)

    return run


def fines(count: int, **changes: str) -> bytes:
    """So many fines of one agent, with values that mean nothing to a reader of UTF-8."""
    row = {"day": "2026-01-31", "value": "1,50", "generated": "2026-09-30"} | changes
    lines = [f"{row['generated']}|CEMIG; D|Notificação {n}|{row['day']}|{row['value']}" for n in range(count)]
    return ("Gerado|Agente|Auto|Dia|Valor\n" + "\n".join(lines) + "\n").encode("cp1252")


def rows(dataset: str) -> list[tuple[Any, ...]]:
    return database.query("SELECT row_key, label, data FROM aneel.published_rows WHERE dataset = %s ORDER BY id", dataset)


def test_every_declared_dataset_has_a_sample() -> None:
    assert {source.key for source in FILE_SOURCES} == set(SAMPLES)


@pytest.mark.parametrize("source", FILE_SOURCES, ids=lambda source: source.key)
def test_each_declared_dataset_reads_its_file(load: Load, source: Source) -> None:
    text, first = SAMPLES[source.key]
    summary = load(source.key, text)
    assert (summary.status, summary.inserted, summary.rejected) == ("SUCCESS", 2, 0), summary.error
    data = rows(source.key)[0][2]
    assert (json.loads(data) if isinstance(data, str) else data) == first
    assert load(source.key, text.replace("2026-09-30", "2026-10-01")).unchanged == 2
    assert not database.query("SELECT 1 FROM aneel.published_rows WHERE data::text LIKE '%FULANO%' OR label LIKE '%FULANO%'")


@pytest.mark.parametrize("source", FILE_SOURCES, ids=lambda source: source.key)
def test_each_declared_dataset_misses_what_it_requires(load: Load, source: Source) -> None:
    wanted = [column.name for column in source.columns if column.required]
    summary = load(source.key, SAMPLES[source.key][0].replace(f'"{wanted[-1]}"', '"Outra"'))
    assert (summary.status, summary.error_code) == ("FAILED", "missing_columns")
    assert wanted[-1] in summary.error
    assert rows(source.key) == []


def test_declared_encoding_delimiter_and_key_of_two_columns(load: Load) -> None:
    summary = load("fines", fines(2))
    assert (summary.status, summary.inserted) == ("SUCCESS", 2), summary.error
    key, label, data = rows("fines")[0]
    assert (key, label) == ("fines:CEMIG; D|Notificação 0", "Notificação 0")
    assert (json.loads(data) if isinstance(data, str) else data) == {
        "agent": "CEMIG; D",
        "notice": "Notificação 0",
        "day": "2026-01-31",
        "value_brl": 1.5,
    }


def test_the_next_file_of_one_dataset_leaves_the_others_alone(load: Load) -> None:
    load("generation_agents", SAMPLES["generation_agents"][0])
    load("fines", fines(40))
    before = rows("generation_agents")
    changed = fines(39, generated="2026-10-01").replace(b"o 7|2026-01-31|1,50", b"o 7|2026-01-31|9,00")
    summary = load("fines", changed)
    assert (summary.updated, summary.removed, summary.unchanged, summary.inserted) == (1, 1, 38, 0), summary.error
    assert rows("generation_agents") == before
    assert load("fines", changed).status == "UNCHANGED"


def test_a_share_of_one_dataset_s_own_rows_may_vanish(load: Load) -> None:
    load("power_plants", SAMPLES["power_plants"][0])
    load("fines", fines(40))
    summary = load("fines", fines(30))
    assert (summary.status, summary.error_code) == ("FAILED", "too_many_vanished")
    assert "10 of 40" in summary.error


def test_bad_values_and_empty_keys_are_refused(load: Load) -> None:
    bad = fines(100).replace(b"o 5|2026-01-31", b"o 5|31.01.2026") + "2026-09-30||Notificação|2026-01-31|1\n".encode("cp1252")
    summary = load("fines", bad)
    assert (summary.status, summary.inserted, summary.rejects_by_reason) == (
        "PARTIAL",
        99,
        {"bad_date": 1, "missing_value": 1},
    ), summary.error
    assert database.query('SELECT line, "column" FROM pipeline.rejected_rows ORDER BY line') == [(7, "Dia"), (102, "Agente")]


def test_a_long_key_is_kept_as_a_hash(load: Load) -> None:
    long = f"Gerado|Agente|Auto|Dia|Valor\n2026-09-30|{'A' * 50}|{'B' * 70}||1\n"
    load("fines", long)
    load("fines", long.replace("|1\n", "|2\n"))
    assert [(len(key), key[:6]) for key, _label, _data in rows("fines")] == [(38, "fines:")]


def test_a_declaration_is_checked() -> None:
    with pytest.raises(ImproperlyConfigured, match="Outra"):
        file_source(
            "x",
            label="",
            description="",
            columns=(Column("A", Text()),),
            key_columns=("Outra",),
            label_column="A",
            cadence=timedelta(days=1),
        )
