"""Square cells over longitude and latitude, each knowing which areas can hold its points.

Most points are far from every neighbourhood, and most of the others are well inside or well
outside one: a table of cells settles both by reading one number, so that exact geometry is left
for the points of cells that an outline crosses.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_I = TypeVar("_I", np.int32, np.int64)

#: Cells are squares of at least this side, in degrees (about 11 m of latitude).
SMALLEST_CELL = 1e-4
#: Side of a block of cells, as a power of two: 128 cells.
BLOCK_BITS = 7
#: Most blocks that the world may be cut into: their table takes 4 bytes each, where it is used.
MOST_BLOCKS = 2**25
#: Most cells, at 4 bytes each where they are used.
MOST_CELLS = 2**27
#: An outline is taken to cross every cell within this distance of it, in cells. Rounding moves a
#: position by 1e-9 cells at most, so that no point can end in a cell thought uncrossed.
MARGIN = 1e-6


def vertices(areas: NDArray[np.object_]) -> tuple[Floats, Ints, Ints]:
    """Return the vertices of the rings of areas.

    Parameters
    ----------
    areas
        Polygons and multipolygons.

    Returns
    -------
    places
        (n, 2) coordinates, in the order of the areas.
    first
        Rows that begin a segment; the next row ends it.
    owner
        (n,) row of the area of each vertex.
    """
    pieces, of_piece = shapely.get_parts(areas, return_index=True)
    rings, of_ring = shapely.get_rings(pieces, return_index=True)
    places, of_place = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(of_place[1:] == of_place[:-1])
    return places, first, of_piece[of_ring[of_place]]


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for rows repeated ``counts`` times, the row and the rank within it."""
    row = np.repeat(np.arange(counts.size), counts)
    start = np.cumsum(counts) - counts
    return row, np.arange(row.size) - start[row]


