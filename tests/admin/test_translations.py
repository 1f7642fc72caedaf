"""Nothing on a page is left in English: every string of ours, and of the packages the pages are made of, has its Portuguese."""

import gettext
from pathlib import Path

import django_celery_beat
import django_filters
import drf_spectacular
import pytest
import rest_framework
import timezone_field
import unfold
from django.conf import settings
from django.utils.translation import trans_real

from tests.admin.msgids import of_package, read_catalogue

OURS = ("ysh", "aneel", "products", "pipeline", "audit", "templates")
CATALOGUES = [
    settings.BASE_DIR / "locale/pt_BR/LC_MESSAGES/django",
    settings.BASE_DIR / "locale/packages/pt_BR/LC_MESSAGES/django",
]
PACKAGES = {
    # Parts for packages we do not have.
    unfold: ("import_export", "guardian", "constance", "location_field", "simple_history", "inlines", "forms"),
    django_celery_beat: ("migrations",),
    # Pages we do not serve.
    rest_framework: ("authtoken", "templates"),
    drf_spectacular: ("templates", "views.py"),
    django_filters: (),
    timezone_field: (),
}


def missing(messages: dict[str, Path]) -> list[str]:
    catalogue = trans_real.translation("pt-br")._catalog
    known = set(catalogue.keys())
    singular = {key[0] if isinstance(key, tuple) else key for key in known}
    return [f"{path.name}: {message!r}" for message, path in messages.items() if message not in singular]


def test_every_string_of_ours_has_its_portuguese():
    messages = {}
    for name in OURS:
        messages |= of_package(settings.BASE_DIR / name, without=("migrations",))
    assert len(messages) > 500
    assert missing(messages) == [], "run makemessages (see docs), translate, compile"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_string_of_a_package_has_its_portuguese(package):
    messages = of_package(Path(package.__file__).parent, without=PACKAGES[package])
    assert missing(messages) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_the_compiled_catalogue_is_the_written_one(path):
    written = read_catalogue(path.with_suffix(".po"))
    with path.with_suffix(".mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)._catalog
    assert written
    assert {key: compiled.get(key) for key in written} == written
    assert {key[0] if isinstance(key, tuple) else key for key in compiled if key} <= {
        key[0] if isinstance(key, tuple) else key for key in written
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_no_translation_is_empty_or_guessed(path):
    text = path.with_suffix(".po").read_text("utf-8")
    assert "fuzzy" not in text
    assert [key for key, value in read_catalogue(path.with_suffix(".po")).items() if not value] == []
