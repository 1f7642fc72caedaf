"""`manage.py dynamodb`, and what is generated from the declaration."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from ysh.core.dynamodb import administration, definitions
from ysh.core.dynamodb.tables import TABLES

CDK = Path(settings.BASE_DIR) / "deploy" / "cdk"


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("dynamodb", *arguments, stdout=out)
    return out.getvalue()


def test_four_tables_as_the_issue_names_them() -> None:
    with override_settings(DYNAMODB_TABLE_PREFIX="ysh-"):
        shapes = {table.name: (table.hash_key, table.range_key, [i.name for i in table.indexes]) for table in TABLES}
    assert shapes == {
        "ysh-pipeline-cache": ("pk", "sk", ["SourceIndex", "CategoryIndex"]),
        "ysh-ingestion-metadata": ("run_id", "timestamp", ["WorkflowIndex", "StatusIndex"]),
        "ysh-api-cache": ("cache_key", "", ["EndpointIndex"]),
        "ysh-sessions": ("session_id", "", ["UserIndex"]),
    }
    assert [table.short_name for table in TABLES if table.stream] == ["pipeline-cache", "ingestion-metadata"]
    assert [index.keys_only for table in TABLES for index in table.indexes].count(True) == 1


def test_create_status_delete() -> None:
    if not settings.DYNAMODB_ENDPOINT_URL:
        pytest.skip("no DynamoDB-compatible server is configured")
    with override_settings(DYNAMODB_TABLE_PREFIX=f"command-{os.getpid()}-"):
        connection = administration.connect()
        assert said("create", "--dry-run").count("would create the table") == 4
        with pytest.raises(SystemExit):
            said("status")
        assert said("create").count("create the table, switch on time to live, switch on point-in-time recovery") == 4
        try:
            assert said("create").count("is as declared") == 4
            assert said("status").count("ACTIVE") == 4
            connection.update_time_to_live(
                TableName=TABLES[0].name, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
            )
            assert administration.state(connection, TABLES[0]).differences == ("time to live is off",)
            assert "switch on time to live" in said("create")
            assert said("delete", "--dry-run").count("would delete") == 4
            assert said("status").count("ACTIVE") == 4
        finally:
            assert said("delete", "--yes").count("deleted") == 4
        assert said("delete", "--yes").count("was not there") == 4


def test_the_template_passes_cfn_lint(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    template = tmp_path / "tables.json"
    template.write_text(said("cloudformation"), "utf-8")
    done = subprocess.run([program, "--regions", "sa-east-1", "--", template], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    template.write_text(said("cloudformation").replace("PAY_PER_REQUEST", "PAY_PER_REQUESTS"), "utf-8")
    assert subprocess.run([program, "--", template], capture_output=True, check=False).returncode != 0, "it can fail"


def test_the_construct_in_the_repository_is_the_declarations() -> None:
    assert (CDK / "tables.js").read_text("utf-8") == said("cdk")


def _settled(properties: dict[str, Any]) -> dict[str, Any]:
    """A template's table without its name, and lists by name: CDK orders attributes its own way."""
    kept = {name: value for name, value in properties.items() if name != "TableName"}
    kept["AttributeDefinitions"] = sorted(kept["AttributeDefinitions"], key=lambda item: item["AttributeName"])
    return kept


def _synthesized() -> dict[str, Any]:
    """What aws-cdk-lib made of the construct: `npm run synth` in deploy/cdk."""
    template: dict[str, Any] = json.loads((CDK / "template.json").read_text("utf-8"))
    return template


def test_the_construct_was_synthesized_to_the_declared_tables() -> None:
    """Whoever changes the declaration has to synthesize anew: no other template has these tables."""
    made = [r for r in _synthesized()["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    declared = list(definitions.cloudformation()["Resources"].values())
    assert len(_synthesized()["Resources"]) == len(TABLES), "tables and nothing else"
    assert [r["Properties"]["TableName"] for r in made] == [f"ysh-{table.short_name}" for table in TABLES]
    assert [_settled(r["Properties"]) for r in made] == [_settled(r["Properties"]) for r in declared]
    assert {(r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in made} == {("Retain", "Retain")}


def test_the_synthesis_passes_cfn_lint() -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--regions", "sa-east-1", "--", CDK / "template.json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_synthesis_now_is_the_one_in_the_repository() -> None:
    """By aws-cdk-lib, with its assertions, where it is installed (`npm install` in deploy/cdk)."""
    node = shutil.which("node")
    if node is None or not (CDK / "node_modules" / "aws-cdk-lib").exists():
        pytest.skip("node or deploy/cdk/node_modules is missing: npm install in deploy/cdk")
    done = subprocess.run([node, "app.js"], cwd=CDK, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == _synthesized()
    subprocess.run([node, "--test"], cwd=CDK, capture_output=True, text=True, check=True)
