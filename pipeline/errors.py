"""What can end a run, by kind: the data said no, the request came at the wrong time, or a person stopped it.

A text may be a sentence kept as data (`ysh.core.said.say`; the words are in `pipeline.fault_phrases`): pages then show it in
their reader's language. The exception's own text is English either way, for logs and commands.
"""

import json
from typing import Any

from ysh.core.errors import RetryableError, TerminalError, YshError
from ysh.core.said import Said, in_english, say


class SayingError(YshError):
    """A fault that can be told in everybody's language.

    Args:
        message: what was expected and what was found, with the place.
        todo: what the reader can do about it.
        code: stable, machine-readable name of the fault.

    Attributes:
        found: the message as it was given.
        said: message and what to do; text when both are.
    """

    def __init__(self, message: Said | str, *, todo: Said | str = "", code: str | None = None) -> None:
        self.found = message
        super().__init__(in_english(message), todo=in_english(todo), code=code)
        texts = isinstance(message, str) and isinstance(todo, str)
        self.said: Said | str = str(self) if texts else say("found_and_todo", found=message, todo=todo)


def said_of_error(error: BaseException) -> Said | str:
    """What the error has to tell: as data where it knows how, else its text."""
    said: Any = getattr(error, "said", None)
    return said or str(error)


def storable(said: Said | str) -> Said | str:
    """The same without NUL, which the database takes neither in text nor in JSON."""
    found: Said | str = json.loads(json.dumps(said).replace("\\u0000", "␀"))
    return found


class SourceFileError(SayingError, TerminalError):
    """The file as a whole cannot be taken: not what was expected, damaged, empty, too large."""

    default_code = "bad_file"


class MissingColumnsError(SourceFileError):
    """Columns the source's declaration requires are not in the header."""

    default_code = "missing_columns"


class ThresholdError(SayingError, TerminalError):
    """A blocking check failed: too many rows refused, too many units vanished."""

    default_code = "threshold"


class SourceUnavailableError(SayingError, RetryableError):
    """The portal did not answer, or not with a file."""

    default_code = "source_unavailable"


class RunAlreadyActiveError(YshError):
    """Another run of the same source is pending or in progress."""

    default_code = "run_active"


class RunCancelledError(YshError):
    """A person asked the run to stop; nothing was changed."""

    default_code = "cancelled"


class RunSupersededError(YshError):
    """The run was closed by somebody else (reaper or successor) while it worked; its changes were rolled back."""

    default_code = "superseded"
