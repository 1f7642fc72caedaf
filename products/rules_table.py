"""The page about the rules, made from their registry."""

from products.rules.engine import all_rules
from products.rules.kit_facts import Bands, Site
from products.rules.registry import ARTICLE_RULES

_HEAD = """# Kit rules

What the engineering rules check, where each comes from, and what its outcomes mean. This page is made from the rules themselves:
`manage.py kit_rules --write`.

A finding is PASS, WARN, FAIL or UNKNOWN. **Missing data is UNKNOWN and never passes.** A value of another type, or outside the hard range of
its attribute, counts as missing. A rule whose source was not read is *not confirmed* and warns at most. Standards are cited by
clause, not reproduced.

A kit's state is its worst finding: FAIL; UNKNOWN of a rule that could fail (severity ERROR), as it may hide a failure; WARN; any other
UNKNOWN; PASS. INFO does not count. A person may accept a WARN or FAIL with a reason until a day: an accepted FAIL counts as WARN, an
accepted WARN as PASS, an UNKNOWN cannot be accepted. The acceptance ends on its day, or when outcome or inputs of the finding change.

Findings go out of date (STALE) when a part, a product, a certificate, a price, the kit's own columns or the country's temperatures
change, whoever writes: triggers in the database see to it. A worker checks them again within a minute; the whole catalogue every night,
as certificates end and prices age. A new version of the rules has every kit checked again.

Workers share a long pass: each takes kits that nobody else has in hand, a batch of 1,000 in a transaction, and asks others to join in while
there is more than that to do. `manage.py check_kits` shares it among processes of its own (`--workers`). A worker that is killed leaves its
batch as it was, and another takes it.

## Temperatures and layout

Kits are sold everywhere, so they are checked at the coldest and hottest of the place `BR` (site conditions in the admin). Without it:
{minimum:g} °C, the lowest air temperature on record taken as the cell's at dawn, and {maximum:g} °C for the hottest cell
(Tamb + (NOCT − 20) / 800 × 1000). R01b asks again at {cold:g} °C for kits that name Paraná, Santa Catarina or Rio Grande do Sul in their
regional adjustments. Both defaults are conservative conventions, not measurements.

Suppliers seldom state how strings are laid out. R10 looks for every layout of the modules on the MPPTs (strings of one MPPT alike, each
inverter with at least one string) within R01, R02, R04, R06 and R08; the other string rules then speak of the best one: equal MPPTs,
few strings in parallel, long strings. When none exists they speak of an even spread, so that the numbers say what is wrong, and R10 names the
nearest numbers of modules that work.

A list of parts with modules and inverters only does not say what else is in the kit: what is absent from it is UNKNOWN. A list that goes
into detail and lacks a part FAILs (or warns, where the rule is not confirmed).

## Rules

| Rule | What | Formula | Source | Outcomes | Severity | Confirmed | About |
|---|---|---|---|---|---|---|---|
"""
_TAIL = """
## Thresholds that are a matter of judgement

DC/AC ratio {low:g} to {high:g} (low below {lowish:g}, far above from {very:g}); title's power ± {tolerance:g} %;
registrations warned of {days} days before their end; prices older than {age} days; {margin:g} % of room over the MPPT minimum; cable drop {drop:g} % over {run:g} m. {rear:g} % of the irradiance behind a
bifacial module; {single:g} kW AC on one phase (distributors have tables of their own). They stand in
`products/rules/kit_facts.py` (`Bands`).

## Estimates

* **Generation**: kWp × hours of full sun × days × performance ratio (0.80), month by month, with the range of the irradiation's uncertainty.
  Irradiation comes from the site conditions: municipality, else state, else country. Without any, from the national range of 1150 to 1750 kWh/kWp
  a year. No table of irradiation by place is shipped: those found forbid it (the INPE atlas is CC BY-NC-ND). Load your own with
  `manage.py load_site_conditions FILE --source TEXT --licence TEXT`.
* **Losses**: PVWatts' defaults together are 14.08 %; with 96 % inverter efficiency a ratio of 0.825, before heat.
* **Savings**: Lei 14.300/2022: compensated energy pays 15 % of Fio B in 2023, then 30, 45, 60, 75, and 90 % in 2028. From 2029 on nobody knows the
  rule (art. 17): shown as a range of 90 to 100 %. The least that is billed is 30, 50 or 100 kWh by phases. GD III is not computed.
* **CO2**: the grid's mean factor of the year (MCTI): 0.0385 tCO2/MWh in 2023. It is not the marginal factor of CDM projects.
* **Prices**: Decimal; each step that makes a price rounds to cents, halves up.
"""


def page() -> str:
    """`docs/kit-rules.md` as it should be."""
    site, bands = Site(), Bands()
    lines = []
    for rule in all_rules():
        cells = (
            rule.rule_id,
            rule.title,
            rule.formula or "–",
            rule.reference,
            rule.outcomes,
            rule.severity.value,
            "yes" if rule.confirmed else "no",
            "product" if rule.rule_id in ARTICLE_RULES else "kit",
        )
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    head = _HEAD.format(minimum=site.min_ambient_c, maximum=site.max_cell_c, cold=site.cold_region_c)
    tail = _TAIL.format(
        low=bands.ratio_low_warn,
        high=bands.ratio_high_warn,
        very=bands.ratio_very_high,
        lowish=bands.ratio_low_info,
        rear=bands.rear_irradiance_percent,
        single=bands.grid_power_kw[1],
        tolerance=bands.declared_tolerance_percent,
        days=bands.expiry_warning_days,
        age=bands.price_age_days,
        margin=bands.mppt_margin_percent,
        drop=bands.cable_drop_percent,
        run=bands.cable_run_m,
    )
    return head + "".join(lines) + tail