class Cells:
    """Cells over areas: outside all, well inside one, or with several things to look at.

    Parameters
    ----------
    areas
        (n,) polygons and multipolygons in WGS84 degrees; they are prepared.
    wanted
        Number of cells that the boxes of the areas should be cut into, about.
    cell
        Side of a cell in degrees, instead.
    """

    def __init__(
        self, areas: NDArray[np.object_], *, wanted: int = 1_000_000, cell: float | None = None
    ) -> None:
        self.count = len(areas)
        shapely.prepare(areas)
        places, first, of_place = vertices(areas)
        start, end, owner = places[first], places[first + 1], of_place[first]
        if cell is None:
            bounds = shapely.bounds(areas).reshape(-1, 4)
            surface = float(((bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])).sum())
            cell = float(np.sqrt(surface / wanted))
        cell = max(cell, SMALLEST_CELL)
        self._size(cell)
        column, row, whose, full = self._filled(areas, *self._crossed(start, end, owner))
        used, block = np.unique(self._block(column, row), return_inverse=True)
        while (used.size + 1) << 2 * self._bits > MOST_CELLS:
            # Many small areas, far apart: larger cells, in fewer blocks.
            cell *= 2
            self._size(cell)
            column, row, whose, full = self._filled(areas, *self._crossed(start, end, owner))
            used, block = np.unique(self._block(column, row), return_inverse=True)
        # Block 0 stays empty: it stands for everywhere without an area.
        self._blocks[used] = np.arange(1, used.size + 1)
        self._cells = np.zeros((used.size + 1) << 2 * self._bits, np.int32)
        self._fill(self._place(block + 1, column, row), whose, full)

    def _size(self, cell: float) -> None:
        """Choose how many cells a block holds, so that the table of blocks stays small."""
        self._scale = 1.0 / cell
        self._bits = BLOCK_BITS
        while (360 * self._scale / 2**self._bits + 1) * (
            180 * self._scale / 2**self._bits + 1
        ) > MOST_BLOCKS:
            self._bits += 1
        self._across = int(360 * self._scale) // 2**self._bits + 1
        down = int(180 * self._scale) // 2**self._bits + 1
        self._blocks = np.zeros(self._across * down, np.int32)

    def _block(self, column: NDArray[_I], row: NDArray[_I]) -> NDArray[_I]:
        """Return the place of a cell's block in the table of blocks."""
        place: NDArray[_I] = (row >> self._bits) * self._across + (column >> self._bits)
        return place

    def _place(self, block: NDArray[np.integer], column: NDArray[_I], row: NDArray[_I]) -> Ints:
        """Return the place of a cell in the table of cells, given its block's number."""
        mask = 2**self._bits - 1
        within = ((row & mask) << self._bits) + (column & mask)
        # 64 bits: a block's number times its cells can pass 2**31.
        place: Ints = (block.astype(np.int64) << 2 * self._bits) + within
        return place

    def _grid(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return (lon + 180.0) * self._scale, (lat + 90.0) * self._scale

    def _crossed(self, start: Floats, end: Floats, owner: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the cells that each area's outline crosses, once, by area, row and column."""
        u0, v0 = self._grid(start[:, 0], start[:, 1])
        u1, v1 = self._grid(end[:, 0], end[:, 1])
        back = u1 < u0
        u0, u1 = np.where(back, u1, u0), np.where(back, u0, u1)
        v0, v1 = np.where(back, v1, v0), np.where(back, v0, v1)
        left = np.floor(u0 - MARGIN).astype("int64")
        which, step = _spread(np.floor(u1 + MARGIN).astype("int64") - left + 1)
        column = left[which] + step
        # The part of the segment over that column, widened by the margin, gives the rows.
        width = u1 - u0
        slope = np.divide(v1 - v0, width, out=np.zeros_like(width), where=width > 0)
        at, low, high = u0[which], v0[which], v1[which]
        enters = np.maximum(column - MARGIN, at)
        leaves = np.minimum(column + 1 + MARGIN, u1[which])
        v_in = np.where(enters > at, low + (enters - at) * slope[which], low)
        v_out = np.where(leaves < u1[which], low + (leaves - at) * slope[which], high)
        bottom = np.floor(np.minimum(v_in, v_out) - MARGIN).astype("int64")
        top = np.floor(np.maximum(v_in, v_out) + MARGIN).astype("int64")
        again, step = _spread(top - bottom + 1)
        row = bottom[again] + step
        column = column[again]
        area = owner[which[again]]
        order = np.lexsort((column, row, area))
        column, row, area = column[order], row[order], area[order]
        new = np.ones(column.size, bool)
        new[1:] = (np.diff(column) != 0) | (np.diff(row) != 0) | (np.diff(area) != 0)
        return column[new], row[new], area[new]

    def _filled(
        self, areas: NDArray[np.object_], column: Ints, row: Ints, area: Ints
    ) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
        """Add to the crossed cells those well inside: one exact test for each run of cells."""
        same = (np.diff(area) == 0) & (np.diff(row) == 0)
        gap = np.flatnonzero(same & (np.diff(column) > 1))
        first, length = column[gap] + 1, column[gap + 1] - column[gap] - 1
        lon = (first + 0.5) / self._scale - 180.0
        lat = (row[gap] + 0.5) / self._scale - 90.0
        held = np.zeros(gap.size, bool)
        limits = np.searchsorted(area[gap], np.arange(self.count + 1))
        boxes = shapely.bounds(areas).reshape(-1, 4)
        for number, one in enumerate(areas):
            part = slice(limits[number], limits[number + 1])
            held[part] = shapely.intersects_xy(one, lon[part], lat[part])
            # GEOS builds its index at the first test within the box: do it now, by one thread.
            middle = boxes[number, :2] / 2 + boxes[number, 2:] / 2
            shapely.intersects_xy(one, middle[0], middle[1])
        gap, first, length = gap[held], first[held], length[held]
        run, step = _spread(length)
        full = np.zeros(column.size + run.size, bool)
        full[column.size :] = True
        return (
            np.concatenate([column, first[run] + step]),
            np.concatenate([row, row[gap][run]]),
            np.concatenate([area, area[gap][run]]),
            full,
        )

    def _fill(self, flat: Ints, whose: Ints, full: NDArray[np.bool_]) -> None:
        """Write each cell's number: 0 nothing, k+1 well inside area k, negative a list."""
        # The last write wins; whoever does not find its own number shares the cell.
        rank = np.arange(flat.size, dtype=np.int32)
        self._cells[flat] = rank
        shared = np.unique(flat[self._cells[flat] != rank])
        self._cells[flat] = np.where(full, whose + 1, -(whose + 1))
        # Lists 0 to n-1 hold one area each; those of the shared cells follow.
        pair = np.flatnonzero(np.isin(flat, shared))
        pair = pair[np.lexsort((whose[pair], flat[pair]))]
        if shared.size:
            self._cells[shared] = -(self.count + 1 + np.arange(shared.size, dtype=np.int32))
        lengths = np.bincount(np.searchsorted(shared, flat[pair]), minlength=shared.size)
        self.members = np.concatenate([np.arange(self.count), whose[pair]])
        ends = np.concatenate([np.ones(self.count, "int64"), lengths]).cumsum()
        self.starts = np.concatenate([[0], ends])

    def lookup(self, lon: Floats, lat: Floats) -> NDArray[np.int32]:
        """Return the number of the cell of each position.

        Parameters
        ----------
        lon, lat
            WGS84 degrees; anything beyond ±180 and ±90, or missing, is nowhere.

        Returns
        -------
        numpy.ndarray
            int32: 0 no area there; k+1 well inside area k and no other; -(l+1) see list l.
        """
        # A comparison with a missing value is false: it is nowhere too.
        sane = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
        if not sane.all():
            found = np.zeros(lon.shape, np.int32)
            found[sane] = self.lookup(lon[sane], lat[sane])
            return found
        u, v = self._grid(lon, lat)
        column = u.astype(np.int32)
        row = v.astype(np.int32)
        block = self._blocks[self._block(column, row)]
        near = np.flatnonzero(block)
        found = np.zeros(lon.shape, np.int32)
        found[near] = self._cells[self._place(block[near], column[near], row[near])]
        return found

    def expand(self, lists: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Return the pairs (row of ``lists``, area) of list numbers, areas ascending."""
        start = self.starts[lists]
        row, step = _spread(self.starts[lists + 1] - start)
        return row, self.members[start[row] + step]
