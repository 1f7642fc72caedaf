"""Proposing the INMETRO registration of a product: likeness ranks, a person decides."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import F, Q, Value
from django.utils.translation import gettext as _
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from products.actions.review import because
from products.actions.values import REVIEW
from products.models import Product
from ysh.core.db.search import Folded
from ysh.core.errors import TerminalError

MOST = 8
_CANDIDATES = 60
_LEAST = 40.0


class RegistrationRefusedError(TerminalError):
    """The registration cannot be linked by this person."""

    default_code = "registration_refused"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One registration that may be the product's.

    Attributes:
        certification: a row of `aneel.certifications`.
        score: 0..100; likeness of model and maker, the stated number and the power.
        reasons: what speaks for it and against it, in the active language.
    """

    certification: Any
    score: float
    reasons: tuple[str, ...]


def propose_registrations(product: Product, *, limit: int = MOST) -> list[Proposal]:
    """INMETRO registrations by likeness, best first. Nothing is linked.

    Two queries: by the model's trigrams (indexed), and by the number the supplier states.
    """
    certifications: Any = Product._meta.get_field("certification").related_model
    inmetro = certifications._default_manager.filter(certificate_type="INMETRO").defer("raw_data")
    stated = product.inmetro_certificate_number.strip()
    found: dict[int, Any] = {}
    if stated:
        found |= {row.pk: row for row in inmetro.filter(certificate_number=stated).order_by("model", "pk")[:_CANDIDATES]}
    if product.model.strip():
        folded: Any = Folded(F("model"))
        asked: Any = Folded(Value(product.model))  # the stubs know of texts only
        likeness = TrigramSimilarity(folded, asked)
        by_model = (
            inmetro.alias(likeness=likeness)
            .filter(Q(model__folded__trigram_similar=product.model) | Q(model__folded__contains=product.model))
            .order_by("-likeness", "pk")
        )
        found |= {row.pk: row for row in by_model[:_CANDIDATES]}
    proposals = [_proposal(product, row, stated) for row in found.values()]
    proposals = [proposal for proposal in proposals if proposal.score >= _LEAST]
    return sorted(proposals, key=lambda proposal: (-proposal.score, proposal.certification.pk))[:limit]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One product that a registration may be of; score and reasons as in `Proposal`."""

    product: Product
    score: float
    reasons: tuple[str, ...]


def propose_products(certification: Any, *, limit: int = 3 * MOST) -> list[Candidate]:
    """The other way round: products by likeness to one registration, those linked to it first. Nothing is linked."""
    products = Product.objects.select_related("manufacturer").defer("raw_data", "search_vector")
    found = {row.pk: row for row in products.filter(certification=certification.pk).order_by("pk")[:_CANDIDATES]}
    if number := certification.certificate_number.strip():
        found |= {row.pk: row for row in products.filter(inmetro_certificate_number=number).order_by("pk")[:_CANDIDATES]}
    if certification.model.strip():
        folded: Any = Folded(F("model"))
        asked: Any = Folded(Value(certification.model))
        by_model = (
            products.alias(likeness=TrigramSimilarity(folded, asked))
            .filter(Q(model__folded__trigram_similar=certification.model) | Q(model__folded__contains=certification.model))
            .order_by("-likeness", "pk")
        )
        found |= {row.pk: row for row in by_model[:_CANDIDATES]}
    candidates = []
    for product in found.values():
        proposal = _proposal(product, certification, product.inmetro_certificate_number.strip())
        if proposal.score >= _LEAST or product.certification_id == certification.pk:
            candidates.append(Candidate(product, proposal.score, proposal.reasons))
    linked_first = sorted(candidates, key=lambda c: (c.product.certification_id != certification.pk, -c.score, c.product.pk))
    return linked_first[:limit]


def confirm_registration(product: Product, certification: Any | None, *, by: User, reason: str = "") -> Product:
    """Link a registration, or none; only a person does this.

    Raises:
        RegistrationRefusedError: no permission.
    """
    if not by.has_perm(REVIEW):
        raise RegistrationRefusedError(
            _("%(person)s may not confirm registrations. It needs a permission of the reviewers' group.") % {"person": by},
            code="not_allowed",
        )
    with because(by, reason), transaction.atomic():
        row = Product.objects.select_for_update(of=("self",)).defer("raw_data", "search_vector").get(pk=product.pk)
        row.certification = certification
        row.save(update_fields=["certification"])
    return row


def _proposal(product: Product, certification: Any, stated: str) -> Proposal:
    model = fuzz.ratio(product.model, certification.model, processor=default_process)
    makers = [product.brand, product.manufacturer.name if product.manufacturer else ""]
    theirs = [certification.manufacturer, certification.brand]
    maker = max(
        (fuzz.token_set_ratio(mine, their, processor=default_process) for mine in makers if mine for their in theirs if their),
        default=0.0,
    )
    reasons = [
        _("model %(percent)d %% alike") % {"percent": round(model)},
        _("maker %(percent)d %% alike") % {"percent": round(maker)},
    ]
    score = 0.65 * model + 0.35 * maker
    if stated and stated == certification.certificate_number:
        reasons.insert(0, _("the number the supplier states"))
        score = max(score, 0.5 * score + 50)
    watts = _watts(product)
    rated = certification.power_rating_w
    if watts and rated:
        if abs(float(rated) - watts) > 0.01 * watts:
            reasons.append(
                _("another power: %(rated)s W instead of %(watts)s W") % {"rated": f"{float(rated):g}", "watts": f"{watts:g}"}
            )
            score *= 0.7
        else:
            reasons.append(_("same power"))
    return Proposal(certification, round(min(score, 100.0), 1), tuple(reasons))


def _watts(product: Product) -> float | None:
    """The product's power in W, of its family's attribute."""
    values = product.specifications
    for name, factor in (("power_wp", 1), ("ac_power_kw", 1000)):
        value = values.get(name)
        if isinstance(value, int | float):
            return float(value) * factor
    return None
