"""What the web server does before it forks."""

import gc

from ysh import gunicorn


def test_what_was_imported_is_not_collected_again() -> None:
    before = gc.get_freeze_count()
    try:
        gunicorn.when_ready(None)
        assert gc.get_freeze_count() > before + 50_000
    finally:
        gc.unfreeze()
