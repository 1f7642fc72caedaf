"""Errors that carry what a person needs: what was expected, what was found, where, and what to do."""


class YshError(Exception):
    """Base of the project's own errors.

    Args:
        message: what was expected and what was found, with the place.
        todo: what the reader can do about it; appended to the text.
        code: stable, machine-readable name of the fault.
    """

    default_code = "error"

    def __init__(self, message: str, *, todo: str = "", code: str | None = None) -> None:
        self.message = message
        self.todo = todo
        self.code = code or self.default_code
        super().__init__(f"{message} {todo}".strip())


class TerminalError(YshError):
    """The data or the request said no: trying again with the same input gives the same answer."""

    default_code = "terminal"


class RetryableError(YshError):
    """A passing fault: the same call may succeed later."""

    default_code = "retryable"
