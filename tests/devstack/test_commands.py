import os
import socket
import subprocess

import pytest
from devstack.console import StepError
from devstack.gates import Gate, gates, passes
from devstack.layout import Layout, find_layout
from devstack.server import only_one, programs, readiness, run_server, wanted_port

LAYOUT = find_layout()


def script(name, *arguments, **environment):
    command = [LAYOUT.root / "script" / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_port_of_the_server():
    assert wanted_port({}) == 8000
    assert wanted_port({"PORT": ""}) == 8000
    assert wanted_port({"PORT": "8123"}) == 8123
    for text in ("http", "0", "65536", "-1"):
        with pytest.raises(StepError, match="PORT must be a number"):
            wanted_port({"PORT": text})


def test_a_taken_port_names_its_owner_and_starts_nothing(tmp_path, monkeypatch):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(StepError, match=rf"port {port} is taken by pid {os.getpid()} .*PORT={port + 1} script/server"):
            run_server(Layout(LAYOUT.root, tmp_path / "var"))
    assert not (tmp_path / "var").exists()


def test_only_one_server_in_a_folder(tmp_path):
    layout = Layout(tmp_path, tmp_path / "var")
    with only_one(layout), pytest.raises(StepError, match=rf"runs already \(pid {os.getpid()}\)"), only_one(layout):
        pass
    with only_one(layout):
        pass


def test_nobody_listening_is_not_ready():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert "/readyz" in (readiness(probe.getsockname()[1]) or "")


def test_a_gate_passes_by_its_exit_code_and_shows_its_output_only_when_it_fails(capfd):
    assert passes(Gate("good", ["sh", "-c", "echo noise; exit 0"]), LAYOUT, {"PATH": os.environ["PATH"]})
    assert not passes(Gate("bad", ["sh", "-c", 'echo "why $WHO"; exit 1'], {"WHO": "me"}), LAYOUT, {"PATH": os.environ["PATH"]})
    shown = capfd.readouterr().err
    assert "noise" not in shown
    assert "✓ good (" in shown
    assert "why me\n  ✗ bad (" in shown


def test_the_gates_named_in_the_contract_are_all_there():
    names = [gate.name for gate in gates(LAYOUT)]
    expected = ["ruff check", "ruff format --check", "mypy", "lint-imports", "makemigrations --check", "check --deploy", "pytest"]
    assert [name for name in names if name in expected] == expected
    assert names[-1] == "pytest"


@pytest.mark.parametrize("arguments", [[], ["sideways"], ["up", "down"]])
def test_wrong_arguments_of_stack_print_the_usage(arguments):
    done = script("stack", *arguments)
    assert done.returncode == 2
    assert "usage: script/stack" in done.stderr


def test_help_goes_to_stdout():
    done = script("stack", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "reset" in done.stdout


def test_ci_runs_script_test_and_nothing_else():
    lines = (LAYOUT.root / ".ci" / "run").read_text().splitlines()
    assert lines == ["#!/usr/bin/env bash", 'exec "$(dirname "${BASH_SOURCE[0]}")/../script/test"']
    assert os.access(LAYOUT.root / ".ci" / "run", os.X_OK)


def test_the_server_s_programs():
    started = {program.name: " ".join(program.command) for program in programs(LAYOUT, 8123)}
    assert list(started) == ["web", "ingest", "worker", "beat"]
    assert "--bind 127.0.0.1:8123" in started["web"]
    assert "--config python:ysh.gunicorn " in started["web"]
    assert "--queues ingest --concurrency 2 " in started["ingest"]
    assert "--queues default " in started["worker"]
    for name in ("gunicorn", "celery"):
        assert (LAYOUT.venv / "bin" / name).exists()
