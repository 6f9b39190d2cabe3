"""What a data folder lacks before any neighbourhood can be compared with others."""

from __future__ import annotations

import numpy as np

from essgeo.atlas import Atlas
from essgeo.generation import Generation
from essgeo.secrecy import REFUSED

#: Column of establishments -> what is said when it is empty everywhere.
_UNKNOWN = {
    "secteur": "le secteur d'activité des établissements",
    "famille": "la famille juridique des établissements",
    "taille": "la tranche d'effectifs des établissements",
}


def obstacles(atlas: Atlas, generation: Generation) -> list[str]:
    """Name what is missing, in French; empty when neighbourhoods can be compared on everything.

    Returns
    -------
    list of str
        The end of a sentence « il manque… » each, the gravest first.
    """
    if atlas.manifest.secret:
        return [f"des chiffres quartier par quartier ({REFUSED[:1].lower()}{REFUSED[1:]})"]
    found = []
    if not len(generation.quartiers):
        found.append("des contours de quartiers")
    elif not (np.nan_to_num(generation.quartiers["population"].to_numpy(np.float64)) > 0).any():
        found.append("la population des quartiers (sans elle, ni taux, ni quartiers semblables)")
    if not atlas.knows_employment:
        found.append("l'indication des établissements qui emploient")
    for column, said in _UNKNOWN.items():
        axis = generation.axes[column]
        if (axis.mask(("non-classe", "inconnu")) | (axis.codes < 0)).all():
            found.append(said)
    # A régie de quartier is known by its name too: that says nothing of other structures.
    others = [one for one in atlas.types_values if one != "REGIE"]
    if not atlas.types_mask(others).any():
        found.append("le type des structures (insertion, adapté…)")
    return found
