"""Estimates of stored kits, tables of irradiation loaded from files, and the commands."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from products.actions.estimates import kit_summary
from products.actions.load_sites import SiteFileError, load_sites
from products.models import SiteConditions
from products.rules.savings import Tariff
from products.rules_table import page
from tests.factories.products import SiteConditionsFactory, SolarKitFactory
from tests.products.actions.test_checks import a_kit

pytestmark = pytest.mark.django_db

MONTHS = "JAN;FEB;MAR;APR;MAY;JUN;JUL;AUG;SEP;OCT;NOV;DEC"


def load(text: str, **options: object):
    return load_sites(text.encode(), **{"source": "teste", "licence": "", "uncertainty_percent": Decimal(10), **options})


def test_a_summary_says_what_it_lacks():
    summary = kit_summary(SolarKitFactory(kit_cost=None))
    assert summary.missing == ("price", "tariff", "consumption")
    assert (summary.place, summary.payback, summary.price_brl) == ("BR", None, None)
    assert round(summary.generation.year) == 8845


def test_a_summary_at_a_place():
    SiteConditionsFactory(code="SC")
    kit = SolarKitFactory(regional_adjustments={"SC": 10})
    tariff = Tariff(Decimal("0.30"), Decimal("0.38"), Decimal("0.22"))
    summary = kit_summary(kit, state="SC", consumption_kwh_month=Decimal(500), tariff=tariff)
    assert (summary.place, summary.price_brl, summary.missing) == ("SC", Decimal("9790.00"), ())
    assert summary.generation.irradiation.source == "arquivo próprio"
    assert summary.coverage_percent == pytest.approx(6.1 * 4.5 * 365 * 0.8 / 12 / 500 * 100)
    assert summary.payback.best_years <= summary.payback.worst_years
    assert (summary.co2_factor_year, round(summary.co2_kg_year)) == (2023, 309)


def test_a_table_by_municipality_makes_states():
    lines = [
        f"ID;NAME;STATE;{MONTHS}",
        "1;Blumenau;SANTA CATARINA;" + ";".join(["4000"] * 12),
        "2;Lages;Santa Catarina;" + ";".join(["5000"] * 12),
    ]
    lines += ["3;Nowhere;ATLANTIS;" + ";".join(["5000"] * 12), "4;Itajaí;SANTA CATARINA;" + ";".join(["4000"] * 11) + ";"]
    loaded = load("\n".join(lines))
    assert (loaded.written, [line for line, _ in loaded.rejected]) == (1, [4, 5])
    row = SiteConditions.objects.get(code="SC")
    assert row.irradiation_kwh_m2_day == [Decimal("4.500")] * 12
    assert (row.irradiation_source, row.uncertainty_percent) == ("teste", 10)


def test_a_table_by_code_with_temperatures():
    loaded = load("code,name,min_ambient_c,max_cell_c\n4205407,Florianópolis,-1.5,66\nBR,Brasil,0,70\nXX,,1,2\nSP,,x,70\n")
    assert (loaded.written, len(loaded.rejected)) == (2, 2)
    assert SiteConditions.objects.get(code="4205407").min_ambient_c == Decimal("-1.50")


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n"])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(SiteFileError, match="Expected a column"):
        load(text)


def test_the_loading_command(tmp_path):
    file = tmp_path / "places.csv"
    file.write_text(f"code;{MONTHS}\nSP;" + ";".join(["5,1"] * 12))
    told = StringIO()
    call_command("load_site_conditions", str(file), "--source", "INMET", "--json", stdout=told)
    assert json.loads(told.getvalue()) == {"written": 1, "rejected": 0}


def test_check_kits_tells_one_json_object(capsys):
    kit, other = a_kit(modules=14), a_kit()
    told = StringIO()
    call_command("check_kits", "--kit", kit.kit_id, other.kit_id, "--json", stdout=told)
    answer = json.loads(told.getvalue())
    assert (answer["checked"], sum(answer["by_state"].values())) == (2, 2)
    first = answer["kits"][0]
    assert (first["kit_id"], first["state"]) == (kit.kit_id, "FAIL")
    cold = next(finding for finding in first["findings"] if finding["rule_id"] == "R01")
    assert (cold["outcome"], cold["limit"], cold["unit"]) == ("FAIL", 600.0, "V")
    assert cold["fix"]
    assert cold["inputs"]["voc_v"]["product"]
    assert "kits checked" in capsys.readouterr().err


def test_check_kits_refuses_a_kit_it_does_not_know():
    with pytest.raises(CommandError, match="nenhum-kit") as refusal:
        call_command("check_kits", "--kit", "nenhum-kit")
    assert refusal.value.returncode == 2


def test_the_page_about_the_rules_is_current():
    assert (settings.BASE_DIR / "docs" / "kit-rules.md").read_text(encoding="utf-8") == page(), "run manage.py kit_rules --write"
