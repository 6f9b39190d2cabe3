"""Surfaces of neighbourhoods and of their bands, against geometry done by hand."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box

from essgeo.join.surfaces import (
    BAND_COLUMN,
    band_km2,
    inside_km2,
    measured_band_km2,
    metres_per_degree,
)
from essgeo.readers import read_quartiers
from essgeo.settings import ROOT

LON, LAT = 2.0, 47.0


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    """Place shapes given in metres around one point."""
    east, north = (float(one) for one in metres_per_degree(np.array(LAT)))
    placed = [
        shapely.transform(shape, lambda at: at / [east, north] + [LON, LAT]) for shape in shapes
    ]
    codes = [f"QN0450{place}N" for place in range(len(placed))]
    return gpd.GeoDataFrame({"code_qp": codes}, geometry=placed, crs="EPSG:4326")


def test_a_square_and_its_band() -> None:
    one = frame(box(0, 0, 1000, 500))
    assert inside_km2(one) == pytest.approx([0.5], rel=1e-4)
    # A band of 300 m: four sides and four quarters of a disc.
    assert measured_band_km2(one) == pytest.approx([0.3 * 3 + math.pi * 0.09], rel=0.02)
    assert measured_band_km2(one, band=0.0) == pytest.approx([0.0])


def test_a_shared_band_is_cut_half_way_and_a_neighbour_is_no_band() -> None:
    # 200 m apart, side by side: the 0.2 km² between them is shared.
    both = frame(box(0, 0, 1000, 1000), box(1200, 0, 2200, 1000))
    union = shapely.union_all([box(0, 0, 1000, 1000), box(1200, 0, 2200, 1000)])
    whole = shapely.buffer(union, 300).area / 1e6 - 2
    found = measured_band_km2(both)
    assert found[0] == pytest.approx(found[1], rel=0.02)
    assert found.sum() == pytest.approx(whole, rel=0.01)
    touching = frame(box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000))
    expected = shapely.buffer(box(0, 0, 2000, 1000), 300).area / 1e6 - 2
    assert measured_band_km2(touching).sum() == pytest.approx(expected, rel=0.01)


def test_a_hole_is_band_where_it_is_near() -> None:
    ring = Polygon(
        Point(0, 0).buffer(1500).exterior.coords, [Point(0, 0).buffer(1000).exterior.coords]
    )
    outside = math.pi * (1.8**2 - 1.5**2)
    hole = math.pi * (1.0**2 - 0.7**2)
    assert measured_band_km2(frame(ring)) == pytest.approx([outside + hole], rel=0.02)


def test_a_region_takes_no_more_squares_than_allowed() -> None:
    vast = frame(box(0, 0, 200_000, 200_000))
    # Squares of 500 m: coarse, but measured.
    assert measured_band_km2(vast) == pytest.approx([4 * 200 * 0.3], rel=0.5)


def test_what_the_folder_says_is_taken_only_when_whole() -> None:
    two = frame(box(0, 0, 1000, 500), box(5000, 0, 6000, 500))
    assert band_km2(two.assign(**{BAND_COLUMN: ["2.5", "3"]})).tolist() == [2.5, 3.0]
    measured = measured_band_km2(two).tolist()
    assert band_km2(two.assign(**{BAND_COLUMN: [2.5, math.nan]})).tolist() == measured
    assert band_km2(two).tolist() == measured
    assert band_km2(two.iloc[:0]).shape == (0,)


def check_country(path: Path) -> None:
    quartiers = read_quartiers(path).table
    areas = inside_km2(quartiers)
    equal = quartiers.to_crs("ESRI:54034").area.to_numpy() / 1e6
    assert areas == pytest.approx(equal, rel=1e-4)


def test_surfaces_of_the_demonstration() -> None:
    check_country(ROOT / "data" / "qpv.geojson")


def test_surfaces_of_real_neighbourhoods(reel: Path) -> None:
    check_country(reel / "qpv2024.geojson")
    few = read_quartiers(reel / "qpv2024.geojson").table
    few = few[few["insee_dep"] == "67"].reset_index(drop=True)
    metric = few.to_crs(2154).geometry.to_numpy()
    union = shapely.union_all(metric)
    whole = (shapely.buffer(union, 300).area - union.area) / 1e6
    assert measured_band_km2(few).sum() == pytest.approx(whole, rel=0.01)
