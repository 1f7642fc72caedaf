"""Findings as rows: their JSON is what the library would write, as digests rest on its bytes."""

import json

import pytest

from products.actions.findings_store import row_of
from products.rules.findings import Finding, Given, Message, Outcome, Severity

VALUES = [1, 1.0, True, False, None, "", 'a "word"\n', "Módulo 1,5 °C", -0.26, 1e-9, 10**12]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_json_is_that_of_the_library(value):
    given = (Given("one", value, "V", "kit", "SKU-1"), Given("two", value), Given("three", value, source="ficha técnica"))
    params = {"value": value, "several": [value, "x"]}
    values = row_of(Finding("R01", Outcome.PASS, Severity.INFO, Message("code", params), inputs=given)).values
    told = {
        "one": {"value": value, "source": "kit", "unit": "V", "product": "SKU-1"},
        "two": {"value": value, "source": ""},
        "three": {"value": value, "source": "ficha técnica"},
    }
    texts = json.dumps(told, ensure_ascii=False), json.dumps(params, ensure_ascii=False)
    assert set(texts) <= set(values)
