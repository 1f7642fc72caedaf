"""`manage.py seed_demo` and what ingestion makes of its files: exact counts, and nothing the second time."""

import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aneel.models import Distributor, GenerationUnit, Tariff, TariffComponent, TariffFlag, TechnicalData
from pipeline.actions import run_ingestion
from pipeline.demo.units import UnitsFile, write_units_csv, write_units_parquet
from pipeline.models import IngestionRun, RejectedRow
from products.models import Product, SolarKit

UNITS = 3_000

Seed = Callable[..., dict[str, Any]]


@pytest.fixture
def seed(transactional_db: None, tmp_path: Path) -> Seed:
    """Runs the command with --json and returns its one object."""

    def run(**options: Any) -> dict[str, Any]:
        out = io.StringIO()
        call_command("seed_demo", json=True, out=tmp_path, stdout=out, stderr=io.StringIO(), **{"tariffs": 0} | options)
        return json.loads(out.getvalue())

    return run


def unit_rows() -> list[tuple[Any, ...]]:
    return list(GenerationUnit.objects.order_by("unit_id").values_list())


def ingest(file: UnitsFile) -> dict[str, Any]:
    return run_ingestion("generation_units", file=file.path, by="tests").as_json()


def test_seeds_units_and_catalogue_and_changes_nothing_again(seed: Seed) -> None:
    first = seed(units=UNITS, products=20, kits=5)
    assert first["units"]["status"] == "SUCCESS"
    assert (first["units"]["inserted"], first["units"]["rejected"]) == (UNITS, 0)
    assert first["products"] == {"inserted": 20, "updated": 0, "unchanged": 0}
    assert first["kits"] == {"inserted": 5, "updated": 0, "unchanged": 0}
    assert GenerationUnit.objects.filter(municipality__isnull=False).count() == UNITS
    assert Distributor.objects.count() > 40
    before = unit_rows()

    second = seed(units=UNITS, products=20, kits=5)
    assert second["units"]["status"] == "UNCHANGED"
    assert second["products"] == {"inserted": 0, "updated": 0, "unchanged": 20}
    assert second["kits"] == {"inserted": 0, "updated": 0, "unchanged": 5}
    assert second["files"] == first["files"]
    assert unit_rows() == before
    assert not RejectedRow.objects.exists()
    assert {name: one["status"] for name, one in second["others"].items()} == {"technical_pv": "UNCHANGED"}
    assert IngestionRun.objects.filter(triggered_by="seed_demo", source="generation_units").count() == 2


def test_seeds_technical_data_tariffs_components_and_flags(seed: Seed) -> None:
    report = seed(units=UNITS, tariffs=500, products=0, kits=0)
    assert {name: (one["status"], one["rejected"]) for name, one in report["others"].items()} == {
        "technical_pv": ("SUCCESS", 0),
        "tariffs": ("SUCCESS", 0),
        "tariff_components": ("SUCCESS", 0),
        "tariff_flags": ("SUCCESS", 0),
    }
    technical = report["others"]["technical_pv"]["inserted"]
    assert technical > 0.99 * UNITS
    assert TechnicalData.objects.filter(module_model__contains="\n").count() == 0
    assert GenerationUnit.objects.filter(panel_count__isnull=False).count() > 0.98 * technical
    off = GenerationUnit.objects.filter(quality_flags__contains=["technical_module_power_x10"]).count()
    assert 0.02 * UNITS < off < 0.06 * UNITS
    assert Tariff.objects.count() == 500
    assert set(TariffComponent.objects.values_list("component", flat=True)) == {"TUSD_FioB"}
    assert TariffComponent.objects.values("distributor").distinct().count() > 50
    assert TariffFlag.objects.filter(record="MONTH").count() == 140


def test_oddities_arrive_as_flags_not_as_rejects(seed: Seed) -> None:
    report = seed(units=UNITS, products=0, kits=0)
    oddities = report["files"][0]["oddities"]
    assert GenerationUnit.objects.filter(quality_flags__contains=["power_zero"]).count() == oddities["zero_power"] == 1
    dates = GenerationUnit.objects.filter(connection_date__isnull=True)
    assert dates.count() == oddities["sentinel_date"] >= 1
    assert GenerationUnit.objects.filter(compensation_modality__isnull=True).count() == oddities["no_modality"] >= 1
    assert GenerationUnit.objects.filter(person_type__isnull=True).count() == oddities["no_person_type"]
    assert GenerationUnit.objects.filter(source_type__isnull=True).count() == oddities["no_source_type"]
    assert not Product.objects.exists()
    assert report["products"] is None


def test_next_day_writes_exactly_what_changed(seed: Seed, tmp_path: Path) -> None:
    seed(units=UNITS, products=0, kits=0)
    told = write_units_csv(
        tmp_path / "next.csv", rows=UNITS, seed=1, day=dt.date(2026, 8, 14), changed=0.01, removed=0.002, added=0.004
    )
    summary = ingest(told)
    assert (told.changed, told.removed, told.added) == (30, 6, 12)
    assert (summary["updated"], summary["removed"], summary["inserted"], summary["rejected"]) == (30, 6, 12, 0)
    assert summary["unchanged"] == UNITS - 30 - 6


def test_parquet_of_the_same_units_changes_nothing(seed: Seed, tmp_path: Path) -> None:
    seed(units=UNITS, products=0, kits=0)
    before = unit_rows()
    summary = ingest(write_units_parquet(tmp_path / "units.parquet", rows=UNITS, seed=1, day=dt.date(2026, 8, 14)))
    assert (summary["unchanged"], summary["updated"], summary["rejected"]) == (UNITS, 0, 0)
    assert unit_rows() == before


def test_the_older_vintage_is_read_with_its_coordinates(transactional_db: None, tmp_path: Path) -> None:
    told = write_units_csv(tmp_path / "old.csv", rows=UNITS, seed=1, day=dt.date(2025, 8, 15), vintage="2025")
    summary = ingest(told)
    assert (summary["status"], summary["inserted"]) == ("SUCCESS", UNITS)
    flagged = {
        name: GenerationUnit.objects.filter(quality_flags__contains=[flag]).count()
        for name, flag in (
            ("coordinates_outside", "coordinates_outside_brazil"),
            ("coordinates_filler", "coordinates_filler"),
            ("coordinates_zero", "coordinates_zero"),
        )
    }
    assert flagged == {name: told.oddities[name] for name in flagged}
    assert GenerationUnit.objects.filter(municipality__isnull=True).count() == 0, "every municipality was found by its name"
    assert GenerationUnit.objects.filter(location_precision="unit").count() > UNITS * 0.95


def test_units_of_others_are_not_swept_away(seed: Seed, capsys: pytest.CaptureFixture[str]) -> None:
    seed(units=UNITS, products=0, kits=0)
    before = unit_rows()
    with pytest.raises(SystemExit) as ended:
        seed(units=UNITS // 2, products=20, kits=5)
    assert ended.value.code == 1
    assert unit_rows() == before
    assert not Product.objects.exists(), "the catalogue waits until the units are in"
    assert not SolarKit.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": -1}, "--units: expected 0 or more, found -1"),
        ({"units": 10, "day": dt.date(2026, 1, 1)}, "day: expected a day after 2026-06-30"),
        ({"units": 0, "products": 2, "kits": 1}, "expected at least 8 products"),
    ],
)
def test_impossible_arguments_are_bad_usage(seed: Seed, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        seed(**options)
    assert refused.value.returncode == 2
    assert not GenerationUnit.objects.exists()
    assert not Product.objects.exists()
