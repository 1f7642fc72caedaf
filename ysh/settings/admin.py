"""The admin's look (django-unfold)."""

from typing import Any

UNFOLD: dict[str, Any] = {"SITE_TITLE": "YSH", "SITE_HEADER": "YSH"}
