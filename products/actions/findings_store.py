"""Findings as rows of products.kit_checks: compared by digest, written in sets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from json import JSONEncoder, loads
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from django.db import connection

from products.finding_messages import stored_text
from products.rules.findings import Finding

# What a finding is made of, in the order of `FindingRow.values`; "digest" comes after them.
_COLUMNS = (
    "rule_id", "subject", "outcome", "severity", "value", "limit", "margin_percent", "unit", "reference", "inputs", "part_sku",
    "message_code", "message_params", "fix_code", "fix_params",
)  # fmt: skip
_STAGED = ", ".join(f'"{name}"' for name in ("kit_id", *_COLUMNS, "digest", "message"))
_quoted = encode_basestring
_json = JSONEncoder(ensure_ascii=False).encode
_OVERRIDE = ("override_reason", "override_author", "override_at", "override_expires_at")
_SAME = "c.outcome = excluded.outcome AND c.inputs = excluded.inputs"
_EMPTY = {"override_reason": "''", "override_author": "''", "override_at": "NULL", "override_expires_at": "NULL"}

STAGE = f"CREATE TEMP TABLE kit_checks_found ON COMMIT DROP AS SELECT {_STAGED} FROM products.kit_checks WITH NO DATA"  # noqa: S608
MERGE = f"""
INSERT INTO products.kit_checks AS c ({_STAGED}, engine_version, checked_at)
SELECT {_STAGED}, %s, %s FROM kit_checks_found
ON CONFLICT (kit_id, rule_id, subject) DO UPDATE SET
    {", ".join(f'"{name}" = excluded."{name}"' for name in (*_COLUMNS[2:], "digest", "message", "engine_version", "checked_at"))},
    {", ".join(f"{name} = CASE WHEN {_SAME} THEN c.{name} ELSE {_EMPTY[name]} END" for name in _OVERRIDE)}
"""  # noqa: S608
KEPT = """
SELECT kit_id, rule_id, subject, id, digest, override_expires_at,
       CASE WHEN override_expires_at IS NOT NULL THEN outcome END, CASE WHEN override_expires_at IS NOT NULL THEN inputs END
FROM products.kit_checks WHERE kit_id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as it is stored: `values` in the order of the columns, JSON as text."""

    finding: Finding
    values: tuple[Any, ...]
    digest: str
    key: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as the table has it. `outcome` and `inputs` are read only where a person accepted it."""

    key: int
    digest: str
    accepted_until: datetime | None
    outcome: str | None
    inputs: Mapping[str, Any] | None

    def accepts(self, finding: Finding, at: datetime) -> bool:
        """A person accepted the same outcome on the same inputs, and the acceptance lasts."""
        if self.accepted_until is None or self.accepted_until <= at:
            return False
        return self.outcome == finding.outcome.value and self.inputs == _inputs(finding)


KeptByKit = Mapping[int, Mapping[tuple[str, str], Kept]]


def row_of(finding: Finding) -> FindingRow:
    """The finding with a digest of it all; its sentence follows from code and parameters, and is made when it is written."""
    message, fix = finding.message, finding.fix
    values = (
        finding.rule_id,
        finding.subject,
        str(finding.outcome),
        str(finding.severity),
        _rounded(finding.value, 6),
        _rounded(finding.limit, 6),
        _rounded(finding.margin_percent, 3),
        finding.unit,
        finding.reference,
        _inputs_text(finding),
        finding.part_sku,
        message.code,
        _object_text(message.params),
        fix.code if fix else "",
        _object_text(fix.params) if fix else "{}",
    )
    digest = md5("\x1f".join(map(str, values)).encode(), usedforsecurity=False).hexdigest()
    return FindingRow(finding, values, digest, (finding.rule_id, finding.subject))


def kept_findings(kit_keys: Sequence[int]) -> KeptByKit:
    """What the table has on these kits, by kit, then by rule and subject; one query."""
    kept: dict[int, dict[tuple[str, str], Kept]] = {key: {} for key in kit_keys}
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [list(kit_keys)])
        for kit, rule, subject, key, digest, accepted_until, outcome, inputs in cursor.fetchall():
            given = loads(inputs) if isinstance(inputs, str) else inputs  # Django's cursors leave jsonb as text
            kept[kit][rule, subject] = Kept(key, digest, accepted_until, outcome, given)
    return kept


def write_findings(rows: Mapping[int, Sequence[FindingRow]], kept: KeptByKit, engine_version: str, at: datetime) -> Counter[str]:
    """Insert what is new, update what differs, delete what is no longer found; untouched rows stay untouched.

    Returns:
        How many were inserted, updated, deleted.
    """
    written: Counter[str] = Counter(inserted=0, updated=0, deleted=0)
    staged: list[tuple[Any, ...]] = []
    gone: list[int] = []
    for kit, found in rows.items():
        before = kept.get(kit, {})
        for row in found:
            known = before.get(row.key)
            if known is None or known.digest != row.digest:
                message = row.finding.message
                staged.append((kit, *row.values, row.digest, stored_text(message.code, message.params)))
                written["updated" if known else "inserted"] += 1
        now_found = {row.key for row in found}
        gone += [known.key for what, known in before.items() if what not in now_found]
    with connection.cursor() as cursor:
        if gone:
            cursor.execute("DELETE FROM products.kit_checks WHERE id = ANY (%s)", [gone])
            written["deleted"] = len(gone)
        if staged:
            _stage(cursor, staged)
            cursor.execute(MERGE, [engine_version, at])
    return written


def _stage(cursor: Any, staged: Sequence[tuple[Any, ...]]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.kit_checks_found")
    cursor.execute(STAGE)
    with cursor.cursor.copy(f"COPY kit_checks_found ({_STAGED}) FROM STDIN") as copy:
        for row in staged:
            copy.write_row(row)


def _inputs(finding: Finding) -> dict[str, Any]:
    """The inputs as the table gives them back."""
    told: dict[str, Any] = loads(_inputs_text(finding))
    return told


def _inputs_text(finding: Finding) -> str:
    """The inputs as JSON text, {name: {value, source, unit, product}}; most inputs occur in many findings."""
    return f"{{{', '.join([_input_text(*given) for given in finding.inputs])}}}"


@lru_cache(maxsize=32_768, typed=True)
def _input_text(name: str, value: Any, unit: str, source: str, sku: str) -> str:
    more = f', "unit": {_quoted(unit)}' if unit else ""
    if sku:
        more += f', "product": {_quoted(sku)}'
    return f'{_quoted(name)}: {{"value": {_value_text(value)}, "source": {_quoted(source)}{more}}}'


def _object_text(told: Mapping[str, Any]) -> str:
    """A JSON object as `json` writes it, which takes ten times as long to begin as it takes to write so little."""
    return f"{{{', '.join([f'{_quoted(name)}: {_value_text(value)}' for name, value in told.items()])}}}"


def _value_text(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    kind = type(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    return _json(value)


def _rounded(value: float | None, places: int) -> str | None:
    """As the numeric column takes it; None for what no number is."""
    return None if value is None or not isfinite(value) else f"{value:.{places}f}"
