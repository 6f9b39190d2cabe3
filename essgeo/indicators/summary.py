"""Counts, jobs and rates of a selection, whole or along one or two axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import EMPLOYER, OUT_OF_FIELD_DEP, Atlas, Resolved
from essgeo.axes import Codes, Mask
from essgeo.errors import UsageError
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.selection import TERRITORIES, Selection

#: Axes of a summary, in the order of the documentation.
AXES = (
    "france",
    "region",
    "departement",
    "epci",
    "ept",
    "contrat",
    "commune",
    "quartier",
    "secteur",
    "famille",
    "taille",
    "types",
    "rattachement",
    "certitude",
    "generation",
)

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

#: Columns of a summary, in order.
COLUMNS = (
    "code",
    "libelle",
    "etablissements",
    "structures",
    "employeurs",
    "effectif_inconnu",
    "etablissements_proches",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "etat",
    "quartiers",
    "population",
    "etablissements_1000hab",
    "nature",
)


@dataclass(frozen=True)
class _Grouping:
    """How rows of a summary are made along one axis.

    Parameters
    ----------
    codes, labels
        One row each; the last stands for « none of them ».
    rows
        shape (establishments,): row of each; None where one may stand in several (types).
    outlines
        Pairs (row, outline) of what lies in what, two arrays of one length; None when the axis
        is no territory. An outline over two communes stands twice.
    """

    codes: tuple[str, ...]
    labels: tuple[str, ...]
    rows: Codes | None
    outlines: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]] | None


def summary(atlas: Atlas, selection: Selection, by: Sequence[str] = ("france",)) -> pd.DataFrame:
    """Compute the indicators of a selection along one or two axes.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is looked at.
    by
        One or two of :data:`AXES`.

    Returns
    -------
    pandas.DataFrame
        One row a value (or pair of values), columns :data:`COLUMNS`; what is not known is NaN.
        ``code`` and ``libelle`` are lists when there are two axes. Jobs are numbers of
        employees located there, summed over the bounds of Sirene's bands; ``effectif_max`` is
        NaN as soon as one band is open.

    Raises
    ------
    UsageError
        No axis, more than two, twice the same, or an unknown one.
    """
    axes = list(by)
    unknown = [axis for axis in axes if axis not in AXES]
    if unknown:
        raise UsageError(f"axe inconnu « {', '.join(unknown)} » ; axes : {', '.join(AXES)}.")
    if not 1 <= len(axes) <= 2 or len(set(axes)) < len(axes):
        raise UsageError("un ou deux axes différents sont attendus (--by AXE[,AXE]).")
    if "generation" in axes:
        return _by_generation(atlas, selection, axes)
    resolved = atlas.resolve(selection)
    generation = resolved.generation
    near = atlas.resolve(selection.with_(rattachement=("proche",)))
    groupings = [_grouping(atlas, resolved, axis) for axis in axes]
    width = len(groupings[-1].codes)
    here, keys = _members(atlas, resolved.mask, groupings)
    _, near_keys = _members(atlas, near.mask, groupings)
    found = np.unique(np.concatenate([keys, near_keys, _territories(groupings)]))
    place = np.searchsorted(found, keys)
    size = len(found)

    def total(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.bincount(place, weights=values, minlength=size).astype(np.float64)

    head = atlas.headcount
    low, central, high = head.low[here], head.central[here], head.high[here]
    known = head.known[here]
    counts = np.bincount(place, minlength=size)
    near_counts = np.bincount(np.searchsorted(found, near_keys), minlength=size)
    employer = generation.axes["emploi"].mask(EMPLOYER)[here]
    quartiers, population, out_of_field = _neighbourhoods(resolved, groupings, found)
    out_of_field &= counts == 0
    # A headcount is unknown as a whole only when nobody in the row has a known one.
    nothing = counts == 0
    told = (total(known) > 0) | (nothing & ~out_of_field)
    open_band = total(known & np.isnan(high)) > 0
    siren = atlas.siren_codes[here]
    units = int(atlas.siren_codes.max(initial=-1)) + 1
    pairs = np.unique(place[siren >= 0].astype(np.int64) * max(units, 1) + siren[siren >= 0])
    rate = np.where(
        _rate_makes_sense(resolved.selection) & (population > 0) & ~out_of_field,
        counts / np.where(population > 0, population, np.nan) * 1000,
        np.nan,
    )
    first, last = found // width, found % width
    names: list[Any] = [grouping.codes for grouping in groupings]
    labels: list[Any] = [grouping.labels for grouping in groupings]
    return pd.DataFrame(
        {
            "code": _named(names, first, last),
            "libelle": _named(labels, first, last),
            "etablissements": counts,
            "structures": np.bincount(pairs // units, minlength=size)
            if units
            else np.full(size, np.nan),
            "employeurs": total(employer) if atlas.knows_employment else np.full(size, np.nan),
            "effectif_inconnu": total(~known),
            "etablissements_proches": near_counts,
            "effectif_min": np.where(told, total(np.where(known, low, 0)), np.nan),
            "effectif_estime": np.where(told, total(np.where(known, central, 0)), np.nan),
            "effectif_max": np.where(
                told & ~open_band, total(np.where(known & ~np.isnan(high), high, 0)), np.nan
            ),
            "etat": np.where(out_of_field, "hors_champ", "ok"),
            "quartiers": quartiers,
            "population": population,
            "etablissements_1000hab": rate,
            "nature": atlas.manifest.nature,
        },
        columns=list(COLUMNS),
    )


def totals(atlas: Atlas, selection: Selection) -> dict[str, Any]:
    """Return the one row of the whole selection as a dictionary."""
    row = summary(atlas, selection).iloc[0]
    return {str(name): value for name, value in row.items()}


def _by_generation(atlas: Atlas, selection: Selection, axes: list[str]) -> pd.DataFrame:
    """Compute the same selection on the outlines of each generation in turn."""
    other = [axis for axis in axes if axis != "generation"]
    tables = []
    for name in selection.generation or tuple(atlas.generations):
        if name not in atlas.generations:
            continue
        table = summary(atlas, selection.with_(generation=(name,)), other or ("france",))
        label = f"Contours {name}"
        if other:
            first = axes[0] == "generation"
            table["code"] = [[name, code] if first else [code, name] for code in table["code"]]
            table["libelle"] = [
                [label, text] if first else [text, label] for text in table["libelle"]
            ]
        else:
            table["code"], table["libelle"] = name, label
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def _grouping(atlas: Atlas, resolved: Resolved, axis: str) -> _Grouping:
    generation = resolved.generation
    quartiers = generation.quartiers
    if axis == "france":
        everything = np.zeros(len(atlas), dtype=np.int32)
        inside = np.flatnonzero(resolved.quartiers)
        return _Grouping(("france",), ("France",), everything, (np.zeros_like(inside), inside))
    if axis == "types":
        values = atlas.types_values
        labels = tuple(atlas.label("types", value) for value in values)
        return _Grouping((*values, ""), (*labels, WITHOUT["types"]), None, None)
    found = generation.axes[axis]
    codes, labels = (*found.values, ""), (*found.labels, WITHOUT.get(axis, "Non renseigné"))
    rows = np.where(found.codes >= 0, found.codes, len(found.values)).astype(np.int32)
    if axis not in TERRITORIES:
        return _Grouping(codes, labels, rows, None)
    if axis == "commune":
        pairs = [
            (found.position(code), place)
            for place, communes in enumerate(generation.commune_of)
            for code in communes
        ]
        row, outline = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    else:
        column = "code_qp" if axis == "quartier" else TERRITORY_COLUMNS[axis][0]
        index = pd.Index(found.values).get_indexer(pd.Index(quartiers[column]))
        row = np.where(index >= 0, index, len(found.values))
        outline = np.arange(len(quartiers))
    kept = resolved.quartiers[outline]
    return _Grouping(codes, labels, rows, (row[kept], outline[kept]))


def _members(
    atlas: Atlas, mask: Mask, groupings: list[_Grouping]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Pair selected establishments with the rows they belong to.

    Returns
    -------
    tuple
        Positions of establishments and keys of rows (``first * width + last``), same length;
        an establishment of two types stands twice.
    """
    here = np.flatnonzero(mask)
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
        rows = of_types if grouping.rows is None else grouping.rows[here]
        keys = keys * len(grouping.codes) + rows
    return here, keys


