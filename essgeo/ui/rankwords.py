"""What a ranking says, in words and as tables; no drawing here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from essgeo.figures.charts.funnel import figure_of
from essgeo.indicators.chance import PLACES
from essgeo.indicators.ranking import (
    INDICATORS,
    Indicator,
    Ranking,
    farthest,
    standing,
)
from essgeo.sentences import NAMES
from essgeo.text import NBSP, number
from essgeo.words.figures import MISSING, STATES, interval, rounded

#: Territories named in a sentence.
NAMED = 3

#: What to know of an indicator that has no funnel.
CAUTION = {
    "etablissements": "Un nombre suit la taille du territoire : pour comparer, prenez un taux.",
    "structures": "Un nombre suit la taille du territoire : pour comparer, prenez un taux.",
    "autour": "Un nombre suit la taille du territoire : pour comparer, prenez une densité.",
    "emplois": (
        "Les emplois suivent la taille du territoire, et un seul grand employeur y suffit : "
        "l'intervalle vient des tranches d'effectifs."
    ),
    "emplois_taux": (
        "Un seul grand employeur suffit à placer un petit territoire en tête : aucune limite du "
        "hasard ne se calcule sur des emplois."
    ),
    "poids": (
        "Un seul grand employeur suffit à placer un petit territoire en tête : aucune limite du "
        "hasard ne se calcule sur des emplois."
    ),
    "densite_autour": "La bande d'un petit quartier est plus grande que lui.",
}


def sentence(found: Ranking, name: str, level: str, *, named: bool) -> str:
    """Say what a ranking shows, and what it does not.

    Parameters
    ----------
    found
        The ranking.
    name
        Its indicator, one of :data:`essgeo.indicators.ranking.INDICATORS`.
    level
        Axis of the territories.
    named
        Whether territories may be named: not when their names are real and their figures are not.
    """
    if found.problem:
        return found.problem
    known = found.frame[found.frame["valeur"].notna()]
    many = NAMES[level][1]
    if len(known) < 2:
        return f"Un seul territoire a un chiffre : il n'y a rien à comparer entre {many}."
    said = (
        _against_chance(found, known, many, named=named)
        if not math.isnan(found.mean)
        else _range(found, known, many, named=named)
    )
    if name in CAUTION:
        said.append(CAUTION[name])
    unknown = len(found.frame) - len(known)
    if unknown:
        said.append(f"Sans chiffre{NBSP}: {number(unknown)}.")
    if not named:
        said.append(
            "Les noms sont réels, les chiffres ne le sont pas : rien n'est à en conclure pour ces "
            "territoires."
        )
    return " ".join(said)


def _against_chance(found: Ranking, known: pd.DataFrame, many: str, *, named: bool) -> list[str]:
    tested = int((found.frame["place"] != "").sum())
    mean = figure_of(found.indicator, found.mean)
    outside, far = found.outside
    if not outside:
        return [
            f"Aucune différence établie entre ces {number(tested)} {many} : leurs écarts à la "
            f"moyenne ({mean}) sont de ceux que le hasard seul produit."
        ]
    chance = found.chance[0]
    said = [
        f"Sur {number(tested)} {many}, {number(outside)} {_differ(outside)} de la moyenne ({mean}) "
        f"plus que le hasard ne l'explique, dont {number(far)} nettement ; le hasard seul en "
        f"écarterait {number(chance, 0 if chance >= 10 else 1)} au plus."
    ]
    if not named:
        return said
    for place, words in (
        ("tres-haut", "Nettement au-dessus"),
        ("tres-bas", "Nettement au-dessous"),
    ):
        labels = farthest(known, place)["libelle"].tolist()
        if labels:
            said.append(f"{words}{NBSP}: {_names(labels)}.")
    first = known.iloc[0]
    if first["place"] == "dans":
        size = number(float(first["denominateur"]), 1 if first["denominateur"] < 10 else 0)
        said.append(
            f"Le chiffre le plus élevé, celui de {first['libelle']} "
            f"({figure_of(found.indicator, float(first['valeur']))}), n'établit rien : sur {size} "
            f"{found.indicator.denominator_label}, le hasard y suffit."
        )
    return said


def _names(labels: list[str]) -> str:
    """Join names that hold commas themselves; beyond :data:`NAMED` say how many more there are."""
    more = len(labels) - NAMED
    rest = [f"{number(more)} {'autres' if more > 1 else 'autre'}"] if more > 0 else []
    return f"{NBSP}; ".join([*labels[:NAMED], *rest])


def _differ(count: int) -> str:
    return "s'écarte" if count < 2 else "s'écartent"


def _range(found: Ranking, known: pd.DataFrame, many: str, *, named: bool) -> list[str]:
    values = known["valeur"]
    low, high = (written(found.indicator, float(value)) for value in (values.min(), values.max()))
    if low == high:
        return [f"{found.indicator.label}{NBSP}: {low} pour chacun, rien à classer."]
    if named:
        # Several at the same figure: naming one of them would single it out for nothing.
        low, high = (
            f"{text} ({known['libelle'].iloc[place]})"
            if (values == values.iloc[place]).sum() == 1
            else text
            for text, place in ((low, -1), (high, 0))
        )
    return [f"{found.indicator.label}, {number(len(known))} {many}{NBSP}: de {low} à {high}."]


def ranking_frame(found: Ranking, table: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the ranking with the main figures beside, under French headers.

    Returns
    -------
    pandas.DataFrame
        One row a territory in the order of the ranking; a figure that is not known is NaN and
        « État » says why.
    """
    frame = found.frame
    rows = table.set_index("code").reindex(frame["code"])
    shown = (rows["etat"] == "ok").to_numpy()
    scale = 100 if found.indicator.share else 1
    label = found.indicator.label + (" (%)" if found.indicator.share else "")
    columns: dict[str, Any] = {
        "Rang": frame["rang"],
        NAMES[level][0].capitalize(): frame["libelle"],
        label: (frame["valeur"] * scale).round(found.indicator.decimals),
        "Par rapport à la moyenne": frame["place"].map(PLACES),
    }
    if math.isnan(found.mean):
        columns.pop("Par rapport à la moyenne")
    for name, column in (
        ("Établissements", "etablissements"),
        ("Emplois (estimation)", "effectif_estime"),
        ("Habitants des quartiers", "population"),
        ("Quartiers", "quartiers"),
    ):
        values = rows[column].to_numpy(np.float64)
        if name not in columns:
            columns[name] = np.where(shown, values, np.nan).round()
    return pd.DataFrame(columns | {"État": frame["etat"].map(STATES), "Code": frame["code"]})


