"""Verbs on the open data."""
