"""The published figures, as tables with their sources."""

from __future__ import annotations

import math
from functools import cache, partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.figures.charts import paired_bars
from essgeo.figures.palettes import Theme
from essgeo.indicators.beside import Beside, Key, beside
from essgeo.text import NBSP, NNBSP, listing, number
from essgeo.ui import style
from essgeo.ui.caching import by_atlas
from essgeo.ui.chart import real
from essgeo.ui.markdown import markdown
from essgeo.ui.pictures import pictures
from essgeo.ui.style import Figure

#: ``champ`` of a figure -> what people read.
FIELDS = {"qpv": "dans les quartiers", "qpv-300m": "quartiers et 300 m autour", "france": "France"}

#: ``statut`` of a figure -> what people read.
STATUSES = {
    "lu": "lu",
    "2nd": "seconde main",
    "calcul": "calculé",
}


#: Sections of the page: title, measures, what to know before comparing.
SECTIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "Établissements",
        (
            "etablissements_employeurs",
            "part_etablissements",
            "etablissements_300m",
            "part_etablissements_300m",
            "etablissements_par_qpv",
            "etablissements_1000hab",
        ),
        "",
    ),
    (
        "Emplois",
        (
            "emplois",
            "part_emplois",
            "poids_emploi_total",
            "poids_emploi_prive",
            "emplois_par_etablissement",
            "emplois_1000hab",
            "part_femmes",
            "part_temps_complet",
        ),
        "",
    ),
    (
        "Familles et secteurs",
        ("part_famille", "part_ess_secteur", "part_secteur_emplois"),
        "",
    ),
    (
        "Tailles",
        ("part_taille",),
        "Tranches différentes de celles de Sirene (1–2, 3–5, 6–9, 10–19, 20–49…) : ces parts ne "
        "peuvent pas être recalculées, elles sont montrées comme publiées.",
    ),
)

#: What published figures do not say; each line is about the rows of the tables.
SILENCES = """
- **Rien par région ni par ville.** Aucune des sources citées ne donne l'ESS des quartiers région
  par région : les seuls chiffres régionaux d'ici sont des nombres de quartiers et d'habitants.
- **Pas l'emploi des habitants.** Les emplois sont ceux des établissements situés dans les
  quartiers.
- **Pas les contours d'aujourd'hui.** Les études sur l'ESS sont faites sur les contours de 2015.
- **Pas toujours la base.** Selon les synthèses, les parts par famille portent sur les emplois ou
  sur les établissements ; et l'on ne sait pas si le nombre d'établissements à moins de 300 m
  comprend ceux du dedans.
- **Pas une évolution.** Deux études de dates différentes n'ont ni les mêmes sources ni les mêmes
  règles : leur écart n'est pas une croissance.
- **Beaucoup sont de seconde main** : la colonne « Statut » le dit ligne à ligne.
"""

#: Where the measures of no other section go.
_LAST = "Quartiers et habitants"


def _heavy() -> pd.DataFrame:
    """Return the published figures of :func:`weights`."""
    figures = nomenclatures.chiffres_publies()
    return figures[figures["mesure"].isin(("poids_emploi_prive", "part_ess_secteur"))]


def _origin() -> str:
    return listing(sorted(set(_heavy()["source"])), limit=2)


@cache
def _weights(theme: Theme) -> go.Figure:
    """Return the chart of :func:`weights`: the same for all visitors, and long to make."""
    found = _heavy()
    sectors = nomenclatures.labels("secteur")
    shares = {
        (str(row["modalite"]), str(row["champ"])): float(str(row["valeur"])) / 100
        for _, row in found.iterrows()
    }
    # Whole private employment first, then the sectors known for both, the heaviest first.
    both = [one for one in dict.fromkeys(found["modalite"]) if (one, "qpv") in shares]
    ordered = sorted(both, key=lambda one: (one != "", -shares[one, "qpv"]))
    return paired_bars(
        [sectors.get(one, "Tout l'emploi privé") for one in ordered],
        [
            ("Quartiers prioritaires", [shares.get((one, "qpv")) for one in ordered]),
            ("France", [shares.get((one, "france")) for one in ordered]),
        ],
        source=_origin(),
        theme=theme,
    )


def weights() -> None:
    """Draw what the ESS weighs in employment, in the neighbourhoods and in France."""
    title = "Le poids de l'ESS dans l'emploi, par secteur"
    style.section(title)
    st.markdown(
        "Dans les quartiers l'ESS pèse **plus** dans l'emploi qu'ailleurs, et pourtant elle y est "
        "**plus rare** par habitant : le reste de l'économie y est plus rare encore. Les deux sont "
        "vrais ; l'onglet Établissements donne les taux par habitant."
    )
    figure = _weights(style.theme())
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        config={"displayModeBar": False, "staticPlot": True},
    )
    files = st.popover(
        "Télécharger", icon=":material/download:", key="publies.fichiers", on_change="rerun"
    )
    if files.open:
        with files:
            draw = partial(real, figure, title=title, sentence="", source=f"Source : {_origin()}")
            pictures(draw, "essgeo_chiffres_publies_poids", key="publies")


