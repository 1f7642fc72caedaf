"""The supervisor with small stand-in programs, run as script/server runs it: in a process of its own that gets signals."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from devstack.processes import is_alive, wait_until

SCRIPT = Path(__file__).resolve().parents[2] / "script"
STEADY = "import time; print('hello'); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
DYING = "import sys, time; print('first'); time.sleep(0.3); print('the reason', file=sys.stderr); sys.exit(3)"
PARENT = "import subprocess, sys, time; child = subprocess.Popen(['sleep', '61']); print('child', child.pid); time.sleep(60)"


@pytest.fixture
def run(tmp_path):
    """Starts a supervisor over the given programs; returns its process and a function that reads its output up to a text."""
    processes = []

    def start(programs, stop_timeout=5.0):
        driver = textwrap.dedent(f"""
            import os, sys
            from pathlib import Path
            sys.path.insert(0, {str(SCRIPT)!r})
            from devstack import supervisor
            supervisor.STOP_TIMEOUT = {stop_timeout}
            one = supervisor.Supervisor(Path({str(tmp_path)!r}), os.environ)
            one.listen()
            one.start([supervisor.Program(name, [sys.executable, "-u", "-c", code]) for name, code in {programs!r}])
            sys.exit(one.run())
        """)
        log = (tmp_path / "output").open("w")
        process = subprocess.Popen([sys.executable, "-c", driver], stdout=log, stderr=log, start_new_session=True)
        processes.append(process)

        def output(expected=None):
            read = (tmp_path / "output").read_text
            if expected:
                assert wait_until(lambda: expected in read(), 10), f"{expected!r} not in {read()!r}"
            return read()

        return process, output

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def children_of(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_children_and_is_no_failure(run, number):
    process, output = run([("web", STEADY), ("worker", STEADY)])
    text = output("worker | hello")
    output("web    | hello")
    children = children_of(process.pid)
    assert len(children) == 2
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert not any(is_alive(child) for child in children)
    assert "✗" not in text


def test_a_dead_child_is_reported_with_its_last_lines_and_ends_everything(run):
    process, output = run([("web", STEADY), ("beat", DYING)])
    output("web  | hello")
    children = children_of(process.pid)
    assert process.wait(timeout=10) == 1
    assert not any(is_alive(child) for child in children)
    text = output()
    assert "✗ beat ended with exit code 3" in text
    assert text.rstrip().endswith("    first\n    the reason")


def test_a_child_that_is_deaf_to_sigterm_is_killed_after_the_timeout(run):
    process, output = run([("deaf", STUBBORN)], stop_timeout=0.5)
    output("deaf | deaf")
    [child] = children_of(process.pid)
    process.terminate()
    assert process.wait(timeout=5) == 0
    assert not is_alive(child)
    assert "killing deaf: not done after 0.5 s" in output()


def test_a_second_signal_does_not_wait(run):
    process, output = run([("deaf", STUBBORN)], stop_timeout=60)
    output("deaf | deaf")
    process.terminate()
    output("stopping deaf")
    process.terminate()
    assert process.wait(timeout=5) == 0
    assert "a second signal came" in output()


def test_grandchildren_do_not_stay_behind(run):
    process, output = run([("tree", PARENT)])
    text = output("tree | child ")
    output("\n")
    grandchild = int(text.split("child ")[1].split()[0])
    assert is_alive(grandchild)
    process.terminate()
    process.wait(timeout=10)
    assert wait_until(lambda: not is_alive(grandchild), 2)


def test_children_end_when_the_supervisor_is_killed(run):
    process, output = run([("web", STEADY)])
    output("web | hello")
    [child] = children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert wait_until(lambda: not is_alive(child), 5)
