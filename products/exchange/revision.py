"""What a row was when it was exported, as one short text in the file: which cells a person changed, and which changed meanwhile.

For each editable cell four characters of a hash of its canonical text. A changed cell is told from one that is out of date; one
in sixteen million changes would be missed.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b

_WIDTH = 4


def digest(text: str) -> str:
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=3).digest()).decode()


def revision_of(keys: Sequence[str], texts: Mapping[str, str]) -> str:
    """The row's revision. It begins with a mark and a hash of the keys, so that another version's is not misread."""
    return "r" + digest("\n".join(keys)) + "".join(digest(texts.get(key, "")) for key in keys)


def digests_in(revision: str, keys: Sequence[str]) -> dict[str, str] | None:
    """The digest of each cell at the time of the export; None when the text is no revision of these keys."""
    text = revision.strip().removeprefix("'")
    if len(text) != 1 + _WIDTH * (1 + len(keys)) or text[: 1 + _WIDTH] != "r" + digest("\n".join(keys)):
        return None
    return {key: text[1 + _WIDTH * place : 1 + _WIDTH * (place + 1)] for place, key in enumerate(keys, 1)}
