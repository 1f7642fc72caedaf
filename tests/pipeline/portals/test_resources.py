"""Files found by package, name and format."""

from dataclasses import replace

import pytest

from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.portals.resources import Resource, matching, package_resources, resolve
from pipeline.sources.base import CkanResource
from pipeline.sources.registry import SOURCES
from tests.portal.files import UNITS_PACKAGE

WANTED = CkanResource("p", "tarifas-homologadas", ("PARQUET", "CSV"))


def test_every_file_source_is_found_by_name_and_format(portal):
    found = resolve(SOURCES["generation_units"].ckan, source="generation_units", keep=False)
    assert [(item.name, item.format) for item in found] == [("empreendimento-geracao-distribuida.parquet", "PARQUET")]
    portal.content.packages[0].resources.pop()
    assert resolve(SOURCES["generation_units"].ckan, source="generation_units", keep=False)[0].format == "ZIP"
    assert resolve(SOURCES["tariffs"].ckan, source="tariffs", keep=False)[0].format == "CSV"


def test_the_id_behind_which_a_file_lies_does_not_matter(portal):
    first = resolve(SOURCES["tariffs"].ckan, source="tariffs", keep=False)[0]
    file = portal.content.packages[1].resources[1]
    portal.content.packages[1].resources[1] = replace(file, file="outro-arquivo.csv")
    second = resolve(SOURCES["tariffs"].ckan, source="tariffs", keep=False)[0]
    assert first.id != second.id
    assert second.url.endswith("outro-arquivo.csv")


@pytest.mark.parametrize(
    "name", ["tarifas-homologadas-2026", "TARIFAS-HOMOLOGADAS", "Tarifas homologadas", "Tarifas  Homologadas (CSV)"]
)
def test_names_are_compared_as_people_read_them(name):
    assert matching([Resource("1", name, "CSV", "http://x/y.csv")], WANTED)


def test_the_best_format_wins_and_years_come_in_order():
    files = [
        Resource("1", f"tarifas-homologadas-{year}", kind, f"http://x/{year}")
        for year in (2026, 2024)
        for kind in ("CSV", "PARQUET")
    ]
    assert [(item.name[-4:], item.format) for item in matching(files, WANTED)] == [("2024", "PARQUET"), ("2026", "PARQUET")]
    assert matching([Resource("1", "dicionário", "PDF", "http://x/dm-tarifas.pdf")], WANTED) == []


@pytest.mark.parametrize(
    "package", [None, [], {}, {"resources": False}, {"resources": [None, 7, {}, {"url": None}, {"url": " "}]}]
)
def test_packages_without_files(package):
    assert package_resources(package) == []


def test_what_ckan_says_of_a_file(settings):
    settings.ANEEL_CKAN_URL = "https://portal.example"
    (found,) = package_resources(
        {"resources": [{"url": "/dataset/a.csv", "format": " csv ", "size": "12", "last_modified": "2026-09-26T11:46:53.914711"}]}
    )
    assert found == Resource("", "", "CSV", "https://portal.example/dataset/a.csv", None, "2026-09-26T11:46:53.914711+00:00", "")


def test_who_has_no_such_file_is_told_what_there_is(portal):
    wanted = CkanResource(UNITS_PACKAGE, "nothing-like-it", ("CSV",))
    with pytest.raises(SourceFileError, match=r"geracao-distribuida\.zip"):
        resolve(wanted, source="generation_units", keep=False)
    with pytest.raises(SourceUnavailableError) as gone:
        resolve(replace(wanted, package="no-such-package"), source="generation_units", keep=False)
    assert gone.value.code == "http_404"
