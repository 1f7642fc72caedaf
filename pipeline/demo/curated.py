"""What makes a demo catalogue look lived in: suppliers' prices over some weeks, checked kits, some of them published.

Done once, when the catalogue is new; through the actions a curator's pages call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from django.apps import apps
from django.contrib.auth.models import Group, User

from pipeline.demo.catalogue import COMMAND, Counts, import_lists, write_catalogue
from pipeline.demo.catalogue_kits import demo_kits
from pipeline.demo.catalogue_products import DemoProduct, demo_products
from pipeline.demo.registry import register
from products.actions.checks import check_kits
from products.actions.recheck import recheck_stale_kits
from products.actions.review import ReviewRefusedError, publish_kit, submit_for_review
from products.choices import PriceKind
from products.groups import ensure_groups
from products.models import Price, Product, SolarKit, Supplier

WEEKS = 3  # of earlier lists
PERSON = "demo"
OTHER_SUPPLIERS = (("demo-sul", "Demonstração Sul", 1.03), ("demo-norte", "Demonstração Norte", 0.985))
_LISTED_ELSEWHERE = 12  # articles that the first of them lists on its own: possible duplicates
_WHY = "dados de demonstração"


@dataclass(frozen=True, slots=True)
class Presented:
    """What a seed made of the catalogue, besides the import's counts."""

    counts: dict[str, Counts]
    published: int = 0
    in_review: int = 0


def present_catalogue(*, products: int, kits: int, seed: int) -> Presented:
    """The demo catalogue with its past. See `write_catalogue` for what is raised."""
    new = not Product.objects.filter(sku__startswith="DEMO-").exists()
    articles = demo_products(products, seed)
    if new and articles:
        first = _earlier_lists(articles, kits, seed)
        counts = write_catalogue(products=products, kits=kits, seed=seed)
        inserted = {name: each.inserted + (first[name] - each.inserted if first[name] else 0) for name, each in counts.items()}
        counts = {name: Counts(inserted=count) for name, count in inserted.items()}
        _other_suppliers(articles, seed)
        register(articles, seed)
    else:
        counts = write_catalogue(products=products, kits=kits, seed=seed)
    recheck_stale_kits()
    published, waiting = _publish(kits, articles, seed) if new else (0, 0)
    return Presented(counts, published, waiting)


def _earlier_lists(articles: Sequence[DemoProduct], kits: int, seed: int) -> dict[str, int]:
    """The lists of the weeks before, oldest first: every week some of the prices were others. Returns what the first inserted."""
    wanted = demo_kits(kits, seed, articles)
    inserted: dict[str, int] = {}
    for week in range(WEEKS, 0, -1):
        then = datetime.now(UTC) - timedelta(weeks=week)
        listed = [replace(each, cost_price=_price_then(each.cost_price, f"{seed}:{each.sku}", week)) for each in articles]
        sets = [replace(each, kit_cost=_price_then(each.kit_cost, f"{seed}:{each.kit_id}", week)) for each in wanted]
        report = import_lists(listed, sets, priced_at=then)
        inserted = inserted or {"products": report.products["inserted"], "kits": report.kits["inserted"]}
    return inserted


def _price_then(now: Decimal, seed: str, week: int) -> Decimal:
    """A price some weeks ago: a third of them moved once, by up to a tenth."""
    random = Random(f"{seed}:price")  # noqa: S311  (demo data)
    moved_in, factor = random.randint(0, WEEKS * 3), random.uniform(0.93, 1.1)
    if week <= moved_in % (WEEKS * 3) or moved_in > WEEKS:
        return now
    return (now * Decimal(str(round(factor, 4)))).quantize(Decimal("0.01"))


def _other_suppliers(articles: Sequence[DemoProduct], seed: int) -> None:
    """Two more suppliers: what they ask for articles the catalogue has, and a few they list under codes of their own."""
    known = dict(Product.objects.filter(sku__startswith="DEMO-").values_list("sku", "pk"))
    prices = []
    for code, name, level in OTHER_SUPPLIERS:
        supplier, _created = Supplier.objects.get_or_create(code=code, defaults={"name": name, "mapping_notes": COMMAND})
        for place, each in enumerate(articles):
            if place % 3:
                continue
            for week in (WEEKS, WEEKS // 2, 0):
                random = Random(f"{seed}:{code}:{each.sku}:{week}")  # noqa: S311  (demo data)
                amount = (each.cost_price * Decimal(str(round(level * random.uniform(0.97, 1.04), 4)))).quantize(Decimal("0.01"))
                prices.append(
                    Price(
                        product_id=known[each.sku], supplier=supplier, kind=PriceKind.COST, amount=amount,
                        valid_from=datetime.now(UTC) - timedelta(weeks=week, hours=place % 24 + 1),
                    )
                )  # fmt: skip
    Price.objects.bulk_create(prices, batch_size=1000)
    code, name, level = OTHER_SUPPLIERS[0]
    elsewhere = [
        replace(
            each,
            sku=f"{code.upper()}-{each.sku.removeprefix('DEMO-')}",
            cost_price=(each.cost_price * Decimal(str(level))).quantize(Decimal("0.01")),
        )
        for each in articles
        if each.kind in {"panel", "string", "micro"}
    ][:_LISTED_ELSEWHERE]
    import_lists(elsewhere, [], supplier=code, supplier_name=name)


def _publish(kits: int, articles: Sequence[DemoProduct], seed: int) -> tuple[int, int]:
    """Take the kits through review as their seed says; what the publish gate holds back stays in review."""
    wanted = {kit.kit_id: kit.review_state for kit in demo_kits(kits, seed, articles)}
    person = _person()
    published = waiting = 0
    for kit in SolarKit.objects.filter(kit_id__in=wanted).defer("raw_data", "search_vector").order_by("pk"):
        if wanted[kit.kit_id] == "DRAFT":
            continue
        submit_for_review(kit, by=person, reason=_WHY)
        waiting += 1
        if wanted[kit.kit_id] != "PUBLISHED":
            continue
        try:
            publish_kit(kit, by=person, reason=_WHY)
        except ReviewRefusedError:
            continue
        published, waiting = published + 1, waiting - 1
    check_kits(list(SolarKit.objects.filter(check_state="STALE").values_list("pk", flat=True)))
    return published, waiting


def _person() -> User:
    """The reviewer of the demo: nobody can sign in as it."""
    person, created = User.objects.get_or_create(username=PERSON, defaults={"first_name": "Demonstração"})
    if created:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    ensure_groups(apps)
    person.groups.add(Group.objects.get(name="reviewer"))
    return person
