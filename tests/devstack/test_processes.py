import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from devstack import migrations
from devstack.layout import Layout
from devstack.processes import command_line, find_process, is_alive, run_attached, stop_process, wait_until

SCRIPT = Path(__file__).resolve().parents[2] / "script"


def test_a_process_is_found_by_its_command_line():
    marker = f"--marker-{os.getpid()}"
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", marker])
    try:
        assert wait_until(lambda: find_process(lambda arguments: marker in arguments) == process.pid, 5)
        assert command_line(process.pid)[-1] == marker
        assert stop_process(process.pid) is True
        assert find_process(lambda arguments: marker in arguments) is None
    finally:
        process.kill()
        process.wait()


def test_a_zombie_is_not_alive_and_a_gone_process_has_no_command_line():
    process = subprocess.Popen(["true"])
    assert wait_until(lambda: not is_alive(process.pid), 5)
    assert Path(f"/proc/{process.pid}").exists()
    process.wait()
    assert command_line(process.pid) == []
    assert stop_process(process.pid) is True


def test_a_process_that_does_not_listen_is_killed():
    process = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
    assert wait_until(lambda: ignores_sigterm(process.pid), 5)
    assert stop_process(process.pid, timeout=0.2) is False
    process.wait()


def ignores_sigterm(pid):
    mask = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigIgn"))
    return bool(int(mask.split()[1], 16) & (1 << (signal.SIGTERM - 1)))


def test_exit_code_of_an_attached_tool(tmp_path):
    assert run_attached(["sh", "-c", "exit 7"], cwd=tmp_path, env=os.environ) == 7


def test_an_attached_tool_may_tidy_up_when_the_command_is_ended(tmp_path):
    tool = "import sys, time\ntry:\n    open('began', 'w').close()\n    time.sleep(60)\nfinally:\n    open('tidied', 'w').close()"
    driver = textwrap.dedent(f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(SCRIPT)!r})
        from devstack.cli import end
        from devstack.processes import run_attached
        signal.signal(signal.SIGTERM, end)
        tool = "import signal, sys; signal.signal(signal.SIGTERM, lambda *a: sys.exit(1))\\n" + {tool!r}
        run_attached([sys.executable, "-c", tool], cwd=Path({str(tmp_path)!r}), env=os.environ)
    """)
    process = subprocess.Popen([sys.executable, "-c", driver])
    assert wait_until((tmp_path / "began").exists, 10)
    process.terminate()
    assert process.wait(timeout=10) == 128 + signal.SIGTERM
    assert (tmp_path / "tidied").exists()


def test_the_mark_of_migrations_moves_with_files_lock_and_database(tmp_path, monkeypatch):
    applied = ["one"]
    monkeypatch.setattr(migrations, "ask_database", lambda url: applied[0])
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "schedule.py").write_text("")
    (tmp_path / migrations.LOCK).write_text("lock")
    layout, env = Layout(tmp_path, tmp_path / "var"), {"DATABASE_URL": "postgis://h/d"}
    marks = [migrations.migration_mark(layout, env)]
    assert migrations.migration_mark(layout, env) == marks[0]
    (tmp_path / "app" / "migrations" / "0001_initial.py").write_text("")
    marks.append(migrations.migration_mark(layout, env))
    (tmp_path / migrations.LOCK).write_text("other lock")
    marks.append(migrations.migration_mark(layout, env))
    (tmp_path / "pipeline" / "schedule.py").write_text("daily")
    marks.append(migrations.migration_mark(layout, env))
    applied[0] = "two"
    marks.append(migrations.migration_mark(layout, env))
    assert len(set(marks)) == 5

    stamp = tmp_path / "stamp"
    assert not migrations.is_marked(stamp, marks[0])
    stamp.write_text(marks[0])
    assert migrations.is_marked(stamp, marks[0])
    assert not migrations.is_marked(stamp, marks[1])
    applied[0] = None
    assert not migrations.is_marked(stamp, migrations.migration_mark(layout, env))


def test_a_database_that_does_not_answer_gives_no_mark():
    assert migrations.ask_database("postgis://nobody:none@127.0.0.1:1/none") is None
    assert migrations.ask_database("sqlite:///somewhere") is None
