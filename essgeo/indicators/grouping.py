"""Rows of a summary: what each is, which are printed, and who is in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Codes
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.indicators.denominators import Ints, Pairs
from essgeo.indicators.kept import recent
from essgeo.selection import TERRITORIES

#: Rows of the table of establishments.
Positions = npt.NDArray[np.intp]

#: What a row is called whose establishments have no territory of the axis.
WITHOUT = {
    "region": "Hors région",
    "departement": "Hors département",
    "epci": "Hors EPCI",
    "ept": "Hors EPT",
    "contrat": "Hors contrat de ville",
    "commune": "Commune inconnue",
    "quartier": "Hors quartier",
    "types": "Sans type particulier",
}


@dataclass(frozen=True)
class Grouping:
    """How rows of a summary are made along one axis.

    Parameters
    ----------
    codes, labels
        One row each; the last stands for « none of them ».
    rows
        shape (establishments,): row of each, -1 for the last one; None where one may stand in
        several (types).
    outlines
        Pairs (row, outline) of what lies in what, two arrays of one length; None when the axis
        is no territory. An outline over two communes stands twice.
    """

    codes: tuple[str, ...]
    labels: tuple[str, ...]
    rows: Codes | None
    outlines: Pairs | None


def grouping(atlas: Atlas, resolved: Resolved, axis: str) -> Grouping:
    """Say how the rows of a summary are made along one of its axes."""
    generation = resolved.generation
    if axis == "france":
        everything = np.broadcast_to(np.int32(0), len(atlas))
        inside = np.flatnonzero(resolved.quartiers)
        return Grouping(("france",), ("France",), everything, (np.zeros_like(inside), inside))
    if axis == "types":
        values = atlas.types_values
        labels = tuple(atlas.label("types", value) for value in values)
        return Grouping((*values, ""), (*labels, WITHOUT["types"]), None, None)
    found = generation.axes[axis]
    codes, labels = (*found.values, ""), (*found.labels, WITHOUT.get(axis, "Non renseigné"))
    if axis not in TERRITORIES:
        return Grouping(codes, labels, found.codes, None)
    row, outline = _lying(atlas, generation.name, axis)
    kept = resolved.quartiers[outline]
    return Grouping(codes, labels, found.codes, (row[kept], outline[kept]))


@recent
def _lying(atlas: Atlas, generation: str, axis: str) -> Pairs:
    """Pair the territories of an axis with the outlines that lie in them."""
    of_generation = atlas.generations[generation]
    quartiers, found = of_generation.quartiers, of_generation.axes[axis]
    if axis == "commune":
        pairs = [
            (found.position(code), place)
            for place, communes in enumerate(of_generation.commune_of)
            for code in communes
        ]
        row, outline = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        return row, outline
    column = "code_qp" if axis == "quartier" else TERRITORY_COLUMNS[axis][0]
    index = pd.Index(found.values).get_indexer(pd.Index(quartiers[column]))
    return np.where(index >= 0, index, len(found.values)), np.arange(len(quartiers))


def _members(
    atlas: Atlas, here: Positions, groupings: list[Grouping]
) -> tuple[Positions, npt.NDArray[np.int64]]:
    """Pair some establishments with the rows they belong to.

    Returns
    -------
    tuple
        Positions of establishments and keys of rows (``first * width + last``), same length;
        an establishment of two types stands twice.
    """
    several = next((one for one in groupings if one.rows is None), None)
    of_types = np.empty(0, dtype=np.int64)
    if several is not None:
        bits = atlas.type_bits()[here]
        count = len(several.codes) - 1
        flags = (bits[:, None] >> np.arange(count)) & 1
        table = np.column_stack([flags, (bits == 0).astype(np.int64)])
        at, of_types = np.nonzero(table)
        here = here[at]
    keys = np.zeros(len(here), dtype=np.int64)
    for grouping in groupings:
        rows = of_types
        if grouping.rows is not None:
            rows = grouping.rows[here].astype(np.int64)
            rows[rows < 0] = len(grouping.codes) - 1
        keys = keys * len(grouping.codes) + rows
    return here, keys


def _territories(groupings: list[Grouping]) -> npt.NDArray[np.int64]:
    """Return the keys of rows printed even when empty: territories that hold a neighbourhood.

    Along two axes only pairs where something was found are printed.
    """
    if len(groupings) > 1 or groupings[0].outlines is None:
        return np.empty(0, dtype=np.int64)
    if groupings[0].codes == ("france",):
        return np.zeros(1, dtype=np.int64)
    return np.unique(groupings[0].outlines[0]).astype(np.int64)


def _possible(groupings: list[Grouping]) -> npt.NDArray[np.int64]:
    """Return the keys of all rows that the outlines allow, whether anything is found or not.

    Under statistical secrecy the list of the rows must not say which ones count something.
    """
    if len(groupings) == 2 and all(one.outlines is not None for one in groupings):
        first, last = (
            pd.DataFrame({"row": one.outlines[0], "outline": one.outlines[1]})
            for one in groupings
            if one.outlines is not None
        )
        both = first.merge(last, on="outline", validate="m:m")
        pairs = both["row_x"] * len(groupings[-1].codes) + both["row_y"]
        return np.unique(pairs.to_numpy(np.int64))
    keys = np.zeros(1, dtype=np.int64)
    for one in groupings:
        rows = np.arange(len(one.codes)) if one.outlines is None else np.unique(one.outlines[0])
        if one.codes == ("france",):
            rows = np.zeros(1, dtype=np.int64)
        keys = (keys[:, None] * len(one.codes) + rows[None, :]).ravel()
    return keys


def rows_of(
    atlas: Atlas, groupings: list[Grouping], chosen: Positions, others: Sequence[Positions]
) -> tuple[Positions, npt.NDArray[np.int32], Ints, list[Ints]]:
    """Say which rows are printed, who is in each, and how many of some others.

    Returns
    -------
    tuple
        Positions of establishments, the row of each (see :func:`_members`), keys of the rows, and
        for each of the others how many it has in each row.
    """
    if [one.codes for one in groupings] == [("france",)]:
        everyone = np.broadcast_to(np.int32(0), len(chosen))
        counts = [np.array([len(some)]) for some in others]
        return chosen, everyone, np.zeros(1, np.int64), counts
    here, keys = _members(atlas, chosen, groupings)
    beside = [_members(atlas, some, groupings)[1] for some in others]
    printed = _possible(groupings) if atlas.manifest.secret else _territories(groupings)
    # Marking the keys beats sorting millions, and looking up beats searching: only the cells of
    # the rows printed are ever touched.
    seen = np.zeros(math.prod(len(one.codes) for one in groupings), dtype=bool)
    for some in (keys, *beside, printed):
        seen[some] = True
    found = np.flatnonzero(seen)
    row_of = np.empty(len(seen), dtype=np.int32)
    row_of[found] = np.arange(len(found))
    counts = [np.bincount(row_of[one], minlength=len(found)) for one in beside]
    return here, row_of[keys], found, counts
