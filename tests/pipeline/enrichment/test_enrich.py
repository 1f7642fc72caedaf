"""Datasets described and written: what changed and nothing else, by a model that may fail in every way, never over a person's word."""

import io
import json
import socket
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from aneel.actions.datasets import correct_dataset, forget_corrections
from aneel.dataset_descriptions import keep_descriptions
from aneel.models import Dataset
from pipeline.enrichment import enrich, question, taxonomy
from pipeline.enrichment.enrich import enrich_datasets
from pipeline.models import IngestionRun
from pipeline.workflows.steps import enrichment as enrichment_step
from tests.factories.aneel import DatasetFactory
from tests.portal.ollama import description, serving

TITLE = "Tarifas de aplicação"


@pytest.fixture
def tariffs(db):
    return DatasetFactory(
        aneel_id="t", title=TITLE, description="Valores das tarifas por distribuidora.", keywords=[], category=None
    )


@pytest.fixture
def ollama(settings):
    with serving() as fake:
        settings.OLLAMA_URL, settings.OLLAMA_MODEL, settings.OLLAMA_TIMEOUT_SECONDS = fake.url, "tiny", 20
        yield fake


def row(aneel_id="t"):
    return Dataset.objects.get(aneel_id=aneel_id)


def run(*args):
    """`manage.py enrich --json`: exit code and its JSON object."""
    out = io.StringIO()
    code = 0
    try:
        call_command("enrich", "--json", *args, stdout=out)
    except SystemExit as ended:
        code = int(ended.code)
    return code, json.loads(out.getvalue())


# --- by rules


def test_by_rules_where_no_model_is_configured(tariffs):
    code, said = run()
    found = row()
    assert (code, said["described"], said["by_rules"], said["changed"], said["model"]) == (0, 1, 1, 1, "")
    assert (found.category, found.solar_relevance, found.summary) == ("tarifas", Decimal("0.80"), tariffs.description)
    assert (found.enriched_by, found.enriched_model, found.enrichment_version) == ("RULES", "", taxonomy.VERSION)
    assert found.extracted_keywords
    assert found.enriched_at is not None


def test_only_what_changed_is_described_again(tariffs, monkeypatch):
    DatasetFactory(aneel_id="u", title="Geração distribuída", description="", keywords=[])
    run()
    before = row("t").updated_at
    assert run()[1]["described"] == 0
    for column, value in (("title", "Leilões"), ("description", "Outra."), ("keywords", ["x"])):
        Dataset.objects.filter(aneel_id="u").update(**{column: value})
        assert run()[1]["described"] == 1, column
    assert row("u").category == "mercado"
    assert row("t").updated_at == before
    assert run("--all")[1] | {"faults": {}} == run("--all", "--rules")[1]
    monkeypatch.setattr(taxonomy, "VERSION", "rules-next")
    said = run()[1]
    assert (said["described"], said["changed"]) == (2, 0)


def test_a_text_that_changed_meanwhile_is_left_to_the_next_run(tariffs, monkeypatch):
    def write(found):
        Dataset.objects.update(title="Leilões")
        return keep_descriptions(found)

    monkeypatch.setattr(enrich, "keep_descriptions", write)
    assert enrich_datasets().changed == 0
    assert row().enriched_by is None


# --- by a model


def test_by_the_model_in_batches(tariffs, ollama, monkeypatch):
    monkeypatch.setattr(enrich, "BATCH", 2)
    for number in range(4):
        DatasetFactory(aneel_id=f"d{number}", title=f"Conjunto {number}", description="<b>Texto</b>", keywords=["a"])
    code, said = run()
    found = row()
    assert (code, said["by_model"], said["by_rules"], said["model"], len(ollama.asked)) == (0, 5, 0, "tiny", 3)
    assert (found.category, found.extracted_keywords, found.solar_relevance) == ("mercado", ["Termo", "outro"], Decimal("0.42"))
    assert found.summary == f"Resumo de {TITLE}."
    assert (found.enriched_by, found.enriched_model, found.enrichment_version) == ("MODEL", "tiny", question.VERSION)
    asked = ollama.asked[0]
    assert (asked["model"], asked["stream"], asked["options"]["temperature"]) == ("tiny", False, 0)
    listed = asked["format"]["properties"]["datasets"]
    assert (listed["minItems"], listed["maxItems"], listed["items"]["additionalProperties"]) == (2, 2, False)
    assert run()[1]["described"] == 0
    assert len(ollama.asked) == 3


