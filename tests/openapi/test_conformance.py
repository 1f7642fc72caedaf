"""Schemathesis over every operation of the OpenAPI document: what it describes may be asked, and what is answered is described."""

from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pipeline.api_keys import issue_key
from pipeline.models import ApiKey
from tests.openapi.conftest import Stock
from ysh.env import BASE_DIR

EXAMPLES = 12


class TestHandler(WSGIHandler):
    """The product as a web server calls it; like Django's test client it leaves the test's connection open."""

    __test__ = False

    def __call__(self, environ: Any, start_response: Any) -> Any:
        # The library asks for gzip and does not unpack it.
        environ["HTTP_ACCEPT_ENCODING"] = "identity"
        signals.request_started.disconnect(close_old_connections)
        signals.request_finished.disconnect(close_old_connections)
        try:
            response = super().__call__(environ, start_response)
            body = [b"".join(response)]
            response.close()
            return body
        finally:
            signals.request_started.connect(close_old_connections)
            signals.request_finished.connect(close_old_connections)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    # What the document does not allow is refused.
    negative_data_rejection,
]
# The document as it is checked in, so that the list of tests needs no database and is the same for every worker.
SCHEMA = schemathesis.openapi.from_path(BASE_DIR / "docs" / "openapi.yaml")
SCHEMA.app = TestHandler()
OPERATIONS = {operation.label: operation for operation in (found.ok() for found in SCHEMA.get_all_operations())}


@pytest.fixture
def credentials(stock: Stock, superuser: Any) -> dict[str, dict[str, str]]:
    """How one may come: as anybody, with a key that may do all a key can, as an administrator."""
    client = Client()
    client.force_login(superuser)
    key = issue_key(ApiKey(name="tests", scopes=["drafts", "export", "ingest"], requests_per_minute=100_000), by="tests")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"nobody": {}, "key": {"Authorization": f"Api-Key {key}"}, "administrator": {"Cookie": cookie}}


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        pytest.param(label, mode, id=f"{label} {mode.value}")
        for label, operation in OPERATIONS.items()
        for mode in GenerationMode
        # Without parameters there is nothing to get wrong.
        if mode is GenerationMode.POSITIVE or operation.query or operation.body
    ],
)
def test_what_is_answered_is_described(label: str, mode: Any, stock: Stock, credentials: dict[str, dict[str, str]]) -> None:
    operation = OPERATIONS[label]
    known = {each.name: stock.keys[each.name] for each in operation.path_parameters if each.name in stock.keys} or None

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(mode, path_parameters=known, feedback=NO_FEEDBACK), who=st.sampled_from(sorted(credentials))
    )
    def ask(case: Any, who: str) -> None:
        case.call_and_validate(headers=credentials[who], checks=CHECKS)

    ask()
