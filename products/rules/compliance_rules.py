"""R19 to R21, R24: INMETRO registration, arc-fault protection, energy label, standards. About one product each."""

from collections.abc import Iterator
from datetime import timedelta
from math import isnan
from typing import Any

from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case
from products.rules.registry import Rule, article_rule

SCOPE = frozenset({"paineis", "inversores", "baterias", "controladores"})
INVERTER_SCOPE_KW = 75.0
AFCI_FROM_V = 120.0
GRID_STANDARDS = ("16149", "16150", "62116")


@article_rule(
    Rule(
        "R19",
        "INMETRO registration",
        "modules from 5 Wp, inverters up to 75 kW, charge controllers and batteries",
        "Portaria INMETRO 140/2022, with 515/2023",
        Severity.ERROR,
        True,
        "FAIL when the registration has ended, is suspended or cancelled; WARN within 60 days of its end, while pending, or when "
        "its model differs; UNKNOWN when none is linked; PASS with a reason when the product is out of scope",
    )
)
def inmetro(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """A registration counts when it is linked by a person, active and in force. An inverter above 75 kW needs none."""
    if article.category not in SCOPE:
        return
    inputs = Inputs()
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    if article.category == "inversores":
        power = inputs.optional(article, "ac_power_kw")
        if power is not None and power > INVERTER_SCOPE_KW:
            told = {"value": power, "limit": INVERTER_SCOPE_KW}
            yield rule.finding(Outcome.PASS, "inmetro_out_of_scope", inputs, params=told, **about)
            return
    linked = article.registration
    number = linked.number if linked is not None and linked.kind == "INMETRO" else None
    inputs.of_kit("registration", number, source="registry")
    if linked is None or number is None:
        inputs.note("stated_registration", article.stated_registration or None, "", "supplier")
        yield rule.unknown(inputs, **about)
        return
    inputs.note("status", linked.status, "", "registry")
    inputs.note("expires_on", linked.expires_on.isoformat() if linked.expires_on else None, "", "registry")
    inputs.note("registered_model", linked.model or None, "", "registry")
    params = {"number": number, "status": linked.status, "expires_on": linked.expires_on.isoformat() if linked.expires_on else ""}
    ended = linked.expires_on is not None and linked.expires_on < case.today
    if ended or linked.status in {"EXPIRED", "SUSPENDED", "REVOKED"}:
        code, outcome = ("inmetro_ended" if ended or linked.status == "EXPIRED" else "inmetro_withdrawn"), Outcome.FAIL
    elif linked.status != "ACTIVE":
        code, outcome = "inmetro_pending", Outcome.WARN
    elif linked.expires_on is not None and linked.expires_on <= case.today + timedelta(days=case.bands.expiry_warning_days):
        code, outcome = "inmetro_ending", Outcome.WARN
    elif article.model and linked.model and not _same_model(article.model, linked.model):
        code, outcome, params = "inmetro_other_model", Outcome.WARN, {**params, "model": linked.model}
    else:
        code, outcome = "inmetro_ok", Outcome.PASS
    fix = Message("other_registration") if outcome is Outcome.FAIL else None
    yield rule.finding(outcome, code, inputs, params=params, fix=fix, **about)


def _same_model(one: str, other: str) -> bool:
    """Model codes without case and punctuation; a family's code may go on in the registry."""
    plain = ["".join(letter for letter in text.casefold() if letter.isalnum()) for text in (one, other)]
    return plain[0] in plain[1] or plain[1] in plain[0]


@article_rule(
    Rule(
        "R20",
        "Arc-fault protection (AFCI) of the inverter",
        "needed above 120 V DC",
        "Portaria INMETRO 515/2023, in force since 1 December 2024 for new inverters",
        Severity.WARNING,
        False,
        "WARN without AFCI; older stock may be sold out; PASS with a reason up to 120 V",
    )
)
def arc_fault(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """Secondary sources word the threshold differently, so this warns at most."""
    if article.category != "inversores" or article.specifications.get("topology") == "off_grid":
        return
    inputs = Inputs()
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    volts = inputs.number(article, "max_dc_voltage_v")
    if not isnan(volts) and volts <= AFCI_FROM_V:
        yield rule.finding(Outcome.PASS, "afci_not_needed", inputs, params={"value": volts, "limit": AFCI_FROM_V}, **about)
        return
    afci = inputs.flag(article, "afci")
    if afci and not isnan(volts):
        yield rule.finding(Outcome.PASS, "afci_ok", inputs, **about)
    elif inputs.missing:
        yield rule.unknown(inputs, **about)
    else:
        yield rule.finding(Outcome.WARN, "afci_missing", inputs, params={"value": volts, "limit": AFCI_FROM_V}, **about)


@article_rule(
    Rule(
        "R21",
        "Content of the energy label (ENCE)",
        "power, efficiency and registration of a module; power and registration of an inverter",
        "Portaria INMETRO 140/2022: the label's content with every offer",
        Severity.WARNING,
        False,
        "UNKNOWN while something the offer has to show is missing",
    )
)
def energy_label(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """Every page that offers the product shows the label or its content as text, so the content has to be there."""
    needed = {"paineis": ("power_wp", "efficiency_percent"), "inversores": ("ac_power_kw",)}.get(article.category)
    if needed is None:
        return
    inputs = Inputs()
    if article.category == "inversores" and (inputs.optional(article, "ac_power_kw") or 0) > INVERTER_SCOPE_KW:
        return
    for name in needed:
        inputs.number(article, name)
    registration = article.registration
    number = registration.number if registration and registration.kind == "INMETRO" else article.stated_registration
    inputs.of_kit("registration", number or None, source="registry")
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    yield rule.unknown(inputs, **about) if inputs.missing else rule.finding(Outcome.PASS, "ence_ok", inputs, **about)


@article_rule(
    Rule(
        "R24",
        "Standards of a grid-tied inverter",
        "ABNT NBR 16149, 16150 and NBR IEC 62116",
        "PRODIST module 3; ABNT NBR 16149, 16150, NBR IEC 62116",
        Severity.INFO,
        True,
        "PASS when all are stated; WARN when some are; UNKNOWN when none is",
    )
)
def grid_standards(rule: Rule, article: Article, case: Case) -> Iterator[Finding]:
    """As stated by the linked registration or by the product's data sheet."""
    if article.category != "inversores" or article.specifications.get("topology") == "off_grid":
        return
    inputs = Inputs()
    about: dict[str, Any] = {"subject": article.sku, "part_sku": article.sku}
    stated = " ".join(article.registration.standards) if article.registration else ""
    text = f"{stated} {article.specifications.get('standards') or ''}".strip()
    inputs.of_kit("standards", text or None, source="registry" if stated else article.source_of("standards"))
    found = [number for number in GRID_STANDARDS if number in text]
    if not found:
        inputs.missing.extend(() if inputs.missing else ("standards",))
        yield rule.unknown(inputs, **about)
        return
    lacking = [number for number in GRID_STANDARDS if number not in text]
    code, outcome = ("standards_some", Outcome.WARN) if lacking else ("standards_ok", Outcome.PASS)
    yield rule.finding(outcome, code, inputs, params={"lacking": lacking}, **about)
