"""The admin site."""

from django.contrib.admin.apps import AdminConfig


class YshAdminConfig(AdminConfig):
    default_site = "unfold.sites.UnfoldAdminSite"
