"""Specifications as fields: what is refused, what is warned of, what is stored, where it came from, how complete it is."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from products.actions.completeness import refresh_completeness
from products.actions.values import ValuesRefusedError, review_values, set_values
from products.admin.specification_form import PREFIX, MeasureField, specification_fields
from products.attribute_labels import ATTRIBUTE_LABELS, CHOICE_LABELS, attribute_label
from products.models import Product, SolarKit
from products.provenance import origin_of, reviewed, stamped, unreviewed
from products.rules.completeness import kit_completeness, product_completeness
from products.rules.families import FAMILIES, Kind
from products.rules.typical import TYPICAL, unusual_values
from tests.factories.products import PANEL, InverterFactory, ProductFactory, SolarKitFactory

NOW = timezone.now()


# --- declarations (no database)
def test_every_attribute_and_value_has_words():
    names = {name for family in FAMILIES.values() for name in family}
    values = {choice for family in FAMILIES.values() for attribute in family.values() for choice in attribute.choices}
    assert names == set(ATTRIBUTE_LABELS)
    assert values - {"I", "II", "I+II"} == set(CHOICE_LABELS) - {"WITHOUT_STRUCTURE"}


def test_soft_ranges_lie_within_the_hard_ones():
    for category, ranges in TYPICAL.items():
        for name, (low, high) in ranges.items():
            attribute = FAMILIES[category][name]
            assert attribute.low <= low < high <= attribute.high, (category, name)


@pytest.mark.parametrize(
    ("value", "unusual"),
    [(15, False), (14.9, True), (26, False), (26.1, True), (22.6, False), (None, False), (True, False), ("x", False)],
)
def test_a_value_outside_its_soft_range_is_unusual(value, unusual):
    assert bool(unusual_values("paineis", {"efficiency_percent": value})) is unusual


def test_the_factorys_panel_is_ordinary():
    assert unusual_values("paineis", PANEL) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("610", 610), ("48,2", 48.2), ("48.2", 48.2), ("1.500,5", 1500.5), ("-0,25", -0.25), (" 1 500 ", 1500), ("", None)],
)
def test_numbers_are_read_as_people_write_them(text, value):
    found = MeasureField(whole=False, required=False).clean(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("text", "whole"), [("muito", False), ("1,2,3", False), ("1e5", False), ("nan", False), ("2,5", True)])
def test_what_is_no_number_is_refused_with_what_was_found(text, whole):
    with pytest.raises(ValidationError, match=text.replace("+", r"\+")):
        MeasureField(whole=whole).clean(text)


@pytest.mark.parametrize("category", FAMILIES)
def test_each_category_has_its_fields(category):
    fields = specification_fields(category, None)
    assert [name.removeprefix(PREFIX) for name in fields] == list(FAMILIES[category])
    assert all(field.label and not field.required for field in fields.values())


def test_values_go_into_the_fields_and_come_back_unchanged():
    product = Product(category="paineis", specifications=dict(PANEL), specification_sources={})
    for name, field in specification_fields("paineis", product).items():
        if isinstance(field, MeasureField) and field.initial is not None:
            with translation.override("pt-br"):
                assert field.clean(field.prepare_value(field.initial)) == PANEL[name.removeprefix(PREFIX)]
                assert not field.has_changed(field.initial, field.prepare_value(field.initial))


# --- origins (no database)
def test_what_changes_carries_its_new_origin_and_loses_its_review():
    first = stamped({}, {"voc_v": 48.2, "vmp_v": 40.4}, {}, source="SUPPLIER", document="lista", by="imp", at=NOW)
    seen = reviewed(first, ["voc_v", "vmp_v"], by="bia", at=NOW)
    after = stamped(
        {"voc_v": 48.2, "vmp_v": 40.4},
        {"voc_v": 48.9, "vmp_v": 40.4},
        seen,
        source="DATA_SHEET",
        document="rev. 3",
        by="ana",
        at=NOW,
    )
    assert (after["voc_v"]["source"], after["voc_v"]["by"], after["voc_v"]["reviewed_by"]) == ("DATA_SHEET", "ana", "")
    assert (after["vmp_v"]["source"], after["vmp_v"]["reviewed_by"]) == ("SUPPLIER", "bia")
    assert stamped({"voc_v": 1}, {}, after, source="PERSON", document="", by="ana", at=NOW) == {}


def test_a_value_without_an_origin_is_not_reviewed():
    assert unreviewed({"voc_v": 1, "isc_a": 2}, {"isc_a": {"source": "PERSON", "reviewed_by": "bia"}}) == ["voc_v"]
    assert origin_of({"voc_v": {"source": "GUESS"}}, "voc_v") is None
    assert origin_of({"voc_v": "x"}, "voc_v") is None


# --- completeness (no database)
def test_completeness_counts_the_essential_attributes():
    assert product_completeness("paineis", PANEL) == (Decimal(1), [])
    score, missing = product_completeness("paineis", {**PANEL, "voc_v": None, "noct_c": None})
    assert (score, missing) == (Decimal("0.929"), ["voc_v"])


def test_an_empty_kit_lacks_everything():
    assert kit_completeness({})[0] == 0
    assert "image_urls" in kit_completeness({"image_urls": []})[1]


pytestmark = pytest.mark.django_db


def test_scores_are_refreshed_as_python_computes_them():
    panel = ProductFactory(specifications={**PANEL, "voc_v": None})
    inverter, other = InverterFactory(), InverterFactory()
    kit = SolarKitFactory(description="x", image_urls=[])
    assert refresh_completeness(product_ids=[panel.pk, inverter.pk], kit_ids=None) == 3
    for product in (panel, inverter):
        product.refresh_from_db()
        assert (product.completeness, product.missing) == product_completeness(product.category, product.specifications)
    other.refresh_from_db()
    assert other.completeness is None
    kit = SolarKit.objects.get(pk=kit.pk)
    assert (kit.completeness, kit.missing) == kit_completeness(vars(kit))
    assert refresh_completeness(product_ids=[panel.pk, inverter.pk], kit_ids=None) == 0
    assert refresh_completeness() == 0


# --- the form
def url(product):
    return reverse("admin:products_product_change", args=[product.pk])


def fill(client, product, **changes):
    page = client.get(url(product))
    form = page.context["adminform"].form
    data = {field.html_name: "" if field.value() is None else field.value() for field in form}
    return client.post(url(product), data | changes)


def test_saving_the_page_as_it_is_changes_nothing(superuser_client):
    product = ProductFactory()
    assert fill(superuser_client, product).status_code == 302
    product.refresh_from_db()
    assert product.specifications == PANEL
    assert product.specification_sources == {}
    assert {name: type(value) for name, value in product.specifications.items()} == {name: type(v) for name, v in PANEL.items()}


def test_a_typed_value_is_stored_with_its_origin(superuser_client):
    product = ProductFactory(specifications={"power_wp": 610})
    response = fill(
        superuser_client,
        product,
        spec__voc_v="48,2",
        spec__bifacial="true",
        spec__cell_technology="hjt",
        value_source="DATA_SHEET",
        value_document="rev. 3",
    )
    assert response.status_code == 302
    product.refresh_from_db()
    assert product.specifications == {"power_wp": 610, "voc_v": 48.2, "bifacial": True, "cell_technology": "hjt"}
    assert set(product.specification_sources) == {"voc_v", "bifacial", "cell_technology"}
    origin = origin_of(product.specification_sources, "voc_v")
    assert (origin.source, origin.document, origin.by, origin.reviewed_by) == ("DATA_SHEET", "rev. 3", "admin", "")
    assert (product.completeness, product.missing) == product_completeness("paineis", product.specifications)
    page = superuser_client.get(url(product)).content.decode()
    assert "Folha de dados, rev. 3 · admin" in page
    assert attribute_label("isc_a") in page


@pytest.mark.parametrize(
    ("field", "text"),
    [("spec__voc_v", "4820"), ("spec__power_wp", "0"), ("spec__cell_technology", "magic"), ("spec__isc_a", "x")],
)
def test_what_is_impossible_is_refused_at_its_field(superuser_client, field, text):
    product = ProductFactory()
    response = fill(superuser_client, product, **{field: text})
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    product.refresh_from_db()
    assert product.specifications == PANEL


def test_what_is_unusual_is_saved_and_warned_of(superuser_client):
    product = ProductFactory()
    response = superuser_client.get(fill(superuser_client, product, spec__efficiency_percent="28").url)
    product.refresh_from_db()
    assert product.specifications["efficiency_percent"] == 28
    assert "incomum: em geral 15 a 26" in response.content.decode()
    assert "incomum: em geral 15 a 26" in superuser_client.get(url(product)).content.decode()


def test_emptying_a_field_removes_the_value(superuser_client):
    product = ProductFactory(specification_sources={"voc_v": {"source": "PERSON"}})
    fill(superuser_client, product, spec__voc_v="")
    product.refresh_from_db()
    assert "voc_v" not in product.specifications
    assert product.specification_sources == {}
    assert product.missing == ["voc_v"]


def test_the_fields_switch_with_the_category(superuser_client):
    product = ProductFactory()
    page = superuser_client.get(url(product) + "?category=cabos").content.decode()
    assert 'name="spec__section_mm2"' in page
    assert 'name="spec__voc_v"' not in page
    add = superuser_client.get(reverse("admin:products_product_add") + "?category=inversores")
    assert "spec__topology" in add.context["adminform"].form.fields


def test_another_category_drops_what_it_does_not_know_and_says_so(superuser_client):
    product = ProductFactory(specifications={"power_wp": 610, "warranty_years": 12})
    response = fill(superuser_client, product, category="baterias", spec__capacity_kwh="5,1")
    product.refresh_from_db()
    assert product.specifications == {"warranty_years": 12, "capacity_kwh": 5.1}
    assert "potência de pico" in superuser_client.get(response.url).content.decode()


def test_who_may_only_view_sees_values_and_no_fields(staff_client, staff_user):
    staff_user.user_permissions.add(Permission.objects.get(codename="view_product"))
    page = staff_client.get(url(ProductFactory())).content.decode()
    assert "spec__" not in page
    assert "48,2" in page


# --- verbs
def test_values_are_taken_over_with_their_document(superuser):
    product = ProductFactory(specifications={"power_wp": 610, "voc_v": 48.2})
    changed = set_values(
        product, {"voc_v": 48.9, "isc_a": 15.9, "power_wp": 610}, source="PAN_FILE", document="dah.pan", by=superuser
    )
    product.refresh_from_db()
    assert changed == ["voc_v", "isc_a"]
    assert product.specifications == {"power_wp": 610, "voc_v": 48.9, "isc_a": 15.9}
    assert set(product.specification_sources) == {"voc_v", "isc_a"}


@pytest.mark.parametrize("values", [{"voc_v": 4820}, {"topology": "string"}, {"voc_v": "48"}])
def test_values_that_do_not_fit_are_refused_as_a_whole(superuser, values):
    product = ProductFactory()
    with pytest.raises(ValuesRefusedError):
        set_values(product, {"isc_a": 12, **values}, source="PERSON", by=superuser)
    product.refresh_from_db()
    assert product.specifications == PANEL


def test_values_are_reviewed_by_those_who_may(superuser, staff_user):
    product = ProductFactory(specifications={"power_wp": 610, "voc_v": 48.2})
    with pytest.raises(ValuesRefusedError):
        review_values(product, ["voc_v"], by=staff_user)
    assert review_values(product, ["voc_v", "isc_a"], by=superuser) == ["voc_v"]
    product.refresh_from_db()
    assert unreviewed(product.specifications, product.specification_sources) == ["power_wp"]
    assert review_values(product, ["voc_v"], by=superuser) == []


def test_every_kind_of_attribute_has_a_field():
    kinds = {attribute.kind for family in FAMILIES.values() for attribute in family.values()}
    assert kinds == set(Kind)
