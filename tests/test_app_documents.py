"""The menu of documents: each is offered, made, and named after what is selected."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import DataError
from essgeo.exports.bundle import establishments_file
from essgeo.selection import Selection, parse
from essgeo.ui import state
from essgeo.ui.documents import _MAKERS, OFFERS, SHOWN, TABLES, _problem, _shown
from essgeo.ui.kit import Making
from essgeo.ui.leviers.answering import _picture
from tests.small import write_small
from tests.test_app import Start, small, start

__all__ = ["small", "start"]

MAGIC = {
    ".pdf": b"%PDF",
    ".docx": b"PK",
    ".pptx": b"PK",
    ".html": b"<!doctype",
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
    drawing = _picture(atlas, where, "Où répond : une piste", "svg").decode()
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


# --- the kit ------------------------------------------------------------------------------------


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that a thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "rien n'est venu"
        time.sleep(0.05)


def keys(test: AppTest) -> set[str]:
    found = [*test.get("button"), *test.get("download_button")]
    return {str(one.key if hasattr(one, "key") else one.proto.id) for one in found}


def has(test: AppTest, key: str) -> bool:
    return any(one.endswith(key) for one in keys(test))


def test_a_kit_is_made_while_the_page_goes_on_and_is_then_saved(start: Start):
    test = start("region=44")
    test.session_state["export.menu"] = True
    test.run()
    next(one for one in test.button if one.key == "kit.preparer").click().run()
    assert not test.exception
    making: Making = test.session_state["essgeo.kit"]
    assert not has(test, "kit.preparer")
    until(lambda: making.ended)
    assert making.problem == ""
    assert zipfile.ZipFile(io.BytesIO(making.content)).testzip() is None
    assert "LISEZMOI.txt" in zipfile.ZipFile(io.BytesIO(making.content)).namelist()
    assert has(test.run(), "kit.enregistrer")
    # Another selection has another kit.
    test.query_params["region"] = "53"
    next(one for one in test.multiselect if one.key == "filtre.region").set_value(["53"]).run()
    assert has(test, "kit.preparer")
    assert not has(test, "kit.enregistrer")


def test_a_kit_says_each_part_and_which_share_is_made():
    making, seen = Making(("", "")), []

    def make(progress: Callable[[str, int, int], None]) -> bytes:
        for rank, words in enumerate(("tableaux", "cartes"), start=1):
            progress(words, rank, 2)
            seen.append((making.words, making.share, making.ended))
        return b"PK"

    making.run(make)
    assert seen == [("Tableaux", 0.0, False), ("Cartes", 0.5, False)]
    assert (making.content, making.ended) == (b"PK", True)


def test_a_kit_that_cannot_be_made_says_why_and_one_that_is_stopped_stops():
    def wrong(_progress: object) -> bytes:
        raise DataError("modeles/document.docx : ce n'est pas un document Word.")

    making = Making(("", ""))
    making.run(wrong)
    assert making.problem == "modeles/document.docx : ce n'est pas un document Word."
    begun, go_on = threading.Event(), threading.Event()

    def long(progress: Callable[[str, int, int], None]) -> bytes:
        begun.set()
        go_on.wait(30)
        progress("cartes", 1, 2)
        return b"PK"

    stopped = Making(("", ""))
    thread = threading.Thread(target=stopped.run, args=(long,))
    thread.start()
    begun.wait(30)
    stopped.stop()
    go_on.set()
    thread.join(30)
    assert (stopped.problem, stopped.content) == ("arrêté", b"")
