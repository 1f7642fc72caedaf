"""Production's settings, on loopback without TLS: what a benchmark's processes run with."""

from ysh.settings.production import *  # noqa: F403

# The client speaks plain HTTP on loopback; with these on, it would be sent away and its cookies kept back.
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# No collectstatic for a benchmark; files are not what is measured.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# `bench reads` measures PostgreSQL and the code; `bench api` measures the layers.
API_CACHE = False
# The product itself may use the same Redis.
CACHES["default"]["KEY_PREFIX"] = "ysh-bench"  # type: ignore[index]  # noqa: F405
