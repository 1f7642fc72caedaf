"""What the portal holds: CKAN packages with files, and items of the Hub. Small unless more is asked for; the same every time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

ORGANISATION = "Agência Nacional de Energia Elétrica"
LICENCE = "Open Data Commons Open Database License (ODbL)"
FIRST_DAY = datetime(2026, 9, 1, 5, 33, 59, 370430, tzinfo=UTC)


def hexadecimal(text: str) -> str:
    """32 hexadecimal digits, the same for the same text."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Resource:
    """A file of a package.

    Attributes:
        name, format: as published.
        file: last part of its address.
        data: its bytes.
        last_modified: naive UTC in the portal's answers.
    """

    name: str
    format: str
    file: str
    data: bytes = b""
    last_modified: datetime = FIRST_DAY

    @property
    def id(self) -> str:
        return str(UUID(hexadecimal(f"resource {self.file}")))


@dataclass
class Package:
    """A data set of CKAN. `fields` go into the answer as they are, over everything else."""

    name: str
    title: str
    notes: str = ""
    resources: list[Resource] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)
    modified: datetime = FIRST_DAY
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(UUID(hexadecimal(f"package {self.name}")))


@dataclass
class Item:
    """An item of the Hub, as all five of its feeds show it.

    Attributes:
        title: its title.
        description: HTML or, as the real feeds have it, an unresolved template.
        modified, created: in epoch milliseconds in the search.
        slug: last part of its page's address.
        layer: number of a layer within an item; the id then ends in `_<layer>`.
        only_in: keys of the feeds that show it; all when empty.
        fields: laid over one feed's answer: {"dcat_us": {"distribution": False}}.
    """

    title: str
    description: str = "{{description}}"
    tags: list[str] = field(default_factory=list)
    created: datetime = FIRST_DAY - timedelta(days=700)
    modified: datetime = FIRST_DAY
    slug: str = ""
    type: str = "File Geodatabase"
    layer: int | None = None
    only_in: tuple[str, ...] = ()
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def item_id(self) -> str:
        return hexadecimal(f"item {self.slug or self.title}")

    @property
    def id(self) -> str:
        return self.item_id if self.layer is None else f"{self.item_id}_{self.layer}"

    @property
    def page_slug(self) -> str:
        return self.slug or "aneel::" + "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())

    def shown_in(self, feed: str) -> bool:
        return not self.only_in or feed in self.only_in


UTILITIES = ("CELESC-DIS", "CEJAMA", "CEMIG-D", "COPEL-DIS", "ENEL SP", "ENERGISA MT", "EQUATORIAL PA", "LIGHT SESA", "RGE")


def bdgd(utility: str, day: str) -> Item:
    """A utility's network on a day, which is what the Hub really holds."""
    return Item(
        title=f"{utility} - {day}",
        tags=["BDGD", "SIG-R", "Distribuicao", utility, day],
        modified=FIRST_DAY - timedelta(days=len(utility) + int(day[:4]) % 7),
    )


def small_items() -> list[Item]:
    """A dozen items."""
    return [bdgd(utility, day) for day in ("2022-12-31", "2023-12-31") for utility in UTILITIES[:6]]


def many_items(count: int) -> list[Item]:
    """So many items, all of different titles."""
    return [bdgd(f"{UTILITIES[number % 9]} {number // 90}", f"{2014 + number // 9 % 10}-12-31") for number in range(count)]


def many_packages(count: int) -> list[Package]:
    """So many packages without files."""
    return [
        Package(
            name=f"conjunto-de-dados-{number}",
            title=f"{TOPICS[number % len(TOPICS)]} {number // len(TOPICS) + 1}",
            notes=f"Descrição do conjunto {number}: " + "valores homologados, por agente e por período. " * 6,
            tags=["ANEEL", TOPICS[number % len(TOPICS)]],
            extras={"Frequência de atualização": "Mensal"},
            resources=[Resource(f"Dicionário {number}", "PDF", f"dicionario-{number}.pdf", b"%PDF-1.4")],
        )
        for number in range(count)
    ]


TOPICS = (
    "Indicadores coletivos de continuidade",
    "Subsídios tarifários",
    "Interrupções de energia elétrica",
    "Autos de infração",
    "Leilões de transmissão",
    "Empreendimentos em operação",
    "Projetos de eficiência energética",
    "Contratos de concessão",
)
