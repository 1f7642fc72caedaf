"""The shipped municipalities: complete, plausible, and a damaged file is refused with the place of the fault."""

from collections import Counter
from decimal import Decimal

import pytest

from aneel import municipality_data
from aneel.municipality_data import (
    MUNICIPALITIES_FILE,
    NAME_VARIANTS,
    REGION_BY_UF,
    UF_BY_IBGE_PREFIX,
    MunicipalityDataError,
    folded_place_name,
    load_municipalities,
    parse_municipalities,
)

HEADER = "ibge_code,name,uf,latitude,longitude\n"
RIO_BRANCO = "1200401,Rio Branco,AC,-9.97472,-67.81000\n"

# Coordinates of the seats, from general knowledge, to the nearest tenth of a degree.
SEATS = {
    1200401: ("Rio Branco", "AC", -10.0, -67.8),
    1301654: ("Guajará", "AM", -7.5, -72.6),  # not the village of that name 1,700 km away
    1508084: ("Tucumã", "PA", -6.7, -51.2),
    2605459: ("Fernando de Noronha", "PE", -3.8, -32.4),
    3525706: ("José Bonifácio", "SP", -21.1, -49.7),  # not the district of São Paulo
    3550308: ("São Paulo", "SP", -23.5, -46.6),
    4204202: ("Chapecó", "SC", -27.1, -52.6),
    4306767: ("Eldorado do Sul", "RS", -30.0, -51.3),
    5101837: ("Boa Esperança do Norte", "MT", -13.5, -55.2),
    5300108: ("Brasília", "DF", -15.8, -47.9),
}
WITHOUT_COORDINATES = {1100148, 2104701, 2410009, 2507705, 2513653, 2513901, 2607109, 2701506, 2706307, 3151107, 3302858, 5005681}


def test_every_municipality_is_there() -> None:
    rows = load_municipalities()
    assert len(rows) == 5571
    assert Counter(row.uf for row in rows) == {
        "AC": 22, "AL": 102, "AM": 62, "AP": 16, "BA": 417, "CE": 184, "DF": 1, "ES": 78, "GO": 246, "MA": 217, "MG": 853,
        "MS": 79, "MT": 142, "PA": 144, "PB": 223, "PE": 185, "PI": 224, "PR": 399, "RJ": 92, "RN": 167, "RO": 52, "RR": 15,
        "RS": 497, "SC": 295, "SE": 75, "SP": 645, "TO": 139,
    }  # fmt: skip
    assert Counter(row.region for row in rows) == {
        "Norte": 450,
        "Nordeste": 1794,
        "Sudeste": 1668,
        "Sul": 1191,
        "Centro-Oeste": 468,
    }


def test_states_and_regions_cover_each_other() -> None:
    assert len(UF_BY_IBGE_PREFIX) == len(REGION_BY_UF) == 27
    assert REGION_BY_UF["TO"] == "Norte"
    assert REGION_BY_UF["DF"] == "Centro-Oeste"


@pytest.mark.parametrize("code", SEATS)
def test_known_seats_are_where_they_are(code: int) -> None:
    name, uf, latitude, longitude = SEATS[code]
    row = next(row for row in load_municipalities() if row.ibge_code == code)
    assert (row.name, row.uf) == (name, uf)
    assert row.latitude == pytest.approx(Decimal(str(latitude)), abs=Decimal("0.1"))
    assert row.longitude == pytest.approx(Decimal(str(longitude)), abs=Decimal("0.1"))


def test_untrusted_coordinates_are_empty_not_guessed() -> None:
    assert {row.ibge_code for row in load_municipalities() if row.latitude is None} == WITHOUT_COORDINATES


def test_no_two_municipalities_share_a_point() -> None:
    points = Counter((row.latitude, row.longitude) for row in load_municipalities() if row.latitude is not None)
    assert [point for point, count in points.items() if count > 1] == []


def test_names_identify_a_municipality_within_its_state() -> None:
    names = Counter((folded_place_name(row.name), row.uf) for row in load_municipalities())
    assert max(names.values()) == 1
    by_code = {row.ibge_code: row for row in load_municipalities()}
    for code, variants in NAME_VARIANTS.items():
        for variant in variants:
            assert (folded_place_name(variant), by_code[code].uf) not in names, f"{variant} names two municipalities"


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Olho d'Água das Flores", "olhodaguadasflores"),
        ("Olho D’Água das Flores", "olhodaguadasflores"),
        ("Sant'Ana do Livramento", "santanadolivramento"),
        ("Embu-Guaçu", "embuguacu"),
        ("  SÃO   PAULO ", "saopaulo"),
        ("", ""),
    ],
)
def test_folded_names(name: str, folded: str) -> None:
    assert folded_place_name(name) == folded


def test_a_whole_row_is_read() -> None:
    (row,) = parse_municipalities(HEADER + RIO_BRANCO, expected=1)
    assert (row.ibge_code, row.name, row.uf, row.region) == (1200401, "Rio Branco", "AC", "Norte")
    assert (row.latitude, row.longitude) == (Decimal("-9.97472"), Decimal("-67.81000"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the columns"),
        ("code;name\n", "line 1: expected the columns"),
        (HEADER, "expected 1 rows, found 0"),
        (HEADER + "1200401,Rio Branco,AC,-9.9\n", "line 2: expected 5 fields, found 4"),
        (HEADER + "12004,Rio Branco,AC,,\n", "line 2, ibge_code: expected seven digits, found '12004'"),
        (HEADER + "1200401,Rio Branco,AM,,\n", "line 2, uf: expected AC for the code 1200401, found 'AM'"),
        (HEADER + "9900401,Rio Branco,AC,,\n", "line 2, uf: expected None"),
        (HEADER + "1200401, Rio Branco,AC,,\n", "line 2, name"),
        (HEADER + "1200401,,AC,,\n", "line 2, name"),
        (HEADER + "1200401,Rio Branco,AC,-9.9,\n", "line 2: expected both coordinates or none"),
        (HEADER + "1200401,Rio Branco,AC,north,-67.8\n", "line 2, latitude: expected decimal degrees, found 'north'"),
        (HEADER + "1200401,Rio Branco,AC,NaN,-67.8\n", "line 2, latitude: expected -33.80 to 5.30"),
        (HEADER + "1200401,Rio Branco,AC,-9.9,67.8\n", "line 2, longitude: expected -74.00 to -28.80, found '67.8'"),
        (HEADER + RIO_BRANCO + RIO_BRANCO, "line 3, ibge_code: expected more than 1200401"),
        (HEADER + RIO_BRANCO + "1200402,Rio Branco,AC,,\n", "line 3, name: Rio Branco (AC) occurs twice"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(MunicipalityDataError) as caught:
        parse_municipalities(text, expected=1)
    assert message in str(caught.value)


def test_a_shortened_or_missing_file_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    shortened = tmp_path / "municipalities.csv"
    shortened.write_text(
        "".join(MUNICIPALITIES_FILE.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8"
    )
    for path, message in (
        (shortened, "expected 5571 rows, found 5570"),
        (tmp_path / "gone.csv", "expected a readable UTF-8 file"),
    ):
        monkeypatch.setattr(municipality_data, "MUNICIPALITIES_FILE", path)
        load_municipalities.cache_clear()
        try:
            with pytest.raises(MunicipalityDataError, match=message):
                load_municipalities()
        finally:
            load_municipalities.cache_clear()
