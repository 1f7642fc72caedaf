"""The home page's part about the catalogue: work lists with their counts, and charts made of table rows; asked for afterwards."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pipeline.models import IngestionRun
from products.admin.bases import OUTCOME_KINDS
from products.admin.curation_filters import POWER_BANDS
from products.choices import CheckState, ReviewState
from products.models import Product, SolarKit
from products.overview import (
    completeness_quarters,
    kits_by_band_and_review,
    kits_by_review_and_checks,
    price_bands,
    supplier_ages,
)
from products.worklists import MOST_COUNTED, work_list_counts, work_lists
from ysh.core.admin import badge, moment, number, since

STALE_AFTER_DAYS = 30
SHOWN_IMPORTS = 12


def catalogue(request: HttpRequest) -> HttpResponse:
    """The fragment; each part to those who may see its rows."""
    kits, products = (admin.site._registry[model].has_view_permission(request) for model in (SolarKit, Product))
    if not (kits or products):
        raise PermissionDenied
    context: dict[str, Any] = {"work": [*(_work(SolarKit) if kits else []), *(_work(Product) if products else [])]}
    if kits:
        context |= {"states": _states(), "check_keys": _check_keys(), "powers": _powers(), "reviews": ReviewState.labels}
        context |= {"bands": _bands(), "suppliers": _suppliers()}
        context["completeness"] = [_completeness(SolarKit), _completeness(Product)]
    if request.user.has_perm("pipeline.view_ingestionrun"):
        context["imports"] = _imports()
    response = render(request, "ysh/admin/home_catalogue.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _list_of(model: Any) -> str:
    return reverse(f"admin:products_{model._meta.model_name}_changelist")


def _work(model: Any) -> list[dict[str, Any]]:
    counts = work_list_counts(model)
    return [
        {
            "model": capfirst(str(model._meta.verbose_name_plural)),
            "title": found.title,
            "kind": found.kind,
            "count": f"> {number(MOST_COUNTED)}" if counts[found.key] > MOST_COUNTED else number(counts[found.key]),
            "url": f"{_list_of(model)}?work_list={found.key}",
        }
        for found in work_lists(model)
        if counts[found.key]
    ]


def _kind(state: str) -> str:
    return "muted" if state == CheckState.STALE else OUTCOME_KINDS[state]


def _check_keys() -> list[dict[str, Any]]:
    return [{"label": state.label, "kind": _kind(state.value)} for state in CheckState]


def _states() -> list[dict[str, Any]]:
    """One bar a review state, its parts the check states; lengths against the longest."""
    found = kits_by_review_and_checks()
    longest = max((sum(parts.values()) for parts in found.values()), default=0) or 1
    return [
        {
            "label": ReviewState(review).label,
            "total": number(sum(parts.values())),
            "url": f"{_list_of(SolarKit)}?review_state__exact={review}",
            "parts": [
                {
                    "kind": _kind(state.value),
                    "width": _percent(parts[state.value], longest),
                    "title": f"{state.label}: {number(parts[state.value])}",
                }
                for state in CheckState
                if parts.get(state.value)
            ],
        }
        for review, parts in found.items()
    ]


def _powers() -> list[dict[str, Any]]:
    """A row a power band: its kits by review state, each count with its list."""
    found = kits_by_band_and_review()
    longest = max((sum(parts.values()) for parts in found), default=0)
    if not longest:
        return []
    shown = []
    for (key, _low, _high, label), parts in zip(POWER_BANDS, found, strict=True):
        url = f"{_list_of(SolarKit)}?power_band={key}"
        total = sum(parts.values())
        cells = [
            {"count": number(parts[state]) if state in parts else "", "url": f"{url}&review_state__exact={state}"}
            for state in ReviewState.values
        ]
        shown.append(
            {
                "label": label,
                "url": url,
                "width": _percent(total, longest),
                "cells": cells,
                "total": number(total) if total else "0",
            }
        )
    return shown


def _bands() -> list[dict[str, Any]]:
    """The reach from the tenth to the ninth tenth, with the median in it."""
    found = price_bands()
    top = float(max((band.p90 for band in found), default=1)) or 1
    shown = []
    for band in found:
        reach = f"{number(band.low)}–{number(band.high)} kWp" if band.high is not None else f"> {number(band.low)} kWp"
        low, median, high = (number(value, 2) for value in (band.p10, band.median, band.p90))
        shown.append(
            {
                "label": reach,
                "left": _percent(float(band.p10), top),
                "width": _percent(float(band.p90 - band.p10), top),
                "median": _percent(float(band.median), top),
                "text": f"{median} ({low} – {high})",
                "kits": number(band.count),
            }
        )
    return shown


def _completeness(model: Any) -> dict[str, Any]:
    counts = completeness_quarters(model._meta.db_table)
    labels = ["< 25 %", "25–50 %", "50–75 %", "75–99 %", "100 %", _("not rated")]
    kinds = ["danger", "warning", "warning", "info", "success", "muted"]
    longest = max(counts) or 1
    rows = [
        {"label": label, "kind": kind, "width": _percent(count, longest), "count": number(count)}
        for label, kind, count in zip(labels, kinds, counts, strict=True)
    ]
    return {"title": capfirst(str(model._meta.verbose_name_plural)), "rows": rows}


def _suppliers() -> list[dict[str, Any]]:
    now = timezone.now()
    shown = []
    for one in supplier_ages():
        old = one.last_seen is None or (now - one.last_seen).days >= STALE_AFTER_DAYS
        shown.append(
            {
                "name": one.name,
                "kits": number(one.kits),
                "seen": since(one.last_seen),
                "at": moment(one.last_seen),
                "badge": badge(_("old") if old else _("fresh"), "warning" if old else "success"),
            }
        )
    return shown


def _imports() -> list[dict[str, Any]]:
    """The last imports of suppliers' lists: what they wrote and refused."""
    runs = list(IngestionRun.objects.filter(source__startswith="supplier:").order_by("-started_at", "-id")[:SHOWN_IMPORTS])
    longest = max((run.rows_inserted + run.rows_updated + run.rows_rejected for run in runs), default=0) or 1
    shown = []
    for run in runs:
        parts = (
            (_("new"), run.rows_inserted, "success"),
            (_("changed"), run.rows_updated, "info"),
            (_("rejected"), run.rows_rejected, "danger"),
        )
        shown.append(
            {
                "label": f"{run.source.removeprefix('supplier:')} · {since(run.started_at)}",
                "url": reverse("admin:pipeline_ingestionrun_change", args=[run.pk]),
                "parts": [
                    {"kind": kind, "width": _percent(count, longest), "title": f"{label}: {number(count)}"}
                    for label, count, kind in parts
                    if count
                ],
                "total": number(run.rows_inserted + run.rows_updated + run.rows_rejected),
            }
        )
    return shown


def _percent(part: float, whole: float) -> str:
    """For a style attribute: a dot whatever the language."""
    return f"{part / whole * 100:.2f}"
