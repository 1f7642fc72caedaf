"""Portuguese first, whatever the browser prefers; English when a person asks for it. Dates and numbers follow."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from tests.admin.conftest import text_of
from tests.factories.aneel import DistributorFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory
from ysh.core.admin import brl, data_size, duration, json_block, moment, number, since

HOME = reverse("admin:index")
AMERICAN = {"HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.9"}


@pytest.mark.django_db
def test_the_admin_is_portuguese_for_an_english_browser(superuser_client):
    page = superuser_client.get(HOME, **AMERICAN)
    assert page["Content-Language"] == "pt-br"
    assert 'lang="pt-br"' in text_of(page)


@pytest.mark.django_db
def test_a_person_may_choose_english_and_go_back(superuser_client):
    for code, word in (("en", "Last runs"), ("pt-br", "Últimas execuções")):
        superuser_client.post(reverse("admin:set_language"), {"language": code, "next": HOME})
        IngestionRunFactory()
        assert word in text_of(superuser_client.get(HOME, **AMERICAN))


@pytest.mark.django_db
def test_a_language_we_do_not_speak_is_ignored(superuser_client, settings):
    superuser_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../etc"
    assert superuser_client.get(HOME)["Content-Language"] == "pt-br"


@pytest.mark.django_db
def test_lists_write_money_numbers_and_dates_as_brazil_does(superuser_client):
    TariffFactory(distributor=DistributorFactory(), tusd_value=Decimal("1412.3"))
    page = text_of(superuser_client.get(reverse("admin:aneel_tariff_changelist")))
    assert "1.412,30 R$/MWh" in page
    assert "04/07/2026 – 03/07/2027" in page


def plain(text: object) -> str:
    return str(text).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (lambda: number(1234567), "1.234.567"),
        (lambda: number(Decimal("5.500")), "5,5"),
        (lambda: number(Decimal("500")), "500"),
        (lambda: number(Decimal("1234.5"), 2, "kW"), "1.234,50 kW"),
        (lambda: number(None, 2, "kW"), "–"),
        (lambda: number(0.1 + 0.2, 2), "0,30"),
        (lambda: brl(Decimal("1234.56")), "R$ 1.234,56"),
        (lambda: brl(Decimal("-0.5")), "R$ -0,50"),
        (lambda: brl(None), "–"),
        (lambda: duration(None), "–"),
        (lambda: duration(0.84), "0,8 s"),
        (lambda: duration(59.4), "59 s"),
        (lambda: duration(61), "1 min 01 s"),
        (lambda: duration(7500), "2 h 05 min"),
        (lambda: duration(3 * 86400), "3 dias"),
        (lambda: data_size(110911614), "105,8 MB"),
        (lambda: moment(datetime(2026, 11, 23, 2, 0, 7, tzinfo=UTC)), "22/11/2026 23:00:07"),
        (lambda: moment(None), "–"),
        (lambda: since(datetime(2026, 1, 1, tzinfo=UTC), now=datetime(2026, 1, 1, 3, 20, tzinfo=UTC)), "há 3 horas"),
        (lambda: since(datetime(2026, 1, 1, tzinfo=UTC), now=datetime(2026, 1, 1, 0, 0, 20, tzinfo=UTC)), "agora mesmo"),
        (lambda: json_block({}), "–"),
    ],
)
def test_formats_in_portuguese(shown, expected):
    with translation.override("pt-br"):
        assert plain(shown()) == expected


def test_formats_in_english():
    with translation.override("en"):
        assert (number(1234567), plain(brl(Decimal("1234.56")))) == ("1,234,567", "R$ 1,234.56")
        assert plain(moment(datetime(2026, 11, 23, 2, 0, 7, tzinfo=UTC))) == "2026-11-22 23:00:07"


def test_json_is_shown_with_its_accents_and_without_its_markup():
    shown = str(json_block({"nome": "São <b>"}))
    assert "São" in shown
    assert "<b>" not in shown
