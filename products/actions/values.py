"""Values of products: filling them from a document, marking them as reviewed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from products.actions.completeness import rate_product
from products.actions.review import because
from products.models import Product
from products.provenance import reviewed, stamped, unreviewed
from products.rules.families import violations
from products.violations import message_of
from ysh.core.errors import TerminalError

REVIEW = "products.review_product"


class ValuesRefusedError(TerminalError):
    """The values do not fit the product's category, or the person may not do this."""

    default_code = "values_refused"


def set_values(
    product: Product, values: Mapping[str, Any], *, source: str, document: str = "", by: User, reason: str = ""
) -> list[str]:
    """Take values over into the specifications, each with where it comes from. Attributes not named stay as they are.

    Args:
        values: by attribute; None removes it.
        source: a `ValueSource`.
        document: file, page or row they were read from.

    Returns:
        The attributes that changed.

    Raises:
        ValuesRefusedError: a value is outside its hard range, or not of the category.
    """
    with because(by, reason or document), transaction.atomic():
        row = Product.objects.select_for_update(of=("self",)).defer("raw_data", "search_vector").get(pk=product.pk)
        after = {**row.specifications, **values}
        after = {name: value for name, value in after.items() if value is not None}
        wrong = [violation for violation in violations(row.category, after) if violation.name in values]
        if wrong:
            raise ValuesRefusedError(" ".join(message_of(violation) for violation in wrong))
        changed = [name for name in values if row.specifications.get(name) != after.get(name)]
        row.specification_sources = stamped(
            row.specifications,
            after,
            row.specification_sources,
            source=source,
            document=document,
            by=by.get_username(),
            at=timezone.now(),
        )
        row.specifications = after
        rate_product(row)
        row.save(update_fields=["specifications", "specification_sources", "completeness", "missing"])
    return changed


def review_values(product: Product, names: Iterable[str], *, by: User, reason: str = "") -> list[str]:
    """Mark values as compared with their source.

    Returns:
        The attributes marked: those named that have a value nobody had reviewed.

    Raises:
        ValuesRefusedError: no permission.
    """
    if not by.has_perm(REVIEW):
        raise ValuesRefusedError(
            _("%(person)s may not review values. It needs a permission of the reviewers' group.") % {"person": by},
            code="not_allowed",
        )
    with because(by, reason), transaction.atomic():
        row = Product.objects.select_for_update(of=("self",)).defer("raw_data", "search_vector").get(pk=product.pk)
        wanted = set(names)
        open_names = [name for name in unreviewed(row.specifications, row.specification_sources) if name in wanted]
        if open_names:
            row.specification_sources = reviewed(row.specification_sources, open_names, by=by.get_username(), at=timezone.now())
            row.save(update_fields=["specification_sources"])
    return open_names
