"""What the audit listens to. The only receivers of the project, with those that keep caches fresh."""

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

from audit import task_actor
from audit.triggers import attach_triggers
from audit.typed_updates import make_functions
from ysh.core.cache.watch import WriteWatch
from ysh.core.db.actor_settings import ActorSettings


@receiver(connection_created, dispatch_uid="audit.tell_the_actor")
def tell_the_actor(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each connection tell PostgreSQL who acts, for the triggers that log writes."""
    if not any(isinstance(wrapper, ActorSettings) for wrapper in connection.execute_wrappers):
        # First in the list: `connection.execute_wrapper()` takes its own away from the end. Only the cache's watch stands
        # outside: it acts after the commit, and a single statement is committed here.
        outside = sum(isinstance(wrapper, WriteWatch) for wrapper in connection.execute_wrappers)
        connection.execute_wrappers.insert(outside, ActorSettings(connection))


@receiver(pre_migrate, dispatch_uid="audit.expect_other_columns")
def expect_other_columns(sender: Any, using: str, plan: Any = (), **kwargs: Any) -> None:
    """Migrations may write after they took a column away: until they are over no trigger knows the columns."""
    if sender.name == "audit" and plan:
        make_functions(connections[using], general=True)


@receiver(post_migrate, dispatch_uid="audit.keep_the_triggers")
def keep_the_triggers(sender: Any, using: str, **kwargs: Any) -> None:
    """After the last migration every table of the registry has its triggers, as they are declared."""
    if sender.name == "audit":
        attach_triggers(connections[using])


@before_task_publish.connect(dispatch_uid="audit.send_the_actor")
def send_the_actor(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    """A task takes along who asked for it."""
    if headers is not None:
        task_actor.send(headers)


@task_prerun.connect(dispatch_uid="audit.act_as_the_sender")
def act_as_the_sender(task_id: str, task: Any, **kwargs: Any) -> None:
    """What a task writes is written by whoever asked for it; by the task itself when nobody did."""
    task_actor.take(task_id, task)


@task_postrun.connect(dispatch_uid="audit.act_as_before")
def act_as_before(task_id: str, **kwargs: Any) -> None:
    """The worker is nobody again."""
    task_actor.leave(task_id)
