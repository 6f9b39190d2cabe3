"""One question of the page Secteurs: its figures, its picture, its sentence, its table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.charts.bars import ranked_bars
from essgeo.figures.charts.gaps import gaps
from essgeo.figures.charts.heat import heat
from essgeo.figures.charts.quotients import quotients
from essgeo.figures.charts.years import years
from essgeo.indicators.statistics import VERDICTS
from essgeo.nomenclatures import NON_CLASSE
from essgeo.text import NBSP, NNBSP, number, plural
from essgeo.ui import style
from essgeo.ui.chart import panel
from essgeo.ui.markdown import markdown
from essgeo.ui.secteurs import choices, data
from essgeo.words import sectors as words
from essgeo.words.figures import STATES, rounded
from essgeo.words.sources import source_line

#: The years before this one stand in one bar.
FIRST_BAR = 1975


@dataclass(frozen=True)
class _Page:
    """What all questions need: the data, the selection, and how charts are page."""

    atlas: Atlas
    resolved: Resolved

    @property
    def frame(self) -> dict[str, Any]:
        return {
            "source": source_line(self.atlas, self.resolved),
            "nature": self.atlas.manifest.nature,
            "theme": style.theme(),
        }

    def panel(self, figure: Any, table: pd.DataFrame, **said: str) -> None:
        panel(self.atlas, self.resolved, figure, table, key="secteurs", **said)


def _unknown(axis: str) -> None:
    noun = "le secteur (code d'activité)" if axis == "secteur" else "la famille (catégorie)"
    st.info(f"Sans donnée : ces données ne disent pas {noun} des établissements de la sélection.")


def _states(table: pd.DataFrame) -> pd.Series:
    return table["etat"].map(STATES)


def _weights(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    axis = choices.sorting()
    table = data.weights(atlas, resolved.selection, axis)
    if table.empty:
        _unknown(axis)
        return
    measure = choices.measure() if data.jobs_known(atlas, resolved.selection) else "etablissements"
    jobs = measure == "emplois"
    column, part = ("effectif_estime", "part_emplois") if jobs else ("etablissements", "part")
    table = table.sort_values(column, ascending=False, kind="stable", na_position="last")
    against = data.compared(atlas, resolved.selection, axis, choices.other())
    there = against.shares[part].reindex(table["code"]).to_numpy(np.float64)
    if against.problem:
        there = np.full(len(table), math.nan)
    values = table[column].to_numpy(np.float64)
    bounds = ("effectif_min", "effectif_max")
    if not jobs:
        bounds = ("etablissements_bas", "etablissements_haut")
    low, high = (table[name].to_numpy(np.float64) if name in table else None for name in bounds)
    chosen = table["code"].isin(resolved.selection.get(axis)).to_numpy()
    leader = table[chosen].iloc[0] if chosen.any() else table.iloc[0]
    at = int(np.flatnonzero(table["code"] == leader["code"])[0])
    figure = ranked_bars(
        table["libelle"].tolist(),
        values,
        [
            STATES[etat] or f"{words.share(share)} · {number(rounded(value))}"
            for etat, share, value in zip(table["etat"], table[part], values, strict=True)
        ],
        name="Emplois situés là (estimation)" if jobs else "Établissements",
        low=low,
        high=high,
        interval="bornes des tranches d'effectifs" if jobs else "selon la précision de l'adresse",
        reference=there * np.nansum(values) if not np.isnan(there).all() else None,
        reference_name="si la part était celle de la référence",
        chosen=chosen.tolist(),
        **page.frame,
    )
    shown = pd.DataFrame(
        {
            axis.capitalize(): table["libelle"],
            "Établissements": table["etablissements"],
            "Part des établissements (%)": (table["part"] * 100).round(1),
            "Emplois (estimation)": table["effectif_estime"].round(),
            "Emplois (minimum)": table["effectif_min"],
            "Emplois (maximum)": table["effectif_max"],
            "Part des emplois (%)": (table["part_emplois"] * 100).round(1),
            "Part dans la référence (%)": (there * 100).round(1),
            "État": _states(table),
            "Code": table["code"],
        }
    )
    leading = leader.copy()
    leading["part"] = leader[part]
    page.panel(
        figure,
        shown,
        title=f"Ce que pèse chaque {axis}",
        sentence=words.weight(
            resolved, leading, measure=measure, reference=against.label, there=float(there[at])
        ),
        stem=f"poids-{axis}s",
    )
    _notes(
        against.problem or f"Référence{NBSP}: {against.label}. {against.note}",
        _outside(data.unclassed(atlas, resolved.selection, axis)),
    )


def _presence(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    axis = choices.sorting()
    against = data.compared(atlas, resolved.selection, axis, choices.other())
    table = data.present(atlas, resolved.selection, axis, choices.other())
    table = table[table["code"] != NON_CLASSE]
    if against.problem:
        st.info(against.problem)
        return
    if table["quotient"].isna().all():
        _unknown(axis)
        return
    table = table.sort_values("quotient", ascending=False, kind="stable", na_position="last")
    figure = quotients(
        table["libelle"].tolist(),
        table["quotient"].to_numpy(np.float64),
        table["quotient_min"].to_numpy(np.float64),
        table["quotient_max"].to_numpy(np.float64),
        table["verdict"].tolist(),
        words=VERDICTS,
        **page.frame,
    )
    shown = pd.DataFrame(
        {
            axis.capitalize(): table["libelle"],
            "Établissements": table["etablissements"],
            "Part ici (%)": (table["part"] * 100).round(1),
            "Établissements de la référence": table["reference_etablissements"],
            "Part dans la référence (%)": (table["reference_part"] * 100).round(1),
            "Quotient": table["quotient"].round(2),
            "Quotient (minimum)": table["quotient_min"].round(2),
            "Quotient (maximum)": table["quotient_max"].round(2),
            "Verdict": table["verdict"].map(VERDICTS),
            "Code": table["code"],
        }
    ).replace([np.inf], np.nan)
    page.panel(
        figure,
        shown,
        title=f"Plus ou moins que dans {against.label}",
        sentence=words.presence_said(table, against.label),
        stem=f"presence-{axis}s",
    )
    _notes(
        f"Quotient{NBSP}: part ici sur part dans la référence, parmi les établissements employeurs "
        f"classés{NBSP}; intervalle exact à 95{NNBSP}%, verdict corrigé du nombre de lignes.",
        against.note,
    )


def _crossing(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    table = data.crossed(atlas, resolved.selection)
    if table.empty or not table["etablissements"].sum():
        _unknown("secteur")
        return
    axes = resolved.generation.axes
    sectors = [code for code in axes["secteur"].values if (table["secteur"] == code).any()]
    families = [code for code in axes["famille"].values if (table["famille"] == code).any()]
    # A pair that the summary leaves out has nobody.
    counts = np.zeros((len(sectors), len(families)))
    for row in table.to_dict(orient="records"):
        place = sectors.index(row["secteur"]), families.index(row["famille"])
        counts[place] = row["etablissements"]
    totals = counts.sum(axis=0)
    parts = counts / np.where(totals > 0, totals, math.nan)
    figure = heat(
        [axes["secteur"].label(code) for code in sectors],
        [axes["famille"].label(code) for code in families],
        parts,
        [[number(value) for value in line] for line in counts],
        what="de la famille",
        **page.frame,
    )
    shown = pd.DataFrame(
        {
            "Secteur": table["lib_secteur"],
            "Famille": table["lib_famille"],
            "Établissements": table["etablissements"],
            "Emplois (estimation)": table["effectif_estime"].round(),
            "Emplois (minimum)": table["effectif_min"],
            "Emplois (maximum)": table["effectif_max"],
            "État": _states(table),
            "Code secteur": table["secteur"],
            "Code famille": table["famille"],
        }
    )
    page.panel(
        figure,
        shown,
        title="Ce que fait chaque famille",
        sentence=words.families(table),
        stem="familles-secteurs",
    )
    _notes(
        f"Chaque case{NBSP}: nombre d'établissements{NBSP}; plus la couleur est foncée (claire sur "
        "fond sombre), plus le secteur compte dans la famille."
    )


def _gaps(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    axis = choices.sorting()
    table = data.weights(atlas, resolved.selection, axis)
    if table.empty:
        _unknown(axis)
        return
    if table["part_emplois"].isna().all():
        st.info("Sans donnée : ces données ne disent pas les effectifs des établissements.")
        return
    table = table.sort_values("part_emplois", ascending=False, kind="stable")
    _shares_panel(
        page,
        table,
        column=axis.capitalize(),
        title="Emplois et établissements",
        sentence=words.gap(table),
        stem=f"emplois-etablissements-{axis}s",
    )


def _sizes(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    table = data.weights(atlas, resolved.selection, "taille")
    unknown = float(table.loc[table["code"] == "inconnu", "etablissements"].sum())
    table = table[table["code"] != "inconnu"]
    if table.empty:
        st.info("Sans donnée : ces données ne disent pas la taille des établissements.")
        return
    table = table.assign(part=table["etablissements"] / table["etablissements"].sum())
    _shares_panel(
        page,
        table,
        column="Taille",
        title="Taille des établissements",
        sentence=words.sizes(table),
        stem="tailles",
    )
    _notes(
        f"{plural(unknown, 'établissement')} d'effectif inconnu, hors des parts."
        if unknown
        else "",
        f"Tranches de Sirene{NBSP}: celles des études (1–4, 5–9…) sont différentes et ne s'y "
        "recalculent pas.",
    )


def _shares_panel(
    page: _Page, table: pd.DataFrame, *, column: str, title: str, sentence: str, stem: str
) -> None:
    """Draw shares of establishments and of jobs on one line each."""
    figure = gaps(
        table["libelle"].tolist(),
        table["part"].to_numpy(np.float64),
        table["part_emplois"].to_numpy(np.float64),
        [
            f"{words.share(one)} → {words.share(two)}"
            for one, two in zip(table["part"], table["part_emplois"], strict=True)
        ],
        names=("part des établissements", "part des emplois (estimation)"),
        **page.frame,
    )
    shown = pd.DataFrame(
        {
            column: table["libelle"],
            "Établissements": table["etablissements"],
            "Part des établissements (%)": (table["part"] * 100).round(1),
            "Emplois (estimation)": table["effectif_estime"].round(),
            "Emplois (minimum)": table["effectif_min"],
            "Emplois (maximum)": table["effectif_max"],
            "Part des emplois (%)": (table["part_emplois"] * 100).round(1),
            "État": _states(table),
            "Code": table["code"],
        }
    )
    page.panel(figure, shown, title=title, sentence=sentence, stem=stem)


def _years(page: _Page) -> None:
    atlas, resolved = page.atlas, page.resolved
    found = data.registered(atlas, resolved)
    if found.table.empty:
        st.info(
            "Sans donnée : ces données ne disent pas quand les structures de la sélection ont été "
            "immatriculées."
        )
        return
    table = found.table
    old = table["annee"] < FIRST_BAR
    figure = years(
        (f"avant {FIRST_BAR}", int(table.loc[old, "structures"].sum())),
        table.loc[~old, "annee"].tolist(),
        table.loc[~old, "structures"].tolist(),
        noun="structure",
        **page.frame,
    )
    page.panel(
        figure,
        table.rename(columns={"annee": "Année", "structures": "Structures encore actives"}),
        title="Année d'immatriculation des structures encore actives",
        sentence=words.since(found),
        stem="annees-immatriculation",
    )
    _notes(
        "Ce ne sont pas des créations : les structures disparues n'y sont plus, et une association "
        "ne prend un SIREN que pour une subvention, un salaire ou l'impôt. La date est celle du "
        "SIREN, car un SIRET meurt à chaque déménagement."
    )


def _outside(lost: int) -> str:
    """Say how many establishments stand outside the shares."""
    said = plural(lost, "établissement non classé", "établissements non classés")
    return f"{said}, hors des parts." if lost else ""


def _notes(*notes: str) -> None:
    said = " ".join(note for note in notes if note)
    if said:
        st.caption(markdown(said))


#: Value of ``vue.graphique`` -> what draws it.
DRAWN = {
    "poids": _weights,
    "presence": _presence,
    "croisement": _crossing,
    "emplois": _gaps,
    "tailles": _sizes,
    "annees": _years,
}


def draw(atlas: Atlas, resolved: Resolved, question: str) -> None:
    """Draw one of the questions."""
    DRAWN[question](_Page(atlas, resolved))
