"""The only reader of the environment. Everything else imports values from here.

Every variable is documented in `.env.example`; a test holds the two against each other.
"""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

_env = environ.Env()
if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(str(BASE_DIR / ".env"))

# --- Django
SECRET_KEY: str = _env.str("SECRET_KEY", default="")
DEBUG: bool = _env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = _env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = _env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT: bool = _env.bool("SECURE_SSL_REDIRECT", default=True)
TRUSTED_PROXIES: int = _env.int("TRUSTED_PROXIES", default=0)
API_ANONYMOUS_PER_MINUTE: int = _env.int("API_ANONYMOUS_PER_MINUTE", default=1200)
CORS_ALLOWED_ORIGINS: list[str] = _env.list("CORS_ALLOWED_ORIGINS", default=[])
API_CDN_SECONDS: int = _env.int("API_CDN_SECONDS", default=0)
SESSION_STORE: str = _env.str("SESSION_STORE", default="database")
STALE_MAX_AGE: int = _env.int("STALE_MAX_AGE", default=86_400)
WEB_WORKERS: int = _env.int("WEB_WORKERS", default=4)
WEB_THREADS: int = _env.int("WEB_THREADS", default=4)
PROMETHEUS_MULTIPROC_DIR: str = _env.str("PROMETHEUS_MULTIPROC_DIR", default="")
LOG_LEVEL: str = _env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = _env.str("LOG_FORMAT", default="json")

# --- stores
DATABASE_URL: str = _env.str("DATABASE_URL", default="")
DATABASE_REPLICA_URL: str = _env.str("DATABASE_REPLICA_URL", default="")
DATABASE_POOL_SIZE: int = _env.int("DATABASE_POOL_SIZE", default=8)
REDIS_URL: str = _env.str("REDIS_URL", default="")
CELERY_BROKER_URL: str = _env.str("CELERY_BROKER_URL", default="") or REDIS_URL
DYNAMODB_ENDPOINT_URL: str = _env.str("DYNAMODB_ENDPOINT_URL", default="")
DYNAMODB_TABLE_PREFIX: str = _env.str("DYNAMODB_TABLE_PREFIX", default="ysh-")
AWS_REGION: str = _env.str("AWS_REGION", default="sa-east-1")
S3_ENDPOINT_URL: str = _env.str("S3_ENDPOINT_URL", default="")
LAKE_URL: str = _env.str("LAKE_URL", default=f"file://{BASE_DIR}/var/lake")

# --- sources
ANEEL_CKAN_URL: str = _env.str("ANEEL_CKAN_URL", default="https://dadosabertos.aneel.gov.br")
ANEEL_HUB_URL: str = _env.str("ANEEL_HUB_URL", default="https://dadosabertos-aneel.opendata.arcgis.com")
ANEEL_CA_BUNDLE: str = _env.str("ANEEL_CA_BUNDLE", default="")
INMETRO_URL: str = _env.str("INMETRO_URL", default="https://registro.inmetro.gov.br")
INGEST_REQUESTS_PER_HOUR: int = _env.int("INGEST_REQUESTS_PER_HOUR", default=240)
INGEST_PRIVATE_HOSTS: list[str] = _env.list("INGEST_PRIVATE_HOSTS", default=[])
INGEST_CONTACT: str = _env.str("INGEST_CONTACT", default="")
OLLAMA_URL: str = _env.str("OLLAMA_URL", default="")
OLLAMA_MODEL: str = _env.str("OLLAMA_MODEL", default="llama3.2")
OLLAMA_TIMEOUT_SECONDS: int = _env.int("OLLAMA_TIMEOUT_SECONDS", default=120)

# --- people to tell
SLACK_WEBHOOK_URL: str = _env.str("SLACK_WEBHOOK_URL", default="")
EMAIL_URL: dict[str, object] = _env.email_url("EMAIL_URL", default="consolemail://")
NOTIFY_EMAILS: list[str] = _env.list("NOTIFY_EMAILS", default=[])
SNS_TOPIC_ARN: str = _env.str("SNS_TOPIC_ARN", default="")
SNS_ENDPOINT_URL: str = _env.str("SNS_ENDPOINT_URL", default="")
SENTRY_DSN: str = _env.str("SENTRY_DSN", default="")


def database(url: str) -> dict[str, object]:
    """Django's settings for a `postgis://` URL.

    Raises:
        django.core.exceptions.ImproperlyConfigured: the URL is empty or not understood.
    """
    return dict(environ.Env.db_url_config(url))
