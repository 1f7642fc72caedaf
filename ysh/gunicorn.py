"""Gunicorn's settings wherever the product is served: `gunicorn --config python:ysh.gunicorn ysh.wsgi:application`.

Where each worker keeps its metrics is PROMETHEUS_MULTIPROC_DIR, read by prometheus_client itself; without it, `/metrics` tells
only of the worker that answers.

Many processes of few threads: kept connections fall unevenly on the processes, and threads of one process wait for each other.
A thread stays with its connection while there are enough of them (`ysh.web_worker`).
Granian answers more a second, but ends a list whose query failed midway as if it were whole (2.8.7); gunicorn breaks the
connection off.
"""

import gc
from typing import Any

from prometheus_client import multiprocess

from ysh import env

worker_class = "ysh.web_worker.StayingWorker"
workers, threads = env.WEB_WORKERS, env.WEB_THREADS
timeout, graceful_timeout = 60, 10
preload_app = True
control_socket_disable = True  # it would be made in the home


def when_ready(server: Any) -> None:
    """Before workers are forked: what was imported stays, and no request waits a tenth of a second while it is looked through."""
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """A worker that is gone counts no more among the live ones."""
    if env.PROMETHEUS_MULTIPROC_DIR:
        multiprocess.mark_process_dead(worker.pid)
