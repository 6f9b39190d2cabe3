"""Tables of points: encodings, separators, spellings, positions, identifiers, numbers of rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import corpus
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.fr import siret as stdnum_siret

from essgeo import readers
from essgeo.errors import DataError
from essgeo.readers import codes
from essgeo.readers.columns import aliases, key
from essgeo.readers.etablissements import COLUMNS
from essgeo.readers.identifiers import valid_siret
from essgeo.readers.report import FileReport


def read(folder: Path, name: str, data: bytes | str) -> readers.Reading:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return readers.read_etablissements(path)


def said(report: FileReport) -> str:
    return " | ".join(problem.message for problem in report.problems)


def written(table: pd.DataFrame, separator: str, encoding: str, newline: str = "\n") -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=separator, lineterminator=newline)
    writer.writerow(table.columns)
    writer.writerows(table.to_numpy().tolist())
    return target.getvalue().encode(encoding)


# --- the same table, however it is written --------------------------------------------------------

SPELLINGS = {
    "siret": ["siret", "SIRET", "Numéro SIRET"],
    "denomination": ["denomination", "name", "denominationUniteLegale", "RAISON_SOCIALE"],
    "code_commune": ["codeCommuneEtablissement", "CODE_COMMUNE", "plg_code_commune"],
    "longitude": ["longitude", "x_longitude", "LON", "lng", "long"],
    "latitude": ["latitude", "y_latitude", "LAT", "Latitude"],
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    names=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in SPELLINGS.items()}),
    order=st.permutations(list(SPELLINGS)),
)
def test_same_table_however_written(
    separator: str,
    encoding: str,
    newline: str,
    names: dict[str, str],
    order: list[str],
    tmp_path: Path,
) -> None:
    table = corpus.points_frame()
    data = written(table[order].rename(columns=names), separator, encoding, newline)
    reading = read(tmp_path, "e.csv", data)
    assert list(reading.source.columns) == [names[name] for name in order]
    for name in ("siret", "denomination", "code_commune"):
        assert list(reading.table[name]) == list(table[name]), name
        assert list(reading.source[names[name]]) == list(table[name]), name
    for name in ("longitude", "latitude"):
        assert list(reading.table[name]) == [float(value) for value in table[name]]
    assert list(reading.table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert reading.report.separator == separator
    expected = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 avec BOM", "cp1252": "Windows-1252"}
    assert reading.report.encoding == expected[encoding]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(
        st.lists(
            st.text(
                st.characters(codec="cp1252", exclude_characters="\0", exclude_categories=["Cc"])
                | st.sampled_from("\n;,\t\"'=é")
            ),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=6,
    ),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_any_text_comes_back_as_it_was(
    cells: list[list[str]], separator: str, tmp_path: Path
) -> None:
    table = pd.DataFrame(
        [["2.5", "48.8", *row] for row in cells], columns=["lon", "lat", "nom", "note"]
    )
    target = io.StringIO(newline="")
    # Quoted, so that a cell is never taken for a wrapping or for nothing at all.
    writer = csv.writer(target, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.to_numpy().tolist())
    source = read(tmp_path, "e.csv", target.getvalue()).source
    assert len(source) == len(cells)
    kept = [
        [
            cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell
            for cell in row
        ]
        for row in cells
    ]
    assert source[["nom", "note"]].to_numpy().tolist() == kept


@pytest.mark.parametrize("name", ["e.xlsx", "e.parquet", "e.geojson", "e.gpkg", "e.zip"])
def test_points_of_every_format(name: str, tmp_path: Path) -> None:
    import geopandas as gpd

    table = corpus.points_frame().assign(nombre=[1, 2, 3], part=[0.5, None, 2.0])
    path = tmp_path / name
    lon, lat = table["longitude"].astype(float), table["latitude"].astype(float)
    bare = table.drop(columns=["longitude", "latitude"])
    if name == "e.xlsx":
        rows = [[None if v != v else v for v in row] for row in table.to_numpy().tolist()]
        path.write_bytes(corpus.xlsx([list(table.columns), *rows]))
    elif name == "e.parquet":
        table.assign(longitude=lon, latitude=lat).to_parquet(path)
    else:
        frame = gpd.GeoDataFrame(bare, geometry=gpd.points_from_xy(lon, lat), crs=4326)
        if name == "e.zip":
            folder = tmp_path / "shp"
            folder.mkdir()
            frame.rename(columns={"code_commune": "codgeo", "denomination": "nom"}).to_file(
                folder / "e.shp", encoding="utf-8"
            )
            parts = {part.name: part.read_bytes() for part in folder.iterdir()}
            path.write_bytes(corpus.zipped(parts))
        else:
            frame.to_file(path, driver="GPKG" if name == "e.gpkg" else "GeoJSON")
    reading = readers.read_etablissements(path)
    assert list(reading.table["siret"]) == list(table["siret"])
    assert list(reading.table["code_commune"]) == ["67482", "01053", "2A004"]
    assert list(reading.table["insee_dep"]) == ["67", "01", "2A"]
    assert np.allclose(reading.table["longitude"], lon)
    assert np.allclose(reading.table["latitude"], lat)
    assert list(reading.source["nombre"]) == ["1", "2", "3"]
    part = [float(cell) if cell else None for cell in reading.source["part"]]
    assert part == [0.5, None, 2.0]
    if name != "e.zip":  # a .dbf has no line breaks
        assert list(reading.table["denomination"]) == list(table["denomination"])
    assert readers.inspect(path).kind == "etablissements"


def test_excel_csv_with_wrapped_codes(tmp_path: Path) -> None:
    """As the official list of 2024 is: BOM, semicolons, ="01053", communes joined by « ; »."""
    text = (
        "\ufeffsep=;\r\nqp;insee_com;siret;lon;lat\r\n"
        '="QN00101M";="01053;01344";="01234567890123";5,22;46,2\r\n'
        '"=""QN00102M""";="01053";;5.23;46.21\r\n'
    )
    reading = read(tmp_path, "e.csv", text)
    assert list(reading.source["insee_com"]) == ["01053;01344", "01053"]
    assert list(reading.source["qp"]) == ["QN00101M", "QN00102M"]
    assert reading.table["siret"].iloc[0] == "01234567890123"
    assert list(reading.table["longitude"]) == [5.22, 5.23]
    assert reading.report.encoding == "UTF-8 avec BOM"


