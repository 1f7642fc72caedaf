"""Forgetting a person in the months of the log that went to the lake: their Parquet is written anew without them."""

import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import structlog
from django.db import connection, transaction

from audit import lake
from audit.models import ChainHead, ChangeLogEntry
from audit.retention import archive_fault
from ysh.core.actor import current_actor

log = structlog.get_logger(__name__)
_VALUES = ("old_values", "new_values")
_WORDS = ("changed_by", "record_label", "reason")
#: of an erased entry the digest of what stood there, with which its hash is checked; its salt is gone
_DIGEST = "personal_digest"
_BLANKED = """
SELECT encode(audit.personal_digest(e), 'hex'), audit.without(e.old_values, %(json)s)::text,
       audit.without(e.new_values, %(json)s)::text
FROM unnest(%(rows)s::jsonb[]) WITH ORDINALITY r (j, n) CROSS JOIN LATERAL jsonb_populate_record(NULL::audit.change_log, r.j) e
ORDER BY r.n
"""


def erase_from_archives(texts: Sequence[str]) -> tuple[int, list[str]]:
    """Blank every value of the archived months that holds one of the texts, whatever its case.

    Each month that is changed leaves an entry in the log.

    Returns:
        How many archived entries were blanked, and the months that could not be done, in words.
    """
    erased = 0
    missing: list[str] = []
    for month in ChainHead.objects.exclude(archive_uri="").order_by("month").values_list("month", flat=True):
        fault = ""
        try:
            with transaction.atomic():
                head = ChainHead.objects.select_for_update().get(month=month)
                # An archive that is not as it was written stays as it is: written anew it would look right.
                fault = archive_fault(head)
                erased += 0 if fault else _month(head, texts)
        except lake.LakeError as error:
            fault = str(error)
        if fault:
            missing.append(f"not looked at: {fault}")
    return erased, missing


def _month(head: ChainHead, texts: Sequence[str]) -> int:
    folder = f"archive/{head.month:%Y-%m}"
    manifest = json.loads(lake.get(f"{folder}/manifest.json") or b"{}")
    gone, erased = [], 0
    for part in manifest["parts"]:
        frame = pl.read_parquet(io.BytesIO(lake.get(f"{folder}/{part['name']}") or b""))
        blanked, count = _part(frame, texts)
        if not count:
            continue
        buffer = io.BytesIO()
        blanked.write_parquet(buffer, compression="zstd")
        gone.append(part["name"])
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        # Under another name, so that the month is whole whatever happens until its manifest names the new part.
        part |= {"name": f"{part['name'].split('.')[0].split('-without-')[0]}-without-{digest[:12]}.parquet", "sha256": digest}
        lake.put(f"{folder}/{part['name']}", buffer.getvalue())
        erased += count
    if not gone:
        return 0
    text = json.dumps(manifest).encode()
    before, head.archive_sha256 = head.archive_sha256, hashlib.sha256(text).hexdigest()
    head.save(update_fields=["archive_sha256"])
    actor = current_actor()
    ChangeLogEntry.objects.create(
        table_schema="audit", table_name="chain_heads", record_id=head.month.isoformat(), record_label="erasure",
        operation="UPDATE", changed_fields=["archive_sha256"], old_values={"archive_sha256": before},
        new_values={"archive_sha256": head.archive_sha256, "erased": erased}, changed_by=actor.name,
        change_source=actor.source, reason=actor.reason, request_id=actor.request_id,
    )  # fmt: skip
    lake.put(f"{folder}/manifest.json", text)
    for name in gone:
        lake.delete(f"{folder}/{name}")
    log.info("audit_archive_erased", month=head.month.isoformat(), entries=erased)
    return erased


def _part(frame: pl.DataFrame, texts: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """A part without the texts, and how many of its entries held one."""
    if _DIGEST not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(_DIGEST))
    touched: set[int] = set()
    for text in texts:
        word, value = text.lower(), json.dumps(text, ensure_ascii=False)[1:-1].lower()
        holds = pl.any_horizontal(
            *(pl.col(name).str.to_lowercase().str.contains(word, literal=True).fill_null(value=False) for name in _WORDS),
            *(pl.col(name).str.to_lowercase().str.contains(value, literal=True).fill_null(value=False) for name in _VALUES),
        )
        numbered = frame.with_row_index("_row")
        found = numbered.filter(holds)
        if found.is_empty():
            continue
        touched |= set(found["_row"].to_list())
        frame = numbered.update(_blanked(found, word, value), on="_row", include_nulls=True).drop("_row")
    return frame, len(touched)


def _blanked(found: pl.DataFrame, word: str, value: str) -> pl.DataFrame:
    rows = [_as_json(row) for row in found.select("salt", *_WORDS, *_VALUES).iter_rows(named=True)]
    with connection.cursor() as cursor:
        cursor.execute(_BLANKED, {"json": value, "rows": rows})
        digests, old, new = zip(*cursor.fetchall(), strict=True)
    return found.select(
        "_row",
        *(
            pl.when(pl.col(name).str.to_lowercase().str.contains(word, literal=True))
            .then(pl.lit("***"))
            .otherwise(pl.col(name))
            .alias(name)
            for name in _WORDS
        ),
        pl.Series("old_values", old, pl.String),
        pl.Series("new_values", new, pl.String),
        # What was blanked before has its first digest, and no salt to make another with.
        pl.coalesce(pl.col(_DIGEST), pl.Series(digests, dtype=pl.String)).alias(_DIGEST),
        pl.lit(None, pl.String).alias("salt"),
    )


def _as_json(row: dict[str, Any]) -> str:
    words = {name: value for name, value in row.items() if name not in _VALUES}
    values = "".join(f', "{name}": {row[name]}' for name in _VALUES if row[name] is not None)
    return json.dumps(words, ensure_ascii=False)[:-1] + values + "}"
