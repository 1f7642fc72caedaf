"""Every code that is said has its words, every check, figure and fault its name."""

import re
from pathlib import Path

from django.conf import settings

import aneel.dataset_quality  # noqa: F401  (its phrases)
from pipeline.faults import FAULTS
from pipeline.labels import check_label, figure_label, subject_label
from pipeline.sources.registry import SOURCES
from ysh.core.said import known_codes


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
