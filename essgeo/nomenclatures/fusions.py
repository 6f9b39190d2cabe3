"""Commune codes that merges have ended, and the arrondissements of three cities.

Source: Insee, code officiel géographique 2026, through Etalab's registry package
``@etalab/decoupage-administratif`` 6.0.0 (``scripts/fusions.py``). Two files are seldom of the same
year: a neighbourhood of 2024 names Pierrefitte-sur-Seine (93059), which is Saint-Denis (93066)
since 2025.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: Arrondissement -> whole commune: first code and number of those of Paris, Lyon and Marseille.
_WHOLE = {
    str(first + place): whole
    for first, count, whole in ((75101, 20, "75056"), (69381, 9, "69123"), (13201, 16, "13055"))
    for place in range(count)
}


def roll_up(commune: str) -> str:
    """Return the whole commune of an arrondissement's code, or the code itself."""
    return _WHOLE.get(commune, commune)


@cache
def _merged() -> Mapping[str, frozenset[str]]:
    path = Path(__file__).with_suffix(".csv")
    found: dict[str, frozenset[str]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            # Two communes were shared out among several.
            found[row["ancien"]] = found.get(row["ancien"], frozenset()) | {row["code"]}
    return found


def today(commune: str) -> frozenset[str]:
    """Return the codes of today of what a code stood for.

    Parameters
    ----------
    commune
        A commune's code of any year, or an arrondissement's.

    Returns
    -------
    frozenset of str
        One code as a rule; the code itself when no merge has ended it.
    """
    whole = roll_up(commune)
    return _merged().get(whole, frozenset({whole}))
