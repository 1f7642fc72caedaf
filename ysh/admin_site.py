"""The admin site: its navigation, its badge, its language switch. Pages are in each app's `admin`."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import CheckMessage
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite


class YshAdminConfig(SimpleAdminConfig):
    """Makes `django.contrib.admin.site` ours. Its pages come with the addresses or a check: commands start without."""

    default_site = "ysh.admin_site.YshAdminSite"


class YshAdminSite(UnfoldAdminSite):
    """The admin, in Portuguese unless the person chose otherwise."""

    site_title = "YSH"
    index_title = _("Home")
    index_template = "ysh/admin/home.html"
    enable_nav_sidebar = True
    discovered = False

    def discover(self) -> None:
        """Import every app's `admin` once, and give accounts the theme's forms when all have registered."""
        if self.discovered:
            return
        admin.autodiscover()
        from ysh import admin_accounts  # noqa: PLC0415  (models are not there yet when this module is imported)

        admin_accounts.register()
        self.discovered = True

    def get_urls(self) -> list[URLPattern]:
        self.discover()
        urls: list[URLPattern] = super().get_urls()
        return urls

    def check(self, app_configs: Sequence[AppConfig] | None) -> list[CheckMessage]:
        self.discover()
        return super().check(app_configs)

    def extra_urls(self) -> list[URLPattern]:
        from ysh.admin_cache import cache_page  # noqa: PLC0415
        from ysh.admin_catalogue import catalogue  # noqa: PLC0415  (as below)
        from ysh.admin_home import health  # noqa: PLC0415  (models are not there yet when this module is imported)

        return [
            path("language/", set_language, name="set_language"),
            path("catalogue/", self.admin_view(require_GET(catalogue)), name="home_catalogue"),
            path("cache/", self.admin_view(cache_page), name="cache"),
            path("health/", self.admin_view(require_GET(health)), name="health"),
        ]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: a model's list, shown to those who may see it."""

    model: str
    icon: str
    title: Any = None


INTEGRATIONS = _("Integrations")
NAVIGATION: tuple[tuple[Any, tuple[Entry, ...]], ...] = (
    (
        _("ANEEL open data"),
        (
            Entry("aneel.generationunit", "solar_power"),
            Entry("aneel.generationunitstatistics", "bar_chart", _("Unit statistics")),
            Entry("aneel.technicaldata", "memory", _("Technical data")),
            Entry("aneel.tariff", "payments"),
            Entry("aneel.tariffcomponent", "stacked_bar_chart"),
            Entry("aneel.tariffflag", "flag"),
            Entry("aneel.certification", "verified"),
            Entry("aneel.dataset", "database"),
            Entry("aneel.publishedrow", "table_rows", _("Other datasets")),
            Entry("aneel.datasetmatch", "difference", _("Alike datasets")),
            Entry("aneel.distributor", "electrical_services"),
            Entry("aneel.municipality", "location_city"),
        ),
    ),
    (
        _("Catalogue"),
        (
            Entry("products.solarkit", "inventory_2"),
            Entry("products.product", "category"),
            Entry("products.kitcomponent", "widgets"),
            Entry("products.kitcheck", "rule"),
            Entry("products.price", "sell"),
            Entry("products.manufacturer", "factory"),
            Entry("products.supplier", "local_shipping"),
            Entry("pipeline.catalogimport", "upload_file"),
            Entry("pipeline.suppliermapping", "table_view"),
            Entry("products.siteconditions", "device_thermostat"),
        ),
    ),
    (
        _("Ingestion"),
        (
            Entry("pipeline.ingestionrun", "sync"),
            Entry("pipeline.alert", "notifications"),
            Entry("pipeline.sourcefile", "description"),
            Entry("pipeline.rejectedrow", "block"),
            Entry("pipeline.dataqualitycheck", "fact_check"),
            Entry("django_celery_beat.periodictask", "schedule", _("Schedules")),
        ),
    ),
    (_("Audit"), (Entry("audit.changelogentry", "history"),)),
    (
        INTEGRATIONS,
        (
            Entry("pipeline.apikey", "key"),
            Entry("pipeline.webhookendpoint", "webhook"),
            Entry("pipeline.webhookdelivery", "outbox"),
        ),
    ),
    (
        _("Administration"),
        (
            Entry("auth.user", "person"),
            Entry("auth.group", "groups"),
        ),
    ),
)

# Pages that stand as tabs beside another instead of in the sidebar.
TABS: tuple[tuple[tuple[str, Any], ...], ...] = (
    (("pipeline.ingestionrun", _("Runs")), ("pipeline.activerun", _("Active now"))),
    (
        ("django_celery_beat.periodictask", _("Tasks")),
        ("django_celery_beat.crontabschedule", _("By the clock")),
        ("django_celery_beat.intervalschedule", _("Every so often")),
        ("django_celery_beat.clockedschedule", _("Once")),
        ("django_celery_beat.solarschedule", _("By the sun")),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's groups: what is registered and this person may see."""
    registered = {model._meta.label_lower: (model, page) for model, page in admin.site._registry.items()}
    home = {"title": _("Home"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [home]}]
    for title, entries in NAVIGATION:
        items = []
        for entry in entries:
            model, page = registered.get(entry.model, (None, None))
            if model is None or page is None or not page.has_view_permission(request):
                continue
            link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            items.append({"title": entry.title or capfirst(model._meta.verbose_name_plural), "icon": entry.icon, "link": link})
        if title == INTEGRATIONS and request.user.has_perm("pipeline.view_ingestionrun"):
            items.append({"title": _("Cache"), "icon": "bolt", "link": reverse("admin:cache")})
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The theme's tabs over the lists of `TABS`."""
    registered = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    groups = []
    for group in TABS:
        items = [
            {"title": title, "link": reverse(f"admin:{label.replace('.', '_')}_changelist")}
            for label, title in group
            if label in registered and registered[label].has_view_permission(request)
        ]
        groups.append({"models": [label for label, _title in group], "items": items if len(items) > 1 else []})
    return groups


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The person's own menu: the API's documentation where it is served, and the password."""
    links: list[dict[str, Any]] = []
    with suppress(NoReverseMatch):
        links.append({"title": _("API documentation"), "link": reverse("api-docs")})
    if request.user.is_authenticated and request.user.has_usable_password():
        links.append({"title": _("Change password"), "link": reverse("admin:password_change")})
    return links


def environment(request: HttpRequest) -> list[Any]:
    """The badge in the header: which machine this is."""
    return [_("Development"), "info"] if settings.DEBUG else [_("Production"), "success"]


def environment_title_prefix(request: HttpRequest) -> str:
    """Before the page's title in the browser's tab, so that nobody confuses two of them."""
    return "[dev]" if settings.DEBUG else ""
