"""Counts, jobs and rates of a selection, whole or along one or two axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas, Resolved
from essgeo.axes import Codes, Mask
from essgeo.errors import UsageError
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.indicators.denominators import Floats, Ints, Pairs, denominators, inside_only, units
from essgeo.indicators.kept import once
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


@dataclass(frozen=True)
class _Grouping:
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
    selection, generation = resolved.selection, resolved.generation
    groupings = [_grouping(atlas, resolved, axis) for axis in axes]
    width = len(groupings[-1].codes)
    masks = (
        atlas.mask(selection.with_(rattachement=("proche",))),
        *(firm_and_possible(atlas, asked) or ()),
    )
    here, place, found, others = _rows(atlas, resolved, groupings, masks)
    size = len(found)
    counts, total = _sums(atlas, here, place, size)
    near_counts, low_count, high_count = [*others, *[np.full(size, np.nan)] * 2][:3]
    bands = atlas.headcount.bands
    outlines = units(
        [one.outlines for one in groupings], width, found, np.flatnonzero(resolved.quartiers)
    )
    population = outlines.total(generation.quartiers["population"].to_numpy(np.float64))
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
    names: list[Any] = [grouping.codes for grouping in groupings]
    labels: list[Any] = [grouping.labels for grouping in groupings]
    return {
        "code": _named(names, first, last),
        "libelle": _named(labels, first, last),
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


def _grouping(atlas: Atlas, resolved: Resolved, axis: str) -> _Grouping:
    generation = resolved.generation
    quartiers = generation.quartiers
    if axis == "france":
        everything = np.broadcast_to(np.int32(0), len(atlas))
        inside = np.flatnonzero(resolved.quartiers)
        return _Grouping(("france",), ("France",), everything, (np.zeros_like(inside), inside))
    if axis == "types":
        values = atlas.types_values
        labels = tuple(atlas.label("types", value) for value in values)
        return _Grouping((*values, ""), (*labels, WITHOUT["types"]), None, None)
    found = generation.axes[axis]
    codes, labels = (*found.values, ""), (*found.labels, WITHOUT.get(axis, "Non renseigné"))
    if axis not in TERRITORIES:
        return _Grouping(codes, labels, found.codes, None)
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
    return _Grouping(codes, labels, found.codes, (row[kept], outline[kept]))


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
        rows = of_types
        if grouping.rows is not None:
            rows = grouping.rows[here].astype(np.int64)
            rows[rows < 0] = len(grouping.codes) - 1
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


def _possible(groupings: list[_Grouping]) -> npt.NDArray[np.int64]:
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


def _rows(
    atlas: Atlas, resolved: Resolved, groupings: list[_Grouping], masks: Sequence[Mask]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32], Ints, list[Ints]]:
    """Say which rows are printed, who is in each, and how many of some other masks.

    Returns
    -------
    tuple
        Positions of establishments, the row of each (see :func:`_members`), keys of the rows, and
        for each mask how many it has in each row.
    """
    if [one.codes for one in groupings] == [("france",)]:
        here = np.flatnonzero(resolved.mask)
        everyone = np.broadcast_to(np.int32(0), len(here))
        return (
            here,
            everyone,
            np.zeros(1, np.int64),
            [np.array([np.count_nonzero(mask)]) for mask in masks],
        )
    here, keys = _members(atlas, resolved.mask, groupings)
    others = [_members(atlas, mask, groupings)[1] for mask in masks]
    printed = _possible(groupings) if atlas.manifest.secret else _territories(groupings)
    # Marking the keys beats sorting millions, and looking up beats searching: only the cells of
    # the rows printed are ever touched.
    seen = np.zeros(math.prod(len(one.codes) for one in groupings), dtype=bool)
    for some in (keys, *others, printed):
        seen[some] = True
    found = np.flatnonzero(seen)
    row_of = np.empty(len(seen), dtype=np.int32)
    row_of[found] = np.arange(len(found))
    counts = [np.bincount(row_of[one], minlength=len(found)) for one in others]
    return here, row_of[keys], found, counts


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


def _structures(
    atlas: Atlas, here: npt.NDArray[np.intp], place: npt.NDArray[np.int32], size: int
) -> npt.NDArray[Any]:
    """Count the distinct SIREN of each row; NaN when the folder knows none."""
    siren, count = atlas.siren_codes[here], atlas.siren_count
    if not count:
        return np.full(size, np.nan)
    if size == 1:
        seen = np.zeros(count + 1, dtype=bool)  # the last one stands for -1
        seen[siren] = True
        return np.array([np.count_nonzero(seen[:-1])])
    known = siren >= 0
    pairs = _distinct(place[known].astype(np.int64) * count + siren[known])
    return np.bincount(pairs // count, minlength=size)


@once
def _in_field(atlas: Atlas, generation: str) -> Mask:
    """Return the outlines whose private employers Sirene covers: all but those of Polynésie."""
    quartiers = atlas.generations[generation].quartiers
    covered: Mask = (quartiers["insee_dep"] != OUT_OF_FIELD_DEP).to_numpy()
    return covered


def _named(
    texts: list[tuple[str, ...]], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> list[Any]:
    if len(texts) == 1:
        return [texts[0][place] for place in last]
    return [[texts[0][one], texts[1][two]] for one, two in zip(first, last, strict=True)]
