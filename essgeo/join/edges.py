"""Distances in metres from positions to the edges of outlines, in legal projections."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from essgeo.join.cells import Floats, Ints, vertices
from essgeo.nomenclatures.territoires import (
    POLYNESIE_UTM6,
    legal_crs,
    territoires,
    territory_index,
)

_S = TypeVar("_S")
_T = TypeVar("_T")

#: Points projected, or looked up, at a time by a thread.
SLICE = 2**17
#: Outlines that a thread takes at a time.
SHARE = 8
#: Distances to segments computed at a time: what a processor's cache holds.
AT_ONCE = 2**15
#: Distances to segments from which it pays to sort the points of an outline into tiles.
WORTH_TILES = 2**17
#: Most tiles across.
MOST_TILES = 12

_local = threading.local()


def parts(count: int, size: int) -> Iterator[slice]:
    """Cut ``count`` rows into slices of at most ``size``."""
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


def in_threads(work: Callable[[_S], _T], items: list[_S]) -> list[_T]:
    """Do the work on each item; its heavy parts leave Python, so that threads help."""
    workers = min(4, os.cpu_count() or 1, len(items))
    if workers < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))


def sorted_by(area: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the order of pairs by area, and where each area's pairs begin in that order."""
    # 16 bits are sorted by counting, several times faster.
    order = np.argsort(area.astype(np.uint16) if count <= 2**16 else area, kind="stable")
    limits = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(area, minlength=count), out=limits[1:])
    return order, limits


def shares(limits: Ints) -> list[list[int]]:
    """Deal the areas that have pairs into lists worth a thread's while."""
    some = np.flatnonzero(np.diff(limits)).tolist()
    return [some[first : first + SHARE] for first in range(0, len(some), SHARE)]


