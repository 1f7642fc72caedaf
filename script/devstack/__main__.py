"""Entry point of `python script/devstack COMMAND`, called by script/devstack/launch."""

import sys
from pathlib import Path

# Python put this folder first on the path; the modules in it must be found as devstack.*, never as top-level names.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from devstack.cli import main  # noqa: E402  (the path has to be set first)

sys.exit(main(sys.argv[1:]))
