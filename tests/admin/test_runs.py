"""The runs' pages: who may start, repeat and stop; what the live state says; what a download of refused rows holds."""

import csv
import io
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from pipeline.admin.rejects_csv import safe_cell
from pipeline.admin.words import STATUS_COLOURS
from pipeline.choices import RunStatus
from pipeline.labels import STAGE_LABELS
from pipeline.models import IngestionRun
from pipeline.remembered import note_stage
from tests.admin.conftest import text_of
from tests.conftest import PASSWORD
from tests.factories.pipeline import DataQualityCheckFactory, IngestionRunFactory, RejectedRowFactory, SourceFileFactory
from ysh.core.cache import structures

pytestmark = pytest.mark.django_db

LIST = reverse("admin:pipeline_ingestionrun_changelist")
START = reverse("admin:pipeline_start")
SOURCE = {"source": "generation_units"}
CONFIRMED = {"_form_submitted": "True"}


def page_of(run: IngestionRun) -> str:
    return reverse("admin:pipeline_ingestionrun_change", args=[run.pk])


def button(name: str, run: IngestionRun) -> str:
    return reverse(f"admin:pipeline_ingestionrun_{name}", args=[run.pk])


@pytest.fixture
def runner_client(viewer, viewer_client) -> Client:
    """Staff who may view and run."""
    viewer.user_permissions.add(Permission.objects.get(codename="run_ingestion"))
    return viewer_client


@pytest.fixture
def finished() -> IngestionRun:
    return IngestionRunFactory(status=RunStatus.FAILED, error_message="O arquivo é uma página HTML.")


# --- buttons


def test_run_now_makes_a_pending_run_and_shows_it(runner_client):
    response = runner_client.post(START, SOURCE)
    run = IngestionRun.objects.get()
    assert (run.status, run.source, run.triggered_by, run.trigger_type) == ("PENDING", "generation_units", "staff", "manual")
    assert (response.status_code, response["Location"]) == (302, page_of(run))


def test_run_now_from_the_list_asks_for_the_source_first(runner_client):
    address = reverse("admin:pipeline_ingestionrun_run_now")
    asked = runner_client.get(address)
    assert 'name="source"' in text_of(asked)
    assert not IngestionRun.objects.exists()

    answer = runner_client.post(address, CONFIRMED | SOURCE)
    assert answer["HX-Redirect"] == page_of(IngestionRun.objects.get())


def test_a_second_run_of_a_source_is_refused_in_words(runner_client):
    IngestionRunFactory(status=RunStatus.IN_PROGRESS)
    response = runner_client.post(START, SOURCE)
    assert response["Location"] == LIST
    assert "already has an active run" in str(next(iter(get_messages(response.wsgi_request))))
    assert IngestionRun.objects.count() == 1


def test_an_unknown_source_is_not_found(runner_client):
    assert runner_client.post(START, {"source": "nothing"}).status_code == 404
    assert not IngestionRun.objects.exists()


def test_retry_makes_a_new_run_and_keeps_the_old_one(runner_client, finished):
    answer = runner_client.post(button("retry", finished), CONFIRMED)
    new = IngestionRun.objects.exclude(pk=finished.pk).get()
    assert answer["HX-Redirect"] == page_of(new)
    assert (new.status, new.source) == ("PENDING", finished.source)
    finished.refresh_from_db()
    assert finished.status == RunStatus.FAILED


def test_cancel_ends_a_pending_run_and_asks_a_working_one(runner_client):
    pending = IngestionRunFactory(status=RunStatus.PENDING)
    runner_client.post(button("cancel", pending), CONFIRMED)
    pending.refresh_from_db()
    assert pending.status == RunStatus.CANCELLED

    working = IngestionRunFactory(status=RunStatus.IN_PROGRESS)
    runner_client.post(button("cancel", working), CONFIRMED)
    working.refresh_from_db()
    assert working.status == RunStatus.IN_PROGRESS
    assert working.execution_metadata["cancel_requested"] is True


@pytest.mark.parametrize("name", ["retry", "cancel"])
def test_buttons_do_nothing_on_get(runner_client, finished, name):
    run = finished if name == "retry" else IngestionRunFactory(status=RunStatus.IN_PROGRESS)
    assert runner_client.get(button(name, run)).status_code == 200
    assert IngestionRun.objects.count() == (1 if name == "retry" else 2)
    run.refresh_from_db()
    assert "cancel_requested" not in run.execution_metadata


def test_starting_is_by_post_only(runner_client):
    assert runner_client.get(START, SOURCE).status_code == 405


