"""What passes between reading, parsing, comparing and writing a price list."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.suppliers.parts import Part

Cell = str | Decimal


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One row or card as read. `line` as an editor or spreadsheet counts it; `file` is a name without its folder.

    Attributes:
        values: cells by column; blank ones may be left out.
        headers: the table's columns, one tuple for all its rows; empty where a record has columns of its own.
    """

    file: str
    line: int
    values: dict[str, Cell]
    headers: tuple[str, ...] = ()

    def raw(self) -> str:
        """The record on one line, for the list of refused rows."""
        return " | ".join(f"{header}: {value}" for header, value in self.values.items() if str(value).strip())[:4000]


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should look at; the words are in `notes`. `record` is the article's key."""

    code: str
    record: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not taken, with the value as parsed."""

    file: str
    line: int
    column: str
    value: str
    reason: str
    raw: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ParsedProduct:
    """One article of a list. `prices` in the order seen, R$, the last one in force; `available` None when not told."""

    key: str
    part: Part
    name: str
    category: str
    subcategory: str
    specifications: dict[str, Any]
    description: str = ""
    brand: str = ""
    model: str = ""
    prices: list[Decimal] = field(default_factory=list)
    available: bool | None = None
    stock: int | None = None
    image_urls: list[str] = field(default_factory=list)
    datasheet_url: str = ""
    url: str = ""
    source_key: str = ""
    placeholder: bool = False
    update_only: bool = False
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class ParsedKit:
    """One kit of a list. Power in kWp, inverter power in kW AC; `partial` when the source lists only its main parts."""

    key: str
    name: str
    parts: list[Part]
    power_kwp: Decimal
    system_type: str
    description: str = ""
    declared_kwp: Decimal | None = None
    inverter_kw: Decimal | None = None
    voltage_phase: str | None = None
    roof_type: str | None = None
    hybrid_ready: bool = False
    prices: list[Decimal] = field(default_factory=list)
    available: bool | None = None
    image_urls: list[str] = field(default_factory=list)
    url: str = ""
    partial: bool = False
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class ParsedList:
    """All of one import, by key."""

    supplier: str
    products: dict[str, ParsedProduct] = field(default_factory=dict)
    kits: dict[str, ParsedKit] = field(default_factory=dict)
    refused_products: list[Refused] = field(default_factory=list)
    refused_kits: list[Refused] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    records: int = 0

    @property
    def refused(self) -> list[Refused]:
        return [*self.refused_products, *self.refused_kits]
