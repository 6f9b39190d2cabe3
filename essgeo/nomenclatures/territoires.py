"""French territories: where they lie, and the projection in which their distances are measured.

The table is ``territoires.csv``. The projections are those that French law gives each territory
(decree 2000-1276 as amended, order of 5 March 2019); the extents are the areas of use that the
EPSG registry gives, which are rectangles: they tell a position that cannot be French from one
that may be, not land from sea nor France from its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from essgeo.errors import DataError
from essgeo.text import NBSP, number, plural

#: Longitudes, east positive, between which EPSG:3297 (UTM 6 South) is the projection of 987.
POLYNESIE_UTM6 = (-150.0, -144.0)


@cache
def territoires() -> pd.DataFrame:
    """Return the territories, in the order of `territory_index`.

    Returns
    -------
    pandas.DataFrame
        Columns ``code, lib, epsg`` (int), ``lon_min, lat_min, lon_max, lat_max`` (WGS84 degrees),
        ``source, note``. Shared between callers, who must not change it.
    """
    path = Path(__file__).with_suffix(".csv")
    text = ["code", "lib", "source", "note"]
    return pd.read_csv(path, dtype=dict.fromkeys(text, "str"), keep_default_na=False)


@cache
def _bounds() -> NDArray[np.float64]:
    table = territoires()
    return table[["lon_min", "lat_min", "lon_max", "lat_max"]].to_numpy("float64")


def territory_index(
    lon: NDArray[np.float64] | pd.Series, lat: NDArray[np.float64] | pd.Series
) -> NDArray[np.int8]:
    """Return the row of `territoires` in which each position lies.

    Parameters
    ----------
    lon, lat
        WGS84 degrees; missing values are outside.

    Returns
    -------
    numpy.ndarray
        int8, -1 outside every French territory. Where two extents share an edge, the first row.
    """
    x = np.asarray(lon, "float64")
    y = np.asarray(lat, "float64")
    first, *others = _bounds()
    # Most positions are in the first territory: the others are looked for among the rest.
    found = _within(x, y, first).view(np.int8) - np.int8(1)
    rest = np.flatnonzero(found)
    for row, bounds in enumerate(others, start=1):
        if not rest.size:
            break
        inside = _within(x[rest], y[rest], bounds)
        found[rest[inside]] = row
        rest = rest[~inside]
    return found


def _within(
    x: NDArray[np.float64], y: NDArray[np.float64], bounds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def legal_crs(territoire: str, lon: float | None = None, lat: float | None = None) -> pyproj.CRS:
    """Return the projection in which distances are measured around a place.

    Parameters
    ----------
    territoire
        Code of a territory; ``""`` for a place outside all of them.
    lon, lat
        The place, WGS84 degrees. Needed for 987 and outside every territory: beyond EPSG:3297 no
        single projection is right, so an azimuthal equidistant one is centred on the place.

    Raises
    ------
    KeyError
        No such territory.
    ValueError
        The place is needed and was not given.
    """
    if territoire and territoire != "987":
        table = territoires()
        epsg = dict(zip(table["code"].tolist(), table["epsg"].tolist(), strict=True))
        return pyproj.CRS.from_epsg(epsg[territoire])
    if lon is None or lat is None:
        message = f"legal_crs needs a place for {territoire!r}"
        raise ValueError(message)
    west, east = POLYNESIE_UTM6
    if territoire == "987" and west <= lon <= east:
        return pyproj.CRS.from_epsg(3297)
    return pyproj.CRS.from_dict(
        {"proj": "aeqd", "lon_0": lon, "lat_0": lat, "ellps": "GRS80", "units": "m"}
    )


@dataclass(frozen=True)
class PositionReport:
    """What a set of positions looks like.

    Parameters
    ----------
    total, missing, zero, outside
        Rows; rows without a finite longitude and latitude; rows at (0, 0); other rows outside
        every French territory.
    verdict
        ``""`` when at most half of the located rows are outside; else a French sentence that says
        what the positions look like.
    """

    total: int
    missing: int
    zero: int
    outside: int
    verdict: str

    @property
    def located(self) -> int:
        """Number of rows with a position that is neither missing nor (0, 0)."""
        return self.total - self.missing - self.zero

    def raise_if_wrong(self, where: str = "") -> None:
        """Raise when most positions cannot be French.

        Parameters
        ----------
        where
            The file, named at the head of the message.

        Raises
        ------
        DataError
            More than half of the located rows are outside every French territory.
        """
        if self.verdict:
            raise DataError(f"{where}{NBSP}: {self.verdict}" if where else self.verdict)


def position_problems(
    lon: NDArray[np.float64] | pd.Series, lat: NDArray[np.float64] | pd.Series
) -> PositionReport:
    """Say whether positions can be French, and what they look like when they cannot.

    Parameters
    ----------
    lon, lat
        Meant to be WGS84 degrees.
    """
    x = np.asarray(lon, "float64")
    y = np.asarray(lat, "float64")
    finite = np.isfinite(x) & np.isfinite(y)
    zero = finite & (x == 0) & (y == 0)
    located = finite & ~zero
    outside = located & (territory_index(x, y) < 0)
    strangers, candidates = int(outside.sum()), int(located.sum())
    verdict = ""
    if 2 * strangers > candidates:
        verdict = _verdict(x[outside], y[outside], candidates)
    return PositionReport(x.size, int((~finite).sum()), int(zero.sum()), strangers, verdict)


def _verdict(x: NDArray[np.float64], y: NDArray[np.float64], located: int) -> str:
    """Name the likely fault of positions outside every territory."""
    share = (
        f"{plural(x.size, 'position')} sur {number(located)} hors de tout territoire français"
        if x.size > 1
        else "la position est hors de tout territoire français"
        if located == 1
        else f"une position sur {number(located)} hors de tout territoire français"
    )
    if 2 * int((territory_index(y, x) >= 0).sum()) > x.size:
        return (
            f"{share}{NBSP}: longitude et latitude semblent inversées "
            "(colonnes longitude et latitude)"
        )
    if 2 * int(((np.abs(x) > 180) | (np.abs(y) > 90)).sum()) > x.size:
        return (
            f"{share}{NBSP}: ces valeurs ne sont pas des degrés mais ressemblent à des mètres, "
            "en Lambert ou en UTM ; les convertir en degrés WGS84 (colonnes longitude et latitude)"
        )
    return (
        f"{share}{NBSP}: vérifier les colonnes longitude et latitude "
        "(degrés WGS84 attendus, point décimal)"
    )
