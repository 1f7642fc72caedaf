"""The rules on many kits: an answer that rests on the same facts is worked out once. The answers are those of `engine`."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from products.rules.engine import articles_of, check_article
from products.rules.findings import Finding
from products.rules.kit_facts import Article, Bands, Case, Kit, Site
from products.rules.registry import ARTICLE_RULES, KIT_RULES, SCOPES, KitCheckFunction, Rule
from products.rules.scope import GENERATORS, Scope

SHARED_RULES = frozenset(ARTICLE_RULES) | {rule_id for rule_id, scope in SCOPES.items() if scope is not None}

KEPT = 30_000


@dataclass(slots=True, eq=False)
class Told:
    """Findings that belong together. `made`: what the caller makes of them, once for all the kits that have them."""

    findings: list[Finding]
    made: Any = None


class Shared:
    """Answers of one place on one day, kept while a pass goes on: a finding given twice is the same object.

    It keeps about `kept` groups of findings and then starts anew.

    Products may change during a pass. An answer belongs to the state a product was in: another state, another answer.
    """

    def __init__(self, today: date, site: Site, bands: Bands, *, kept: int = KEPT) -> None:
        self.basis = (today, site)
        self._today, self._site, self._bands = today, site, bands
        self._states: dict[int, tuple[Article, int]] = {}
        self._last_state = 0
        self._kept = kept
        self._answers: dict[Hashable, Told] = {}
        self._arrays: dict[Hashable, dict[str, Any]] = {}
        self._by_scope: dict[Scope | None, list[tuple[Rule, KitCheckFunction]]] = {}
        for rule_id, entry in KIT_RULES.items():
            self._by_scope.setdefault(SCOPES[rule_id], []).append(entry)

    def findings(self, case: Case) -> Iterator[Finding]:
        """What `check_kit` finds, then what `check_article` finds in each product; in no particular order.

        Args:
            case: on this day, at this place, with these thresholds.
        """
        return chain.from_iterable(told.findings for told in self.told(case))

    def told(self, case: Case) -> Iterator[Told]:
        """The same in groups; a group that other kits have too is the same object."""
        if len(self._answers) > self._kept:
            self._forget()
        kit = case.kit
        serials = {id(part.article): self._serial(part.article) for part in kit.parts}
        array_key = GENERATORS.key(kit, serials)
        for scope, rules in self._by_scope.items():
            if scope is None:
                yield Told([finding for rule, function in rules for finding in function(rule, case)])
                continue
            key = scope.key(kit, serials)
            told = self._answers.get(key)
            if told is None:
                memo: dict[str, Any] = {}
                if scope.counted and scope.roles >= GENERATORS.roles:
                    memo = self._arrays.setdefault(array_key, {})
                narrowed = Case(scope.narrowed(kit), case.today, case.site, case.bands, memo)
                told = self._answers[key] = Told([finding for rule, function in rules for finding in function(rule, narrowed)])
            yield told
        for article in articles_of(case):
            key = serials[id(article)]
            told = self._answers.get(key)
            if told is None:
                told = self._answers[key] = Told(check_article(article, case))
            yield told

    def _forget(self) -> None:
        """Start anew: a catalogue of kits that share nothing would fill the memory."""
        self._answers.clear()
        self._arrays.clear()
        self._states.clear()

    def case(self, kit: Kit) -> Case:
        """The kit on this day at this place."""
        return Case(kit, self._today, self._site, self._bands)

    def _serial(self, article: Article) -> int:
        """A number for the product's present state."""
        known = self._states.get(article.key)
        if known is not None and (known[0] is article or known[0] == article):
            number = known[1]
        else:
            number = self._last_state = self._last_state + 1
        self._states[article.key] = (article, number)
        return number
