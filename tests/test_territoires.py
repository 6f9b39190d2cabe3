"""Where the French territories lie, and what positions look like when they lie elsewhere."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from essgeo.errors import DataError
from essgeo.nomenclatures.territoires import (
    legal_crs,
    position_problems,
    territoires,
    territory_index,
)

#: A place in each territory, and the projection that French law gives it.
PLACES = {
    "hexagone": (7.7521, 48.5734, 2154),
    "971": (-61.5331, 16.2411, 5490),
    "972": (-61.0742, 14.6161, 5490),
    "973": (-52.3135, 4.9224, 2972),
    "974": (55.4504, -20.8789, 2975),
    "975": (-56.1773, 46.7811, 4467),
    "976": (45.2279, -12.7806, 4471),
    "977": (-62.8498, 17.8962, 5490),
    "978": (-63.0822, 18.0675, 5490),
    "986": (-176.1736, -13.2825, 8903),
    "987": (-149.5665, -17.5350, 3297),
    "988": (166.4580, -22.2758, 3163),
}


@pytest.mark.parametrize(("code", "place"), PLACES.items())
def test_a_place_lies_in_its_territory_only(code: str, place: tuple[float, float, int]) -> None:
    lon, lat, epsg = place
    found = territory_index(np.array([lon]), np.array([lat]))
    assert found.dtype == np.int8
    assert territoires()["code"].tolist()[found[0]] == code
    assert legal_crs(code, lon, lat).to_epsg() == epsg


def test_every_territory_is_tried() -> None:
    assert set(territoires()["code"]) == set(PLACES)


@pytest.mark.parametrize("code", [code for code in PLACES if code != "987"])
def test_the_projection_fits_its_territory(code: str) -> None:
    """A hundred metres on the ground are a hundred metres in projection, to 1 in 1,000."""
    lon, lat, _ = PLACES[code]
    there_lon, there_lat, _ = pyproj.Geod(ellps="GRS80").fwd(lon, lat, 60.0, 100.0)
    project = pyproj.Transformer.from_crs(4326, legal_crs(code), always_xy=True)
    (x0, x1), (y0, y1) = project.transform([lon, there_lon], [lat, there_lat])
    assert np.hypot(x1 - x0, y1 - y0) == pytest.approx(100.0, rel=1e-3)


def test_guyane_reaches_its_western_river() -> None:
    saint_laurent, maripasoula = (-54.0289, 5.5039), (-54.0299, 3.6426)
    lon, lat = np.array([saint_laurent, maripasoula]).T
    assert territoires()["code"].iloc[territory_index(lon, lat)].tolist() == ["973", "973"]


def test_polynesia_changes_projection_at_its_limits() -> None:
    assert legal_crs("987", -150.0, -17.0).to_epsg() == 3297
    assert legal_crs("987", -144.0, -17.0).to_epsg() == 3297
    for lon in (-151.75, -139.0):
        crs = legal_crs("987", lon, -9.8)
        assert crs.to_epsg() is None
        assert "Azimuthal Equidistant" in crs.to_wkt()
        project = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
        assert project.transform(lon, -9.8) == pytest.approx((0, 0), abs=1e-6)


def test_a_place_is_needed_where_no_projection_is_given() -> None:
    with pytest.raises(ValueError, match="needs a place"):
        legal_crs("987")
    with pytest.raises(ValueError, match="needs a place"):
        legal_crs("")
    with pytest.raises(KeyError):
        legal_crs("999")


def test_what_is_missing_or_foreign_is_nowhere() -> None:
    lon = np.array([np.nan, 2.35, 0.0, -74.0, 652469.0, np.inf])
    lat = np.array([48.85, np.nan, 0.0, 40.7, 6862035.0, 48.0])
    assert territory_index(lon, lat).tolist() == [-1] * 6


def test_no_territory_mistakes_swapped_positions_for_its_own() -> None:
    lon, lat = np.array([place[:2] for place in PLACES.values()]).T
    assert territory_index(lat, lon).tolist() == [-1] * len(PLACES)


def test_half_outside_is_reported_and_more_blocks() -> None:
    lon = np.array([2.35, 2.36, -74.0, -74.1])
    lat = np.array([48.85, 48.86, 40.7, 40.8])
    fine = position_problems(lon, lat)
    assert (fine.located, fine.outside, fine.verdict) == (4, 2, "")
    fine.raise_if_wrong("points.csv")
    wrong = position_problems(lon[1:], lat[1:])
    assert (wrong.located, wrong.outside) == (3, 2)
    with pytest.raises(DataError, match=r"^points\.csv.: 2.positions sur 3 hors de tout"):
        wrong.raise_if_wrong("points.csv")


def test_missing_and_null_positions_do_not_weigh() -> None:
    lon = np.array([2.35, np.nan, np.nan, 0.0, 0.0])
    lat = np.array([48.85, np.nan, 1.0, 0.0, 0.0])
    report = position_problems(lon, lat)
    assert (report.total, report.missing, report.zero, report.located) == (5, 2, 2, 1)
    assert report.verdict == ""
    assert position_problems(np.array([]), np.array([])).verdict == ""
    assert position_problems(np.array([np.nan]), np.array([1.0])).verdict == ""


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        ([48.85, 43.3, 2.35], [2.35, 5.4, 48.85], "longitude et latitude semblent inversées"),
        ([-20.9, -12.8], [55.4, 45.2], "longitude et latitude semblent inversées"),
        ([652469.0, 893000.0], [6862035.0, 6245000.0], "en Lambert ou en UTM"),
        ([-74.0, 13.4], [40.7, 52.5], "vérifier les colonnes longitude et latitude"),
    ],
)
def test_the_message_says_what_positions_look_like(
    lon: list[float], lat: list[float], said: str
) -> None:
    with pytest.raises(DataError) as raised:
        position_problems(np.array(lon), np.array(lat)).raise_if_wrong("points.csv")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_single_stranger_blocks() -> None:
    with pytest.raises(DataError, match="la position est hors de tout territoire français"):
        position_problems(np.array([100.0]), np.array([50.0])).raise_if_wrong()
