"""The menu of documents: each is offered, made, and named after what is selected."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.exports.bundle import establishments_file
from essgeo.selection import Selection, parse
from essgeo.ui import state
from essgeo.ui.documents import _MAKERS, OFFERS, SHOWN, TABLES, _problem, _shown
from essgeo.ui.leviers.lever import _printed
from tests.small import write_small

MAGIC = {
    ".pdf": b"%PDF",
    ".docx": b"PK",
    ".pptx": b"PK",
    ".html": b"<!doctype",
    ".zip": b"PK",
}


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return open_atlas(write_small(tmp_path / "petit"))


@pytest.mark.parametrize("suffix", [suffix for _, suffix, _, _ in OFFERS])
@pytest.mark.parametrize("one", ["", "QN06701M"])
def test_every_document_is_made(atlas: Atlas, suffix: str, one: str):
    selection = parse(f"quartier={one}" if one else "region=44").selection
    content = _MAKERS[suffix](atlas, selection, one)
    assert content.startswith(MAGIC[suffix])
    if suffix == ".zip":
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


@pytest.mark.parametrize(("view", "shown"), [
    ({}, "etablissements"),
    ({"indicateur": "emplois"}, "emplois"),
    ({"indicateur": "taux"}, "taux"),
    ({"indicateur": "rien"}, "etablissements"),
])  # fmt: skip
def test_the_map_that_leaves_is_the_one_on_screen(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch, view: dict[str, str], shown: str
):
    now = state.State(Selection(), view=view)
    monkeypatch.setattr(state, "current", lambda: now)
    assert _shown(atlas, atlas.resolve(Selection())) == shown
    assert shown in SHOWN


def test_a_wrong_model_is_said_before_anything_is_asked_for(atlas: Atlas):
    assert _problem(atlas) == ""
    (atlas.folder.path / "modeles").mkdir()
    (atlas.folder.path / "modeles" / "document.docx").write_bytes(b"rien")
    assert "document.docx" in _problem(atlas)


def test_the_map_of_a_lead_is_printed_with_the_places_that_it_answers(atlas: Atlas):
    where = Selection(quartier=("QN06701M", "QN06702I"))
    drawing = _printed(atlas, where, "Où répond : une piste", "svg").decode()
    for words in ("Où répond", "une piste", "Habitants (surface du cercle)"):
        assert words in drawing.replace("\xa0", " ")


@pytest.mark.parametrize("suffix", list(TABLES))
def test_establishments_leave_in_every_format_with_what_they_say_of_themselves(
    atlas: Atlas, suffix: str
):
    selection = parse("region=44").selection
    content = zipfile.ZipFile(io.BytesIO(establishments_file(atlas, selection, suffix)))
    if suffix == ".xlsx":
        assert "xl/workbook.xml" in content.namelist()
        assert "Métadonnées" in content.read("xl/workbook.xml").decode()
    else:
        table, described = content.namelist()
        assert table.endswith(suffix)
        assert described == f"{table}.meta.json"
        assert "region=44" in content.read(described).decode()
