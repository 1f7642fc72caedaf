"""Ways to put a number of equal modules in series and parallel on the MPPTs of a kit's inverters.

Strings on one MPPT have the same length; each inverter gets at least one string. Pure counting: the limits come from voltages
and currents, see `string_limits`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

SHOWN_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Trackers:
    """Equal MPPTs of equal inverters.

    Attributes:
        inverters: how many inverters.
        mppts: MPPTs of each.
        series_min, series_max: shortest and longest string, in modules; no layout when the maximum is below the minimum.
        parallel_max: strings on one MPPT.
    """

    inverters: int
    mppts: int
    series_min: int
    series_max: int
    parallel_max: int

    @property
    def total(self) -> int:
        return self.inverters * self.mppts

    def options(self) -> tuple[tuple[int, int], ...]:
        """(series, parallel) one MPPT may carry; longest strings first, as they run closest to the nominal voltage."""
        series = range(self.series_max, max(self.series_min, 1) - 1, -1)
        return tuple((ns, np) for np in range(1, self.parallel_max + 1) for ns in series)


#: what each used MPPT carries, (series, parallel), one tuple for each group of trackers
Layout = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Layouts:
    """What fits.

    Attributes:
        found: feasible layouts, the most uniform first; at most `SHOWN_AT_MOST`.
        more: there are others.
        below, above: the nearest module counts that can be laid out; None when there is none.
    """

    found: tuple[Layout, ...]
    more: bool
    below: int | None
    above: int | None

    @property
    def best(self) -> Layout | None:
        return self.found[0] if self.found else None


@lru_cache(maxsize=4096)
def solve(modules: int, groups: tuple[Trackers, ...]) -> Layouts:
    """All layouts of so many modules, else the nearest counts that work.

    Args:
        modules: equal modules to place, all of them.
        groups: trackers, one entry for each inverter model.
    """
    counts = _reachable(groups)
    below = (counts & ((1 << max(modules, 0)) - 1)).bit_length() - 1
    over = counts >> (modules + 1)
    above = modules + 1 + ((over & -over).bit_length() - 1) if over else None
    nearest = (below if below > 0 else None, above)
    if modules <= 0 or not counts >> modules & 1:
        return Layouts((), False, *nearest)
    found: list[Layout] = []
    more = False
    for layout in _layouts(modules, groups):
        if len(found) == SHOWN_AT_MOST:
            more = True
            break
        found.append(layout)
    found.sort(key=_preference)
    return Layouts(tuple(found), more, *nearest)


def described(layout: Layout) -> str:
    """A layout as people write it, equal MPPTs together: "2 × (1 × 12) + 1 × (2 × 9)", MPPTs x (strings x modules)."""
    parts: dict[tuple[int, int], int] = {}
    for group in layout:
        for option in group:
            parts[option] = parts.get(option, 0) + 1
    return " + ".join(f"{mppts} × ({np} × {ns})" for (ns, np), mppts in sorted(parts.items(), reverse=True))


def spread(modules: int, group: Trackers, inputs_per_mppt: int) -> tuple[int, int, int]:
    """Longest string, shortest string and most strings on one MPPT when modules are spread over an inverter as evenly as can be.

    What the limits are compared with when no layout works: as many strings as it takes to stay under the longest one allowed,
    within the inputs that are there.
    """
    inputs = group.total * inputs_per_mppt
    wanted = ceil(modules / group.series_max) if group.series_max > 0 else inputs
    strings = max(min(wanted, inputs), min(group.inverters, modules), 1)
    return ceil(modules / strings), modules // strings, ceil(strings / group.total)


def _reachable(groups: tuple[Trackers, ...]) -> int:
    """Bit n is set when n modules can be placed."""
    counts = 1
    for group in groups:
        sizes = {ns * np for ns, np in group.options()}
        used = [1]
        for _ in range(group.total):
            grown = 0
            for size in sizes:
                grown |= used[-1] << size
            used.append(grown)
        of_group = 0
        for bits in used[group.inverters :]:
            of_group |= bits
        together, place = 0, 0
        while of_group >> place:
            if of_group >> place & 1:
                together |= counts << place
            place += 1
        counts = together
    return counts if groups else 0


def _layouts(modules: int, groups: tuple[Trackers, ...]) -> Iterator[Layout]:
    """Layouts, uniform ones first; none twice."""
    seen: set[Layout] = set()
    for layout in _uniform(modules, groups):
        if layout not in seen:
            seen.add(layout)
            yield layout
    for layout in _any(modules, groups):
        if layout not in seen:
            yield layout


def _uniform(modules: int, groups: tuple[Trackers, ...]) -> Iterator[Layout]:
    """Every used MPPT carries the same; for one group of inverters."""
    if len(groups) != 1:
        return
    (group,) = groups
    for ns, np in group.options():
        mppts, rest = divmod(modules, ns * np)
        if not rest and group.inverters <= mppts <= group.total:
            yield (((ns, np),) * mppts,)


def _any(modules: int, groups: tuple[Trackers, ...]) -> Iterator[Layout]:
    group, others = groups[0], groups[1:]
    rest_reach = _reachable(others) if others else 1
    for chosen, left in _fill(modules, group, rest_reach):
        if not others:
            yield (chosen,)
            continue
        for tail in _any(left, others):
            yield (chosen, *tail)


def _fill(modules: int, group: Trackers, rest_reach: int) -> Iterator[tuple[tuple[tuple[int, int], ...], int]]:
    """Choices for one group and the modules they leave for the others."""
    options = sorted(group.options(), key=lambda option: (-option[0] * option[1], -option[0]))
    reach = _reach_from(options, group.total)

    def walk(start: int, chosen: tuple[tuple[int, int], ...], left: int) -> Iterator[tuple[tuple[tuple[int, int], ...], int]]:
        if len(chosen) >= group.inverters and rest_reach >> left & 1:
            yield chosen, left
        free = group.total - len(chosen)
        if not free:
            return
        for place in range(start, len(options)):
            ns, np = options[place]
            remaining = left - ns * np
            if remaining < 0 or not _meets(reach[place][free - 1], rest_reach, remaining):
                continue
            yield from walk(place, (*chosen, options[place]), remaining)

    yield from walk(0, (), modules)


def _reach_from(options: list[tuple[int, int]], total: int) -> list[list[int]]:
    """reach[i][k]: counts at most k MPPTs can carry with the options from i on."""
    after = [1] * (total + 1)
    table: list[list[int]] = []
    for ns, np in reversed(options):
        bits = [1]
        for free in range(1, total + 1):
            bits.append(after[free] | bits[free - 1] << (ns * np))
        table.append(bits)
        after = bits
    return table[::-1]


def _meets(reach: int, rest_reach: int, wanted: int) -> bool:
    """Whether the two together can make the wanted count."""
    if rest_reach == 1:
        return bool(reach >> wanted & 1)
    return any(reach >> own & 1 and rest_reach >> (wanted - own) & 1 for own in range(wanted + 1))


def _preference(layout: Layout) -> tuple[int, int, int]:
    """Equal MPPTs first, then few strings in parallel, then long strings."""
    carried = [option for group in layout for option in group]
    return len(set(carried)), max(np for _, np in carried), -min(ns for ns, _ in carried)
