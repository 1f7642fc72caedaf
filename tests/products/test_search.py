"""What people type and what they mean: accents, inflections, typos, synonyms, quantities, codes, parts."""

from decimal import Decimal

import pytest
from django.urls import reverse

from products.actions.work_lists import refresh_work_lists
from products.models import Product, SolarKit
from products.search import nearest_words, search_kits, search_products
from products.search_terms import terms_of
from tests.factories.products import (
    InverterFactory,
    KitComponentFactory,
    ManufacturerFactory,
    ProductFactory,
    SolarKitFactory,
)


@pytest.mark.parametrize(
    ("text", "words", "watts"),
    [
        ("Placa 610w", ["placa", "q610w"], [None, 610]),
        ("inversor de 5kW", ["inversor", "q5000w"], [None, 5000]),
        ("5 kw", ["q5000w"], [5000]),
        ("5,0 kWp", ["q5000w"], [5000]),
        ("5000 W", ["q5000w"], [5000]),
        ("2.220Wp", ["q2220w"], [2220]),
        ("1.24kWp", ["q1240w"], [1240]),
        ("1,24 kWp", ["q1240w"], [1240]),
        ("cabo 4mm²", ["cabo", "q4mm"], [None, None]),
        ("bateria 5,12 kWh 51,2 V", ["bateria", "q5120wh", "q51x2v"], [None, None, None]),
        ("off-grid", ["off-grid"], [None]),
        ("micro inversor Deye", ["micro inversor", "deye"], [None, None]),
        ("MIN5000TL-X2", ["min5000tl-x2"], [None]),
        ("de com para", [], []),
        ("' | & ! :* \\ \x00", [], []),
        ("", [], []),
    ],
)
def test_what_is_typed_becomes_terms(text, words, watts):
    terms = terms_of(text)
    assert [term.word for term in terms] == words
    assert [term.watts for term in terms] == [None if value is None else Decimal(value) for value in watts]


def test_synonyms_are_phrases_of_one_term():
    for word in ("placa", "painéis", "Módulo", "MÓDULOS", "painel"):
        assert {"placa", "painel", "modulo"} <= set(terms_of(word)[0].phrases), word


@pytest.fixture
def catalogue(db):
    growatt = ManufacturerFactory(name="Growatt", aliases=[])
    dah = ManufacturerFactory(name="DAH Solar", aliases=["DAH"])
    ProductFactory(sku="P1", name="Módulo fotovoltaico DAH 610 Wp N-Type", manufacturer=dah, brand="DAH", model="DHN-78X16")
    ProductFactory(
        sku="P2",
        name="Painel Sunova 0,55 kWp bifacial",
        manufacturer=None,
        brand="Sunova",
        model="SS-550",
        specifications={"power_wp": 560},
    )
    InverterFactory(
        sku="I1", name="Inversor Growatt 5 kW 220 V monofásico", manufacturer=growatt, brand="Growatt", model="MIN5000TL-X"
    )
    InverterFactory(sku="I2", name="Inversor Growatt 5.5kW 220V", manufacturer=growatt, brand="Growatt", model="MIN5500TL-X2")
    InverterFactory(sku="M1", name="Microinversor Deye 2,25kW", manufacturer=None, brand="Deye", model="SUN-M225G4-EU-Q0")
    ProductFactory(
        sku="B1",
        name="Bateria de lítio 5,12 kWh",
        category="baterias",
        specifications={},
        manufacturer=None,
        brand="",
        model="B5",
    )
    ProductFactory(
        sku="C1", name="Cabo solar preto 4 mm²", category="cabos", specifications={}, manufacturer=None, brand="", model=""
    )
    refresh_work_lists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("placa", {"P1", "P2"}),
        ("paineis", {"P1", "P2"}),
        ("MODULO", {"P1", "P2"}),
        ("módulos", {"P1", "P2"}),
        ("placa 610w", {"P1"}),
        ("placa 610 Wp", {"P1"}),
        ("painel 0,61 kwp", {"P1"}),
        ("550w", {"P2"}),
        ("inversor 5kw", {"I1"}),
        ("inversor 5 kW", {"I1"}),
        ("5000w growatt", {"I1"}),
        ("5,5 kw", {"I2"}),
        ("inversr growat", {"I1", "I2"}),
        ("growtat", {"I1", "I2"}),
        ("bateira", {"B1"}),
        ("litio", {"B1"}),
        ("bateria lítio 5,12kwh", {"B1"}),
        ("micro inversor", {"M1"}),
        ("microinversor deye", {"M1"}),
        ("deye 2,25 kw", {"M1"}),
        ("min5000tl", {"I1"}),
        ("5000tl", {"I1"}),
        ("m225g4", {"M1"}),
        ("i1", {"I1"}),
        ("cabo 4mm", {"C1"}),
        ("cabo 6mm", set()),
        ("sunova 610w", set()),
        ("xyzzy", set()),
        ("'; DROP TABLE", set()),
        ("", {"P1", "P2", "I1", "I2", "M1", "B1", "C1"}),
    ],
)
def test_products_are_found(catalogue, text, expected):
    assert {product.sku for product in search_products(Product.objects.all(), text)} == expected


