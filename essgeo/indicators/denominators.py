"""What the rows of a summary are divided by: surfaces, inhabitants, all the jobs there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas, Resolved
from essgeo.axes import Mask, places
from essgeo.generation import TERRITORY_COLUMNS, rolled_up
from essgeo.indicators.kept import once
from essgeo.join.surfaces import band_km2, inside_km2
from essgeo.selection import OWN_ZONES, TERRITORIES, VOCABULARY, Selection

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Rows and the units (outlines or communes) that lie in them: two arrays of one length.
Pairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

#: Columns of ``denominateurs.csv`` by the name that they take in a summary.
JOBS = {"emplois": "denominateur_emplois", "emplois_prives": "denominateur_emplois_prives"}


@dataclass(frozen=True)
class Units:
    """The units (outlines or communes) that lie in each row of a summary.

    Parameters
    ----------
    unit, group
        Same length: units, and the group of each.
    groups
        Number of groups.
    of_row
        shape (rows,): group of each row, -1 for a row where no unit lies.
    """

    unit: npt.NDArray[np.intp]
    group: npt.NDArray[np.intp]
    groups: int
    of_row: npt.NDArray[np.intp]

    def total(self, values: npt.NDArray[np.float64] | Mask) -> Floats:
        """Add up a value of the units: NaN where no unit lies, or as soon as one is unknown."""
        sums = np.bincount(self.group, weights=values[self.unit], minlength=self.groups)
        found: Floats = np.append(sums, np.nan)[self.of_row]
        return found

    def count(self) -> Ints:
        """Count the units of each row."""
        counts = np.append(np.bincount(self.group, minlength=self.groups), 0)
        found: Ints = counts[self.of_row].astype(np.int64)
        return found


def units(
    axes: Sequence[Pairs | None], width: int, found: Ints, everything: npt.NDArray[np.intp]
) -> Units:
    """Say which units lie in each row of a summary.

    Parameters
    ----------
    axes
        For each axis, its rows and their units; None when the axis is no territory.
    width
        Number of values of the last axis.
    found
        Keys of the rows printed: ``value`` or ``first value * width + last value``.
    everything
        Units of the whole selection: those of every row when no axis is a territory.
    """
    wanted = [found // width, found % width] if len(axes) == 2 else [found]
    territories = [(pairs, key) for pairs, key in zip(axes, wanted, strict=True) if pairs]
    if not territories:
        keys, unit, key = np.zeros(len(everything), np.int64), everything, np.zeros_like(found)
    elif len(territories) == 1:
        (((rows, unit), key),) = territories
        keys = rows.astype(np.int64)
    else:
        first, last = (pd.DataFrame({"row": rows, "unit": unit}) for (rows, unit), _ in territories)
        both = first.merge(last, on="unit", validate="m:m")
        keys = (both["row_x"] * width + both["row_y"]).to_numpy(np.int64)
        unit, key = both["unit"].to_numpy(np.intp), found
    known, group = np.unique(keys, return_inverse=True)
    at = np.searchsorted(known, key)
    there = np.append(known, -1)[at] == key
    return Units(unit, group, len(known), np.where(there, at, -1))


# --- communes -----------------------------------------------------------------------------------


@once
def _communes(atlas: Atlas, generation: str) -> pd.DataFrame:
    """Return the communes of the folder once each, with their place along each territorial axis.

    An arrondissement whose city is there too would be counted twice: it is left out.
    """
    table = atlas.folder.communes
    city = rolled_up(table["code_commune"])
    kept = (city == table["code_commune"]) | ~city.isin(table["code_commune"])
    axes = atlas.generations[generation].axes
    found = {"commune": places(axes["commune"].values, city)}
    for key, (column, _) in TERRITORY_COLUMNS.items():
        found[key] = places(axes[key].values, table[column])
    columns = {key: codes[kept.to_numpy()] for key, codes in found.items()}
    told = {name: table[name][kept].to_numpy() for name in ("insee_dep", "population")}
    return pd.DataFrame(columns | {"code": city[kept].to_numpy()} | told)


def communes_of(atlas: Atlas, resolved: Resolved, axes: Sequence[str]) -> list[Pairs | None]:
    """Return, for each axis, its rows and the communes of the selected territory in them."""
    table = _communes(atlas, resolved.generation.name)
    chosen = np.flatnonzero(_selected_communes(table, resolved))
    out: list[Pairs | None] = []
    for axis in axes:
        if axis not in ("france", *TERRITORIES):
            out.append(None)
        elif axis == "france":
            out.append((np.zeros_like(chosen), chosen))
        elif axis == "quartier":
            # A commune is no part of a neighbourhood.
            out.append((chosen[:0], chosen[:0]))
        else:
            rows = table[axis].to_numpy(np.intp)[chosen]
            out.append((rows[rows >= 0], chosen[rows >= 0]))
    return out


def _selected_communes(table: pd.DataFrame, resolved: Resolved) -> Mask:
    """Return which communes lie in the selected territory; none in neighbourhoods chosen."""
    selection, axes = resolved.selection, resolved.generation.axes
    if selection.quartier:
        return np.zeros(len(table), dtype=bool)
    kept = np.ones(len(table), dtype=bool)
    for key in (*TERRITORY_COLUMNS, "commune"):
        if values := selection.get(key):
            wanted = [axes[key].position(value) for value in values]
            kept &= np.isin(table[key].to_numpy(np.intp), wanted)
    return kept


# --- what the units hold ------------------------------------------------------------------------


@once
def surfaces(atlas: Atlas, generation: str) -> tuple[Floats, Floats]:
    """Return the surface of each outline and that of its band, km² (see ``join.surfaces``)."""
    quartiers = atlas.generations[generation].quartiers
    return inside_km2(quartiers), band_km2(quartiers)


@once
def _jobs_inside(atlas: Atlas, generation: str) -> Floats:
    """Return all the jobs of each outline, NaN when unknown: columns of :data:`JOBS`."""
    quartiers = atlas.generations[generation].quartiers
    found = _jobs_of(_lines(atlas, generation), "quartier", quartiers["code_qp"])
    return _in_field(found, quartiers["insee_dep"])


@once
def _jobs_of_communes(atlas: Atlas, generation: str) -> Floats:
    """Return all the jobs of each commune, NaN when unknown: columns of :data:`JOBS`."""
    communes = _communes(atlas, generation)
    found = _jobs_of(_lines(atlas, ""), "commune", communes["code"])
    return _in_field(found, communes["insee_dep"])


def _in_field(jobs: Floats, departement: pd.Series) -> Floats:
    """Count no job where Sirene does not cover those of the ESS: both sides of a weight agree."""
    covered = (departement != OUT_OF_FIELD_DEP).to_numpy()
    return np.where(covered[:, None], jobs, 0.0)


@once
def _lines(atlas: Atlas, generation: str) -> dict[str, dict[str, tuple[float, ...]]]:
    """Return what the folder says of each level: values of :data:`JOBS` by code.

    Lines of one generation of outlines and those that name none; all lines when it is empty.
    """
    table = atlas.folder.denominateurs
    if generation == OWN_ZONES:
        # A zone may bear the code of a neighbourhood without being it.
        table = table[table["niveau"] != "quartier"]
    if generation:
        table = table[table["generation"].isin(["", generation])]
    # A line on this generation of outlines wins over one that names none.
    table = table.sort_values("generation", kind="stable")
    found: dict[str, dict[str, tuple[float, ...]]] = {
        level: {} for level in ("france", *TERRITORIES)
    }
    values = table[list(JOBS)].to_numpy(np.float64).tolist()
    for level, code, told in zip(
        table["niveau"].tolist(), table["code"].tolist(), values, strict=True
    ):
        found.setdefault(level, {})[code] = tuple(told)
    return found


def _jobs_of(
    lines: Mapping[str, Mapping[str, tuple[float, ...]]], level: str, codes: Iterable[str]
) -> Floats:
    """Return the jobs of some territories, NaN when unknown: shape (codes, columns of JOBS)."""
    unknown = (np.nan,) * len(JOBS)
    found = [lines[level].get(code, unknown) for code in codes]
    return np.array(found, dtype=np.float64).reshape(-1, len(JOBS))


def whole_territory(selection: Selection) -> bool:
    """Whether a selection takes establishments wherever they are, neighbourhoods or not."""
    return set(selection.rattachement) in (set(), set(VOCABULARY["rattachement"]))


def inside_only(selection: Selection) -> bool:
    """Whether a selection is what is inside neighbourhoods: what theirs can divide."""
    return selection.rattachement == ("dedans",)


def denominators(
    atlas: Atlas,
    resolved: Resolved,
    axes: Sequence[str],
    codes: Sequence[Sequence[str]],
    found: Ints,
    outlines: Units,
) -> dict[str, Floats]:
    """Compute what the rows of a summary can be divided by.

    Parameters
    ----------
    atlas, resolved, axes
        What is summed up, along what.
    codes
        Codes of each axis.
    found
        Keys of the rows, see :func:`units`.
    outlines
        Outlines of each row.

    Returns
    -------
    dict
        Columns of a summary: ``superficie_km2`` and ``bande_km2`` of the neighbourhoods of the
        row, ``population_communes`` of its communes, and the jobs of :data:`JOBS`: those of the
        neighbourhoods when the selection is what is inside them, those of the communes when it
        is whole territories, NaN otherwise.
    """
    selection, name = resolved.selection, resolved.generation.name
    inside, band = surfaces(atlas, name)
    communes = units(
        communes_of(atlas, resolved, axes),
        len(codes[-1]),
        found,
        np.flatnonzero(_selected_communes(_communes(atlas, name), resolved)),
    )
    people = _communes(atlas, name)["population"].to_numpy(np.float64)
    out = {
        "superficie_km2": outlines.total(inside),
        "bande_km2": outlines.total(band),
        "population_communes": communes.total(people),
    }
    for column, printed in enumerate(JOBS.values()):
        if inside_only(selection):
            out[printed] = outlines.total(_jobs_inside(atlas, name)[:, column])
        elif whole_territory(selection):
            said = _said_jobs(atlas, selection, axes, codes, found)[:, column]
            added = communes.total(_jobs_of_communes(atlas, name)[:, column])
            out[printed] = np.where(np.isnan(said), added, said)
        else:
            out[printed] = np.full(len(found), np.nan)
        out[printed] = np.where(out[printed] > 0, out[printed], np.nan)
    return out


def _said_jobs(
    atlas: Atlas,
    selection: Selection,
    axes: Sequence[str],
    codes: Sequence[Sequence[str]],
    found: Ints,
) -> Floats:
    """Take the jobs of each row as the folder says them of that very territory, if it does.

    A row is a territory whole when nothing else than the axis cuts the country.
    """
    nothing = np.full((len(found), len(JOBS)), np.nan)
    cut = {key for key in TERRITORIES if selection.get(key)}
    levels = [axis for axis in axes if axis in TERRITORIES]
    if len(levels) > 1 or "quartier" in {*cut, *levels}:
        return nothing
    if levels:
        if cut - set(levels):
            return nothing
        width, place = len(codes[-1]), axes.index(levels[0])
        keys = found if len(axes) == 1 else (found % width if place else found // width)
        wanted = [codes[place][key] for key in keys]
        return _jobs_of(_lines(atlas, ""), levels[0], wanted)
    chosen = [(key, value) for key in cut for value in selection.get(key)] or [("france", "france")]
    if len(chosen) > 1:
        return nothing
    ((level, value),) = chosen
    return _jobs_of(_lines(atlas, ""), level, [value] * len(found))
