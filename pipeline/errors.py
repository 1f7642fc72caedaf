"""What can end a run, by kind: the data said no, the request came at the wrong time, or a person stopped it."""

from ysh.core.errors import RetryableError, TerminalError, YshError


class SourceFileError(TerminalError):
    """The file as a whole cannot be taken: not what was expected, damaged, empty, too large."""

    default_code = "bad_file"


class MissingColumnsError(SourceFileError):
    """Columns the source's declaration requires are not in the header."""

    default_code = "missing_columns"


class ThresholdError(TerminalError):
    """A blocking check failed: too many rows refused, too many units vanished."""

    default_code = "threshold"


class SourceUnavailableError(RetryableError):
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
