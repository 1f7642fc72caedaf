"""Finding, starting and stopping the services' processes. A process is recognised by its command line, so no pid file can lie."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Account:
    """The user a service runs as; `switch` says whether that differs from the caller (only root can switch)."""

    name: str
    uid: int
    gid: int
    switch: bool


def current_account() -> Account:
    """The calling user."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # containers run with bare numbers
        name = str(uid)
    return Account(name=name, uid=uid, gid=os.getegid(), switch=False)


def named_account(name: str) -> Account:
    """A user of the system by name. Raises KeyError when there is none."""
    entry = pwd.getpwnam(name)
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=entry.pw_uid != os.geteuid())


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small environment for services and their tools: nothing of the caller's PG*, REDIS*, AWS* or locale settings leaks in."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        **(extra or {}),
    }


def run_as(
    account: Account,
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    text_in: str | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end as the account, output captured as text (stderr joined into stdout)."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(env),
        input=text_in,
        stdin=None if text_in is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
        extra_groups=os.getgrouplist(account.name, account.gid) if account.switch else None,
    )


def run_attached(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], patience: float = 30) -> int:
    """Run a tool whose output belongs on the terminal; returns its exit code.

    When this process is asked to end, the tool is asked too (Ctrl-C on a terminal did that) and gets `patience` seconds for it.
    """
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):
            process.terminate()
        try:
            process.wait(timeout=patience)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()
        raise


def command_line(pid: int) -> list[str]:
    """The arguments of a process, empty when it is gone or is a kernel thread."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [part.decode("utf-8", "replace") for part in raw.rstrip(b"\0").split(b"\0")] if raw else []


def find_process(matches: Callable[[list[str]], bool]) -> int | None:
    """The pid of the first living process whose command line matches, None when there is none."""
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            arguments = command_line(int(entry.name))
            if arguments and matches(arguments):
                return int(entry.name)
    return None


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool], timeout: float, interval: float = 0.02) -> bool:
    """Ask a condition until it holds or `timeout` seconds have passed; says whether it held."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(interval)
        interval = min(interval * 1.5, 0.25)
    return True


def stop_process(pid: int, *, how: signal.Signals = signal.SIGTERM, timeout: float = 30) -> bool:
    """Signal the process and wait for its end; SIGKILL after `timeout` seconds. Returns whether it ended without SIGKILL."""
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return True
    if wait_until(lambda: not is_alive(pid), timeout):
        return True
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return True
    wait_until(lambda: not is_alive(pid), 10)
    return False
