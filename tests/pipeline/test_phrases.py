"""Every code that is said has its words, every check, figure and fault its name."""

import re
from pathlib import Path

from django.conf import settings

import aneel.dataset_quality  # noqa: F401  (its phrases)
from pipeline.errors import SourceUnavailableError
from pipeline.faults import FAULTS
from pipeline.labels import check_label, figure_label, subject_label
from pipeline.models import RejectedRow
from pipeline.sources.registry import SOURCES
from ysh.core.said import in_english, in_words, known_codes, say


def said_in(*folders: str) -> set[str]:
    texts = [path.read_text("utf-8") for folder in folders for path in Path(settings.BASE_DIR / folder).rglob("*.py")]
    return {code for text in texts for code in re.findall(r'\bsay\(\s*"(\w+)"', text)}


def test_every_code_has_its_words() -> None:
    used = said_in("pipeline", "aneel")
    assert len(used) > 50
    assert used <= known_codes()


def test_declared_checks_and_figures_have_names() -> None:
    checks = [check for source in SOURCES.values() for check in source.checks]
    metrics = [metric for source in SOURCES.values() for metric in source.metrics]
    assert [one.name for one in (*checks, *metrics) if not one.label] == []
    assert len({(check.name, str(check.label)) for check in checks}) == len({check.name for check in checks})
    assert check_label("power_is_positive") == "A potência instalada não é zero"
    assert check_label("one_of_old") == "one of old"
    assert figure_label("median_brl_per_kwh[00000000000191]", "CEMIG-D") == "Preço mediano (R$/kWh): CEMIG-D"
    assert (subject_label("step:lake"), subject_label("broker")) == ("Data lake", "Fila de tarefas")
    assert subject_label("supplier:fortlev") == "Lista de fortlev"


def test_codes_of_faults_have_names() -> None:
    """Those of the engine: lists of suppliers and models of Ollama have pages and words of their own."""
    raised = set()
    for folder in ("stages", "fetching", "portals", "sources", "workflows"):
        for path in (settings.BASE_DIR / "pipeline" / folder).rglob("*.py"):
            raised |= set(re.findall(r'code="(\w+)"', path.read_text("utf-8")))
    assert raised - set(FAULTS) == set()


def test_a_fault_is_told_in_everybodys_language() -> None:
    error = SourceUnavailableError(
        say("found_http", url="https://example.org/x", status="404", words="Not Found"), todo=say("todo_address"), code="http_404"
    )
    assert str(error) == "https://example.org/x answered HTTP 404 Not Found. Check the address."
    told = in_words(say("fault", code=error.code, detail=error.said))
    assert told == "A fonte recusa: https://example.org/x respondeu HTTP 404 Not Found. Confira o endereço."
    plain = SourceUnavailableError("Nothing.", todo="Wait.")
    assert (str(plain), plain.said) == ("Nothing. Wait.", "Nothing. Wait.")


def test_a_refused_row_says_why_in_the_reader_s_language() -> None:
    row = RejectedRow(reason="bad_date", message="x", words=say("row_value", column="Dia", expected=say("expect_day")))
    assert row.why == "Dia: esperava-se uma data AAAA-MM-DD, a partir de 1900."
    assert RejectedRow(reason="bad_date", message="as it was").why == "as it was"
    refused = say("reasons", counts={"bad_date": 1200, "of_old": 1})
    assert (in_words(refused), in_english(refused)) == ("não é uma data: 1.200, of old: 1", "no date: 1,200, of old: 1")
    assert in_words(say("percent", share=0.0251, digits=2)) == "2,51%"
