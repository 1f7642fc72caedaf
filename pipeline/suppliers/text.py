"""Text as suppliers publish it, made comparable: invisible characters, HTML, accents, damaged encodings. Pure."""

import hashlib
import html
import re
import unicodedata
from functools import lru_cache

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), None)
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"<\s*(?:br|/p|/li|li|/h\d|h\d|/div|/tr)\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
# UTF-8 that was read as Latin-1 once too often: Ã or Â followed by U+0080..U+00BF. "FIXAÇÃO" has no such pair.
_MOJIBAKE = re.compile("[\u00c2\u00c3][\u0080-\u00bf]")


def clean(value: object) -> str:
    """One line of text: no-break spaces are spaces, zero-width characters vanish, runs of blanks are one."""
    if isinstance(value, str) and value.isascii() and "\0" not in value:  # most cells: nothing to put right
        return " ".join(value.split())
    return _cleaned(value) if isinstance(value, str) else " ".join(clean_lines(value).split())


@lru_cache(maxsize=4096)  # a name is cleaned wherever it is looked at
def _cleaned(text: str) -> str:
    return " ".join(clean_lines(text).split())


def clean_lines(value: object) -> str:
    """Like `clean`, but line breaks stay: they separate items inside a cell."""
    if value is None:
        return ""
    text = repair(str(value).translate(_INVISIBLE).replace("\u00a0", " ").replace("\u202f", " ").replace("\0", " "))
    return "\n".join(
        _SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()


def repair(text: str) -> str:
    """UTF-8 that was decoded as Latin-1, put right where that works for the whole text; the text itself otherwise."""
    if not _MOJIBAKE.search(text):
        return text
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def without_html(text: str) -> str:
    """The text without tags and entities; block tags become line breaks."""
    if "<" not in text and "&" not in text:
        return text
    return clean_lines(html.unescape(_TAGS.sub(" ", _BREAKS.sub("\n", text))))


@lru_cache(maxsize=2048)  # one title is compared some twenty times
def fold(text: str) -> str:
    """Lower case without accents, for comparing: "Cerâmico" -> "ceramico"."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


def header_key(text: str) -> str:
    """A column's name for comparing: letters and digits only, folded; "Preço (R$)" -> "preco r"."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def distinct_slug(text: str, limit: int = 80) -> str:
    """Like `slug`, but texts that differ beyond the limit differ still: the last nine places are a mark of the whole text."""
    whole = slug(text, len(text) * 4 + 1)
    return whole if len(whole) <= limit else f"{slug(text, limit - 9)}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def slug(text: str, limit: int = 60) -> str:
    """Capital letters, digits and single hyphens: part of a key."""
    return "-".join(re.findall(r"[A-Z0-9]+", fold(text).upper()))[:limit].strip("-")
