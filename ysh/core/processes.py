"""Processes beside this one that work on the same database, for passes that keep a core busy.

A child is a fresh interpreter with connections of its own; it is gone when its parent is, however that ended. Not for use inside
a Celery worker, whose processes may have none of their own: there a pass is shared by tasks.
"""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection as pipes
from multiprocessing import get_context, parent_process

import django
from django.db import connection, connections

from ysh.core.actor import Actor, act_as, current_actor


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Processes with Django ready, on the database of this thread's connection, acting for the same actor.

    Functions handed to them are named at the top of a module. A child that is killed breaks the pool: `BrokenProcessPool`.

    Args:
        workers: at least 1. Each takes about as long to begin as `manage.py` does.
    """
    told = (str(connection.settings_dict["NAME"]), current_actor())
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=told)


def _begin(database: str, actor: Actor) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    connections["default"].settings_dict["NAME"] = database  # tests have one that the settings do not know
    act_as(actor)


def _end_with_parent() -> None:
    """A parent that is killed cannot stop its children, and they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        os._exit(1)
