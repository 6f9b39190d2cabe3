"""Readers: every bad file says why in one French line; every good one keeps its rows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import corpus
import numpy as np
import pytest
import shapely

from essgeo import readers
from essgeo.errors import DataError
from essgeo.readers.report import FileReport

READ = {
    "quartiers": readers.read_quartiers,
    "etablissements": readers.read_etablissements,
    "population": readers.read_population,
}


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def messages(report: FileReport, level: str | None = None) -> str:
    return " | ".join(p.message for p in report.problems if level in (None, p.level))


# --- bad files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", corpus.BAD)
def test_bad_file_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    bad = corpus.BAD[case]
    path = corpus.write(bad, tmp_path)
    with pytest.raises(DataError, match=bad.says) as caught:
        READ[bad.reader](path)
    text = str(caught.value)
    assert text.startswith(f"{bad.name} : ")
    assert "\n" not in text
    assert text.endswith((".", ")"))
    assert "Error" not in text


@pytest.mark.parametrize("case", corpus.BAD)
def test_inspect_never_raises_and_names_the_row(case: str, tmp_path: Path) -> None:
    bad = corpus.BAD[case]
    path = corpus.write(bad, tmp_path)
    report = readers.inspect(path)
    assert report.blocked or bad.reader != report.kind
    if report.kind == bad.reader and bad.row is not None:
        assert bad.row in {p.row for p in report.problems if p.level == "bloquant"}


def test_missing_file_folder_and_odd_paths(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="introuvable"):
        readers.read_quartiers(tmp_path / "rien.geojson")
    with pytest.raises(DataError, match="dossier"):
        readers.read_etablissements(tmp_path)
    with pytest.raises(DataError, match=r"lecture impossible|introuvable"):
        readers.read_quartiers(Path("a\0b.geojson"))
    assert readers.inspect(tmp_path / "rien.csv").blocked
    report = readers.inspect(tmp_path)
    assert report.kind == "dossier"
    cut = put(tmp_path, "q.geojson", corpus.dump(corpus.collection(corpus.feature()))[:80])
    assert readers.inspect(cut).format == "GeoJSON"
    assert report.blocked


def test_size_limit_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "e.csv", corpus.POINTS_CSV)
    monkeypatch.setenv("ESSGEO_TAILLE_MAX_MO", "0,00001")
    with pytest.raises(DataError, match="ESSGEO_TAILLE_MAX_MO"):
        readers.read_etablissements(path)
    monkeypatch.setenv("ESSGEO_TAILLE_MAX_MO", "1")
    assert len(readers.read_etablissements(path).table) == 2


def test_zip_bombs_are_refused_before_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = corpus.shapefile(shp=b"\0" * 30_000_000)
    path = put(tmp_path, "q.zip", bomb)
    with pytest.raises(DataError, match="compressée au-delà"):
        readers.read_quartiers(path)
    monkeypatch.setenv("ESSGEO_TAILLE_MAX_MO", "10")
    with pytest.raises(DataError, match="une fois ouverte"):
        readers.read_quartiers(path)
    entries = {f"{number}.txt": b"" for number in range(2_100)}
    many = put(tmp_path, "n.zip", corpus.zipped({**entries, "a.shp": b"", "a.dbf": b""}))
    with pytest.raises(DataError, match="fichiers"):
        readers.read_quartiers(many)


def test_workbook_bomb_is_refused(tmp_path: Path) -> None:
    book = corpus.zipped(
        {"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>", "xl/b.xml": b" " * 30_000_000}
    )
    with pytest.raises(DataError, match="compressée au-delà"):
        readers.read_etablissements(put(tmp_path, "e.xlsx", book))


def test_a_stray_cell_does_not_fill_the_memory(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["longitude", "latitude"])
        sheet.write(1_048_575, 16_383, "égarée")
    with pytest.raises(DataError, match="1048576 lignes et 16384 colonnes"):
        readers.read_etablissements(path)


def test_parquet_that_announces_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = corpus.parquet(
        {"longitude": np.arange(50_000) * 0.0 + 7.7, "latitude": np.arange(50_000)}
    )
    path = put(tmp_path, "e.parquet", data)
    monkeypatch.setattr("essgeo.readers.parquet.MAX_ROWS", 10_000)
    with pytest.raises(DataError, match="50000 lignes"):
        readers.read_etablissements(path)


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    parts = {
        "../../evade.shp": corpus.shp([[corpus.SQUARE]]),
        "../../evade.dbf": corpus.dbf({"CODE_QP": 8}, [[b"QN06701M"]]),
        "../../evade.prj": corpus.WGS84_PRJ.encode(),
    }
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    reading = readers.read_quartiers(put(folder, "q.zip", corpus.zipped(parts)))
    assert len(reading.table) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "q.zip"]


def test_gdal_never_opens_a_foreign_file() -> None:
    """The readers do not even import the bindings of GDAL."""
    folder = Path(readers.__file__).parent
    for module in folder.glob("*.py"):
        text = module.read_text(encoding="utf-8")
        for word in ("pyogrio", "fiona", "osgeo", "read_file(", "import xml", "defusedxml"):
            assert word not in text, (module.name, word)


# --- formats: the same neighbourhoods, whatever holds them ----------------------------------------


@pytest.mark.parametrize("epsg", [4326, 2154, 3857, 4171])
@pytest.mark.parametrize("name", ["q.geojson", "q.gpkg", "q.parquet", "q.zip"])
def test_formats_and_projections_agree(name: str, epsg: int, tmp_path: Path) -> None:
    frame = corpus.two_quartiers(f"EPSG:{epsg}")
    path = tmp_path / name
    if name == "q.geojson":
        frame.to_file(path, driver="GeoJSON")
    elif name == "q.gpkg":
        frame.to_file(path, driver="GPKG")
    elif name == "q.parquet":
        frame.to_parquet(path)
    else:
        folder = tmp_path / "shp"
        folder.mkdir()
        frame.to_file(folder / "q.shp", encoding="utf-8")
        path.write_bytes(corpus.zipped({part.name: part.read_bytes() for part in folder.iterdir()}))
    reading = readers.read_quartiers(path)
    table = reading.table
    assert list(table["code_qp"]) == ["QN06701M", "QN06702N"]
    assert list(table["lib_qp"]) == ["Côté Nord", "L'Été"]
    assert table.crs.to_epsg() == 4326
    expected = corpus.two_quartiers()
    assert shapely.intersects(table.geometry.array, expected.geometry.array).all()
    assert np.allclose(table.geometry.bounds, expected.geometry.bounds, atol=1e-6)
    assert reading.report.crs == f"EPSG:{epsg}"
    assert reading.report.rows == 2
    assert reading.report.generation == "2024"


def test_spellings_of_2015_and_derived_places(tmp_path: Path) -> None:
    properties = {
        "CODE_QP": "qp971001",
        "NOM_QP": "Boissard",
        "COMMUNE_QP": "Les Abymes, Pointe-à-Pitre",
        "reg": "1",
        "population_municipale_2013": 4138,
        "uu": "9A701",
    }
    document = corpus.collection(
        {"type": "Feature", "properties": properties, "geometry": corpus.square(-61.52, 16.24)}
    )
    reading = readers.read_quartiers(put(tmp_path, "q.geojson", corpus.dump(document)))
    row = reading.table.iloc[0]
    assert row["code_qp"] == "QP971001"
    assert row["generation"] == "2015"
    assert row["insee_com"] == "97101;97120"
    assert (row["insee_dep"], row["lib_dep"]) == ("971", "Guadeloupe")
    assert (row["insee_reg"], row["lib_reg"]) == ("01", "Guadeloupe")
    assert row["population"] == 4138
    assert row["uu"] == "9A701"
    assert list(reading.source.columns) == list(properties)
    assert reading.source["CODE_QP"].iloc[0] == "qp971001"
    assert reading.report.columns["code_qp"] == "CODE_QP"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1053", "01053"),
        ("02571,02691", "02571;02691"),
        ("2571; 2691", "02571;02691"),
        ("2A004", "2A004"),
        (1053, "01053"),
        (["01053", "01344"], "01053;01344"),
        ("97411", "97411"),
    ],
)
def test_several_communes_and_lost_zeros(written: object, read: str, tmp_path: Path) -> None:
    document = corpus.collection(corpus.feature(insee_com=written))
    reading = readers.read_quartiers(put(tmp_path, "q.geojson", corpus.dump(document)))
    assert reading.table["insee_com"].iloc[0] == read
    restored = "zéro initial" in messages(reading.report)
    assert restored == (str(written)[0] in "12" and "A" not in str(written))


@pytest.mark.parametrize(
    ("code", "generation", "dep", "region"),
    [
        ("QP001001", "2015", "01", "84"),
        ("QP02A001", "2015", "2A", "94"),
        ("QN02B01I", "2024", "2B", "94"),
        ("QN97401C", "2024", "974", "04"),
        ("QN97801M", "2024", "978", "978"),
        ("QP987001", "2015", "987", "987"),
        ("QN07517I", "2024", "75", "11"),
    ],
)
def test_code_tells_generation_and_departement(
    code: str, generation: str, dep: str, region: str, tmp_path: Path
) -> None:
    document = corpus.collection(corpus.feature(code))
    row = readers.read_quartiers(put(tmp_path, "q.geojson", corpus.dump(document))).table.iloc[0]
    assert (row["generation"], row["insee_dep"], row["insee_reg"]) == (generation, dep, region)


def test_both_generations_in_one_file(tmp_path: Path) -> None:
    document = corpus.collection(
        corpus.feature("QP067001"),
        corpus.feature("QN06701M"),
        corpus.feature("QS067A1", generation="2024"),
        corpus.feature("QS067A1", generation="2015"),
    )
    path = put(tmp_path, "q.geojson", corpus.dump(document))
    assert list(readers.read_quartiers(path).table["generation"]) == [
        "2015",
        "2024",
        "2024",
        "2015",
    ]
    newest = readers.read_quartiers(path, generation="2024")
    assert list(newest.table["code_qp"]) == ["QN06701M", "QS067A1"]
    assert len(newest.source) == 2
    assert readers.inspect(path).generation == "2015,2024"
    only = put(tmp_path, "r.geojson", corpus.dump(corpus.collection(corpus.feature("QP067001"))))
    with pytest.raises(DataError, match=r"génération 2024 .présente : 2015"):
        readers.read_quartiers(only, generation="2024")


def test_faults_are_collected_not_only_the_first(tmp_path: Path) -> None:
    document = corpus.collection(
        corpus.feature(),
        corpus.feature(),
        corpus.feature("QN06703M", {"type": "Point", "coordinates": [corpus.LON, corpus.LAT]}),
        {**corpus.feature("QN06704M"), "geometry": None},
    )
    path = put(tmp_path, "q.geojson", corpus.dump(document))
    report = readers.inspect(path)
    assert sum(problem.level == "bloquant" for problem in report.problems) == 3
    assert report.rows == 4
    with pytest.raises(DataError, match="et 2 autres problèmes bloquants"):
        readers.read_quartiers(path)


# --- outlines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rings", "area"),
    [
        # a ring that touches itself, one that goes back on its steps, a repeated point
        ([[[0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [1, 1], [0, 0]]], 2.0),
        ([[[0, 0], [2, 0], [2, 2], [2, 3], [2, 2], [0, 2], [0, 0]]], 4.0),
        ([[[0, 0], [2, 0], [2, 0], [2, 2], [0, 2], [0, 0]]], 4.0),
        # two lobes of a figure of eight: the rings' own area is their difference
        ([[[0, 0], [4, 4], [4, 0], [0, 3], [0, 0]]], None),
        # a hole that crosses its shell
        (
            [
                [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
                [[3, 1], [3, 2], [4.02, 2], [4.02, 1], [3, 1]],
            ],
            None,
        ),
    ],
)
def test_outlines_are_repaired_one_by_one(
    rings: list[list[list[float]]], area: float | None, tmp_path: Path
) -> None:
    scale = 0.001
    moved = [[[7.7 + x * scale, 48.5 + y * scale] for x, y in ring] for ring in rings]
    document = corpus.collection(
        corpus.feature(geometry={"type": "Polygon", "coordinates": moved}),
        corpus.feature("QN06702M"),
    )
    reading = readers.read_quartiers(put(tmp_path, "q.geojson", corpus.dump(document)))
    shapes = reading.table.geometry
    assert len(shapes) == 2
    assert shapes.is_valid.all()
    assert set(shapes.geom_type) <= {"Polygon", "MultiPolygon"}
    assert not shapes.is_empty.any()
    if area is not None:
        assert shapes.iloc[0].area == pytest.approx(area * scale**2, rel=0.01)
    assert shapes.iloc[1].equals(corpus.two_quartiers().geometry.iloc[0])


def test_collections_keep_their_polygons(tmp_path: Path) -> None:
    geometry = {
        "type": "GeometryCollection",
        "geometries": [
            corpus.square(),
            {"type": "LineString", "coordinates": [[7.7, 48.5], [7.8, 48.6]]},
        ],
    }
    document = corpus.collection(corpus.feature(geometry=geometry))
    reading = readers.read_quartiers(put(tmp_path, "q.geojson", corpus.dump(document)))
    assert reading.table.geometry.iloc[0].geom_type == "Polygon"
    assert sum(reading.report.repairs.values()) == 1


def test_rings_of_a_shapefile_become_shells_and_holes(tmp_path: Path) -> None:
    def ring(x: float, y: float, size: float, clockwise: bool) -> list[tuple[float, float]]:
        corners = [(x, y), (x, y + size), (x + size, y + size), (x + size, y), (x, y)]
        return corners if clockwise else corners[::-1]

    big = ring(7.70, 48.50, 0.04, clockwise=True)
    hole = ring(7.71, 48.51, 0.01, clockwise=False)
    island = ring(7.712, 48.512, 0.002, clockwise=True)
    lost = ring(7.80, 48.50, 0.01, clockwise=False)  # a shell drawn the wrong way round
    data = corpus.shapefile(shp=corpus.shp([[big, hole, island, lost]]))
    shape = readers.read_quartiers(put(tmp_path, "q.zip", data)).table.geometry.iloc[0]
    assert shape.is_valid
    assert shape.area == pytest.approx(0.04**2 - 0.01**2 + 0.002**2 + 0.01**2)


def test_deleted_records_and_cut_letters_of_a_dbf(tmp_path: Path) -> None:
    name = ("É" * 60).encode()[:41]  # the last letter is cut in two
    data = corpus.shapefile(
        shp=corpus.shp([[corpus.SQUARE]] * 2),
        dbf=corpus.dbf(
            {"CODE_QP": 8, "NOM_QP": 41}, [[b"QN06701M", b"x"], [b"QN06702M", name]], flags="* "
        ),
        cpg=b"UTF-8",
    )
    reading = readers.read_quartiers(put(tmp_path, "q.zip", data))
    assert list(reading.table["code_qp"]) == ["QN06702M"]
    assert reading.table["lib_qp"].iloc[0] == "É" * 20
    assert reading.report.encoding == "UTF-8"


# --- real files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "repaired", "crs"),
    [
        ("qpv2015.geojson", 1514, 34, "EPSG:4326"),
        ("qpv2024.geojson", 1584, 586, "EPSG:4326"),
        ("qpv2015_metropole_lambert93.zip", 1296, None, "EPSG:2154"),
        ("qpv2015_guyane_utm22n.zip", 32, None, "EPSG:2972"),
    ],
)
def test_real_neighbourhoods(
    name: str, rows: int, repaired: int | None, crs: str, reel: Path
) -> None:
    reading = readers.read_quartiers(reel / name)
    table = reading.table
    assert len(table) == rows == reading.report.rows == table["code_qp"].nunique()
    assert table.geometry.is_valid.all()
    assert set(table.geometry.geom_type) <= {"Polygon", "MultiPolygon"}
    assert not table.geometry.is_empty.any()
    assert (table["insee_dep"] != "").all()
    assert (table["insee_reg"] != "").all()
    assert reading.report.crs == crs
    if repaired is not None:
        assert sum(reading.report.repairs.values()) == repaired
    assert not messages(reading.report, "avertissement")


@pytest.mark.parametrize("name", ["qpv2015.geojson", "qpv2024.geojson"])
def test_real_repairs_keep_the_area(name: str, reel: Path) -> None:
    """Against the even-odd area of each outline as written, computed another way."""
    document = json.loads((reel / name).read_bytes())
    table = readers.read_quartiers(reel / name).table
    rows = zip(document["features"], table["code_qp"], table.geometry, strict=True)
    for feature, code, shape in rows:
        written = shapely.geometry.shape(feature["geometry"])
        if written.is_valid:
            assert shape.equals(written)
            continue
        parts = shapely.get_parts(written)
        areas = [
            abs(shapely.Polygon(part.exterior).area)
            - sum(abs(shapely.Polygon(hole).area) for hole in part.interiors)
            for part in parts
        ]
        if code == "QP084012":  # crosses itself: its rings subtract one lobe from the other
            lines = shapely.make_valid(written)
            areas = [part.area for part in shapely.get_parts(lines)]
        assert shape.area == pytest.approx(sum(areas), rel=0.01), code


def test_real_shapefiles_are_the_same_neighbourhoods(reel: Path) -> None:
    whole = readers.read_quartiers(reel / "qpv2015.geojson").table.set_index("code_qp")
    for name, apart in (
        ("qpv2015_metropole_lambert93.zip", 1e-8),
        # The published WGS84 outlines of Guyane were made with the old parameters of RGFG95
        # (2, 2, -2 metres); today's registry says that it is WGS84.
        ("qpv2015_guyane_utm22n.zip", 5e-5),
    ):
        part = readers.read_quartiers(reel / name).table.set_index("code_qp")
        same = whole.loc[part.index]
        assert list(part["lib_qp"]) == list(same["lib_qp"])
        one, other = part.geometry.to_numpy(), same.geometry.to_numpy()
        assert shapely.hausdorff_distance(one, other).max() < apart


def test_real_points_and_population(reel: Path) -> None:
    reading = readers.read_etablissements(reel / "siae_2020.csv")
    assert len(reading.table) == len(reading.source) == 3853
    assert reading.table["longitude"].isna().sum() == 33
    said = messages(reading.report)
    assert "13\u00a0SIRET impossibles" in said
    assert "12\u00a0lignes de plus" in said
    assert set(reading.table["types"]) == {"EI", "AI", "ACI", "ETTI", "GEIQ", "EA"}
    assert (reading.table["insee_dep"] != "").all()
    population = readers.read_population(reel / "population_qpv2015.csv")
    assert len(population.table) == 1514
    assert population.report.separator == ";"
    assert population.table["population"].sum() == 5_435_060


def test_inspect_names_every_real_file(reel: Path) -> None:
    kinds = {path.name: readers.inspect(path) for path in reel.iterdir()}
    assert not any(report.blocked for report in kinds.values())
    assert kinds["siae_2020.csv"].kind == "etablissements"
    assert kinds["population_qpv2015.csv"].kind == "population"
    assert kinds["qpv2015_guyane_utm22n.zip"].kind == "quartiers"
    west, south, east, north = kinds["qpv2024.geojson"].extent or (0, 0, 0, 0)
    assert (round(west), round(south), round(east), round(north)) == (-150, -21, 56, 51)


# --- damage ---------------------------------------------------------------------------------------


def _whole_files(folder: Path) -> dict[str, bytes]:
    points = corpus.points_frame()
    corpus.two_quartiers().to_parquet(folder / "fait.parquet")
    return {
        "q.geojson": corpus.dump(
            corpus.collection(corpus.feature(), crs=corpus.crs_member("EPSG:4326"))
        ),
        "q.gpkg": corpus.geopackage(folder),
        "q.zip": corpus.shapefile(),
        "q.parquet": (folder / "fait.parquet").read_bytes(),
        "e.csv": corpus.POINTS_CSV.encode(),
        "e.xlsx": corpus.xlsx([list(points.columns), *points.to_numpy().tolist()]),
    }


@pytest.mark.parametrize("name", ["q.geojson", "q.gpkg", "q.zip", "q.parquet", "e.csv", "e.xlsx"])
def test_damaged_bytes_give_a_report_and_nothing_else(name: str, tmp_path: Path) -> None:
    """Bytes changed, cut out, doubled, cut short: a report, never another exception."""
    chance = random.Random(name)  # noqa: S311 - the same damage at every run
    whole = _whole_files(tmp_path)[name]
    path = tmp_path / name
    blocked = 0
    for _ in range(15):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 2, 8])):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randrange(1, 30)]
                case 2:
                    data[place:place] = data[place : place + 20]
                case _:
                    data = data[: max(place, len(data) // 2)]
        path.write_bytes(data)
        report = readers.inspect(path)
        assert not any("\n" in problem.message for problem in report.problems)
        blocked += report.blocked
    assert blocked


@pytest.mark.parametrize("part", ["shp", "dbf", "prj", "cpg"])
def test_damaged_parts_of_a_shapefile(part: str, tmp_path: Path) -> None:
    """The same inside a sound archive."""
    chance = random.Random(part)  # noqa: S311 - the same damage at every run
    whole = {
        "shp": corpus.shp([[corpus.SQUARE]]),
        "dbf": corpus.dbf({"CODE_QP": 8, "NOM_QP": 20}, [[b"QN06701M", b"x"]]),
        "prj": corpus.L93_PRJ.encode(),
        "cpg": b"ISO-8859-1",
    }[part]
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 2, 4])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = put(tmp_path, "q.zip", corpus.shapefile(**{part: bytes(data)}))
        report = readers.inspect(path)
        assert report.kind in ("quartiers", "etablissements", "population", "inconnu")