def test_short_rows_are_completed_and_named(tmp_path: Path) -> None:
    text = 'nom,lon,lat,note\nUn,2.3,48.8,x\n"Deux\nlignes",2.3,48.8\n  \n\nTrois,2.3,48.8,y,,\n'
    reading = read(tmp_path, "e.csv", text)
    assert list(reading.source["nom"]) == ["Un", "Deux\nlignes", "Trois"]
    assert list(reading.source["note"]) == ["x", "", "y"]
    (problem,) = [p for p in reading.report.problems if p.level == "avertissement"]
    assert problem.row == 3
    assert "1\u00a0ligne avec moins de cellules" in problem.message


def test_a_row_that_stays_one_row(tmp_path: Path) -> None:
    """As many rows out as in, blank lines aside, whatever is empty."""
    text = "lon;lat;nom\n2.3;48.8;a\n;;\n2.4;48.8;\n"
    reading = read(tmp_path, "e.csv", text)
    assert len(reading.table) == len(reading.source) == 3
    assert reading.table["longitude"].isna().tolist() == [False, True, False]


def test_columns_in_double_are_said(tmp_path: Path) -> None:
    reading = read(tmp_path, "e.csv", "lon,lat,nom,nom\n2.3,48.8,a,b\n")
    assert list(reading.source.columns) == ["lon", "lat", "nom", "nom"]
    assert reading.table["denomination"].iloc[0] == "a"
    assert "en double" in said(reading.report)


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", sorted(aliases("etablissements")))
def test_every_alias_is_recognised(column: str, tmp_path: Path) -> None:
    """In upper and lower case, alone in its file."""
    values = {"code_commune": "67482", "insee_dep": "67", "code_postal": "67000"}
    path = Path(readers.__file__).with_name("aliases.csv")
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    names = [
        row["alias"] for row in rows if (row["table"], row["colonne"]) == ("etablissements", column)
    ]
    assert [key(name) for name in names] == list(aliases("etablissements")[column])
    for name in names:
        for spelling in (name.upper(), name.lower()):
            extra = "" if column in ("longitude", "latitude") else ",longitude,latitude"
            others = {"longitude": ",latitude", "latitude": ",longitude"}.get(column, "")
            value = values.get(column, "48.5,7.7" if column == "point" else "7.7")
            numbers = ",7.7,48.5" if extra else (",48.5" if column == "longitude" else ",7.7")
            first = (
                f'"{value}"'
                if column not in ("longitude", "latitude")
                else ("7.7" if column == "longitude" else "48.5")
            )
            text = f"{spelling}{extra}{others}\n{first}{numbers}\n"
            report = read(tmp_path, "e.csv", text).report
            assert report.columns.get(column) == spelling, (spelling, report.columns)


