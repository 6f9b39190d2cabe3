"""Counts, jobs and rates of a selection, whole or along one or two axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas
from essgeo.axes import Mask
from essgeo.errors import UsageError
from essgeo.indicators.denominators import Floats, Ints, denominators, inside_only, units
from essgeo.indicators.grouping import Positions, grouping, rows_of
from essgeo.indicators.kept import once, recent
from essgeo.indicators.precision import firm_and_possible
from essgeo.secrecy import protected
from essgeo.selection import TERRITORIES, Selection
from essgeo.sentences import outlines_called

if TYPE_CHECKING:
    from essgeo.indicators.presence import AxisName

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
    "etablissements_bas",
    "etablissements_haut",
    "superficie_km2",
    "etablissements_km2",
    "bande_km2",
    "proches_km2",
    "emplois_1000hab",
    "denominateur_emplois",
    "poids_emplois",
    "denominateur_emplois_prives",
    "poids_emplois_prives",
    "population_communes",
    "nature",
)


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
        NaN as soon as one band is open. Rates divide what is inside neighbourhoods by what is
        theirs; ``proches_km2`` divides what is near by the surface of their bands. Along
        ``secteur`` or ``famille`` alone, a selection with a ``reference`` adds
        :data:`~essgeo.indicators.presence.QUOTIENTS`.

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
    table = pd.DataFrame(_columns(atlas, selection, axes), columns=list(COLUMNS))
    if atlas.manifest.secret:
        table = protected(atlas, resolved, axes, table)
    if axes in (["secteur"], ["famille"]) and resolved.selection.reference:
        # Exact intervals need scipy, whose import takes as long as a summary.
        from essgeo.indicators.presence import quotients

        return table.join(quotients(atlas, selection, cast("AxisName", axes[0])), on="code")
    return table


def totals(atlas: Atlas, selection: Selection) -> dict[str, Any]:
    """Return the one row of the whole selection as a dictionary."""
    if atlas.manifest.secret:
        printed = summary(atlas, selection).iloc[0]
        return {str(name): value for name, value in printed.items()}
    # Making a table of one row takes as long as counting it.
    columns = _columns(atlas, selection, ["france"])
    row: dict[str, Any] = {name: columns[name][0] for name in COLUMNS if name != "nature"}
    return {**row, "etat": str(row["etat"]), "nature": atlas.manifest.nature}


def _columns(atlas: Atlas, asked: Selection, axes: Sequence[str]) -> dict[str, Any]:
    """Compute the columns of a summary, whatever may be printed of them."""
    resolved = atlas.resolve(asked)
    generation = resolved.generation
    groupings = [grouping(atlas, resolved, axis) for axis in axes]
    width = len(groupings[-1].codes)
    chosen, *beside = _looked_at(atlas, resolved.selection)
    here, place, found, others = rows_of(atlas, groupings, chosen, beside)
    size = len(found)
    counts, total = _sums(atlas, here, place, size)
    near_counts, low_count, high_count = [*others, *[np.full(size, np.nan)] * 2][:3]
    bands = atlas.headcount.bands
    outlines = units(
        [one.outlines for one in groupings], width, found, np.flatnonzero(resolved.quartiers)
    )
    population = outlines.total(_inhabitants(atlas, generation.name))
    out_of_field = (outlines.total(_in_field(atlas, generation.name)) == 0) & (counts == 0)
    there = denominators(atlas, resolved, axes, [one.codes for one in groupings], found, outlines)
    # A headcount is unknown as a whole only when nobody in the row has a known one.
    nothing = counts == 0
    told = (total(bands.known) > 0) | (nothing & ~out_of_field)
    open_band = total(bands.known & np.isnan(bands.high)) > 0
    jobs = np.where(told, total(np.nan_to_num(bands.central)), np.nan)

    def rate(values: npt.NDArray[Any], by: Floats, per: float = 1.0) -> Floats:
        fair = (by > 0) & ~out_of_field
        return np.where(fair, values / np.where(fair, by, np.nan) * per, np.nan)

    # Neighbourhoods' own surface and inhabitants only divide what is inside them.
    inside = inside_only(resolved.selection)
    people, area = (
        values if inside else np.full(size, np.nan)
        for values in (population, there["superficie_km2"])
    )
    first, last = found // width, found % width
    named = (
        [one.take(last) for one in _texts(atlas, generation.name, axes[0])]
        if len(axes) == 1 and axes[0] in generation.axes
        else [
            _named(texts, first, last)
            for texts in zip(*((one.codes, one.labels) for one in groupings), strict=True)
        ]
    )
    return {
        "code": named[0],
        "libelle": named[1],
        "etablissements": counts,
        "structures": _structures(atlas, here, place, size),
        "employeurs": total(bands.employer) if atlas.knows_employment else np.full(size, np.nan),
        "effectif_inconnu": total(~bands.known),
        "etablissements_proches": near_counts,
        "effectif_min": np.where(told, total(np.nan_to_num(bands.low)), np.nan),
        "effectif_estime": jobs,
        "effectif_max": np.where(told & ~open_band, total(np.nan_to_num(bands.high)), np.nan),
        "etat": np.where(out_of_field, "hors_champ", "ok"),
        "quartiers": outlines.count(),
        "population": population,
        "etablissements_1000hab": rate(counts, people, 1000),
        "etablissements_bas": low_count,
        "etablissements_haut": high_count,
        "etablissements_km2": rate(counts, area),
        "proches_km2": rate(near_counts, there["bande_km2"]),
        "emplois_1000hab": rate(jobs, people, 1000),
        "poids_emplois": rate(jobs, there["denominateur_emplois"]),
        "poids_emplois_prives": rate(jobs, there["denominateur_emplois_prives"]),
        **there,
        "nature": atlas.manifest.nature,
    }


@partial(recent, most=4)  # the axes of one page, and the territories that one is set beside
def _looked_at(atlas: Atlas, selection: Selection) -> list[Positions]:
    """Find a selection, what is near, and its low and high counts when there are such."""
    resolved = atlas.resolve(selection)
    everywhere = selection.without(*TERRITORIES)
    if everywhere != selection:
        # A territory keeps some of what all of them hold: fewer to go through.
        axes = resolved.generation.axes
        chosen = [key for key in TERRITORIES if selection.get(key)]
        inside = np.logical_and.reduce([axes[key].mask(selection.get(key)) for key in chosen])
        return [found[inside[found]] for found in _looked_at(atlas, everywhere)]
    near = atlas.mask(selection.with_(rattachement=("proche",)))
    masks = (resolved.mask, near, *(firm_and_possible(atlas, selection) or ()))
    return [np.flatnonzero(mask) for mask in masks]


def _by_generation(atlas: Atlas, selection: Selection, axes: list[str]) -> pd.DataFrame:
    """Compute the same selection on the outlines of each generation in turn."""
    other = [axis for axis in axes if axis != "generation"]
    tables = []
    for name in selection.generation or tuple(atlas.generations):
        if name not in atlas.generations:
            continue
        table = summary(atlas, selection.with_(generation=(name,)), other or ("france",))
        label = outlines_called(name).capitalize()
        if name != atlas.newest.name:
            label += f" (à ne pas comparer à {atlas.newest.name})"
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


def _sums(
    atlas: Atlas, here: npt.NDArray[np.intp], place: npt.NDArray[np.int32], size: int
) -> tuple[Ints, Callable[[Floats | Mask], Floats]]:
    """Count each row, and return what sums a value of its establishments' bands."""
    head = atlas.headcount
    width = len(head.bands.low)
    band = head.band[here]
    keys = band if size == 1 else place.astype(np.int64) * width + band
    table = np.bincount(keys, minlength=size * width).reshape(size, width)
    weights = table.astype(np.float64)
    return table.sum(axis=1), lambda values: weights @ values.astype(np.float64)


