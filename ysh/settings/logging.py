"""Structured logs on stderr: JSON in production, readable lines in development; run id and request id in every line."""

from ysh import env
from ysh.core.logs import logging_config

LOGGING = logging_config(level=env.LOG_LEVEL, as_json=env.LOG_FORMAT == "json")
