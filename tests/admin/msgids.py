"""The translatable strings of a package and the messages of a catalogue, read without the gettext tools."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop", "ugettext", "ugettext_lazy"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_SEPARATOR = "\x04"

_TEMPLATE_CALL = re.compile(
    r"""(?<![\w.])(?P<function>n?gettext|pgettext|_)\(\s*u?(?P<a>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""(?:\s*,\s*u?(?P<b>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?"""
)


def in_python(path: Path) -> Iterator[str]:
    """Message keys as gettext's catalogs have them, of one Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in SINGULAR | PLURAL and texts and isinstance(node.args[0], ast.Constant):
            yield texts[0]
        elif name in CONTEXT and len(texts) > 1:
            yield f"{texts[0]}{CONTEXT_SEPARATOR}{texts[1]}"


def in_template(path: Path) -> Iterator[str]:
    """Message keys of one Django template."""
    for match in _TEMPLATE_CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        first = ast.literal_eval(match["a"])
        if match["function"] == "pgettext" and match["b"]:
            yield f"{first}{CONTEXT_SEPARATOR}{ast.literal_eval(match['b'])}"
        elif first:
            yield first


def of_package(root: Path, *, without: tuple[str, ...] = ()) -> dict[str, Path]:
    """Every message key under a folder with one file that has it."""
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        if any(part in without for part in path.relative_to(root).parts):
            continue
        if path.suffix == ".py":
            found |= {message: path for message in in_python(path) if message}
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            found |= {message: path for message in in_template(path) if message}
    return found


_STATEMENT = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[(\d)\])?) (".*")$')


def read_catalogue(path: Path) -> dict[str | tuple[str, int], str]:
    """Messages of a .po file as `gettext` keeps those of the .mo: text, or (text, number) for each plural form."""
    messages: dict[str | tuple[str, int], str] = {}
    for block in path.read_text("utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        current = ""
        for line in block.splitlines():
            statement = _STATEMENT.match(line)
            if statement:
                current = statement[1]
                parts[current] = ast.literal_eval(statement[3])
            elif line.startswith('"'):
                parts[current] += ast.literal_eval(line)
        if not parts.get("msgid"):
            continue
        key = f"{parts['msgctxt']}{CONTEXT_SEPARATOR}{parts['msgid']}" if "msgctxt" in parts else parts["msgid"]
        if "msgid_plural" in parts:
            messages |= {(key, number): parts[f"msgstr[{number}]"] for number in range(2)}
        else:
            messages[key] = parts["msgstr"]
    return messages
