"""The admin's page of the layers of cache: where answers come from, how each layer does, what holds, what people look at."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pipeline.admin.words import STATUS_COLOURS, source_label
from pipeline.choices import RunStatus
from ysh.core.admin import badge, data_size, duration, number
from ysh.core.cache import layers, names, namespaces, redis_tier, structures, versions
from ysh.core.dynamodb import administration
from ysh.core.dynamodb import client as dynamodb
from ysh.core.dynamodb.tables import TABLES
from ysh.core.errors import RetryableError

log = structlog.get_logger(__name__)

DAYS, MOST = 7, 10
SOURCES = (layers.HIT_REDIS, layers.HIT_DYNAMODB, layers.MISS, layers.STALE)
MAY_SEE, MAY_END = "pipeline.view_ingestionrun", "pipeline.run_ingestion"


@dataclass(frozen=True, slots=True)
class Tier:
    """One layer: its name, whether it answers (None: not configured), and lines of what it says."""

    name: str
    is_up: bool | None
    lines: tuple[tuple[Any, Any], ...] = ()


def cache_page(request: HttpRequest) -> HttpResponse:
    """The page; POST ends what is kept of the namespaces named."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    if request.method == "POST":
        return _end(request)
    under = versions.under(namespaces.all_names()).split()
    context = {
        **admin.site.each_context(request),
        "title": _("Cache"),
        "tiers": [_redis(), _dynamodb(), _postgresql()],
        "answers": _answers(),
        "namespaces": _namespaces(dict(zip(namespaces.all_names(), under, strict=False))),
        "tables": _tables(),
        "trending": [[sku, number(views)] for sku, views in structures.trending(timezone.localdate(), days=DAYS, limit=MOST)],
        "searches": structures.recent_searches(MOST),
        "events": _events(),
        "power": [
            [state.removeprefix("BR-"), number(power / 1000, 0, "MW")] for state, power in structures.states_by_power(MOST)
        ],
        "may_end": request.user.has_perm(MAY_END),
    }
    return TemplateResponse(request, "ysh/admin/cache.html", context)


def _end(request: HttpRequest) -> HttpResponse:
    """New tokens: what was kept under the old ones is never given again."""
    if not request.user.has_perm(MAY_END):
        raise PermissionDenied
    known = [name for name in request.POST.getlist("namespace") if name in namespaces.all_names()]
    versions.bump(known)
    log.warning("cache_ended_by_hand", namespaces=known, by=request.user.get_username())
    said = ngettext("%(count)d namespace begins anew: %(names)s.", "%(count)d namespaces begin anew: %(names)s.", len(known))
    messages.success(request, said % {"count": len(known), "names": ", ".join(known) or "–"})
    return HttpResponseRedirect(reverse("admin:cache"))


def _redis() -> Tier:
    told = redis_tier.attempt(lambda c: c.info())
    if told is None:
        return Tier("Redis", False, ((_("breaker"), _("open: left alone, tried again within seconds")),))
    asked = told["keyspace_hits"] + told["keyspace_misses"]
    limit = data_size(told["maxmemory"]) if told["maxmemory"] else _("no limit")
    lines: list[tuple[Any, Any]] = [
        (_("version"), told.get("valkey_version") or told["redis_version"]),
        (_("memory"), f"{data_size(told['used_memory'])} / {limit}"),
        (_("keys found"), number(100 * told["keyspace_hits"] / asked, 1, "%") if asked else "–"),
        (_("evicted"), number(told["evicted_keys"])),
    ]
    if settings.SESSION_ENGINE == "ysh.core.cache.session_engine":
        lines.append((_("active sessions"), number(redis_tier.attempt(lambda c: c.scard(names.SESSIONS.key()), 0))))
    return Tier("Redis", True, (*lines, *_owed("redis")))


def _dynamodb() -> Tier:
    if not dynamodb.is_configured():
        return Tier("DynamoDB", None)
    is_up = dynamodb.attempt(lambda c: bool(c.list_tables(Limit=1)), False)
    kept = {"prefix": settings.DYNAMODB_TABLE_PREFIX, "region": settings.AWS_REGION}
    return Tier("DynamoDB", is_up, ((_("prefix"), kept["prefix"]), (_("region"), kept["region"]), *_owed("dynamodb")))


def _postgresql() -> Tier:
    state = _("open: last known answers are given") if layers.database.is_open else _("closed: it is asked")
    return Tier("PostgreSQL", not layers.database.is_open, ((_("breaker"), state),))


def _owed(layer: str) -> tuple[tuple[Any, Any], ...]:
    missed = versions.owed()[layer]
    return ((_("has not heard of"), ", ".join(sorted(missed))),) if missed else ()


def _answers() -> list[dict[str, Any]]:
    """A line for each of the last days: how many answers, and what share came from where."""
    today = timezone.localdate()
    lines = []
    for back in range(DAYS):
        day = today - timedelta(days=back)
        counted = structures.answers(day)
        total = sum(counted.get(source, 0) for source in SOURCES)
        if total:
            shares = [
                {
                    "source": source,
                    "share": round(100 * counted.get(source, 0) / total, 2),
                    "count": number(counted.get(source, 0)),
                }
                for source in SOURCES
            ]
            kept = 100 * (total - counted.get(layers.MISS, 0)) / total
            lines.append({"day": day, "total": number(total), "kept": number(kept, 1, "%"), "shares": shares})
    return lines


def _namespaces(tokens: dict[str, str]) -> list[dict[str, Any]]:
    tables: dict[str, list[str]] = {}
    for table, belongs in namespaces.tables().items():
        for name in belongs:
            tables.setdefault(name, []).append(table)
    return [
        {
            "name": name,
            "tables": ", ".join(sorted(tables.get(name, []))) or "–",
            "token": tokens.get(name, "–")[:6],
            "redis": duration(namespaces.policy([name]).redis_seconds),
            "dynamodb": duration(namespaces.policy([name]).dynamodb_seconds),
        }
        for name in namespaces.all_names()
    ]


def _tables() -> dict[str, Any]:
    """DynamoDB's tables, for the theme's component."""
    if not dynamodb.is_configured() or dynamodb.breaker().is_open:
        return {}
    try:
        connection = administration.connect(patient=False)
        states = [administration.state(connection, table) for table in TABLES]
    except (RetryableError, *administration.FAULTS):
        return {}
    rows = [
        [
            state.name,
            badge(state.status, "success" if state.status == "ACTIVE" and not state.differences else "danger"),
            number(state.items) if state.items is not None else "–",
            data_size(state.size_bytes) if state.size_bytes is not None else "–",
            data_size(state.item_bytes) if state.item_bytes else "–",
            "; ".join(state.differences) or _("as declared"),
        ]
        for state in states
    ]
    return {"headers": [_("table"), _("status"), _("items"), _("size"), _("item, mean"), _("declaration")], "rows": rows}


def _events() -> dict[str, Any]:
    """The last runs that ended, as the stream has them."""
    rows = []
    for _key, event in structures.last_events(MOST, kind=structures.ENDED):
        status = event.get("status", "")
        label = dict(RunStatus.choices).get(status, status)
        changed = sum(int(event.get(name) or 0) for name in ("inserted", "updated", "removed"))
        run = format_html("{}", source_label(event.get("source", "")))
        rows.append([run, badge(str(label), STATUS_COLOURS.get(status, "info")), number(changed)])
    return {"headers": [_("source"), _("status"), _("changed rows")], "rows": rows} if rows else {}
