#!/usr/bin/env python
"""Django's command line. The settings module comes from the environment; development is the default."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ysh.settings.dev")
    from django.core.management import execute_from_command_line

    from ysh.core.actor import acting_as
    from ysh.core.command_actor import command_actor

    with acting_as(command_actor(sys.argv)):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
