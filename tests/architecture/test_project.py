"""Rules of the house that hold for every file: where the environment is read, what commands offer, what names say."""

import argparse
import ast
import configparser
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
APPS = ("ysh", "aneel", "products", "pipeline", "audit")
FILES = sorted(
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if (ROOT / name).is_file()
)
APP_FILES = [path for path in FILES if path.parts[0] in APPS]
# What the contract says prints one JSON object.
JSON_COMMANDS = {"ingest", "workflow", "pipeline_status", "quality", "import_catalog", "check_kits"}
OWN_COMMANDS = sorted(name for name, app in get_commands().items() if str(app).partition(".")[0] in APPS)


def tree(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


# --- environment


def variables_read():
    """Names of the variables ysh/env.py reads."""
    return {
        node.args[0].value
        for node in ast.walk(tree("ysh/env.py"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "_env"
    }


def variables_documented():
    """Name -> (example, whether the line is active) of .env.example; each name once."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := re.fullmatch(r"(# )?([A-Z][A-Z0-9_]*)=(.*)", line))]
    assert len({match[2] for match in found}) == len(found)
    return {match[2]: (match[3], not match[1]) for match in found}


def test_every_variable_is_documented_and_no_other():
    assert set(variables_documented()) == variables_read()


def test_every_variable_of_the_contract_is_read():
    contract = (
        "SECRET_KEY DEBUG ALLOWED_HOSTS DATABASE_URL DATABASE_REPLICA_URL REDIS_URL CELERY_BROKER_URL DYNAMODB_ENDPOINT_URL "
        "DYNAMODB_TABLE_PREFIX AWS_REGION S3_ENDPOINT_URL LAKE_URL ANEEL_CKAN_URL ANEEL_HUB_URL ANEEL_CA_BUNDLE INMETRO_URL "
        "OLLAMA_URL SLACK_WEBHOOK_URL EMAIL_URL SENTRY_DSN"
    )
    assert set(contract.split()) <= variables_read()


def test_every_variable_has_a_comment_above_it():
    blocks = re.split(r"\n\s*\n", (ROOT / ".env.example").read_text(encoding="utf-8"))
    for block in blocks:
        lines = block.strip().splitlines()
        names = [line for line in lines if re.fullmatch(r"(# )?[A-Z][A-Z0-9_]*=.*", line)]
        assert not names or lines[0] not in names, f"{names[0]} has no comment"


def test_examples_are_understood_and_hold_no_secret(tmp_path):
    """All examples at once are a valid environment. What looks like a password says that it is none."""
    documented = variables_documented()
    assert documented["SECRET_KEY"] == ("replace-me", True)
    assert [name for name, (_example, active) in documented.items() if active] == ["SECRET_KEY"]
    for name, (example, _active) in documented.items():
        for password in re.findall(r"://[^/:@]+:([^@/]+)@", example):
            assert password == "password", name
    environment = {name: example for name, (example, _active) in documented.items()}
    code = "from ysh import env; print(env.SECRET_KEY, env.DATABASE_POOL_SIZE, env.database(env.DATABASE_URL)['NAME'])"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout.split()) == (0, ["replace-me", "8", "ysh"]), result.stderr


def environment_uses(path):
    """Lines that touch the environment in any spelling."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"}:
            yield node.lineno
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {alias.name for alias in node.names} & {"environ", "getenv"}
        ):
            yield node.lineno


def test_the_environment_is_read_in_one_place():
    """The entry points choose the settings module, and do no more."""
    entry_points = {Path("ysh/celery.py"), Path("ysh/wsgi.py"), Path("ysh/asgi.py")}
    choice = re.compile(r'\s*os\.environ\.setdefault\("DJANGO_SETTINGS_MODULE", "ysh\.settings\.\w+"\)')
    offenders = [
        f"{path}:{number}"
        for path in APP_FILES
        if path != Path("ysh/env.py")
        for number in environment_uses(path)
        if path not in entry_points or not choice.fullmatch((ROOT / path).read_text(encoding="utf-8").splitlines()[number - 1])
    ]
    assert offenders == []
    assert list(environment_uses(Path("ysh/celery.py"))) != [], "the search finds what is there"


# --- names, imports, safety


def test_no_module_is_named_for_nothing_in_particular():
    empty_names = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in FILES if empty_names & {path.stem, *path.parts}] == []


def test_certificates_are_always_verified():
    offenders = [
        f"{path}:{node.value.lineno}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword)
        and node.arg == "verify"
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
    ]
    offenders += [
        f"{path}:{node.lineno}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
        and any(isinstance(target, ast.Attribute) and target.attr in {"verify", "check_hostname"} for target in node.targets)
    ]
    assert offenders == []


def test_import_contracts_name_modules_that_exist():
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    named = set()
    for section in parser.sections():
        for key in ("root_packages", "layers", "source_modules", "forbidden_modules", "ignore_imports"):
            named |= set(re.findall(r"[a-z_][\w.]*", parser.get(section, key, fallback="")))

    assert {"audit", "pipeline", "aneel", "products", "ysh.core"} <= named
    missing = sorted(name for name in named if importlib.util.find_spec(name) is None)
    assert missing == []
    contracts = {parser.get(section, "type") for section in parser.sections() if ":contract:" in section}
    assert contracts == {"layers", "forbidden"}


def test_every_app_is_in_the_contracts():
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    for app in APPS:
        assert re.search(rf"^    {app}$", text, re.MULTILINE), f"{app} is no root package"
    for app in ("aneel", "products", "pipeline", "audit"):
        assert f"    {app}.models\n" in text, f"{app}.models may import its API"
        if importlib.util.find_spec(f"{app}.rules"):
            assert f"    {app}.rules\n" in text, f"{app}.rules may import a framework"


def test_modules_say_what_belongs_in_them():
    exempt = {"apps.py", "__main__.py"}
    without = [
        path
        for path in APP_FILES
        if path.name not in exempt
        and path not in {Path("ysh/__init__.py"), Path("ysh/wsgi.py"), Path("ysh/asgi.py")}
        and not re.fullmatch(r"0001_initial", path.stem)
        and (body := tree(path)).body
        and not ast.get_docstring(body)
    ]
    assert without == []


# --- commands


def test_our_commands_are_found():
    assert {"ingest", "partitions", "refresh_statistics", "data_dictionary"} <= set(OWN_COMMANDS)


@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_commands_explain_themselves(name, capsys):
    command = load_command_class(get_commands()[name], name)
    text = command.create_parser("manage.py", name).format_help()

    assert re.search(rf"Example:\s+(\S+=\S+ )*manage\.py {name}\b", text), f"{name} --help shows no example"
    assert command.help.strip().count("\n") <= 12


@pytest.mark.parametrize("name", [name for name in OWN_COMMANDS if name in JSON_COMMANDS])
def test_commands_of_the_contract_speak_json(name):
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    actions = {option: action for action in parser._actions for option in action.option_strings}

    assert isinstance(actions["--json"], argparse._StoreTrueAction)


@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_every_option_is_explained(name):
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    for action in parser._actions:
        assert action.help, f"{name}: {action.option_strings or action.dest} has no help"


def _pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))


def _direct(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[<>=~! ;]", line)[0].lower() for line in lines if re.match(r"[A-Za-z]", line)}


def test_the_locks_hold_what_is_listed_and_agree() -> None:
    run, dev = _pinned("requirements.txt"), _pinned("requirements-dev.txt")
    assert _direct("requirements.in") <= run.keys()
    assert _direct("requirements-dev.in") <= dev.keys()
    assert {name: dev.get(name) for name in run} == run, "compile both locks again, as the heads of the .in files say"
