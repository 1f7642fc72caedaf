"""What portals write, as one kind of value each: every value may be a string, an object, a language map, a list, or a template
that was never filled in."""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
# Blanks that are not in order: all others of a text without line breaks are.
_UNEVEN = re.compile(r"[\t\r\n\f\v\u00a0]|  |^ | $")
_LINES = re.compile(r"\s*\n\s*(?:\n\s*)+")
# The languages in the order in which a reader here wants them.
_LANGUAGES = ("pt-br", "pt", "pt-pt", "", "en", "es")
_LONGEST_LIST = 10_000
# The feeds say the same of the same data sets, one after the other: what was worked out of a text is known a while.
_KNOWN = 2048
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text in a value, best language first. Unresolved templates are nothing."""
    if depth > 6:
        return
    if isinstance(value, str):
        if cleaned := _cleaned(value):
            yield cleaned
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, depth)
    elif isinstance(value, list):
        for item in sorted(value[:_LONGEST_LIST], key=_language_rank):
            yield from texts(item, depth + 1)


def _cleaned(value: str) -> str:
    if "{{" in value:
        value = _TEMPLATE.sub("", value)
    return value.replace("\0", "").strip()


def _of_mapping(value: Mapping[Any, Any], depth: int) -> Iterator[str]:
    for key in ("@value", "@id", "foaf:name", "vcard:fn", "name", "title", "fn", "value", "display_name", "label"):
        if key in value:
            found = list(texts(value[key], depth + 1))
            if found:
                yield from found
                return
    languages = {str(key).lower(): item for key, item in value.items()}
    for key in sorted(languages, key=lambda name: _LANGUAGES.index(name) if name in _LANGUAGES else len(_LANGUAGES)):
        if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", key):
            yield from texts(languages[key], depth + 1)


def _language_rank(item: Any) -> int:
    language = str(item.get("@language", "")).lower() if isinstance(item, Mapping) else ""
    return _LANGUAGES.index(language) if language in _LANGUAGES else len(_LANGUAGES)


def text(value: Any) -> str:
    """The first text in a value; empty where there is none."""
    return _cleaned(value) if isinstance(value, str) else next(texts(value), "")


def text_list(value: Any) -> list[str]:
    """All texts in a value, each once, in their order. A single text with commas is a list of its own."""
    found = list(texts(value))
    if len(found) == 1 and isinstance(value, str) and "," in value:
        found = [part.strip() for part in found[0].split(",")]
    return list(dict.fromkeys(one for one in (plain(item) for item in found) if one))


class _Text(HTMLParser):
    _BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"})
    _SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT and self._silent > 0
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(value: Any) -> str:
    """The first text without HTML, references resolved, blanks put in order; paragraphs stay apart."""
    found = text(value)
    return _in_order(found) if "<" in found or "&" in found or _UNEVEN.search(found) else found


@lru_cache(maxsize=_KNOWN)
def _in_order(found: str) -> str:
    if "<" in found:
        parser = _Text()
        parser.feed(found)
        parser.close()
        found = "".join(parser.parts)
    found = html.unescape(found) if "&" in found else found
    if not _UNEVEN.search(found):
        return found
    found = _LINES.sub("\n\n", _BLANKS.sub(" ", found))
    return "\n".join(line.strip() for line in found.split("\n")).strip()


def one_line(value: Any) -> str:
    """The same on one line: titles, names."""
    return " ".join(plain(value).split())


def moment(value: Any) -> datetime | None:
    """A time, UTC: ISO with or without zone (CKAN writes UTC without saying so), a day, RFC 822, epoch seconds or milliseconds.

    None for anything else, and for years that no data set is of.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(float(value))
    return _moment(text(value))


@lru_cache(maxsize=_KNOWN)
def _moment(written: str) -> datetime | None:
    if re.fullmatch(r"\d{9,14}", written):
        return _from_epoch(float(written))
    found: datetime | None = None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        try:
            found = parsedate_to_datetime(written) if written else None
        except (TypeError, ValueError):
            return None
    if found is None:
        return None
    return _credible(found if found.tzinfo else found.replace(tzinfo=UTC))


def _from_epoch(value: float) -> datetime | None:
    try:
        return _credible(datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC))
    except (OverflowError, OSError, ValueError):
        return None


def _credible(found: datetime) -> datetime | None:
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        return None
    return found if _EARLIEST <= found < _LATEST else None
