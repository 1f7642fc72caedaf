"""The rules by their id: what each is, where it comes from, and the function that answers.

A rule looks at a kit, or (`article_rule`) at one product wherever it is used. A rule without a confirmed source never says FAIL:
`Rule.finding` turns it into WARN.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case
from products.rules.scope import Scope

KitCheckFunction = Callable[["Rule", Case], Iterable[Finding]]
ArticleCheckFunction = Callable[["Rule", Article, Case], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        rule_id: stable; people cite it.
        title: what it looks at, in English; translated where it is shown.
        formula: as text; empty when there is none.
        reference: standard and clause, law, or data sheet.
        severity: ERROR when it may fail a kit, WARNING when it may warn, INFO when it informs.
        confirmed: its source was read. An unconfirmed rule warns at most.
        outcomes: what each outcome means, in English.
        version: raised when its answers change.
    """

    rule_id: str
    title: str
    formula: str
    reference: str
    severity: Severity
    confirmed: bool
    outcomes: str
    version: int = 1

    def finding(
        self,
        outcome: Outcome,
        code: str,
        inputs: Inputs,
        *,
        params: dict[str, Any] | None = None,
        fix: Message | None = None,
        **more: Any,
    ) -> Finding:
        """An answer of this rule, with the rule's severity and reference."""
        if outcome is Outcome.FAIL and not self.confirmed:
            outcome = Outcome.WARN
        given = inputs.all()
        if outcome is Outcome.PASS:
            given = tuple([one for one in given if one.value is not None])  # what it did without
        return Finding(
            self.rule_id,
            outcome,
            self.severity,
            Message(code, params or {}),
            reference=self.reference,
            inputs=given,
            fix=fix,
            **more,
        )

    def unknown(self, inputs: Inputs, **more: Any) -> Finding:
        """The answer when something it needs is missing."""
        missing = list(dict.fromkeys(inputs.missing))
        return self.finding(
            Outcome.UNKNOWN,
            "missing_data",
            inputs,
            params={"missing": missing},
            fix=Message("fill_in", {"missing": missing}),
            **more,
        )


KIT_RULES: dict[str, tuple[Rule, KitCheckFunction]] = {}
ARTICLE_RULES: dict[str, tuple[Rule, ArticleCheckFunction]] = {}
# What each rule on kits looks at; None for everything.
SCOPES: dict[str, Scope | None] = {}


def kit_rule(rule: Rule, scope: Scope | None = None) -> Callable[[KitCheckFunction], KitCheckFunction]:
    """Register a function that answers for a kit from what is in `scope`, or from all of it."""

    def register(function: KitCheckFunction) -> KitCheckFunction:
        _refuse_second(rule)
        KIT_RULES[rule.rule_id] = (rule, function)
        SCOPES[rule.rule_id] = scope
        return function

    return register


def article_rule(rule: Rule) -> Callable[[ArticleCheckFunction], ArticleCheckFunction]:
    """Register a function that answers for one product: asked once however many kits use it."""

    def register(function: ArticleCheckFunction) -> ArticleCheckFunction:
        _refuse_second(rule)
        ARTICLE_RULES[rule.rule_id] = (rule, function)
        return function

    return register


def _refuse_second(rule: Rule) -> None:
    if rule.rule_id in KIT_RULES or rule.rule_id in ARTICLE_RULES:
        raise ValueError(f"There are two rules {rule.rule_id}: give one of them another id.")
