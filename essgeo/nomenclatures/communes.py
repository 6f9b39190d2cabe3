"""Communes, EPCI and EPT: codes, names, inhabitants, and codes found again by name.

Source: Insee, code officiel géographique 2026 and municipal populations; DGCL, intercommunality;
through Etalab's registry package ``@etalab/decoupage-administratif`` 6.0.0
(``scripts/communes.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

from essgeo.text import fold

FOLDER = Path(__file__).parent

#: Source of these tables, for manifests.
SOURCE = "Insee, code officiel géographique 2026 ; DGCL, intercommunalités"

#: Communes that have arrondissements municipaux: département -> code and name.
WITH_ARRONDISSEMENTS = {
    "75": ("75056", "paris"),
    "69": ("69123", "lyon"),
    "13": ("13055", "marseille"),
}

_ARRONDISSEMENT = re.compile(r"^(?:(paris|lyon|marseille) )?\d+(?:er|e|eme)?\b")


@lru_cache(maxsize=1)
def communes() -> pd.DataFrame:
    """Return the communes of France.

    Returns
    -------
    pandas.DataFrame
        Index ``code_commune``; ``lib_commune, insee_dep, siren_epci, lib_epci, code_ept, lib_ept``
        (text, empty when there is none) and ``population`` (municipal, NaN when unknown).
        Shared: not to be changed.
    """
    table = pd.read_csv(FOLDER / "communes.csv", dtype="str", keep_default_na=False)
    names = intercommunalites()
    table["population"] = pd.to_numeric(table["population"], errors="coerce")
    table["lib_epci"] = table["siren_epci"].map(names).fillna("").astype("str")
    table["lib_ept"] = table["code_ept"].map(names).fillna("").astype("str")
    return table.set_index("code_commune")


@lru_cache(maxsize=1)
def intercommunalites() -> Mapping[str, str]:
    """Return the name of each EPCI with its own tax and of each EPT, by SIREN."""
    table = pd.read_csv(FOLDER / "intercommunalites.csv", dtype="str", keep_default_na=False)
    return dict(zip(table["code"], table["libelle"], strict=True))


@lru_cache(maxsize=1)
def _named() -> tuple[Mapping[str, list[tuple[str, str]]], ...]:
    """Return names and codes of communes by département, of former communes first."""
    current = communes().reset_index()[["lib_commune", "insee_dep", "code_commune"]]
    former = pd.read_csv(FOLDER / "communes_anciennes.csv", dtype="str", keep_default_na=False)
    found: tuple[dict[str, list[tuple[str, str]]], ...] = ({}, {})
    for table, named in zip((former, current), found, strict=True):
        for name, dep, code in table.itertuples(index=False, name=None):
            named.setdefault(dep, []).append((name, code))
    return found


@cache
def _by_name(insee_dep: str) -> Mapping[str, str]:
    """Folded name -> code in a département; a name that two communes share is left out."""
    found: dict[str, str] = {}
    for table in _named():
        doubled: set[str] = set()
        named: dict[str, str] = {}
        for name, code in table.get(insee_dep, ()):
            key = fold(name)
            if named.setdefault(key, code) != code:
                doubled.add(key)
        # A commune of today wins over a former one of the same name.
        found |= {key: code for key, code in named.items() if key not in doubled}
    return found


def code_of(name: str, insee_dep: str) -> str:
    """Find the code of a commune by its name within a département.

    Parameters
    ----------
    name
        As people write it: « Saint-Étienne », « NOEUX LES MINES », « Paris 13ème arrondissement »
        (rolled up to the whole commune).
    insee_dep
        Code of the département.

    Returns
    -------
    str
        Insee's code of the commune of today, empty when the name is unknown or shared.
    """
    folded = fold(name)
    whole = WITH_ARRONDISSEMENTS.get(insee_dep)
    if whole:
        told = _ARRONDISSEMENT.match(folded)
        if told and told.group(1) in (None, whole[1]):
            return whole[0]
    known = _by_name(insee_dep)
    return known.get(folded) or known.get(re.sub(r"\bst(e?)\b", r"saint\1", folded), "")


def codes_of(names: str, insee_dep: str) -> str:
    """Find the codes of several communes named in one text.

    Parameters
    ----------
    names
        « Drancy, Le Blanc-Mesnil » (or separated by semicolons).
    insee_dep
        Code of the département, the same for all.

    Returns
    -------
    str
        Codes joined by ``;`` without repetition; empty as soon as one name is unknown, because a
        partial list would pass for a whole one.
    """
    parts = [part for part in re.split(r"[,;]", names) if part.strip()]
    found = [code_of(part, insee_dep) for part in parts]
    return ";".join(dict.fromkeys(found)) if found and all(found) else ""