def test_commune_by_name_is_not_a_code(tmp_path: Path) -> None:
    reading = read(tmp_path, "e.csv", "commune,lon,lat\nStrasbourg,7.7,48.5\nLyon,4.8,45.7\n")
    assert list(reading.table["code_commune"]) == ["", ""]
    assert list(reading.table["commune"]) == ["Strasbourg", "Lyon"]
    reading = read(tmp_path, "e.csv", "commune,lon,lat\n67482,7.7,48.5\n1053,5.2,46.2\n")
    assert list(reading.table["code_commune"]) == ["67482", "01053"]
    assert "zéro initial" in said(reading.report)


def test_naf_2025_is_not_taken_for_rev_2(tmp_path: Path) -> None:
    text = "activitePrincipaleNAF25Etablissement,lon,lat\n88.99B,7.7,48.5\n"
    reading = read(tmp_path, "e.csv", text)
    assert reading.table["activite_principale"].iloc[0] == ""
    text = (
        "activitePrincipaleEtablissement,nomenclatureActivitePrincipaleEtablissement,lon,lat\n"
        "88.99B,NAFRev2,7.7,48.5\n88.9G,NAF25,7.7,48.5\n85.3K,NAFRev1,7.7,48.5\n"
    )
    reading = read(tmp_path, "e.csv", text)
    assert list(reading.table["activite_principale"]) == ["88.99B", "", ""]
    assert "2\u00a0activités d'une autre nomenclature" in said(reading.report)


def test_values_as_parquet_and_csv_hold_them(tmp_path: Path) -> None:
    """Sirene's Parquet has booleans and integers where its CSV has text."""
    data = corpus.parquet(
        {
            "etablissementSiege": [True, False, None],
            "categorieJuridiqueUniteLegale": pa.array([9220, None, 5710]),
            "trancheEffectifsEtablissement": ["01", "NN", None],
            "x_longitude": pa.array([7.75, 7.76, None], pa.float32()),
            "y_latitude": pa.array([48.58, 48.59, None], pa.float32()),
            "dateCreationEtablissement": pd.to_datetime(["2011-03-04", None, "1999-01-01"]),
            "listes": [["ACI", "EI"], [], None],
        }
    )
    table = read(tmp_path, "e.parquet", data).table
    assert list(table["est_siege"]) == ["true", "false", ""]
    assert list(table["categorie_juridique"]) == ["9220", "", "5710"]
    assert list(table["tranche_effectifs"]) == ["01", "NN", ""]
    assert list(table["date_creation"]) == ["2011-03-04", "", "1999-01-01"]
    assert table["longitude"].iloc[0] == 7.75
    assert np.isnan(table["longitude"].iloc[2])
    assert list(table["listes"]) == ["ACI;EI", "", ""]
    text = (
        "etablissementSiege,categorie_juridique,tranche_effectifs,caractere_employeur,kind,lon,lat\n"
        'Vrai,9220.0,1,o,"ACI, EI",7.7,48.5\nfalse,,NN,N,EI,7.7,48.5\n'
    )
    table = read(tmp_path, "e.csv", text).table
    assert list(table["est_siege"]) == ["true", "false"]
    assert list(table["categorie_juridique"]) == ["9220", ""]
    assert list(table["tranche_effectifs"]) == ["01", "NN"]
    assert list(table["caractere_employeur"]) == ["O", "N"]
    assert list(table["types"]) == ["ACI;EI", "EI"]


# --- positions ------------------------------------------------------------------------------------


def test_masked_unreadable_and_zero_positions_keep_their_rows(tmp_path: Path) -> None:
    text = (
        "nom,longitude,latitude\na,[ND],[ND]\nb,7.7,48.5\nc,0,0\nd,sept,48.5\ne,,\n"
        "f,7.7,48.5\ng,2.3,48.8\nh,120,30\n"
    )
    reading = read(tmp_path, "e.csv", text)
    assert list(reading.table["nom"] if "nom" in reading.table else reading.table["denomination"])
    assert len(reading.table) == 8
    assert reading.table["longitude"].isna().sum() == 3
    report = said(reading.report)
    assert "masquée par Insee" in report
    assert "« sept »" in report
    assert "(0, 0)" in report
    assert "hors de tout territoire" in report
    assert reading.report.extent is not None


