"""The demo catalogue: articles that fit their families, kits that could be built, and nothing changes the second time."""

from decimal import Decimal

import pytest

from pipeline.demo.catalogue import Counts, write_catalogue
from pipeline.demo.catalogue_kits import COLD_VOC, HOT_VMP, DemoKit, demo_kits
from pipeline.demo.catalogue_products import PATTERN, SMALLEST_CATALOGUE, demo_products
from products.models import KitComponent, Manufacturer, Price, Product, SolarKit
from products.rules.families import missing_attributes, violations


def kits_of(seed: int, count: int = 60) -> list[DemoKit]:
    return demo_kits(count, seed, demo_products(200, seed))


@pytest.mark.parametrize("seed", [1, 2, 77])
class TestArticles:
    def test_specifications_fit_their_family(self, seed: int) -> None:
        for product in demo_products(300, seed):
            assert violations(product.category, product.specifications) == [], product.sku

    def test_skus_are_unique_and_marked(self, seed: int) -> None:
        products = demo_products(300, seed)
        assert len({product.sku for product in products}) == 300
        assert all(product.sku.startswith("DEMO-") and "DEMO" in product.model for product in products)
        assert all("(demonstração)" in product.name for product in products)

    def test_every_kind_and_category_is_made(self, seed: int) -> None:
        products = demo_products(120, seed)
        assert {product.kind for product in products} == set(PATTERN)
        assert len({product.category for product in products}) == 9

    def test_most_are_complete_and_some_are_not(self, seed: int) -> None:
        panels = [product for product in demo_products(200, seed) if product.kind == "panel"]
        incomplete = [panel for panel in panels if missing_attributes(panel.category, panel.specifications)]
        assert 0 < len(incomplete) < len(panels) / 4

    def test_panels_obey_ohm_and_geometry(self, seed: int) -> None:
        for panel in (product for product in demo_products(300, seed) if product.kind == "panel"):
            power = panel.number("power_wp")
            assert panel.number("vmp_v") * panel.number("imp_a") == pytest.approx(power, rel=0.002)
            assert panel.number("voc_v") > panel.number("vmp_v")
            assert panel.number("isc_a") > panel.number("imp_a")
            area_m2 = panel.number("length_mm") * panel.number("width_mm") / 1e6
            assert power / area_m2 / 10 == pytest.approx(panel.number("efficiency_percent"), rel=0.01)

    def test_prices_are_positive_and_marked_up(self, seed: int) -> None:
        for product in demo_products(300, seed):
            assert Decimal(0) < product.cost_price < product.sale_price < product.cost_price * Decimal("1.5")


@pytest.mark.parametrize("seed", [1, 2, 77])
class TestKits:
    def test_power_and_cost_are_sums_of_the_parts(self, seed: int) -> None:
        for kit in kits_of(seed):
            (panels,) = [part for part in kit.components if part.component_type == "PANEL"]
            assert kit.power_kwp == Decimal(str(panels.product.specifications["power_wp"])) * panels.quantity / 1000
            assert kit.kit_cost == sum(part.product.cost_price * part.quantity for part in kit.components)

    def test_strings_fit_the_inverter(self, seed: int) -> None:
        checked = 0
        for kit in kits_of(seed):
            panels = next(part for part in kit.components if part.component_type == "PANEL")
            inverter = next((part.product for part in kit.components if part.component_type == "INVERTER"), None)
            if inverter is None:
                continue
            checked += 1
            strings = range(1, round(inverter.number("mppt_count") * inverter.number("inputs_per_mppt")) + 1)
            lengths = [panels.quantity // parallel for parallel in strings if panels.quantity % parallel == 0]
            assert any(
                length * panels.product.number("voc_v") * COLD_VOC <= inverter.number("max_dc_voltage_v")
                and length * panels.product.number("vmp_v") * HOT_VMP >= inverter.number("mppt_min_v")
                for length in lengths
            ), kit.name
            assert Decimal("0.9") <= kit.power_kwp / kit.inverter_power_kw <= Decimal("1.7"), kit.name
        assert checked > 20

    def test_microinverters_have_one_module_an_input(self, seed: int) -> None:
        found = [kit for kit in kits_of(seed) if any(part.component_type == "MICROINVERTER" for part in kit.components)]
        assert found
        for kit in found:
            micro = next(part for part in kit.components if part.component_type == "MICROINVERTER")
            panels = next(part for part in kit.components if part.component_type == "PANEL")
            assert panels.quantity == micro.quantity * micro.product.number("mppt_count")

    def test_kinds_of_systems_and_their_batteries(self, seed: int) -> None:
        kits = kits_of(seed)
        assert {kit.system_type for kit in kits} == {"ON_GRID", "HYBRID", "OFF_GRID"}
        for kit in kits:
            has_battery = any(part.component_type == "BATTERY" for part in kit.components)
            assert has_battery == (kit.system_type != "ON_GRID")

    def test_structures_carry_every_module(self, seed: int) -> None:
        for kit in kits_of(seed):
            panels = next(part.quantity for part in kit.components if part.component_type == "PANEL")
            structure = next(part for part in kit.components if part.component_type == "STRUCTURE")
            assert 0 <= structure.quantity * structure.product.number("module_count") - panels < 4

    def test_no_part_stands_twice(self, seed: int) -> None:
        for kit in kits_of(seed):
            keys = [(part.product.sku, part.component_type) for part in kit.components]
            assert len(keys) == len(set(keys))


def test_same_seed_same_catalogue_and_fewer_begin_more() -> None:
    assert demo_products(50, 4) == demo_products(90, 4)[:50]
    assert kits_of(4) == kits_of(4)
    assert kits_of(4) != kits_of(5)


def test_kits_of_the_smallest_catalogue() -> None:
    assert len(demo_kits(12, 1, demo_products(SMALLEST_CATALOGUE, 1))) == 12
    with pytest.raises(ValueError, match="expected at least 8 products to make them of, found 7"):
        demo_kits(1, 1, demo_products(SMALLEST_CATALOGUE - 1, 1))


def stored() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Product, SolarKit, KitComponent, Price, Manufacturer)]


