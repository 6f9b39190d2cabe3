"""How sure a count is, knowing how precise addresses are.

A third of real points lie within 50 m of an edge: a few metres more or less in a position, and an
establishment changes sides. The rule:

- a position may be wrong by its own ``distance_precision`` or, failing that, by the one assumed
  for its quality in ``nomenclatures/qualites_xy.csv`` (50 m when nothing is said of it);
- the low count keeps those inside whose edge is farther than that;
- the high count adds everyone whose edge is nearer than that, from either side, even where the
  attachment is uncertain.

It is what could happen if all addresses were wrong the same way: bounds, not a probability.
Positions beyond the band are left out, whatever their precision: their edge is not measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.distinct import distinct
from essgeo.indicators.kept import once
from essgeo.nomenclatures import qualites_xy
from essgeo.selection import Selection
from essgeo.text import number

#: Sentences on how an interval was made, or why there is none.
METHOD = (
    "Positions plus proches du contour que leur précision : ôtées en bas, ajoutées en haut, "
    "à l'intérieur comme à l'extérieur."
)
NOT_INSIDE = (
    "La précision de l'adresse n'encadre que ce qui est dans les quartiers, "
    "de rattachement sûr ou probable."
)


@dataclass(frozen=True)
class CountInterval:
    """A count, and what it could be if addresses were wrong.

    Parameters
    ----------
    count
        Establishments selected.
    low, high
        Bounds, ``low <= count <= high``; None when they have no meaning for the selection.
    method
        One French sentence: how they were made, or why there are none.
    """

    count: int
    low: int | None
    high: int | None
    method: str

    @property
    def text(self) -> str:
        """« 416, de 347 à 506 selon la précision de l'adresse », or the count alone."""
        if self.low is None or self.high is None:
            return number(self.count)
        if self.low == self.high:
            return f"{number(self.count)}, quelle que soit la précision de l'adresse"
        return (
            f"{number(self.count)}, de {number(self.low)} à {number(self.high)} "
            "selon la précision de l'adresse"
        )


def count_interval(atlas: Atlas, selection: Selection) -> CountInterval:
    """Bound the count of a selection by the precision of positions."""
    return interval(atlas.resolve(selection).mask, firm_and_possible(atlas, selection))


def interval(mask: Mask, bounds: tuple[Mask, Mask] | None) -> CountInterval:
    """Make the interval of a count.

    Parameters
    ----------
    mask
        shape (establishments,): what is counted.
    bounds
        As :func:`firm_and_possible` gives them for it.
    """
    count = int(np.count_nonzero(mask))
    if bounds is None:
        return CountInterval(count, None, None, NOT_INSIDE)
    firm, possible = bounds
    return CountInterval(
        count, int(np.count_nonzero(firm)), int(np.count_nonzero(possible)), METHOD
    )


def firm_and_possible(atlas: Atlas, selection: Selection) -> tuple[Mask, Mask] | None:
    """Return which establishments the low and the high count hold.

    Returns
    -------
    tuple or None
        Two masks of shape (establishments,), around that of the selection; None when the
        selection is not what is inside neighbourhoods, surely or probably.
    """
    certitude = selection.certitude
    if selection.rattachement != ("dedans",) or (
        certitude and not {"sur", "probable"} <= set(certitude)
    ):
        return None
    resolved = atlas.resolve(selection)
    around = atlas.mask(resolved.selection.with_(rattachement=("dedans", "proche"), certitude=()))
    unsure = unsure_of_edge(atlas, resolved.generation.name)
    # True is more than False: what is in one and not in the other, in a single pass.
    return resolved.mask > unsure, resolved.mask | (around & unsure)


@once
def unsure_of_edge(atlas: Atlas, generation: str) -> Mask:
    """Return which establishments have an edge nearer than the precision of their position.

    Parameters
    ----------
    atlas
        Data folder opened.
    generation
        Name of one of its generations of outlines.

    Returns
    -------
    numpy.ndarray
        shape (establishments,); of those outside the band it says nothing.
    """
    edge = atlas.generations[generation].distance_m
    unsure: Mask = ~(edge >= _precision(atlas.folder.etablissements))
    unsure.setflags(write=False)
    return unsure


def _precision(points: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the metres by which each position may be wrong."""
    table = qualites_xy()
    codes = list(table.index)
    unknown = codes.index("")
    quality = distinct(points["qualite_xy"]).among(codes)
    metres = table["precision_m"].to_numpy()[np.where(quality >= 0, quality, unknown)]
    if "distance_precision" not in points:
        return metres
    own = pd.to_numeric(points["distance_precision"], errors="coerce").to_numpy(np.float64)
    return np.where(own > 0, own, metres)
