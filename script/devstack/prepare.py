"""What script/server, script/test and script/bench do first, and the environment they give their programs."""

import os

from devstack import packages, stack
from devstack.console import say
from devstack.layout import Layout
from devstack.venv import ensure_venv, venv_needs


def prepare(layout: Layout, *, browser: bool = False) -> list[str]:
    """System packages, virtual environment, running services. Returns the names of the servers that had to be started.

    With `browser`, Chromium too. Without it the tests of pages are skipped, so a system without such a package only gets a note.
    """
    needs = venv_needs(layout)
    if browser:
        if packages.os_release().get("ID") == "debian":
            needs.append(packages.chromium_need())
        elif packages.chromium() is None:
            say("  · no chromium on PATH and no package of this system that tests can drive; tests of pages are skipped")
    started = stack.up(layout, needs)
    ensure_venv(layout)
    return started


def program_environment(layout: Layout, settings: str) -> dict[str, str]:
    """The caller's environment with the services' variables; a settings module set by the caller wins over `settings`."""
    return {
        "DJANGO_SETTINGS_MODULE": settings,
        **os.environ,
        **stack.env(layout),
        "PYTHONUNBUFFERED": "1",
    }
