"""The log's entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came in.

    Attributes:
        method, target: GET and path with query.
        headers: by lower-case name.
        status: what was answered; 0 when nothing was.
    """

    method: str
    target: str
    headers: dict[str, str]
    status: int
