"""What rules look at: figures of every neighbourhood at once, and of those like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas
from essgeo.axes import Mask
from essgeo.generation import Generation
from essgeo.join import Outlines
from essgeo.levers.rules import Indicator
from essgeo.selection import Selection, parse
from essgeo.settings import BAND_M

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One indicator over the neighbourhoods of a generation.

    Parameters
    ----------
    indicator
        What it is.
    count, base
        shape (neighbourhoods,): establishments counted, and inhabitants or establishments that
        they are counted in; None for a column of the table.
    values
        shape (neighbourhoods,): for 1,000 inhabitants, or a share, or as the column says; NaN
        where it is not known.
    """

    indicator: Indicator
    count: Floats | None
    base: Floats | None
    values: Floats


def measures(
    atlas: Atlas, generation: Generation, wanted: Mapping[str, Indicator]
) -> dict[str, Measure | None]:
    """Compute indicators for all neighbourhoods; None for one that this folder cannot tell.

    Parameters
    ----------
    atlas
        Data folder opened.
    generation
        Outlines looked at.
    wanted
        Indicators by identifier.

    Notes
    -----
    Employers are counted, at positions sure enough, as the default selection does. « À moins de
    300 m » is the band of each outline, whatever neighbourhood an establishment is counted in.
    """
    base = Selection(generation=(generation.name,))
    around = _Around(atlas, generation)
    people = generation.quartiers["population"].to_numpy(np.float64)
    known = {axis: generation.axes[axis] for axis in ("secteur", "famille", "taille")}
    out: dict[str, Measure | None] = {}
    for name, indicator in wanted.items():
        if indicator.colonne:
            out[name] = _column(generation, indicator)
            continue
        chosen = parse(indicator.compte).selection
        keys = [key for key, _ in chosen.items()]
        if not atlas.knows_employment or any(
            _silent(atlas, generation, chosen, key) for key in keys
        ):
            out[name] = None
            continue
        where = ("dedans", "proche", "hors") if indicator.around else ("dedans",)
        mask = atlas.resolve(chosen.with_(generation=base.generation, rattachement=where)).mask
        count = around.count(mask) if indicator.around else _inside(generation, mask)
        if indicator.pour == "habitants":
            whole, per = people, 1000.0
        else:
            # A share of what is known: « non classé » is neither one family nor another.
            everyone = atlas.resolve(base).mask
            for key in keys:
                axis = known[key]
                unknown = axis.mask(("non-classe", "inconnu"))
                everyone = everyone & ~unknown & (axis.codes >= 0)
            whole, per = _inside(generation, everyone), 1.0
        values = count / np.where(whole > 0, whole, np.nan) * per
        values[(generation.quartiers["insee_dep"] == OUT_OF_FIELD_DEP).to_numpy()] = np.nan
        out[name] = Measure(indicator, count, whole, values)
    return out


class _Around:
    """Counts in each outline and within its band, found once."""

    def __init__(self, atlas: Atlas, generation: Generation) -> None:
        self._atlas, self._generation = atlas, generation

    @cached_property
    def _pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Establishments within the band of an outline that is not theirs, and that outline."""
        generation = self._generation
        lon, lat = (self._atlas.points[name] for name in ("longitude", "latitude"))
        rows, outlines = Outlines(generation.quartiers).near(lon, lat, BAND_M)
        other = outlines != self._own[rows]
        return rows[other], outlines[other]

    @cached_property
    def _own(self) -> npt.NDArray[np.int32]:
        """The outline that each establishment stands in, -1 for none."""
        axes = self._generation.axes
        inside = axes["rattachement"].mask(("dedans",))
        return np.where(inside, axes["quartier"].codes, -1).astype(np.int32)

    def count(self, mask: Mask) -> Floats:
        """Count the establishments of a mask in each outline or within its band."""
        rows, outlines = self._pairs
        size = len(self._generation.quartiers)
        own = self._own[mask]
        near = np.bincount(outlines[mask[rows]], minlength=size)
        return (near + np.bincount(own[own >= 0], minlength=size)).astype(np.float64)


def _inside(generation: Generation, mask: Mask) -> Floats:
    """Count establishments by the neighbourhood they are attached to."""
    codes = generation.axes["quartier"].codes[mask]
    return np.bincount(codes[codes >= 0], minlength=len(generation.quartiers)).astype(np.float64)


def _silent(atlas: Atlas, generation: Generation, chosen: Selection, key: str) -> bool:
    """Whether the folder says nothing of what a key chooses.

    A name alone tells a régie de quartier: types are known when one of those chosen is met.
    """
    if key == "types":
        return not bool(atlas.types_mask(chosen.types).any())
    axis = generation.axes[key]
    return bool((axis.mask(("non-classe", "inconnu")) | (axis.codes < 0)).all())


def _column(generation: Generation, indicator: Indicator) -> Measure | None:
    """Read an indicator that a source brought with the outlines."""
    names = {str(name).lower(): name for name in generation.quartiers.columns}
    name = names.get(indicator.colonne)
    if name is None:
        return None
    texts = generation.quartiers[name].astype("str").str.strip().str.lower()
    texts = texts.replace({"oui": "1", "o": "1", "true": "1", "non": "0", "n": "0", "false": "0"})
    values = pd.to_numeric(texts.str.replace(",", ".", regex=False), errors="coerce")
    if values.isna().all():
        return None
    return Measure(indicator, None, None, values.to_numpy(np.float64))
