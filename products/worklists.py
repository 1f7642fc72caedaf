"""The curators' work lists: which rows each one holds, and how many, counted no further than people care."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from products.choices import CheckState, ReviewState
from products.models import DuplicateDismissal, KitComponent, PossibleDuplicate, PriceMove, Product, SolarKit
from products.models.kit import INCOMPLETE

EXPIRING_WITHIN_DAYS = 60
PRICE_MOVED_WITHIN_DAYS = 60
MOST_COUNTED = 10_000
_NOT_ARCHIVED = ~Q(review_state=ReviewState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class WorkList:
    """One list of things to do.

    Attributes:
        key: as it stands in the address.
        title: for people.
        narrow: a queryset of the model to the rows of the list.
        kind: colour of its badge: info, warning or danger.
    """

    key: str
    title: Any
    narrow: Callable[[Any], Any]
    kind: str = "info"


def _kits_that_moved(kits: Any) -> Any:
    return kits.filter(_NOT_ARCHIVED, pk__in=_moved().filter(kit__isnull=False).values("kit_id"))


def _kits_that_look_alike(kits: Any) -> Any:
    return kits.filter(_NOT_ARCHIVED, pk__in=_open_duplicates().filter(kit__isnull=False).values("kit_id"))


def _expiring(path: str) -> Q:
    today = timezone.localdate()
    return Q(**{f"{path}expiry_date__range": (today, today + timedelta(days=EXPIRING_WITHIN_DAYS))})


def _kits_with_expiring(kits: Any) -> Any:
    products = Product.objects.filter(_expiring("certification__")).order_by()
    parts = KitComponent.objects.filter(product__in=products.values("pk"), is_optional=False).order_by()
    return kits.filter(_NOT_ARCHIVED, pk__in=parts.values("kit_id"))


def _open_duplicates() -> "QuerySet[PossibleDuplicate]":
    dismissed = DuplicateDismissal.objects.filter(group_key=OuterRef("group_key"))
    return PossibleDuplicate.objects.filter(~Exists(dismissed)).order_by()


def _moved() -> "QuerySet[PriceMove]":
    since = timezone.now() - timedelta(days=PRICE_MOVED_WITHIN_DAYS)
    return PriceMove.objects.filter(moved_at__gte=since).order_by()


def _state(state: CheckState) -> Callable[[Any], Any]:
    return lambda kits: kits.filter(_NOT_ARCHIVED, check_state=state)


KIT_LISTS: tuple[WorkList, ...] = (
    WorkList("review", _("To review"), lambda kits: kits.filter(review_state=ReviewState.IN_REVIEW), "warning"),
    WorkList("failing", _("Failing"), _state(CheckState.FAIL), "danger"),
    WorkList("unknown", _("Unknown checks"), _state(CheckState.UNKNOWN)),
    WorkList("stale", _("Checks out of date"), _state(CheckState.STALE)),
    WorkList("incomplete", _("Incomplete"), lambda kits: kits.filter(INCOMPLETE, _NOT_ARCHIVED)),
    WorkList("price_moved", _("Price moved > 10 %"), _kits_that_moved, "warning"),
    WorkList("expiring", _("Certificate expires within 60 days"), _kits_with_expiring, "warning"),
    WorkList("duplicates", _("Possible duplicates"), _kits_that_look_alike),
)
PRODUCT_LISTS: tuple[WorkList, ...] = (
    WorkList("incomplete", _("Incomplete"), lambda rows: rows.filter(INCOMPLETE, merged_into=None)),
    WorkList(
        "price_moved",
        _("Price moved > 10 %"),
        lambda rows: rows.filter(pk__in=_moved().filter(product__isnull=False).values("product_id")),
        "warning",
    ),
    WorkList(
        "expiring",
        _("Certificate expires within 60 days"),
        lambda rows: rows.filter(_expiring("certification__"), merged_into=None),
        "warning",
    ),
    WorkList(
        "duplicates",
        _("Possible duplicates"),
        lambda rows: rows.filter(merged_into=None, pk__in=_open_duplicates().filter(product__isnull=False).values("product_id")),
    ),
)
_LISTS: dict[str, tuple[WorkList, ...]] = {"solarkit": KIT_LISTS, "product": PRODUCT_LISTS}


def work_lists(model: Any) -> tuple[WorkList, ...]:
    """The work lists of a model; none for models without curation."""
    return _LISTS.get(model._meta.model_name, ())


def work_list(model: Any, key: str) -> WorkList | None:
    """A list by its key; None when there is no such list."""
    return next((found for found in work_lists(model) if found.key == key), None)


def work_list_counts(model: Any, lists: Sequence[WorkList] | None = None) -> dict[str, int]:
    """How many rows each list holds, by key, in one query; `MOST_COUNTED` + 1 means more than that."""
    chosen = work_lists(model) if lists is None else lists
    parts, params = [], []
    for found in chosen:
        sql, values = found.narrow(model._default_manager.order_by()).values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) rows)")  # noqa: S608  (Django's own SQL)
        params.extend(values)
    if not parts:
        return {}
    with connections[model._default_manager.db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        row = cursor.fetchone()
    return dict(zip((found.key for found in chosen), row, strict=True))


def kits_in_work_list(key: str) -> "QuerySet[SolarKit]":
    """The kits of a work list.

    Raises:
        KeyError: there is no such list.
    """
    found = work_list(SolarKit, key)
    if found is None:
        raise KeyError(key)
    return found.narrow(SolarKit.objects.all())