def test_a_code_typed_whole_comes_first(catalogue):
    InverterFactory(sku="I9", name="Inversor como o I1 de antes", manufacturer=None, brand="", model="")
    assert [product.sku for product in search_products(Product.objects.all(), "i1")] == ["I1", "I9"]


def test_the_name_weighs_more_than_the_description(catalogue):
    ProductFactory(sku="P9", name="Estrutura", description="para módulo", category="estruturas", specifications={})
    assert [product.sku for product in search_products(Product.objects.all(), "modulo")][-1] == "P9"


@pytest.fixture
def kits(catalogue):
    named = SolarKitFactory(kit_id="K1", name="Kit 5,60 kWp Growatt telhado cerâmico", power_kwp="5.6", inverter_power_kw="5")
    bare = SolarKitFactory(kit_id="K2", name="Gerador F-002", power_kwp="6.1", inverter_power_kw="5.5")
    Product.objects.filter(sku="P2").update(specifications={"power_wp": 560})  # ten of them make 5.6 kWp
    KitComponentFactory(kit=named, product=Product.objects.get(sku="P2"))
    KitComponentFactory(kit=bare, product=Product.objects.get(sku="P1"))
    KitComponentFactory(kit=bare, product=Product.objects.get(sku="I2"), component_type="INVERTER", quantity=1)
    refresh_work_lists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("growatt", {"K1", "K2"}),
        ("kit growatt", {"K1", "K2"}),
        ("growatt ceramica", {"K1"}),
        ("gerador 5,6kwp", {"K1"}),
        ("6.1 kWp", {"K2"}),
        ("5500 w", {"K2"}),
        ("placa dah", {"K2"}),
        ("dah growat", {"K2"}),
        ("sunvoa", {"K1"}),
        ("5500tl", {"K2"}),
        ("f-002", {"K2"}),
        ("colonial", {"K1"}),
        ("sungrow", set()),
        ("", {"K1", "K2"}),
    ],
)
def test_kits_are_found_by_their_text_their_power_and_their_parts(kits, text, expected):
    assert {kit.kit_id for kit in search_kits(SolarKit.objects.all(), text)} == expected


def test_only_rows_of_the_given_list_are_found(kits):
    assert not search_kits(SolarKit.objects.filter(kit_id="K1"), "f-002")


def test_words_that_only_others_rows_have_are_not_replaced(kits):
    """They occur, in kits and parts that are not in this list: nothing like them is looked for instead."""
    assert not search_kits(SolarKit.objects.filter(kit_id="K1"), "dah")
    assert not search_kits(SolarKit.objects.filter(kit_id="K1"), "6.1 kWp")


@pytest.mark.parametrize("most_ranked", [0, 1])
@pytest.mark.parametrize("text", ["growatt ceramica", "6.1 kWp", "5500 w", "f-002", "dah"])
def test_many_are_found_as_few_are(kits, monkeypatch, text, most_ranked):
    """Few rows are known by their keys, many by the question."""
    few = {kit.kit_id for kit in search_kits(SolarKit.objects.all(), text)}
    assert few
    monkeypatch.setattr("products.search.MOST_RANKED", most_ranked)
    assert {kit.kit_id for kit in search_kits(SolarKit.objects.all(), text)} == few


def test_the_nearest_words_count_a_swap_as_one_typo(catalogue):
    assert nearest_words("bateira") == ["bateria"]
    assert nearest_words("zzzzzz") == []


def test_a_search_asks_few_questions(kits, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        list(search_kits(SolarKit.objects.all(), "growatt 5kw"))
    with django_assert_max_num_queries(9):
        list(search_kits(SolarKit.objects.all(), "growtat sunvoa"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [({"q": "placa 610w"}, ["P1"]), ({"q": "growtat", "o": "-1"}, ["I2", "I1"]), ({"q": "growtat", "o": "1"}, ["I1", "I2"])],
)
def test_the_admins_search_is_this_one(superuser_client, catalogue, query, expected):
    answer = superuser_client.get(reverse("admin:products_product_changelist"), query)
    assert [product.sku for product in answer.context["cl"].result_list] == expected


def test_parts_add_nothing_to_what_is_too_much_to_tell_apart(db, monkeypatch):
    for number in range(3):
        SolarKitFactory(kit_id=f"SOLAR-{number}", name=f"Kit solar {number}")
    rural = SolarKitFactory(kit_id="RURAL", name="Kit rural")
    KitComponentFactory(
        kit=rural, product=ProductFactory(name="Cabo solar 6 mm", category="cabos"), component_type="CABLE", quantity=9
    )

    assert {kit.kit_id for kit in search_kits(SolarKit.objects.all(), "cabo solar")} == {"RURAL", "SOLAR-0", "SOLAR-1", "SOLAR-2"}
    monkeypatch.setattr("products.search.MOST_RANKED", 2)
    assert {kit.kit_id for kit in search_kits(SolarKit.objects.all(), "cabo solar")} == {"SOLAR-0", "SOLAR-1", "SOLAR-2"}
