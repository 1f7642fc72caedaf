"""The private Redis: cache in database 0, Celery's queues in database 1. Password, loopback only, an append-only file."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from devstack.console import StepError, step, tail
from devstack.packages import redis_server
from devstack.ports import LOOPBACK
from devstack.processes import Account, command_line, find_process, run_as, stop_process, wait_until
from devstack.state import Secrets, write_private

START_TIMEOUT = 60  # seconds; loading the append-only file

# Queues have no expiry and are never evicted; cache entries have one and make room.
SETTINGS = """\
# Written by script/stack at every start; changes here are lost.
bind {host}
port {port}
requirepass {password}
dir "{home}"
pidfile "{home}/pid"
logfile "{home}/log"
daemonize yes
proc-title-template "{{title}} {{listen-addr}} {{config-file}}"
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy volatile-lru
databases 16
"""


@dataclass(frozen=True)
class Redis:
    """One private server with its data in `home`."""

    home: Path
    account: Account
    secrets: Secrets

    @property
    def config(self) -> Path:
        """Its configuration file, which also marks its process."""
        return self.home / "redis.conf"

    @property
    def log(self) -> Path:
        """Its log."""
        return self.home / "log"

    def running(self) -> int | None:
        """Its pid, None when it does not run."""
        return find_process(lambda arguments: "-server" in arguments[0] and str(self.config) in " ".join(arguments))

    def port_in_use(self) -> int | None:
        """The port of the running server, from its process title `redis-server 127.0.0.1:PORT <config>`."""
        pid = self.running()
        title = " ".join(command_line(pid)).split() if pid else []
        port = title[1].rpartition(":")[2] if len(title) > 1 else ""
        return int(port) if port.isdecimal() else None

    def start(self, port: int) -> bool:
        """Start it on the port unless it runs, and wait until it answers PING. Says whether it had to be started."""
        if self.running() is None:
            program = redis_server()
            if program is None:
                raise StepError("neither redis-server nor valkey-server is installed; run script/stack up again to install it")
            with step(f"starting Redis on {LOOPBACK}:{port}") as current:
                write_private(self.config, SETTINGS.format(host=LOOPBACK, port=port, password=self.secrets.redis, home=self.home))
                if self.account.switch:
                    os.chown(self.config, self.account.uid, self.account.gid)
                done = run_as(self.account, [program, self.config], cwd=self.home)
                if done.returncode:
                    raise StepError(f"Redis did not start on port {port}: {done.stdout.strip()}{tail(self.log)}")
                if not wait_until(lambda: self.answer(port) is None or self.running() is None, START_TIMEOUT) or self.answer(
                    port
                ):
                    raise StepError(f"Redis does not answer on port {port}: {self.answer(port)}{tail(self.log)}")
                current.outcome = f"Redis runs on {LOOPBACK}:{port}"
            return True
        problem = self.answer(self.port_in_use() or port)
        if problem:
            raise StepError(f"Redis runs but does not answer: {problem}. Try script/stack down, then up{tail(self.log)}")
        return False

    def stop(self) -> bool:
        """Stop it if it runs (it writes its data on SIGTERM). Says whether it ran."""
        pid = self.running()
        if pid is None:
            return False
        with step("stopping Redis") as current:
            clean = stop_process(pid, how=signal.SIGTERM)
            current.outcome = "Redis stopped" if clean else "Redis did not stop in 30 s and was killed"
        return True

    def answer(self, port: int) -> str | None:
        """None when it answers PING with our password, else the reason."""
        try:
            with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
                connection.sendall(f"AUTH {self.secrets.redis}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    part = connection.recv(1024)
                    if not part:
                        break
                    reply += part
        except OSError as error:
            return str(error)
        return None if reply == b"+OK\r\n+PONG\r\n" else reply.decode("utf-8", "replace").strip() or "connection closed"
