"""Surfaces of neighbourhoods and of their surroundings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from essgeo.join.cells import Floats
from essgeo.join.outlines import Outlines
from essgeo.settings import BAND_M

#: Column of a data folder's neighbourhoods that spares measuring their surroundings again.
BAND_COLUMN = "bande_km2"

#: Side of the squares by which surroundings are measured, in metres.
STEP_M = 50.0
#: Most squares on one side of what surrounds a neighbourhood: larger ones get larger squares.
MOST_SQUARES = 400

#: Ellipsoid of WGS84: semi-major axis in metres and squared eccentricity.
_AXIS_M, _ECCENTRICITY2 = 6_378_137.0, 0.006_694_379_990_141


def metres_per_degree(latitude: Floats) -> tuple[Floats, Floats]:
    """Return the metres in a degree of longitude and in a degree of latitude (WGS84)."""
    angle = np.radians(latitude)
    root = np.sqrt(1 - _ECCENTRICITY2 * np.sin(angle) ** 2)
    east = _AXIS_M * np.cos(angle) / root
    north = _AXIS_M * (1 - _ECCENTRICITY2) / root**3
    return np.radians(1) * east, np.radians(1) * north


def inside_km2(quartiers: gpd.GeoDataFrame) -> Floats:
    """Return the surface of each neighbourhood.

    Parameters
    ----------
    quartiers
        Outlines, EPSG:4326.

    Returns
    -------
    numpy.ndarray
        (n,) square kilometres on the ellipsoid, less than 1e-5 away from an equal-area
        projection for outlines of some kilometres.
    """
    areas = quartiers.geometry.to_numpy()
    east, north = metres_per_degree(shapely.get_y(shapely.centroid(areas)))
    found: Floats = shapely.area(areas) * east * north / 1e6
    return found


def band_km2(quartiers: gpd.GeoDataFrame) -> Floats:
    """Return the surface of the band around each neighbourhood: as the folder says, or measured.

    The bands of :func:`measured_band_km2` are taken from the column :data:`BAND_COLUMN` when it
    is whole: measuring those of the country takes seconds.
    """
    if BAND_COLUMN in quartiers.columns:
        said: Floats = pd.to_numeric(quartiers[BAND_COLUMN], errors="coerce").to_numpy(np.float64)
        if np.isfinite(said).all():
            return said
    return measured_band_km2(quartiers)


def measured_band_km2(quartiers: gpd.GeoDataFrame | Outlines, band: float = BAND_M) -> Floats:
    """Measure the band around each neighbourhood, as establishments are attached to it.

    What lies within the band of several neighbourhoods goes to the nearest, and what is inside
    one is in no band: surfaces add up to that of the union, and a density divides the
    establishments « proches » by the surface that they were counted on.

    Parameters
    ----------
    quartiers
        Neighbourhoods of one generation, EPSG:4326, or prepared outlines.
    band
        Width of the band, metres.

    Returns
    -------
    numpy.ndarray
        (n,) square kilometres, counted by squares of 50 m: about 1 % for one neighbourhood, far
        less for a sum.
    """
    if not len(quartiers):
        return np.empty(0)
    outlines = quartiers if isinstance(quartiers, Outlines) else Outlines(quartiers)
    west, south, right, top = shapely.bounds(outlines.table.geometry.to_numpy()).T
    east, north = metres_per_degree((south + top) / 2)
    # One square more than the band needs: distances are measured in the legal projection.
    margin = band + STEP_M
    width = (right - west) * east + 2 * margin
    height = (top - south) * north + 2 * margin
    step = np.maximum(STEP_M, np.maximum(width, height) / MOST_SQUARES)
    columns, rows = (np.ceil(side / step).astype(np.int64) for side in (width, height))
    squares = columns * rows
    owner = np.repeat(np.arange(len(quartiers)), squares)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(squares) - squares, squares)
    line, column = np.divmod(rank, columns[owner])
    lon = (west - margin / east)[owner] + (column + 0.5) * (step / east)[owner]
    lat = (south - margin / north)[owner] + (line + 0.5) * (step / north)[owner]
    inside, _ = outlines.containing(lon, lat)
    beside = np.flatnonzero(inside < 0)
    around, _ = outlines.around(lon[beside], lat[beside], inside[beside], band)
    owner = owner[beside]
    counted = np.bincount(owner[around == owner], minlength=len(quartiers))
    found: Floats = counted * step**2 / 1e6
    return found
