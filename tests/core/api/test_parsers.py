"""Bodies that are too large, too deep or no JSON are refused; a body is never read further than the limit."""

import io
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from ysh.core.api.parsers import MOST_BYTES, MOST_LEVELS, StrictJsonParser, TooLarge

INGEST = "/api/v1/ingest/"


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"source": "' + b"x" * MOST_BYTES + b'"}', 413, "too_large"),
        (nested(30_000), 400, "malformed_request"),
        (nested(MOST_LEVELS + 1), 400, "malformed_request"),
        (b'{"source": NaN}', 400, "malformed_request"),
        (b"\xff\xfe", 400, "malformed_request"),
        (b"", 400, "invalid_parameter"),
        (b"{", 400, "malformed_request"),
        (nested(3), 400, "invalid_parameter"),
    ],
)
def test_what_cannot_be_taken_is_refused(staff_api_client: Any, body: bytes, status: int, code: str) -> None:
    response = staff_api_client.generic("POST", INGEST, body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (status, code), response.content


def test_no_more_than_the_limit_is_read() -> None:
    endless = io.BytesIO(b" " * (10 * MOST_BYTES))
    with pytest.raises(TooLarge):
        StrictJsonParser().parse(endless)
    assert endless.tell() == MOST_BYTES + 1


def test_what_is_within_the_limits_is_taken() -> None:
    assert StrictJsonParser().parse(io.BytesIO(nested(MOST_LEVELS)))
    with pytest.raises(ParseError):
        StrictJsonParser().parse(io.BytesIO(nested(MOST_LEVELS + 1)))
