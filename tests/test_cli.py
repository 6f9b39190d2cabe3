"""The command line as a person calls it: exit codes, the last line, what is written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from essgeo import cli
from tests.small import tables, write_small

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "data", nature="simulation")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("fichiers")
    made = tables()
    quartiers = folder / "quartiers.geojson"
    quartiers.write_text(made["quartiers"].to_json(), encoding="utf-8")
    points = made["etablissements"].assign(code_qp="d'ailleurs")
    points.to_csv(folder / "points.csv", index=False, sep=";")
    return quartiers, folder / "points.csv"


def run(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "essgeo", *(str(one) for one in arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=env.pop("cwd", str(ROOT)),
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT), **env},
        check=False,
    )


def test_summary_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["summary", "--data", str(data), "--by", "region", "--format", "json"]) == 0
    caught = capsys.readouterr()
    rows = json.loads(caught.out)
    assert [row["code"] for row in rows] == ["53", "44", "987"]
    assert rows[1]["etablissements"] == 4
    assert rows[1]["effectif_max"] is None
    assert rows[1]["population"] == 6000
    assert rows[0]["nature"] == "simulation"
    assert {
        "code", "libelle", "etablissements", "structures", "employeurs", "effectif_inconnu",
        "etablissements_proches", "effectif_min", "effectif_estime", "effectif_max", "etat",
        "population", "etablissements_1000hab",
    } <= set(rows[0])  # fmt: skip
    assert "simulées" in caught.err


def test_summary_with_two_axes_has_lists(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["summary", "--data", str(data), "--by", "region,secteur", "--format", "json"]
    assert cli.main(argv) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["code"] == ["53", "soutien-entreprises"] or isinstance(rows[0]["code"], list)
    assert all(len(row["code"]) == len(row["libelle"]) == 2 for row in rows)


@pytest.mark.parametrize("format_", ["table", "csv"])
def test_summary_for_people(data: Path, capsys: pytest.CaptureFixture[str], format_: str) -> None:
    assert cli.main(["summary", "--data", str(data), "--by", "secteur", "--format", format_]) == 0
    out = capsys.readouterr().out
    assert "Action sociale" in out
    assert ("simulation" in out) == (format_ == "csv")


def test_the_data_folder_comes_from_the_environment(data: Path, tmp_path: Path) -> None:
    done = run("summary", "--format", "json", ESSGEO_DATA=str(data), cwd=str(tmp_path))
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["etablissements"] == 5


def test_export_says_what_it_wrote(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "e.csv"
    done = run("export", "--data", data, "--select", "region=44", "--out", out)
    assert done.returncode == 0
    assert "4 établissement(s)" in done.stderr
    assert len(pd.read_csv(out, dtype="str")) == 4
    assert (tmp_path / "e.csv.meta.json").is_file()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".gpkg", ".geojson"])
def test_join_adds_its_columns_after_the_files_own(
    files: tuple[Path, Path], tmp_path: Path, suffix: str
) -> None:
    import geopandas as gpd

    quartiers, points = files
    out = tmp_path / f"j{suffix}"
    done = run("join", "--quartiers", quartiers, "--etablissements", points, "--out", out,
               "--generation", "2024")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "12 lignes = " in done.stderr.replace("\u202f", " ")
    source = pd.read_csv(points, sep=";", dtype="str", keep_default_na=False)
    if suffix == ".csv":
        table = pd.read_csv(out, dtype="str", keep_default_na=False)
    elif suffix == ".parquet":
        table = gpd.read_parquet(out)
    else:
        table = gpd.read_file(out)
    table = table.drop(columns="geometry", errors="ignore")
    added = ["code_qp", "lib_qp", "rattachement", "distance_m", "certitude", "motif"]
    assert list(table.columns) == [
        *(name if name != "code_qp" else "code_qp_source" for name in source.columns), *added,
    ]  # fmt: skip
    assert table["siret"].tolist() == source["siret"].tolist()
    assert table["code_qp"].fillna("").tolist() == [
        "QN06701M", "QN06701M", "QN06702I", "QN06702I", "QN06702I", "QN06702I", "", "QN03501N",
        "QN03501N", "", "", "QN06701M",
    ]  # fmt: skip
    assert table["rattachement"].tolist() == [
        "dedans", "dedans", "dedans", "dedans", "dedans", "proche", "hors", "dedans", "dedans",
        "non_localise", "non_localise", "dedans",
    ]  # fmt: skip
    assert table["certitude"].tolist()[7] == "incertain"


def test_join_needs_a_generation_when_there_are_two(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    done = run("join", "--quartiers", files[0], "--etablissements", files[1],
               "--out", tmp_path / "j.csv")  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("erreur : ")
    assert "--generation" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_build_makes_a_folder_that_summary_and_export_read(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    population = tmp_path / "population.csv"
    population.write_text("qp;population\nQN06701M;4321\n", encoding="utf-8")
    out = tmp_path / "dossier"
    done = run("build", "--quartiers", files[0], "--etablissements", files[1],
               "--population", population, "--out", out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = run("summary", "--data", out, "--by", "quartier", "--format", "json")
    assert again.returncode == 0, again.stderr
    rows = {row["code"]: row for row in json.loads(again.stdout)}
    assert rows["QN06701M"]["population"] == 4321
    assert rows["QN06701M"]["etablissements"] == 3
    assert rows["QN06701M"]["nature"] == "officiel"
    old = {item.name: item.read_bytes() for item in out.iterdir() if item.is_file()}
    done = run("build", "--quartiers", files[0], "--etablissements", files[1],
               "--population", population, "--out", out)  # fmt: skip
    assert done.returncode == 0
    assert {item.name: item.read_bytes() for item in out.iterdir() if item.is_file()} == old


def test_check_says_what_files_are(files: tuple[Path, Path]) -> None:
    done = run("check", *files, "--format", "json")
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert [report["nature"] for report in reports] == ["quartiers", "etablissements"]
    assert [report["lignes"] for report in reports] == [5, 12]
    spoken = run("check", *files)
    assert "12 lignes = " in spoken.stdout.replace("\u202f", " ")


def bad_calls(
    data: Path, files: tuple[Path, Path], tmp: Path
) -> list[tuple[int, str, list[object]]]:
    quartiers, points = files
    occupied = tmp / "plein"
    occupied.mkdir()
    (occupied / "mes notes.txt").write_text("à garder")
    both = ["--quartiers", quartiers, "--etablissements", points]
    one = ["--generation", "2024"]
    return [
        (2, "COMMANDE", []),
        (2, "inconnue", ["voler"]),
        (2, "--out", ["join", *both]),
        (2, "arguments inconnus", ["summary", "--data", data, "--couleur", "rouge"]),
        (2, "axe inconnu", ["summary", "--data", data, "--by", "couleur"]),
        (2, "format inconnu", ["export", "--data", data, "--out", tmp / "a.doc"]),
        (2, "format inconnu", ["join", *both, *one, "--out", tmp / "a.xls"]),
        (2, "0 à 5000", ["join", *both, *one, "--out", tmp / "a.csv", "--band", "-1"]),
        (2, "nombre", ["join", *both, *one, "--out", tmp / "a.csv", "--band", "large"]),
        (1, "n'existe pas", ["summary", "--data", tmp / "rien"]),
        (1, "manifest.json", ["summary", "--data", tmp]),
        (1, "couleur", ["summary", "--data", data, "--select", "couleur=rouge"]),
        (1, "« 99 »", ["summary", "--data", data, "--select", "region=99"]),
        (1, "certitude", ["export", "--data", data, "--select", "certitude=moyenne",
                          "--out", tmp / "a.csv"]),
        (1, "n'existe pas", ["export", "--data", data, "--out", tmp / "non" / "a.csv"]),
        (1, "absent", ["join", "--quartiers", tmp / "absent", "--etablissements", points,
                       "--out", tmp / "a.csv"]),
        (1, "2008", ["join", *both, "--generation", "2008", "--out", tmp / "a.csv"]),
        (1, "n'est pas vide", ["build", *both, "--out", occupied]),
        (1, "un fichier", ["build", *both, "--out", points]),
        (1, "absent", ["check", tmp / "absent.csv"]),
    ]  # fmt: skip


def test_what_goes_wrong_is_one_french_line(
    data: Path, files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for code, said, argv in bad_calls(data, files, tmp_path):
        before = sorted(tmp_path.rglob("*"))
        got = cli.main([str(one) for one in argv])
        err = capsys.readouterr().err
        last = err.strip().splitlines()[-1]
        assert got == code, (argv, err)
        assert last.startswith("erreur : "), (argv, err)
        assert said in last, (argv, last)
        assert "Traceback" not in err
        assert sorted(tmp_path.rglob("*")) == before, argv


def test_a_windows_console_never_raises(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "essgeo", "summary", "--data", str(data)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252:strict"},
        check=False,
    )
    assert done.returncode == 0
    # U+202F is not in cp1252: a plain space takes its place.
    assert "10 053" in done.stdout.decode("cp1252")
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error(data: Path) -> None:
    command = f"{sys.executable} -m essgeo summary --data {data} --by quartier | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "Traceback" not in done.stderr
