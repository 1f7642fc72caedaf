"""Kits that are shown as pictures: a panel's, an inverter's, the kWp, and no name. Pure.

A picture's address tells the article by an id of the shop's ("…/components/68dbedcc54fa3ed05329e145/…"), which the shop's list of
articles has too, or by its file name ("RISEN-700W.png", "SUNGROW-SG5.0RS-220V-2MPPT.png").
"""

import re
from collections.abc import Sequence

from pipeline.suppliers.mapping import Column, PartColumns

#: an object's id in an address
OBJECT_ID = r"/([0-9a-f]{24})/"
_KWP = r"([\d.,]+ ?kWp)"
_FILE = re.compile(r"^https?://\S*/([^/?]+)\.(?:png|jpe?g|webp|avif)(?:\?\S*)?$", re.IGNORECASE)
_PANEL = re.compile(r"(?<!\d)[2-8]\d\dwp?(?![a-z])|pain[eé]l|m[oó]dulo|\bmodule", re.IGNORECASE)
_INVERTER = re.compile(r"\d ?kw|\d{3}v\b|mppt|invers|\d{4}w(?![a-z])", re.IGNORECASE)


def parts_in_pictures(
    headers: Sequence[str], cells: dict[str, list[str]]
) -> tuple[dict[str, Column], tuple[PartColumns, ...], tuple[str, ...]]:
    """The columns of a list of pictured kits.

    Returns:
        Fields, parts and the headers they take; all empty where the list is none.
    """
    names = {header: [found[1] for cell in cells[header] if (found := _FILE.match(cell))] for header in headers}
    pictures = [header for header in headers if cells[header] and len(names[header]) == len(cells[header])]
    power = [name for name in headers if cells[name] and all(re.match(_KWP, cell, re.IGNORECASE) for cell in cells[name])]
    power.sort(key=lambda name: -max(map(_places, cells[name])))  # 10.925 kWp beside 10,93 kWp
    panels = [name for name in pictures if _share(_PANEL, names[name]) > 0 and not _share(_INVERTER, names[name])]
    inverters = [name for name in pictures if _share(_INVERTER, names[name]) > 0 and name not in panels]
    if not power or len(pictures) != 2 or len(panels) != 1 or len(inverters) != 1:
        return {}, (), ()
    parts = tuple(
        PartColumns(component=component, text=Column((header,)), join=joined_by(header, cells[header]), count=count)
        for component, header, count in (("PANEL", panels[0], "from_power"), ("INVERTER", inverters[0], "stated"))
    )
    return {"declared_kwp": Column(tuple(power), _KWP)}, parts, (*power, *panels, *inverters)


def joined_by(header: str, cells: Sequence[str]) -> Column | None:
    """The column's object ids; None where its addresses have none."""
    return Column((header,), OBJECT_ID) if any(re.search(OBJECT_ID, cell) for cell in cells) else None


def _places(cell: str) -> int:
    """The decimal places of the kWp a cell begins with."""
    found = re.match(r"\d+[.,](\d+)", cell)
    return len(found[1]) if found else 0


def _share(pattern: re.Pattern[str], names: Sequence[str]) -> float:
    return sum(bool(pattern.search(name)) for name in names) / max(len(names), 1)
