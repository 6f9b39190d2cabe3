"""Points and neighbourhoods: exact, deterministic, and every row accounted for."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from essgeo.errors import DataError, UsageError
from essgeo.join import COLUMNS, Outlines, attach
from essgeo.join.cells import Cells

#: Corner of the small neighbourhoods, and their unit in degrees (about 75 m by 110 m).
LON, LAT, UNIT = 2.0, 46.0, 0.001
TO_METRES = pyproj.Transformer.from_crs(4326, 2154, always_xy=True)


def quartiers(*areas: shapely.Geometry, codes: list[str] | None = None, **columns: object):
    """Make neighbourhoods; codes are in the order of the areas unless given."""
    names = codes or [f"QN075{number:02d}M" for number in range(len(areas))]
    table = {"code_qp": names, "lib_qp": [f"Quartier {name}" for name in names], **columns}
    return gpd.GeoDataFrame(table, geometry=list(areas), crs=4326)


def points(lon: object, lat: object, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"longitude": lon, "latitude": lat, **columns})


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Make a rectangle out of units."""
    return shapely.box(LON + x0 * UNIT, LAT + y0 * UNIT, LON + x1 * UNIT, LAT + y1 * UNIT)


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return degrees out of units."""
    x, y = np.array(places, "float64").reshape(-1, 2).T
    return LON + x * UNIT, LAT + y * UNIT


def metres(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, TO_METRES.transform, interleaved=False)


def plainly(
    areas: list[shapely.Geometry], codes: list[str], lon: np.ndarray, lat: np.ndarray, band: float
) -> tuple[list[str], list[str], list[float], int]:
    """Do the whole join with one geometry after the other, without any index."""
    order = sorted(range(len(areas)), key=lambda number: codes[number])
    edges = {number: metres(areas[number]).boundary for number in order}
    found, state, distances, ambiguous = [], [], [], 0
    for place in shapely.points(lon, lat):
        inside = [number for number in order if shapely.intersects(areas[number], place)]
        there = metres(place)
        near = {number: shapely.distance(edges[number], there) for number in order}
        ambiguous += len(inside) > 1
        nearest = min(near.values(), default=np.inf)
        if inside:
            chosen, what = inside[0], "dedans"
        elif nearest <= band:
            chosen = next(number for number in order if round(near[number], 1) == round(nearest, 1))
            what = "proche"
        else:
            chosen, what = -1, "hors"
        found.append(codes[chosen] if chosen >= 0 else "")
        state.append(what)
        distances.append(near[chosen] if chosen >= 0 else np.nan)
    return found, state, distances, ambiguous


# --- against plain geometry ---------------------------------------------------------------------

whole = st.integers(0, 24)


@st.composite
def shapes(draw: st.DrawFn) -> shapely.Geometry:
    """Draw a union of boxes and triangles, less another: holes, parts, shared edges, slivers."""

    def simple() -> shapely.Geometry:
        if draw(st.booleans()):
            x, y = draw(whole), draw(whole)
            return box(x, y, x + draw(st.integers(1, 12)), y + draw(st.integers(1, 12)))
        corners = [(draw(whole), draw(whole)) for _ in range(3)]
        return shapely.Polygon(np.column_stack(at(*corners)))

    area = shapely.union_all([simple() for _ in range(draw(st.integers(1, 3)))])
    if draw(st.booleans()):
        area = shapely.difference(area, simple())
    kept = [
        part
        for part in shapely.get_parts(shapely.get_parts(area))
        if part.geom_type == "Polygon" and part.area > 0
    ]
    return shapely.MultiPolygon(kept) if kept else box(0, 0, 1, 1)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[shapely.Geometry], list[str], np.ndarray, np.ndarray]:
    """Draw neighbourhoods in disorder, and points where it is hard: on vertices and edges too."""
    areas = draw(st.lists(shapes(), min_size=1, max_size=6))
    numbers = draw(st.permutations(range(len(areas))))
    vertices = np.concatenate([shapely.get_coordinates(area) for area in areas])
    chosen = draw(st.lists(st.integers(0, len(vertices) - 1), min_size=1, max_size=12))
    steps = st.floats(0, 1, allow_nan=False)
    places = [vertices[number] for number in chosen]
    for number in chosen:
        share = draw(steps)
        after = vertices[(number + 1) % len(vertices)]
        places.append(vertices[number] * (1 - share) + after * share)
    free = draw(st.lists(st.tuples(*[st.floats(-6, 42)] * 2), min_size=1, max_size=12))
    lon, lat = np.concatenate([places, np.column_stack(at(*free))]).T
    return areas, [f"QN075{number:02d}M" for number in numbers], lon, lat


@settings(max_examples=80, deadline=None)
@given(world=worlds(), band=st.sampled_from([0.0, 20.0, 300.0, 1500.0]))
def test_as_plain_geometry_says(world: tuple, band: float) -> None:
    areas, codes, lon, lat = world
    result = attach(points(lon, lat), quartiers(*areas, codes=codes), band=band)
    found, state, distances, ambiguous = plainly(areas, codes, lon, lat, band)
    if band == 0:
        # No band at all: a point on an outline is inside it anyway.
        found = [code if what == "dedans" else "" for code, what in zip(found, state, strict=True)]
        state = [what if what == "dedans" else "hors" for what in state]
    assert result.table["rattachement"].tolist() == state
    assert result.table["code_qp"].tolist() == found
    assert result.ambiguous == ambiguous
    told = result.table["distance_m"].to_numpy()
    expected = np.where(np.array(state) == "hors", np.nan, distances)
    np.testing.assert_allclose(told, expected, atol=0.0501)
    assert (
        result.conservation["total"]
        == len(lon)
        == sum(result.conservation[what] for what in ("dedans", "proche", "hors", "non_localise"))
    )


@settings(max_examples=60, deadline=None)
@given(world=worlds(), cell=st.sampled_from([0.0001, 0.0007, 0.003, 0.05]))
def test_cells_never_hide_an_area(world: tuple, cell: float) -> None:
    """Whatever the size of the cells, what they are sure of is true and the rest is listed."""
    areas, _, lon, lat = world
    cells = Cells(np.array(areas, object), cell=cell)
    numbers = cells.lookup(lon, lat)
    for number, place in zip(numbers.tolist(), shapely.points(lon, lat), strict=True):
        truth = {row for row, area in enumerate(areas) if shapely.intersects(area, place)}
        if number > 0:
            assert truth == {number - 1}
        else:
            listed = cells.expand(np.array([-number - 1]))[1].tolist() if number else []
            assert truth <= set(listed)
            assert sorted(set(listed)) == listed


@pytest.mark.parametrize("turn", range(12))
def test_no_point_of_the_band_is_missed(turn: int) -> None:
    """Round a corner of any angle, a point just within the band is seen in every direction."""
    opening = np.radians(7 + 14 * turn)
    reach = 0.004 * np.array([[0, 0], [1, 0], [np.cos(opening), np.sin(opening)]])
    wedge = shapely.Polygon(reach * [1, 0.7] + [LON, LAT])
    direction = np.radians(np.arange(0, 360, 0.5))
    for band in (50.0, 300.0, 5000.0):
        corners = shapely.get_coordinates(metres(wedge))[:3]
        ring = [
            corner + (band - 0.01) * np.column_stack([np.cos(direction), np.sin(direction)])
            for corner in corners
        ]
        x, y = np.concatenate(ring).T
        lon, lat = TO_METRES.transform(x, y, direction="INVERSE")
        away = shapely.distance(metres(wedge), shapely.points(x, y))
        edge = np.flatnonzero(away > band - 0.02)
        assert edge.size > 600
        nowhere = np.full(edge.size, -1, np.int32)
        found, distance = Outlines(quartiers(wedge)).around(lon[edge], lat[edge], nowhere, band)
        assert (found == 0).all()
        np.testing.assert_array_equal(distance, np.round(away[edge], 1))


def test_many_points_of_a_long_outline_are_measured_by_tiles() -> None:
    """Beyond some number of points and segments only those that count are tried."""
    angle = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
    wave = 1 + 0.2 * np.sin(9 * angle)
    star = shapely.Polygon(np.column_stack(at(*zip(
        10 * wave * np.cos(angle), 10 * wave * np.sin(angle), strict=True
    ))))  # fmt: skip
    rng = np.random.default_rng(5)
    lon, lat = at(*rng.uniform(-18, 18, (6000, 2)))
    outlines = Outlines(quartiers(star))
    truth = shapely.distance(metres(star).boundary, shapely.points(*TO_METRES.transform(lon, lat)))
    inside = outlines.inside(lon, lat)[0]
    _, told = outlines.around(lon, lat, np.zeros(6000, np.int32), 0)
    np.testing.assert_array_equal(told, np.round(truth, 1))
    near, distance = outlines.around(lon, lat, np.full(6000, -1, np.int32), 300)
    assert ((near == 0) == (truth <= 300)).all()
    np.testing.assert_array_equal(distance[near == 0], np.round(truth[near == 0], 1))
    assert 1000 < (inside == 0).sum() < 5000
    assert np.isnan(outlines.around(lon, lat, inside, 0)[1]).sum() == (inside < 0).sum()


@settings(max_examples=40, deadline=None)
@given(world=worlds(), data=st.data())
def test_the_order_of_rows_changes_nothing(world: tuple, data: st.DataObject) -> None:
    areas, codes, lon, lat = world
    order = data.draw(st.permutations(range(len(areas))))
    rows = data.draw(st.permutations(range(len(lon))))
    whole = quartiers(*areas, codes=codes)
    one = attach(points(lon, lat), whole)
    other = attach(points(lon, lat).iloc[rows], whole.iloc[order])
    pd.testing.assert_frame_equal(one.table, other.table.sort_index())
    assert one.ambiguous == other.ambiguous


# --- the rule -----------------------------------------------------------------------------------


def test_the_lowest_code_takes_the_overlap() -> None:
    areas = [box(0, 0, 10, 10), box(5, 0, 15, 10), box(8, 0, 20, 10)]
    lon, lat = at((6, 5), (9, 5), (12, 5), (2, 5))
    for codes in (["QN3", "QN2", "QN1"], ["QN1", "QN2", "QN3"], ["QN2", "QN3", "QN1"]):
        result = attach(points(lon, lat), quartiers(*areas, codes=codes))
        assert result.table["code_qp"].tolist() == [
            min(codes[:2]), min(codes), min(codes[1:]), codes[0]
        ]  # fmt: skip
        assert result.ambiguous == 3
        assert result.reasons["qualité de la position inconnue"] == 4


def test_an_overlap_is_said_when_nothing_graver_is() -> None:
    lon, lat = at((7, 5))
    both = quartiers(box(0, 0, 10, 10), box(4, 0, 15, 10))
    told = attach(points(lon, lat, qualite_xy="11"), both).table.iloc[0]
    assert told["certitude"] == "sur"
    assert told["motif"] == "contenu dans plusieurs quartiers, plus petit code retenu"


def test_a_boundary_is_inside_and_a_hole_is_not() -> None:
    ring = shapely.difference(box(0, 0, 10, 10), box(4, 4, 6, 6))
    lon, lat = at((0, 0), (0, 5), (4, 5), (5, 5), (10, 10), (-0.01, 5))
    told = attach(points(lon, lat), quartiers(ring)).table
    assert told["rattachement"].tolist() == ["dedans"] * 3 + ["proche", "dedans", "proche"]
    assert told["distance_m"].iloc[[0, 1, 2, 4]].tolist() == [0.0] * 4
    assert 70 < told["distance_m"].iloc[3] < 80


def test_equally_near_goes_to_the_lowest_code() -> None:
    areas = [box(0, 0, 10, 10), box(12, 0, 22, 10), box(0, 10, 10, 20)]
    lon, lat = at((-1, 10))
    for codes in (["QN2", "QN9", "QN1"], ["QN1", "QN9", "QN2"]):
        told = attach(points(lon, lat), quartiers(*areas, codes=codes)).table
        assert told["code_qp"].tolist() == ["QN1"]


def test_the_band_is_measured_in_metres_and_includes_its_limit() -> None:
    square = quartiers(box(0, 0, 10, 10))
    lon, lat = at((10.5, 5), (14, 5), (30, 5))
    exact = shapely.distance(metres(box(0, 0, 10, 10)), metres(shapely.Point(lon[1], lat[1])))
    assert 300 < exact < 320
    told = attach(points(lon, lat), square, band=exact + 1e-6).table
    assert told["rattachement"].tolist() == ["proche", "proche", "hors"]
    assert told["distance_m"].iloc[1] == pytest.approx(exact, abs=0.05)
    assert np.isnan(told["distance_m"].iloc[2])
    told = attach(points(lon, lat), square, band=exact - 1e-6).table
    assert told["rattachement"].tolist() == ["proche", "hors", "hors"]
    assert told["code_qp"].tolist()[1:] == ["", ""]
    told = attach(points(lon, lat), square, band=0).table
    assert told["rattachement"].tolist() == ["hors"] * 3


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(7.75, 48.58), (-61.5, 16.2), (-52.3, 4.9), (55.5, -20.9), (-56.2, 46.8), (45.2, -12.8),
     (-63.08, 18.07), (-149.57, -17.54), (-151.44, -16.73), (-139.0, -9.8)],
)  # fmt: skip
def test_distances_are_true_on_the_ground(lon: float, lat: float) -> None:
    """In every territory, as the ellipsoid says within the scale of its projection."""
    square = quartiers(shapely.box(lon, lat, lon + 0.01, lat + 0.01))
    there = lon - 0.0021
    truth = pyproj.Geod(ellps="GRS80").inv(there, lat + 0.005, lon, lat + 0.005)[2]
    result = attach(points([there], [lat + 0.005]), square)
    assert result.table["rattachement"].tolist() == ["proche"]
    assert result.table["distance_m"].iloc[0] == pytest.approx(truth, rel=1e-3, abs=0.1)
    far = lon < -150 or -144 < lon < -135
    assert len(result.notes) == far
    assert all("azimutale équidistante" in note for note in result.notes)


def test_territories_far_apart_are_joined_at_once() -> None:
    places = [(7.75, 48.58), (-61.5, 16.2), (55.5, -20.9), (-151.44, -16.73)]
    all_four = quartiers(*(shapely.box(x, y, x + 0.01, y + 0.01) for x, y in places))
    lon = [x + 0.005 for x, _ in places] + [x - 0.001 for x, _ in places]
    lat = [y + 0.005 for _, y in places] * 2
    told = attach(points(lon, lat), all_four).table
    assert told["code_qp"].tolist() == all_four["code_qp"].tolist() * 2
    assert told["rattachement"].tolist() == ["dedans"] * 4 + ["proche"] * 4
    for row, (x, y) in enumerate(places):
        alone = attach(points([x - 0.001], [y + 0.005]), all_four.iloc[[row]]).table
        assert alone["distance_m"].iloc[0] == told["distance_m"].iloc[4 + row]


def test_a_repeated_vertex_is_not_an_edge_everywhere() -> None:
    """Repairs leave vertices that differ by less than projected coordinates can tell."""
    x, y = at((0, 0), (10, 0), (10, 0), (10, 10), (0, 10))
    x[2] += 4e-16
    lon, lat = at((-2, 5), (5, 5))
    told = attach(points(lon, lat), quartiers(shapely.Polygon(np.column_stack([x, y])))).table
    assert (told["distance_m"] > 100).all()


# --- positions ----------------------------------------------------------------------------------


def test_rows_without_usable_position_stay_and_say_why() -> None:
    square = quartiers(box(0, 0, 10, 10))
    inside = at((5, 5))
    lon = [inside[0][0]] * 5 + [np.nan, 0.0, -74.0, np.nan, inside[0][0]]
    lat = [inside[1][0]] * 5 + [46.0, 0.0, 40.7, np.nan, inside[1][0]]
    quality = ["11", "12", "21", "22", "", "11", "11", "11", "11", "33"]
    rows = points(lon, lat, qualite_xy=quality, statut_diffusion=["O"] * 8 + ["P", "O"])
    rows.index = pd.Index(range(100, 110), name="ligne")
    result = attach(rows, square)
    assert result.table.index.equals(rows.index)
    assert tuple(result.table.columns) == COLUMNS
    lost = result.table.iloc[5:]
    assert lost["rattachement"].tolist() == ["non_localise"] * 5
    assert lost["motif"].tolist() == [
        "position absente",
        "position (0, 0)",
        "hors de tout territoire français",
        "position masquée [ND]",
        "position au hasard dans la commune",
    ]
    for name in ("code_qp", "lib_qp", "certitude"):
        assert lost[name].tolist() == [""] * 5
    assert lost["distance_m"].isna().all()
    assert result.conservation == {
        "total": 10, "dedans": 5, "proche": 0, "hors": 0, "non_localise": 5
    }  # fmt: skip
    assert all(result.reasons[motif] == 1 for motif in lost["motif"])


def test_masked_coordinates_are_told_from_missing_ones() -> None:
    lon, lat = at((5, 5))
    rows = points([str(lon[0]), "[ND]", ""], [str(lat[0]), "[ND]", ""])
    told = attach(rows, quartiers(box(0, 0, 10, 10))).table
    assert told["motif"].tolist()[1:] == ["position masquée [ND]", "position absente"]
    assert told["rattachement"].tolist() == ["dedans", "non_localise", "non_localise"]


def test_no_column_is_missing_or_null() -> None:
    lon, lat = at((5, 5), (11, 5), (40, 40))
    table = attach(points([*lon, np.nan], [*lat, 1.0]), quartiers(box(0, 0, 10, 10))).table
    for name in ("code_qp", "lib_qp", "rattachement", "certitude", "motif"):
        assert isinstance(table[name].dtype, pd.StringDtype)
        assert not table[name].isna().any()
    assert table["distance_m"].dtype == "float64"


def test_mostly_foreign_positions_are_refused() -> None:
    lon, lat = at((5, 5), (6, 6), (7, 7))
    with pytest.raises(DataError, match="inversées"):
        attach(points(lat, lon), quartiers(box(0, 0, 10, 10)))


def test_emptiness() -> None:
    square, nothing = quartiers(box(0, 0, 10, 10)), quartiers()
    lon, lat = at((5, 5), (11, 5))
    for rows, areas, counts in (
        (points([], []), square, [0, 0, 0, 0, 0]),
        (points([], []), nothing, [0, 0, 0, 0, 0]),
        (points(lon, lat), nothing, [2, 0, 0, 2, 0]),
        (points([np.nan] * 3, [np.nan] * 3), square, [3, 0, 0, 0, 3]),
        (points(lon[:1], lat[:1]), square, [1, 1, 0, 0, 0]),
    ):
        result = attach(rows, areas)
        assert list(result.conservation.values()) == counts
        assert tuple(result.table.columns) == COLUMNS
        assert len(result.table) == len(rows)
    assert Outlines(nothing).inside(lon, lat)[0].tolist() == [-1, -1]


def test_positions_beyond_the_globe_are_nowhere() -> None:
    lon, lat = at((5, 5))
    outlines = Outlines(quartiers(box(0, 0, 10, 10)))
    x = np.array([lon[0], 180.0, -180.0, 652469.0, np.inf, np.nan, 2.0])
    y = np.array([lat[0], 90.0, -90.0, 6862035.0, 46.0, 46.0, np.nan])
    assert outlines.inside(x, y)[0].tolist() == [0] + [-1] * 6
    assert outlines.around(x, y, np.full(7, -1, np.int32), 300)[0].tolist() == [-1] * 7


@pytest.mark.parametrize("band", [-1.0, float("nan"), float("inf")])
def test_a_band_is_a_width(band: float) -> None:
    with pytest.raises(UsageError, match="largeur de bande"):
        attach(points([2.0], [46.0]), quartiers(box(0, 0, 1, 1)), band=band)


def test_outlines_that_cannot_be_joined_to() -> None:
    square = box(0, 0, 1, 1)
    with pytest.raises(DataError, match=r"code_qp.: code en double \(QN1\)"):
        Outlines(quartiers(square, square, codes=["QN1", "QN1"]))
    with pytest.raises(UsageError, match="plusieurs générations"):
        Outlines(quartiers(square, square, generation=["2015", "2024"]))
    with pytest.raises(UsageError, match="EPSG:4326"):
        Outlines(quartiers(square).to_crs(2154))
    for wrong in (shapely.Point(2, 46), shapely.Polygon(), None, shapely.box(6e5, 6e6, 7e5, 7e6)):
        with pytest.raises(DataError, match="QN2"):
            Outlines(quartiers(square, wrong, codes=["QN1", "QN2"]))
    with pytest.raises(UsageError, match="colonne latitude absente"):
        attach(pd.DataFrame({"longitude": [2.0]}), quartiers(square))


def test_what_is_given_is_left_as_it_was() -> None:
    lon, lat = at((5, 5), (11, 5))
    rows, areas = points(lon, lat, code_qp="gardé"), quartiers(box(0, 0, 10, 10))
    before, outlines = rows.copy(), areas.copy()
    attach(rows, areas)
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(areas, outlines)
    assert not shapely.is_prepared(areas.geometry.to_numpy()).any()


# --- certitude ----------------------------------------------------------------------------------


def sure(qualite: str = "11", **columns: object) -> pd.Series:
    """Return what is told of a point 375 m inside a neighbourhood of Paris."""
    lon, lat = at((5, 5))
    area = quartiers(box(0, 0, 10, 10), insee_dep=["75"], insee_com=["75056;75057"])
    return attach(points(lon, lat, qualite_xy=qualite, **columns), area).table.iloc[0]


@pytest.mark.parametrize(
    ("qualite", "certitude", "motif"),
    [
        ("11", "sur", ""),
        ("12", "sur", ""),
        ("21", "probable", "voie seulement probable"),
        ("22", "probable", "voie seulement probable"),
        ("", "probable", "qualité de la position inconnue"),
        ("99", "probable", "qualité de la position inconnue"),
    ],
)
def test_certitude_of_each_quality(qualite: str, certitude: str, motif: str) -> None:
    told = sure(qualite)
    assert (told["certitude"], told["motif"]) == (certitude, motif)


def test_the_edge_nearer_than_the_precision() -> None:
    area = quartiers(box(0, 0, 10, 10))

    def told(x: float, qualite: str, precision: float) -> tuple[str, str]:
        lon, lat = at((x, 5))
        row = attach(
            points(lon, lat, qualite_xy=qualite, distance_precision=precision), area
        ).table.iloc[0]
        return row["certitude"], row["motif"]

    # A unit is some 77 m here; x = 1 is inside, x = -1 as far outside.
    for x in (1, -1):
        assert told(x, "11", 70)[0] == "sur"
        certitude, motif = told(x, "11", 90)
        assert certitude == "probable"
        assert motif == (
            "contour plus proche que la précision de la position (77\u00a0m contre 90\u00a0m)"
        )
        assert told(x, "12", 90)[0] == "probable"
        assert told(x, "12", 150)[0] == "probable"
        certitude, motif = told(x, "12", 160)
        assert certitude == "incertain"
        assert motif.startswith("position au hasard dans la voie, près du contour")
        assert told(x, "22", 160)[0] == "incertain"
        # Nothing given, or nothing of use: the precision assumed for the quality.
        assert told(x, "11", np.nan)[0] == told(x, "11", 0)[0] == "sur"
    assert told(40, "12", 290)[0] == "sur"
    assert told(40, "11", 400)[0] == "probable"
    assert told(40, "12", 700)[0] == "incertain"


@pytest.mark.parametrize(
    ("columns", "certitude", "motif"),
    [
        ({"insee_dep": "75"}, "sur", ""),
        ({"insee_dep": ""}, "sur", ""),
        ({"insee_dep": "40"}, "incertain", "département déclaré 40, point dans le 75"),
        ({"code_commune": "75056"}, "sur", ""),
        ({"code_commune": "75101"}, "sur", ""),
        ({"code_commune": "75120"}, "sur", ""),
        ({"code_commune": "75057"}, "sur", ""),
        ({"code_commune": "75121"}, "incertain",
         "commune déclarée 75121, point dans un quartier de 75056;75057"),
        ({"code_commune": "40192"}, "incertain", "département déclaré 40, point dans le 75"),
        ({"code_commune": "40192", "insee_dep": "75"}, "incertain",
         "commune déclarée 40192, point dans un quartier de 75056;75057"),
    ],
)  # fmt: skip
def test_what_is_declared_can_contradict(
    columns: dict[str, object], certitude: str, motif: str
) -> None:
    told = sure(**columns)
    assert (told["certitude"], told["motif"]) == (certitude, motif)


@pytest.mark.parametrize(
    ("declared", "communes"),
    [("69381", "69123"), ("69389", "69123"), ("13201", "13055"), ("13216", "13055"),
     ("69123", "69381,69382"), ("2A004", "2A004"),
     # Merged since one of the files was made, whichever it is.
     ("93066", "93059"), ("93059", "93066"), ("91182", "91228"), ("50602", "50129")],
)  # fmt: skip
def test_communes_of_another_year_and_arrondissements_agree(declared: str, communes: str) -> None:
    lon, lat = at((5, 5))
    area = quartiers(box(0, 0, 10, 10), insee_com=[communes], insee_dep=[declared[:2]])
    told = attach(points(lon, lat, qualite_xy="11", code_commune=declared), area).table
    assert told["certitude"].tolist() == ["sur"]


@pytest.mark.parametrize(
    ("code", "declared", "certitude"),
    [("QN02A01N", "20", "sur"), ("QN02B01N", "20", "sur"), ("QN02A01N", "2A", "sur"),
     ("QN02A01N", "2B", "incertain"), ("QN97801N", "971", "sur"), ("QN97101N", "978", "sur"),
     ("QN97801N", "972", "incertain"), ("QP001002", "01", "sur"), ("QP001002", "10", "incertain"),
     ("QS-ailleurs", "01", "sur")],
)  # fmt: skip
def test_the_departement_is_in_the_code_when_nothing_says_it(
    code: str, declared: str, certitude: str
) -> None:
    lon, lat = at((5, 5))
    rows = points(lon, lat, qualite_xy="11", insee_dep=declared)
    told = attach(rows, quartiers(box(0, 0, 10, 10), codes=[code])).table
    assert told["certitude"].tolist() == [certitude]


def test_nearby_only_the_departement_can_contradict() -> None:
    lon, lat = at((11, 5))
    area = quartiers(box(0, 0, 10, 10), insee_dep=["75"], insee_com=["75056"])
    rows = points(lon, lat, qualite_xy="11", insee_dep="75", code_commune="93066")
    assert attach(rows, area).table["certitude"].tolist() == ["sur"]
    told = attach(rows.assign(insee_dep="40"), area).table.iloc[0]
    assert told["certitude"] == "incertain"
    assert told["motif"] == "département déclaré 40, quartier proche dans le 75"


# --- reconciliation -----------------------------------------------------------------------------


def test_reconciliation_with_what_insee_says() -> None:
    lon, lat = at((5, 5), (5, 5), (5, 5), (5, 5), (11, 5), (40, 5), (40, 5), (40, 5))
    said = ["QN07500M", "QN07599N", "HZ", "", "QN07500M", "CSZ", "HZ", ""]
    area = quartiers(box(0, 0, 10, 10), generation=["2024"])
    expected = {
        "accord": 1, "desaccord": 1, "seulement_essgeo": 1, "seulement_insee": 1, "aucun": 2,
        "non_renseigne": 2,
    }  # fmt: skip
    for name in ("plg_qp24", "plg_qp"):
        assert attach(points(lon, lat, **{name: said}), area).reconciliation == expected
    old = quartiers(box(0, 0, 10, 10), generation=["2015"])
    assert attach(points(lon, lat, plg_qp24=said), old).reconciliation is None
    assert attach(points(lon, lat, plg_qp=said), old).reconciliation is None
    assert attach(points(lon, lat, plg_qp24=""), area).reconciliation is None
    assert attach(points(lon, lat), area).reconciliation is None
    older = [code.replace("QN", "QP") for code in said]
    told = attach(points(lon, lat, plg_qp15=older, plg_qp24=said), old).reconciliation
    assert told is not None
    assert told["desaccord"] == 2
    assert sum(told.values()) == len(lon)


# --- the real files -----------------------------------------------------------------------------


def real_outlines(path: Path) -> gpd.GeoDataFrame:
    """Read a layer and repair it in the plainest way, keeping the polygons."""
    layer = gpd.read_file(path)
    layer.columns = layer.columns.str.lower()
    repaired = [
        shapely.MultiPolygon(
            [
                part
                for part in shapely.get_parts(shapely.get_parts(shapely.make_valid(area)))
                if part.geom_type == "Polygon"
            ]
        )
        for area in layer.geometry
    ]
    return gpd.GeoDataFrame({"code_qp": layer["code_qp"]}, geometry=repaired, crs=4326)


def real_points(reel: Path) -> pd.DataFrame:
    rows = pd.read_csv(reel / "siae_2020.csv", dtype="str", keep_default_na=False)
    return points(
        pd.to_numeric(rows["longitude"]), pd.to_numeric(rows["latitude"]),
        insee_dep=rows["department"], address=rows["address"], post_code=rows["post_code"],
    )  # fmt: skip


@pytest.mark.parametrize(("layer", "about"), [("qpv2015.geojson", 387), ("qpv2024.geojson", 416)])
def test_real_points_on_real_outlines(reel: Path, layer: str, about: int) -> None:
    rows, areas = real_points(reel), real_outlines(reel / layer)
    result = attach(rows, areas)
    counts = dict(result.conservation)
    assert counts.pop("total") == sum(counts.values()) == len(rows) == 3853
    assert counts["non_localise"] == int(rows["longitude"].isna().sum()) == 33
    here = rows["longitude"].between(-6, 10) & rows["latitude"].between(41, 52)
    inside = result.table["rattachement"] == "dedans"
    assert int((inside & here).sum()) == pytest.approx(about, abs=4)

    located = rows[rows["longitude"].notna()]
    places = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(located["longitude"], located["latitude"]),
        index=located.index,
        crs=4326,
    )
    plain = gpd.sjoin(places, areas, predicate="intersects").sort_values("code_qp")["code_qp"]
    plain = plain[~plain.index.duplicated()].reindex(rows.index).fillna("")
    told = result.table["code_qp"].where(inside, "")
    pd.testing.assert_series_equal(told, plain.astype("str"), check_names=False)

    # The hexagon's, measured as the textbook does.
    near = gpd.sjoin_nearest(
        places[here[located.index] & ~inside[located.index]].to_crs(2154),
        areas.assign(geometry=areas.boundary).cx[-6:10, 41:52].to_crs(2154),
        max_distance=300,
        distance_col="metres",
    )
    near = near[~near.index.duplicated()]
    close = result.table[(result.table["rattachement"] == "proche") & here]
    assert set(close.index) == set(near.index)
    np.testing.assert_allclose(close["distance_m"], near["metres"][close.index], atol=0.0501)


@pytest.mark.parametrize("layer", ["qpv2015.geojson", "qpv2024.geojson"])
def test_the_employers_of_the_landes_in_strasbourg_are_uncertain(reel: Path, layer: str) -> None:
    rows = real_points(reel)
    result = attach(rows, real_outlines(reel / layer))
    landes = (rows["insee_dep"] == "40") & (rows["longitude"] > 7)
    told = result.table[landes]
    assert len(told) == 3
    assert told["rattachement"].tolist() == ["dedans"] * 3
    assert told["certitude"].tolist() == ["incertain"] * 3
    assert told["motif"].tolist() == ["département déclaré 40, point dans le 67"] * 3
    contradicted = result.table["motif"].str.startswith("département déclaré")
    assert result.reasons["département déclaré contredit"] == int(contradicted.sum()) < 20
    assert (result.table.loc[contradicted, "certitude"] == "incertain").all()


@pytest.mark.parametrize("layer", ["qpv2015.geojson", "qpv2024.geojson"])
def test_points_of_real_overlaps_whatever_the_order(reel: Path, layer: str) -> None:
    areas = real_outlines(reel / layer)
    one, other = shapely.STRtree(areas.geometry).query(areas.geometry, predicate="intersects")
    pairs = np.column_stack([one, other])[one < other]
    shared = shapely.intersection(
        areas.geometry.to_numpy()[pairs[:, 0]], areas.geometry.to_numpy()[pairs[:, 1]]
    )
    real = shapely.area(shared) > 0
    pairs, shared = pairs[real], shared[real]
    assert len(pairs) >= 5
    place = shapely.get_coordinates(shapely.point_on_surface(shared))
    codes = areas["code_qp"].to_numpy()
    expected = np.minimum(codes[pairs[:, 0]], codes[pairs[:, 1]])
    rng = np.random.default_rng(1)
    told = None
    for _ in range(3):
        shuffled = areas.iloc[rng.permutation(len(areas))]
        result = attach(points(place[:, 0], place[:, 1], qualite_xy="11"), shuffled)
        assert result.ambiguous == len(pairs)
        assert (result.table["rattachement"] == "dedans").all()
        assert (result.table["code_qp"].to_numpy() <= expected).all()
        several = [
            min(codes[areas.geometry.intersects(shapely.Point(*point)).to_numpy()])
            for point in place[:10]
        ]
        assert result.table["code_qp"].tolist()[:10] == several
        if told is not None:
            pd.testing.assert_frame_equal(result.table, told)
        told = result.table
