"""The API: strict, keyset pages, problem+json."""

REST_FRAMEWORK: dict[str, object] = {}
SPECTACULAR_SETTINGS: dict[str, object] = {"TITLE": "YSH", "VERSION": "1.0.0"}
