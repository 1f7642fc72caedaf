"""The Celery application. Tasks live in the apps' `tasks.py`; schedules are declared in `pipeline/schedule.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ysh.settings.dev")

app = Celery("ysh")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
