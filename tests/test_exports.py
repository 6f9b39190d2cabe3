"""Exports of the selected establishments: same rows, same figures, in every format."""

import errno
import json
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import OutputError, UsageError
from essgeo.exports import csv_bytes, export, file_name, metadata, selected
from essgeo.exports.establishments import COLUMNS, SUFFIXES
from essgeo.exports.workbook import write_workbook
from essgeo.indicators import totals
from essgeo.selection import Selection, parse
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype="str", keep_default_na=False)
    if path.suffix == ".xlsx":
        return pd.read_excel(BytesIO(path.read_bytes()), dtype="str", engine="calamine")
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return gpd.read_file(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_holds_the_same_establishments(
    atlas: Atlas, tmp_path: Path, suffix: str
) -> None:
    selection = parse("rattachement=dedans,hors,non_localise").selection
    out = tmp_path / f"sortie{suffix}"
    rows = export(atlas, selection, out)
    table = read(out)
    assert rows == len(table) == totals(atlas, selection)["etablissements"]
    assert [name for name in table.columns if name != "geometry"] == list(COLUMNS)
    assert table["siret"].tolist() == selected(atlas, selection)["siret"].tolist()
    assert set(table["nature"]) == {"officiel"}
    said = json.loads((tmp_path / f"sortie{suffix}.meta.json").read_text(encoding="utf-8"))
    assert said["lignes"] == rows
    assert said["requete"] == "generation=2024&rattachement=dedans,hors,non_localise"
    assert said["sources"] == [
        {"id": "essai", "titre": "Essai", "editeur": "Personne", "date": "2024-01-01"}
    ]
    assert len(list(tmp_path.iterdir())) == 2


def test_the_bytes_of_one_row(atlas: Atlas, tmp_path: Path) -> None:
    export(atlas, parse("secteur=sports-loisirs").selection, tmp_path / "a.csv")
    header, row = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert header == ",".join(COLUMNS)
    values = dict(zip(COLUMNS, row.split(","), strict=True))
    assert values["siret"] == "22222222200014"
    assert values["denomination"] == "'=Sport"
    assert values["longitude"] == "7.725000"
    assert values["code_qp"] == "QN06702I"
    assert values["lib_qp"] == "Est"
    assert values["rattachement"] == "dedans"
    assert values["effectif_min"] == ""
    assert values["lib_commune"] == "Strasbourg"
    assert float(values["distance_m"]) == pytest.approx(368, abs=3)


def test_partial_diffusion_gives_no_position(atlas: Atlas) -> None:
    table = selected(atlas, Selection()).set_index("denomination")
    assert table.loc["Grande", ["longitude", "latitude"]].isna().all()
    assert table.loc["Aide 1", ["longitude", "latitude"]].notna().all()


def test_simulated_data_says_so_everywhere(tmp_path: Path) -> None:
    atlas = open_atlas(write_small(tmp_path / "d", nature="simulation"))
    resolved = atlas.resolve(parse("region=44").selection)
    assert file_name(atlas, resolved, "etablissements", ".csv") == (
        "essgeo_SIMULE_etablissements_grand-est_2024.csv"
    )
    assert set(selected(atlas, resolved.selection)["nature"]) == {"simulation"}
    said = metadata(atlas, resolved, rows=1, content="x")
    assert said["nature"] == "simulation"
    assert "simulées" in said["avertissement"]


def test_official_data_is_not_called_simulated(atlas: Atlas) -> None:
    resolved = atlas.resolve(parse("quartier=QN06701M,QN03501N").selection)
    assert file_name(atlas, resolved, "etablissements", ".csv") == (
        "essgeo_etablissements_2-quartiers_2024.csv"
    )
    assert "avertissement" not in metadata(atlas, resolved, rows=1, content="x")


def test_an_empty_selection_is_an_empty_table(atlas: Atlas, tmp_path: Path) -> None:
    selection = parse("secteur=finance-assurance&region=53").selection
    for suffix in SUFFIXES:
        assert export(atlas, selection, tmp_path / f"a{suffix}") == 0


def test_wrong_outputs_are_refused(atlas: Atlas, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="format inconnu"):
        export(atlas, Selection(), tmp_path / "a.doc")
    with pytest.raises(UsageError, match="--excel"):
        export(atlas, Selection(), tmp_path / "a.xlsx", excel=True)
    with pytest.raises(OutputError, match="n'existe pas"):
        export(atlas, Selection(), tmp_path / "no" / "a.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_one_line_and_leaves_nothing(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def full(self: Path, *_: object, **__: object) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(Path, "write_text", full)
    out = tmp_path / f"a{suffix}"
    with pytest.raises(OutputError) as caught:
        export(atlas, Selection(), out)
    assert "disque est plein, rien n'a été écrit" in str(caught.value)
    assert str(caught.value).count("disque est plein") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_table_put_together_of_several_is_written_whole():
    """Its texts lie in several pieces of memory."""
    one = pd.DataFrame({"nom": ["é", "=1"], "n": [1.0, 2.5]})
    whole = pd.concat([one, one.head(1)], ignore_index=True)
    assert csv_bytes(whole).decode() == "nom,n\né,1.000000\n'=1,2.500000\né,1.000000\n"


def test_a_workbook_is_read_with_few_decimals_and_holds_them_all(tmp_path: Path):
    table = pd.DataFrame(
        {"code": ["01"], "longitude": [7.123456789], "taux": [3.38793893738292], "compte": [3.0]}
    )
    write_workbook(tmp_path / "t.xlsx", {"Une": table}, {"notes": "un\ndeux\ntrois"})
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["Une"]
    assert [sheet.cell(2, column).number_format for column in range(1, 5)] == [
        "@", "#,##0.000000", "#,##0.00", "General",
    ]  # fmt: skip
    assert sheet["C2"].value == 3.38793893738292
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"
    assert book["Métadonnées"].row_dimensions[1].height == 45
