"""The reference load: a simulated data folder as large as the real one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from essgeo import demo, nomenclatures
from essgeo.atlas import Atlas, open_atlas
from essgeo.selection import Selection, parse

Choices = dict[str, dict[str, str]]

#: Establishments of the reference load, and of a quick trial.
ROWS, QUICK_ROWS = 220_000, 30_000

#: Filters of the sidebar that a visitor changes: label -> key of the selection.
FILTERS: dict[str, Literal["secteur", "famille", "taille"]] = {
    "Secteur": "secteur",
    "Famille": "famille",
    "Taille": "taille",
}

#: Values of a filter that a visitor tries, the most frequent ones.
TRIED = 6


@dataclass(frozen=True)
class Reference:
    """A folder under load, and what to do with it.

    Parameters
    ----------
    folder
        Data folder; beside the contract's tables, ``bench_dedans.csv`` for the baseline.
    quartiers, etablissements, inside
        Neighbourhoods; establishments; employers inside a neighbourhood.
    city_query
        Selection of the commune of :func:`city`.
    national, city
        What a visitor can choose there: label of a filter -> slug -> label of the value.
    """

    folder: Path
    quartiers: int
    etablissements: int
    inside: int
    city_query: str
    national: Choices
    city: Choices


def reference(folder: Path, *, quick: bool = False) -> Reference:
    """Write the reference load and say what is in it."""
    demo.write(folder, etablissements=QUICK_ROWS if quick else ROWS)
    atlas = open_atlas(folder)
    selection = parse("").selection
    resolved = atlas.resolve(selection)
    chosen = np.flatnonzero(resolved.mask)
    sectors = nomenclatures.labels("secteur")
    points = atlas.points.iloc[chosen]
    inside = points[["siret", "denomination", "latitude", "longitude"]].assign(
        lib_secteur=points["secteur"].map(sectors),
        code_qp=resolved.generation.joined["code_qp"].iloc[chosen],
    )
    inside.to_csv(folder / "bench_dedans.csv", index=False)
    commune = city(atlas)
    return Reference(
        folder=folder,
        quartiers=len(resolved.generation.quartiers),
        etablissements=len(atlas),
        inside=len(chosen),
        city_query=f"commune={commune}",
        national=choices(atlas, selection),
        city=choices(atlas, parse(f"commune={commune}").selection),
    )


def city(atlas: Atlas) -> str:
    """Return the commune with the most neighbourhoods: its map shows outlines and points."""
    counts = Counter(code for codes in atlas.newest.commune_of for code in codes)
    return max(sorted(counts), key=lambda code: counts[code])


def choices(atlas: Atlas, selection: Selection) -> Choices:
    """Return the most frequent values of each filter, the first ones first."""
    facets = atlas.facets(selection)
    found: Choices = {}
    for label, key in FILTERS.items():
        counts = {slug: count for slug, count in facets[key].items() if count}
        frequent = sorted(counts, key=lambda slug: (-counts[slug], slug))[:TRIED]
        found[label] = {slug: nomenclatures.labels(key)[slug] for slug in frequent}
    return found