def test_half_outside_is_reported_more_blocks(tmp_path: Path) -> None:
    row = "{},7.7,48.5\n"
    out = "{},48.5,7.7\n"
    half = "id,lon,lat\n" + row.format(1) + out.format(2)
    assert len(read(tmp_path, "e.csv", half).table) == 2
    with pytest.raises(DataError, match="inversées"):
        read(tmp_path, "e.csv", half + out.format(3))


@pytest.mark.parametrize(
    ("epsg", "commune", "lon", "lat"),
    [
        (2154, "67482", 7.75, 48.58),
        (2154, "2A004", 8.73, 41.92),
        (5490, "97105", -61.73, 16.0),
        (5490, "97209", -61.07, 14.6),
        (2972, "97302", -52.3, 4.93),
        (2975, "97411", 55.45, -20.88),
        (4471, "97608", 45.22, -12.78),
        (4467, "97502", -56.18, 46.78),
    ],
)
@pytest.mark.parametrize("told", ["epsg", "commune"])
def test_lambert_and_utm_are_converted(
    epsg: int, commune: str, lon: float, lat: float, told: str, tmp_path: Path
) -> None:
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    name, value = ("epsg", str(epsg)) if told == "epsg" else ("codeCommuneEtablissement", commune)
    text = (
        f"siret;coordonneeLambertAbscisseEtablissement;coordonneeLambertOrdonneeEtablissement;{name}\n"
        f"1;{x:.3f};{y:.3f};{value}\n2;[ND];[ND];{value}\n"
    )
    reading = read(tmp_path, "e.csv", text)
    assert reading.table["longitude"].iloc[0] == pytest.approx(lon, abs=1e-6)
    assert reading.table["latitude"].iloc[0] == pytest.approx(lat, abs=1e-6)
    assert np.isnan(reading.table["longitude"].iloc[1])
    assert f"EPSG:{epsg}" in said(reading.report)


def test_x_and_y_in_degrees_and_pairs(tmp_path: Path) -> None:
    table = read(tmp_path, "e.csv", "nom,x,y\na,7.7,48.5\n").table
    assert (table["longitude"].iloc[0], table["latitude"].iloc[0]) == (7.7, 48.5)
    text = 'nom;coordonnees\na;48.5,7.7\nb;[ND]\nc;"48.6, 7.8"\n'
    table = read(tmp_path, "e.csv", text).table
    assert table["longitude"].tolist()[::2] == [7.7, 7.8]
    assert table["latitude"].tolist()[::2] == [48.5, 48.6]
    assert np.isnan(table["longitude"].iloc[1])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("1 234,5", 1234.5),
        ("1\u202f234", 1234),
        ("-0.5", -0.5),
        ("+3", 3),
        (".5", 0.5),
        ("1e3", 1000),
        ("", None),
        ("n.d.", None),
        ("1.2.3", None),
        ("inf", None),
        ("NaN", None),
        ("0x10", None),
    ],
)
def test_numbers_of_both_kinds(text: str, value: float | None) -> None:
    values, unread = codes.numbers(pd.Series([text, "1"], dtype="str"))
    assert values[1] == 1
    assert (None if np.isnan(values[0]) else values[0]) == value
    assert unread[0] == (value is None and text not in ("", "inf", "NaN")) or text in ("inf", "NaN")


# --- identifiers ----------------------------------------------------------------------------------


def _right(number: str) -> bool:
    try:
        stdnum_siret.validate(number)
    except ValidationError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text("0123456789", min_size=14, max_size=14)
        | st.text("0123456789", min_size=5, max_size=5).map(lambda nic: f"356000000{nic}")
        | st.text("0123456789 x", max_size=16)
        | st.sampled_from(["35600000000048", "80746931700018", "73282932000074"]),
        min_size=1,
    )
)
def test_siret_checked_as_stdnum_does(numbers: list[str]) -> None:
    cells = pd.Series(numbers, dtype="str")
    expected = [_right(number) if number.isdigit() else False for number in numbers]
    assert valid_siret(cells).tolist() == expected


def test_identifiers_never_block(tmp_path: Path) -> None:
    text = (
        "siret,lon,lat\n05520135501043,7.7,48.5\n5520135501043,7.7,48.5\n12345678901234,7.7,48.5\n"
        "807 469 317 00018,7.7,48.5\n,7.7,48.5\nabc,7.7,48.5\n80746931700018,7.7,48.5\n"
    )
    reading = read(tmp_path, "e.csv", text)
    assert len(reading.table) == 7
    assert reading.table["siret"].tolist() == [
        "05520135501043",
        "05520135501043" if _right("05520135501043") else "5520135501043",
        "12345678901234",
        "80746931700018",
        "",
        "abc",
        "80746931700018",
    ]
    assert reading.table["siren"].iloc[3] == "807469317"
    assert reading.source["siret"].tolist()[1] == "5520135501043"
    levels = {problem.level for problem in reading.report.problems if problem.column == "siret"}
    assert "bloquant" not in levels
    lines = [p.message for p in reading.report.problems if p.column == "siret"]
    assert sum("SIRET impossible" in line for line in lines) == 1
    assert sum("déjà présent" in line for line in lines) == 1


