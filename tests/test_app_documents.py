"""The menu of documents: each is offered, made, and named after what is selected."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.selection import parse
from essgeo.ui.documents import _MAKERS, OFFERS, _problem
from tests.small import write_small

MAGIC = {
    ".pdf": b"%PDF",
    ".docx": b"PK",
    ".pptx": b"PK",
    ".png": b"\x89PNG",
    ".svg": b"<?xml",
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


def test_a_wrong_model_is_said_before_anything_is_asked_for(atlas: Atlas):
    assert _problem(atlas) == ""
    (atlas.folder.path / "modeles").mkdir()
    (atlas.folder.path / "modeles" / "document.docx").write_bytes(b"rien")
    assert "document.docx" in _problem(atlas)