def funnel_frame(found: Ranking, level: str) -> pd.DataFrame:
    """Return the figures of a funnel under French headers."""
    frame, indicator = found.frame, found.indicator
    scale = 100 if indicator.share else 1
    return pd.DataFrame(
        {
            NAMES[level][0].capitalize(): frame["libelle"],
            indicator.label + (" (%)" if indicator.share else ""): (frame["valeur"] * scale).round(
                indicator.decimals + 1
            ),
            "Établissements": frame["numerateur"],
            indicator.denominator_label.capitalize(): frame["denominateur"],
            "Attendus à la moyenne": frame["attendu"].round(1),
            "Hasard seul, au moins": frame["attendu_min"],
            "Hasard seul, au plus": frame["attendu_max"],
            "Par rapport à la moyenne": frame["place"].map(PLACES),
            "Code": frame["code"],
        }
    )


def compared(
    table: pd.DataFrame, codes: Sequence[str], whole: Mapping[str, Any]
) -> list[tuple[str, list[str]]]:
    """Return the figures of territories side by side, ready to be read.

    Parameters
    ----------
    table
        What :func:`essgeo.indicators.ranking.territories` returned.
    codes
        Territories, in order.
    whole
        Totals of the selection, for the last column.

    Returns
    -------
    list
        For each indicator that has a figure, its label and its text for each territory and for
        the whole.
    """
    places = pd.Index(table["code"]).get_indexer(list(codes))
    some = table.iloc[places]
    columns = {str(name): some[name].tolist() for name in some.columns}
    rows = [{name: cells[at] for name, cells in columns.items()} for at in range(len(places))]
    out = []
    for name in INDICATORS:
        found = standing(table, name, places)
        if found.problem:
            continue
        cells = []
        for value, state, place in zip(found.values, found.states, found.places, strict=True):
            text = written(found.indicator, float(value))
            if state != "ok":
                text = STATES[state] or MISSING
            elif place not in ("", "dans"):
                text += f" ({PLACES[place]})"
            cells.append(text)
        column = found.indicator.column
        value = found.mean if name == "part" else float(whole.get(column, math.nan))
        cells.append(written(found.indicator, value))
        out.append((found.indicator.label, cells))
        if name == "emplois":
            spans = [interval(dict(one)) for one in (*rows, whole)]
            out.append(("Emplois, selon les tranches d'effectifs", spans))
    for label, column in (("Habitants des quartiers", "population"), ("Quartiers", "quartiers")):
        values = [*(row[column] for row in rows), whole[column]]
        out.append((label, [number(float(value)) for value in values]))
    return out


def written(indicator: Indicator, value: float) -> str:
    """Write a figure of an indicator; an estimate of jobs has three significant digits."""
    if indicator.column == "effectif_estime":
        return number(rounded(value))
    return figure_of(indicator, value)
