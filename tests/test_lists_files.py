"""A visitor's list from the command line to its files, as a person uses them."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from essgeo import cli
from tests import small

Captured = pytest.CaptureFixture[str]

#: Numbers of the small folder: inside QN06701M, near QN06702I, and one that it does not hold.
INSIDE, NEAR, PLACELESS = "11111111100018", "55555555500012", "10101010100017"

LISTE = f"""\
N° SIRET;Nom;Nom;Subvention (€);fid;longitude;latitude
{INSIDE};Aide 1;=1+1;1 000,50;7;7,703;48,575
{NEAR};Mutuelle;@x;2 000;7;7,732;48,575
{PLACELESS};Sans lieu;;10;8;;
;Loin;;5,5;9;-1,55;48,6
TOTAL;;;3016;;;
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.write_small(tmp_path_factory.mktemp("liste") / "d")


@pytest.fixture
def liste(tmp_path: Path) -> Path:
    path = tmp_path / "ma liste.csv"
    path.write_text(LISTE, encoding="utf-8-sig")
    return path


def run(*arguments: object) -> int:
    return cli.main(["liste", *(str(one) for one in arguments)])


def test_the_account_is_said(data: Path, liste: Path, capsys: Captured) -> None:
    assert run(liste, "--data", data, "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["resultats"] == {"total": 4, "dedans": 1, "proche": 1, "hors": 1, "non_place": 1}
    assert said["montants"] == {"Subvention (€)": 3016.0}
    assert said["a_regarder"]["totaux"] == 1
    rows = said["quartiers"]
    assert sum(row["lignes"] + row["lignes_proches"] for row in rows) == 4
    amount = "Subvention (€)"
    assert sum(row[amount] + row[f"{amount} (proches)"] for row in rows) == 3016.0


def test_the_table_on_screen_is_in_french(data: Path, liste: Path, capsys: Captured) -> None:
    assert run(liste, "--data", data) == 0
    out = capsys.readouterr().out
    assert "4\u00a0lignes = 1 dedans + 1 à moins de 300\u00a0m + 1 hors + 1 non placées" in out
    assert "QN06701M" in out


@pytest.mark.parametrize("excel", [False, True])
def test_a_csv_keeps_the_columns_of_the_list_and_runs_no_formula(
    data: Path, liste: Path, tmp_path: Path, excel: bool
) -> None:
    out = tmp_path / "o.csv"
    assert run(liste, "--data", data, "--out", out, *(["--excel"] if excel else [])) == 0
    text = out.read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if excel else ","))
    assert rows[0][:7] == ["N° SIRET", "Nom", "Nom", "Subvention (€)", "fid", "longitude",
                           "latitude"]  # fmt: skip
    assert rows[0][7] == "essgeo_ligne"
    assert rows[1][:7] == [INSIDE, "Aide 1", "'=1+1", "1 000,50", "7", "7,703", "48,575"]
    assert len(rows) == 6
    said = json.loads((tmp_path / "o.csv.meta.json").read_text("utf-8"))
    assert said["liste"]["nom"] == "ma liste.csv"
    assert len(said["liste"]["sha256"]) == 64
    assert said["resultats"]["total"] == 4
    assert said["nature"] == "officiel"
    assert said["sources"]


