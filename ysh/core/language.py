"""The language of a request."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation import check_for_language


class ChosenLanguageMiddleware(LocaleMiddleware):
    """The admin speaks Portuguese until a person chooses otherwise, whatever language their browser prefers.

    Everything else (the API) goes by `Accept-Language`, as Django does.
    """

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith("/admin/"):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = chosen in dict(settings.LANGUAGES) and check_for_language(chosen)
        translation.activate(chosen if known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
