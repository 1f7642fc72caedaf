"""Closed vocabularies of the change log."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Operation(TextChoices):
    INSERT = "INSERT", _("Created")
    UPDATE = "UPDATE", _("Changed")
    DELETE = "DELETE", _("Deleted")


class ChangeSource(TextChoices):
    """What a change came through."""

    ADMIN = "admin", _("Admin")
    API = "api", "API"
    TASK = "task", _("Task")
    COMMAND = "command", _("Command")
    SYSTEM = "system", _("System")
    DATABASE = "database", _("Directly in the database")
