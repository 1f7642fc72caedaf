"""The score is the mean of its dimensions, and every loss has a reason."""

from datetime import timedelta

from pipeline.quality.report import compare_columns
from ysh.core.quality_score import check_part, dimensions, reasons, score, share_part, timeliness_part

DAY = timedelta(days=1)


def test_nothing_wrong_is_one() -> None:
    parts = [
        check_part("validity", "a", rate=0.0, passed=True, threshold=0.1),
        share_part("accuracy", "b", 0, 100, "lost"),
        timeliness_part(DAY, DAY),
    ]
    assert (score(parts), reasons(parts)) == (1.0, [])


def test_each_dimension_weighs_the_same() -> None:
    parts = [
        check_part("validity", "a", rate=0.2, passed=True, threshold=0.3),
        check_part("validity", "b", rate=0.2, passed=False, threshold=0.1),
        share_part("accuracy", "c", 50, 100, "half is missing"),
    ]
    # validity (0.8 + 0.4) / 2, accuracy 0.5
    assert {name: round(value, 6) for name, value in dimensions(parts).items()} == {"validity": 0.6, "accuracy": 0.5}
    assert score(parts) == 0.55
    assert [(one["check"], one["value"]) for one in reasons(parts)] == [("b", 0.4), ("c", 0.5), ("a", 0.8)]


def test_age_costs_by_the_cadence() -> None:
    assert timeliness_part(DAY, DAY).value == 1
    assert timeliness_part(2.5 * DAY, DAY).value == 0.5
    assert timeliness_part(9 * DAY, DAY).value == 0
    assert timeliness_part(None, DAY).text == "nunca carregada"
    assert timeliness_part(9 * DAY, DAY).text == "de 9 dias atrás, esperada a cada 24 h"


def test_a_share_of_nothing_is_whole() -> None:
    assert share_part("validity", "a", 0, 0, "x").value == 1


def test_drift_names_each_column() -> None:
    before, now = {"A": "Text", "B": "Number", "C": "Day"}, {"A": "Text", "C": "Text", "D": "unknown"}
    assert compare_columns(before, now) == [
        {"column": "D", "change": "added", "type": "unknown"},
        {"column": "B", "change": "removed", "type": "Number"},
        {"column": "C", "change": "type", "type": "Text"},
    ]


def test_the_first_file_changes_no_column() -> None:
    assert compare_columns({}, {"a": "Text"}) == []
    assert compare_columns({"a": "Text"}, {}) == [{"column": "a", "change": "removed", "type": "Text"}]
