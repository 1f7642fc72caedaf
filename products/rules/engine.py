"""All rules on one kit."""

from collections.abc import Sequence
from hashlib import sha256

from products.rules import (
    battery_rules,
    bifacial_rules,
    clamp_rules,
    compliance_rules,
    data_rules,
    grid_rules,
    micro_rules,
    parts_rules,
    sizing_rules,
    string_rules,
)
from products.rules.findings import Finding
from products.rules.kit_facts import Article, Bands, Case
from products.rules.registry import ARTICLE_RULES, KIT_RULES, Rule

# imported for their rules
_RULE_MODULES = (
    string_rules, bifacial_rules, sizing_rules, micro_rules, grid_rules, parts_rules, clamp_rules,
    battery_rules, compliance_rules, data_rules,
)  # fmt: skip


def all_rules() -> list[Rule]:
    """Every rule, by id."""
    return sorted((rule for rule, _ in (*KIT_RULES.values(), *ARTICLE_RULES.values())), key=lambda rule: rule.rule_id)


def _engine_version() -> str:
    """Changes when a rule comes, goes or changes its version."""
    versions = ",".join(f"{rule.rule_id}={rule.version}" for rule in all_rules())
    return f"1.{sha256(versions.encode()).hexdigest()[:8]}"


ENGINE_VERSION = _engine_version()


def check_kit(case: Case) -> list[Finding]:
    """Findings of the rules that look at the kit as a whole, by rule and subject."""
    found = [finding for rule, function in KIT_RULES.values() for finding in function(rule, case)]
    return sorted(found, key=lambda finding: (finding.rule_id, finding.subject))


def check_article(article: Article, case: Case) -> list[Finding]:
    """Findings about one product; the same in every kit that uses it."""
    return [finding for rule, function in ARTICLE_RULES.values() for finding in function(rule, article, case)]


def articles_of(case: Case) -> Sequence[Article]:
    """The products of a kit, each once."""
    return list({part.article.key: part.article for part in case.kit.parts}.values())


DEFAULT_BANDS = Bands()
