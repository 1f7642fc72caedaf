"""Redis as cache. The cache is never the truth: losing it costs time only."""

from redis.backoff import NoBackoff
from redis.retry import Retry

from ysh import env

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env.REDIS_URL or "redis://127.0.0.1:6379/0",
        "KEY_PREFIX": "ysh",
        "TIMEOUT": 300,
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 0.5,
            # redis-py tries three times more, with seconds of pauses: longer than computing what the cache would have had.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
    },
    # Redis in front, DynamoDB behind: `from django.core.cache import caches; caches["layers"]` (docs/caching.md).
    "layers": {"BACKEND": "ysh.core.cache.store.LayeredCache", "LOCATION": "layers", "TIMEOUT": 3600},
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# Whether public answers of the API are kept in layers (docs/caching.md).
API_CACHE = True
# Whether a thread of the web processes looks for writes that no Django connection made (psql).
CACHE_TABLE_WATCH = True
# How old an answer may be that is given while PostgreSQL does not answer (seconds).
STALE_MAX_AGE = env.STALE_MAX_AGE
# How long a cache in front of us may use an answer without asking (seconds); 0: it asks each time.
API_CDN_SECONDS = env.API_CDN_SECONDS

DYNAMODB_ENABLED = True
DYNAMODB_ENDPOINT_URL = env.DYNAMODB_ENDPOINT_URL
DYNAMODB_TABLE_PREFIX = env.DYNAMODB_TABLE_PREFIX
AWS_REGION = env.AWS_REGION
S3_ENDPOINT_URL = env.S3_ENDPOINT_URL
REDIS_URL = env.REDIS_URL

# database: PostgreSQL. layers: Redis and behind it DynamoDB, which needs no PostgreSQL.
SESSION_ENGINE = {
    "database": "django.contrib.sessions.backends.db",
    "layers": "ysh.core.cache.session_engine",
}[env.SESSION_STORE]
