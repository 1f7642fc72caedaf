"""Demo files: the sources' own format, right check digits, exact counts, same bytes for a seed."""

import csv
import datetime as dt
import hashlib
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from stdnum.br import cnpj as cnpj_number

from aneel.municipality_data import IBGE_PREFIX_BY_UF, load_municipalities
from pipeline.demo import units as units_module
from pipeline.demo.distributions import CLASSES, COMPANY_COUNT, LAST_CONNECTION, date_table, power_table
from pipeline.demo.draws import chosen, draw, draw_one, slots
from pipeline.demo.places import load_distributors, places
from pipeline.demo.unit_columns import ODDITY_PERIODS
from pipeline.demo.units import HEADERS, UnitsFile, write_units_csv, write_units_parquet

DAY = dt.date(2026, 8, 13)
NEXT_DAY = dt.date(2026, 8, 14)
ROWS = 12_000


def read(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def by_code(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Rows by unit code, without what changes with every load."""
    loaded = ("DatGeracaoConjuntoDados", "AnmPeriodoReferencia")
    found = {row["CodEmpreendimento"]: {key: value for key, value in row.items() if key not in loaded} for row in rows}
    assert len(found) == len(rows), "unit codes are not unique"
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> UnitsFile:
    return write_units_csv(tmp_path_factory.mktemp("demo") / "units.csv", rows=ROWS, seed=7, day=DAY)


@pytest.fixture(scope="module")
def rows(written: UnitsFile) -> list[dict[str, str]]:
    return read(written.path)


class TestFormat2026:
    def test_bytes_are_the_sources_dialect(self, written: UnitsFile) -> None:
        data = written.path.read_bytes()
        assert written.size == len(data)
        lines = data.split(b"\r\n")
        assert lines[-1] == b""
        assert len(lines) == ROWS + 2
        assert b"\n" not in b"".join(lines)
        assert lines[0].decode() == ";".join(f'"{name}"' for name in HEADERS["2026"])
        field = rb'"[^"]*"'
        assert all(re.fullmatch(rb"(%b;){30}%b" % (field, field), line) for line in lines[:-1])

    def test_header_is_the_real_files(self) -> None:
        real = """
            DatGeracaoConjuntoDados AnmPeriodoReferencia NumCNPJDistribuidora SigAgente NomAgente CodClasseConsumo
            DscClasseConsumo CodSubGrupoTarifario DscSubGrupoTarifario CodUFibge SigUF CodRegiao NomRegiao CodMunicipioIbge
            NomMunicipio CodCEP SigTipoConsumidor NumCPFCNPJ CodEmpreendimento DthAtualizaCadastralEmpreend
            SigModalidadeEmpreendimento DscModalidadeHabilitado QtdUCRecebeCredito SigTipoGeracao DscFonteGeracao DscPorte
            MdaPotenciaInstaladaKW NomSubEstacao NumCoordESub NumCoordNSub NomTitularEmpreendimento
        """
        assert HEADERS["2026"] == real.split()

    def test_every_row_is_plausible(self, rows: list[dict[str, str]]) -> None:
        municipalities = {str(row.ibge_code): row for row in load_municipalities()}
        distributors = {row.cnpj: row for row in load_distributors()}
        assert {row["DatGeracaoConjuntoDados"] for row in rows} == {"2026-08-13"}
        assert {row["AnmPeriodoReferencia"] for row in rows} == {"08/2026"}
        for row in rows:
            uf = row["SigUF"]
            assert re.fullmatch(rf"GD\.{uf}\.\d{{3}}\.\d{{3}}\.\d{{3}}", row["CodEmpreendimento"])
            assert row["CodUFibge"] == str(IBGE_PREFIX_BY_UF[uf])
            distributor = distributors[row["NumCNPJDistribuidora"]]
            assert (distributor.uf, distributor.name, distributor.sigla) == (uf, row["NomAgente"], row["SigAgente"])
            if row["CodMunicipioIbge"]:
                municipality = municipalities[row["CodMunicipioIbge"]]
                assert (municipality.name, municipality.uf) == (row["NomMunicipio"], uf)
            assert re.fullmatch(r"\d{1,4},\d{2}", row["MdaPotenciaInstaladaKW"])
            power_kw = float(row["MdaPotenciaInstaladaKW"].replace(",", "."))
            assert 0 <= power_kw <= 5000
            assert row["DscPorte"] == ("Minigeracao" if power_kw > 75 else "Microgeracao")
            assert dt.date.fromisoformat(row["DthAtualizaCadastralEmpreend"]) <= DAY
            assert int(row["QtdUCRecebeCredito"]) >= 1
            assert row["DscSubGrupoTarifario"] in {"A3a", "A4", "AS", "B1", "B2", "B3", "B4"}

    def test_holders_are_masked_or_plainly_invented(self, rows: list[dict[str, str]]) -> None:
        names: dict[str, set[str]] = {}
        for row in rows:
            document = row["NumCPFCNPJ"]
            if document.startswith("*"):
                assert re.fullmatch(r"\*\*\*\.\d{3}\.\d{3}-\*\*", document)
                assert row["NomTitularEmpreendimento"] == "***"
                assert re.fullmatch(r"\d{5}\*{3}", row["CodCEP"])
                assert row["SigTipoConsumidor"] in {"PF", ""}
            else:
                assert cnpj_number.is_valid(document)
                assert document[8:12] == "9001"
                assert row["NomTitularEmpreendimento"].startswith("DEMONSTRAÇÃO ")
                assert re.fullmatch(r"\d{8} {2}", row["CodCEP"])
                assert row["SigTipoConsumidor"] in {"PJ", ""}
                names.setdefault(document, set()).add(row["NomTitularEmpreendimento"])
        assert len(names) > 500
        assert max(len(of_one) for of_one in names.values()) == 1

    def test_distribution_follows_the_real_one(self, rows: list[dict[str, str]]) -> None:
        classes = Counter(row["DscClasseConsumo"].strip() for row in rows)
        assert classes["Residencial"] / ROWS == pytest.approx(0.786, abs=0.02)
        assert classes["Rural"] / ROWS == pytest.approx(0.102, abs=0.015)
        assert classes["Comercial"] / ROWS == pytest.approx(0.089, abs=0.015)
        home = sorted(
            float(row["MdaPotenciaInstaladaKW"].replace(",", ".")) for row in rows if row["DscClasseConsumo"] == "Residencial"
        )
        assert home[len(home) // 2] == pytest.approx(5, abs=0.5)
        assert sum(row["DscPorte"] == "Minigeracao" for row in rows) / ROWS == pytest.approx(0.006, abs=0.003)
        assert sum(row["SigTipoConsumidor"] == "PJ" for row in rows) / ROWS == pytest.approx(0.076, abs=0.015)
        assert Counter(row["SigUF"] for row in rows).most_common(1)[0][0] == "SP"
        years = Counter(row["DthAtualizaCadastralEmpreend"][:4] for row in rows)
        assert years["2025"] > years["2021"] > years["2019"]
        assert len({row["NomMunicipio"] for row in rows}) > 2_000

    def test_oddities_are_there_and_counted(self, written: UnitsFile, rows: list[dict[str, str]]) -> None:
        counted = {
            "class_with_trailing_space": sum(row["DscClasseConsumo"] == "REBR " for row in rows),
            "sentinel_date": sum(row["DthAtualizaCadastralEmpreend"] == "1900-01-01" for row in rows),
            "zero_power": sum(row["MdaPotenciaInstaladaKW"] == "0,00" for row in rows),
            "no_modality": sum(row["DscModalidadeHabilitado"] == "" for row in rows),
            "no_person_type": sum(row["SigTipoConsumidor"] == "" for row in rows),
            "no_source_type": sum(row["SigTipoGeracao"] == "" for row in rows),
            "no_municipality_code": sum(row["CodMunicipioIbge"] == "" for row in rows),
        }
        assert written.oddities == counted
        for name, period in ODDITY_PERIODS.items():
            assert ROWS // period <= counted[name] <= ROWS // period + 1, name


class TestDays:
    def test_same_seed_same_bytes(self, written: UnitsFile, tmp_path: Path) -> None:
        again = write_units_csv(tmp_path / "again.csv", rows=ROWS, seed=7, day=DAY)
        other = write_units_csv(tmp_path / "other.csv", rows=ROWS, seed=8, day=DAY)
        digest = hashlib.sha256(written.path.read_bytes()).digest()
        assert hashlib.sha256(again.path.read_bytes()).digest() == digest
        assert hashlib.sha256(other.path.read_bytes()).digest() != digest

    def test_a_larger_file_begins_with_the_smaller(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        larger = write_units_csv(tmp_path / "larger.csv", rows=ROWS + 500, seed=7, day=DAY)
        assert read(larger.path)[:ROWS] == rows

    def test_batches_do_not_show(self, written: UnitsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(units_module, "BATCH_ROWS", 1_777)
        small = write_units_csv(tmp_path / "small.csv", rows=ROWS, seed=7, day=DAY)
        assert small.path.read_bytes() == written.path.read_bytes()
        assert small.oddities == written.oddities

    def test_next_day_changes_exactly_what_it_says(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        told = write_units_csv(tmp_path / "next.csv", rows=ROWS, seed=7, day=NEXT_DAY, changed=0.005, removed=0.0005, added=0.001)
        before, after = by_code(rows), by_code(read(told.path))
        assert (told.changed, told.removed, told.added, told.rows) == (60, 6, 12, ROWS - 6 + 12)
        assert len(before.keys() - after.keys()) == 6
        assert len(after.keys() - before.keys()) == 12
        changed = [code for code in before.keys() & after.keys() if before[code] != after[code]]
        assert len(changed) == 60
        touched = Counter(key for code in changed for key in before[code] if before[code][key] != after[code][key])
        assert set(touched) == {"MdaPotenciaInstaladaKW", "QtdUCRecebeCredito"}
        assert sum(touched.values()) == 60
        assert all(before[code]["DscPorte"] == after[code]["DscPorte"] for code in changed)

    def test_another_day_picks_other_rows(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        before = by_code(rows)
        gone = []
        for day in (NEXT_DAY, dt.date(2026, 8, 15)):
            told = write_units_csv(tmp_path / f"{day}.csv", rows=ROWS, seed=7, day=day, removed=0.01)
            gone.append(before.keys() - by_code(read(told.path)).keys())
        assert [len(codes) for codes in gone] == [120, 120]
        assert gone[0] != gone[1]

    def test_the_same_units_under_a_new_load_date(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        told = write_units_csv(tmp_path / "next.csv", rows=ROWS, seed=7, day=NEXT_DAY)
        assert by_code(read(told.path)) == by_code(rows)

    @pytest.mark.parametrize(("changed", "removed"), [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
    def test_everything_may_change_or_vanish(self, tmp_path: Path, changed: float, removed: float) -> None:
        base = by_code(read(write_units_csv(tmp_path / "a.csv", rows=1_000, seed=3, day=DAY).path))
        told = write_units_csv(tmp_path / "b.csv", rows=1_000, seed=3, day=NEXT_DAY, changed=changed, removed=removed)
        after = by_code(read(told.path))
        assert len(after) == told.rows == 1_000 - told.removed
        assert sum(base[code] != row for code, row in after.items()) == told.changed == round(1_000 * changed)


class TestVintage2025:
    def test_columns_encoding_and_coordinates(self, tmp_path: Path) -> None:
        told = write_units_csv(tmp_path / "old.csv", rows=ROWS, seed=7, day=dt.date(2025, 8, 15), vintage="2025")
        assert "Radiação solar".encode("cp1252") in told.path.read_bytes()
        with pytest.raises(UnicodeDecodeError):
            told.path.read_bytes().decode("utf-8")
        rows = read(told.path, "cp1252")
        assert len(rows) == ROWS
        assert list(rows[0]) == HEADERS["2025"]
        assert len(rows[0]) == 33
        empty = ("CodMunicipioIbge", "CodCEP", "DscSubGrupoTarifario", "CodClasseConsumo")
        assert {row[name] for row in rows for name in empty} == {""}
        assert max(row["DthAtualizaCadastralEmpreend"] for row in rows) <= "2025-06-30"
        places = {(row.name, row.uf): row for row in load_municipalities()}
        points = [(row, row["NumCoordNEmpreendimento"], row["NumCoordEEmpreendimento"]) for row in rows]
        form = re.compile(r"(-?\d{1,2}[.,]\d{2}00)?")
        assert all(form.fullmatch(north) and form.fullmatch(east) for _, north, east in points)
        counted = {
            "coordinates_outside": sum((north + east).replace(",", ".") == "0.3500-75.5000" for _, north, east in points),
            "coordinates_filler": sum((north + east).replace(",", ".") == "-15.0000-56.0000" for _, north, east in points),
            "coordinates_zero": sum((north + east).replace(",", ".") == "0.00000.0000" for _, north, east in points),
        }
        assert all(count > 0 for count in counted.values())
        assert {name: told.oddities[name] for name in counted} == counted
        good = 0
        for row, north, east in points:
            place = places[row["NomMunicipio"], row["SigUF"]]
            if place.latitude is None or place.longitude is None or not north:
                continue
            near = [
                abs(float(text.replace(",", ".")) - float(seat)) < 0.1
                for text, seat in ((north, place.latitude), (east, place.longitude))
            ]
            good += all(near)
        assert good > ROWS * 0.96

    def test_the_same_units_as_in_2026(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        told = write_units_csv(tmp_path / "old.csv", rows=ROWS, seed=7, day=dt.date(2025, 8, 15), vintage="2025")
        old, new = by_code(read(told.path, "cp1252")), by_code(rows)
        same = ("SigUF", "NomMunicipio", "DscClasseConsumo", "MdaPotenciaInstaladaKW", "NumCPFCNPJ", "QtdUCRecebeCredito")
        assert all(old[code][column] == new[code][column] for code in new for column in same)


class TestParquet:
    def test_types_are_the_sources(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        told = write_units_parquet(tmp_path / "units.parquet", rows=ROWS, seed=7, day=DAY)
        assert told.path.read_bytes()[:4] == b"PAR1"
        frame = pl.read_parquet(told.path)
        assert frame.columns == HEADERS["2026"]
        assert (frame.height, told.rows) == (ROWS, ROWS)
        types = dict(frame.schema)
        assert types["DatGeracaoConjuntoDados"] == types["DthAtualizaCadastralEmpreend"] == pl.Date
        assert types["NumCNPJDistribuidora"] == types["CodMunicipioIbge"] == pl.Int64
        assert types["MdaPotenciaInstaladaKW"] == pl.Float64
        assert types["NumCPFCNPJ"] == types["CodCEP"] == pl.String
        for typed, text in zip(frame.iter_rows(named=True), rows, strict=True):
            assert str(typed["NumCNPJDistribuidora"]).zfill(14) == text["NumCNPJDistribuidora"]
            assert f"{typed['MdaPotenciaInstaladaKW']:.2f}".replace(".", ",") == text["MdaPotenciaInstaladaKW"]
            assert typed["DthAtualizaCadastralEmpreend"].isoformat() == text["DthAtualizaCadastralEmpreend"]
            assert (typed["DscModalidadeHabilitado"] or "") == text["DscModalidadeHabilitado"]
            assert str(typed["CodMunicipioIbge"] or "") == text["CodMunicipioIbge"]
        assert min(len(str(cnpj)) for cnpj in frame["NumCNPJDistribuidora"]) < 14, "some CNPJ lose their leading zero"

    def test_coordinates_are_numbers(self, tmp_path: Path) -> None:
        told = write_units_parquet(tmp_path / "units.parquet", rows=2_000, seed=7, day=dt.date(2025, 8, 15), vintage="2025")
        frame = pl.read_parquet(told.path)
        assert frame.schema["NumCoordNEmpreendimento"] == pl.Float64
        assert frame["NumCoordEEmpreendimento"].median() == pytest.approx(-48, abs=6)


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"vintage": "2019"}, "vintage: expected one of 2025, 2026, found '2019'"),
            ({"rows": 0}, "rows: expected 1 to"),
            ({"day": LAST_CONNECTION}, "day: expected a day after 2026-06-30"),
            ({"changed": 1.2}, "changed: expected a share from 0 to 1, found 1.2"),
            ({"removed": -0.1}, "removed: expected a share"),
            ({"changed": 0.7, "removed": 0.7}, "at most 10 rows together, found 14"),
        ],
    )
    def test_impossible_requests_write_nothing(self, tmp_path: Path, arguments: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            write_units_csv(tmp_path / "units.csv", **({"rows": 10, "seed": 1, "day": DAY} | arguments))
        assert list(tmp_path.iterdir()) == []

    def test_a_failed_write_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        told = write_units_csv(tmp_path / "units.csv", rows=10, seed=1, day=DAY)
        before = told.path.read_bytes()
        monkeypatch.setitem(units_module.HEADERS, "2026", ["NoSuchColumn"])
        with pytest.raises(pl.exceptions.ColumnNotFoundError):
            write_units_csv(told.path, rows=20, seed=1, day=DAY)
        assert told.path.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["units.csv"]


class TestTables:
    def test_draws_agree_in_both_forms(self) -> None:
        frame = pl.DataFrame({"n": pl.int_range(500, dtype=pl.UInt64, eager=True)}).select(draw(pl.col("n"), 5, "x"))
        assert frame.to_series().to_list() == [draw_one(number, 5, "x") for number in range(500)]
        assert len(set(frame.to_series())) == 500

    @pytest.mark.parametrize("total", [1, 2, 3, 10, 997, 1_000])
    def test_choice_is_a_permutation(self, total: int) -> None:
        frame = pl.DataFrame({"n": pl.int_range(total, dtype=pl.UInt64, eager=True)})
        picked = frame.select(chosen(pl.col("n"), total=total, seed=1, purpose="p")).to_series().to_list()
        assert sorted(picked) == list(range(total))

    def test_slots_follow_the_weights(self) -> None:
        table = slots([1, 1, 2, 1e-9], size=400)
        assert Counter(table.to_list()) == {0: 100, 1: 100, 2: 199, 3: 1}
        with pytest.raises(ValueError, match="positive weights"):
            slots([1, 0], size=4)

    def test_every_place_can_be_drawn(self) -> None:
        frame, weights = places()
        assert frame.height == len(weights) == 5571
        assert set(slots(weights).to_list()) == set(range(5571))

    def test_every_state_has_a_distributor_with_a_valid_number(self) -> None:
        distributors = load_distributors()
        assert {row.uf for row in distributors} == set(IBGE_PREFIX_BY_UF)
        assert len({row.cnpj for row in distributors}) == len(distributors) == 58

    def test_companies_of_classes_do_not_overlap(self) -> None:
        taken = Counter(
            number for profile in CLASSES if profile.word for number in range(profile.first, profile.first + profile.companies)
        )
        assert max(taken.values()) == 1
        assert max(taken) < COMPANY_COUNT

    @pytest.mark.parametrize("profile", CLASSES, ids=lambda profile: profile.name)
    def test_powers_keep_their_order_and_limits(self, profile) -> None:
        table = power_table(profile.power_kw)
        assert len(table) == 4096
        assert 1 <= min(table) <= max(table) <= 500_000

    def test_dates_end_before_the_first_load(self) -> None:
        table = date_table()
        assert len(table) == 1 << 14
        assert min(table).year == 2012
        assert max(table) <= LAST_CONNECTION
