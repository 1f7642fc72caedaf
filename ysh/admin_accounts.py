"""Users and groups with the theme's forms, and permissions in the reader's language."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ysh.core.admin import EditAdmin, badge

_VERBS = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may view"),
}


def permission_label(permission: Permission) -> str:
    """ "ANEEL open data · generation units · may view": Django stores the names in English, once, at migration."""
    content_type = permission.content_type
    model = content_type.model_class()
    if model is None:
        return str(permission)
    app = apps.get_app_config(content_type.app_label).verbose_name
    verb, _separator, target = permission.codename.partition("_")
    text = str(_VERBS[verb]) if verb in _VERBS and target == model._meta.model_name else gettext(permission.name)
    return f"{capfirst(str(app))} · {model._meta.verbose_name_plural} · {text}"


class PermissionsField(forms.ModelMultipleChoiceField):
    """Permissions, each named for people."""

    def label_from_instance(self, obj: Any) -> str:
        return permission_label(obj)


class _PermissionsMixin:
    def formfield_for_manytomany(self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Permission:
            kwargs.setdefault("form_class", PermissionsField)
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


class UserAdmin(_PermissionsMixin, BaseUserAdmin, EditAdmin):  # type: ignore[misc]
    """People who may sign in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "role", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]

    @display(description=_("name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @display(description=_("role"))
    def role(self, user: User) -> SafeString:
        if user.is_superuser:
            return badge(_("Superuser"), "danger")
        return badge(_("Staff"), "info") if user.is_staff else badge(_("No access to the admin"))


class GroupAdmin(_PermissionsMixin, BaseGroupAdmin, EditAdmin):  # type: ignore[misc]
    """Sets of permissions."""

    search_fields = ["name"]
    ordering = ["name"]


def register() -> None:
    """Put these pages in the place of Django's own."""
    admin.site.unregister([User, Group])
    admin.site.register(User, UserAdmin)
    admin.site.register(Group, GroupAdmin)
