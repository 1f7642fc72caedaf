"""What ends a benchmark before its end."""


class BenchError(Exception):
    """Something a benchmark needs is not there, or a process it started failed. The message says what to do."""
