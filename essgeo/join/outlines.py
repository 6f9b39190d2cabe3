"""The outlines of one generation of neighbourhoods, prepared to place points among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from essgeo.errors import DataError, UsageError
from essgeo.join.cells import Cells, Floats, Ints, segments
from essgeo.join.edges import WGS84, Edge, transformer
from essgeo.nomenclatures.territoires import legal_crs, territoires, territory_index
from essgeo.text import NBSP, listing

Positions = NDArray[np.int32]
_S = TypeVar("_S")
_T = TypeVar("_T")

#: Points looked up at a time by a thread.
SLICE = 2**17
#: Points whose exact tests are gathered together, to bound the memory.
BATCH = 2**22
#: Distances are compared to the millimetre: within it, two outlines are equally near.
TIE_M = 0.001
#: Cells for the surroundings of the outlines: fewer, as no exact test is saved by smaller ones.
BAND_CELLS = 400_000


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
        self._areas = np.array(
            [
                shapely.MultiPolygon(shapely.get_parts(area))
                for area in quartiers.geometry.to_numpy()[order]
            ],
            dtype=object,
        )
        self._cells = Cells(self._areas)
        self._edges: list[Edge] | None = None
        self._crs: list[pyproj.CRS] = []
        self._local: list[bool] = []
        self._bands: dict[float, Cells] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return the number of neighbourhoods."""
        return len(self._areas)

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
        for part in _parts(x.size, BATCH):
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

        looked = _threads(look, list(_parts(x.size, SLICE)))
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
        held = np.zeros(row.size, bool)

        def test(group: tuple[int, Ints]) -> None:
            number, pairs = group
            points = row[pairs]
            held[pairs] = shapely.intersects_xy(self._areas[number], x[points], y[points])

        _threads(test, _groups(area, len(self)))
        return held

    # --- distances ------------------------------------------------------------------------------

    def edge_distance(
        self, lon: Floats | pd.Series, lat: Floats | pd.Series, positions: Positions
    ) -> Floats:
        """Return the distance of each point to the edge of the neighbourhood given for it.

        Parameters
        ----------
        lon, lat
            (n,) WGS84 degrees.
        positions
            (n,) rows of the neighbourhoods, -1 for none.

        Returns
        -------
        numpy.ndarray
            (n,) metres in the legal projection of the neighbourhood's territory, not rounded;
            missing where there is no neighbourhood.
        """
        x, y = _degrees(lon), _degrees(lat)
        found = np.full(x.size, np.nan)
        row = np.flatnonzero(positions >= 0)
        found[row] = self._pair_distances(x, y, row, self._rank[positions[row]])
        return found

    def near(
        self, lon: Floats | pd.Series, lat: Floats | pd.Series, band_m: float
    ) -> tuple[Positions, Floats]:
        """Return the neighbourhood whose edge is nearest to each point, within a band.

        Meant for points that no neighbourhood contains.

        Parameters
        ----------
        lon, lat
            (n,) WGS84 degrees.
        band_m
            Metres.

        Returns
        -------
        positions
            (n,) int32 rows of the neighbourhoods, -1 for none within the band; of several equally
            near (to the millimetre), the lowest code.
        distance_m
            (n,) metres in the legal projection of the neighbourhood's territory, not rounded;
            missing where there is none.
        """
        x, y = _degrees(lon), _degrees(lat)
        found = np.full(x.size, -1, np.int32)
        distance = np.full(x.size, np.nan)
        if not len(self) or band_m <= 0:
            return found, distance
        cells = self._band(band_m)
        for part in _parts(x.size, BATCH):
            self._batch_near(cells, x[part], y[part], band_m, found[part], distance[part])
        return found, distance

    def _batch_near(
        self, cells: Cells, x: Floats, y: Floats, band_m: float, found: Positions, best: Floats
    ) -> None:
        """Fill ``found`` and ``best`` for one batch."""

        def look(part: slice) -> tuple[Ints, Positions]:
            cell = cells.lookup(x[part], y[part])
            some = np.flatnonzero(cell)
            # Well inside the surroundings of one outline is as good as its list.
            return some + part.start, np.abs(cell[some]) - 1

        looked = _threads(look, list(_parts(x.size, SLICE)))
        if not looked:
            return
        point = np.concatenate([rows for rows, _ in looked])
        row, area = cells.expand(np.concatenate([lists for _, lists in looked]))
        distance = self._pair_distances(x, y, point[row], area)
        kept = distance <= band_m
        row, area, distance = row[kept], area[kept], distance[kept]
        nearest = np.full(point.size, np.inf)
        np.minimum.at(nearest, row, distance)
        tied = distance <= nearest[row] + TIE_M
        row, area, distance = row[tied], area[tied], distance[tied]
        lowest = np.full(point.size, len(self), np.int64)
        np.minimum.at(lowest, row, area)
        mine = area == lowest[row]
        found[point[row[mine]]] = self._order[area[mine]]
        best[point[row[mine]]] = distance[mine]

    def _pair_distances(self, x: Floats, y: Floats, row: Ints, area: Ints) -> Floats:
        """Return the distance of the point of each pair to the edge of its area."""
        edges = self._prepared()
        found = np.empty(row.size)

        def measure(group: tuple[int, Ints]) -> None:
            number, pairs = group
            points = row[pairs]
            project = transformer(self._crs[number])
            found[pairs] = edges[number].distances(*project.transform(x[points], y[points]))

        _threads(measure, _groups(area, len(self)))
        return found

    def _prepared(self) -> list[Edge]:
        """Return the edges, projected at the first call."""
        with self._lock:
            if self._edges is None:
                middle = shapely.get_coordinates(shapely.centroid(shapely.envelope(self._areas)))
                codes = territoires()["code"].tolist()
                where = territory_index(middle[:, 0], middle[:, 1])
                self._crs = _projections([codes[n] if n >= 0 else "" for n in where], middle)
                self._local = [
                    n >= 0 and codes[n] == "987" and crs.to_epsg() is None
                    for n, crs in zip(where.tolist(), self._crs, strict=True)
                ]
                start, end, owner = segments(self._areas)
                limits = np.searchsorted(owner, np.arange(len(self) + 1))
                self._edges = []
                for number in range(len(self)):
                    part = slice(limits[number], limits[number + 1])
                    project = transformer(self._crs[number])
                    self._edges.append(
                        Edge(
                            np.column_stack(project.transform(*start[part].T)),
                            np.column_stack(project.transform(*end[part].T)),
                        )
                    )
            return self._edges

    def off_utm6(self, positions: Positions) -> bool:
        """Say whether a neighbourhood of Polynesia given here is measured off EPSG:3297."""
        self._prepared()
        used = np.unique(self._rank[positions[positions >= 0]])
        return any(self._local[number] for number in used.tolist())

    def _band(self, band_m: float) -> Cells:
        """Return cells over the surroundings of the outlines: all points within the band, more."""
        self._prepared()
        with self._lock:
            if band_m not in self._bands:
                self._bands = {band_m: Cells(self._surroundings(band_m), wanted=BAND_CELLS)}
            return self._bands[band_m]

    def _surroundings(self, band_m: float) -> NDArray[np.object_]:
        """Return a polygon around each outline that holds every point within the band."""
        wide = np.empty(len(self), object)
        for number, hull in enumerate(shapely.convex_hull(self._areas)):
            crs = self._crs[number]
            # An octagon is inside the circle it stands for, by 8 %; a straight line in degrees
            # bends by less than a metre over 2 km in projection.
            there = shapely.transform(hull, transformer(crs).transform, interleaved=False)
            ring = shapely.segmentize(shapely.buffer(there, 1.1 * band_m + 5, quad_segs=2), 2000)
            wide[number] = shapely.transform(
                ring, transformer(crs, back=True).transform, interleaved=False
            )
        return wide


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


