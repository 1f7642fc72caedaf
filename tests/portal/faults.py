"""What a portal may do wrong, on demand."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "status",  # an HTTP error, 500 unless said otherwise; with `retry_after` also the header
    "hang",  # takes the request and says nothing
    "reset",  # breaks the connection off in the middle of the body
    "short",  # announces more bytes than it sends, and closes
    "truncated",  # half of the body, announced as all of it, with 200
    "wrong_type",  # the right body under another content type
    "html",  # a page that begs pardon, with 200
    "columns",  # the CSV's third column under another name
    "drip",  # byte by byte, never done
    "redirect_loop",  # to itself, for ever
    "redirect",  # to `location`
    "no_range",  # the whole file although a part was asked for
    "bomb",  # a body of zeros that GZIP made a thousandth of
]
KINDS = get_args(Kind)


@dataclass
class Fault:
    """One fault.

    Attributes:
        path: part of the path and query it is for, or a regular expression that is searched in it.
        kind: what happens.
        times: for how many requests; -1 for all.
        after: bytes of the body that come first (`reset`, `short`, `drip`); half of it when 0.
        status: of `status`.
        retry_after: seconds or an HTTP date, for 429 and 503.
        location: of `redirect`.
        content_type: of `wrong_type`.
    """

    path: str
    kind: Kind
    times: int = -1
    after: int = 0
    status: int = 500
    retry_after: str = ""
    location: str = ""
    content_type: str = "text/html; charset=utf-8"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault {self.kind!r}; there are {', '.join(KINDS)}.")

    def concerns(self, target: str) -> bool:
        """Whether it is for this path and query, and not used up."""
        return self.times != 0 and (self.path in target or re.search(self.path, target) is not None)

    def part(self, body: bytes) -> int:
        """How many bytes of the body come before it breaks off."""
        return min(self.after or len(body) // 2, len(body))


def other_column(body: bytes) -> bytes:
    """The body with its header's third column renamed."""
    header, line_break, rest = body.partition(b"\n")
    names = header.split(b";")
    if len(names) > 2:
        names[2] = b'"Renamed"'
    return b";".join(names) + line_break + rest


PARDON = (
    b"<!DOCTYPE html><html><head><title>Dados abertos</title></head>"
    b"<body><h1>Estamos em manuten\xc3\xa7\xc3\xa3o</h1><p>Volte mais tarde.</p></body></html>"
)
