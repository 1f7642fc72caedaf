"""Which models the change log takes, and how: the policies of `ysh/settings/audit.py`, resolved to tables."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from ysh.core.audit_policy import AuditPolicy

#: what stands in the log where a personal value was
MASKED = "***"


@dataclass(frozen=True, slots=True)
class LoggedTable:
    """One table of the registry.

    Attributes:
        model: its model.
        schema, table: where it is.
        key: its primary key's column.
        policy: what is logged.
    """

    model: type[models.Model]
    schema: str
    table: str
    key: str
    policy: AuditPolicy

    @property
    def name(self) -> str:
        """Qualified, as in SQL."""
        return f"{self.schema}.{self.table}"


def schema_of(model: type[models.Model]) -> str:
    """The PostgreSQL schema of a model's table, as entries name it."""
    label = model._meta.app_label
    return label if label in settings.SCHEMAS else "public"


def undeclared() -> list[str]:
    """Models without a policy, those that Django makes for many-to-many relations included. A test holds this empty."""
    found = {model._meta.label for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    return sorted(found - set(settings.AUDIT_POLICIES))


def policy_of(model: type[models.Model]) -> AuditPolicy:
    """The policy of a model.

    Raises:
        LookupError: none is declared.
    """
    label = model._meta.concrete_model._meta.label if model._meta.concrete_model else model._meta.label
    try:
        policy: AuditPolicy = settings.AUDIT_POLICIES[label]
    except KeyError:
        raise LookupError(
            f"{label} has no line in AUDIT_POLICIES: say in ysh/settings/audit.py how its changes are logged."
        ) from None
    return policy


@cache
def logged_tables() -> tuple[LoggedTable, ...]:
    """Every table that is logged row by row, by name."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        policy = settings.AUDIT_POLICIES.get(model._meta.label)
        if model._meta.proxy or policy is None or policy.granularity != "row":
            continue
        key: Any = model._meta.pk
        found.append(LoggedTable(model, schema_of(model), model._meta.db_table, key.column, policy))
    return tuple(sorted(found, key=lambda logged: logged.name))


def logged_table(schema: str, table: str) -> LoggedTable | None:
    """The registry's line of a table as entries name it; None when it is not logged (any more)."""
    return next((logged for logged in logged_tables() if (logged.schema, logged.table) == (schema, table)), None)
