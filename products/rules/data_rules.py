"""R25, R26: values that cannot be right, and offers that may be out of date."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case
from products.rules.registry import Rule, article_rule, kit_rule

_MODULE = (
    "power_wp", "voc_v", "vmp_v", "isc_a", "imp_a", "temp_coeff_voc_pct_per_c", "temp_coeff_isc_pct_per_c", "efficiency_percent",
    "length_mm", "width_mm",
)  # fmt: skip
PRICED = frozenset({"paineis", "inversores", "baterias", "controladores"})


@article_rule(
    Rule(
        "R25",
        "A module's values agree with each other",
        "|Vmp × Imp − Pmax| ≤ 2 %; Voc > Vmp; Isc > Imp; fill factor 0.70 to 0.86; efficiency = P / area ± 0.5 points; "
        "β −0.40 to −0.15 %/°C; α 0 to 0.1 %/°C; weight 5 to 45 kg",
        "Data quality; STC: 1000 W/m²",
        Severity.WARNING,
        True,
        "WARN for each value that cannot be right, one finding each; UNKNOWN when a value is missing",
    )
)
def module_sanity(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """Catches V/°C in place of %/°C, lost signs, swapped columns, wrong areas."""
    if article.category != "paineis":
        return
    inputs = Inputs()
    values = {name: inputs.number(article, name) for name in _MODULE}
    weight = inputs.optional(article, "weight_kg")
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    if inputs.missing:
        yield rule.unknown(inputs, **about)
        return
    odd = [check for check in _checks(values, weight) if not check[2] <= check[1] <= check[3]]
    for name, value, low, high in odd:
        params = {"what": name, "value": value, "low": low, "high": high}
        yield rule.finding(
            Outcome.WARN,
            "odd_value",
            inputs,
            params=params,
            value=value,
            limit=low if value < low else high,
            subject=f"{article.sku} {name}",
            part_sku=article.sku,
            fix=Message("compare_datasheet"),
        )
    if not odd:
        yield rule.finding(Outcome.PASS, "sane", inputs, **about)


def _checks(values: dict[str, float], weight: float | None) -> Iterator[tuple[str, float, float, float]]:
    """(what, value, lowest, highest) of everything that is held against something."""
    power, area_m2 = values["power_wp"], values["length_mm"] * values["width_mm"] / 1e6
    yield "vmp_imp_over_pmax", values["vmp_v"] * values["imp_a"] / power, 0.98, 1.02
    yield "voc_over_vmp", values["voc_v"] / values["vmp_v"], 1.0001, 1.6
    yield "isc_over_imp", values["isc_a"] / values["imp_a"], 1.0001, 1.3
    yield "fill_factor", power / (values["voc_v"] * values["isc_a"]), 0.70, 0.86
    by_area = power / (area_m2 * 1000) * 100
    yield "efficiency_percent", values["efficiency_percent"], by_area - 0.5, by_area + 0.5
    yield "temp_coeff_voc_pct_per_c", values["temp_coeff_voc_pct_per_c"], -0.40, -0.15
    yield "temp_coeff_isc_pct_per_c", values["temp_coeff_isc_pct_per_c"], 0.0, 0.1
    if weight is not None:
        yield "weight_kg", weight, 5.0, 45.0


@article_rule(
    Rule(
        "R26a",
        "Product still offered, with a data sheet",
        "",
        "Catalogue",
        Severity.WARNING,
        True,
        "WARN when it is discontinued, out of stock or has no data sheet",
    )
)
def offered(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """Modules, inverters, batteries and controllers only."""
    if article.category not in PRICED:
        return
    inputs = Inputs()
    inputs.note("status", article.status, "", "catalogue")
    inputs.note("stock", article.stock, "", "catalogue")
    inputs.note("datasheet_url", article.datasheet_url or None, "", "catalogue")
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    if article.status in {"DISCONTINUED", "INACTIVE"}:
        yield rule.finding(Outcome.WARN, "discontinued", inputs, fix=Message("replace_part"), **about)
    elif article.stock == 0 or article.status == "OUT_OF_STOCK":
        yield rule.finding(Outcome.WARN, "out_of_stock", inputs, **about)
    elif not article.datasheet_url:
        yield rule.finding(Outcome.WARN, "no_datasheet", inputs, fix=Message("link_datasheet"), **about)
    else:
        yield rule.finding(Outcome.PASS, "offered_ok", inputs, **about)


@kit_rule(
    Rule(
        "R26",
        "Age of the price",
        "newest price at most 60 days old",
        "Catalogue",
        Severity.WARNING,
        True,
        "WARN when it is older; UNKNOWN without a price",
    )
)
def price_age(rule: Rule, case: Case) -> Iterator[Finding]:
    """The day of the newest price of the kit."""
    kit, inputs = case.kit, Inputs()
    inputs.of_kit("price_date", kit.price_date.isoformat() if kit.price_date else None, source="prices")
    if kit.price_date is None:
        yield rule.unknown(inputs)
        return
    days = case.bands.price_age_days
    fresh = kit.price_date >= case.today - timedelta(days=days)
    params = {"day": kit.price_date.isoformat(), "days": days}
    yield rule.finding(Outcome.PASS if fresh else Outcome.WARN, "price_fresh" if fresh else "price_old", inputs, params=params)


@kit_rule(
    Rule(
        "R26b",
        "Margin of the sale price",
        "sale price > cost",
        "Catalogue",
        Severity.WARNING,
        True,
        "WARN when the kit is sold at or below its cost",
    )
)
def margin(rule: Rule, case: Case) -> Iterator[Finding]:
    """Only for kits with a sale price of their own."""
    kit, inputs = case.kit, Inputs()
    if kit.sale_brl is None:
        return
    inputs.of_kit("sale_brl", kit.sale_brl, "R$", "prices")
    inputs.of_kit("cost_brl", kit.cost_brl, "R$")
    if inputs.missing or kit.cost_brl is None:
        yield rule.unknown(inputs)
        return
    sound = kit.sale_brl > kit.cost_brl
    params = {"value": kit.sale_brl, "limit": kit.cost_brl}
    yield rule.finding(
        Outcome.PASS if sound else Outcome.WARN,
        "margin_ok" if sound else "margin_none",
        inputs,
        params=params,
        value=kit.sale_brl,
        limit=kit.cost_brl,
        unit="R$",
    )
