"""What stands over a kit's form: its totals, what the rules found, and what keeps it from being published."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from products.actions.kits import part_figures, totals_of
from products.actions.review import ACCEPT, is_accepted, publish_blockers
from products.admin.bases import OUTCOME_KINDS, REVIEW_KINDS
from products.admin.finding_inputs import InputLine, input_lines
from products.admin.kit_estimates import estimate_lines
from products.choices import CheckOutcome, ComponentType, ReviewState
from products.models import KitCheck, KitComponent, Product, SolarKit
from products.rules.totals import KitTotals, kit_totals, price_per_wp
from ysh.core.admin import badge, brl, moment, number, since

_RANKS = {CheckOutcome.FAIL: 0, CheckOutcome.WARN: 1, CheckOutcome.UNKNOWN: 2, CheckOutcome.PASS: 3}
MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding as the page shows it."""

    check: KitCheck
    outcome: SafeString
    measured: str
    accepted: bool
    may_accept: bool
    product_id: int | None

    @property
    def accepted_until(self) -> str:
        return moment(self.check.override_expires_at)

    @property
    def fix(self) -> str:
        return self.check.fix

    @property
    def text(self) -> str:
        return self.check.text

    @property
    def inputs(self) -> list[InputLine]:
        return input_lines(self.check)


def panel(kit: SolarKit, user: Any) -> dict[str, Any]:
    """The panel of a stored kit; two queries (parts, findings), however many there are of each."""
    kit = SolarKit.objects.with_components().prefetch_related("checks").defer("raw_data", "search_vector").get(pk=kit.pk)
    checks = kit.checks.all()
    lines = finding_lines(kit, user, [check for check in checks if check.outcome != CheckOutcome.PASS])
    of_parts: dict[int, list[FindingLine]] = {}
    for line in lines:
        if line.product_id is not None:
            of_parts.setdefault(line.product_id, []).append(line)
    return {
        "kit": kit,
        "totals": totals_shown(totals_of(kit), kit.kit_cost, kit.installation_cost, kit.documentation_cost),
        "declared": number(kit.declared_power_kwp, 2, "kWp") if kit.declared_power_kwp is not None else "",
        "review": badge(kit.get_review_state_display(), REVIEW_KINDS[kit.review_state]),
        "state": badge(kit.get_check_state_display(), OUTCOME_KINDS[kit.check_state]),
        "checked": moment(kit.checked_at) if kit.checked_at else "",
        "checked_since": since(kit.checked_at) if kit.checked_at else "",
        "open_findings": lines,
        "passed": len(checks) - len(lines),
        "findings_of_parts": of_parts,
        "estimates": estimate_lines(kit),
        "blockers": publish_blockers(kit) if kit.review_state != ReviewState.PUBLISHED else [],
    }


def passed_lines(kit: SolarKit, user: Any) -> list[FindingLine]:
    """The rules the kit passes. Most do, each with all it used: fetched when somebody wants to read them."""
    return finding_lines(kit, user, kit.checks.filter(outcome=CheckOutcome.PASS))


def finding_lines(kit: SolarKit, user: Any, findings: Iterable[KitCheck]) -> list[FindingLine]:
    """Some of the kit's findings, worst first; each with the product it concerns, when it concerns one."""
    by_name = _products_by_name(kit.components.all())
    may_accept = user.has_perm(ACCEPT)
    checks = sorted(findings, key=lambda row: (_RANKS[CheckOutcome(row.outcome)], row.rule_id, row.subject))
    return [
        FindingLine(
            check=check,
            outcome=badge(check.get_outcome_display(), OUTCOME_KINDS[check.outcome]),
            measured=_measured(check),
            accepted=is_accepted(check),
            may_accept=may_accept and check.outcome in {CheckOutcome.FAIL, CheckOutcome.WARN},
            product_id=by_name.get(check.part_sku or check.subject),
        )
        for check in checks
    ]


def _products_by_name(components: Iterable[KitComponent]) -> dict[str, int]:
    """The kit's products by SKU and by name, which is how findings speak of them."""
    known: dict[str, int] = {}
    for component in components:
        known.setdefault(component.product.sku, component.product_id)
        known.setdefault(component.product.name, component.product_id)
    known.pop("", None)
    return known


