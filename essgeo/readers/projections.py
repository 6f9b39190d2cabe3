"""Projections that French files are written in, and what falls in France once converted."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj

from essgeo.nomenclatures.territoires import POLYNESIE_UTM6, territoires, territory_index

Degrees = npt.NDArray[np.float64]

LAMBERT_93 = 2154
WEB_MERCATOR = 3857

# A conic zone is used within one degree of its parallel (Lambert-93 CC42 to CC50).
_CONIC = {3900 + parallel: float(parallel) for parallel in range(42, 51)}
# A UTM zone, six degrees of longitude wide.
_UTM = {32630: (-6.0, 0.0), 32631: (0.0, 6.0), 32632: (6.0, 12.0)}

#: EPSG code -> name as people say it, legal ones first (EPSG registry).
PROJECTIONS: dict[int, str] = {
    LAMBERT_93: "Lambert-93",
    5490: "UTM 20 Nord (RGAF09)",
    2972: "UTM 22 Nord (RGFG95)",
    2975: "UTM 40 Sud (RGR92)",
    4471: "UTM 38 Sud (RGM04)",
    4467: "UTM 21 Nord (RGSPM06)",
    3297: "UTM 6 Sud (RGPF)",
    27572: "Lambert II étendu",
    **{code: f"Lambert-93 CC{parallel:.0f}" for code, parallel in _CONIC.items()},
    **{code: f"UTM {code - 32600} Nord (WGS84)" for code in _UTM},
    WEB_MERCATOR: "Web Mercator",
}


def in_degrees(epsg: int, x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Convert to WGS84 degrees; NaN outside the French territory where the projection is used.

    Parameters
    ----------
    epsg
        A code of `PROJECTIONS`.
    x, y
        Metres, shape (rows,).
    """
    lon, lat = (
        np.asarray(side, np.float64)
        for side in transformer(epsg).transform(np.asarray(x), np.asarray(y))
    )
    outside = ~(np.isfinite(lon) & np.isfinite(lat))
    lon, lat = np.where(outside, np.nan, lon), np.where(outside, np.nan, lat)
    at = territory_index(lon, lat)
    legal = territoires()["epsg"].to_numpy(np.int64)
    used = at >= 0
    if epsg != WEB_MERCATOR:
        mine = epsg if epsg in legal else LAMBERT_93
        used &= legal[at] == mine
    if epsg in _CONIC:
        used &= np.abs(lat - _CONIC[epsg]) <= 1
    west, east = POLYNESIE_UTM6 if epsg == 3297 else _UTM.get(epsg, (-180.0, 180.0))
    used &= (lon >= west) & (lon <= east)
    return np.where(used, lon, np.nan), np.where(used, lat, np.nan)


@cache
def transformer(epsg: int) -> pyproj.Transformer:
    """Return what converts a projection to WGS84, easting first."""
    return pyproj.Transformer.from_crs(epsg, 4326, always_xy=True)
