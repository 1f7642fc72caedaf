"""gunicorn's threads, which stay with the connection they have just answered."""

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

#: How long a thread that has answered waits for the next request of the same connection, in milliseconds.
STAY_MS = 10


class StayingWorker(ThreadWorker):  # type: ignore[misc]
    """A thread that has answered waits a moment for the connection's next request before it gives the connection back.

    Giving it back and getting it again takes four system calls and two other threads' turns, a third of what a kept answer costs.
    A thread stays only while the process has one for each of its connections; otherwise somebody else may be waiting for it.
    """

    def handle(self, conn: Any) -> Any:
        """Answer requests of a connection. Runs in a thread of the pool.

        Args:
            conn: gunicorn's `TConn`.

        Returns:
            what gunicorn's own does: whether to keep the connection, or that nothing has come in yet.
        """
        again = super().handle(conn)
        if again is not True:
            return again
        coming = select.poll()
        coming.register(conn.sock, select.POLLIN)
        # What was read ahead already does not come in any more: gunicorn sees to it.
        while (
            again is True
            and self.alive
            and self.nr_conns <= self.cfg.threads
            and not conn.parser.unreader.buf.getvalue()
            and coming.poll(STAY_MS)
        ):
            again = super().handle(conn)
        return again