@pytest.mark.django_db
class TestStored:
    def test_the_second_time_nothing_changes(self) -> None:
        first = write_catalogue(products=60, kits=20, seed=1)
        before = stored()
        second = write_catalogue(products=60, kits=20, seed=1)
        assert first == {"products": Counts(60, 0, 0), "kits": Counts(20, 0, 0)}
        assert second == {"products": Counts(0, 0, 60), "kits": Counts(0, 0, 20)}
        assert stored() == before

    def test_rows_are_valid_and_as_computed(self) -> None:
        write_catalogue(products=60, kits=20, seed=1)
        for product in Product.objects.all():
            product.full_clean()
        for kit in SolarKit.objects.prefetch_related("components__product"):
            kit.full_clean()
            assert kit.check_state == "UNKNOWN", "no kit was checked, so none may claim to have passed"
            parts = list(kit.components.all())
            assert kit.kit_cost == sum(part.total_price for part in parts)
            assert kit.total_price == kit.kit_cost + kit.installation_cost + kit.documentation_cost
            assert [part.display_order for part in parts] == list(range(len(parts)))
        assert SolarKit.objects.published().count() > 10
        assert Price.objects.filter(kind="COST", product__isnull=False).count() == 60
        assert Price.objects.filter(kind="SALE").count() == 60
        assert Price.objects.filter(kind="COST", kit__isnull=False).count() == 20

    def test_a_changed_article_is_put_right_and_its_new_price_is_kept(self) -> None:
        write_catalogue(products=20, kits=5, seed=1)
        wanted = Product.objects.get(sku="DEMO-PAN-0001").cost_price
        Product.objects.filter(sku="DEMO-PAN-0001").update(cost_price=Decimal("1.00"), name="another name")
        counts = write_catalogue(products=20, kits=5, seed=1)
        assert counts == {"products": Counts(0, 1, 19), "kits": Counts(0, 0, 5)}
        article = Product.objects.get(sku="DEMO-PAN-0001")
        assert article.cost_price == wanted
        assert article.name.startswith("Módulo fotovoltaico")
        prices = Price.objects.filter(product=article, kind="COST").order_by("id").values_list("amount", flat=True)
        assert list(prices) == [wanted, wanted]

    def test_changed_parts_of_a_kit_are_put_right(self) -> None:
        write_catalogue(products=20, kits=5, seed=1)
        KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0001", component_type="PANEL").update(quantity=1)
        KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0002", component_type="CABLE").delete()
        untouched = list(KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0003").values_list())
        counts = write_catalogue(products=20, kits=5, seed=1)
        assert counts == {"products": Counts(0, 0, 20), "kits": Counts(0, 2, 3)}
        assert KitComponent.objects.get(kit__kit_id="DEMO-KIT-0001", component_type="PANEL").quantity > 1
        assert KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0002", component_type="CABLE").count() >= 2
        assert list(KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0003").values_list()) == untouched

    def test_another_seed_updates_the_same_skus(self) -> None:
        write_catalogue(products=60, kits=20, seed=1)
        counts = write_catalogue(products=60, kits=20, seed=2)
        assert counts["products"].inserted == 0
        assert counts["products"].updated > 50
        assert Product.objects.count() == 60
        assert SolarKit.objects.count() == 20

    def test_known_manufacturers_are_used_whatever_their_spelling(self) -> None:
        longi = Manufacturer.objects.create(name="LONGI Solar", aliases=["longi"])
        write_catalogue(products=20, kits=0, seed=1)
        assert Product.objects.get(sku="DEMO-PAN-0001").manufacturer == longi
        assert not Manufacturer.objects.filter(name="LONGi").exists()

    def test_nothing_is_written_when_kits_cannot_be_made(self) -> None:
        with pytest.raises(ValueError, match="at least 8 products"):
            write_catalogue(products=3, kits=1, seed=1)
        assert not Product.objects.exists()

    def test_queries_do_not_grow_with_the_catalogue(self, django_assert_max_num_queries) -> None:
        write_catalogue(products=40, kits=5, seed=1)
        with django_assert_max_num_queries(30 + len(set(Manufacturer.objects.values_list("name", flat=True)))):
            write_catalogue(products=200, kits=60, seed=1)
