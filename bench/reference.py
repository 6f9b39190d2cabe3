"""The reference load: a simulated data folder as large as the real one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from essgeo import demo, nomenclatures
from essgeo.atlas import open_atlas
from essgeo.selection import parse

#: Establishments of the reference load, and of a quick trial.
ROWS, QUICK_ROWS = 220_000, 30_000

#: Values that a visitor adds one after the other, by filter of the sidebar.
FILTERS = {
    "Secteur": ("secteur", ("action-sociale", "enseignement", "sports-loisirs")),
    "Famille": ("famille", ("association", "cooperative", "fondation")),
    "Taille": ("taille", ("10-19", "20-49", "3-5")),
}


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
        Selection of the busiest agglomeration.
    filters
        Label of a filter -> labels of the values to add.
    """

    folder: Path
    quartiers: int
    etablissements: int
    inside: int
    city_query: str
    filters: dict[str, list[str]]


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
    epcis = atlas.facets(selection)["epci"]
    busiest = max(sorted(epcis), key=lambda code: epcis[code])
    return Reference(
        folder=folder,
        quartiers=len(resolved.generation.quartiers),
        etablissements=len(atlas),
        inside=len(chosen),
        city_query=f"epci={busiest}",
        filters={
            label: [nomenclatures.labels(axis)[slug] for slug in slugs]  # type: ignore[arg-type]
            for label, (axis, slugs) in FILTERS.items()
        },
    )
