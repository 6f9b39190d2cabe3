"""What goes to the map: files fetched once, and the payload of a selection."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from map_world import HOSTILE, SECTORS, SIZES, build
from streamlit_folium import generate_js_hash, generate_leaflet_string

from essgeo.errors import UsageError
from essgeo.figures import assets as assets_module
from essgeo.figures.assets import served
from essgeo.figures.classes import Classes
from essgeo.figures.map import (
    BASEMAPS,
    BaseMap,
    InlinePoints,
    Layer,
    MapState,
    Measure,
    read_click,
    view_bounds,
    views,
)
from essgeo.figures.payload import members, numbers, to_script
from essgeo.figures.static_layers import SCALE, drawable, write_layers

COUNT = 40


@pytest.fixture(scope="module")
def world():
    return build(COUNT, 500)


def publish(world, static: Path, shown=None, **changes):
    frames = {"departements": world.departements, "regions": world.regions} | changes
    shown = np.ones(len(world.etablissements), dtype=bool) if shown is None else shown
    return write_layers(
        static,
        world.quartiers,
        world.etablissements,
        shown,
        fingerprint="essai",
        sectors=SECTORS,
        sizes=SIZES,
        **frames,
    )


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    return tmp_path_factory.mktemp("static")


@pytest.fixture(scope="module")
def layers(world, static):
    return publish(world, static)


def read(static: Path, layers, name: str):
    return json.loads((static / "essgeo" / layers.version / name).read_text("utf-8"))


def measure(**changes) -> Measure:
    values = {"label": "Établissements", "unit": ("un", "des"), "values": np.arange(float(COUNT))}
    return Measure(**(values | changes))


def state(**changes) -> MapState:
    values = {"counts": measure(), "largest": 50.0, "states": ["ok"] * COUNT, "source": "Source"}
    return MapState(**(values | changes))


# --- static layers ------------------------------------------------------------------------------


def test_each_establishment_is_in_one_file_at_its_place(world, static, layers):
    index = read(static, layers, "index.json")
    seen = {}
    for cell in index["cells"]:
        if not cell["points"]:
            continue
        file = read(static, layers, f"points-{cell['id']}.json")
        lon, lat = (np.cumsum(file[axis]) / SCALE for axis in ("lon", "lat"))
        west, south, east, north = cell["box"]
        assert ((lon > west - 1e-4) & (lon < east + 1e-4)).all()
        assert ((lat > south - 1e-4) & (lat < north + 1e-4)).all()
        for place, name in enumerate(file["names"]):
            row = int(layers.rows[file["start"] + place])
            tie = {kind: values[place] for kind, values in file["ties"]["2024"].items()}
            seen[row] = (name, lon[place], lat[place], tie)
    table = world.etablissements
    assert sorted(seen) == list(range(len(table))) == sorted(layers.rows)
    for row, (name, lon, lat, tie) in seen.items():
        source = table.iloc[row]
        assert name == source["denomination"]
        assert abs(lon - source["longitude"]) < 1e-5
        assert abs(lat - source["latitude"]) < 1e-5
        assert index["codes"][tie["quartier"]] == source["code_qp"]
        assert tie["kind"] == {"dedans": 1, "proche": 2}[source["rattachement"]]
    assert (layers.positions[layers.rows] == np.arange(layers.total)).all()


def test_outlines_come_back_as_they_were(world, static, layers):
    index = read(static, layers, "index.json")
    found = {}
    for cell in index["cells"]:
        if cell["outlines"]:
            file = read(static, layers, f"quartiers-{cell['id']}.json")
            found |= dict(zip(file["index"], file["parts"], strict=True))
    assert sorted(found) == list(range(COUNT))
    for position, parts in found.items():
        polygons = [
            shapely.Polygon(
                np.cumsum(np.reshape(part[0], (-1, 2)), axis=0) / SCALE,
                [np.cumsum(np.reshape(hole, (-1, 2)), axis=0) / SCALE for hole in part[1:]],
            )
            for part in parts
        ]
        source = world.quartiers.geometry.iloc[position]
        assert shapely.hausdorff_distance(shapely.MultiPolygon(polygons), source) < 5e-5


def test_outlines_with_holes_and_several_parts(world, tmp_path):
    ring = shapely.box(2, 45, 2.01, 45.01).difference(shapely.box(2.004, 45.004, 2.006, 45.006))
    both = shapely.MultiPolygon([ring, shapely.box(2.02, 45, 2.03, 45.01)])
    frame = world.quartiers.copy()
    frame.loc[0, "geometry"] = both
    layers = publish(type(world)(frame, world.etablissements, None, None), tmp_path,
                     departements=world.departements, regions=world.regions)  # fmt: skip
    files = (tmp_path / "essgeo" / layers.version).glob("quartiers-*.json")
    shapes = [json.loads(path.read_text("utf-8")) for path in files]
    parts = next(one["parts"][one["index"].index(0)] for one in shapes if 0 in one["index"])
    assert [len(part) for part in parts] == [2, 1]


def test_publishing_twice_writes_once_and_agrees(world, static, layers):
    folder = static / "essgeo" / layers.version
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = publish(world, static)
    assert again.version == layers.version
    assert (again.rows == layers.rows).all()
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not list((static / "essgeo").glob(".partiel*"))


def test_another_content_has_another_name(world, static, layers):
    shown = np.ones(len(world.etablissements), dtype=bool)
    shown[0] = False
    other = publish(world, static, shown)
    assert other.version != layers.version
    assert other.positions[0] == -1
    assert other.total == layers.total - 1


def test_a_map_without_establishments_nor_background(world, tmp_path):
    nothing = gpd.GeoDataFrame({"lib_dep": [], "lib_reg": []}, geometry=[], crs=4326)
    none = np.zeros(len(world.etablissements), dtype=bool)
    layers = publish(world, tmp_path, none, departements=nothing, regions=nothing)
    assert layers.total == 0
    assert read(tmp_path, layers, "contours.json")["departements"] == []
    assert not any(cell["points"] for cell in read(tmp_path, layers, "index.json")["cells"])


def test_a_folder_that_cannot_be_written_is_said(world, tmp_path):
    (tmp_path / "essgeo").write_text("un fichier à la place du dossier")
    with pytest.raises(UsageError, match="écriture"):
        publish(world, tmp_path)


def test_who_is_drawn(world):
    table = world.etablissements.head(6).copy()
    table["statut_diffusion"] = ["O", "P", "N", "", "O", "O"]
    table.loc[4, "longitude"] = np.nan
    employers = np.array([True, True, True, True, True, False])
    assert drawable(table, employers).tolist() == [True, False, False, True, False, False]


# --- payload ------------------------------------------------------------------------------------


def decode(spec, total: int) -> list[int]:
    """Read a set as the browser does."""
    if spec["kind"] in ("aucun", "tous"):
        return list(range(total)) if spec["kind"] == "tous" else []
    data = base64.b64decode(spec["data"])
    if spec["kind"] == "bits":
        bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")
        return (np.flatnonzero(bits) + spec["first"]).tolist()
    found, position, gap, shift = [], spec["first"], 0, 0
    for byte in data:
        gap |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            position += gap
            found.append(position)
            gap = shift = 0
    return found


@given(st.sets(st.integers(0, 400_000), max_size=60), st.booleans())
def test_a_set_is_read_back(chosen, dense):
    chosen = {value // 5000 for value in chosen} if dense else chosen
    spec = members(np.array(sorted(chosen, reverse=True), dtype=np.int32), 400_001)
    assert decode(spec, 400_001) == sorted(chosen)


def test_the_shortest_writing_is_taken():
    total = 100_000
    every = np.arange(total, dtype=np.int32)
    assert members(every, total) == {"kind": "tous"}
    assert members(every[:0], total) == {"kind": "aucun"}
    assert members(every[::2], total)["kind"] == "bits"
    assert members(every[::200], total)["kind"] == "ecarts"
    assert len(members(every[::2], total)["data"]) < 17_000


def test_numbers_are_short():
    assert json.dumps(numbers(np.array([1.0, np.nan, 2.26]), 1)) == "[1, 0, 2.3]"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_cannot_leave_a_script(name):
    written = to_script({"nom": name})
    assert json.loads(written) == {"nom": name}
    assert not set(written) & set("<>&'`$\u2028")


def test_states_and_classes_are_one_character_each(layers):
    states = ["ok"] * COUNT
    states[1:6] = ["sans_donnee", "secret", "hors_champ", "hors_selection", "absent"]
    values = np.arange(float(COUNT))
    values[6] = np.nan
    sent = state(states=states, rate=measure(values=values), classes=Classes((10.0, 20.0))).payload(
        layers
    )
    assert sent["states"][:8] == "0dsxo.d0"
    assert sent["states"][10] == "1"
    assert sent["states"][-1] == "2"
    assert sent["present"] == ["sans_donnee", "secret", "hors_champ", "hors_selection"]
    assert sent["legend"]["colour"]["labels"] == (
        "moins de 10", "de 10 à moins de 20", "20 et plus",
    )  # fmt: skip


def test_secrecy_is_in_the_legend_only_when_there_is_some(layers):
    assert state().payload(layers)["present"] == []


def test_only_selected_and_drawable_establishments_are_sent(world, static):
    shown = np.ones(len(world.etablissements), dtype=bool)
    shown[7] = False
    layers = publish(world, static, shown)
    rows = np.zeros(len(shown), dtype=bool)
    rows[[3, 7, 11]] = True
    sent = state(rows=rows).payload(layers)
    positions = decode(sent["points"], layers.total)
    assert sorted(layers.rows[positions]) == [3, 11]


def test_an_estimate_goes_with_its_interval(layers):
    low, high = np.full(COUNT, 1.0), np.full(COUNT, 99.0)
    sent = state(counts=measure(low=low, high=high)).payload(layers)
    assert sent["low"][0] == 1
    assert sent["high"][0] == 99


def test_inline_points_and_basemap_travel_in_the_payload(layers):
    inline = InlinePoints(np.array([2.0]), np.array([48.0]), ["A"], ["B"])
    sent = state(inline=inline, basemap="ign").payload(layers)
    assert sent["inline"] == {"lon": [2.0], "lat": [48.0], "names": ["A"], "details": ["B"]}
    assert sent["basemap"]["attribution"] == BASEMAPS["ign"].attribution


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": Measure("", ("", ""), np.zeros(3))}, "quartiers attendus .counts : 3"),
        ({"states": ["ok"]}, "states : 1"),
        ({"states": ["perdu"] * COUNT}, "état inconnu : perdu"),
        ({"rows": np.ones(2, dtype=bool)}, "établissements attendus, pas 2"),
        ({"classes": Classes((1.0,))}, "avec ses classes"),
    ],
)
def test_what_does_not_fit_the_layers_is_refused(layers, changes, message):
    with pytest.raises(ValueError, match=message):
        state(**changes).payload(layers)


# --- folium -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assets(static):
    return served(static)


def script_hash(base: BaseMap) -> str:
    base.get_root().render()
    return generate_js_hash(generate_leaflet_string(base), "carte")


def test_the_base_map_never_changes(assets, layers):
    assert script_hash(BaseMap(assets, layers, "officiel")) == script_hash(
        BaseMap(assets, layers, "officiel")
    )
    assert script_hash(BaseMap(assets, layers, "officiel")) != script_hash(
        BaseMap(assets, layers, "simulation")
    )


def test_nothing_comes_from_elsewhere(assets, layers):
    before = list(folium.Map.default_js)
    base = BaseMap(assets, layers, "simulation")
    page = base.get_root().render()
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert all(not address.startswith(("http", "//")) for _, address in assets.scripts)
    assert folium.Map.default_js == before, "the attributes of folium's classes are everybody's"


def test_served_files_are_there_and_named_by_their_content(assets, static):
    for _, address in (*assets.scripts, *assets.styles):
        path = static / address.removeprefix("../../app/static/")
        assert path.stat().st_size > 0
    assert served(static) == assets


def test_missing_leaflet_is_said(monkeypatch):
    monkeypatch.setattr(assets_module.importlib.util, "find_spec", lambda name: None)
    assets_module.leaflet.cache_clear()
    with pytest.raises(UsageError, match="XStatic-Leaflet"):
        assets_module.leaflet()


def test_simulated_figures_are_marked_in_the_base(assets, layers):
    def script(nature):
        return generate_leaflet_string(BaseMap(assets, layers, nature))

    assert '"mark":"DONN\\u00c9ES SIMUL\\u00c9ES"' in script("simulation")
    assert '"mark":"DONN\\u00c9ES EN PARTIE SIMUL\\u00c9ES"' in script("mixte")
    assert '"mark":""' in script("officiel")


def test_a_layer_is_small(assets, layers):
    rows = np.random.default_rng(1).random(len(layers.positions)) < 0.3
    assert len(Layer(state(rows=rows).payload(layers)).payload) < 3000


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"clic": 5, "quartier": 2, "code_qp": "QS000002"}, ("QS000002", 2, None)),
        ({"clic": 5, "point": 3}, ("", None, "row")),
        ({"clic": 5, "quartier": 2, "code_qp": "QS000003"}, None),
        ({"clic": 5, "quartier": COUNT, "code_qp": "QS000002"}, None),
        ({"clic": 5, "quartier": -1, "code_qp": "QS000039"}, None),
        ({"clic": 5, "point": 10**9}, None),
        ({"clic": 5, "point": True}, None),
        ({"clic": "x", "quartier": 2, "code_qp": "QS000002"}, None),
        ("texte", None),
    ],
)
def test_a_click_is_believed_within_bounds(layers, properties, expected):
    click = read_click({"last_active_drawing": {"properties": properties}}, layers)
    if expected is None:
        assert click is None
        return
    code, quartier, row = expected
    assert (click.code_qp, click.quartier) == (code, quartier)
    assert click.row == (int(layers.rows[3]) if row else None)
    assert click.stamp == 5


@pytest.mark.parametrize("returned", [None, {}, {"last_active_drawing": None}])
def test_no_click_yet(layers, returned):
    assert read_click(returned, layers) is None


def test_the_buttons_asked_for():
    assert [view["court"] for view in views()] == [
        "Hexagone", "971", "972", "973", "974", "976", "978", "987",
    ]  # fmt: skip


def test_every_real_neighbourhood_is_one_click_away(reel):
    for file in ("qpv2024.geojson", "qpv2015.geojson"):
        frame = gpd.read_file(reel / file)
        centres = frame.geometry.bounds
        lon = (centres["minx"] + centres["maxx"]) / 2
        lat = (centres["miny"] + centres["maxy"]) / 2
        seen = np.zeros(len(frame), dtype=bool)
        for view in views():
            west, south, east, north = view_bounds(view)
            seen |= (lon > west) & (lon < east) & (lat > south) & (lat < north)
        assert not list(frame[~seen].iloc[:, 0])
