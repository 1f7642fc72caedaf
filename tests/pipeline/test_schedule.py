"""The declared schedule in the database: times are the admin's, what runs is the code's."""

import pytest
from celery import current_app
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from pipeline.schedule import ENTRIES, sync_schedule


@pytest.mark.django_db
def test_what_the_admin_changed_stays_and_what_the_code_says_comes() -> None:
    created, _gone = sync_schedule()
    assert created == len(ENTRIES)
    entry = PeriodicTask.objects.get(name="daily_full_ingestion")
    assert (entry.crontab.hour, entry.crontab.minute, str(entry.crontab.timezone)) == ("2", "0", "America/Sao_Paulo")

    later = CrontabSchedule.objects.create(hour="5", minute="15")
    PeriodicTask.objects.filter(pk=entry.pk).update(crontab=later, enabled=False, task="something.else")
    PeriodicTask.objects.create(name="of another day", task="a.b", crontab=later, description="[declared] gone")
    mine = PeriodicTask.objects.create(name="a person's own", task="a.c", crontab=later)

    assert sync_schedule() == (0, 1)
    entry.refresh_from_db()
    assert (entry.crontab, entry.enabled, entry.task) == (later, False, "pipeline.tasks.daily_full_ingestion")
    assert not PeriodicTask.objects.get(name="of another day").enabled
    mine.refresh_from_db()
    assert mine.enabled


def test_every_entry_names_a_task_there_is() -> None:
    current_app.loader.import_default_modules()
    assert {entry.task for entry in ENTRIES} <= set(current_app.tasks)