def silences() -> None:
    """Say what published figures do not say."""
    style.section("Ce que ces chiffres ne disent pas")
    st.markdown(SILENCES)


def tables(atlas: Atlas | None = None) -> None:
    """Draw the published figures, one section a tab, and their sources below.

    Parameters
    ----------
    atlas
        Data folder, when there is one: what it computes stands beside a published figure where
        both are of the same nature, and nowhere else.
    """
    figures = nomenclatures.chiffres_publies()
    here = _beside(atlas) if atlas is not None else Beside()
    sources = list(dict.fromkeys(figures["source"]))
    placed = {measure for _, measures, _ in SECTIONS for measure in measures}
    others = tuple(one for one in dict.fromkeys(figures["mesure"]) if one not in placed)
    sections = (*SECTIONS, (_LAST, others, ""))
    for tab, (title, measures, caution) in zip(
        st.tabs([title for title, _, _ in sections]), sections, strict=True
    ):
        part = figures[figures["mesure"].isin(measures)]
        # The column only stands where it holds something: the others need the room.
        compared = any(_key(row) in here.values for _, row in part.iterrows())
        head = ("Ce qui est mesuré", Figure("Publié"), *([Figure("Calculé ici")] * compared))
        with tab:
            if caution:
                st.caption(caution)
            style.table(
                title,
                (*head, "Champ", "Contours", "Date", "Statut", Figure("Source")),
                [_row(row, sources, here if compared else None) for _, row in part.iterrows()],
            )
    st.caption(
        "Statut : « lu » dans la source nommée ; « seconde main », rapporté par un texte qui la "
        "cite ; « calculé » d'après d'autres lignes. Sans autre précision, toute la France."
    )
    if here.values:
        st.caption(
            "«\u00a0Calculé ici\u00a0» : avec les données ouvertes, employeurs situés dans les "
            "mêmes contours, champ de la loi de 2014. Là où la nature n'est pas la même (champ, "
            "contours, territoire), la case reste vide."
        )
    for one in here.why:
        st.caption(markdown(one))
    style.table(
        "Sources (numéros de la dernière colonne)",
        (Figure("N°"), "Source"),
        [(Figure(str(place)), source) for place, source in enumerate(sources, start=1)],
    )


@by_atlas(max_entries=2)
def _beside(_atlas: Atlas, fingerprint: str) -> Beside:  # noqa: ARG001 - key of the cache
    return beside(_atlas)


def _key(row: pd.Series) -> Key:
    measure, value, whom, generation, territory = (
        str(row[name]) for name in ("mesure", "modalite", "champ", "generation", "territoire")
    )
    return measure, value, whom, generation, territory


def _row(row: pd.Series, sources: list[str], here: Beside | None) -> tuple[object, ...]:
    label = str(row["libelle"])
    if row["note"]:
        label += f" ({row['note']})"
    dated = str(row["reference"] or "")
    cells: tuple[object, ...] = (label, Figure(_value(row)))
    if here is not None:
        computed = here.values.get(_key(row))
        cells += (Figure(_rounded(computed) if computed is not None else ""),)
    return (
        *cells,
        _field(str(row["champ"]), str(row["territoire"])),
        row["generation"],
        dated or f"publiées en {row['annee']}",
        STATUSES.get(str(row["statut"]), row["statut"]),
        Figure(str(sources.index(str(row["source"])) + 1)),
    )


def _value(row: pd.Series) -> str:
    low, high = float(str(row["valeur"])), float(str(row["valeur_haute"]))
    written = _number(low) if math.isnan(high) else f"{_number(low)} à {_number(high)}"
    unit = str(row["unite"])
    between = NNBSP if unit == "%" else NBSP
    return f"{written}{between}{unit}" if unit else written


def _rounded(value: float) -> str:
    return number(value, 0 if value == round(value) or value >= 100 else 1)


def _number(value: float) -> str:
    return number(value, 0 if value == round(value) else 1)


def _field(whom: str, territory: str) -> str:
    """Say whom a figure counts and, when it is not the whole country, where."""
    said, where = FIELDS.get(whom, whom), _where(territory)
    return said if territory == "france" else f"{said}, {where}"


def _where(territory: str) -> str:
    known = _territories()
    return ", ".join(known.get(code, code) for code in territory.split("+"))


@cache
def _territories() -> dict[str, str]:
    regions = nomenclatures.regions()
    names = dict(zip(regions["code"], regions["lib_reg"], strict=True))
    return {"france": "France", "hexagone": "Hexagone", **names}
