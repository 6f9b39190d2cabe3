"""What the charts of the page Secteurs say, in words; no drawing here."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from essgeo.atlas import Resolved
from essgeo.figures.charts.quotients import times
from essgeo.indicators.structure import Concentration, Diversity, Registrations
from essgeo.nomenclatures import chiffres_publies
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP, NNBSP, listing, number, percent, plural

#: Sector or family -> subject of a sentence, and whether its verb is plural.
SUBJECTS = {
    "action-sociale": ("l'action sociale", False),
    "sante": ("la santé", False),
    "enseignement": ("l'enseignement", False),
    "sports-loisirs": ("le secteur des sports et loisirs", False),
    "arts-spectacles": ("le secteur des arts et spectacles", False),
    "finance-assurance": ("le secteur de la finance et de l'assurance", False),
    "hebergement-restauration": ("le secteur de l'hébergement et de la restauration", False),
    "soutien-entreprises": ("le soutien aux entreprises", False),
    "commerce-industrie-construction-agriculture": (
        "l'ensemble commerce, industrie, construction et agriculture",
        False,
    ),
    "autres-services": ("le secteur des autres services", False),
    "association": ("les associations", True),
    "cooperative": ("les coopératives", True),
    "mutuelle": ("les mutuelles", True),
    "fondation": ("les fondations", True),
    "societe-commerciale": ("les sociétés commerciales de l'ESS", True),
}

#: Sizes of « small » and « large » establishments in a sentence.
SMALL, LARGE = ("0", "1-2", "3-5"), (
    "50-99", "100-199", "200-249", "250-499", "500-999", "1000-1999", "2000-4999", "5000-9999",
    "10000-plus",
)  # fmt: skip

#: How far two shares must be for a sentence to call it a gap.
GAP = 0.02


def place(resolved: Resolved) -> str:
    """Begin a sentence: « Dans ces 21 quartiers »."""
    count = int(resolved.quartiers.sum())
    if resolved.selection.rattachement != ("dedans",) or not count:
        return "Dans cette sélection"
    if resolved.generation.name == OWN_ZONES:
        return "Dans cette zone" if count == 1 else f"Dans ces {number(count)}{NBSP}zones"
    return "Dans ce quartier" if count == 1 else f"Dans ces {number(count)}{NBSP}quartiers"


def subject(code: str, label: str) -> tuple[str, bool]:
    """Return a sector or family as the subject of a sentence, and whether it is plural."""
    return SUBJECTS.get(code, (f"la catégorie «{NBSP}{label}{NBSP}»", False))


def capital(text: str) -> str:
    """Write a capital at the start of a sentence, and leave the rest alone."""
    return text[:1].upper() + text[1:]


def weight(
    resolved: Resolved, row: Any, *, measure: str, reference: str = "", there: float = math.nan
) -> str:
    """Say what one sector or family weighs here, and in the reference.

    Parameters
    ----------
    resolved
        Selection.
    row
        With ``code, libelle, part``.
    measure
        ``emplois`` or ``etablissements``.
    reference, there
        Where (« le reste de la commune ») and the share there; NaN when there is none.
    """
    who, several = subject(row.code, row.libelle)
    verb = "pèsent" if several else "pèse"
    what = "emplois" if measure == "emplois" else "établissements"
    said = f"{place(resolved)}, {who} {verb} {share(row.part)} des {what} de l'ESS"
    if not math.isnan(there):
        said += f", contre {share(there)} dans {reference}"
    return f"{said}."


def share(part: float) -> str:
    """Write a share; one that is not nil is never written « 0 % »."""
    return percent(part, 1 if 0 < part < 0.01 else 0)


def presence_said(table: pd.DataFrame, reference: str) -> str:
    """Say which rows differ from the reference, and that the others may not."""
    found: list[str] = []
    for slug, word in (("plus", "Plus présent"), ("moins", "Moins présent")):
        rows = table[table["verdict"] == slug].sort_values("quotient", ascending=slug == "moins")
        if len(rows):
            names = [
                f"{label} ({times(quotient)})"
                for label, quotient in zip(rows["libelle"], rows["quotient"], strict=True)
            ]
            who = word if len(rows) == 1 else f"{word}s"
            where = "" if found else f" ici que dans {reference}"
            found.append(f"{who}{where}{NBSP}: {listing(names)}.")
    undecided = int((table["verdict"] == "indecis").sum())
    if not found:
        return (
            f"Aucune différence établie avec {reference}{NBSP}: les écarts peuvent tenir au hasard."
        )
    if undecided:
        found.append(f"Pour {_others(undecided)}, l'écart peut tenir au hasard.")
    return " ".join(found)


def _others(count: int) -> str:
    return "l'autre" if count == 1 else f"les {number(count)}{NBSP}autres"


def families(table: pd.DataFrame) -> str:
    """Say which family leads, and the first sector of each.

    Parameters
    ----------
    table
        One row a (sector, family): ``famille, lib_famille, lib_secteur, etablissements``.
    """
    rows = [row for row in table.to_dict(orient="records") if row["etablissements"] > 0]
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["famille"]] = totals.get(row["famille"], 0) + row["etablissements"]
    whole = sum(totals.values())
    ordered = sorted(totals, key=lambda code: -totals[code])
    tops = [
        max((row for row in rows if row["famille"] == code), key=lambda row: row["etablissements"])
        for code in ordered
    ]
    who, several = subject(ordered[0], tops[0]["lib_famille"])
    leaders = [
        f"{top['lib_famille']}, {top['lib_secteur'][:1].lower()}{top['lib_secteur'][1:]} "
        f"({share(top['etablissements'] / totals[code])})"
        for code, top in zip(ordered[:4], tops, strict=False)
    ]
    return (
        f"{capital(who)} {'sont' if several else 'rassemble'} "
        f"{share(totals[ordered[0]] / whole)} des {plural(whole, 'établissement')}. "
        f"Premier secteur de chaque famille{NBSP}: {f'{NBSP}; '.join(leaders)}."
    )


def gap(table: pd.DataFrame) -> str:
    """Say which row holds more jobs than establishments, and which fewer.

    Parameters
    ----------
    table
        ``code, libelle, part`` (of establishments)``, part_emplois``.
    """
    known = table.dropna(subset=["part", "part_emplois"]).to_dict(orient="records")
    known.sort(key=lambda row: row["part"] - row["part_emplois"])
    said: list[str] = []
    for row in (known[0], known[-1]) if known else ():
        apart = row["part_emplois"] - row["part"]
        if abs(apart) < GAP:
            continue
        who, several = subject(row["code"], row["libelle"])
        who = f"à l'inverse, {who}" if said else capital(who)
        said.append(
            f"{who} {'comptent' if several else 'compte'} {share(row['part'])} des établissements "
            f"{'mais' if apart > 0 else 'et seulement'} {share(row['part_emplois'])} des emplois"
        )
    if not said:
        return "Les emplois se répartissent comme les établissements, à peu de chose près."
    return f"{f'{NBSP}; '.join(said)}."


def sizes(table: pd.DataFrame) -> str:
    """Say what small and large establishments are and hold (``code, part, part_emplois``)."""
    rows = table.set_index("code")

    def held(codes: tuple[str, ...], column: str) -> float:
        return float(rows.loc[rows.index.isin(codes), column].fillna(0).sum())

    small = f"{share(held(SMALL, 'part'))} des établissements ont moins de 6{NBSP}salariés"
    large = f"ceux de 50{NBSP}salariés et plus sont {share(held(LARGE, 'part'))} des établissements"
    if rows["part_emplois"].isna().all():
        return f"{small}{NBSP}; {large}."
    return (
        f"{small} et portent {share(held(SMALL, 'part_emplois'))} des emplois{NBSP}; {large} et "
        f"portent {share(held(LARGE, 'part_emplois'))} des emplois."
    )


def since(found: Registrations) -> str:
    """Say since when structures are registered, and what is not known of them."""
    table = found.table
    total = int(table["structures"].sum())
    said = []
    if total:
        reached = np.searchsorted(table["structures"].cumsum().to_numpy(), total / 2)
        year = int(table["annee"].iloc[int(reached)])
        said.append(
            f"La moitié des {number(total)}{NBSP}structures datées étaient déjà immatriculées en "
            f"{year}."
            if total > 1
            else f"La seule structure datée est immatriculée depuis {year}."
        )
    if found.inconnues:
        said.append(f"{capital(plural(found.inconnues, 'structure'))} sans date connue.")
    if found.aberrantes:
        said.append(
            f"{plural(found.aberrantes, 'date impossible écartée', 'dates impossibles écartées')}."
        )
    return " ".join(said)


def structure_figures(diverse: Diversity, held: Concentration) -> list[tuple[str, str, str]]:
    """Return key figures of diversity and concentration: title, figure, note."""
    unknown = (
        f"{plural(held.sans_effectif, 'établissement')} sans effectif connu écartés"
        if held.sans_effectif
        else "effectifs tous connus"
    )
    few = f"{plural(held.employeurs, 'employeur')} d'effectif connu, pas davantage"
    if not held.employeurs:
        few = "aucun effectif connu"
    notes = {
        1: f"parmi {plural(held.employeurs, 'employeur')}",
        5: unknown,
        10: "un employeur est un SIREN",
    }
    titles = {1: "Premier employeur", 5: "Cinq premiers", 10: "Dix premiers"}
    equal = diverse.emplois if not math.isnan(diverse.emplois) else diverse.etablissements
    base = "établissements" if math.isnan(diverse.emplois) else "emplois"
    return [
        (
            "Diversité",
            number(equal, 1),
            f"secteurs équivalents sur {number(diverse.secteurs)} présents, d'après les {base}"
            if diverse.secteurs
            else "aucun secteur connu",
        ),
        *(
            (
                titles[count],
                share(part),
                few if math.isnan(part) else f"des emplois, {notes[count]}",
            )
            for count, part in held.parts.items()
        ),
    ]


def two_readings_here(resolved: Resolved, row: dict[str, Any]) -> str:
    """Say the two readings of a selection; empty when one of them cannot be made.

    Parameters
    ----------
    resolved
        Selection.
    row
        Its totals (:func:`essgeo.indicators.totals`).
    """
    weight_here, rate = float(row["poids_emplois_prives"]), float(row["etablissements_1000hab"])
    what = "l'emploi privé"
    if math.isnan(weight_here):
        weight_here, what = float(row["poids_emplois"]), "tout l'emploi"
    if math.isnan(weight_here) or math.isnan(rate):
        return ""
    simulated = " (données simulées)" if row["nature"] != "officiel" else ""
    return (
        f"{place(resolved)}{simulated}, l'ESS pèse {share(weight_here)} de {what}, et l'on compte "
        f"{number(rate, 1)}{NBSP}établissement{'s' if round(rate, 1) >= 2 else ''} de l'ESS pour "
        f"1{NNBSP}000{NBSP}habitants."
    )


def two_readings() -> str:
    """Say why the ESS weighs more and is yet rarer, with published figures."""
    weight_here, weight_there = (_published("poids_emploi_prive", where) for where in _WHERE)
    rate_here, rate_there = (_published("etablissements_1000hab", where) for where in _WHERE)
    noun = "établissements employeurs" if round(rate_here, 1) >= 2 else "établissement employeur"
    return (
        "Pour l'ensemble des quartiers, les études publiées disent que l'ESS y pèse "
        f"{number(weight_here)}{NNBSP}% de l'emploi privé ({number(weight_there, 1)}{NNBSP}% en "
        f"France), et pourtant qu'elle y est plus rare{NBSP}: environ {number(rate_here, 1)} "
        f"{noun} pour 1{NNBSP}000 habitants ({number(rate_there, 1)} en France). Les deux sont "
        "vrais, car le reste de l'économie y est plus rare encore."
    )


#: ``champ`` of the published figures that go together.
_WHERE = ("qpv", "france")


@cache
def _published(measure: str, field: str) -> float:
    """Return the newest published figure."""
    table = chiffres_publies()
    rows = table[(table["mesure"] == measure) & (table["champ"] == field)]
    return float(str(rows.sort_values("annee")["valeur"].iloc[-1]))
