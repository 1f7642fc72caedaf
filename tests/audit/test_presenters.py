"""Entries as sentences, in both languages: the same entries, told from the same rows."""

from uuid import uuid4

import pytest
from django.utils import translation

from audit.grammar import definite, on, to
from audit.models import ChangeLogEntry
from audit.presenters import Narrator
from products.models import KitCheck
from tests.factories.products import KitCheckFactory, ManufacturerFactory, ProductFactory, SolarKitFactory, SupplierFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def kit():
    return SolarKitFactory(kit_id="KIT-1", with_components=True, supplier=SupplierFactory(code="fortlev", name="Fortlev"))


@pytest.fixture
def product():
    manufacturer = ManufacturerFactory(name="Deye")
    return ProductFactory(
        sku="PNL-1", name="Módulo", sale_price="9990.00", manufacturer=manufacturer, brand="", image_urls=["a", "b"]
    )


def sale_price(kit, product):
    product.sale_price = "9490.00"
    product.save(update_fields=["sale_price"])


def cleared(kit, product):
    product.sale_price = None
    product.save(update_fields=["sale_price"])


def filled(kit, product):
    product.brand = "Deye"
    product.save(update_fields=["brand"])


def status(kit, product):
    product.status = "DISCONTINUED"
    product.save(update_fields=["status"])


def manufacturer(kit, product):
    product.manufacturer = ManufacturerFactory(name="Growatt")
    product.save(update_fields=["manufacturer"])


def specifications(kit, product):
    product.specifications = {**product.specifications, "power_wp": 600, "noct_c": 45}
    product.save(update_fields=["specifications"])


def pictures(kit, product):
    product.image_urls = ["b", "c"]
    product.save(update_fields=["image_urls"])


def measure(kit, product):
    kit.power_kwp = "7.25"
    kit.save(update_fields=["power_kwp"])


def many(kit, product):
    product.name, product.stock_quantity, product.description, product.model = "Novo", 3, "x", "M"
    product.save()


def part_quantity(kit, product):
    part = kit.components.order_by("pk")[0]
    part.product.sku = "PNL-9"
    with acting_as(Actor("other")):
        part.product.save(update_fields=["sku"])
    part.quantity = 12
    part.save(update_fields=["quantity"])


def part_added(kit, product):
    kit.components.create(product=product, component_type="PANEL", quantity=2, unit_price="10.50")


def part_removed(kit, product):
    part = kit.components.create(product=product, component_type="PANEL", quantity=2)
    part.delete()


def accepted(kit, product):
    KitCheck.objects.filter(pk=KitCheckFactory(kit=kit, rule_id="R05").pk).update(
        override_reason="medido",
        override_author="maria",
        override_at="2026-11-01T15:00Z",
        override_expires_at="2027-11-01T15:00Z",
    )


def created(kit, product):
    ManufacturerFactory(name="Canadian")


def deleted(kit, product):
    product.delete()


def kit_deleted(kit, product):
    kit.delete()


SENTENCES = [
    (sale_price, "Maria alterou o preço de venda de R$ 9.990,00 para R$ 9.490,00 no produto PNL-1, por “campanha”.",
     "Maria changed the sale price from R$ 9,990.00 to R$ 9,490.00 on product PNL-1, for “campanha”."),
    (cleared, "Maria limpou o preço de venda (era R$ 9.990,00) no produto PNL-1, por “campanha”.",
     "Maria cleared the sale price (it was R$ 9,990.00) on product PNL-1, for “campanha”."),
    (filled, "Maria preencheu a marca com Deye no produto PNL-1, por “campanha”.",
     "Maria set the brand to Deye on product PNL-1, for “campanha”."),
    (status, "Maria alterou a situação de Ativo para Descontinuado no produto PNL-1, por “campanha”.",
     "Maria changed the status from Active to Discontinued on product PNL-1, for “campanha”."),
    (manufacturer, "Maria alterou o fabricante de Deye para Growatt no produto PNL-1, por “campanha”.",
     "Maria changed the manufacturer from Deye to Growatt on product PNL-1, for “campanha”."),
    (specifications, "Maria preencheu a temperatura nominal da célula NOCT com 45 °C e alterou a potência de pico de 610 Wp para 600 Wp no produto PNL-1, por “campanha”.",
     "Maria set the operating cell temperature NOCT to 45 °C and changed the peak power from 610 Wp to 600 Wp on product PNL-1, for “campanha”."),
    (pictures, "Maria acrescentou c às imagens e tirou a das imagens no produto PNL-1, por “campanha”.",
     "Maria added c to the images and removed a from the images on product PNL-1, for “campanha”."),
    (measure, "Maria alterou a potência de 6,1 kWp para 7,25 kWp no kit KIT-1, por “campanha”.",
     "Maria changed the power from 6.1 kWp to 7.25 kWp on kit KIT-1, for “campanha”."),
    (many, "Maria alterou 4 campos: descrição, modelo, nome, estoque no produto PNL-1, por “campanha”.",
     "Maria changed 4 fields: description, model, name, stock on product PNL-1, for “campanha”."),
    (part_quantity, "Maria alterou a quantidade de 10 para 12 da peça PNL-9 no kit KIT-1, por “campanha”.",
     "Maria changed the quantity from 10 to 12 of part PNL-9 on kit KIT-1, for “campanha”."),
    (part_added, "Maria acrescentou 2 × PNL-1 (a R$ 10,50 cada) ao kit KIT-1, por “campanha”.",
     "Maria added 2 × PNL-1 (R$ 10.50 each) to kit KIT-1, for “campanha”."),
    (part_removed, "Maria tirou 2 × PNL-1 do kit KIT-1, por “campanha”.", "Maria removed 2 × PNL-1 from kit KIT-1, for “campanha”."),
    (accepted, "Maria aceitou a constatação R05 no kit KIT-1 até 01/11/2027 12:00:00: “medido”, por “campanha”.",
     "Maria accepted finding R05 on kit KIT-1 until 2027-11-01 12:00:00: “medido”, for “campanha”."),
    (created, "Maria criou o fabricante Canadian, por “campanha”.", "Maria created manufacturer Canadian, for “campanha”."),
    (deleted, "Maria excluiu o produto PNL-1, por “campanha”.", "Maria deleted product PNL-1, for “campanha”."),
    (kit_deleted, "Maria excluiu o kit KIT-1, por “campanha”.", "Maria deleted kit KIT-1, for “campanha”."),
]  # fmt: skip


