"""What people do with the log: take a change back, forget a person."""

from audit.actions.revert import (
    Conflicts,
    Outcome,
    preview,
    revert_change,
    revert_object_to,
    revert_request,
)

__all__ = ["Conflicts", "Outcome", "preview", "revert_change", "revert_object_to", "revert_request"]
