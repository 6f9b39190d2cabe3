"""How far the figures of a selection can be trusted: positions, edges, headcounts, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from essgeo.atlas import Atlas
from essgeo.indicators.flags import Flags
from essgeo.indicators.precision import CountInterval, firm_and_possible, interval
from essgeo.selection import VOCABULARY, Selection


@dataclass(frozen=True)
class Reliability:
    """What is known of the quality of a selection's figures.

    Parameters
    ----------
    count
        The count and its bounds, knowing the precision of positions.
    certitude
        Slug of ``certitude`` -> establishments of the selection's place, whether counted or not.
    qualities
        Code of ``qualite_xy`` -> establishments counted, the most frequent first.
    edge
        Positions in the data folder of the establishments that may be on the other side of the
        edge, the nearest to it first.
    headcount_unknown, band_open
        Establishments counted whose headcount is not known, or has no upper bound.
    shared, seats
        Establishments counted that share their point, and head offices of several sites.
    years
        Years of the headcounts, oldest first.
    """

    count: CountInterval
    certitude: Mapping[str, int]
    qualities: Mapping[str, int]
    edge: npt.NDArray[np.intp]
    headcount_unknown: int
    band_open: int
    shared: int
    seats: int
    years: tuple[str, ...]


def reliability(atlas: Atlas, selection: Selection, flags: Flags) -> Reliability:
    """Measure the quality of the figures of a selection.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is counted.
    flags
        Those of the data folder (:func:`essgeo.indicators.flags.flags`).
    """
    resolved = atlas.resolve(selection)
    rows = np.flatnonzero(resolved.mask)
    anyhow = np.flatnonzero(atlas.resolve(selection.with_(certitude=())).mask)
    axis = resolved.generation.axes["certitude"]
    found = np.bincount(axis.codes[anyhow] + 1, minlength=len(axis.values) + 1)[1:]
    counts = dict(zip(axis.values, found.tolist(), strict=True))
    qualities = atlas.points["qualite_xy"].iloc[rows].value_counts()
    years = atlas.points["annee_effectifs"].iloc[rows].unique()
    bounds = firm_and_possible(atlas, selection)
    edge = np.empty(0, dtype=np.intp)
    if bounds is not None:
        firm, possible = bounds
        edge = np.flatnonzero(possible & ~firm)
        edge = edge[np.argsort(resolved.generation.distance_m[edge], kind="stable")]
    head = atlas.headcount
    return Reliability(
        count=interval(resolved.mask, bounds),
        certitude={name: counts.get(name, 0) for name in VOCABULARY["certitude"]},
        qualities={str(code): int(count) for code, count in qualities.items()},
        edge=edge,
        headcount_unknown=int(np.count_nonzero(~head.known[rows])),
        band_open=int(np.count_nonzero(head.known[rows] & np.isnan(head.high[rows]))),
        shared=int(np.count_nonzero(flags.shared(rows))),
        seats=int(np.count_nonzero(flags.several_sites(rows))),
        years=tuple(sorted(str(year) for year in years if year)),
    )
