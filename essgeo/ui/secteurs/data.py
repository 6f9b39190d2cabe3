"""What the page Secteurs computes, kept for all visitors: nothing here is to be changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.indicators import summary
from essgeo.indicators.presence import presence
from essgeo.indicators.references import CONTENT, reference
from essgeo.indicators.structure import (
    Concentration,
    Diversity,
    Registrations,
    classed,
    concentration,
    diversity,
    registrations,
    shares,
)
from essgeo.nomenclatures import NON_CLASSE
from essgeo.selection import Selection
from essgeo.ui.loading import by_axis, kept, whole

Sorting = Literal["secteur", "famille"]


@dataclass(frozen=True)
class Compared:
    """A reference as the page shows it.

    Parameters
    ----------
    label, note
        Where (fits after « dans »), and how it was made.
    problem
        Why there is none; empty when there is one.
    shares
        Shares of establishments and of jobs there (:func:`essgeo.indicators.structure.shares`).
    """

    label: str
    problem: str
    note: str
    shares: pd.DataFrame


def compared(
    atlas: Atlas, selection: Selection, axis: Sorting, against: Selection | None
) -> Compared:
    """Return the reference of a selection, or the other selection, and its shares on an axis."""

    def compute() -> Compared:
        found = reference(atlas, selection, other=against)
        mask = found.mask
        if found.selection is not None:
            # What establishments are is asked of both sides, but for the axis itself.
            content = {key: selection.get(key) for key in CONTENT if key != axis}
            mask = mask & atlas.resolve(found.selection.with_(**content)).mask
        table = shares(atlas, atlas.resolve(selection).generation, mask, axis)
        table = table[table.index != NON_CLASSE]
        table = table.assign(
            part=_parts(table["etablissements"]), part_emplois=_parts(table["emplois"])
        )
        return Compared(found.label, found.problem, found.note, table)

    return kept(
        "secteurs.comparé", atlas, selection, compute, axis, against.query() if against else ""
    )


def present(
    atlas: Atlas, selection: Selection, axis: Sorting, against: Selection | None
) -> pd.DataFrame:
    """Return the presence of each sector or family against the reference."""
    return kept(
        "secteurs.présence",
        atlas,
        selection,
        lambda: presence(atlas, selection, axis, other=against),
        axis,
        against.query() if against else "",
    )


def crossed(atlas: Atlas, selection: Selection) -> pd.DataFrame:
    """Return the summary by sector and family, with ``secteur, lib_secteur`` and the like.

    Filters on sectors and families are lifted: the picture shows where the chosen ones stand.
    """
    asked = selection.without("secteur", "famille", "reference")

    def compute() -> pd.DataFrame:
        table = summary(atlas, asked, ("secteur", "famille"))
        for place, name in enumerate(("secteur", "famille")):
            table[name] = [pair[place] for pair in table["code"]]
            table[f"lib_{name}"] = [pair[place] for pair in table["libelle"]]
        classed = (table["secteur"] != NON_CLASSE) & (table["famille"] != NON_CLASSE)
        return table[classed]

    return kept("secteurs.croisé", atlas, asked, compute)


def registered(atlas: Atlas, resolved: Resolved) -> Registrations:
    """Return when the structures of a selection were registered."""
    return kept(
        "secteurs.immatriculé", atlas, resolved.selection, lambda: registrations(atlas, resolved)
    )


def structured(atlas: Atlas, resolved: Resolved) -> tuple[Diversity, Concentration]:
    """Return how diverse and how concentrated a selection is."""
    return kept(
        "secteurs.structuré",
        atlas,
        resolved.selection,
        lambda: (diversity(atlas, resolved), concentration(atlas, resolved)),
    )


def weights(atlas: Atlas, selection: Selection, axis: str) -> pd.DataFrame:
    """Return the summary of a selection along an axis with the shares of what is classed.

    The filter on the axis itself is lifted: the share of the only sector left would be 100 %.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`essgeo.indicators.summary`, then ``part`` and ``part_emplois`` (between
        0 and 1, NaN when not known), without what is not classed or empty.
    """
    return classed(by_axis(atlas, selection.without(axis, "reference"), axis))


def unclassed(atlas: Atlas, selection: Selection, axis: str) -> int:
    """Count the establishments that stand outside the shares."""
    table = by_axis(atlas, selection.without(axis, "reference"), axis)
    return int(table.loc[table["code"].isin(("", NON_CLASSE)), "etablissements"].sum())


def jobs_known(atlas: Atlas, selection: Selection) -> bool:
    """Whether any headcount of the selection is known."""
    return bool(whole(atlas, selection)["effectif_estime"] > 0)


def _parts(values: pd.Series) -> pd.Series:
    known = values.astype("float64")
    return known / (known.sum() or math.nan)