def _projections(codes: list[str], middle: Floats) -> list[pyproj.CRS]:
    """Return the legal projection of each outline; those of one projection share the object."""
    known: dict[str, pyproj.CRS] = {}
    found = []
    for code, (lon, lat) in zip(codes, middle.tolist(), strict=True):
        if code not in {"", "987"}:
            if code not in known:
                known[code] = legal_crs(code)
            found.append(known[code])
        else:
            found.append(legal_crs(code, lon, lat))
    return found


def _degrees(values: Floats | pd.Series) -> Floats:
    return np.ascontiguousarray(values, dtype="float64")


def _parts(count: int, size: int) -> Iterator[slice]:
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


def _groups(area: Ints, count: int) -> list[tuple[int, Ints]]:
    """Return, for each area that has pairs, its number and the rows of its pairs."""
    # 16 bits are sorted by counting, several times faster.
    key = area.astype(np.uint16) if count <= 2**16 else area
    order = np.argsort(key, kind="stable")
    limits = np.searchsorted(area[order], np.arange(count + 1))
    return [
        (number, order[limits[number] : limits[number + 1]])
        for number in np.flatnonzero(np.diff(limits)).tolist()
    ]


def _threads(work: Callable[[_S], _T], items: list[_S]) -> list[_T]:
    """Do the work on each item; the heavy parts leave Python, so that threads help."""
    workers = min(4, os.cpu_count() or 1, len(items))
    if workers < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))
