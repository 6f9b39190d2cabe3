"""The map of a selection as one picture."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from essgeo.atlas import Atlas, open_atlas
from essgeo.exports.pictures import map_picture
from essgeo.selection import Selection, parse
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees", nature="mixte"))


def said(atlas: Atlas, query: str) -> str:
    root = ET.fromstring(map_picture(atlas, parse(query).selection, "svg"))  # noqa: S314 - ours
    return " ".join(part.strip() for part in root.itertext() if part.strip())


@pytest.mark.parametrize(("query", "own"), [
    ("", "971 Guadeloupe"),
    ("region=44", "Autre quartier"),
    ("quartier=QN06702I", "À moins de 300"),
])  # fmt: skip
def test_what_is_selected_decides_what_is_drawn(atlas: Atlas, query: str, own: str):
    written = said(atlas, query)
    assert own in written
    assert "DONNÉES EN PARTIE SIMULÉES" in written
    assert "Essai" in written
    # The sentence of the selection is the title; it may take several lines.
    for word in atlas.resolve(parse(query).selection).sentence.split():
        assert word in written.replace("\xa0", " ") or word in written


def test_a_territory_without_neighbourhood_has_a_map(atlas: Atlas):
    nowhere = Selection(commune=("67482",), region=("53",))
    content = map_picture(atlas, nowhere, "png")
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
