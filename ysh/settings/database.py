"""PostgreSQL: one schema an app, found through the search path."""

from typing import Any

from ysh import env

SCHEMAS = ("aneel", "products", "pipeline", "audit")
SEARCH_PATH = ",".join(("public", *SCHEMAS))

_default: dict[str, Any] = env.database(env.DATABASE_URL or "postgis:///ysh")

DATABASES = {
    "default": {
        **_default,
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        # What stands behind the question mark of the URL (sslmode=require ...) counts too.
        "OPTIONS": {
            "connect_timeout": 5,
            **_default.get("OPTIONS", {}),
            "options": f"-c search_path={SEARCH_PATH} -c timezone=UTC",
        },
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASE_ROUTERS = ["ysh.core.db.routers.ManagedTablesRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A web request never waits longer for one query (milliseconds); commands and tasks have no such limit.
REQUEST_STATEMENT_TIMEOUT_MS = 10_000
