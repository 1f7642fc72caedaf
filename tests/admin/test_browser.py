"""The admin in a real browser: signing in, the home page, the lists, a run that is watched while it works.

Every page is watched for two things besides what it shows: no request leaves this machine, and the console has no error.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from pipeline.choices import RunStatus
from pipeline.models import IngestionRun
from tests.conftest import PASSWORD
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory, MunicipalityFactory
from tests.factories.pipeline import IngestionRunFactory, RejectedRowFactory

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = (1440, 900), (390, 844)
LOCAL = {"localhost", "127.0.0.1"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]


class Watched:
    """A page, the addresses it asked for and the errors it wrote."""

    def __init__(self, page: Any, root: str) -> None:
        self.page, self.root = page, root
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, name: str, *args: Any, query: str = "") -> None:
        self.page.goto(self.root + reverse(f"admin:{name}", args=args) + query)

    def sign_in(self) -> None:
        self.open("login")
        self.page.get_by_label("Usuário").fill("admin")
        self.page.get_by_label("Senha").fill(PASSWORD)
        self.page.get_by_role("button", name="Acessar").click()
        self.page.wait_for_url(self.root + reverse("admin:index"))

    def assert_clean(self) -> None:
        remote = [
            url
            for url in self.requests
            if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname not in LOCAL
        ]
        assert remote == []
        assert self.errors == []

    def assert_fits(self) -> None:
        """Nothing makes the page, once it is whole, scroll sideways."""
        self.page.wait_for_load_state()
        too_wide = self.page.evaluate(
            "document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll('body *')]"
            ".filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 160))"
        )
        assert too_wide == [], self.page.url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own event loop runs in this thread, and Django takes that for an async view.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, live_server: Any, superuser: Any) -> Iterator[Callable[..., Watched]]:
    """Opens a browser of its own, signed in; checked and closed at the end."""
    opened: list[tuple[Watched, Any]] = []

    def start(size: tuple[int, int] = DESKTOP, scheme: str = "light") -> Watched:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, timezone_id="America/Sao_Paulo", locale="en-US"
        )
        watched = Watched(context.new_page(), live_server.url)
        opened.append((watched, context))
        watched.sign_in()
        return watched

    yield start
    for watched, context in opened:
        watched.page.wait_for_load_state("networkidle")
        watched.assert_clean()
        context.close()


def a_unit() -> Any:
    return GenerationUnitFactory(
        unit_id="GD.SP.001.234.567",
        distributor=DistributorFactory(sigla="CPFL"),
        municipality=MunicipalityFactory(name="Campinas", state="BR-SP"),
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_open_and_fit_on_every_screen(visit, size, scheme):
    unit = a_unit()
    run = IngestionRunFactory(
        status=RunStatus.PARTIAL, rows_rejected=1, execution_metadata={"source_url": "https://example.org/" + "x" * 200}
    )
    RejectedRowFactory(run_id=run.run_id, raw="y" * 500)
    browser = visit(size, scheme)
    browser.assert_fits()
    for name, args in (
        ("aneel_generationunit_changelist", ()),
        ("aneel_generationunit_change", (unit.pk,)),
        ("pipeline_ingestionrun_changelist", ()),
        ("pipeline_ingestionrun_change", (run.pk,)),
        ("pipeline_rejectedrow_changelist", ()),
        ("audit_changelogentry_changelist", ()),
        ("django_celery_beat_periodictask_changelist", ()),
        ("auth_user_changelist", ()),
        ("password_change", ()),
    ):
        browser.open(name, *args)
        browser.assert_fits()


def test_the_home_page_shows_sources_runs_and_services(visit):
    IngestionRunFactory()
    page = visit().page
    page.get_by_text("Unidades de geração distribuída").first.wait_for()
    page.get_by_text("Última carga boa").first.wait_for()
    page.get_by_text("PostgreSQL").wait_for()
    assert re.search(r"\d+\s*ms", page.get_by_text("PostgreSQL").locator("xpath=..").inner_text())


def test_the_unit_list_is_searched_filtered_and_opened(visit):
    a_unit()
    GenerationUnitFactory(
        unit_id="GD.MG.000.000.001", state="BR-MG", municipality=MunicipalityFactory(name="Betim", state="BR-MG")
    )
    browser = visit()
    page = browser.page
    browser.open("aneel_generationunit_changelist")
    assert page.locator("#result_list .data-row").count() == 2

    page.locator("#searchbar").fill("campinas")
    page.locator("#searchbar").press("Enter")
    page.wait_for_url(re.compile("q=campinas"))
    assert page.locator("#result_list .data-row").count() == 1

    browser.open("aneel_generationunit_changelist")
    page.get_by_text("Filtros").first.click()
    page.locator("#changelist-filter .select2-selection").nth(1).click()
    page.locator(".select2-search__field").fill("beti")
    page.locator(".select2-results__option", has_text="Betim (MG)").click()
    page.get_by_role("button", name="Aplicar filtros").click()
    page.wait_for_url(re.compile("municipality__ibge_code__exact="))
    page.get_by_role("link", name="GD.MG.000.000.001").click()
    page.get_by_text("Betim (MG)").first.wait_for()


def test_a_run_is_watched_until_it_ends_and_no_longer(visit):
    run = IngestionRunFactory(
        status=RunStatus.IN_PROGRESS,
        stage="convert and copy",
        execution_metadata={
            "stages": [{"name": "fetch", "seconds": 1.5}, {"name": "convert and copy"}],
            "progress": {"rows": 1000, "bytes": 10, "total_bytes": 100},
        },
    )
    browser = visit()
    page = browser.page
    browser.open("pipeline_ingestionrun_change", run.pk)
    bar = page.get_by_role("progressbar")
    page.get_by_text("1.000 linhas lidas").wait_for()
    assert bar.get_attribute("aria-valuenow") == "10"

    IngestionRun.objects.filter(pk=run.pk).update(
        stage="merge",
        execution_metadata={
            "stages": [{"name": "fetch", "seconds": 1.5}, {"name": "convert and copy", "seconds": 9.0}, {"name": "merge"}],
            "progress": {"rows": 2500, "bytes": 75, "total_bytes": 100},
        },
    )
    page.get_by_text("2.500 linhas lidas").wait_for()
    assert bar.get_attribute("aria-valuenow") == "75"
    page.locator("li", has_text="Gravação").wait_for()

    IngestionRun.objects.filter(pk=run.pk).update(
        status=RunStatus.SUCCESS, stage="", ended_at=datetime.now(UTC), rows_fetched=2500, rows_inserted=2400
    )
    bar.wait_for(state="detached")
    page.get_by_text("2.400").wait_for()
    page.get_by_text("Sucesso").first.wait_for()

    asked = [url for url in browser.requests if url.endswith("/progress/")]
    page.wait_for_timeout(2500)
    assert len(asked) >= 3
    assert [url for url in browser.requests if url.endswith("/progress/")] == asked


def test_run_now_and_cancel_are_confirmed_in_a_dialog(visit):
    browser = visit()
    page = browser.page
    browser.open("pipeline_ingestionrun_changelist")
    page.get_by_text("Executar agora").first.click()
    page.locator("#dialog").get_by_role("button", name="Executar agora").click()
    page.wait_for_url(re.compile(r"/change/$"))
    run = IngestionRun.objects.get()
    assert run.triggered_by == "admin"

    IngestionRun.objects.filter(pk=run.pk, status=RunStatus.PENDING).update(status=RunStatus.IN_PROGRESS)
    page.reload()
    page.get_by_text("Cancelar").first.click()
    page.get_by_role("button", name="Sim, cancelar a execução").click()
    page.get_by_text("Foi pedido que a execução pare.").wait_for()
    run.refresh_from_db()
    assert run.execution_metadata["cancel_requested"] is True


def test_the_language_is_switched_and_kept(visit):
    page = visit().page
    page.get_by_text("admin@example.org").click()
    page.get_by_role("button", name="English").click()
    page.get_by_text("Last runs").wait_for()
    page.reload()
    page.get_by_text("Last runs").wait_for()
