"""Programs of others: API keys, webhooks and the log of deliveries. Deeds are in `pipeline.api_keys` and `pipeline.webhooks`."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from pipeline import api_keys, webhooks
from pipeline.choices import ApiScope, ChangeKind, DeliveryState
from pipeline.models import ApiKey, WebhookDelivery, WebhookEndpoint
from ysh.core.admin import DateRangeFilter, EditAdmin, ReadOnlyAdmin, badge, json_block, moment, monospace, number

_STATE_KINDS = {DeliveryState.PENDING: "info", DeliveryState.DELIVERED: "success", DeliveryState.FAILED: "danger"}


class _StateFilter(ChoicesDropdownFilter):
    """The column's own name means a state of Brazil everywhere else."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("status")


class _Choices(forms.MultipleChoiceField):
    """Several of a vocabulary, stored as an array."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget


class ApiKeyForm(forms.ModelForm):
    scopes = _Choices(label=_("Scopes"), choices=ApiScope.choices, required=False, help_text=_("Public reads need none."))

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "requests_per_minute", "expires_at"]


class WebhookForm(forms.ModelForm):
    kinds = _Choices(
        label=_("Kinds of changes"), choices=ChangeKind.choices, required=False, help_text=_("none chosen: all of them")
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["name", "url", "kinds", "is_active"]


def _back(model: Any, pk: Any) -> HttpResponse:
    """To a row's page (the dialog is answered by htmx, which follows redirects silently)."""
    return HttpResponse(headers={"HX-Redirect": reverse(f"admin:pipeline_{model._meta.model_name}_change", args=[pk])})


def _show_once(request: HttpRequest, label: Any, text: str) -> None:
    message = gettext("Copy it now, it is not shown again:")
    messages.success(request, format_html("{} {} <code>{}</code>", label, message, text))


