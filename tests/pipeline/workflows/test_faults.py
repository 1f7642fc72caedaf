"""Every workflow against everything a portal may do wrong: the exit code, the table, the archive, and who is told.

One table. A source that was loaded once; then its portal has a newer file and goes wrong, while all three workflows run; then
the portal is well again. Short limits hold only while it is wrong, so that a slow machine can change no result.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.archive import is_intact
from pipeline.models import ActiveRun, Alert, AlertNotice, IngestionRun, SourceFile
from tests.pipeline import database
from tests.portal import Portal
from tests.portal.files import TARIFFS_PACKAGE, tariffs_csv
from tests.portal.fixture import point_to
from tests.portal.server import CERTIFICATES

Workflow = Callable[..., tuple[int, dict[str, Any]]]
NAME = "Tarifas homologadas das distribuidoras de energia elétrica"
ONLY = ("--source", "tariffs")
API, FILE, ALL = "package_show", "/download/tarifas", "/"
BEFORE, AFTER = 12, 14


@dataclass(frozen=True)
class Case:
    """A fault, and what becomes of the source meanwhile.

    Attributes:
        path, fault: of `Portal.fail`; the fault None: another certificate.
        status: of the source's run from its portal.
        used: the way the recovery takes.
        rows: in the table afterwards: those of before, or of the newer file where the recovery got at it.
        kept: whether what came is archived, broken as it is.
        limits: settings while it is wrong.
        probed: whether the hourly check itself learns of it, and loads nothing; None: as it comes, where speed decides.
    """

    path: str
    fault: dict[str, Any] | None
    status: str = "ERRORED"
    used: str = "archived file"
    rows: int = BEFORE
    kept: bool = False
    limits: dict[str, float] = field(default_factory=dict)
    probed: bool | None = False


QUICK = {"INGEST_READ_SECONDS": 0.15, "INGEST_SLOW_AFTER_SECONDS": 0.15}
OTHER = "alternative address"
CASES = {
    "500": Case(ALL, {"kind": "status"}, probed=True),
    "429 with Retry-After": Case(ALL, {"kind": "status", "status": 429, "retry_after": "9999"}, probed=True),
    "hang": Case(f"{API}|{FILE}", {"kind": "hang"}, limits=QUICK, probed=True),
    "reset in the file": Case(FILE, {"kind": "reset"}, probed=None),
    "truncated JSON": Case(API, {"kind": "truncated"}, used=OTHER, rows=AFTER, probed=True),
    "truncated file": Case(FILE, {"kind": "truncated"}, status="FAILED", kept=True),
    "HTML with 200": Case(FILE, {"kind": "html"}, status="FAILED", kept=True),
    "changed columns": Case(FILE, {"kind": "columns"}, status="FAILED", kept=True),
    "slow drip": Case(FILE, {"kind": "drip"}, limits=QUICK, probed=None),
    "redirect loop": Case(ALL, {"kind": "redirect_loop"}, probed=True),
    "expired certificate": Case(ALL, None, probed=True),
}


@pytest.fixture
def loaded(workflow: Workflow, settings: Any) -> Iterator[Workflow]:
    """The command, once the source has been loaded and somebody is to be told."""
    settings.NOTIFY_EMAILS = ["ana@example.org"]
    assert workflow("daily", *ONLY)[0] == 0
    yield workflow
    Alert.objects.all().delete()


@contextmanager
def wrong(case: Case, portal: Portal, settings: Any) -> Iterator[None]:
    """The portal's newer file, and its fault for the block."""
    portal.add_file(TARIFFS_PACKAGE, NAME, "CSV", tariffs_csv(AFTER))
    usual = {name: getattr(settings, name) for name in case.limits}
    with ExitStack() as stack:
        if case.fault is None:
            settings.ANEEL_CA_BUNDLE = str(CERTIFICATES / "root.pem")
            point_to(settings, stack.enter_context(Portal(content=portal.content, certificate="expired")))
        else:
            portal.fail(case.path, **case.fault)
        for name, value in case.limits.items():
            setattr(settings, name, value)
        yield
    for name, value in usual.items():
        setattr(settings, name, value)
    portal.heal()
    point_to(settings, portal)


def step(said: dict[str, Any], name: str = "source:tariffs") -> dict[str, Any]:
    return next((item for item in said["steps"] if item["step"] == name), {})


def rows() -> int:
    return int(database.value("SELECT count(*) FROM aneel.tariffs"))


def open_alerts() -> dict[str, str]:
    return {alert.kind: alert.severity for alert in Alert.objects.filter(subject="tariffs", closed_at__isnull=True)}


