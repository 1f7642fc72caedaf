"""Puts the watch over writes on every connection."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from ysh.core.cache.watch import WriteWatch


@receiver(connection_created, dispatch_uid="core.watch_writes")
def watch_writes(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each connection tell which tables were written."""
    if not any(isinstance(wrapper, WriteWatch) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.insert(0, WriteWatch(connection))