class _Granted(EditAdmin):
    """Buttons for those who may change the row."""

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(ApiKey)
class ApiKeyAdmin(_Granted):
    """Keys of integrators. A key is shown once, when it is made or rotated; only its hash is stored."""

    form = ApiKeyForm
    list_display = ["name", "key_start", "scope_list", "limit_number", "last_use", "state"]
    ordering = ["name"]
    search_fields = ["name", "prefix"]
    actions_detail = ["rotate", "revoke"]
    fieldsets = [
        (None, {"fields": ["name", "scopes", "requests_per_minute", "expires_at"]}),
        (_("Use"), {"fields": [("key_start", "state"), ("last_use", "previous_until"), "created"]}),
    ]
    readonly_fields = ["key_start", "state", "last_use", "previous_until", "created"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.fieldsets[:1]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        _show_once(request, _("The key was made."), api_keys.issue_key(obj, by=request.user.get_username()))

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """To the key's page, where it stands this once; the usual message would only push it down."""
        return HttpResponseRedirect(reverse("admin:pipeline_apikey_change", args=[obj.pk]))

    @display(description=_("key"))
    def key_start(self, key: ApiKey) -> SafeString:
        return monospace(f"{key.prefix}.…")

    @display(description=_("scopes"))
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(str(ApiScope(scope).label) for scope in key.scopes) or "–"

    @display(description=_("requests a minute"), ordering="requests_per_minute")
    def limit_number(self, key: ApiKey) -> str:
        return number(key.requests_per_minute)

    @display(description=_("last used"), ordering="last_used_at")
    def last_use(self, key: ApiKey) -> str:
        return moment(key.last_used_at)

    @display(description=_("previous key valid until"))
    def previous_until(self, key: ApiKey) -> str:
        return moment(key.previous_valid_until)

    @display(description=_("created at"))
    def created(self, key: ApiKey) -> str:
        return moment(key.created_at)

    @display(description=_("status"))
    def state(self, key: ApiKey) -> SafeString:
        if key.revoked_at:
            return badge(_("revoked"), "danger")
        is_over = key.expires_at is not None and key.expires_at <= timezone.now()
        return badge(_("expired key"), "warning") if is_over else badge(_("valid"), "success")

    @action(
        description=_("Rotate"),
        icon="autorenew",
        permissions=["manage"],
        dialog={
            "title": _("Make a new key?"),
            "description": _("The present one works for 24 hours more, so that its holder can change over."),
            "form_class": None,
            "form_submit_text": _("Rotate"),
        },
    )
    def rotate(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        key = get_object_or_404(ApiKey, pk=object_id)
        _show_once(request, _("The key was rotated."), api_keys.rotate_key(key, by=request.user.get_username()))
        return _back(ApiKey, object_id)

    @action(
        description=_("Revoke"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["manage"],
        dialog={
            "title": _("Revoke this key?"),
            "description": _("It stops working at once, and for ever."),
            "form_class": None,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        key = get_object_or_404(ApiKey, pk=object_id)
        api_keys.revoke_key(key, by=request.user.get_username(), reason="admin")
        messages.success(request, gettext("The key was revoked."))
        return _back(ApiKey, object_id)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(_Granted):
    """Addresses that are told of changes."""

    form = WebhookForm
    list_display = ["name", "url", "kind_list", "state"]
    ordering = ["name"]
    search_fields = ["name", "url"]
    actions_detail = ["rotate", "resume"]
    fieldsets = [
        (None, {"fields": ["name", "url", "kinds", "is_active"]}),
        (_("Signature"), {"fields": ["secret_text"]}),
        (_("State"), {"fields": ["state", "paused_because", "created"]}),
    ]
    readonly_fields = ["secret_text", "state", "paused_because", "created"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.fieldsets[:1]

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            webhooks.create_endpoint(obj, by=request.user.get_username())

    @display(description=_("secret"))
    def secret_text(self, endpoint: WebhookEndpoint) -> SafeString:
        return monospace(endpoint.secret)

    @display(description=_("kinds"))
    def kind_list(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(str(ChangeKind(kind).label) for kind in endpoint.kinds) or gettext("all")

    @display(description=_("status"))
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        return badge(_("active"), "success") if endpoint.is_active else badge(_("paused"), "danger")

    @display(description=_("created at"))
    def created(self, endpoint: WebhookEndpoint) -> str:
        return moment(endpoint.created_at)

    @action(
        description=_("New secret"),
        icon="autorenew",
        permissions=["manage"],
        dialog={
            "title": _("Sign with a new secret?"),
            "description": _("The receiver has to know it first: signatures change at once."),
            "form_class": None,
            "form_submit_text": _("New secret"),
        },
    )
    def rotate(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        webhooks.rotate_secret(get_object_or_404(WebhookEndpoint, pk=object_id), by=request.user.get_username())
        messages.success(request, gettext("Deliveries are signed with the new secret from now on."))
        return _back(WebhookEndpoint, object_id)

    @action(
        description=_("Resume"),
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        permissions=["manage"],
        dialog={
            "title": _("Resume deliveries?"),
            "description": _("The message it stopped at is sent again first; nothing was lost."),
            "form_class": None,
            "form_submit_text": _("Resume"),
        },
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        webhooks.resume(get_object_or_404(WebhookEndpoint, pk=object_id), by=request.user.get_username())
        messages.success(request, gettext("Deliveries go on within half a minute."))
        return _back(WebhookEndpoint, object_id)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What was sent, when, how often, and what the receiver said."""

    list_display = ["when", "endpoint", "changes_number", "state_label", "attempts_number", "status_number", "took"]
    list_filter = [("endpoint", RelatedDropdownFilter), ("state", _StateFilter), ("created_at", DateRangeFilter)]
    list_select_related = ["endpoint"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    actions_detail = ["replay"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("endpoint", "state_label"),
                    ("delivery_id", "when"),
                    ("attempts_number", "status_number", "took"),
                    ("next_attempt", "arrived"),
                    "last_error",
                    "content",
                ]
            },
        )
    ]

    def has_replay_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.change_webhookendpoint")

    @display(description=_("made at"))
    def when(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.created_at)

    @display(description=_("changes"))
    def changes_number(self, delivery: WebhookDelivery) -> str:
        return number(delivery.change_count)

    @display(description=_("status"))
    def state_label(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.get_state_display(), _STATE_KINDS[DeliveryState(delivery.state)])

    @display(description=_("attempts"))
    def attempts_number(self, delivery: WebhookDelivery) -> str:
        return number(delivery.attempts)

    @display(description=_("last status"))
    def status_number(self, delivery: WebhookDelivery) -> str:
        return str(delivery.last_status or "–")

    @display(description=_("took"))
    def took(self, delivery: WebhookDelivery) -> str:
        return "–" if delivery.last_duration_ms is None else f"{number(delivery.last_duration_ms)} ms"

    @display(description=_("next attempt"))
    def next_attempt(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.next_attempt_at) if delivery.state == DeliveryState.PENDING else "–"

    @display(description=_("delivered at"))
    def arrived(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.delivered_at)

    @display(description=_("content"))
    def content(self, delivery: WebhookDelivery) -> SafeString | str:
        return json_block(delivery.payload)

    @action(
        description=_("Send again"),
        icon="replay",
        permissions=["replay"],
        dialog={
            "title": _("Send this message again?"),
            "description": _("With the same id, so that the receiver can tell."),
            "form_class": None,
            "form_submit_text": _("Send again"),
        },
    )
    def replay(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        webhooks.replay(get_object_or_404(WebhookDelivery, pk=object_id), by=request.user.get_username())
        messages.success(request, gettext("It is sent within half a minute."))
        return _back(WebhookDelivery, object_id)
