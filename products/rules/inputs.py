"""Collecting what a rule needs, with its source; what is missing makes the answer UNKNOWN."""

from math import isfinite, nan

from products.rules.families import FAMILIES, fits
from products.rules.findings import Given
from products.rules.kit_facts import Article, Part, Reading


class Inputs:
    """The values one rule uses on one kit.

    A getter returns NaN or "" for a value that is absent or impossible (another type, outside the hard range), and remembers its
    name in `missing`: a rule asks for everything first, and answers UNKNOWN when `missing` is not empty.
    """

    __slots__ = ("given", "missing")

    def __init__(self) -> None:
        self.given: dict[str, Given] = {}
        self.missing: list[str] = []

    def number(self, article: Article, name: str) -> float:
        """An attribute the rule cannot do without."""
        value = self.optional(article, name)
        if value is None:
            if name not in self.given:
                attribute = FAMILIES.get(article.category, {}).get(name)
                self._record(name, None, attribute.unit if attribute else "", article.source_of(name), article.sku)
            self.missing.append(name)
            return nan
        return value

    def optional(self, article: Article, name: str) -> float | None:
        """An attribute the rule can do without; recorded when there is one."""
        known = article.readings.get(name)
        if known is None:
            known = article.readings[name] = _reading(article, name)
        value, given = known
        if given is not None:
            before = self.given.setdefault(name, given)
            if before is not given:
                self._record(*given)
        return value

    def flag(self, article: Article, name: str, default: bool | None = None) -> bool | None:
        """A yes or no; missing without a default."""
        value = article.specifications.get(name)
        known = value if isinstance(value, bool) else None
        if known is None and default is not None:
            self._record(name, default, "", "default", article.sku)
            return default
        self._record(name, known, "", article.source_of(name), article.sku)
        if known is None:
            self.missing.append(name)
        return known

    def word(self, article: Article, name: str) -> str:
        """A word from a list, or a text; "" and missing when there is none."""
        value = article.specifications.get(name)
        known = value if isinstance(value, str) and value.strip() else None
        self._record(name, known, "", article.source_of(name), article.sku)
        if known is None:
            self.missing.append(name)
        return known or ""

    def quantity(self, part: Part, name: str) -> int:
        """How many of a part; missing when the source leaves it open."""
        self._record(name, part.quantity, "", "kit", part.article.sku)
        if part.quantity is None:
            self.missing.append(name)
        return part.quantity or 0

    def of_kit(self, name: str, value: float | str | bool | None, unit: str = "", source: str = "kit") -> None:
        """A value of the kit, the site or a rule itself; missing when None."""
        if isinstance(value, float) and not isfinite(value):
            value = None
        self._record(name, value, unit, source, "")
        if value is None:
            self.missing.append(name)

    def note(self, name: str, value: float | str | bool | None, unit: str = "", source: str = "rule") -> None:
        """A value that may be absent without harm: constants and intermediate results."""
        if value is not None:
            self._record(name, value, unit, source, "")

    def _record(self, name: str, value: float | str | bool | None, unit: str, source: str, sku: str) -> None:
        before = self.given.get(name)
        key = name if before is None or before.sku == sku else f"{name} {sku}"
        self.given[key] = Given(key, value, unit, source, sku)

    def all(self) -> tuple[Given, ...]:
        return tuple(self.given.values())


def _reading(article: Article, name: str) -> Reading:
    """An attribute that is a number, and how it is told; (None, None) where there is none."""
    value = article.specifications.get(name)
    if value is None:
        return None, None
    attribute, source = FAMILIES.get(article.category, {}).get(name), article.source_of(name)
    unit = attribute.unit if attribute else ""
    if attribute is None or not fits(attribute, value) or not isinstance(value, int | float):
        return None, Given(name, str(value), unit, f"{source} (not usable)", article.sku)
    return float(value), Given(name, value, unit, source, article.sku)
