"""What is said of a provided table, and how its cells are written beside ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from essgeo.owndata.beside import INDUCED, counts
from essgeo.owndata.cells import OK, SECRET, UNKNOWN
from essgeo.owndata.table_columns import MEASURES
from essgeo.owndata.tables import Provided
from essgeo.sentences import outlines_called
from essgeo.text import NBSP, number, plural
from essgeo.words.figures import MASKED, OUTSIDE, rounded

#: State of a provided cell -> what is read in its place.
STATES = {
    SECRET: MASKED,
    INDUCED: "secret (induit)",
    UNKNOWN: "sans donnée",
    "absent": "–",
}

#: State of a computed figure -> what is read in its place.
COMPUTED = {
    "masque": "masqué",
    "secret": MASKED,
    "hors_champ": OUTSIDE,
    "sans_donnee": "sans donnée",
    "sans_equivalent": "sans équivalent",
}

CAUTION = (
    "Une commande et Sirene ne comptent pas la même chose (date, champ de l'ESS, emplois au lieu "
    "de tranches d'effectifs)\u00a0: un écart n'est pas une erreur de l'une ou de l'autre."
)
SIMULATED = (
    "Votre table parle de quartiers réels, les chiffres d'ici sont simulés\u00a0: leur écart ne "
    "veut rien dire, il montre seulement ce que la page sait faire."
)
HIDDEN = (
    "Une case secrète le reste. Une autre, « secret (induit) », est masquée avec elle quand le "
    "total de la table la ferait deviner, et les chiffres calculés à côté d'une case masquée ne "
    "sont pas montrés."
)


def given(row: Mapping[Any, Any], measure: str) -> str:
    """Write a provided cell: its number, or its state in words."""
    state = str(row[f"etat_{measure}"])
    value = float(row[f"{measure}_fournis"])
    if state != OK:
        return STATES[state]
    return number(value, 0 if value.is_integer() else 1)


def computed(row: Mapping[Any, Any], measure: str) -> str:
    """Write the figure computed here for the same cell, with its interval for jobs."""
    state = str(row["etat_calcul"])
    if measure == "etablissements":
        value = float(row["etablissements_calcules"])
        return COMPUTED.get(state, "") if math.isnan(value) else number(value)
    value = float(row["emplois_estime"])
    if math.isnan(value):
        return COMPUTED.get(state, "") or "sans donnée"
    low, high = float(row["emplois_min"]), float(row["emplois_max"])
    most = f"à {number(high)}" if not math.isnan(high) else "et plus"
    return f"{number(rounded(value))} ({number(low)} {most})" if value else "0"


def gap(row: Mapping[Any, Any], measure: str) -> str:
    """Write what the provided figure has more than ours, and whether it is in our interval."""
    value = float(row.get(f"ecart_{measure}", math.nan))
    if math.isnan(value):
        return ""
    said = f"{'+' if value > 0 else ''}{number(value)}".replace("-", "−")
    if measure == "emplois":
        low, high = float(row["emplois_min"]), float(row["emplois_max"])
        mine = float(row["emplois_fournis"])
        inside = low <= mine and (math.isnan(high) or mine <= high)
        said += ", dans l'intervalle" if inside else ", hors de l'intervalle"
    return said


def summed(provided: Provided, table: pd.DataFrame) -> str:
    """Say what a table holds, in one sentence."""
    found = counts(table)
    cells = sum(found.values())
    said = (
        f"{provided.name}{NBSP}: {plural(table['code_qp'].nunique(), 'quartier')} "
        f"({outlines_called(provided.generation)}), {plural(cells, 'case')}, dont "
        f"{plural(found[SECRET], 'secrète')}"
    )
    if found[INDUCED]:
        said += f" et {plural(found[INDUCED], 'masquée')} pour les protéger"
    if found[UNKNOWN]:
        said += f", {number(found[UNKNOWN])}{NBSP}sans donnée"
    return f"{said}."


def columns(table: pd.DataFrame) -> list[str]:
    """Return the measures that a table has, in order."""
    return [measure for measure in MEASURES if f"etat_{measure}" in table]


def written(table: pd.DataFrame, knows_employment: bool) -> pd.DataFrame:
    """Return a table put beside as people read it, every cell in words."""
    rows = table.to_dict(orient="records")
    out: dict[str, list[str]] = {
        "Quartier": [str(row["lib_qp"]) for row in rows],
        "Code": [str(row["code_qp"]) for row in rows],
    }
    for axis, title in (("famille", "Famille"), ("secteur", "Secteur")):
        if (table[axis] != "").any():
            out[title] = [str(row[f"lib_{axis}"]) for row in rows]
    noun = "Employeurs" if knows_employment else "Établissements"
    for measure, title in (("etablissements", noun), ("emplois", "Emplois")):
        if f"etat_{measure}" in table:
            out[f"{title}, table"] = [given(row, measure) for row in rows]
        out[f"{title}, calculés"] = [computed(row, measure) for row in rows]
        if f"etat_{measure}" in table:
            out[f"Écart ({title.lower()})"] = [gap(row, measure) for row in rows]
    return pd.DataFrame(out)
