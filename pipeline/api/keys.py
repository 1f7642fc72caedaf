"""`Authorization: Api-Key ...`: who holds the key, and what it allows."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from pipeline.api_keys import find_key
from pipeline.models import ApiKey
from ysh.core.actor import Actor, become, current_actor
from ysh.core.api.scopes import KeyHolder

KEYWORD = "Api-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """A key that is wrong, expired or revoked is refused, never taken for an anonymous reader."""

    def authenticate(self, request: Request) -> tuple[KeyHolder, ApiKey] | None:
        keyword, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            return None
        key = find_key(text.strip())
        if key is None:
            raise exceptions.AuthenticationFailed(_("The API key is unknown, expired or revoked."))
        become(Actor(name=f"api-key:{key.name}", source="api", request_id=current_actor().request_id))
        return KeyHolder(key.prefix, key.name, frozenset(key.scopes), key.requests_per_minute), key

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """For the OpenAPI document."""

    target_class = "pipeline.api.keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Api-Key <key>`. Optional for reads: a key has a limit of its own and further scopes.",
        }
