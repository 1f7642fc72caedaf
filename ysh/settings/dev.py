"""A person's machine: debugging on, plain static files."""

from ysh import env
from ysh.core.logs import logging_config
from ysh.settings.base import *

DEBUG = True
SECRET_KEY = env.SECRET_KEY or "development only: script/server sets a random one"
ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
LOGGING = logging_config(level=env.LOG_LEVEL, as_json=False)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405

WHITENOISE_USE_FINDERS = True