def _measured(check: KitCheck) -> str:
    if check.value is None and check.limit is None:
        return ""
    text = f"{number(_rounded(check.value))} / {number(_rounded(check.limit), unit=check.unit)}"
    return text if check.margin_percent is None else f"{text} ({number(check.margin_percent, 1, '%')})"


def _rounded(value: Decimal | None) -> Decimal | None:
    """Three decimals are enough to read; the list of findings has them all."""
    return None if value is None else round(value, 3)


# --- totals
def totals_shown(
    totals: KitTotals, kit_cost: Decimal | None, installation: Decimal | None, documentation: Decimal | None
) -> dict[str, str]:
    """The strip's figures as people read them, by the name the page knows them by."""
    price = None if kit_cost is None else kit_cost + (installation or 0) + (documentation or 0)
    per_wp = price_per_wp(price, totals.power_kwp)
    margin = None
    if kit_cost and totals.parts_price is not None:
        margin = (kit_cost - totals.parts_price) / kit_cost * 100
    return {
        "power": number(totals.power_kwp, 2, "kWp"),
        "ac_power": number(totals.ac_power_kw, 2, "kW"),
        "ratio": number(totals.dc_ac_ratio, 2),
        "parts_price": brl(totals.parts_price),
        "price": brl(price),
        "per_wp": brl(per_wp),
        "margin": number(margin, 1, "%"),
        "note": _unpriced(totals.unpriced),
    }


def _unpriced(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(count)s part without a price", "%(count)s parts without a price", count) % {"count": count}


class TotalsRow(forms.Form):
    """One row of the table of parts, as it stands in the form."""

    product = forms.IntegerField(required=False)
    component_type = forms.ChoiceField(choices=ComponentType.choices, required=False)
    quantity = forms.IntegerField(required=False)
    unit_price = forms.DecimalField(required=False)
    is_optional = forms.BooleanField(required=False)


class TotalsForm(forms.Form):
    """The kit's own prices."""

    kit_cost = forms.DecimalField(required=False)
    installation_cost = forms.DecimalField(required=False)
    documentation_cost = forms.DecimalField(required=False)


def totals_of_form(data: dict[str, Any]) -> dict[str, str]:
    """The strip's figures for a form that is not saved; what does not parse counts as unknown. One query.

    Args:
        data: {"parts": [{product, component_type, quantity, unit_price, is_optional}], "kit_cost", ...}, values as typed.
    """
    rows = [TotalsRow(row) for row in data.get("parts", [])[:MOST_PARTS] if isinstance(row, dict)]
    cleaned = [_cleaned(row) for row in rows]
    wanted = {row["product"] for row in cleaned if row["product"] is not None}
    products = Product.objects.only("pk", "specifications", "cost_price").in_bulk(wanted)
    figures = []
    for row in cleaned:
        product = products.get(row["product"])
        if product is not None:
            figures.append(part_figures(KitComponent(**{**row, "product": product}), product))
    prices = _cleaned(TotalsForm(data))
    return totals_shown(kit_totals(figures), prices["kit_cost"], prices["installation_cost"], prices["documentation_cost"])


def _cleaned(form: forms.Form) -> dict[str, Any]:
    """The form's values; None where one does not parse."""
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


# --- what if
@dataclass(frozen=True, slots=True)
class EffectLine:
    """One figure before and after."""

    label: str
    before: str
    after: str


def replacement_effect(kit: SolarKit, component: KitComponent, product: Product) -> list[EffectLine]:
    """What another product in a part's place would do to the kit's figures; nothing is written."""
    parts = list(kit.components.select_related("product"))
    before = [part_figures(part, part.product) for part in parts]
    after = [
        replace(part_figures(part, product), unit_price=product.cost_price) if part.pk == component.pk else figures
        for part, figures in zip(parts, before, strict=True)
    ]
    costs = (kit.kit_cost, kit.installation_cost, kit.documentation_cost)
    shown = [totals_shown(kit_totals(figures), *costs) for figures in (before, after)]
    labels = {
        "power": _("power"),
        "ac_power": _("AC power"),
        "ratio": _("DC/AC ratio"),
        "parts_price": _("parts"),
        "per_wp": _("price per Wp"),
        "margin": _("margin"),
    }
    return [EffectLine(label, shown[0][name], shown[1][name]) for name, label in labels.items()]