@pytest.mark.parametrize(("deed", "portuguese", "english"), SENTENCES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_change_in_words(kit, product, deed, portuguese, english):
    with acting_as(Actor("maria", "admin", uuid4(), None, "campanha")):
        deed(kit, product)
    entry = ChangeLogEntry.objects.filter(changed_by="maria").order_by("-id")[0]

    for language, expected in (("pt-br", portuguese), ("en", english)):
        with translation.override(language):
            assert Narrator.of([entry]).sentence(entry).replace("\u00a0", " ") == expected


def test_nobody_known_is_the_system_and_a_load_is_told_by_its_count():
    entry = ChangeLogEntry(
        table_schema="aneel",
        table_name="tariffs",
        record_id="*",
        operation="INSERT",
        new_values={"rows": 1200},
        change_source="system",
    )
    with translation.override("pt-br"):
        assert Narrator.of([entry]).sentence(entry) == "O sistema carregou 1.200 novas linhas de tarifas."


def test_what_a_value_pointed_to_is_named_even_when_it_is_gone(product):
    other = ManufacturerFactory(name="Growatt")
    with acting_as(Actor("maria", "admin")):
        product.manufacturer = other
        product.save(update_fields=["manufacturer"])
    entry = ChangeLogEntry.objects.filter(changed_by="maria").get()
    product.manufacturer = None
    product.save(update_fields=["manufacturer"])
    other.delete()

    with translation.override("en"):
        assert "from Deye to Growatt" in Narrator.of([entry]).sentence(entry)


def test_a_batch_takes_a_few_queries_however_long(kit, django_assert_max_num_queries):
    with acting_as(Actor("maria", "admin", uuid4())):
        for _number in range(10):
            kit.components.create(product=ProductFactory(), component_type="PANEL", quantity=1)
        kit.components.update(quantity=7)
    entries = list(ChangeLogEntry.objects.filter(changed_by="maria"))
    assert len(entries) > 30

    with django_assert_max_num_queries(8):
        narrator = Narrator.of(entries)
        assert all(narrator.sentence(entry) for entry in entries)


@pytest.mark.parametrize(
    ("noun", "article", "within", "towards"),
    [
        ("preço de venda", "o preço de venda", "no preço de venda", "ao preço de venda"),
        ("imagens", "as imagens", "nas imagens", "às imagens"),
        ("especificações", "as especificações", "nas especificações", "às especificações"),
        ("sistema", "o sistema", "no sistema", "ao sistema"),
        ("classe de consumo", "a classe de consumo", "na classe de consumo", "à classe de consumo"),
        ("atributos faltantes", "os atributos faltantes", "nos atributos faltantes", "aos atributos faltantes"),
        ("status", "o status", "no status", "ao status"),
        ("conectada em", "“conectada em”", "na conectada em", "à conectada em"),
    ],
)
def test_articles(noun, article, within, towards):
    with translation.override("pt-br"):
        assert (definite(noun), on(noun), to(noun)) == (article, within, towards)