def test_a_workbook_has_everything_and_codes_are_text(
    data: Path, liste: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o.xlsx"
    assert run(liste, "--data", data, "--out", out) == 0
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Liste", "Quartiers", "À corriger", "Dictionnaire", "Métadonnées"]
    first = [cell.value for cell in book["Liste"][2]]
    assert first[:3] == [INSIDE, "Aide 1", "=1+1"]
    assert book["Liste"]["C2"].data_type == "s"
    assert [cell.value for cell in book["Liste"][1]][1:3] == ["Nom", "Nom"]
    assert book["À corriger"].max_row == 2


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_a_map_file_has_every_row_and_different_names(
    data: Path, liste: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"o{suffix}"
    assert run(liste, "--data", data, "--out", out) == 0
    read = gpd.read_parquet(out) if suffix == ".parquet" else gpd.read_file(out)
    assert len(read) == 5
    assert read.geometry.notna().sum() == 3
    assert list(read.columns[:5]) == ["N° SIRET", "Nom", "Nom (2)", "Subvention (€)", "fid_2"]


def test_rows_to_mend_come_back_and_can_be_given_again(
    data: Path, liste: Path, tmp_path: Path, capsys: Captured
) -> None:
    mend, table = tmp_path / "m.csv", tmp_path / "q.csv"
    assert run(liste, "--data", data, "--a-corriger", mend, "--quartiers", table) == 0
    with mend.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["N° SIRET"] for row in rows] == [PLACELESS]
    assert rows[0]["essgeo_que_faire"]
    with table.open(encoding="utf-8", newline="") as handle:
        counted = list(csv.DictReader(handle))
    assert {row["nature"] for row in counted} == {"officiel"}
    assert run(mend, "--data", data, "--format", "json") == 0
    capsys.readouterr()


def test_a_simulated_folder_makes_the_result_mixed(
    tmp_path: Path, liste: Path, capsys: Captured
) -> None:
    data = small.write_small(tmp_path / "s", nature="simulation")
    out = tmp_path / "o.csv"
    assert run(liste, "--data", data, "--out", out) == 0
    with out.open(encoding="utf-8", newline="") as handle:
        assert {row["essgeo_nature"] for row in csv.DictReader(handle)} == {"mixte"}
    assert json.loads((tmp_path / "o.csv.meta.json").read_text("utf-8"))["nature"] == "mixte"
    assert "données simulées" in capsys.readouterr().err


def write(folder: Path, text: str) -> Path:
    path = folder / "l.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "option", "said"),
    [
        ("a,b\nx,y\n", (), "--colonne ROLE=NOM"),
        ("SIRET un,SIRET deux\n35600000000048,35600000000048\n", (), "--colonne siret=NOM"),
        ("lon,lat\n48.575,7.703\n48.575,7.8\n", (), "--positions CLE"),
        ("siret\n35600000000048\n", ("--colonne", "nom=Absente"), "pas de colonne de ce nom"),
        ("siret\n35600000000048\n", ("--generation", "2030"), "--generation 2030"),
        ("siret\n35600000000048\n", ("--select", "region=zz"), "--select"),
    ],
)
def test_what_only_the_user_knows_is_asked_in_one_line(
    data: Path, tmp_path: Path, text: str, option: tuple[str, ...], said: str, capsys: Captured
) -> None:
    out = tmp_path / "o.csv"
    assert run(write(tmp_path, text), "--data", data, "--out", out, *option) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("erreur : ")
    assert said in last
    assert not out.exists()


