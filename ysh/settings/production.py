"""Production: safe defaults, everything secret from the environment."""

from django.core.exceptions import ImproperlyConfigured

from ysh import env
from ysh.settings.base import *

DEBUG = False
for _name, _value in (("SECRET_KEY", env.SECRET_KEY), ("DATABASE_URL", env.DATABASE_URL), ("ALLOWED_HOSTS", env.ALLOWED_HOSTS)):
    if not _value:
        raise ImproperlyConfigured(f"{_name} is not set. Production takes it from the environment; see .env.example.")

SECURE_SSL_REDIRECT = env.SECURE_SSL_REDIRECT
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = True
X_FRAME_OPTIONS = "DENY"

DATABASES["default"]["CONN_MAX_AGE"] = 0  # type: ignore[index]  # noqa: F405  (the pool keeps connections)
# Short: who waits for a database that is away holds a thread that could give kept answers.
_pool = {"min_size": 1, "max_size": env.DATABASE_POOL_SIZE, "timeout": 2, "reconnect_timeout": 3}
DATABASES["default"]["OPTIONS"]["pool"] = _pool  # type: ignore[index]  # noqa: F405