def _territories(groupings: list[_Grouping]) -> npt.NDArray[np.int64]:
    """Return the keys of rows printed even when empty: territories that hold a neighbourhood.

    Along two axes only pairs where something was found are printed.
    """
    if len(groupings) > 1 or groupings[0].outlines is None:
        return np.empty(0, dtype=np.int64)
    if groupings[0].codes == ("france",):
        return np.zeros(1, dtype=np.int64)
    return np.unique(groupings[0].outlines[0]).astype(np.int64)


def _neighbourhoods(
    resolved: Resolved, groupings: list[_Grouping], found: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], Mask]:
    """Count the outlines of each row and their inhabitants (NaN as soon as one is unknown)."""
    frame = resolved.generation.quartiers
    width = len(groupings[-1].codes)
    places = [found // width, found % width] if len(groupings) == 2 else [found]
    territories = [
        (grouping.outlines, place)
        for grouping, place in zip(groupings, places, strict=True)
        if grouping.outlines is not None
    ]
    if not territories:
        outlines = np.flatnonzero(resolved.quartiers)
        keys, wanted = np.zeros_like(outlines), np.zeros_like(found)
    elif len(territories) == 1:
        ((keys, outlines), wanted) = territories[0]
    else:
        first, last = (
            pd.DataFrame({"row": row, "outline": outline}) for (row, outline), _ in territories
        )
        both = first.merge(last, on="outline", validate="m:m")
        keys = (both["row_x"] * width + both["row_y"]).to_numpy()
        outlines, wanted = both["outline"].to_numpy(), found
    if not len(keys):
        nothing = np.zeros(len(found), dtype=np.int64)
        return nothing, np.full(len(found), np.nan), nothing > 0
    known, row = np.unique(keys, return_inverse=True)
    population = frame["population"].to_numpy(np.float64)[outlines]
    count = np.bincount(row)
    people = np.bincount(row, weights=population)
    covered = np.bincount(row, weights=~_out_of_field(frame)[outlines])
    at = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    there = known[at] == wanted
    counts = np.where(there, count[at], 0)
    return counts, np.where(there, people[at], np.nan), there & (covered[at] == 0)


def _out_of_field(quartiers: pd.DataFrame) -> Mask:
    """Return which outlines lie where Sirene does not cover private employers (Polynésie)."""
    found: Mask = (quartiers["insee_dep"] == OUT_OF_FIELD_DEP).to_numpy()
    return found


def _rate_makes_sense(selection: Selection) -> bool:
    """Whether inhabitants of neighbourhoods are a fair denominator: only for what is inside."""
    return selection.rattachement == ("dedans",)


def _named(
    texts: list[tuple[str, ...]], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> list[Any]:
    if len(texts) == 1:
        return [texts[0][place] for place in last]
    return [[texts[0][one], texts[1][two]] for one, two in zip(first, last, strict=True)]
