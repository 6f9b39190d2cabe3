"""Distances in metres from positions to the edges of outlines, in legal projections."""

from __future__ import annotations

import threading

import numpy as np
import pyproj

from essgeo.join.cells import Floats

WGS84 = 4326
#: Distances computed at a time for one outline: what a processor's cache holds.
AT_ONCE = 2**17

_local = threading.local()


def transformer(crs: pyproj.CRS, *, back: bool = False) -> pyproj.Transformer:
    """Return the calling thread's transformer from WGS84 degrees to a projection, or back.

    A PROJ transformation must not be used by two threads at once.
    """
    known: dict[tuple[str, bool], pyproj.Transformer] = _local.__dict__.setdefault("known", {})
    key = (crs.srs, back)
    if key not in known:
        degrees = pyproj.CRS.from_epsg(WGS84)
        source, target = (crs, degrees) if back else (degrees, crs)
        known[key] = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return known[key]


class Edge:
    """The edge of one outline, ready for distances.

    Parameters
    ----------
    start, end
        (n, 2) ends of its segments, in projected metres; at least one has a length.
    """

    def __init__(self, start: Floats, end: Floats) -> None:
        step = end - start
        length = np.hypot(step[:, 0], step[:, 1])
        # A segment of no length is the end of its neighbours.
        some = length > 0
        start, end, step, length = start[some], end[some], step[some], length[some]
        # Small numbers are exact numbers: everything is relative to the outline.
        self._origin = start.mean(axis=0)
        middle = (start + end) / 2 - self._origin
        ux, uy = (step / length[:, None]).T
        self._half = (length / 2)[:, None]
        # In the frame of each segment: ahead of its middle, and aside of its line.
        self._ahead = np.column_stack([ux, uy, -(ux * middle[:, 0] + uy * middle[:, 1])])
        self._aside = np.column_stack([-uy, ux, uy * middle[:, 0] - ux * middle[:, 1]])

    def distances(self, x: Floats, y: Floats) -> Floats:
        """Return the distance in metres of each projected position to the edge."""
        found = np.empty(x.size)
        size = min(max(1, AT_ONCE // len(self._half)), x.size)
        places = np.ones((3, size))
        ahead = np.empty((len(self._half), size))
        aside = np.empty_like(ahead)
        for first in range(0, x.size, size):
            # The last slice is short: the buffers' tail is computed again and left.
            part = slice(first, min(first + size, x.size))
            some = slice(0, part.stop - first)
            np.subtract(x[part], self._origin[0], out=places[0, some])
            np.subtract(y[part], self._origin[1], out=places[1, some])
            np.matmul(self._ahead, places, out=ahead)
            np.matmul(self._aside, places, out=aside)
            # Only what is beyond either end counts.
            np.abs(ahead, out=ahead)
            np.subtract(ahead, self._half, out=ahead)
            np.maximum(ahead, 0.0, out=ahead)
            np.square(ahead, out=ahead)
            np.square(aside, out=aside)
            np.add(ahead, aside, out=ahead)
            found[part] = ahead.min(axis=0)[some]
        return np.sqrt(found)
