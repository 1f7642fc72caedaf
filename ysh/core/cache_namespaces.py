"""Puts the watch over writes on every connection; names what holds in Django's cache."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from ysh.core.cache.namespaces import Namespace, register
from ysh.core.cache.store import NAMESPACES
from ysh.core.cache.watch import WriteWatch

# No table's: they end when a layer missed a writing to Django's cache.
register(*(Namespace(name, ()) for name in NAMESPACES))


@receiver(connection_created, dispatch_uid="core.watch_writes")
def watch_writes(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each connection tell which tables were written."""
    if not any(isinstance(wrapper, WriteWatch) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.insert(0, WriteWatch(connection))
