"""The API: strict, keyset pages, problem+json."""

from ysh import env

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_RENDERER_CLASSES": ["ysh.core.api.renderers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ysh.core.api.parsers.StrictJsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pipeline.api.keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_THROTTLE_CLASSES": ["ysh.core.api.throttling.MinuteThrottle"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ysh.core.api.negotiation.StrictNegotiation",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "ysh.core.api.openapi.StrictSchema",
    "EXCEPTION_HANDLER": "ysh.core.api.errors.exception_handler",
    # Addresses in X-Forwarded-For are believed only for as many proxies as stand in front of us.
    "NUM_PROXIES": env.TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# Requests a minute: by address without an account, by account with one. 0 means no limit.
API_REQUESTS_PER_MINUTE = {"anonymous": env.API_ANONYMOUS_PER_MINUTE, "user": 10 * env.API_ANONYMOUS_PER_MINUTE}

# Exports of whole lists: how many a minute without the scope `export` (0 is no limit), and how long one fetch of rows may take.
API_EXPORTS_PER_MINUTE = 6
EXPORT_STATEMENT_TIMEOUT_MS = 60_000

# How long an address of a snapshot's file in a bucket may be used.
LAKE_LINK_SECONDS = 600

# How long the feed of changes goes back. A cursor older than this is answered with 410.
CHANGES_KEEP_DAYS = 90

# Webhooks: how long to wait for an answer, pauses between attempts (seconds), and whether addresses that only we can reach are
# allowed: never in production, or anybody who may edit webhooks could ask our own services.
WEBHOOK_TIMEOUT_SECONDS = 10
WEBHOOK_PAUSES_SECONDS = (10, 30, 120, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
WEBHOOK_ALLOW_PRIVATE_ADDRESSES = env.DEBUG

# The contract's version: the first number is the path's. `API-Version` names it in every answer.
API_VERSION = "1.1.0"

# Pages of other origins that may read the API in a browser: none unless told. Never with cookies, and never the admin.
CORS_URLS_REGEX = r"^/api/(v1|schema)/"
CORS_ALLOW_ALL_ORIGINS = env.CORS_ALLOWED_ORIGINS == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else env.CORS_ALLOWED_ORIGINS
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_ALLOW_HEADERS = ("accept", "accept-language", "authorization", "if-none-match", "x-request-id")
CORS_EXPOSE_HEADERS = (
    *("API-Version", "Age", "Content-Disposition", "Deprecation", "ETag", "Link", "RateLimit-Limit", "RateLimit-Remaining"),
    *("RateLimit-Reset", "Retry-After", "Sunset", "Warning", "X-Cache", "X-Request-ID"),
)
CORS_PREFLIGHT_MAX_AGE = 24 * 3600

SPECTACULAR_SETTINGS: dict[str, object] = {
    "TITLE": "YSH",
    "DESCRIPTION": (
        "Open catalogue and data platform for solar kits in Brazil: open data of ANEEL and INMETRO without personal data. "
        "Lists are keyset pages; unknown parameters and values are refused; errors are RFC 9457 problems with a stable `code`; "
        "measures are numbers, money is a string; moments are UTC."
    ),
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0, "tryItOutEnabled": True},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    # With `fields=` any of them may be left out.
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_NAME_OVERRIDES": {
        "UnitStatus": "aneel.choices.UnitStatus",
        "CertificationStatus": "aneel.choices.CertificationStatus",
        "RunStatus": "pipeline.choices.RunStatus",
        "TariffSubgroup": "aneel.choices.TariffSubgroup",
        "ProductStatus": "products.choices.ProductStatus",
        "StockStatus": "products.choices.StockStatus",
        "ProductCategory": "products.choices.ProductCategory",
        "CheckState": "products.choices.CheckState",
        "CheckOutcome": "products.choices.CheckOutcome",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "ysh.core.api.openapi.add_errors"],
    "TAGS": [
        {"name": "datasets", "description": "Catalogue of ANEEL's open datasets."},
        {"name": "generation-units", "description": "Distributed-generation units (micro and mini), without holder data."},
        {"name": "distributors", "description": "Electricity utilities."},
        {"name": "municipalities", "description": "Brazil's municipalities."},
        {"name": "tariffs", "description": "Homologated electricity tariffs."},
        {"name": "certifications", "description": "Equipment certifications (INMETRO and others)."},
        {"name": "products", "description": "Equipment of the catalogue: panels, inverters, structures and the rest."},
        {"name": "kits", "description": "Solar kits with their parts, prices and engineering findings."},
        {"name": "search", "description": "One search over products, kits and datasets."},
        {"name": "changes", "description": "What changed, deletions included."},
        {"name": "pipeline", "description": "How fresh the data is, and how it came."},
    ],
}
