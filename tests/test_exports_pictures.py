"""The map of a selection as one picture."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.exports.pictures import INDICATORS, map_picture, told
from essgeo.figures.print.scene import Scene
from essgeo.figures.views import MapView
from essgeo.indicators import summary
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small


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


@pytest.mark.parametrize(("indicator", "own"), [
    ("emplois", "Emplois situés là, estimation (surface du cercle)"),
    ("taux", "habitants"),
    ("habitants", "Habitants (surface du cercle)"),
])  # fmt: skip
@pytest.mark.parametrize("query", ["", "region=44", "commune=67482"])
def test_a_map_tells_the_indicator_that_is_asked(
    atlas: Atlas, query: str, indicator: Any, own: str
):
    root = ET.fromstring(map_picture(atlas, parse(query).selection, "svg", indicator))  # noqa: S314 - ours
    written = " ".join(part.strip() for part in root.itertext() if part.strip())
    assert own in written.replace("\xa0", " ")
    # The title names it too.
    assert INDICATORS[indicator].split()[0] in written


def test_only_what_the_data_say_can_be_told(atlas: Atlas, tmp_path: Path):
    assert told(atlas, "2024") == ["etablissements", "emplois", "taux"]
    given = tables()
    given["etablissements"] = given["etablissements"].drop(columns="tranche_effectifs")
    given["quartiers"] = given["quartiers"].drop(columns="population")
    write_folder(tmp_path / "nu", given, manifest())
    assert told(open_atlas(tmp_path / "nu"), "2024") == ["etablissements"]


def test_circles_grow_with_jobs_and_colours_with_the_rate(atlas: Atlas):
    """Read off the picture what the summary says of two neighbourhoods."""
    resolved = atlas.resolve(parse("region=44").selection)
    view = MapView("zone", "", "", resolved.selection, indicator="emplois")
    table = summary(atlas, resolved.selection, ("quartier",)).set_index("code")
    scene = Scene(atlas, resolved, view, table)
    codes = resolved.generation.quartiers["code_qp"].to_numpy()[resolved.quartiers]
    shown = scene.shown(codes)
    known = table["effectif_estime"].reindex(codes).dropna()
    assert shown.loc[known.index, "size"].tolist() == known.tolist()
    assert scene.classes is None
    rated = replace(scene, view=replace(view, indicator="taux"))
    assert rated.classes is not None
    assert rated.column == "etablissements"
    rates = table["etablissements_1000hab"].reindex(codes).dropna()
    assert rated.shown(codes).loc[rates.index, "rate"].tolist() == rates.tolist()


def test_a_territory_without_neighbourhood_has_a_map(atlas: Atlas):
    nowhere = Selection(commune=("67482",), region=("53",))
    content = map_picture(atlas, nowhere, "png")
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
