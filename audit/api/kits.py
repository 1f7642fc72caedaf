"""Kits of the past: `as_of=` on the kits' own address."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_410_GONE

from audit.kept import whole_since
from audit.kit_as_of import kit_as_of, was_published
from products.api.base import sees_drafts
from products.api.kits import CHECK_EXAMPLE, KIT_EXAMPLE, PART_EXAMPLE, RELATIONS, STATE, KitViewSet
from products.api.products import include_parameter
from products.models import KitComponent, Product, SolarKit
from ysh.core.api.database import bounded_reads
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.query_fields import InstantField

AS_OF = OpenApiParameter(
    "as_of",
    OpenApiTypes.STR,
    description=(
        "The kit as it was: a moment (ISO 8601 with offset), or a day, which means its end in Brazil. Parts, findings and sale "
        "prices are those of then; what follows from today's stock or calendar is left out. Not together with other parameters. "
        "410 when the changes since then are no longer all kept."
    ),
)


class NoLongerKept(APIException):
    """410: the changes since then are not all kept."""

    status_code = HTTP_410_GONE
    default_code = "no_longer_kept"
    default_detail = gettext_lazy("How the kit was then can no longer be told: the log has every change only since %(since)s.")


@extend_schema(tags=["kits"])
@extend_schema_view(
    retrieve=extend_schema(
        summary="One kit, today or as it was",
        description="With its parts, the findings of the engineering rules and its prices.",
        parameters=[include_parameter(RELATIONS), STATE, AS_OF],
        examples=[
            OpenApiExample(
                "A kit",
                {**KIT_EXAMPLE, "components": [PART_EXAMPLE], "checks": [CHECK_EXAMPLE], "prices": []},
                response_only=True,
            )
        ],
    ),
)
class KitHistoryViewSet(KitViewSet):
    """The kits' resource with its past."""

    def allowed_parameters(self) -> set[str]:
        if self.action != "retrieve":
            return super().allowed_parameters()
        # One body, whole: a choice of its fields would be a second contract.
        return {"as_of", "format"} if "as_of" in self.request.query_params else super().allowed_parameters() | {"as_of"}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        text = request.query_params.get("as_of")
        if text is None:
            return super().retrieve(request, *args, **kwargs)
        moment = instant(text)
        with bounded_reads():
            (key,) = self._kit(kwargs["kit_id"])
            since = whole_since(SolarKit, KitComponent, Product)
            if since is not None and moment < since:
                raise NoLongerKept(NoLongerKept.default_detail % {"since": since.date().isoformat()})
            body = kit_as_of(key, moment)
        if body is None or not (sees_drafts(request) or was_published(body)):
            raise Http404
        return Response(body)


def instant(text: str) -> datetime:
    """A moment, or a day's end in Brazil, at most now.

    Raises:
        InvalidQuery: neither, or in the future.
    """
    now = timezone.now()
    try:
        if len(text) == 10:
            day = datetime.strptime(text, "%Y-%m-%d").date()
            end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(microseconds=1)
            moment = min(end, now) if day <= timezone.localdate() else end
        else:
            moment = InstantField().clean(text) or now
    except (ValidationError, ValueError, OverflowError):
        moment = datetime.max.replace(tzinfo=UTC)
    if moment > now:
        detail = _("“as_of” must be a past moment: YYYY-MM-DD, or ISO 8601 with its offset.")
        raise InvalidQuery([Fault("as_of", "invalid", detail)])
    return moment
