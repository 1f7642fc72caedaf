"""Values from .PAN and .OND files and the CEC tables; INMETRO proposals; prices side by side."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from products.admin.price_history import band_text, chart
from products.datasheets import MAX_BYTES, DocumentError, cec_document, read_document, search_cec
from products.models import Product
from products.price_panel import price_panel
from products.provenance import origin_of
from products.registrations import RegistrationRefusedError, confirm_registration, propose_products, propose_registrations
from products.rules.families import violations
from tests.factories.aneel import CertificationFactory
from tests.factories.products import (
    PANEL,
    InverterFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)

PAN = b"""PVObject_=pvModule
  Version=7.2
  Flags=$00900243
  PVObject_Commercial=pvCommercial
    Manufacturer=Fabricante
    Model=FV-610
    Width=1.134
    Height=2.382
    Depth=0.030
    Weight=32.50
  End of PVObject pvCommercial
  Technol=mtSiMono
  NCelS=132
  PNom=610.0
  Voc=48.20
  Vmp=40.40
  Isc=15.900
  Imp=15.100
  muISC=7.16
  muVocSpec=-120.5
  muPmpReq=-0.290
  VMaxIEC=1500
  BifacialityFactor=0.800
End of PVObject pvModule
"""
OND = b"""PVObject_=pvGInverter
  Version=7.2
  Converter=TConverter
    PNomConv=5.000
    PMaxDC=7.500
    VOutConv=220
    VMppMin=80
    VMPPMax=550
    VAbsMax=600
    IMaxDC=27.0
    MonoTri=Mono
  End of TConverter
  NbInputs=4
  NbMPPT=2
