"""Computed figures that may stand beside published ones: of the same nature, or not at all.

The same nature means: official data (nothing simulated), employers, the same field (inside the
neighbourhoods), the same generation of outlines, and the same territory held whole, which is told
by its number of neighbourhoods.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.indicators.summary import summary
from essgeo.selection import Selection
from essgeo.text import number

#: Measure -> column of a summary over the neighbourhoods, with the default selection.
COLUMNS = {
    "etablissements_employeurs": "employeurs",
    "emplois": "effectif_estime",
    "etablissements_1000hab": "etablissements_1000hab",
    "emplois_1000hab": "emplois_1000hab",
    "poids_emploi_total": "poids_emplois",
    "poids_emploi_prive": "poids_emplois_prives",
}

#: Measures published in per cent.
SHARES = ("poids_emploi_total", "poids_emploi_prive")

#: A published figure: measure, value of its axis, field, generation, territory.
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Beside:
    """Computed figures of the same nature as published ones.

    Parameters
    ----------
    values
        In the unit of the published figure.
    why
        French sentences: why others have no computed figure beside them.
    """

    values: dict[Key, float] = field(default_factory=dict)
    why: tuple[str, ...] = ()


def beside(atlas: Atlas) -> Beside:
    """Compute what may stand beside published figures, generation by generation."""
    if atlas.manifest.simulated:
        return Beside(
            why=("Les données ouvertes sont simulées : aucun chiffre calculé n'est mis à côté.",)
        )
    published = nomenclatures.chiffres_publies()
    values: dict[Key, float] = {}
    why: list[str] = []
    for name in sorted(set(published["generation"]) - {"france", ""}, reverse=True):
        if name not in atlas.generations:
            why.append(f"Contours {name} : ce dossier ne les tient pas.")
            continue
        values |= _counts(atlas, name)
        found, problem = _national(atlas, name, published)
        values |= found
        if problem:
            why.append(f"Contours {name} : {problem}")
    return Beside(values, tuple(why))


def _counts(atlas: Atlas, generation: str) -> dict[Key, float]:
    """Count the outlines of the folder, whole and by region."""
    frame = atlas.generations[generation].quartiers
    counts = {"france": len(frame)} | frame["insee_reg"].value_counts().to_dict()
    return {
        ("quartiers", "", "qpv", generation, str(territory)): float(count)
        for territory, count in counts.items()
        if territory
    }


def _national(
    atlas: Atlas, generation: str, published: pd.DataFrame
) -> tuple[dict[Key, float], str]:
    """Compute national figures, or say why they would be of another nature."""
    outlines = published[
        (published["mesure"] == "quartiers")
        & (published["generation"] == generation)
        & (published["territoire"] == "france")
    ]["valeur"]
    held = len(atlas.generations[generation].quartiers)
    if outlines.empty or held != int(outlines.iloc[0]):
        expected = number(float(outlines.iloc[0])) if len(outlines) else "un nombre inconnu"
        return {}, (
            f"{number(held)} quartiers dans ce dossier, {expected} dans les chiffres publiés ; "
            "ce n'est pas toute la France."
        )
    if not atlas.knows_employment:
        return {}, "ces données ne disent pas quels établissements emploient."
    selection = Selection(generation=(generation,))
    row = summary(atlas, selection).iloc[0]
    found = {measure: float(row[column]) for measure, column in COLUMNS.items()}
    for measure in SHARES:
        found[measure] *= 100
    found["etablissements_par_qpv"] = found["etablissements_employeurs"] / held
    if found["etablissements_employeurs"] > 0:
        found["emplois_par_etablissement"] = found["emplois"] / found["etablissements_employeurs"]
    out = {(measure, "", "qpv", generation, "france"): value for measure, value in found.items()}
    sectors = summary(atlas, selection, ("secteur",)).set_index("code")["effectif_estime"]
    for code, jobs in sectors.items():
        share = float(jobs) / found["emplois"] * 100 if found["emplois"] > 0 else math.nan
        out["part_secteur_emplois", str(code), "qpv", generation, "france"] = share
    return {key: value for key, value in out.items() if not math.isnan(value)}, ""