def _distinct(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the distinct keys in order; sorting millions is far faster than np.unique."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


#: Marking the SIREN of a folder takes longer than sorting those of a row when it has so many more.
_SPARSE = 50


def _structures(
    atlas: Atlas, here: npt.NDArray[np.intp], place: npt.NDArray[np.int32], size: int
) -> npt.NDArray[Any]:
    """Count the distinct SIREN of each row; NaN when the folder knows none."""
    siren, count = atlas.siren_codes[here], atlas.siren_count
    if not count:
        return np.full(size, np.nan)
    if size == 1 and count > _SPARSE * len(siren):
        return np.array([len(np.unique(siren[siren >= 0]))])
    if size == 1:
        seen = np.zeros(count + 1, dtype=bool)  # the last one stands for -1
        seen[siren] = True
        return np.array([np.count_nonzero(seen[:-1])])
    known = siren >= 0
    pairs = _distinct(place[known].astype(np.int64) * count + siren[known])
    return np.bincount(pairs // count, minlength=size)


@once
def _inhabitants(atlas: Atlas, generation: str) -> Floats:
    """Return the inhabitants of each outline, NaN when unknown."""
    quartiers = atlas.generations[generation].quartiers
    return np.asarray(quartiers["population"], dtype=np.float64)


@once
def _in_field(atlas: Atlas, generation: str) -> Mask:
    """Return the outlines whose private employers Sirene covers: all but those of Polynésie."""
    quartiers = atlas.generations[generation].quartiers
    covered: Mask = (quartiers["insee_dep"] != OUT_OF_FIELD_DEP).to_numpy()
    return covered


@recent
def _texts(atlas: Atlas, generation: str, axis: str) -> tuple[ExtensionArray, ExtensionArray]:
    """Return the codes and the labels of an axis as columns: making them takes longer than all."""
    made = grouping(atlas, atlas.resolve(Selection(generation=(generation,))), axis)
    return pd.array(made.codes, dtype="str"), pd.array(made.labels, dtype="str")


def _named(
    texts: Sequence[tuple[str, ...]], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> list[Any]:
    if len(texts) == 1:
        return [texts[0][place] for place in last]
    return [[texts[0][one], texts[1][two]] for one, two in zip(first, last, strict=True)]
