"""Files of a stranger read in a process of their own: what comes back, and what never does."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pyproj
import pytest
from shapely.geometry import Point

from essgeo.errors import DataError
from essgeo.intake import ProjectionError, read_table, read_zones
from essgeo.settings import ROOT, SETTINGS
from tests import corpus


def test_a_list_comes_back_as_written():
    taken = read_table("siret;nom\n00123;« Été » \n;\u05d0\n".encode(), "../dossier/a.csv")
    assert taken.name == "a.csv"
    assert taken.raw.source.to_dict("list") == {"siret": ["00123", ""], "nom": ["« Été » ", "א"]}
    assert taken.raw.separator == ";"


def test_points_come_back_in_degrees():
    turn = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform
    point = {"type": "Point", "coordinates": list(turn(7.75, 48.58))}
    document = corpus.collection(
        {"type": "Feature", "properties": {"nom": "Une"}, "geometry": point},
        {"type": "Feature", "properties": {"nom": "Deux"}, "geometry": None},
        crs=corpus.crs_member("EPSG:2154"),
    )
    shapes = read_table(corpus.dump(document), "points.geojson").raw.shapes
    assert shapes is not None
    assert shapes[0].distance(Point(7.75, 48.58)) < 1e-6
    assert shapes[1] is None


def test_zones_come_back_as_neighbourhoods_of_a_generation_of_their_own():
    document = corpus.collection(corpus.feature("A", corpus.square(), effectif="3"))
    reading = read_zones(corpus.dump(document), "zones.geojson")
    assert reading.table.crs == "EPSG:4326"
    assert reading.table.loc[0, ["code_qp", "generation", "effectif"]].tolist() == [
        "A",
        "zones",
        "3",
    ]
    assert reading.source.columns.tolist() == ["code_qp", "lib_qp", "effectif"]
    assert reading.report.path.name == "zones.geojson"


def test_a_projection_is_proposed_then_chosen():
    square = corpus.metres(corpus.square(), 27572)
    data = corpus.dump(corpus.collection(corpus.feature("A", square)))
    with pytest.raises(ProjectionError, match="Lambert II étendu") as caught:
        read_zones(data, "z.geojson")
    assert caught.value.projections == ("27572",)
    shape = read_zones(data, "z.geojson", read_as="27572").table.geometry[0]
    assert shape.distance(Point(7.755, 48.585)) == 0
    for key in ("9999", "2154-retourne", "Lambert"):
        with pytest.raises(DataError, match=f"projection « {key} » inconnue"):
            read_zones(data, "z.geojson", read_as=key)


@pytest.mark.parametrize(
    ("outline", "declared", "key"),
    [
        (corpus.square(), "urn:ogc:def:crs:OGC:1.3:CRS84", "4326-inverse"),
        (corpus.metres(corpus.square(), 2154), "EPSG:2154", "2154-inverse"),
    ],
)
def test_swapped_sides_of_zones_are_proposed_not_guessed(
    outline: dict[str, Any], declared: str, key: str
):
    crs = {"crs": corpus.crs_member(declared)}
    data = corpus.dump(corpus.collection(corpus.feature("A", corpus.swapped(outline)), **crs))
    with pytest.raises(ProjectionError, match="contredisent la projection annoncée") as caught:
        read_zones(data, "z.geojson")
    assert "invers" in str(caught.value)
    assert caught.value.projections[0] == key
    shape = read_zones(data, "z.geojson", read_as=key).table.geometry[0]
    assert shape.distance(Point(7.755, 48.585)) < 1e-6


def test_swapped_points_are_proposed_not_guessed():
    points = [{"type": "Point", "coordinates": [48.58, 7.75]}] * 3
    document = corpus.collection(*(corpus.feature(str(n), p) for n, p in enumerate(points)))
    data = corpus.dump(document)
    with pytest.raises(ProjectionError) as caught:
        read_table(data, "p.geojson")
    assert caught.value.projections == ("4326-inverse",)
    shapes = read_table(data, "p.geojson", read_as="4326-inverse").raw.shapes
    assert [(point.x, point.y) for point in shapes] == [(7.75, 48.58)] * 3


@pytest.mark.parametrize("name", ["vide.csv", "a/b/vide.csv", "c:\\x\\vide.csv", "vi\nde.csv"])
def test_a_refusal_is_one_line_that_begins_with_the_name(name: str):
    with pytest.raises(DataError) as caught:
        read_table(b"", name)
    assert str(caught.value).startswith(("vide.csv : le fichier est vide", "vi de.csv : "))
    assert "\n" not in str(caught.value)


def test_every_limit_is_explained_beside_what_is_read():
    page = (ROOT / "docs" / "fichiers.md").read_text(encoding="utf-8")
    limits = [name for name in SETTINGS if "_DEPOT_" in name]
    assert len(limits) == 8
    for name in limits:
        assert f"`{name}`" in page


def test_a_list_starts_without_the_libraries_of_maps():
    program = (
        "import sys\n"
        "import essgeo.intake.answers, essgeo.intake.reading\n"
        "print({'geopandas', 'pyogrio', 'scipy', 'streamlit', 'plotly'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"