def test_staff_without_the_permission_can_run_nothing(viewer_client, finished):
    assert viewer_client.post(START, SOURCE).status_code == 403
    assert viewer_client.post(reverse("admin:pipeline_ingestionrun_run_now"), CONFIRMED | SOURCE).status_code == 403
    assert viewer_client.post(button("retry", finished), CONFIRMED).status_code == 403
    assert viewer_client.post(button("cancel", finished), CONFIRMED).status_code == 403
    assert IngestionRun.objects.count() == 1
    for address in (LIST, page_of(finished), reverse("admin:index")):
        assert "Executar agora" not in text_of(viewer_client.get(address))
        assert "Tentar novamente" not in text_of(viewer_client.get(address))


def test_every_write_needs_the_token(superuser, finished):
    client = Client(enforce_csrf_checks=True)
    client.login(username="admin", password=PASSWORD)
    for address, data in ((START, SOURCE), (button("retry", finished), CONFIRMED), (button("cancel", finished), CONFIRMED)):
        assert client.post(address, data).status_code == 403
    assert IngestionRun.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("FAILED", {"retry"}),
        ("ERRORED", {"retry"}),
        ("CANCELLED", {"retry"}),
        ("SUCCESS", set()),
        ("PENDING", {"cancel"}),
        ("IN_PROGRESS", {"cancel"}),
    ],
)
def test_only_the_buttons_that_make_sense_are_shown(runner_client, status, shown):
    run = IngestionRunFactory(status=status)
    page = text_of(runner_client.get(page_of(run)))
    assert {name for name in ("retry", "cancel") if button(name, run) in page} == shown


# --- live state


def progress(client: Client, run: IngestionRun):
    return client.get(reverse("admin:pipeline_progress", args=[run.pk]))


def test_the_live_state_of_a_working_run(viewer_client):
    run = IngestionRunFactory(
        status=RunStatus.IN_PROGRESS,
        stage="merge",
        execution_metadata={
            "stages": [{"name": "fetch", "seconds": 4.25}, {"name": "merge"}],
            "progress": {"rows": 1_830_000, "bytes": 43_000_000, "total_bytes": 110_911_614},
        },
    )
    state = progress(viewer_client, run).json()
    assert (state["active"], state["percent"], state["status"]) == (True, 38, "IN_PROGRESS")
    assert state["detail"].replace("\u00a0", " ") == "1.830.000 linhas lidas · 41,0 MB de 105,8 MB"
    assert [(stage["name"], stage["state"]) for stage in state["stages"]] == [("fetch", "done"), ("merge", "current")]
    assert state["stages"][1]["label"] == "Gravação"


def test_what_happened_last_is_shown_as_the_stream_has_it(viewer_client):
    """Of a workflow also what its sources do; of a run that has ended nothing: its page says more."""
    run = IngestionRunFactory(source="workflow:daily_full_ingestion", status=RunStatus.IN_PROGRESS)
    child, said = str(uuid4()), {"source": "tariffs", "parent": run.run_id}
    note_stage(str(run.run_id), run.source, "source:tariffs")
    note_stage(child, "tariffs", "compare", parent=run.run_id)
    structures.note_event(said | {"event": "checks", "run_id": child, "checked": 5, "failed": ""})
    structures.note_event(said | {"event": "checks", "run_id": child, "checked": 5, "failed": "tariff_below_limit"})
    structures.note_event(said | {"event": "ended", "run_id": child, "status": "SUCCESS", "inserted": 1200, "removed": 0})
    assert [event["text"] for event in progress(viewer_client, run).json()["events"]] == [
        "Tarifas homologadas · Sucesso: 1.200 inseridas",
        "Tarifas homologadas · verificações reprovadas: A tarifa está abaixo do limite",
        "Tarifas homologadas · 5 verificações aprovadas",
        "Tarifas homologadas · Comparação",
        "Tarifas homologadas",
    ]
    run.status, run.ended_at = RunStatus.SUCCESS, run.heartbeat_at
    run.save()
    assert progress(viewer_client, run).json()["events"] == []


@pytest.mark.parametrize(
    "metadata", [{}, {"progress": {}}, {"progress": {"bytes": 5, "total_bytes": 0}}, {"progress": {"bytes": "x"}}]
)
def test_progress_is_unknown_rather_than_invented(viewer_client, metadata):
    run = IngestionRunFactory(status=RunStatus.IN_PROGRESS, execution_metadata=metadata)
    assert progress(viewer_client, run).json()["percent"] is None


def test_a_finished_run_says_so(viewer_client, finished):
    state = progress(viewer_client, finished).json()
    assert (state["active"], state["percent"], state["counts"]["fetched"]) == (False, 100, "1.000")


