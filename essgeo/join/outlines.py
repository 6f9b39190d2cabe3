"""The outlines of one generation of neighbourhoods, prepared to place points among them."""

from __future__ import annotations

from threading import Lock

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from essgeo.errors import DataError, UsageError
from essgeo.join.cells import Cells, Floats, Ints
from essgeo.join.edges import SLICE, Edges, in_threads, shares, sorted_by
from essgeo.join.nearest import parts
from essgeo.text import NBSP, listing

Positions = NDArray[np.int32]

WGS84 = 4326
#: Points whose exact tests are gathered together, to bound the memory.
BATCH = 2**23
#: Cells for the surroundings of the outlines: fewer, as no exact test is saved by smaller ones.
BAND_CELLS = 200_000


class Outlines:
    """Outlines of neighbourhoods, prepared once to place any number of points.

    A point belongs to one neighbourhood at most: of those that contain it, the one with the
    lowest ``code_qp``; of those that are equally near, too. The order of the rows changes nothing.

    Parameters
    ----------
    quartiers
        Neighbourhoods of one generation, EPSG:4326: ``code_qp`` and valid polygons.

    Raises
    ------
    UsageError
        Several generations, or another CRS.
    DataError
        A code twice; an outline that is missing, empty, not a polygon or not in degrees.
    """

    def __init__(self, quartiers: gpd.GeoDataFrame) -> None:
        _check(quartiers)
        codes = quartiers["code_qp"].astype("object").to_numpy()
        order = np.argsort(codes, kind="stable")
        #: The neighbourhoods as given: positions are rows of it.
        self.table = quartiers
        self._order = order.astype(np.int32)
        self._rank = np.argsort(order)
        # A copy: preparing changes the objects, and the caller's are not ours.
        self._areas: NDArray[np.object_] = shapely.from_wkb(
            shapely.to_wkb(quartiers.geometry.to_numpy()[order])
        )
        self._cells = Cells(self._areas)
        self._edges: Edges | None = None
        self._bands: dict[float, Cells] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return the number of neighbourhoods."""
        return len(self._areas)

    def prepare(self, band_m: float) -> None:
        """Prepare now what the first call of `around` or `near` would; GEOS leaves Python."""
        if len(self):
            self._band(band_m)

    # --- inside ---------------------------------------------------------------------------------

    def inside(self, lon: Floats | pd.Series, lat: Floats | pd.Series) -> tuple[Positions, int]:
        """Return the neighbourhood that contains each point; a boundary is inside.

        Parameters
        ----------
        lon, lat
            (n,) WGS84 degrees; a point that misses one is in none.

        Returns
        -------
        positions
            (n,) int32 rows of the neighbourhoods, -1 for none; of several, the lowest code.
        ambiguous
            Number of points that several neighbourhoods contain.
        """
        found, several = self.containing(lon, lat)
        return found, int(several.sum())

    def containing(
        self, lon: Floats | pd.Series, lat: Floats | pd.Series
    ) -> tuple[Positions, NDArray[np.bool_]]:
        """Do as `inside`, and say which points several neighbourhoods contain."""
        x, y = _degrees(lon), _degrees(lat)
        found = np.empty(x.size, np.int32)
        several = np.zeros(x.size, bool)
        for part in parts(x.size, BATCH):
            self._batch_inside(x[part], y[part], found[part], several[part])
        return found, several

    def _batch_inside(
        self, x: Floats, y: Floats, found: Positions, several: NDArray[np.bool_]
    ) -> None:
        """Fill ``found`` and ``several`` for one batch."""

        def look(part: slice) -> tuple[Ints, Positions]:
            cell = self._cells.lookup(x[part], y[part])
            sure = cell > 0
            found[part] = -1
            found[part][sure] = self._order[cell[sure] - 1]
            unsure = np.flatnonzero(cell < 0)
            return unsure + part.start, -cell[unsure] - 1

        looked = in_threads(look, list(parts(x.size, SLICE)))
        if not looked:
            return
        unsure = np.concatenate([rows for rows, _ in looked])
        row, area = self._cells.expand(np.concatenate([lists for _, lists in looked]))
        held = self._test(x[unsure], y[unsure], row, area)
        row, area = row[held], area[held]
        lowest = np.full(unsure.size, len(self), np.int64)
        np.minimum.at(lowest, row, area)
        some = lowest < len(self)
        found[unsure[some]] = self._order[lowest[some]]
        several[unsure] = np.bincount(row, minlength=unsure.size) > 1

    def _test(self, x: Floats, y: Floats, row: Ints, area: Ints) -> NDArray[np.bool_]:
        """Test exactly whether each area contains the point of its pair."""
        order, limits = sorted_by(area, len(self))
        rows = row[order]
        u, v = x[rows], y[rows]
        tested = np.zeros(row.size, bool)

        def test(numbers: list[int]) -> None:
            for one in numbers:
                part = slice(limits[one], limits[one + 1])
                tested[part] = shapely.intersects_xy(self._areas[one], u[part], v[part])

        in_threads(test, shares(limits))
        held = np.empty(row.size, bool)
        held[order] = tested
        return held

    # --- distances ------------------------------------------------------------------------------

    def around(
        self, lon: Floats | pd.Series, lat: Floats | pd.Series, positions: Positions, band_m: float
    ) -> tuple[Positions, Floats]:
        """Return the neighbourhood that each point is in or near, and the distance to its edge.

        Parameters
        ----------
        lon, lat
            (n,) WGS84 degrees.
        positions
            (n,) rows of the neighbourhoods that contain the points, -1 for none: see `inside`.
        band_m
            Metres around the neighbourhoods within which the others are near; 0 for no band.

        Returns
        -------
        positions
            (n,) int32 rows of the neighbourhoods; for a point that none contains, the one whose
            edge is nearest within the band, -1 for none; of several equally near (to 0.1 m), the
            lowest code.
        distance_m
            (n,) metres in the legal projection of the neighbourhood's territory, rounded to 0.1;
            missing where there is none.
        """
        x, y = _degrees(lon), _degrees(lat)
        found = positions.astype(np.int32)
        distance = np.full(x.size, np.nan)
        band = self._band(band_m) if band_m > 0 and len(self) else None
        for part in parts(x.size, BATCH):
            self._batch_around(band, x[part], y[part], band_m, found[part], distance[part])
        return found, distance

    def near(
        self, lon: Floats | pd.Series, lat: Floats | pd.Series, band_m: float
    ) -> tuple[Ints, Positions]:
        """Return every pair of a point and a neighbourhood whose edge is within a band of it.

        Unlike `around`, a point may be near several neighbourhoods, and in one of them.

        Parameters
        ----------
        lon, lat
            (n,) WGS84 degrees.
        band_m
            Metres, more than 0.

        Returns
        -------
        points, positions
            (pairs,) rows of the points, ascending, and of the neighbourhoods.
        """
        x, y = _degrees(lon), _degrees(lat)
        band = self._band(band_m)
        lists = np.abs(band.lookup(x, y)) - 1
        point = np.flatnonzero(lists >= 0)
        row, area = band.expand(lists[point])
        point = point[row]
        within = np.full(area.size, band_m)
        kept = np.isfinite(self._prepared().distances(x, y, point, area, within))
        return point[kept], self._order[area[kept]]

    def _batch_around(
        self,
        band: Cells | None,
        x: Floats,
        y: Floats,
        band_m: float,
        found: Positions,
        best: Floats,
    ) -> None:
        """Fill ``found`` and ``best`` for one batch."""

        def look(part: slice) -> tuple[Ints, Positions]:
            # The first lists of cells hold one area each: well inside the surroundings of one is
            # as good as its list, and so is being inside it.
            lists = np.full(part.stop - part.start, -1, np.int32)
            if band is not None:
                lists = np.abs(band.lookup(x[part], y[part])) - 1
            held = np.flatnonzero(found[part] >= 0)
            lists[held] = self._rank[found[part][held]]
            some = np.flatnonzero(lists >= 0)
            return some + part.start, lists[some]

        looked = in_threads(look, list(parts(x.size, SLICE)))
        if not looked:
            return
        point = np.concatenate([rows for rows, _ in looked])
        row, area = (band or self._cells).expand(np.concatenate([lists for _, lists in looked]))
        within = np.where(found[point] >= 0, np.inf, band_m)
        distance = self._prepared().distances(x, y, point[row], area, within[row])
        kept = np.isfinite(distance)
        row, area, distance = row[kept], area[kept], distance[kept]
        nearest = np.full(point.size, np.inf)
        np.minimum.at(nearest, row, distance)
        tied = distance == nearest[row]
        row, area, distance = row[tied], area[tied], distance[tied]
        lowest = np.full(point.size, len(self), np.int64)
        np.minimum.at(lowest, row, area)
        mine = area == lowest[row]
        found[point[row[mine]]] = self._order[area[mine]]
        best[point[row[mine]]] = distance[mine]

    def _prepared(self) -> Edges:
        """Return the edges, projected at the first call."""
        with self._lock:
            if self._edges is None:
                self._edges = Edges(self._areas)
            return self._edges

    def off_utm6(self, positions: Positions) -> bool:
        """Say whether a neighbourhood of Polynesia given here is measured off EPSG:3297."""
        local = self._prepared().local
        return bool(local.any() and local[self._rank[positions[positions >= 0]]].any())

    def _band(self, band_m: float) -> Cells:
        """Return cells over the surroundings of the outlines: all points within the band, more."""
        edges = self._prepared()
        with self._lock:
            if band_m not in self._bands:
                # One at a time: a band is chosen once and used for long.
                self._bands = {band_m: Cells(edges.around(band_m), wanted=BAND_CELLS)}
            return self._bands[band_m]


def _check(quartiers: gpd.GeoDataFrame) -> None:
    """Refuse what cannot be joined to."""
    if quartiers.crs is not None and not quartiers.crs.equals(WGS84, ignore_axis_order=True):
        raise UsageError(f"contours attendus en degrés WGS84 (EPSG:4326), lus en {quartiers.crs}")
    if "generation" in quartiers and quartiers["generation"].nunique() > 1:
        both = sorted(quartiers["generation"].unique())
        raise UsageError(f"plusieurs générations de quartiers ({', '.join(both)}) : en choisir une")
    twice = quartiers.loc[quartiers["code_qp"].duplicated(), "code_qp"].unique().tolist()
    if twice:
        raise DataError(f"colonne code_qp{NBSP}: code en double ({listing(sorted(twice))})")
    areas = quartiers.geometry.to_numpy()
    fine = shapely.area(areas) > 0
    bounds = shapely.bounds(areas).reshape(-1, 4)
    fine &= (np.abs(bounds[:, ::2]) <= 180).all(axis=1) & (np.abs(bounds[:, 1::2]) <= 90).all(
        axis=1
    )
    if not fine.all():
        codes = quartiers.loc[~fine, "code_qp"].astype("object").tolist()
        raise DataError(f"contour absent, sans surface ou hors des degrés{NBSP}: {listing(codes)}")


def _degrees(values: Floats | pd.Series) -> Floats:
    return np.ascontiguousarray(values, dtype="float64")
