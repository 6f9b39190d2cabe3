"""The distance from many points to the nearest of some segments, in a plane."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from essgeo.join.cells import Floats

#: Bytes of each table of distances: several of them fit in a processor's cache.
AT_ONCE = 2**19
#: Bytes of a table of distances below which the number of steps costs more than the steps.
FEW = 2**16
#: Distances to segments from which it pays to sort the points of an outline into tiles.
WORTH_TILES = 2**19
#: Most tiles across.
MOST_TILES = 12

#: Half of a long number: 24 bits.
Short = NDArray[np.float32]
#: What rounding may take of the 24 bits of a short number, ten times on the way to a distance.
DOUBT = 2.0**-19


def parts(count: int, size: int) -> Iterator[slice]:
    """Cut ``count`` rows into slices of at most ``size``."""
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


@dataclass(frozen=True)
class Segments:
    """Segments, each in its own frame: ahead of its middle, aside of its line.

    Parameters
    ----------
    ahead, aside
        (n, 3) what to multiply (x, y, 1) by; ``aside`` twice (see `_all`).
    half
        (n, 1) half of the length.
    """

    ahead: Floats | Short
    aside: Floats | Short
    half: Floats | Short

    @classmethod
    def between(cls, start: Floats, end: Floats) -> Segments:
        """Make segments out of their ends, (n, 2); none may be of no length."""
        step, middle = end - start, (start + end) / 2
        length = np.hypot(step[:, 0], step[:, 1])
        ux, uy = (step / length[:, None]).T
        ahead = np.column_stack([ux, uy, -(ux * middle[:, 0] + uy * middle[:, 1])])
        aside = np.column_stack([-uy, ux, uy * middle[:, 0] - ux * middle[:, 1]])
        return cls(ahead, 2 * aside, (length / 2)[:, None])

    def short(self) -> Segments:
        """Return the same in short numbers: half the time, to some millimetres."""
        return Segments(*(one.astype(np.float32) for one in (self.ahead, self.aside, self.half)))

    def part(self, which: slice | NDArray[np.bool_]) -> Segments:
        """Return some of the segments."""
        return Segments(self.ahead[which], self.aside[which], self.half[which])

    def _apart(self, x: float, y: float) -> Floats:
        """Return the distance of one point to each segment."""
        place = np.array([x, y, 1.0])
        beyond = np.maximum(np.abs(self.ahead @ place) - self.half[:, 0], 0.0)
        distance: Floats = np.hypot(beyond, self.aside @ place / 2)
        return distance

    def nearest(self, x: Floats, y: Floats) -> Floats:
        """Return the distance of each point to the nearest segment.

        Many points are taken by tiles, each tile to the segments that count for it.
        """
        across = min(MOST_TILES, int(np.sqrt(x.size * len(self.half) / WORTH_TILES)))
        if across < 2:
            return self._all(x, y)
        side = max(np.ptp(x), np.ptp(y)) / across + 1e-9
        tile = ((x - x.min()) // side * across + (y - y.min()) // side).astype(np.uint16)
        order = np.argsort(tile, kind="stable")
        limits = np.searchsorted(tile[order], np.arange(int(tile.max()) + 2)).tolist()
        found = np.empty(x.size)
        for first, last in itertools.pairwise(limits):
            if first == last:
                continue
            mine = order[first:last]
            tx, ty = x[mine], y[mine]
            cx, cy = (tx.min() + tx.max()) / 2, (ty.min() + ty.max()) / 2
            # A decimetre more than the radius: numbers may be short.
            radius = float(np.sqrt(np.max(np.square(tx - cx) + np.square(ty - cy)))) + 0.1
            away = self._apart(cx, cy)
            # No point of the tile can be nearer to the other segments than to the nearest.
            kept = away <= float(away.min()) + 2 * radius
            found[mine] = self.part(kept)._all(tx, ty)
        return found

    def _all(self, x: Floats, y: Floats) -> Floats:
        """Measure every point to every segment."""
        kind = self.half.dtype
        if x.size * self.half.nbytes <= FEW:
            # The same in fewer steps, each of them too short for its speed to matter.
            points: Floats | Short = np.ones((3, x.size), kind)
            points[0], points[1] = x, y
            beyond = np.abs(self.ahead @ points) - self.half
            np.maximum(beyond, 0, out=beyond)
            squares = np.square(beyond) + np.square(self.aside @ points / 2)
            nearest: Floats = np.sqrt(squares.min(axis=0)).astype(np.float64)
            return nearest
        found = np.empty(x.size)
        size = min(max(1, AT_ONCE // (len(self.half) * kind.itemsize)), x.size)
        places = np.ones((3, size), kind)
        along = np.empty((len(self.half), size), kind)
        across = np.empty_like(along)
        # As wide as the others: numpy is three times slower with one number a row.
        halves = np.repeat(self.half, size, axis=1)
        for slice_ in parts(x.size, size):
            # The last slice is short: the tail of the buffers is computed again and left.
            some = slice(0, slice_.stop - slice_.start)
            places[0, some] = x[slice_]
            places[1, some] = y[slice_]
            np.matmul(self.ahead, places, out=along)
            np.abs(along, out=along)
            np.subtract(along, halves, out=along)
            # Only what is beyond either end counts: b + |b| is twice max(b, 0), in half its time.
            np.abs(along, out=across)
            np.add(along, across, out=along)
            np.square(along, out=along)
            np.matmul(self.aside, places, out=across)
            np.square(across, out=across)
            np.add(along, across, out=along)
            found[slice_] = along.min(axis=0)[some]
        return np.sqrt(found) / 2
