"""Where each value of a product comes from: `Product.specification_sources`, by attribute.

    {"voc_v": {"source": "DATA_SHEET", "document": "DAH 610, rev. 3", "by": "ana", "at": "2026-11-23T...", "reviewed_by": ""}}

A value that changes loses its review: whoever reviewed it saw another number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from products.choices import ValueSource

Sources = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Origin:
    """One value's origin.

    Attributes:
        source: a `ValueSource`.
        document: file, page or row it was read from; "" when not stated.
        by, at: who entered it, and when (ISO 8601).
        reviewed_by, reviewed_at: who compared it with its source, and when; "" while nobody has.
    """

    source: str
    document: str = ""
    by: str = ""
    at: str = ""
    reviewed_by: str = ""
    reviewed_at: str = ""


def origin_of(sources: Mapping[str, Any], name: str) -> Origin | None:
    """The origin of one attribute's value; None when nobody noted it."""
    stored = sources.get(name)
    if not isinstance(stored, Mapping) or stored.get("source") not in ValueSource.values:
        return None
    known = {field: str(stored.get(field) or "") for field in Origin.__dataclass_fields__}
    return Origin(**known)


def stamped(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    sources: Mapping[str, Any],
    *,
    source: str,
    document: str,
    by: str,
    at: datetime,
) -> Sources:
    """The origins once values went from `before` to `after`: changed values carry the new one, values gone lose theirs."""
    fresh = asdict(Origin(source, document, by, at.isoformat(timespec="seconds")))
    kept: Sources = {name: dict(origin) for name, origin in sources.items() if name in after and isinstance(origin, Mapping)}
    for name, value in after.items():
        if name not in before or before[name] != value:
            kept[name] = dict(fresh)
    return kept


def reviewed(sources: Mapping[str, Any], names: Iterable[str], *, by: str, at: datetime) -> Sources:
    """The origins with these attributes marked as reviewed; one without an origin gets one that names only the reviewer."""
    marked: Sources = {name: dict(origin) for name, origin in sources.items()}
    for name in names:
        origin = origin_of(sources, name) or Origin(ValueSource.PERSON.value)
        marked[name] = asdict(replace(origin, reviewed_by=by, reviewed_at=at.isoformat(timespec="seconds")))
    return marked


def unreviewed(specifications: Mapping[str, Any], sources: Mapping[str, Any]) -> list[str]:
    """The attributes with a value nobody has reviewed, in the order of the values."""
    return [name for name in specifications if not (origin := origin_of(sources, name)) or not origin.reviewed_by]
