"""Errors in the OpenAPI document: one schema, one example for each status."""

from typing import Any

from ysh.core.api.errors import CONTENT_TYPE, TITLES

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable and the same in every language.",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "`urn:ysh:problem:` and the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(TITLES)},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "code", "detail"],
                "properties": {
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_RETRY = ("Retry-After",)
_RATE = (*_RETRY, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_PARAMETER = {
    "parameter": "staet",
    "code": "unknown_parameter",
    "detail": "Unknown parameter “staet”.",
    "allowed": ["state", "status"],
}
# status: component, description, code and detail of the example, its faults, headers
_RESPONSES: dict[str, tuple[str, str, str, str, list[dict[str, Any]], tuple[str, ...]]] = {
    "400": (
        *("BadRequest", "A parameter, the cursor or the body is not understood; `errors` names each.", "unknown_parameter"),
        *("Unknown parameter “staet”.", [_PARAMETER], ()),
    ),
    "401": (
        *("NotAuthenticated", "The API key is unknown, expired or revoked; or none was given where one is needed."),
        *("not_authenticated", "The API key is unknown, expired or revoked.", [], ("WWW-Authenticate",)),
    ),
    "403": (
        *("Forbidden", "Not for this account or key.", "permission_denied"),
        *("You do not have permission to perform this action.", [], ()),
    ),
    "404": ("NotFound", "There is nothing under this key.", "not_found", "There is nothing at this address.", [], ()),
    "406": (
        *("NotAcceptable", "None of the media types in `Accept` can be sent.", "not_acceptable"),
        *("Could not satisfy the request Accept header.", [], ()),
    ),
    "409": (
        *("Conflict", "The source has an active run.", "run_active"),
        *("“generation_units” has an active run: wait until it has ended.", [], ()),
    ),
    "410": (
        *("Gone", "The cursor is older than what is kept.", "cursor_expired"),
        "The cursor is older than the changes that are kept: take a new one with “since=latest”, then read the lists again.",
        *([], ()),
    ),
    "413": ("TooLarge", "The body is too large.", "too_large", "The body is too large: at most 64 KB.", [], ()),
    "415": (
        *("UnsupportedMediaType", "The body is not JSON.", "unsupported_media_type"),
        *("Unsupported media type “text/plain” in request.", [], ()),
    ),
    "429": (
        *("TooManyRequests", "Too many requests; `Retry-After` and `RateLimit-*` say when to go on.", "throttled"),
        *("Request was throttled. Expected available in 12 seconds.", [], _RATE),
    ),
    "500": (
        *("InternalError", "Something went wrong on our side.", "internal_error"),
        *("Something went wrong on our side. The request id helps to find it.", [], ()),
    ),
    "503": (
        *("Unavailable", "The query took too long, or the database does not answer; see `Retry-After`.", "query_timeout"),
        "The query was stopped because it took too long. Ask for less: more filters, a smaller page, no count.",
        *([], _RETRY),
    ),
}
HEADERS = {
    "ETag": ("string", "Names these bytes; send it back as `If-None-Match`."),
    "X-Cache": ("string", "Where the answer came from: HIT-REDIS, HIT-DYNAMODB, MISS, STALE or BYPASS."),
    "Age": ("integer", "Seconds since the answer was made, when it was kept."),
    "API-Version": ("string", "Version of this document that the answer follows."),
    "Retry-After": ("integer", "Seconds to wait."),
    "RateLimit-Limit": ("integer", "Requests a minute."),
    "RateLimit-Remaining": ("integer", "How many may follow."),
    "RateLimit-Reset": ("integer", "Seconds until the next place is free."),
    "WWW-Authenticate": ("string", "How to sign in."),
    "Location": ("string", "Address of what was made."),
}


def components() -> tuple[dict[str, Any], dict[str, Any]]:
    """`components/responses` and `components/headers`."""
    responses = {}
    for status, (name, description, code, detail, faults, headers) in _RESPONSES.items():
        example = {
            "type": f"urn:ysh:problem:{code}",
            "title": str(TITLES[code]),
            "status": int(status),
            "code": code,
            "detail": detail,
            "instance": "/api/v1/generation-units/",
            "request_id": "0db7976e-c794-486c-9063-f09f334895b0",
            **({"errors": faults} if faults else {}),
        }
        schema = {"$ref": "#/components/schemas/Problem"}
        responses[name] = {
            "description": description,
            **({"headers": references(headers)} if headers else {}),
            "content": {CONTENT_TYPE: {"schema": schema, "example": example}},
        }
    return responses, {
        name: {"description": description, "schema": {"type": kind}} for name, (kind, description) in HEADERS.items()
    }


def references(names: tuple[str, ...]) -> dict[str, Any]:
    """Headers of a response."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def reference(status: str) -> dict[str, str]:
    """A response of this status."""
    return {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"}
