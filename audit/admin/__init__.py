"""The change log's pages: the timeline, a record's history, undo."""

from audit.admin.entries import ChangeLogEntryAdmin

__all__ = ["ChangeLogEntryAdmin"]
