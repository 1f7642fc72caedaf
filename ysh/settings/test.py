"""The test suite: real services, cheap password hashes, a lake of its own."""

import tempfile

from ysh.core.logs import logging_config
from ysh.settings.base import *

DEBUG = False
SECRET_KEY = "tests only, never a secret of anything"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LAKE_URL = "file://" + tempfile.mkdtemp(prefix="ysh-test-lake-")
LOGGING = logging_config(level="WARNING", as_json=False)
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES["default"]["CONN_MAX_AGE"] = 0  # type: ignore[index]  # noqa: F405
API_EXPORTS_PER_MINUTE = 0
API_REQUESTS_PER_MINUTE = {"anonymous": 0, "user": 0}
# Tasks sent by tests stay among themselves: a worker on the same Redis must not look for their rows in its own database.
CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = "ysh-tests:"  # noqa: F405

# Answers are computed unless a test asks for the layers (tests/core/cache/conftest.py), so that no test sees another's.
API_CACHE = False
CACHE_TABLE_WATCH = False
DYNAMODB_ENABLED = False

# Requests to the tests' own portal are neither counted nor waited between, unless a test asks for it.
INGEST_REQUESTS_PER_HOUR = 0
INGEST_BACKOFF_SECONDS = 0.01
