"""Brands: known names and spellings, found in a text or taken from a column. Pure; the catalogue adds its aliases."""

# ruff: noqa: E501  (tables of patterns are easier to read in long lines)

import re
from collections.abc import Iterable, Mapping

from pipeline.suppliers.text import clean, fold

# Canonical name: other spellings. TSUN and TSUN Power are different makers, as are ReneSola and RenePV, Astronergy and Chint.
KNOWN: dict[str, tuple[str, ...]] = {
    "AE Solar": (), "Afore": (), "Aiko": (), "Amerisolar": (), "Anauger": (), "Apollo": (), "APsystems": ("AP Systems",),
    "Astronergy": (), "Auxsol": (), "BYD": (), "Canadian Solar": ("Canadian",), "CCM": (), "Chint": ("CPS", "Chint Power"),
    "Clamper": (), "Condufort": (), "DAH": ("DAH Solar",), "Deye": (), "DMEGC": ("DMEGC Solar",), "Dyness": (), "Ebara": (),
    "EGing": (), "Elgin": (), "Enphase": (), "Epever": (), "Era Solar": (), "FLS": (), "FoxESS": ("Fox ESS", "Foxess"),
    "Fronius": (), "Fulguris": (), "GCL": (), "GoodWe": (), "Growatt": (), "Hanersun": (), "Heliar": ("Heliar Freedom", "Freedom"),
    "Hoymiles": (), "Huawei": (), "Hypontech": ("Hypon",), "Intelbras": (), "JA Solar": (), "Jinko": ("Jinko Solar", "JinkoSolar"), "Kehua": (),
    "Lafeber": (), "Leapton": (), "Livoltek": (), "LONGi": ("Longi Solar",), "Luxen": ("Luxen Solar",), "Moura": (), "Must": (),
    "NeoCharge": (), "NeoSolar": (), "NEP": (), "OSDA": ("OSDA Solar",), "PHB": (), "Phono Solar": (), "Pratyc": (), "Proauto": (),
    "Pylontech": (), "Q Cells": ("QCells", "Q.Cells", "Hanwha"), "Renac": (), "RenePV": (), "ReneSola": (), "Resun": (),
    "Risen": ("Risen Energy",), "Romagnole": (), "Ronma": ("Ronma Solar",), "SAJ": (), "Seraphim": (), "Shurflo": (), "SMA": (),
    "Sofar": ("Sofar Solar", "SofarSolar"), "Solar Group": (), "Solar N Plus": ("Solar N-Plus", "N Plus", "SolarNPlus"),
    "Solar System": (), "SolarEdge": ("Solar Edge",), "Solax": (), "Solis": ("Ginlong",), "Solplanet": ("AISWEI",), "Soluna": (),
    "Staubli": ("Stäubli",), "Sungrow": (), "Sunova": ("Sunova Solar",), "Suntech": (), "Talesun": (), "Tongwei": ("TW Solar",),
    "Trina": ("Trina Solar",), "TSUN Power": (), "TSUNESS": ("TSUN",), "UCB": (), "Unipower": (), "Victron": ("Victron Energy",),
    "WEG": (), "Yingli": (), "ZnShine": ("ZN Shine", "ZnShine Solar"), "Ztroon": (),
}  # fmt: skip

#: words of a title that stand where a brand might, and never are one
_NOT_BRANDS = frozenset(
    [
        "kit",
        "kits",
        "mppt",
        "mppts",
        "potencia",
        "painel",
        "paineis",
        "placa",
        "modulo",
        "modulos",
        "inversor",
        "inversores",
        "microinversor",
        "bateria",
        "baterias",
        "cabo",
        "estrutura",
        "estruturas",
        "controlador",
        "unknown",
        "desconhecido",
        "desconhecida",
        "nao",
        "sem",
        "marca",
        "fabricante",
        "generico",
        "generica",
        "outros",
        "outras",
        "diversos",
        "solar",
        "energia",
        "fotovoltaico",
        "fotovoltaica",
        "gerador",
        "grid",
        "on",
        "off",
        "hibrido",
        "hibrida",
        "composicao",
        "energy",
        "system",
        "produto",
        "produtos",
        "litio",
        "chumbo",
        "mono",
        "bifacial",
        "monofasico",
        "trifasico",
        "afci",
        "none",
        "null",
        "nan",
        "teste",
    ]
)


def may_be_brand(token: str) -> bool:
    """Whether a text may name a maker: no digit, no colon, not a word of the trade, two to forty letters."""
    text = clean(token)
    words = re.findall(r"[a-z]+", fold(text))
    return (
        2 <= len(text) <= 40
        and bool(words)
        and not re.search(r"[\d:|/\\<>@#$%=+]", text)
        and not all(word in _NOT_BRANDS for word in words)
    )


def brand_key(text: str) -> str:
    """For comparing brands: folded, letters and digits, without the trailing "solar" or "energy"."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    while len(words) > 1 and words[-1] in {"solar", "energy", "power"} and words != ["tsun", "power"]:
        words.pop()
    return " ".join(words)


class Brands:
    """Names and spellings of makers: the built-in ones, then the mapping's, then the catalogue's, later ones winning.

    Args:
        extra: spelling -> name, as a mapping or a curator's corrections give them.
    """

    def __init__(self, extra: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._names: dict[str, str] = {}
        for name, spellings in KNOWN.items():
            for spelling in (name, *spellings):
                self._names[brand_key(spelling)] = name
        for spelling, name in extra.items() if isinstance(extra, Mapping) else extra:
            if clean(name) and brand_key(spelling):
                self._names[brand_key(spelling)] = clean(name)
        keys = sorted((key for key in self._names if len(key) > 1), key=len, reverse=True)
        self._pattern = re.compile(
            r"(?<![a-z0-9])(?:" + "|".join(re.escape(key).replace(r"\ ", r"[ -]?") for key in keys) + r")(?![a-z])"
        )
        self._cache: dict[str, str] = {}

    @property
    def names(self) -> Mapping[str, str]:
        """Name by the `brand_key` of each spelling."""
        return self._names

    def named(self, token: str) -> str:
        """The maker a brand column means; the text itself when it is new and may be one; empty otherwise."""
        known = self._names.get(brand_key(token)) or self._names.get(" ".join(re.findall(r"[a-z0-9]+", fold(token))))
        if known:
            return known
        return clean(token) if may_be_brand(token) else ""

    def found_in(self, text: str) -> str:
        """The first known maker named in a text, or empty: what is not known is never guessed from a title."""
        if text in self._cache:
            return self._cache[text]
        name = ""
        folded = re.sub(r"[_]+", " ", fold(text))
        if match := self._pattern.search(folded):
            name = self._names.get(" ".join(re.findall(r"[a-z0-9]+", match[0])), "") or self._without_blanks(match[0])
        self._cache[text] = name
        return name

    def _without_blanks(self, found: str) -> str:
        packed = re.sub(r"[^a-z0-9]", "", found)
        return next((name for key, name in self._names.items() if key.replace(" ", "") == packed), "")
