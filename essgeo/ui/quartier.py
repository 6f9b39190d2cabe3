"""The sheet of one neighbourhood, part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.secrecy import REFUSED
from essgeo.selection import DEFAULTS
from essgeo.sentences import outlines_called
from essgeo.text import NBSP, number, plural
from essgeo.ui import cards, map, mapkit, state, style  # noqa: A004 - the module's own name
from essgeo.ui.leads import leads
from essgeo.ui.links import link
from essgeo.ui.loading import by_axis
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import provided
from essgeo.ui.quartier_data import Sheet, sheet
from essgeo.ui.quartier_lists import download, lists
from essgeo.ui.style import Figure
from essgeo.words import quartier as words
from essgeo.words.figures import BAND, STATES, rounded
from essgeo.words.sources import FIELDS

#: Key of the map among the widgets.
MAP = "fiche.folium"

#: Said where Sirene does not cover private employers (Insee).
OUT_OF_FIELD = (
    "Hors champ : Sirene ne couvre en Polynésie française que le secteur public administratif. "
    "Ces données ne disent donc rien des établissements de ce quartier."
).replace(" :", f"{NBSP}:")

#: Keys that the table of sectors does not follow: similar neighbourhoods are compared as they are.
_FILTERS = ("secteur", "famille", "taille", "types", "employeurs", "champ", "certitude")

#: Room around the outline on the map, degrees: the band and a little more.
_AROUND = 0.0045

_HEIGHT = 430


def chosen(resolved: Resolved) -> str:
    """Return the neighbourhood to show, empty when none or several are selected."""
    asked = resolved.selection.quartier
    return asked[0] if len(asked) == 1 else ""


def name(resolved: Resolved, code: str) -> str:
    """Name a neighbourhood with its commune: 123 of them bear the name of another."""
    row = _outline(resolved, code)
    label, commune = str(row["lib_qp"] or code), str(row["lib_com"]).replace(";", ", ")
    return f"{label}, {commune}" if commune and commune not in label else label


def choose(atlas: Atlas, resolved: Resolved) -> None:
    """Offer the neighbourhoods of the selected territory when none is chosen."""
    frame = resolved.generation.quartiers[resolved.quartiers]
    texts = {
        code: f"{label or code}, {commune.replace(';', ', ')} ({code})"
        for code, label, commune in zip(
            frame["code_qp"], frame["lib_qp"], frame["lib_com"], strict=True
        )
    }
    style.section("De quel quartier ?")
    st.session_state["fiche.choix"] = None
    st.selectbox(
        f"{plural(len(texts), 'quartier')} dans ce territoire",
        sorted(texts, key=texts.__getitem__),
        index=None,
        format_func=lambda code: texts.get(code, code),
        key="fiche.choix",
        placeholder="Nom, commune ou code",
        on_change=lambda: _pick(atlas),
    )
    cards.first(atlas, resolved, "Choisissez-en un ici, par son nom, ou sur la carte.")


def _pick(atlas: Atlas) -> None:
    code = st.session_state["fiche.choix"]
    if code:
        map.select(atlas, code)


def draw(atlas: Atlas, resolved: Resolved, code: str) -> None:
    """Draw the sheet of a neighbourhood, below its heading."""
    found = sheet(atlas, resolved.selection, code)
    picture, identity = st.columns([7, 4], gap="medium")
    with picture:
        _map(atlas, resolved, code, found)
    with identity:
        _identity(resolved, code, found)
    with style.together():
        _landmarks(resolved, found)
    _sectors(atlas, resolved, found)
    provided.in_sheet(atlas, resolved, code)
    if found.quality is None:
        st.info(f"{REFUSED}.", icon=":material/lock:")
    elif found.landmarks["etat"].iloc[0] == "hors_champ":
        st.info(OUT_OF_FIELD, icon=":material/info:")
    else:
        style.section("Les établissements, un par un")
        lists(atlas, resolved, code, found)
        with style.together():
            style.section("Qualité de ces chiffres")
            style.lines(words.quality(found.quality, knows_employment=atlas.knows_employment))
    leads(atlas, resolved, code)
    style.section("Aller plus loin")
    with st.container(horizontal=True):
        download(atlas, resolved, found)
        link("carte", "Ce quartier sur la carte")
        link("secteurs", "Ses secteurs, avec une référence")
        link("territoires", "Le comparer à d'autres territoires")
        st.button(
            "Choisir un autre quartier",
            key="fiche.autre",
            icon=":material/arrow_back:",
            on_click=state.choose,
            kwargs={"quartier": ()},
        )


def _outline(resolved: Resolved, code: str) -> pd.Series:
    place = resolved.generation.axes["quartier"].position(code)
    row: pd.Series = resolved.generation.quartiers.iloc[place]
    return row


def _map(atlas: Atlas, resolved: Resolved, code: str, found: Sheet) -> None:
    kit = mapkit.kit(atlas)
    made = map.map_state(atlas, resolved, kit)
    rows = resolved.mask
    if found.surroundings is not None:
        rows = rows.copy()
        rows[found.surroundings.rows] = True
    place = resolved.generation.axes["quartier"].position(code)
    west, south, east, north = kit.bounds[kit.places[resolved.generation.name][place]].tolist()
    made = replace(
        made,
        rows=rows,
        bounds=(west - 1.5 * _AROUND, south - _AROUND, east + 1.5 * _AROUND, north + _AROUND),
        note=f"Points : dans le quartier et à moins de {BAND} de son bord.",
    )
    map.show(atlas, made, key=MAP, height=_HEIGHT)


def _identity(resolved: Resolved, code: str, found: Sheet) -> None:
    row = _outline(resolved, code)
    here = found.landmarks.iloc[0]
    facts = [
        ("Code", code, outlines_called(resolved.generation.name)),
        ("Habitants", number(float(here["population"])), ""),
        ("Surface", *words.surface(here.to_dict())),
        ("Département", row["lib_dep"] or row["insee_dep"], ""),
        ("Intercommunalité", row["lib_epci"], ""),
        ("Établissement public territorial", row["lib_ept"], ""),
        ("Contrat de ville", row["lib_contrat"], ""),
    ]
    if found.surroundings is not None and here["etat"] == "ok":
        near = found.surroundings
        held = int(np.count_nonzero(near.elsewhere))
        facts.append(
            (
                f"À moins de {BAND}",
                plural(len(near.rows), "établissement"),
                f"dont {number(held)} dans un autre quartier" if held else "à vol d'oiseau",
            )
        )
    communes = str(row["lib_com"]).replace(";", ", ")
    style.card(str(row["lib_qp"] or code), communes, [fact for fact in facts if fact[1]])


def _landmarks(resolved: Resolved, found: Sheet) -> None:
    table = found.landmarks
    counted = float(table["etablissements"].iloc[0])
    note = ""
    if found.quality is not None and len(found.inside) != counted:
        note = (
            f"Ces repères comptent tout le quartier ({number(counted)})"
            f"{NBSP}; la sélection y ajoute un autre filtre de territoire."
        )
    style.section("Beaucoup ou peu ? Au regard de la commune, du département et de la France", note)
    style.reading(" ".join((words.against(table), words.weights(table))).strip())
    field = FIELDS[resolved.selection.champ[0]]
    weights = table["poids_emplois"].notna().any()
    head: list[object] = [
        "Territoire", Figure("Établissements"), Figure("pour 1\u202f000 hab."),
        Figure("Emplois (estimation)"), Figure("pour 1\u202f000 hab."),
    ]  # fmt: skip
    if weights:
        head.append(Figure("Poids dans l'emploi"))
    rows = []
    for row in table.to_dict(orient="records"):
        state_said = STATES.get(str(row["etat"]), "")
        count = state_said or number(float(row["etablissements"]))
        cells: list[object] = [
            words.scope(row),
            Figure(count),
            Figure(number(float(row["etablissements_1000hab"]), 1)),
            Figure(number(rounded(float(row["effectif_estime"])))),
            Figure(number(float(row["emplois_1000hab"]), 1)),
        ]
        if weights:
            cells.append(Figure(words.weight(row)))
        rows.append((*cells, words.compared(row)))
    style.table(
        f"Repères (champ{NBSP}: {field}{NBSP}; intervalles à 95{NBSP}%{NBSP}; verdicts corrigés du "
        "nombre de lignes)",
        [*head, "Ce quartier, par habitant"],
        rows,
    )


def _sectors(atlas: Atlas, resolved: Resolved, found: Sheet) -> None:
    title = "Ce qu'il y a, ce qui manque, secteur par secteur"
    lacking = found.lacking
    if lacking is None:
        style.section(title)
        table = by_axis(atlas, resolved.selection, "secteur")
        style.table(
            "Secteurs",
            ("Secteur", Figure("Établissements")),
            [
                (row["libelle"], Figure(STATES[row["etat"]] or number(row["etablissements"])))
                for row in table.to_dict(orient="records")
            ],
        )
        return
    filtered = any(resolved.selection.get(key) != DEFAULTS[key] for key in _FILTERS)
    with style.together():
        style.section(title)
        style.reading(lacking.sentence)
        if not lacking.some:
            return
        style.table(
            ("Employeurs" if atlas.knows_employment else "Établissements")
            + " par secteur, et ce que laissent attendre les quartiers semblables"
            + (" (les autres filtres de la sélection ne s'appliquent pas ici)" * filtered),
            ("Secteur", Figure("Ici"), Figure(f"À moins de {BAND}"), Figure("Attendu (95 %)"),
             "Au regard de quartiers semblables"),
            [
                (name, Figure(here), Figure(near), Figure(expected), verdict)
                for name, here, near, expected, verdict in lacking.rows
            ],
        )  # fmt: skip
    if lacking.similar.rule:
        with st.expander("Quels quartiers semblables ?", icon=":material/rule:"):
            st.markdown(markdown(lacking.similar.rule))
            axis = resolved.generation.axes["quartier"]
            named = [f"{axis.label(code)} ({code})" for code in lacking.similar.codes]
            st.caption(markdown(f"Les plus proches d'abord{NBSP}: {', '.join(named)}."))
