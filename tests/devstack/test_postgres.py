import os
import subprocess
import sys

import pytest
from devstack.console import StepError
from devstack.postgres import remove_stale_pid_file


def write_pid_file(data, pid, origin=None):
    data.mkdir(exist_ok=True)
    (data / "postmaster.pid").write_text(f"{pid}\n{origin or data}\n1700000000\n21432\n\n127.0.0.1\n")


@pytest.fixture
def pretender():
    """Starts a process whose command line is that of a server of the given folder."""
    started = []

    def start(data):
        command = ["postgres", "-c", "import time; time.sleep(60)", "-D", str(data)]
        started.append(subprocess.Popen(command, executable=sys.executable))
        return started[-1].pid

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_without_a_file_there_is_nothing_to_remove(tmp_path):
    assert remove_stale_pid_file(tmp_path) is False


def test_a_dead_process(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    write_pid_file(tmp_path / "data", ended.pid)
    assert remove_stale_pid_file(tmp_path / "data") is True
    assert not (tmp_path / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize("content", ["", "garbage\n", "0\n", "\n\n"])
def test_a_damaged_file(tmp_path, content):
    (tmp_path / "postmaster.pid").write_text(content)
    assert remove_stale_pid_file(tmp_path) is True


def test_a_number_given_to_another_program_since(tmp_path):
    write_pid_file(tmp_path / "data", os.getpid())
    assert remove_stale_pid_file(tmp_path / "data") is True


def test_a_copied_folder_does_not_mind_the_original_s_server(tmp_path, pretender):
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.mkdir()
    write_pid_file(copy, pretender(original), origin=original)
    assert remove_stale_pid_file(copy) is True


def test_a_folder_moved_under_a_living_server_is_refused(tmp_path, pretender):
    moved = tmp_path / "moved"
    pid = pretender(tmp_path / "gone")
    write_pid_file(moved, pid, origin=tmp_path / "gone")
    with pytest.raises(StepError, match=f"kill -INT {pid}"):
        remove_stale_pid_file(moved)
    assert (moved / "postmaster.pid").exists()
