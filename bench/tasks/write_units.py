"""Write files of generated units, unless they are there already, written by the same code."""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from bench.children import answer, question
from pipeline.demo import units


def written(asked: dict[str, Any]) -> dict[str, Any]:
    """The file's counts.

    Args:
        asked: `path`, and the arguments of `write_units_csv` with `day` as text.
    """
    path, note = Path(asked["path"]), Path(asked["path"] + ".json")
    wanted = {**asked, "writer": _writer()}
    if path.is_file() and note.is_file():
        kept: dict[str, Any] = json.loads(note.read_text("utf-8"))
        if kept["asked"] == wanted and kept["counts"]["size"] == path.stat().st_size:
            return dict(kept["counts"])
    arguments = {name: value for name, value in asked.items() if name not in {"path", "day"}}
    counts = asdict(units.write_units_csv(path, day=date.fromisoformat(asked["day"]), **arguments)) | {"path": str(path)}
    note.write_text(json.dumps({"asked": wanted, "counts": counts}, indent=1), "utf-8")
    return counts


def _writer() -> str:
    """Changes with the code and data that write the files."""
    digest = hashlib.sha256()
    folder = Path(units.__file__).parent
    for file in sorted([*folder.glob("*.py"), *folder.glob("*.csv"), *(folder.parent.parent / "aneel" / "data").glob("*.csv")]):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    answer({"files": [written(asked) for asked in question()["files"]]})