def test_the_answers_order_does_not_matter(tariffs, ollama):
    DatasetFactory(aneel_id="u", title="Outro", description="", keywords=[])
    ollama.say = lambda asked: {"datasets": [description(item) for item in reversed(asked["datasets"])]}
    run()
    assert (row("t").summary, row("u").summary) == (f"Resumo de {TITLE}.", "Resumo de Outro.")


def one(**changed):
    return lambda asked: {"datasets": [description(item, **changed) for item in asked["datasets"]]}


def without_summary(asked):
    return {"datasets": [{k: v for k, v in description(item).items() if k != "summary"} for item in asked["datasets"]]}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 500}, "status"),
        ({"status": 404}, "status"),
        ({"status": 302}, "status"),
        ({"body": b"<html>"}, "not_ollama"),
        ({"body": b"[]"}, "not_ollama"),
        ({"body": b'{"error": "model \\"tiny\\" not found"}'}, "not_ollama"),
        ({"body": b"[" * 100_000}, "not_ollama"),
        ({"body": b" " * 1_100_000}, "too_large"),
        ({"envelope": {"done": False}}, "not_ollama"),
        ({"envelope": {"done_reason": "length"}}, "cut_off"),
        ({"say": lambda asked: "Claro! Aqui está:"}, "not_json"),
        ({"say": lambda asked: '{"datasets": ['}, "not_json"),
        ({"say": lambda asked: {"datasets": [], "note": ""}}, "schema"),
        ({"say": lambda asked: [description(item) for item in asked["datasets"]]}, "schema"),
        ({"say": without_summary}, "schema"),
        ({"say": one(extra=1)}, "schema"),
        ({"say": one(category="energia")}, "schema"),
        ({"say": one(category=["tarifas"])}, "schema"),
        ({"say": one(relevance=101)}, "schema"),
        ({"say": one(relevance=True)}, "schema"),
        ({"say": one(relevance="42")}, "schema"),
        ({"say": one(keywords=[])}, "schema"),
        ({"say": one(keywords=[1])}, "schema"),
        ({"say": one(summary=None)}, "schema"),
        ({"say": one(id="1")}, "schema"),
        ({"say": one(id=2)}, "ids"),
        ({"say": lambda asked: {"datasets": []}}, "ids"),
        ({"say": lambda asked: {"datasets": [description(asked["datasets"][0])] * 2}}, "ids"),
    ],
)
def test_whatever_the_model_does_the_rules_take_its_place(tariffs, ollama, fault, code):
    for name, value in fault.items():
        setattr(ollama, name, value)
    ended, said = run()
    assert (ended, said["faults"], said["by_model"], said["by_rules"]) == (3, {code: 1}, 0, 1)
    assert (row().category, row().enriched_by, row().enrichment_version) == ("tarifas", "RULES", taxonomy.VERSION)


@pytest.mark.parametrize("way", ["hangs", "drips"])
def test_a_model_that_does_not_come_to_an_end(tariffs, ollama, settings, way):
    settings.OLLAMA_TIMEOUT_SECONDS = 0.2
    setattr(ollama, way, True)
    assert run()[1]["faults"] == {"timeout": 1}
    assert row().enriched_by == "RULES"


