"""What figures are said to mean: ratios, goals, verdicts, the table."""

import pytest

from bench.figures import Figure, percentile, summed_up
from bench.ingest_findings import Findings, ratios
from bench.options import INGEST_STEPS, parse, with_needs
from bench.report import Check, Finding, Report
from bench.tasks.ways import WAYS

MACHINE = {
    "cores": 2,
    "architecture": "x86_64",
    "memory_gb": 24,
    "system": "Debian",
    "postgresql": "15.1",
    "postgis": "3.3",
    "postgresql_settings": {"fsync": "on"},
    "python": "3.11",
    "django": "5.2",
    "polars": "2.1",
}


def a_pass(**changes):
    """Figures of one pass in which every goal is met."""
    figures = {
        "first_rows": 1_000_000,
        "next_rows": 1_000_500,
        "big_rows": 4_600_000,
        "indexes": 13,
        "copy_s": 30.0,
        "copy_wal_mb": 900.0,
    }
    for step, seconds in {"first": 16.0, "same": 2.0, "unchanged": 0.5, "next": 3.0, "big": 75.0, "big_next": 12.0}.items():
        figures |= {f"{step}_s": seconds, f"{step}_wall_s": seconds + 1, f"{step}_peak_mb": 300.0, f"{step}_wal_mb": 100.0}
        figures |= {f"{step}_written": 0.0}
    figures["next_wal_bytes_per_row"] = 3000.0
    for way in WAYS:
        figures |= {f"{way}: rows/s": 10_000.0, f"{way}: rows/s again": 9_000.0}
    figures |= changes
    return figures | ratios(figures)


def verdicts(*passes):
    lines = Findings(summed_up(passes)).lines()
    return {line.what: line.verdict for line in lines if line.goal}


def test_every_goal_of_a_good_pass_is_met():
    assert set(verdicts(a_pass()).values()) == {"yes"}
    assert len(verdicts(a_pass())) == 13


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"first_s": 22.0, "first_wall_s": 23.0}, {"First load / plain COPY"}),
        ({"next_s": 4.5, "next_wall_s": 5.0}, {"Next day's file / first load"}),
        ({"same_s": 3.5, "same_wall_s": 4.0}, {"Same rows / first load"}),
        ({"same_written": 1.0}, {"Rows of the table written by it"}),
        ({"unchanged_s": 2.5, "unchanged_wall_s": 3.0}, {"Same bytes"}),
        ({"big_s": 81.0, "big_wall_s": 82.0}, {"4,600,000 rows / 1,000,000 rows"}),
        (
            {"big_peak_mb": 401.0},
            {"Peak memory, first load, 4,600,000 rows", "Peak memory, large / small load (flat)"},
        ),
        ({f"{WAYS[0]}: rows/s": 26_000.0}, {"First load / best of these"}),
        ({f"{WAYS[-1]}: rows/s again": 28_000.0}, {"Next day's file / best of these over existing rows"}),
    ],
)
def test_a_missed_goal_is_said_to_be_missed(changes, missed):
    assert {what for what, verdict in verdicts(a_pass(**changes)).items() if verdict == "NO"} == missed


def test_a_ratio_has_to_hold_for_the_whole_process_too():
    found = verdicts(a_pass(next_wall_s=4.5))
    assert found["Next day's file / first load"] == "only without start-up"


def test_small_loads_are_not_judged():
    found = verdicts(a_pass(first_rows=20_000, big_rows=50_000))
    assert found.pop("Rows of the table written by it") == "yes", "a count, right at any size"
    assert set(found.values()) == {"not judged"}


def test_ratios_are_taken_within_a_pass():
    """A machine that is twice as slow in one pass changes no ratio."""
    slow = {name: value * 2 for name, value in a_pass().items() if name.endswith("_s")}
    figures = summed_up([a_pass(), a_pass(**slow), a_pass()])
    assert figures["first / copy"].low == figures["first / copy"].high == pytest.approx(16 / 30)
    assert (figures["first_s"].low, figures["first_s"].median, figures["first_s"].high) == (16, 16, 32)


def test_steps_left_out_leave_their_lines_out():
    figures = {name: value for name, value in a_pass().items() if name.startswith("first") and " / " not in name}
    assert [line.what for line in Findings(summed_up([figures])).lines()] == [
        "First load, 1,000,000 rows, empty table",
        "Peak memory, first load, 1,000,000 rows",
    ]


def test_a_figure_of_several_passes_shows_its_range():
    assert Figure(4.14, 3.9, 4.6, 3).text("{:.1f}".format) == "4.1 (3.9 to 4.6)"
    assert Figure(4.14, 4.14, 4.14, 1).text("{:.1f}".format) == "4.1"


@pytest.mark.parametrize(("percent", "expected"), [(50, 10), (95, 19), (99, 20), (100, 20), (1, 1)])
def test_percentiles_are_measured_values(percent, expected):
    assert percentile(reversed(range(1, 21)), percent) == expected


def test_a_step_brings_the_steps_it_needs():
    assert with_needs(["next"]) == ("first", "next")
    assert with_needs(["big"]) == ("big",)
    assert with_needs(INGEST_STEPS) == INGEST_STEPS


@pytest.mark.parametrize(
    "arguments", [["writes"], ["--rows", "0"], ["--only", "first,last"], ["--rows", "many"], ["--files", "/nowhere/at/all"]]
)
def test_a_command_line_that_makes_no_sense_is_refused(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        parse(arguments)
    assert "error:" in capsys.readouterr().err


def test_all_benchmarks_run_when_none_is_named_and_none_to_clean_up():
    assert parse([]).names == ("ingest", "sources", "workflows", "reads", "api", "audit", "checks", "import", "curation")
    assert parse(["--clean"]).names == ()
    assert parse(["--big", "0"]).steps == INGEST_STEPS[:-1]


def test_a_report_says_what_is_wrong_first(tmp_path):
    report = Report("ingest", "Ingestion", MACHINE, load_at_start=3.2, notes=["A note."])
    report.findings = [Finding("Same rows / first load", "0.31", "<= 0.2", met=False), Finding("First load", "16 s")]
    report.checks = [Check("next: removed", 500, 499), Check("next: inserted", 3, 3)]
    assert [line.split(":")[0] for line in report.remarks] == ["WRONG COUNT", "WARNING", "A note."]
    assert "1 of 2 counts right" in report.screen()
    assert "| Same rows / first load | 0.31 | <= 0.2 | NO |" in report.markdown()
    data, text = report.write(tmp_path)
    assert '"goals_missed": [\n  "Same rows / first load"\n ]' in data.read_text()
    assert text.read_text() == report.markdown()