class Projection:
    """A legal projection of WGS84 degrees, usable from any thread.

    The geodetic systems of the French territories are WGS84 to the precision of a position, and a
    shift of both ends changes no distance: only the projection is applied.
    """

    def __init__(self, crs: pyproj.CRS) -> None:
        self.crs = crs
        self._name = crs.to_wkt()

    def _of_thread(self) -> pyproj.Proj:
        # A PROJ object must not be used by two threads at once.
        known: dict[str, pyproj.Proj] = _local.__dict__.setdefault("known", {})
        if self._name not in known:
            known[self._name] = pyproj.Proj(self.crs)
        return known[self._name]

    def metres(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return the projected coordinates of degrees."""
        x, y = self._of_thread()(lon, lat)
        return x, y

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the degrees of projected coordinates."""
        lon, lat = self._of_thread()(x, y, inverse=True)
        return lon, lat


class Edges:
    """The edges of outlines, each in the legal projection of its territory.

    Parameters
    ----------
    areas
        (n,) polygons and multipolygons in WGS84 degrees.
    """

    def __init__(self, areas: NDArray[np.object_]) -> None:
        self._areas = areas
        self._count = len(areas)
        self._projections, self._projection, self.local = _projections(areas)
        places, first, of_place = vertices(areas)
        in_projection = self._projection[of_place]
        for number, projection in enumerate(self._projections):
            mine = np.flatnonzero(in_projection == number)
            places[mine, 0], places[mine, 1] = projection.metres(places[mine, 0], places[mine, 1])
        start, end, owner = places[first], places[first + 1], of_place[first]
        # A segment of no length is the end of its neighbours, and has no direction.
        kept = (start != end).any(axis=1)
        start, end, owner = start[kept], end[kept], owner[kept]
        self._limits = np.searchsorted(owner, np.arange(self._count + 1))
        # Small numbers are exact numbers: everything is relative to the outline's first point.
        self._origin = start[self._limits[:-1]]
        start, end = start - self._origin[owner], end - self._origin[owner]
        step, middle = end - start, (start + end) / 2
        length = np.hypot(step[:, 0], step[:, 1])
        self._half = (length / 2)[:, None]
        ux, uy = (step / length[:, None]).T
        # In the frame of each segment: ahead of its middle, and aside of its line.
        self._ahead = np.column_stack([ux, uy, -(ux * middle[:, 0] + uy * middle[:, 1])])
        # Twice it: see _nearest.
        self._aside = 2 * np.column_stack([-uy, ux, uy * middle[:, 0] - ux * middle[:, 1]])

    def distances(
        self, lon: Floats, lat: Floats, row: Ints, area: Ints, within: float = np.inf
    ) -> Floats:
        """Return the distance of points to edges, pair by pair.

        Parameters
        ----------
        lon, lat
            Points, WGS84 degrees.
        row, area
            (n,) point and outline of each pair; points ascending.
        within
            Metres beyond which a distance need not be told.

        Returns
        -------
        numpy.ndarray
            (n,) metres; any number above ``within`` where the edge is farther.
        """
        # Outline by outline: what one outline needs lies together in memory.
        order, limits = sorted_by(area, self._count)
        rows, number = row[order], self._projection[area[order]]
        x, y = np.empty(row.size), np.empty(row.size)
        changes = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), row.size]
        runs = [
            slice(first + part.start, first + part.stop)
            for first, last in itertools.pairwise(changes)
            for part in parts(last - first, SLICE)
        ]

        def project(run: slice) -> None:
            projection = self._projections[number[run.start]]
            x[run], y[run] = projection.metres(lon[rows[run]], lat[rows[run]])

        in_threads(project, runs)
        measured = np.empty(row.size)

        def measure(numbers: list[int]) -> None:
            for one in numbers:
                part = slice(limits[one], limits[one + 1])
                east, north = self._origin[one]
                measured[part] = self._tiled(one, x[part] - east, y[part] - north, within)

        in_threads(measure, shares(limits))
        found = np.empty(row.size)
        found[order] = measured
        return found

    def _tiled(self, number: int, x: Floats, y: Floats, within: float) -> Floats:
        """Measure points to one outline: many of them by tiles, each to the segments that count."""
        part = slice(self._limits[number], self._limits[number + 1])
        ahead, aside, half = self._ahead[part], self._aside[part], self._half[part]
        across = min(MOST_TILES, int(np.sqrt(x.size * len(half) / WORTH_TILES)))
        if across < 2:
            return np.sqrt(_nearest(ahead, aside, half, x, y))
        side = max(np.ptp(x), np.ptp(y)) / across + 1e-9
        tile = ((x - x.min()) // side * across + (y - y.min()) // side).astype(np.uint16)
        order = np.argsort(tile, kind="stable")
        limits = np.searchsorted(tile[order], np.arange(int(tile.max()) + 2))
        found = np.empty(x.size)
        for first, last in zip(limits[:-1].tolist(), limits[1:].tolist(), strict=True):
            if first == last:
                continue
            mine = order[first:last]
            tx, ty = x[mine], y[mine]
            cx, cy = (tx.min() + tx.max()) / 2, (ty.min() + ty.max()) / 2
            radius = np.sqrt(np.max((tx - cx) ** 2 + (ty - cy) ** 2)) + 0.001
            away = np.sqrt(_apart(ahead, aside, half, cx, cy))
            # No point of the tile can be nearer to the other segments than to the nearest.
            kept = away <= min(away.min() + 2 * radius, within + radius)
            found[mine] = (
                np.sqrt(_nearest(ahead[kept], aside[kept], half[kept], tx, ty))
                if kept.any()
                else np.inf
            )
        return found

    def around(self, band_m: float) -> NDArray[np.object_]:
        """Return a polygon around each outline that holds every point within ``band_m`` metres."""
        wide: NDArray[np.object_] = shapely.convex_hull(self._areas)
        for number, projection in enumerate(self._projections):
            mine = np.flatnonzero(self._projection == number)
            there = shapely.transform(wide[mine], projection.metres, interleaved=False)
            # GEOS stands chords for arcs, of up to 12° with twelve a quarter: 0.5 % nearer at most,
            # and 1 % more as it simplifies the hull. A straight line of 2 km bends by less than a
            # metre between degrees and metres.
            there = shapely.buffer(there, 1.025 * band_m + 2, quad_segs=12)
            there = shapely.segmentize(there, 2000)
            wide[mine] = shapely.transform(there, projection.degrees, interleaved=False)
        return wide


def _apart(ahead: Floats, aside: Floats, half: Floats, x: float, y: float) -> Floats:
    """Return the squared distance of one point to each segment."""
    place = np.array([x, y, 1.0])
    beyond = np.maximum(np.abs(ahead @ place) - half[:, 0], 0.0)
    squared: Floats = beyond**2 + (aside @ place) ** 2 / 4
    return squared


def _nearest(ahead: Floats, aside: Floats, half: Floats, x: Floats, y: Floats) -> Floats:
    """Return the squared distance of each point to the nearest segment."""
    found = np.empty(x.size)
    size = min(max(1, AT_ONCE // len(half)), x.size)
    places = np.ones((3, size))
    along = np.empty((len(half), size))
    across = np.empty_like(along)
    # As wide as the others: numpy is three times slower with one number a row.
    halves = np.repeat(half, size, axis=1)
    for part in parts(x.size, size):
        # The last slice is short: the tail of the buffers is computed again and left.
        some = slice(0, part.stop - part.start)
        places[0, some] = x[part]
        places[1, some] = y[part]
        np.matmul(ahead, places, out=along)
        np.abs(along, out=along)
        np.subtract(along, halves, out=along)
        # Only what is beyond either end counts: b + |b| is twice max(b, 0), in half its time.
        np.abs(along, out=across)
        np.add(along, across, out=along)
        np.square(along, out=along)
        np.matmul(aside, places, out=across)
        np.square(across, out=across)
        np.add(along, across, out=along)
        found[part] = along.min(axis=0)[some]
    return found / 4


def _projections(
    areas: NDArray[np.object_],
) -> tuple[list[Projection], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the projections in use, that of each outline, and whether it is Polynesia's own."""
    middle = shapely.get_coordinates(shapely.centroid(shapely.envelope(areas)))
    codes = [*territoires()["code"].tolist(), ""]
    where = territory_index(middle[:, 0], middle[:, 1])
    known: dict[str, int] = {}
    projections: list[Projection] = []
    which = np.empty(len(areas), np.int64)
    local = np.zeros(len(areas), bool)
    west, east = POLYNESIE_UTM6
    for row, (lon, lat) in enumerate(middle.tolist()):
        code = codes[where[row]]
        # A projection of its own, centred on it, where the territory has none.
        local[row] = code == "987" and not west <= lon <= east
        key = f"{lon} {lat}" if local[row] or not code else code
        if key not in known:
            known[key] = len(projections)
            projections.append(Projection(legal_crs(code, lon, lat)))
        which[row] = known[key]
    return projections, which, local
