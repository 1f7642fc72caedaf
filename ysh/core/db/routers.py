"""Which tables Django's own tools may write."""

from typing import Any


class ManagedTablesRouter:
    """Keeps dumpdata and loaddata away from views: what a view shows is in its tables already, and nobody can load it."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """False for a model that Django does not manage; no opinion on the others."""
        model = hints.get("model")
        return False if model is not None and not model._meta.managed else None
