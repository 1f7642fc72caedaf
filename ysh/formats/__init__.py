"""Dates and times as lists and pages show them, one module a language (FORMAT_MODULE_PATH)."""