def test_an_answer_settles_a_doubt(data: Path, tmp_path: Path, capsys: Captured) -> None:
    path = write(tmp_path, "lon,lat\n48.575,7.703\n48.575,7.8\n")
    assert run(path, "--data", data, "--positions", "4326-inverse", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["resultats"]["dedans"] == 1


def points(path: Path, places: list[tuple[float, float]]) -> Path:
    frame = gpd.GeoDataFrame(
        {"nom": [f"Lieu {place}" for place in range(len(places))]},
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        crs=4326,
    )
    frame.to_file(path, driver="GeoJSON")
    return path


def counted(capsys: Captured, *arguments: object) -> dict[str, int]:
    assert run(*arguments, "--format", "json") == 0
    found: dict[str, int] = json.loads(capsys.readouterr().out)["resultats"]
    return found


def test_a_list_may_be_points(data: Path, tmp_path: Path, capsys: Captured) -> None:
    path = points(tmp_path / "p.geojson", [(7.703, 48.575), (-1.55, 48.6)])
    out = tmp_path / "o.geojson"
    assert counted(capsys, path, "--data", data, "--out", out) == {
        "total": 2, "dedans": 1, "proche": 0, "hors": 1, "non_place": 0,
    }  # fmt: skip
    assert list(gpd.read_file(out)["nom"]) == ["Lieu 0", "Lieu 1"]


def test_points_with_swapped_sides_wait_for_an_answer(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = points(tmp_path / "p.geojson", [(48.575, 7.703), (48.575, 7.8)])
    assert run(path, "--data", data) == 1
    assert "Répondez avec --projection CLE (4326-inverse)." in capsys.readouterr().err
    found = counted(capsys, path, "--data", data, "--projection", "4326-inverse")
    assert found["dedans"] == 1


def test_a_sheet_is_chosen(data: Path, tmp_path: Path, capsys: Captured) -> None:
    book = openpyxl.Workbook()
    for title, siret in (("Un", INSIDE), ("Deux", NEAR)):
        sheet = book.active if title == "Un" else book.create_sheet()
        sheet.title = title
        sheet.append(["siret", "nom"])
        sheet.append([siret, title])
    path = tmp_path / "l.xlsx"
    book.save(path)
    asked = (path, "--data", data, "--feuille")
    assert counted(capsys, *asked, "Un")["dedans"] == 1
    assert counted(capsys, *asked, "Deux")["proche"] == 1
    assert run(*asked, "Trois") == 1
    said = capsys.readouterr().err
    assert "Trois" in said
    assert "Deux" in said


def test_a_list_is_counted_by_ones_own_zones(data: Path, tmp_path: Path, capsys: Captured) -> None:
    zone = shapely.box(7.70, 48.57, 7.73, 48.58)
    path = tmp_path / "vecu.geojson"
    for turn in (False, True):
        shape = shapely.transform(zone, lambda xy: xy[:, ::-1]) if turn else zone
        gpd.GeoDataFrame({"nom": ["Vécu"]}, geometry=[shape], crs=4326).to_file(path)
        own = ("--data", data, "--generation", "zones", "--zones", path)
        listed = write(tmp_path, f"siret\n{INSIDE}\n{PLACELESS}\n")
        if turn:
            assert run(listed, *own) == 1
            assert "--projection-zones CLE (4326-inverse" in capsys.readouterr().err
            own = (*own, "--projection-zones", "4326-inverse")
        assert run(listed, *own, "--format", "json") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["generation"] == "zones"
        assert said["resultats"]["dedans"] == 1
        assert next(row["lib_qp"] for row in said["quartiers"] if row["lignes"]) == "Vécu"
    assert run(listed, "--data", data, "--projection-zones", "2154") == 2


def test_a_list_is_counted_on_the_outlines_of_2015(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    listed = write(tmp_path, f"siret\n{INSIDE}\n11111111100026\n{NEAR}\n")
    assert counted(capsys, listed, "--data", data)["dedans"] == 2
    assert counted(capsys, listed, "--data", data, "--generation", "2015") == {
        "total": 3, "dedans": 1, "proche": 1, "hors": 1, "non_place": 0,
    }  # fmt: skip


def test_a_list_meets_corrections(data: Path, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "terrain.csv"
    path.write_text(
        f"siret;correction;source;date\n{INSIDE};fermé;Mairie;2026-01-02\n", encoding="utf-8"
    )
    listed = write(tmp_path, f"siret\n{INSIDE}\n{NEAR}\n")
    assert counted(capsys, listed, "--data", data)["dedans"] == 1
    assert counted(capsys, listed, "--data", data, "--corrections", path)["dedans"] == 0


@pytest.mark.parametrize(
    "option",
    [("--out", "o.pdf"), ("--colonne", "siret"), ("--out", "o.xlsx", "--excel"),
     ("--quartiers", "q.gpkg"), ("--colonne", "age=x")],
)  # fmt: skip
def test_a_wrong_call_is_said(
    data: Path, liste: Path, option: tuple[str, ...], capsys: Captured
) -> None:
    assert run(liste, "--data", data, *option) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("erreur : ")


def test_siae_as_a_visitors_list_tells_its_faults_apart(tmp_path: Path, capsys: Captured) -> None:
    """The published list of structures of insertion of 2020, on the real outlines."""
    real = os.environ.get("ESSGEO_REEL")
    if not real:
        pytest.skip("ESSGEO_REEL")
    folder, siae = tmp_path / "d", Path(real) / "siae_2020.csv"
    built = ["build", "--quartiers", f"{real}/qpv2024.geojson", "--etablissements", str(siae)]
    assert cli.main([*built, "--out", str(folder)]) == 0
    capsys.readouterr()
    out = tmp_path / "o.csv"
    assert run(siae, "--data", folder, "--format", "json", "--out", out) == 0
    said = json.loads(capsys.readouterr().out)
    results = said["resultats"]
    assert results["total"] == 3853 == sum(results.values()) - 3853
    assert said["identifiants"]["impossible"] == 13
    assert said["positions"]["absente"] == 33 == results["non_place"]
    assert said["organismes_publics"]["oui-siren"] == 238
    assert sum(row["lignes"] + row["lignes_proches"] for row in said["quartiers"]) == 3853
    with out.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    landes = [
        row for row in rows if row["department"] == "40" and row["essgeo_code_qp"][:5] == "QN067"
    ]
    assert landes
    assert all(
        row["essgeo_certitude"] == "incertain"
        and row["essgeo_motif"].startswith("département déclaré 40")
        for row in landes
    )
    with siae.open(encoding="utf-8", newline="") as handle:
        source = list(csv.reader(handle))
    with out.open(encoding="utf-8", newline="") as handle:
        written = [row[: len(source[0])] for row in csv.reader(handle)]
    assert written == source
