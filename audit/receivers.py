"""What the audit listens to. The only receivers of the project, with those that keep caches fresh."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from ysh.core.cache.watch import WriteWatch
from ysh.core.db.actor_settings import ActorSettings


@receiver(connection_created, dispatch_uid="audit.tell_the_actor")
def tell_the_actor(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each connection tell PostgreSQL who acts, for the trigger that logs writes."""
    if not any(isinstance(wrapper, ActorSettings) for wrapper in connection.execute_wrappers):
        # First in the list: `connection.execute_wrapper()` takes its own away from the end. Only the cache's watch stands
        # outside: it acts after the commit, and a single statement is committed here.
        outside = sum(isinstance(wrapper, WriteWatch) for wrapper in connection.execute_wrappers)
        connection.execute_wrappers.insert(outside, ActorSettings(connection))
