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
    known = ~np.isnan(values)
    hidden = masked | ~known
    if not lines or not masked.any():
        return hidden & ~masked & known
    table = _Table(np.where(known, values, 0.0), masked, lines, least)
    totals = np.zeros(len(values), dtype=bool)
    totals[table.totals] = True
    while (exposed := table.exposed(hidden)) is not None:
        mine = table.signs[:, exposed] != 0
        shown = _shown(table.signs[mine], hidden)
        if not len(shown):
            shown = _shown(table.signs, hidden)
        # A cell of 0 protects little, and a total takes more away than a part.
        order = np.lexsort((values[shown], totals[shown], values[shown] <= 0))
        hidden[shown[order[0]]] = True
    more = np.flatnonzero(hidden & ~masked & known)
    # What was masked on the way and is not needed in the end is shown again, the largest first.
    for cell in more[np.argsort(-values[more], kind="stable")].tolist():
        hidden[cell] = False
        hidden[cell] = table.exposed(hidden) is not None
    return hidden & ~masked & known


def _shown(signs: Floats, hidden: Mask) -> npt.NDArray[np.intp]:
    """Return the cells of some lines that are shown."""
    return np.flatnonzero((signs != 0).any(axis=0) & ~hidden)


class _Table:
    """Cells and the lines in which they add up, ready to be asked what the shown ones tell.

    Parameters
    ----------
    values
        shape (cells,): 0 where they are not known.
    masked, lines, least
        As :func:`suppressed`.
    """

    def __init__(self, values: Floats, masked: Mask, lines: Sequence[Line], least: float) -> None:
        self.values, self.masked, self.least = values, masked, least
        self.totals = np.array([line.total for line in lines])
        #: shape (lines, cells): 1 for a part, -1 for a total.
        self.signs = np.zeros((len(lines), len(values)))
        for row, line in enumerate(lines):
            self.signs[row, list(line.parts)] = 1.0
            self.signs[row, line.total] = -1.0
        self._parts = self.signs > 0

    def exposed(self, hidden: Mask) -> int | None:
        """Return a masked cell that the shown ones give away, None when there is none."""
        shown = np.where(hidden, 0.0, self.values)
        rest = self.values[self.totals] - self._parts @ shown
        # Nothing is left for any of them, or too little with what is shown beside.
        little = (rest < self.least) & ((self._parts * shown).max(axis=1) > 0)
        secret = self._parts & self.masked
        wrong = ((rest <= 0) | little) & ~hidden[self.totals] & secret.any(axis=1)
        if wrong.any():
            return int(np.argmax(secret[np.argmax(wrong)]))
        unknown = np.flatnonzero(hidden)
        rows = self.signs[:, unknown]
        rows = rows[(rows != 0).any(axis=1)]
        if not len(rows):
            return None
        # A cell is found when no change of the hidden ones that keeps every line right moves it.
        _, strength, across = np.linalg.svd(rows)
        rank = int((strength > _TINY * max(1.0, float(strength[0]))).sum())
        free = np.abs(across[rank:]).max(axis=0, initial=0.0) > _TINY
        found = unknown[self.masked[unknown] & ~free]
        return int(found[0]) if len(found) else None
