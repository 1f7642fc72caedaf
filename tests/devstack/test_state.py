import os
import stat

import pytest
from devstack.console import StepError
from devstack.layout import Layout
from devstack.stack import follow_the_folder
from devstack.state import State, load_secrets, load_state, save_state
from devstack.venv import lock_entry


def test_secrets_are_made_once_and_private(tmp_path):
    first = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert load_secrets(other) != first


def test_damaged_secrets_say_what_to_do(tmp_path):
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StepError, match="start over"):
        load_secrets(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_secrets_of_someone_else(tmp_path):
    load_secrets(tmp_path)
    (tmp_path / "secrets.json").chmod(0)
    with pytest.raises(StepError, match="first started by that user"):
        load_secrets(tmp_path)


def test_state_comes_back(tmp_path):
    state = State(var="/srv/ysh/var", ports={"redis": 30000}, data="/srv/data")
    save_state(tmp_path, state)
    assert load_state(tmp_path) == state


def test_damaged_state_is_forgotten(tmp_path):
    (tmp_path / "state.json").write_text('{"unknown": 1}')
    assert load_state(tmp_path) == State(var=str(tmp_path.parent))


def test_a_moved_folder_keeps_its_outside_data_and_a_copy_does_not(tmp_path):
    original, here = tmp_path / "original", tmp_path / "here"
    moved = State(var=str(original), data="/var/lib/somewhere")
    follow_the_folder(Layout(tmp_path, here), moved)
    assert (moved.var, moved.data) == (str(here), "/var/lib/somewhere")

    original.mkdir()
    copied = State(var=str(original), data="/var/lib/somewhere")
    follow_the_folder(Layout(tmp_path, here), copied)
    assert (copied.var, copied.data) == (str(here), "")


LOCK = """\
urllib3==2.8 \\
    --hash=sha256:aa
    # via requests
uv==0.13.9 ; python_version >= '3.11' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via -r requirements-dev.in
uvloop==1.0 \\
    --hash=sha256:dd
"""


def test_one_package_of_the_lock_with_all_its_hashes():
    assert lock_entry(LOCK, "uv") == ("uv==0.13.9 ; python_version >= '3.11' \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n")
    with pytest.raises(StepError, match="no entry for pip"):
        lock_entry(LOCK, "pip")
