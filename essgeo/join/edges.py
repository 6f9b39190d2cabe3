"""Distances in metres from positions to the edges of outlines, in legal projections."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from essgeo.join.cells import Floats, Ints, vertices
from essgeo.join.nearest import DOUBT, Segments, parts
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
SHARE = 32

_local = threading.local()
_making = threading.Lock()


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
            # pyproj silences a warning while it makes one, which two threads must not do at once:
            # one would bring back what the other silences.
            with _making:
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
        limits = np.searchsorted(owner, np.arange(self._count + 1))
        # Small numbers are exact numbers: everything is relative to the middle of the outline.
        low, high = np.zeros((2, self._count, 2))
        if self._count:
            low = np.minimum.reduceat(start, limits[:-1])
            high = np.maximum.reduceat(start, limits[:-1])
        self._origin = (low + high) / 2
        self._reach = np.hypot(*(high - low).T) / 2
        exact = Segments.between(start - self._origin[owner], end - self._origin[owner])
        short = exact.short()
        each = [slice(*pair) for pair in itertools.pairwise(limits.tolist())]
        self._exact = [exact.part(part) for part in each]
        self._short = [short.part(part) for part in each]

    def distances(self, lon: Floats, lat: Floats, row: Ints, area: Ints, within: Floats) -> Floats:
        """Return the distance of points to edges, pair by pair.

        Parameters
        ----------
        lon, lat
            Points, WGS84 degrees.
        row, area
            (n,) point and outline of each pair; points ascending.
        within
            (n,) metres beyond which a pair's distance need not be told; may be infinite.

        Returns
        -------
        numpy.ndarray
            (n,) metres, rounded to 0.1; infinite where the edge is farther than ``within``.
        """
        # Outline by outline: what one outline needs lies together in memory.
        order, limits = sorted_by(area, self._count)
        rows, within, counts = row[order], within[order], np.diff(limits)
        number = np.repeat(self._projection, counts)
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
        x -= np.repeat(self._origin[:, 0], counts)
        y -= np.repeat(self._origin[:, 1], counts)
        measured = np.empty(row.size)

        def measure(numbers: list[int]) -> None:
            _measure(self._short, numbers, x, y, limits, measured)

        in_threads(measure, shares(limits))
        rounded = np.round(measured, 1)
        # Short numbers are enough but for the points so near to a rounding limit, or to `within`,
        # that some millimetres count.
        doubt = np.minimum(measured, within)
        doubt += np.repeat(self._reach, counts)
        doubt *= DOUBT
        with np.errstate(invalid="ignore"):
            # Infinite ones, far from any limit, are not a number here.
            unsure = np.abs(measured - rounded) > 0.05 - doubt
        unsure |= np.abs(measured - within) <= doubt
        unsure &= measured <= within + doubt
        again = np.flatnonzero(unsure)
        few = np.searchsorted(again, limits)
        exact = np.empty(again.size)
        # A few points an outline: threads would wait for one another more than they would work.
        some = np.flatnonzero(np.diff(few)).tolist()
        _measure(self._exact, some, x[again], y[again], few, exact)
        measured[again] = exact
        rounded[again] = np.round(exact, 1)
        rounded[measured > within] = np.inf
        found = np.empty(row.size)
        found[order] = rounded
        return found

    def around(self, band_m: float) -> NDArray[np.object_]:
        """Return a polygon around each outline that holds every point within ``band_m`` metres."""
        wide = np.empty(self._count, object)

        def widen(mine: Ints) -> None:
            projection = self._projections[self._projection[mine[0]]]
            there = shapely.convex_hull(self._areas[mine])
            there = shapely.transform(there, projection.metres, interleaved=False)
            # GEOS stands chords for arcs, of up to 15° with eight a quarter: 0.9 % nearer at most,
            # and 1 % more as it simplifies the hull. A straight line of 2 km bends by less than a
            # metre between degrees and metres.
            there = shapely.buffer(there, 1.03 * band_m + 2, quad_segs=8)
            there = shapely.segmentize(there, 2000)
            wide[mine] = shapely.transform(there, projection.degrees, interleaved=False)

        each = [np.flatnonzero(self._projection == n) for n in range(len(self._projections))]
        in_threads(widen, [mine[part] for mine in each for part in parts(mine.size, 4 * SHARE)])
        return wide


def _measure(
    segments: list[Segments],
    numbers: list[int],
    x: Floats,
    y: Floats,
    limits: Ints,
    found: Floats,
) -> None:
    """Fill the distances of points that lie outline by outline, each relative to its own."""
    for one in numbers:
        part = slice(limits[one], limits[one + 1])
        found[part] = segments[one].nearest(x[part], y[part])


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