def test_the_live_state_is_for_those_who_may_see_runs(staff_client, finished):
    assert progress(staff_client, finished).status_code == 403
    assert progress(Client(), finished).status_code == 302


def test_every_stage_of_the_engine_has_a_name_for_people(settings):
    import re

    used = set()
    for path in (settings.BASE_DIR / "pipeline").rglob("*.py"):
        used |= set(re.findall(r'run\.stage\(\s*"([^"]+)"', path.read_text("utf-8")))
    assert used
    assert used <= set(STAGE_LABELS)
    assert set(STATUS_COLOURS) == set(RunStatus.values)


# --- page


def test_the_page_shows_what_belongs_to_the_run(superuser_client, finished):
    DataQualityCheckFactory(run_id=finished.run_id, check_name="one_of_this_run")
    DataQualityCheckFactory(run_id=uuid4(), check_name="one_of_another_run")
    SourceFileFactory(run_id=finished.run_id, url="https://example.org/esta-execucao.zip")
    SourceFileFactory(run_id=uuid4(), url="https://example.org/outra.zip")
    RejectedRowFactory(run_id=finished.run_id, line=4711, message="Data impossível")
    page = text_of(superuser_client.get(page_of(finished)))
    for shown in ("O arquivo é uma página HTML.", "one of this run", "esta-execucao.zip", "4.711", "Data impossível"):
        assert shown in page
    for hidden in ("one of another run", "outra.zip"):
        assert hidden not in page


def test_a_run_is_found_by_its_uuid(viewer_client, finished):
    response = viewer_client.get(reverse("admin:pipeline_run", args=[finished.run_id]))
    assert response["Location"] == page_of(finished)
    gone = viewer_client.get(reverse("admin:pipeline_run", args=[UUID(int=7)]))
    assert gone["Location"] == LIST


# --- refused rows


@pytest.fixture
def refused() -> IngestionRun:
    run = IngestionRunFactory(status=RunStatus.PARTIAL, rows_rejected=2)
    RejectedRowFactory(
        run_id=run.run_id, line=3, value="=cmd|' /C calc'!A0", reason="bad_name", message="Não é um nome; é isto", raw="@SUM(1)"
    )
    RejectedRowFactory(run_id=run.run_id, line=2, value="-3,50", raw='"a";"b"\n"c"')
    RejectedRowFactory(run_id=uuid4(), line=1)
    return run


def download(client: Client, run: IngestionRun):
    response = client.get(reverse("admin:pipeline_rejects", args=[run.pk]))
    text = b"".join(response.streaming_content).decode("utf-8")
    return response, text, list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_all_refused_rows_as_a_file_for_excel(superuser_client, refused):
    response, text, rows = download(superuser_client, refused)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="rejeitadas-generation_units-')
    assert text.startswith("\ufeff")
    assert rows == [
        ["linha", "coluna", "motivo", "mensagem", "valor", "linha como publicada"],
        ["2", "MdaPotenciaInstaladaKW", "bad_number", "A number was expected.", "'-3,50", '"a";"b"\n"c"'],
        ["3", "MdaPotenciaInstaladaKW", "bad_name", "Não é um nome; é isto", "'=cmd|' /C calc'!A0", "'@SUM(1)"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_like_a_formula(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "abc", "1,5", " =1", "a=b"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


def test_without_the_permission_the_file_and_the_lists_hold_no_published_values(viewer_client, refused):
    _response, text, rows = download(viewer_client, refused)
    assert rows[0] == ["linha", "coluna", "motivo", "mensagem"]
    lists = text_of(viewer_client.get(reverse("admin:pipeline_rejectedrow_changelist"))) + text_of(
        viewer_client.get(page_of(refused))
    )
    for secret in ("calc", "-3,50", "@SUM"):
        assert secret not in text + lists


def test_refused_rows_are_not_for_everyone(staff_client, refused):
    assert staff_client.get(reverse("admin:pipeline_rejects", args=[refused.pk])).status_code == 403


def test_refused_rows_cannot_be_guessed_through_the_address_line(superuser_client, refused):
    address = reverse("admin:pipeline_rejectedrow_changelist")
    assert superuser_client.get(address, {"value__startswith": "="}).status_code == 400
    assert superuser_client.get(address, {"run_id": str(refused.run_id)}).status_code == 200


def test_suppliers_lists_are_found_together_and_named(runner_client):
    IngestionRunFactory(source="supplier:fortlev", status=RunStatus.SUCCESS)
    IngestionRunFactory(source="tariffs", status=RunStatus.SUCCESS)
    listed = runner_client.get(LIST, {"source": "supplier:"})
    assert [run.source for run in listed.context["cl"].result_list] == ["supplier:fortlev"]
    assert "Lista de fortlev" in text_of(listed)
