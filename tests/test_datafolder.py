"""A data folder is written whole or not at all."""

import json
from pathlib import Path

import pytest
import shapely

from essgeo import datafolder
from essgeo.datafolder import read_folder, write_folder
from essgeo.errors import DataError, OutputError
from tests.small import manifest, tables, write_small


def content(folder: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.is_file()}


@pytest.mark.parametrize("parquet", [False, True])
def test_a_folder_survives_being_written(tmp_path: Path, parquet: bool) -> None:
    folder = read_folder(write_small(tmp_path / "d", nature="simulation", parquet=parquet))
    made = tables()
    assert folder.warnings == ()
    assert folder.manifest.tables["quartiers"].lignes == 5
    assert folder.quartiers["code_qp"].tolist() == made["quartiers"]["code_qp"].tolist()
    assert folder.quartiers["lib_qp"].tolist()[2] == "Nord <b>"
    assert folder.etablissements["siret"].tolist() == made["etablissements"]["siret"].tolist()
    assert folder.communes["population"].tolist() == [220000, 290000]
    was, now = made["quartiers"].geometry.to_numpy(), folder.quartiers.geometry.to_numpy()
    assert shapely.area(shapely.symmetric_difference(was, now)).max() < 1e-12


def test_same_tables_same_bytes(tmp_path: Path) -> None:
    assert content(write_small(tmp_path / "a")) == content(write_small(tmp_path / "b"))


def test_parquet_wins_over_text(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d")
    less = tables()["etablissements"].head(3)
    less.to_parquet(folder / "etablissements.parquet")
    assert len(read_folder(folder).etablissements) == 3


def test_a_changed_table_is_a_warning(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d")
    lines = (folder / "etablissements.csv").read_text(encoding="utf-8").splitlines()
    (folder / "etablissements.csv").write_text("\n".join(lines[:4]) + "\n", encoding="utf-8")
    read = read_folder(folder)
    assert len(read.etablissements) == 3
    assert "empreinte" in read.warnings[0]


def test_impossible_siret_are_a_warning_where_data_is_real(tmp_path: Path) -> None:
    assert "12\u00a0SIRET impossibles" in read_folder(write_small(tmp_path / "d")).warnings[0]


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    one = read_folder(write_small(tmp_path / "a")).fingerprint
    assert read_folder(write_small(tmp_path / "b")).fingerprint == one
    assert read_folder(write_small(tmp_path / "c", nature="simulation")).fingerprint != one


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d")
    (folder / "qpv.geojson").unlink()
    with pytest.raises(DataError, match=r"« quartiers » manque \(quartiers\.parquet"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("communes.csv", "a,b\n1,2\n", "« code_commune » manque"),
        ("communes.csv", "code_commune\n67482\n67482\n", "67482 y figure deux fois"),
        ("contours_regions.geojson", "{}", "contours illisibles"),
        ("contours_regions.geojson", '{"features":[{"type":"Feature"}]}', "contours illisibles"),
    ],
)
def test_a_broken_table_is_said(tmp_path: Path, name: str, text: str, said: str) -> None:
    folder = write_small(tmp_path / "d")
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_folder(folder)


def test_somebody_elses_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "notes.txt").write_text("à garder")
    with pytest.raises(OutputError, match="n'est pas vide"):
        write_small(tmp_path / "d")
    assert content(tmp_path / "d") == {"notes.txt": "à garder".encode()}


def test_replacing_keeps_what_is_none_of_our_tables(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d", parquet=True)
    (folder / "LICENCE.md").write_text("etalab")
    (folder / "sous").mkdir()
    (folder / "sous" / "a").write_text("b")
    write_small(folder)
    assert (folder / "LICENCE.md").read_text() == "etalab"
    assert (folder / "sous" / "a").read_text() == "b"
    # The Parquet tables of before would win over the text ones of now.
    assert not list(folder.glob("*.parquet"))


def test_a_failure_leaves_the_folder_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_small(tmp_path / "d")
    before = content(folder)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(datafolder, "write_geojson", full)
    with pytest.raises(OutputError, match="disque est plein"):
        write_folder(folder, tables(), manifest("simulation"))
    assert content(folder) == before
    assert [item.name for item in tmp_path.iterdir()] == ["d"]


def test_a_writer_killed_between_its_renames_loses_nothing(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d")
    before = content(folder)
    folder.rename(tmp_path / ".d.precedent")
    read_folder(folder)
    assert content(folder) == before


def test_geojson_has_rounded_coordinates_and_plain_numbers(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "d")
    text = (folder / "qpv.geojson").read_text(encoding="utf-8")
    first = json.loads(text)["features"][0]
    assert first["properties"]["population"] == 4000
    assert '"population":4000,' in text.replace("}", ",")
    assert max(len(str(x).split(".")[-1]) for x, _ in first["geometry"]["coordinates"][0]) <= 6
