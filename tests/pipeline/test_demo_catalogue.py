"""The demo catalogue: articles that fit their families, kits that could be built, and nothing changes the second time."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.demo.catalogue import Counts, write_catalogue
from pipeline.demo.catalogue_kits import COLD_VOC, HOT_VMP, DemoKit, demo_kits
from pipeline.demo.catalogue_products import PATTERN, SMALLEST_CATALOGUE, demo_products
from pipeline.demo.curated import present_catalogue
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


@pytest.fixture
def lake(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_URL = tmp_path.joinpath("lake").as_uri()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("lake")
class TestStored:
    def test_rows_are_valid_and_as_computed(self) -> None:
        assert write_catalogue(products=60, kits=20, seed=1) == {"products": Counts(60, 0, 0), "kits": Counts(20, 0, 0)}
        for product in Product.objects.all():
            product.full_clean()
        for kit in SolarKit.objects.prefetch_related("components__product"):
            kit.full_clean()
            assert kit.check_state == "UNKNOWN", "no kit was checked, so none may claim to have passed"
            parts = list(kit.components.all())
            assert kit.kit_cost == sum(part.product.cost_price * part.quantity for part in parts)
            assert kit.total_price == kit.kit_cost + kit.installation_cost + kit.documentation_cost
            assert [part.display_order for part in parts] == list(range(len(parts)))
        assert not SolarKit.objects.exclude(review_state="DRAFT").exists(), "an import publishes nothing"
        assert Price.objects.filter(kind="COST", product__isnull=False).count() == 60
        assert Price.objects.filter(kind="SALE").count() == 60
        assert Price.objects.filter(kind="COST", kit__isnull=False).count() == 20
        before = stored()
        assert write_catalogue(products=60, kits=20, seed=1) == {"products": Counts(0, 0, 60), "kits": Counts(0, 0, 20)}
        assert stored() == before, "the same lists again change nothing"

    def test_what_a_person_corrected_outlives_the_list(self) -> None:
        write_catalogue(products=20, kits=5, seed=1)
        Product.objects.filter(sku="DEMO-PAN-0001").update(cost_price=Decimal("1.00"), name="another name")
        KitComponent.objects.filter(kit__kit_id="DEMO-KIT-0002", component_type="CABLE").delete()
        before = stored()
        assert write_catalogue(products=20, kits=5, seed=1) == {"products": Counts(0, 0, 20), "kits": Counts(0, 0, 5)}
        assert stored() == before
        # Another seed's lists say something else: the same keys, updated.
        counts = write_catalogue(products=20, kits=5, seed=2)
        assert (counts["products"].inserted, counts["kits"].inserted) == (0, 0)
        assert counts["products"].updated > 15

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
        with django_assert_max_num_queries(60):
            write_catalogue(products=200, kits=60, seed=1)

    def test_a_new_catalogue_has_a_past_and_is_published_through_review(self) -> None:
        made = present_catalogue(products=90, kits=30, seed=1)
        assert made.counts == {"products": Counts(90), "kits": Counts(30)}
        states = set(SolarKit.objects.values_list("check_state", flat=True))
        assert states >= {"PASS", "WARN", "UNKNOWN"}
        assert "STALE" not in states
        assert set(SolarKit.objects.values_list("system_type", flat=True)) == {"ON_GRID", "HYBRID", "OFF_GRID"}
        assert 10 < made.published == SolarKit.objects.published().count() < 30
        assert not SolarKit.objects.published().filter(check_state="FAIL").exists()
        panel = Product.objects.get(sku="DEMO-PAN-0001")
        asked = panel.prices.filter(kind="COST").order_by("valid_from")
        assert {price.supplier_id for price in asked} == {"demo", "demo-sul", "demo-norte"}
        days = [price.valid_from for price in asked]
        assert (days[-1] - days[0]).days >= 14
        assert Product.objects.filter(sku__startswith="DEMO-SUL-").count() == 12
        before = stored()
        again = present_catalogue(products=90, kits=30, seed=1)
        assert (again.counts["products"], again.counts["kits"], again.published) == (Counts(0, 0, 90), Counts(0, 0, 30), 0)
        assert stored() == before
