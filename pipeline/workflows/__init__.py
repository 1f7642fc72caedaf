"""Workflows: several sources and what follows from them, as one run of its own in the log."""
