"""Territories ranked on an indicator, and what chance alone would do to their order.

A small territory reaches the top or the bottom of a ranking more easily than a large one: a few
establishments more or less change everything. A funnel plot draws, around the common mean, the
limits that chance alone rarely passes, wider where the denominator is smaller
(:mod:`essgeo.indicators.chance`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.indicators.chance import (
    FAR,
    LEVELS,
    ROUNDING,
    Floats,
    Law,
    limits,
    places_of,
    tails_of,
)
from essgeo.indicators.summary import summary
from essgeo.selection import TERRITORIES, Selection

#: Keys of a selection that choose among the establishments of a territory.
PARTS = ("secteur", "famille", "taille", "types")

#: Columns of :attr:`Ranking.frame`, in order.
COLUMNS = (
    "code",
    "libelle",
    "rang",
    "valeur",
    "numerateur",
    "denominateur",
    "attendu",
    "attendu_min",
    "attendu_max",
    "place",
    "etat",
)


@dataclass(frozen=True)
class Indicator:
    """A column of a summary by which territories can be ranked.

    Parameters
    ----------
    label
        What people read.
    column
        Column of the summary.
    decimals
        Decimals worth printing.
    law
        What chance does to the numerator. Jobs follow none of these laws: one large employer
        brings hundreds at once.
    numerator, denominator
        Columns of the summary whose quotient, times ``per``, is the indicator.
    per
        1000 for a rate per thousand inhabitants.
    denominator_label
        What people read of the denominator.
    share
        Whether the figure is a share between 0 and 1.
    """

    label: str
    column: str
    decimals: int = 0
    law: Law = ""
    numerator: str = ""
    denominator: str = ""
    per: float = 1.0
    denominator_label: str = ""
    share: bool = False


#: Slug -> indicator; the first three carry the slugs that the map gives them.
INDICATORS: dict[str, Indicator] = {
    "taux": Indicator(
        "Établissements pour 1\u202f000 habitants",
        "etablissements_1000hab",
        decimals=1,
        law="poisson",
        numerator="etablissements",
        denominator="population",
        per=1000.0,
        denominator_label="habitants",
    ),
    "etablissements": Indicator("Établissements", "etablissements"),
    "emplois": Indicator("Emplois situés là (estimation)", "effectif_estime"),
    "emplois_taux": Indicator("Emplois pour 1\u202f000 habitants", "emplois_1000hab", decimals=1),
    "poids": Indicator("Poids dans l'ensemble des emplois", "poids_emplois", 1, share=True),
    "densite": Indicator(
        "Établissements au km²",
        "etablissements_km2",
        decimals=1,
        law="poisson",
        numerator="etablissements",
        denominator="superficie_km2",
        denominator_label="km²",
    ),
    "part": Indicator(
        "Part de ce qui est sélectionné parmi les établissements",
        "part",
        decimals=1,
        law="binomial",
        numerator="etablissements",
        denominator="etablissements_tous",
        denominator_label="établissements de toutes sortes",
        share=True,
    ),
    "structures": Indicator("Structures (SIREN distincts)", "structures"),
    "autour": Indicator("Établissements à moins de 300\u00a0m", "etablissements_proches"),
    "densite_autour": Indicator("Établissements au km² dans la bande", "proches_km2", decimals=1),
}


#: What :func:`essgeo.indicators.summary` does along one axis.
Along = Callable[[Atlas, Selection, str], pd.DataFrame]


@dataclass(frozen=True)
class Ranking:
    """Territories ranked on an indicator.

    Parameters
    ----------
    indicator
        The indicator.
    frame
        One row a territory, from the first to the last, then those without a figure: columns
        :data:`COLUMNS`. ``rang`` is the same for equal figures; ``attendu``, ``attendu_min`` and
        ``attendu_max`` count what the common mean would give, and what chance alone would leave
        in 95 cases out of 100; ``place`` is one of
        :data:`~essgeo.indicators.chance.PLACES`, empty without a law or a
        figure.
    mean
        Common mean: all numerators over all denominators, times ``per``; NaN without a law.
    outside
        Territories beyond the limits at 95 % and at 99.8 %.
    chance
        How many would be there at most if only chance made them differ.
    problem
        Why there is no figure at all, in French; empty when there is one.
    """

    indicator: Indicator
    frame: pd.DataFrame
    mean: float
    outside: tuple[int, int]
    chance: tuple[float, float]
    problem: str = ""


@dataclass(frozen=True)
class Standing:
    """Where some territories stand on an indicator, without ranking all the others.

    Parameters
    ----------
    indicator, mean, problem
        See :class:`Ranking`.
    values
        shape (territories asked for,): their figures.
    places, states
        Their places and states, same length: columns ``place`` and ``etat`` of a ranking.
    """

    indicator: Indicator
    mean: float
    problem: str
    values: Floats
    places: tuple[str, ...]
    states: tuple[str, ...]


def _summed(atlas: Atlas, selection: Selection, axis: str) -> pd.DataFrame:
    return summary(atlas, selection, (axis,))


def territories(
    atlas: Atlas, selection: Selection, axis: str, along: Along = _summed
) -> pd.DataFrame:
    """Return the summary along a territory axis, with what shares need.

    Parameters
    ----------
    axis
        One of :data:`essgeo.selection.TERRITORIES`.
    along
        Gives the summary along one axis, for a caller that keeps them; never changed here.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`essgeo.indicators.summary`, and when the selection chooses sectors,
        families, sizes or types: ``etablissements_tous``, the same count without that choice,
        and ``part``. Rows that stand for no territory are left out.
    """
    if axis not in TERRITORIES:
        raise ValueError(f"« {axis} » n'est pas un axe de territoires")
    table = along(atlas, selection, axis)
    if any(selection.get(key) for key in PARTS):
        everything = along(atlas, selection.without(*PARTS), axis).set_index("code")
        whole = everything["etablissements"].reindex(table["code"]).to_numpy(np.float64)
        counts = table["etablissements"].to_numpy(np.float64)
        part = np.divide(counts, whole, out=np.full(len(table), np.nan), where=whole > 0)
        table = table.assign(etablissements_tous=whole, part=part)
    return table[table["code"] != ""].reset_index(drop=True)


def ranking(table: pd.DataFrame, name: str) -> Ranking:
    """Rank the rows of a summary on an indicator.

    A territory stands outside a limit when a count as far from what is expected, on its side,
    has a probability under half of what the limit leaves out (2.5 % and 0.1 %): exact Poisson or
    binomial tails, no approximation for small counts.

    Parameters
    ----------
    table
        What :func:`territories` returned; rows of another state than « ok » have no figure.
    name
        One of :data:`INDICATORS`.
    """
    indicator = INDICATORS[name]
    values, numerators, denominators, states = _columns(table, indicator)
    frame = pd.DataFrame(
        {
            "code": table["code"],
            "libelle": table["libelle"],
            "rang": pd.Series(values).rank(method="min", ascending=False),
            "valeur": values,
            "numerateur": numerators,
            "denominateur": denominators,
            "attendu": np.full(len(table), np.nan),
            "attendu_min": np.full(len(table), np.nan),
            "attendu_max": np.full(len(table), np.nan),
            "place": "",
            "etat": states,
        },
        columns=list(COLUMNS),
    )
    mean, outside, tested = np.nan, (0, 0), 0
    judged = _judged(values, numerators, denominators)
    counts, sizes = numerators[judged], denominators[judged]
    centre = _centre(indicator, counts, sizes)
    if not np.isnan(centre):
        mean, tested = centre * indicator.per, len(counts)
        low, high = limits(indicator.law, centre, sizes, LEVELS[0])
        places = places_of(tails_of(indicator.law, centre, sizes), counts)
        frame.loc[judged, "attendu"] = centre * sizes
        # The whole numbers that stand between the limits.
        frame.loc[judged, "attendu_min"] = np.ceil(low * sizes - ROUNDING)
        frame.loc[judged, "attendu_max"] = np.floor(high * sizes + ROUNDING)
        frame.loc[judged, "place"] = places
        outside = (int((places != "dans").sum()), int(np.isin(places, FAR).sum()))
    order = np.lexsort((frame["libelle"], frame["rang"].fillna(np.inf)))
    return Ranking(
        indicator,
        frame.iloc[order].reset_index(drop=True),
        mean,
        outside,
        (tested * (1 - LEVELS[0]), tested * (1 - LEVELS[1])),
        _problem(table, indicator, values),
    )


def standing(table: pd.DataFrame, name: str, rows: npt.NDArray[np.intp]) -> Standing:
    """Say where some rows of a summary stand: what :func:`ranking` says of them.

    Parameters
    ----------
    table, name
        See :func:`ranking`.
    rows
        Positions of the territories in the table.
    """
    indicator = INDICATORS[name]
    values, numerators, denominators, states = _columns(table, indicator)
    judged = _judged(values, numerators, denominators)
    centre = _centre(indicator, numerators[judged], denominators[judged])
    places = np.full(len(rows), "", dtype="<U9")
    asked = judged[rows]
    if not np.isnan(centre) and asked.any():
        some = rows[asked]
        tails = tails_of(indicator.law, centre, denominators[some])
        places[asked] = places_of(tails, numerators[some])
    return Standing(
        indicator,
        centre * indicator.per,
        _problem(table, indicator, values),
        values[rows],
        tuple(places.tolist()),
        tuple(states[rows].tolist()),
    )


def farthest(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    """Return the rows of a place, those that chance explains least first.

    The distance is counted in standard deviations of the count: a high rate in a tiny territory
    is less far than a rate a little high in a large one.
    """
    some = frame[frame["place"] == place]
    score = (some["numerateur"] - some["attendu"]).abs() / np.sqrt(some["attendu"])
    order = np.argsort(-score.to_numpy(np.float64), kind="stable")
    return some.iloc[order]


def _columns(
    table: pd.DataFrame, indicator: Indicator
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.object_]]:
    """Return the figure, the numerator, the denominator and the state of each row."""
    states = table["etat"].to_numpy(dtype=object)
    known = states == "ok"

    def column(wanted: str) -> Floats:
        if wanted not in table.columns:
            return np.full(len(table), np.nan)
        return np.where(known, table[wanted].to_numpy(np.float64), np.nan)

    values = column(indicator.column)
    told = np.where(known & np.isnan(values), "sans_donnee", states)
    return values, column(indicator.numerator), column(indicator.denominator), told


def _judged(values: Floats, numerators: Floats, denominators: Floats) -> npt.NDArray[np.bool_]:
    """Return which rows have both a numerator and a denominator above zero."""
    judged: npt.NDArray[np.bool_] = ~np.isnan(values) & ~np.isnan(numerators) & (denominators > 0)
    return judged


def _centre(indicator: Indicator, counts: Floats, sizes: Floats) -> float:
    """Return the common mean, NaN where chance has no law or no room to make a difference."""
    centre = float(counts.sum() / sizes.sum()) if len(counts) else np.nan
    # Where nothing or everything counts, nothing can differ.
    told = indicator.law and centre > 0 and (indicator.law == "poisson" or centre < 1)
    return centre if told else np.nan


def _problem(table: pd.DataFrame, indicator: Indicator, values: Floats) -> str:
    """Say why an indicator has no figure at all."""
    if not len(table):
        return "Aucun territoire de ce niveau ne répond à la sélection."
    if not np.isnan(values).all():
        return ""
    if indicator.column == "part":
        return "Une part demande de choisir un secteur, une famille, une taille ou un type."
    if (table["etat"] == "secret").all():
        return "Tous les chiffres de ce niveau sont couverts par le secret statistique."
    if (table["etat"] == "hors_champ").all():
        return "Ces territoires sont hors du champ de Sirene."
    return f"« {indicator.label} » est sans donnée : {_missing(indicator)}."


def _missing(indicator: Indicator) -> str:
    """Say what a data folder must hold for an indicator."""
    if indicator.denominator == "population" or indicator.column == "emplois_1000hab":
        return "population des quartiers inconnue, ou sélection qui sort des quartiers"
    if indicator.column == "poids_emplois":
        return "ce dossier ne donne pas l'ensemble des emplois (denominateurs.csv)"
    if indicator.column in ("etablissements_km2", "proches_km2"):
        return "une densité se calcule pour ce qui est dans les quartiers"
    return "ce dossier ne le donne pas"
