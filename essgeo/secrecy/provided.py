"""Masked cells of a table that somebody else made: what must be masked besides, when it is shown.

A publisher masks a cell (primary secrecy); with the total and the other cells of its line, anyone
can compute it. Statistical offices mask others so that none can (complementary suppression); what
arrives here may not have been. The rule is that of what this program prints itself
(:mod:`essgeo.secrecy.atoms`): no masked cell may be found from the shown ones, and what masked
cells add up to counts as many units as a printed cell must.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from essgeo.axes import Mask

Floats = npt.NDArray[np.float64]

#: What two computations of one number may differ by.
_TINY = 1e-9


@dataclass(frozen=True)
class Line:
    """A total and the cells that add up to it: positions in a table."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        """The total, then its parts."""
        return (self.total, *self.parts)


def suppressed(values: Floats, masked: Mask, lines: Sequence[Line], least: float) -> Mask:
    """Say which cells must be masked besides those that are.

    Parameters
    ----------
    values
        shape (cells,): NaN where masked or unknown.
    masked
        shape (cells,): which are masked by their publisher.
    lines
        How cells add up.
    least
        What the masked cells of a line must add up to, at least.

    Returns
    -------
    numpy.ndarray
        shape (cells,): bool; none of them is in ``masked``. The smallest cells go first,
        totals after them, and cells of 0 last.
    """
    hidden = masked | np.isnan(values)
    totals = np.zeros(len(values), dtype=bool)
    totals[[line.total for line in lines]] = True
    while True:
        exposed = _exposed(values, hidden, masked, lines, least)
        if exposed is None:
            break
        mine = [line for line in lines if exposed in line.cells]
        shown = _shown(mine, hidden) or _shown(lines, hidden)
        # A cell of 0 protects little, and a total takes more away than a part.
        hidden[min(shown, key=lambda cell: (values[cell] <= 0, totals[cell], values[cell]))] = True
    more = np.flatnonzero(hidden & ~masked & ~np.isnan(values)).tolist()
    # What was masked on the way and is not needed in the end is shown again, the largest first.
    for cell in sorted(more, key=lambda cell: -values[cell]):
        hidden[cell] = False
        hidden[cell] = _exposed(values, hidden, masked, lines, least) is not None
    return hidden & ~masked & ~np.isnan(values)


def _shown(lines: Sequence[Line], hidden: Mask) -> list[int]:
    return sorted({cell for line in lines for cell in line.cells if not hidden[cell]})


def _exposed(
    values: Floats, hidden: Mask, masked: Mask, lines: Sequence[Line], least: float
) -> int | None:
    """Return a masked cell that the shown ones give away, None when there is none."""
    for line in lines:
        secret = [cell for cell in line.parts if masked[cell]]
        if not secret or hidden[line.total]:
            continue
        parts = [float(values[one]) for one in line.parts if not hidden[one]]
        rest = float(values[line.total]) - sum(parts)
        # Nothing is left for any of them, or too little with what is shown beside.
        if rest <= 0 or (rest < least and max(parts, default=0.0) > 0):
            return secret[0]
    unknown = np.flatnonzero(hidden)
    place = {cell: at for at, cell in enumerate(unknown.tolist())}
    rows = []
    for line in lines:
        row = np.zeros(len(unknown))
        for cell, sign in zip(line.cells, (-1.0, *[1.0] * len(line.parts)), strict=True):
            if cell in place:
                row[place[cell]] = sign
        if row.any():
            rows.append(row)
    if not rows:
        return None
    # A cell is found when no change of the hidden ones that keeps every line right moves it.
    _, strength, across = np.linalg.svd(np.array(rows))
    rank = int((strength > _TINY * max(1.0, float(strength[0]))).sum())
    free = np.abs(across[rank:]).max(axis=0, initial=0.0) > _TINY
    found = [cell for cell in unknown.tolist() if masked[cell] and not free[place[cell]]]
    return found[0] if found else None
