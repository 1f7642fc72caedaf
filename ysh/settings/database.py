"""PostgreSQL: one schema an app, found through the search path."""

from ysh import env

SCHEMAS = ("aneel", "products", "pipeline", "audit")
SEARCH_PATH = ",".join(("public", *SCHEMAS))

DATABASES = {
    "default": {
        **env.database(env.DATABASE_URL or "postgis:///ysh"),
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "OPTIONS": {"options": f"-c search_path={SEARCH_PATH} -c timezone=UTC", "connect_timeout": 5},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A web request never waits longer for one query (milliseconds); commands and tasks have no such limit.
REQUEST_STATEMENT_TIMEOUT_MS = 10_000
