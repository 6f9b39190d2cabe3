"""Neighbourhoods like others: near in population and poverty, preferably of the same region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas
from essgeo.axes import Mask
from essgeo.text import NBSP, number, plural

Floats = npt.NDArray[np.float64]

#: Neighbourhoods taken when nothing else is asked: enough for a rate, few enough to be alike.
COUNT = 30

#: What another region costs, as a difference of population: 0.5 is 2 ** 0.5, 41 % more.
OTHER_REGION = 0.5

#: Points of poverty rate that weigh as much as twice the population.
POVERTY_STEP = 10.0

#: Columns that a source may give for the poverty rate at 60 % of the median, in percent.
POVERTY = ("taux_pauvrete", "tp60")


@dataclass(frozen=True)
class Similar:
    """Neighbourhoods like those given.

    Parameters
    ----------
    codes
        Nearest first; never one of those given.
    rule
        How they were chosen, in French, with the numbers met.
    problem
        Why there is none, in French; empty otherwise.
    """

    codes: tuple[str, ...]
    rule: str
    problem: str


def similar(
    atlas: Atlas, generation_name: str, codes: Sequence[str], count: int = COUNT
) -> Similar:
    """Find the neighbourhoods that are most like some others.

    The distance between two neighbourhoods adds, squared, the difference of the base 2
    logarithms of their populations, that of their poverty rates by tens of points when both are
    known, and :data:`OTHER_REGION` when their regions differ. Hexagon and overseas are never
    mixed; Polynesia, which Sirene does not cover, is never taken.

    Parameters
    ----------
    atlas
        Data folder opened.
    generation_name
        ``2015`` or ``2024``.
    codes
        ``code_qp`` of the neighbourhoods; each has its nearest ones taken in turn, so that a few
        ordinary ones do not choose for all.
    count
        How many to take; at least as many as ``codes``.

    Raises
    ------
    KeyError
        Unknown generation.
    """
    table = atlas.generations[generation_name].quartiers
    given = table["code_qp"].isin(list(codes)).to_numpy()
    population = table["population"].to_numpy(np.float64)
    usable = (population > 0) & (table["insee_dep"] != OUT_OF_FIELD_DEP).to_numpy()
    targets, candidates = np.flatnonzero(given & usable), np.flatnonzero(~given & usable)
    problem = _problem(given, population, len(targets), len(candidates))
    if problem:
        return Similar((), "", problem)
    gaps = _distances(table, targets, candidates)
    chosen = candidates[_in_turn(gaps, max(count, len(targets)))]
    if not len(chosen):
        return Similar(
            (), "", "Aucun quartier à comparer du même côté, hexagone et Corse ou outre-mer."
        )
    return Similar(tuple(table["code_qp"].iloc[chosen]), _rule(table, targets, chosen), "")


def neighbours(atlas: Atlas, generation_name: str, count: int = COUNT) -> npt.NDArray[np.intp]:
    """Find, for every neighbourhood at once, those that :func:`similar` would give it.

    Returns
    -------
    numpy.ndarray
        shape (neighbourhoods, count): rows of the generation's table, the nearest first; -1 where
        there are no more, or none at all.
    """
    table = atlas.generations[generation_name].quartiers
    population = table["population"].to_numpy(np.float64)
    usable = (population > 0) & (table["insee_dep"] != OUT_OF_FIELD_DEP).to_numpy()
    places = np.flatnonzero(usable)
    found = np.full((len(table), count), -1, dtype=np.intp)
    if len(places) < 2:
        return found
    gaps = _distances(table, places, places)
    np.fill_diagonal(gaps, np.inf)
    order = np.argsort(gaps, axis=1, kind="stable")[:, :count]
    nearest = np.where(np.isfinite(np.take_along_axis(gaps, order, axis=1)), places[order], -1)
    found[places, : nearest.shape[1]] = nearest
    return found


def _problem(given: Mask, population: Floats, targets: int, candidates: int) -> str:
    if not given.any():
        return f"Aucun quartier dans la sélection{NBSP}: rien à quoi ressembler."
    if not targets:
        unknown = not (population[given] > 0).any()
        return (
            f"Population inconnue{NBSP}: aucun quartier semblable ne peut être cherché."
            if unknown
            else f"Hors champ de Sirene (Polynésie française){NBSP}: aucun quartier à comparer."
        )
    if not candidates:
        if given.all():
            return f"Tous les quartiers sont dans la sélection{NBSP}: il n'en reste aucun."
        return f"Population des autres quartiers inconnue{NBSP}: aucun ne peut être comparé."
    return ""


def _distances(
    table: gpd.GeoDataFrame, targets: npt.NDArray[np.intp], candidates: npt.NDArray[np.intp]
) -> Floats:
    """Return shape (targets, candidates): how far apart they are, infinite when never mixed."""
    people = np.log2(table["population"].to_numpy(np.float64).clip(min=1))
    regions = table["insee_reg"].to_numpy()
    away = _overseas(table)
    square = (people[targets, None] - people[candidates]) ** 2
    square += np.where(regions[targets, None] == regions[candidates], 0.0, OTHER_REGION**2)
    poverty = _poverty(table)
    if poverty is not None:
        apart = (poverty[targets, None] - poverty[candidates]) / POVERTY_STEP
        square += np.nan_to_num(apart) ** 2
    square[away[targets, None] != away[candidates]] = np.inf
    distances: Floats = np.sqrt(square)
    return distances


def _in_turn(gaps: Floats, count: int) -> npt.NDArray[np.intp]:
    """Take the nearest of each target, then the second nearest of each…, up to ``count``."""
    order = np.argsort(gaps, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(gaps.shape[1])[None, :], axis=1)
    rank = np.where(np.isfinite(gaps), rank, gaps.shape[1])
    best, nearest = rank.min(axis=0), gaps.min(axis=0)
    ordered = np.lexsort((nearest, best))
    taken: npt.NDArray[np.intp] = ordered[np.isfinite(nearest[ordered])][:count]
    return taken


def _overseas(table: gpd.GeoDataFrame) -> Mask:
    away: Mask = table["insee_dep"].str.match(r"9[78]\d").to_numpy(dtype=bool)
    return away


def _poverty(table: gpd.GeoDataFrame) -> Floats | None:
    """Return the poverty rates in percent, None when the table has no such column."""
    names = {str(name).lower(): name for name in table.columns}
    column = next((names[name] for name in POVERTY if name in names), None)
    if column is None:
        return None
    texts = table[column].astype("str").str.replace(",", ".", regex=False)
    rates: Floats = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    return None if np.isnan(rates).all() else rates


def _rule(
    table: gpd.GeoDataFrame, targets: npt.NDArray[np.intp], chosen: npt.NDArray[np.intp]
) -> str:
    """Say how they were chosen, with the numbers met."""
    population = table["population"].to_numpy(np.float64)
    regions = table["insee_reg"].to_numpy()
    same = int(np.isin(regions[chosen], regions[targets]).sum())
    where = "d'outre-mer" if _overseas(table)[targets].all() else "de l'hexagone et de Corse"
    if _overseas(table)[targets].any() and not _overseas(table)[targets].all():
        where = "de l'hexagone, de Corse et d'outre-mer, chacun de son côté"
    how_many = plural(len(chosen), "quartier")
    poverty = _poverty(table)
    known = poverty is not None and not np.isnan(poverty[np.r_[targets, chosen]]).all()
    by = "la population et le taux de pauvreté" if known else "la population"
    said = (
        f"{how_many} {where}, proches par {by}{NBSP}: {_range(population[chosen])}{NBSP}habitants "
        f"(ici{NBSP}: {_range(population[targets])})"
    )
    if known and poverty is not None:
        said += (
            f", pauvreté{NBSP}: {_range(poverty[chosen], 1)}{NBSP}% "
            f"(ici{NBSP}: {_range(poverty[targets], 1)}{NBSP}%)"
        )
    said += (
        f"{NBSP}; {number(same) if same else 'aucun'} dans la même région, préférée{NBSP}: "
        f"une autre région compte comme une population plus grande de "
        f"{number((2**OTHER_REGION - 1) * 100)}{NBSP}%."
    )
    if not known:
        said += f" Le taux de pauvreté n'est pas dans ces données{NBSP}: il n'a pas compté."
    return said


def _range(values: Floats, decimals: int = 0) -> str:
    """Write the span of some values; one when they are all the same."""
    known = values[~np.isnan(values)]
    if not len(known):
        return number(np.nan)
    low, high = number(known.min(), decimals), number(known.max(), decimals)
    return low if low == high else f"de {low} à {high}"
