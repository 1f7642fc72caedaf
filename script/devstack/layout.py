"""Where things are: the project's folder and what the stack keeps under var/."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Paths of one checkout. `var` is <project>/var unless YSH_VAR_DIR names another folder (a second, private stack)."""

    root: Path
    var: Path

    @property
    def stack(self) -> Path:
        """State, secrets and data of the local services."""
        return self.var / "stack"

    @property
    def venv(self) -> Path:
        """The project's virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"


def find_layout() -> Layout:
    """The layout of the checkout this file lies in."""
    root = Path(__file__).resolve().parent.parent.parent
    chosen = os.environ.get("YSH_VAR_DIR")
    return Layout(root=root, var=Path(chosen).resolve() if chosen else root / "var")
