"""Asking an Ollama server: `POST /api/chat`, one answer, of the form that `format` prescribes.

The server is the operator's own (`OLLAMA_URL`), so its address is not checked as those of feeds are; redirects are not followed.
"""

import json
import time
from collections.abc import Sequence

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError, ReadTimeoutError

from pipeline.enrichment.described import Description, Texts
from pipeline.enrichment.question import INSTRUCTIONS, UnfitAnswerError, answer_schema, descriptions, question

_CONNECT_SECONDS = 5
_CHUNK = 64 * 1024
# Twenty datasets and their answer; Ollama's own default of 4,096 would cut the question off silently.
_CONTEXT_TOKENS = 16_384


class ModelFaultError(Exception):
    """The model gave no usable answer.

    Attributes:
        code: why, in one word.
        lasting: the next question would fare no better: do not ask it.
    """

    def __init__(self, code: str, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.lasting = lasting


def ask_model(batch: Sequence[Texts], *, seconds: float) -> list[Description]:
    """Descriptions of some datasets by the configured model, in their order.

    Args:
        batch: at most twenty.
        seconds: how long the whole answer may take.

    Raises:
        ModelFaultError: for whatever goes wrong.
    """
    asked = {
        "model": settings.OLLAMA_MODEL,
        "messages": [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": question(batch)}],
        "format": answer_schema(len(batch)),
        "stream": False,
        "options": {"temperature": 0, "seed": 1, "num_ctx": _CONTEXT_TOKENS},
    }
    answer = _answer(json.dumps(asked, ensure_ascii=False).encode(), seconds)
    message = answer.get("message")
    said = message.get("content") if isinstance(message, dict) else None
    if not isinstance(said, str) or answer.get("done") is not True:
        raise ModelFaultError("not_ollama", f"Expected a finished answer of Ollama's chat, found {str(answer)[:120]}.")
    if answer.get("done_reason") == "length":
        raise ModelFaultError("cut_off", "The answer was cut off at the model's limit.")
    try:
        return descriptions(said, len(batch))
    except UnfitAnswerError as error:
        raise ModelFaultError(error.code, str(error)) from error


def _answer(body: bytes, seconds: float) -> dict[str, object]:
    """The server's answer as JSON, read no longer and no further than allowed."""
    until = time.monotonic() + seconds
    url = settings.OLLAMA_URL.rstrip("/") + "/api/chat"
    headers = {"Content-Type": "application/json"}
    try:
        with requests.Session() as session:
            # The operator's own server: not through the proxy that leads to the internet.
            session.trust_env = False
            response = session.post(
                url,
                data=body,
                headers=headers,
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                stream=True,
                allow_redirects=False,
            )
            received = _received(response, until, seconds)
            if response.status_code != 200:
                text = received[:120].decode("utf-8", "replace")
                raise ModelFaultError("status", f"{url} answered {response.status_code}: {text}", lasting=_is_lasting(response))
    except (requests.Timeout, ReadTimeoutError) as error:
        raise ModelFaultError("timeout", f"{url} did not answer within {seconds:g} s.", lasting=True) from error
    except (requests.RequestException, HTTPError, OSError) as error:
        raise ModelFaultError("unreachable", f"{url} cannot be reached: {error}", lasting=True) from error
    try:
        found = json.loads(received)
    except (ValueError, RecursionError) as error:
        raise ModelFaultError("not_ollama", f"Expected JSON of {url}, found {received[:80]!r}.") from error
    if not isinstance(found, dict):
        raise ModelFaultError("not_ollama", f"Expected an object of {url}, found {str(found)[:80]}.")
    return found


def _is_lasting(response: requests.Response) -> bool:
    """4xx: the model is not there, or the question is refused; it will be again."""
    return 300 <= response.status_code < 500


def _received(response: requests.Response, until: float, seconds: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    # As much as has come, so that a drip is noticed.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > settings.OLLAMA_MAX_ANSWER_BYTES:
            raise ModelFaultError("too_large", f"The answer is larger than {settings.OLLAMA_MAX_ANSWER_BYTES:,} bytes.")
        if time.monotonic() > until:
            raise ModelFaultError("timeout", f"The answer was not complete within {seconds:g} s.", lasting=True)
        parts.append(chunk)
    return b"".join(parts)
