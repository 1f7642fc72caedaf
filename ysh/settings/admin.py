"""The admin's look and language (django-unfold). What it shows is in `ysh.admin_site` and `ysh.admin_home`."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
FORMAT_MODULE_PATH = ["ysh.formats"]
# What the theme's date filters and widgets read, whatever the language.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
DATETIME_INPUT_FORMATS = ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "YSH",
    "SITE_HEADER": "YSH",
    "SITE_SUBHEADER": _("Solar kits and open data"),
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("ysh/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("ysh/logo.svg")}],
    "STYLES": [lambda request: static("ysh/admin.css")],
    "SCRIPTS": [lambda request: static("ysh/charts.js")],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "LANGUAGES": {"action": reverse_lazy("admin:set_language")},
    "ENVIRONMENT": "ysh.admin_site.environment",
    "ENVIRONMENT_TITLE_PREFIX": "ysh.admin_site.environment_title_prefix",
    "DASHBOARD_CALLBACK": "ysh.admin_home.dashboard",
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": "ysh.admin_site.navigation"},
    "TABS": "ysh.admin_site.tabs",
    "ACCOUNT": {"navigation": "ysh.admin_site.account_links"},
    "BORDER_RADIUS": "6px",
    # Amber, one step darker from 600 on than the usual scale: white text on a button needs 4.5:1.
    "COLORS": {
        "primary": {
            "50": "oklch(98.7% .022 95.277)",
            "100": "oklch(96.2% .059 95.617)",
            "200": "oklch(92.4% .12 95.746)",
            "300": "oklch(87.9% .169 91.605)",
            "400": "oklch(82.8% .189 84.429)",
            "500": "oklch(76.9% .188 70.08)",
            "600": "oklch(55.5% .163 48.998)",
            "700": "oklch(47.3% .137 46.201)",
            "800": "oklch(41.4% .112 45.904)",
            "900": "oklch(34% .09 45.7)",
            "950": "oklch(27.9% .077 45.635)",
        },
    },
}