def test_lost_zero_of_a_siret_comes_back_only_when_right(tmp_path: Path) -> None:
    right = next(f"0{n:08d}00012" for n in range(1, 10**6) if _right(f"0{n:08d}00012"))
    reading = read(
        tmp_path, "e.csv", f"siret,lon,lat\n{right[1:]},7.7,48.5\n1234567890123,7.7,48.5\n"
    )
    assert reading.table["siret"].tolist() == [right, "1234567890123"]
    assert reading.table["siren"].iloc[0] == right[:9]


# --- départements ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commune", "dep"),
    [
        ("67482", "67"),
        ("2A004", "2A"),
        ("97105", "971"),
        ("97801", "978"),
        ("98735", "987"),
        ("01053", "01"),
        ("", ""),
        ("Lyon", ""),
    ],
)
def test_departement_of_a_commune(commune: str, dep: str) -> None:
    assert codes.departement_of_commune(pd.Series([commune], dtype="str")).tolist() == [dep]


@pytest.mark.parametrize(
    ("post", "dep"),
    [
        ("67000", "67"),
        ("1000", "01"),
        ("20000", "2A"),
        ("20137", "2A"),
        ("20200", "2B"),
        ("20600", "2B"),
        ("97110", "971"),
        ("97150", "978"),
        ("97133", "977"),
        ("98713", "987"),
        ("SW1A", ""),
        ("99999", ""),
    ],
)
def test_departement_of_a_post_code(post: str, dep: str) -> None:
    assert codes.departement_of_postcode(pd.Series([post], dtype="str")).tolist() == [dep]


@pytest.mark.parametrize(
    ("told", "dep"),
    [
        ("1", "01"),
        ("01", "01"),
        ("001", "01"),
        ("2a", "2A"),
        ("02A", "2A"),
        ("971", "971"),
        ("75.0", "75"),
        ("Bas-Rhin", ""),
        ("99", ""),
    ],
)
def test_departement_as_told(told: str, dep: str) -> None:
    assert codes.normal_departement(pd.Series([told], dtype="str")).tolist() == [dep]


# --- workbooks ------------------------------------------------------------------------------------


def test_workbook_first_table_and_lost_zeros(tmp_path: Path) -> None:
    import datetime as dt

    target = tmp_path / "e.xlsx"
    target.write_bytes(
        corpus.xlsx(
            [],
            [
                [],
                ["siret", "codeCommune Etablissement", "lon", "lat", "date", "ok"],
                [80746931700018, 1053, 5.22, 46.2, "2011-03-04", True],
                [None, 67482, 7.7, 48.5, None, False],
            ],
            [["a", "b"], [1, 2]],
        )
    )
    reading = readers.read_etablissements(target)
    assert reading.source["siret"].tolist() == ["80746931700018", ""]
    assert reading.table["code_commune"].tolist() == ["01053", "67482"]
    assert reading.source["ok"].tolist() == ["true", "false"]
    assert "autre feuille ignorée" in said(reading.report)
    from essgeo.readers.spreadsheets import _cell

    assert _cell(dt.datetime(2011, 3, 4)) == "2011-03-04"  # noqa: DTZ001 - as calamine gives them
    assert _cell(dt.datetime(2011, 3, 4, 5, 6)) == "2011-03-04 05:06:00"  # noqa: DTZ001
    assert _cell(dt.date(2011, 3, 4)) == "2011-03-04"


# --- population -----------------------------------------------------------------------------------


def test_population_of_neighbourhoods(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("CODE_QP;pop_muni_2020\nqp001001;1 234\nQP001002;n.d.\n", encoding="utf-8")
    reading = readers.read_population(path)
    assert reading.table["code_qp"].tolist() == ["QP001001", "QP001002"]
    assert reading.table["population"].iloc[0] == 1234
    assert np.isnan(reading.table["population"].iloc[1])
    assert reading.report.kind == readers.inspect(path).kind == "population"
    assert "illisible" in said(reading.report)