def notices(kind: str) -> list[str]:
    return list(AlertNotice.objects.filter(alert__kind=kind).order_by("id").values_list("event", flat=True))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_workflow_meets_the_fault(case: Case, loaded: Workflow, portal: Portal, settings: Any, engine: Path) -> None:
    with wrong(case, portal, settings):
        # The check, which only asks: it says who is silent, or loads in vain; what failed is recovered at once.
        code, said = loaded("hourly", *ONLY)
        check = step(said, "check")
        assert (code, said["status"]) == (1, case.status), said
        silent = check["details"]["down"] == ["tariffs"]
        assert silent != bool(step(said))
        assert silent == (silent if case.probed is None else case.probed)
        assert rows() == (BEFORE if silent else case.rows)
        # The daily run fails and its recovery finds a way.
        code, said = loaded("daily", *ONLY)
        assert (code, said["status"], step(said)["status"]) == (1, case.status, case.status), said
        recovery = said["recovery"]
        assert (recovery["status"], recovery["used_fallback"], recovery["sources_failed"]) == ("PARTIAL", True, [])
        assert step(recovery)["details"]["used"] == case.used
        # By hand it does the same, and says so.
        code, said = loaded("recover", *ONLY)
        assert (code, said["status"], step(said)["details"]["used"]) == (3, "PARTIAL", case.used)
        assert rows() == case.rows
        # People were told once of each, however often it was seen.
        assert open_alerts() == {"run_failed": "warning", "fallback": "warning"}
        assert (notices("run_failed"), notices("fallback")) == (["opened"], ["opened"])
    # Whatever came is archived whole, before anybody judged it.
    files = SourceFile.objects.filter(source="tariffs")
    assert all(is_intact(file.archive_uri, file.sha256) for file in files)
    refused = IngestionRun.objects.filter(source="tariffs", status="FAILED").values("run_id")
    assert files.filter(run_id__in=refused).exists() == case.kept
    # It recovers by itself, and everybody hears of it once.
    code, said = loaded("hourly", *ONLY)
    assert (code, said["sources_failed"], rows()) == (0, [], AFTER)
    assert open_alerts() == {}
    assert (notices("run_failed"), notices("fallback")) == (["opened", "closed"], ["opened", "closed"])
    assert not ActiveRun.objects.exists()
    assert not IngestionRun.objects.filter(ended_at__isnull=True).exists()
    assert loaded("hourly", *ONLY)[1]["status"] == "SKIPPED"


@pytest.mark.parametrize("path", [API, FILE])
def test_a_wrong_content_type_is_no_fault(loaded: Workflow, portal: Portal, settings: Any, path: str) -> None:
    """Content tells what a file is, whatever the header says."""
    with wrong(Case(path, {"kind": "wrong_type"}), portal, settings):
        code, said = loaded("hourly", *ONLY)
        assert (code, said["status"], rows()) == (0, "SUCCESS", AFTER)
        assert loaded("hourly", *ONLY)[1]["status"] == "SKIPPED"
        assert loaded("daily", *ONLY)[1]["status"] == "UNCHANGED"
        assert loaded("recover", *ONLY)[0] == 0
    assert open_alerts() == {}


@pytest.mark.parametrize("case", [CASES[name] for name in ("500", "truncated file", "expired certificate")])
def test_never_loaded_and_nothing_to_fall_back_on(case: Case, workflow: Workflow, portal: Portal, settings: Any) -> None:
    with wrong(case, portal, settings):
        code, said = workflow("daily", *ONLY)
        assert (code, said["status"], step(said["recovery"])["error_code"], rows()) == (1, case.status, "no_fallback", 0)
    assert workflow("hourly", *ONLY)[0] == 0
    assert rows() == AFTER


# --- where a source has ways of its own

UNITS = ("--source", "generation_units")
DATASETS = ("--source", "datasets")
PARQUET = "geracao-distribuida.parquet"


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"kind": "status"}, "ERRORED"), ({"kind": "truncated"}, "FAILED"), ({"kind": "reset"}, "ERRORED")],
    ids=["500", "truncated", "reset"],
)
def test_units_come_as_csv_when_the_parquet_goes_wrong(
    workflow: Workflow, portal: Portal, fault: dict[str, Any], status: str
) -> None:
    portal.fail(PARQUET, **fault)
    code, said = workflow("daily", *UNITS)
    used = step(said["recovery"], "source:generation_units")
    assert (code, said["status"], used["status"], used["details"]["used"]) == (1, status, "PARTIAL", OTHER), said
    assert SourceFile.objects.filter(source="generation_units", published=True).get().url.endswith(".zip")
    stored = "SELECT count(*), count(DISTINCT row_hash) FROM aneel.generation_units"
    before = database.query(stored)
    portal.heal()
    # The Parquet says the same: nothing is written again, and the incident is over.
    code, said = workflow("daily", *UNITS)
    assert (code, said["inserted"], said["updated"], database.query(stored)) == (0, 0, 0, before)
    assert not Alert.objects.filter(subject="generation_units", closed_at__isnull=True).exists()


@pytest.mark.parametrize("kind", ["status", "html", "truncated"])
def test_datasets_live_on_the_other_feeds_when_ckan_is_down(workflow: Workflow, portal: Portal, kind: str) -> None:
    assert workflow("daily", *DATASETS)[0] == 0
    portal.fail("package_search", kind)
    portal.content.items[0].description = "Nova"
    code, said = workflow("daily", *DATASETS)
    used = step(said, "source:datasets")
    assert (code, used["status"], used["used_fallback"]) == (3, "PARTIAL", True), said
    there = database.value("SELECT count(*) FROM aneel.datasets")
    assert there > 0
    portal.heal()
    code, said = workflow("hourly", *DATASETS)
    assert (code, said["used_fallback"]) == (0, False), said
    assert database.value("SELECT count(*) FROM aneel.datasets") >= there
    assert database.value("SELECT count(*) FROM aneel.datasets WHERE source_api = 'CKAN'") > 0
    # All feeds gone: what is stored stays.
    everything = database.value("SELECT count(*) FROM aneel.datasets")
    portal.fail("/", "status", status=503)
    code, said = workflow("daily", *DATASETS)
    assert (code, database.value("SELECT count(*) FROM aneel.datasets")) == (1, everything), said