End of PVObject pvGInverter
"""


# --- documents (no database)
def test_a_module_file_speaks_the_familys_units():
    document = read_document(PAN, "fv610.pan")
    assert (document.category, document.source, document.name) == ("paineis", "PAN_FILE", "fv610.pan")
    assert document.values == {
        "power_wp": 610,
        "voc_v": 48.2,
        "vmp_v": 40.4,
        "isc_a": 15.9,
        "imp_a": 15.1,
        "temp_coeff_voc_pct_per_c": -0.25,
        "temp_coeff_isc_pct_per_c": 0.045,
        "temp_coeff_pmax_pct_per_c": -0.29,
        "max_system_voltage_v": 1500,
        "cell_count": 132,
        "length_mm": 2382,
        "width_mm": 1134,
        "thickness_mm": 30,
        "weight_kg": 32.5,
        "efficiency_percent": 22.5827,
        "bifacial": True,
        "bifaciality_percent": 80,
    }
    assert violations("paineis", document.values) == []


def test_an_inverter_file_says_what_it_says_and_no_more():
    document = read_document(OND, "inv.ond")
    assert document.values == {
        "ac_power_kw": 5,
        "ac_voltage_v": 220,
        "phases": 1,
        "max_dc_power_kw": 7.5,
        "max_dc_voltage_v": 600,
        "mppt_min_v": 80,
        "mppt_max_v": 550,
        "mppt_count": 2,
        "inputs_per_mppt": 2,
    }
    assert violations("inversores", document.values) == []


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"PVObject_=pvSite\n  Latitude=1\nEnd of PVObject pvSite\n", b"x" * (MAX_BYTES + 1)]
)
def test_other_files_are_refused(content):
    with pytest.raises(DocumentError):
        read_document(content, "x.pan")


def test_without_pvlib_the_page_says_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pvlib.iotools", None)
    with pytest.raises(DocumentError, match="pip install pvlib"):
        read_document(PAN, "x.pan")


def test_the_cec_table_is_searched_by_all_words():
    found = search_cec("paineis", "a10green a10j-s72 175")
    assert found == ["A10Green Technology A10J-S72-175"]
    values = cec_document("paineis", found[0]).values
    assert (values["power_wp"], values["voc_v"], values["cell_count"]) == (175.0914, 43.99, 72)
    assert values["temp_coeff_voc_pct_per_c"] == pytest.approx(-0.3616)
    assert search_cec("paineis", "   ") == []
    assert len(search_cec("inversores", "abb")) == 25
    assert cec_document("inversores", "ABB: MICRO-0.25-I-OUTD-US-208 [208V]").values["ac_power_kw"] == 0.25


@pytest.mark.parametrize(("category", "name"), [("paineis", "none such"), ("cabos", "x")])
def test_a_row_that_is_not_there_is_refused(category, name):
    with pytest.raises(DocumentError):
        cec_document(category, name)


pytestmark = pytest.mark.django_db


def address(product, page="document"):
    return reverse(f"admin:products_product_{page}", args=[product.pk])


def test_a_file_fills_a_product_with_what_is_ticked(superuser_client):
    product = ProductFactory(specifications={"power_wp": 600})
    page = superuser_client.post(address(product), {"file": SimpleUploadedFile("fv610.pan", PAN)})
    lines = {line["name"]: line for line in page.context["lines"]}
    assert (lines["power_wp"]["before"], lines["power_wp"]["ticked"], lines["voc_v"]["ticked"]) == (
        "600 Wp".replace(" ", "\u00a0"),
        False,
        True,
    )
    product.refresh_from_db()
    assert product.specifications == {"power_wp": 600}

    superuser_client.post(address(product), {"take": page.context["signed"], "names": ["voc_v", "isc_a"]})
    product.refresh_from_db()
    assert product.specifications == {"power_wp": 600, "voc_v": 48.2, "isc_a": 15.9}
    assert origin_of(product.specification_sources, "voc_v").document == "fv610.pan"


def test_a_forged_or_strange_proposal_is_refused(superuser_client):
    product, other = ProductFactory(specifications={}), ProductFactory(specifications={})
    signed = superuser_client.post(address(other), {"file": SimpleUploadedFile("a.pan", PAN)}).context["signed"]
    for take in ("x", signed):
        superuser_client.post(address(product), {"take": take, "names": ["voc_v"]})
    product.refresh_from_db()
    assert product.specifications == {}


def test_a_file_of_another_category_is_refused(superuser_client):
    page = superuser_client.post(address(ProductFactory()), {"file": SimpleUploadedFile("a.ond", OND)})
    assert page.context["document"] is None
    assert "outra categoria" in page.content.decode()


def test_filling_needs_the_right_to_change(staff_client):
    product = ProductFactory()
    assert staff_client.get(address(product)).status_code == 403
    assert staff_client.post(address(product), {"file": SimpleUploadedFile("a.pan", PAN)}).status_code == 403


# --- registrations
@pytest.fixture
def dah():
    return ProductFactory(model="DHM-72X10-610W", brand="DAH", manufacturer=ManufacturerFactory(name="DAH Solar"))


def certificate(model, **options):
    values = {
        "manufacturer": "DAH SOLAR CO",
        "brand": "DAH",
        "power_rating_w": 610,
        "certificate_type": "INMETRO",
        "status": "ACTIVE",
    }
    return CertificationFactory(model=model, **(values | options))


def test_registrations_are_proposed_by_likeness_and_none_is_linked(dah, django_assert_max_num_queries):
    right = certificate("DHM72X10-610W", certificate_number="001/2024")
    weaker = certificate("DHM-72X10-550W", power_rating_w=550, certificate_number="002/2024")
    certificate("MIN5000TL-X", manufacturer="GROWATT", brand="GROWATT", certificate_number="003/2024")
    with django_assert_max_num_queries(2):
        proposals = propose_registrations(dah)
    assert [proposal.certification for proposal in proposals][:2] == [right, weaker]
    assert proposals[0].score > 90 > proposals[1].score
    dah.refresh_from_db()
    assert dah.certification is None


def test_the_number_the_supplier_states_counts(dah):
    stated = certificate("OUTRO NOME", manufacturer="DAH SOLAR", certificate_number="777/2024", power_rating_w=None)
    Product.objects.filter(pk=dah.pk).update(inmetro_certificate_number="777/2024")
    dah.refresh_from_db()
    proposal = propose_registrations(dah)[0]
    assert proposal.certification == stated
    assert len(proposal.reasons) == 3


def test_a_registration_shows_the_products_that_may_be_of_it(dah, superuser_client, django_assert_max_num_queries):
    right = certificate("DHM72X10-610W", certificate_number="001/2024")
    linked = ProductFactory(model="OUTRO", certification=right)
    stated = ProductFactory(model="DHM72X10-610W BF", brand="DAH", inmetro_certificate_number="001/2024")
    ProductFactory(model="MIN5000TL-X", brand="GROWATT")
    with django_assert_max_num_queries(3):
        candidates = propose_products(right)
    assert candidates[0].product == linked
    assert {candidate.product for candidate in candidates} == {linked, dah, stated}
    assert candidates[1].score >= candidates[2].score > 60
    page = superuser_client.get(reverse("admin:products_product_candidates", args=[right.pk]))
    text = page.content.decode()
    for product in (linked, dah, stated):
        assert reverse("admin:products_product_inmetro", args=[product.pk]) in text
    change = superuser_client.get(reverse("admin:aneel_certification_change", args=[right.pk]))
    assert "/products/" in change.content.decode()
    nothing = certificate("ZZZZ", certificate_number="")
    assert propose_products(nothing) == []


def test_a_product_without_a_model_has_no_proposals():
    certificate("X")
    assert propose_registrations(ProductFactory(model="", manufacturer=None, brand="")) == []


def test_a_person_with_the_right_confirms(dah, superuser, staff_user):
    right = certificate("DHM-72X10-610W")
    with pytest.raises(RegistrationRefusedError):
        confirm_registration(dah, right, by=staff_user)
    confirm_registration(dah, right, by=superuser, reason="conferido no site")
    dah.refresh_from_db()
    assert (dah.certification, dah.inmetro_certified) == (right, True)


def test_the_page_shows_expiry_and_ordinance_and_links(superuser_client, dah):
    right = certificate("DHM-72X10-610W", expiry_date="2027-05-31", ordinance="Portaria 140/2022")
    page = superuser_client.get(address(dah, "inmetro")).content.decode()
    assert "31/05/2027" in page
    assert "Portaria 140/2022" in page
    superuser_client.post(address(dah, "inmetro"), {"certification": right.pk})
    dah.refresh_from_db()
    assert dah.certification == right
    superuser_client.post(address(dah, "inmetro"), {"certification": ""})
    dah.refresh_from_db()
    assert dah.certification is None


# --- prices
def test_suppliers_lie_apart_and_history_has_a_line_each(django_assert_max_num_queries):
    product = ProductFactory(cost_price="610.00", specifications=dict(PANEL))
    cheap, dear = SupplierFactory(name="Barato"), SupplierFactory(name="Caro")
    for day, supplier, amount in ((1, cheap, 480), (2, dear, 600), (3, cheap, 500)):
        PriceFactory(product=product, supplier=supplier, amount=amount, valid_from=datetime(2026, 10, day, 12, tzinfo=UTC))
    ProductFactory(cost_price="549.00")
    ProductFactory(cost_price="671.00")
    with django_assert_max_num_queries(2):
        panel = price_panel(product)
    assert [(row.supplier, row.amount, row.above_percent) for row in panel.spread] == [
        ("Barato", Decimal("500.00"), 0),
        ("Caro", Decimal("600.00"), 20),
    ]
    assert [(line.supplier, len(line.points)) for line in panel.series] == [("Barato", 2), ("Caro", 1)]
    assert (panel.band.low, panel.band.high, panel.band.count) == (600, 650, 2)
    assert (panel.band.own, panel.band.median, panel.band.difference_percent) == (1, 1, 0)
    assert '"03/10/2026"' in chart(panel.series)
    assert "R$" in band_text(panel.band)


def test_a_kit_is_held_against_its_band():
    kit = SolarKitFactory(power_kwp="5", kit_cost="10000")
    for cost in ("7500", "8000", "9000"):
        SolarKitFactory(power_kwp="5", kit_cost=cost)
    SolarKitFactory(power_kwp="6", kit_cost="100")
    SolarKitFactory(power_kwp="5", kit_cost="100", review_state="ARCHIVED")
    band = price_panel(kit).band
    assert (band.low, band.high, band.count) == (4, 6, 3)
    assert (band.own, round(band.median, 4), round(band.difference_percent, 1)) == (2, Decimal("1.6"), 25)


@pytest.mark.parametrize("specifications", [{}, {"power_wp": "x"}, {"power_wp": None}])
def test_without_a_power_there_is_no_band(specifications):
    ProductFactory(specifications={"power_wp": "x"})
    assert price_panel(ProductFactory(specifications=specifications)).band is None
    assert price_panel(InverterFactory()).band is None
    assert price_panel(ProductFactory(specifications={"power_wp": 610})).band.count == 0
