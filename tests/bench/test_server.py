"""The benchmark's web server is the product's."""

from bench.reads import server_command
from ysh.env import BASE_DIR


def test_reads_are_measured_on_the_server_that_script_server_runs(monkeypatch):
    monkeypatch.syspath_prepend(str(BASE_DIR / "script"))
    from devstack.layout import Layout
    from devstack.server import programs

    [web] = [program for program in programs(Layout(BASE_DIR, BASE_DIR / "var"), 8123) if program.name == "web"]
    assert server_command(8123) == web.command