def test_nobody_listens(tariffs, settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.OLLAMA_URL = f"http://127.0.0.1:{port}"
    assert run()[1]["faults"] == {"unreachable": 1}
    assert row().enriched_by == "RULES"


def test_a_fault_that_lasts_is_met_once_and_the_next_run_asks_again(tariffs, ollama, monkeypatch):
    monkeypatch.setattr(enrich, "BATCH", 1)
    DatasetFactory(aneel_id="u", title="Outro", description="", keywords=[])
    ollama.status = 404
    said = run()[1]
    assert (said["faults"], said["by_rules"], len(ollama.asked)) == ({"status": 1}, 2, 1)
    ollama.status = 200
    assert run()[1]["by_model"] == 2


def test_passing_faults_are_forgiven_up_to_three_in_a_row(tariffs, ollama, monkeypatch):
    monkeypatch.setattr(enrich, "BATCH", 1)
    for number in range(5):
        DatasetFactory(aneel_id=f"d{number}", title=f"Conjunto {number}", description="", keywords=[])
    ollama.say = lambda asked: "?"
    said = run()[1]
    assert (said["faults"], said["by_rules"], len(ollama.asked)) == ({"not_json": 3}, 6, 3)


def test_no_more_time_is_taken_than_there_is(tariffs, ollama):
    done = enrich_datasets(seconds=0)
    assert (done.faults, done.by_rules, ollama.asked) == ({"out_of_time": 1}, 1, [])


def test_what_the_model_said_of_the_same_text_outlives_its_faults(tariffs, ollama, settings, monkeypatch):
    run()
    monkeypatch.setattr(question, "VERSION", "prompt-next")
    ollama.status = 500
    said = run()[1]
    assert (said["left"], said["described"], row().enrichment_version) == (1, 0, "prompt-1")
    settings.OLLAMA_URL = ""
    assert run()[1]["described"] == 0
    Dataset.objects.update(title="Leilões")
    assert run()[1]["by_rules"] == 1
    assert row().category == "mercado"


def test_rules_can_be_asked_for(tariffs, ollama):
    run()
    code, said = run("--rules")
    assert (code, said["by_rules"], row().enriched_by) == (0, 1, "RULES")


# --- a person's word


def test_what_a_person_corrected_is_never_overwritten(tariffs, ollama):
    run("--rules")
    columns = correct_dataset(row(), values={"category": "regulacao", "summary": row().summary}, by="ana", reason="É norma")
    assert columns == ["category"]
    corrected = row().corrections["category"]
    assert (corrected["by"], corrected["reason"]) == ("ana", "É norma")
    Dataset.objects.update(title="Leilões")
    for arguments in ([], ["--all"], ["--all", "--rules"]):
        run(*arguments)
        assert row().category == "regulacao", arguments
    assert row().extracted_keywords != []
    forget_corrections(row(), by="ana", reason="")
    run("--rules")
    assert (row().category, row().corrections) == ("mercado", {})


def test_a_correction_is_checked(tariffs):
    with pytest.raises(ValidationError):
        correct_dataset(tariffs, values={"category": "energia"}, by="ana", reason="")
    with pytest.raises(ValidationError):
        correct_dataset(tariffs, values={"solar_relevance": Decimal("1.5")}, by="ana", reason="")
    with pytest.raises(KeyError, match="title"):
        correct_dataset(tariffs, values={"title": "x"}, by="ana", reason="")
    assert row().corrections == {}


# --- in workflows


def test_the_daily_step_describes_what_is_new(tariffs):
    daily = IngestionRun(workflow_name="daily_full_ingestion", execution_metadata={})
    assert enrichment_step(daily).status == "SUCCESS"
    assert enrichment_step(daily).status == "SKIPPED"


def test_the_hourly_step_waits_for_new_datasets(tariffs):
    hourly = IngestionRun(workflow_name="hourly_incremental", execution_metadata={})
    assert enrichment_step(hourly).status == "SKIPPED"
    assert row().enriched_by is None
    hourly.execution_metadata = {"plan": ["source:datasets"], "step:source:datasets": {"changed": 1}}
    assert enrichment_step(hourly).details["by_rules"] == 1
