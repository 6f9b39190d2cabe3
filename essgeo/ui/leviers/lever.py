"""A lever's own view: what documents say of it, why and where it answers, examples elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.levers import LIB_NATURE, Catalogue, Lever
from essgeo.secrecy import REFUSED
from essgeo.selection import VIEW_PREFIX
from essgeo.text import NBSP, number
from essgeo.ui import map, state, style  # noqa: A004 - the module's own name
from essgeo.ui.downloads import table_files
from essgeo.ui.leviers import answering, cards, data
from essgeo.ui.links import link
from essgeo.ui.markdown import markdown
from essgeo.words import levers as words

if TYPE_CHECKING:
    pass

#: Key of the map among the widgets.
MAP = "leviers.folium"

_HEIGHT = 460


def chosen() -> Lever | None:
    """Return the lever looked at (``vue.levier``), None for the whole catalogue."""
    catalogue, _ = data.catalogue()
    asked = state.current().view.get("levier", "")
    found = catalogue.leviers.get(asked)
    if asked and found is None:
        st.info(
            f"Ce lien désigne un levier («{NBSP}{markdown(asked)}{NBSP}») que le catalogue n'a "
            f"pas{NBSP}: voici tout le catalogue.",
            icon=":material/help:",
        )
    return found


def draw(atlas: Atlas, resolved: Resolved, lever: Lever) -> None:
    """Draw a lever's own view."""
    catalogue, _ = data.catalogue()
    cards.dress()
    st.button(
        "Revenir aux pistes et au catalogue",
        key="leviers.revenir",
        icon=":material/arrow_back:",
        on_click=state.look,
        kwargs={"levier": ""},
    )
    style.section(f"{LIB_NATURE[lever.nature]}{NBSP}: {lever.titre}")
    if lever.objectif.texte:
        style.reading(lever.objectif.texte)
    _answers(atlas, resolved, lever)
    _fields(catalogue, lever)
    _examples(catalogue, lever)
    one = len(resolved.selection.quartier) == 1
    with st.container(horizontal=True):
        link("carte", "La carte de la sélection")
        link("quartier", "La fiche du quartier" if one else "La fiche d'un quartier")
        link("cas", "Les cas : Strasbourg, Le Bon Maurepas")


def _fields(catalogue: Catalogue, lever: Lever) -> None:
    rows = [
        ("Famille", catalogue.title("familles", lever.famille), "classement de notre part"),
        *words.fields(catalogue, lever),
    ]
    if lever.local:
        rows.append(("Origine", "ajouté par votre dossier de données", ""))
    style.table(
        "Ce qu'en disent les documents, champ par champ",
        ("Champ", "Ce qui est dit", "Source (lignes)"),
        rows,
    )


def _examples(catalogue: Catalogue, lever: Lever) -> None:
    style.section("Exemples ailleurs")
    found = [catalogue.sections["exemples"][one] for one in lever.exemples]
    if not found:
        st.caption("Les documents n'en donnent aucun exemple.")
        return
    style.table(
        "Exemples que citent les documents",
        ("Exemple", "Où", "Ce qui en est dit", "Source"),
        [
            (
                one.titre,
                catalogue.title("territoires", one.more.get("territoire", "")),
                one.texte,
                words.cited(catalogue, one.source),
            )
            for one in found
        ],
    )


def _answers(atlas: Atlas, resolved: Resolved, lever: Lever) -> None:
    found, lacking = data.diagnosis(atlas, resolved)
    rule = words.rule(found.rules, lever.id)
    style.section("Pourquoi, et où ?")
    if lever.id in found.rules.cadre:
        st.markdown(
            "Ce levier fait partie du **cadre** : il concerne la collectivité tout entière, et "
            "aucun quartier plus qu'un autre."
        )
        return
    if not rule:
        st.markdown(
            "Aucune règle ne relie ce levier aux chiffres d'un quartier : il se discute sans eux."
        )
        return
    said = "\n".join(f"- {markdown(line)}" for line in rule)
    st.markdown(f"Piste proposée (règle de notre part) là où{NBSP}:\n\n{said}")
    missing = found.silent().get(lever.id)
    if missing:
        text = (
            f"Non évaluée sur ces données. Indicateur inconnu{NBSP}: {f'{NBSP}; '.join(missing)}."
        )
        if len(found.silent()) == len(found.rules.regles) and lacking:
            text += f" Il manque d'abord{NBSP}: {f'{NBSP}; '.join(lacking)}."
        st.info(markdown(text), icon=":material/help:")
        return
    total = int(resolved.quartiers.sum())
    table = found.where(lever.id, resolved.quartiers)
    count = words.answered(len(table), total, frame=False, ruled=True)
    style.reading(
        f"{count[:1].upper()}{count[1:]}." if total else "Aucun quartier dans ce territoire."
    )
    if table.empty:
        return
    if atlas.manifest.simulated:
        st.caption(words.SIMULATED)
    if atlas.manifest.secret:
        st.caption(f"{REFUSED}.")
    else:
        _map(atlas, resolved, lever, table)
    _where(atlas, resolved, lever, table)


def _map(atlas: Atlas, resolved: Resolved, lever: Lever, table: pd.DataFrame) -> None:
    made = answering.state_of(atlas, resolved, table)
    map.show(atlas, made, key=MAP, height=_HEIGHT, title=f"Où répond{NBSP}: {lever.titre}")
    link("carte", "Cette piste sur la page Carte", **{f"{VIEW_PREFIX}{answering.VIEW}": lever.id})


def where_frame(atlas: Atlas, resolved: Resolved, table: pd.DataFrame) -> pd.DataFrame:
    """Return the neighbourhoods of a lever with French headers.

    Parameters
    ----------
    table
        As :meth:`essgeo.levers.diagnosis.Diagnosis.where` gives it.
    """
    frame = resolved.generation.quartiers.set_index("code_qp").loc[table["code_qp"]]
    out = pd.DataFrame(
        {
            "Quartier": table["lib_qp"],
            "Commune": frame["lib_com"].str.replace(";", ", ", regex=False).to_numpy(),
            "Département": frame["insee_dep"].to_numpy(),
            "Pourquoi": table["texte"],
            "Ordre": table["score"],
            "Code": table["code_qp"],
        }
    )
    if atlas.manifest.simulated:
        out["Nature"] = atlas.manifest.nature
    return out


def _where(atlas: Atlas, resolved: Resolved, lever: Lever, table: pd.DataFrame) -> None:
    shown = where_frame(atlas, resolved, table)
    key = f"leviers.ou.{lever.id}.{resolved.selection.query()}"
    codes = table["code_qp"].tolist()
    st.caption("Cochez un quartier pour le choisir, puis ouvrez sa fiche.")
    st.dataframe(
        shown,
        hide_index=True,
        height=420 if len(shown) > 10 else "auto",
        column_config={
            "Pourquoi": st.column_config.TextColumn(width="large"),
            "Ordre": st.column_config.NumberColumn(
                format="localized", help="Ordonne les quartiers, et ne veut rien dire d'autre."
            ),
        },
        alt=f"Quartiers où répond la piste {lever.titre}",
        key=key,
        on_select=lambda: _ticked(atlas, codes, key),
        selection_mode="single-row",
    )
    title = f"Quartiers où répond la piste « {lever.titre} »"
    with st.popover("Télécharger ces quartiers", icon=":material/download:"):
        st.markdown(
            f"{number(len(shown))} lignes, leurs raisons et leurs métadonnées (sélection, source, "
            "date, nature)."
        )
        stem = f"piste_{lever.id}"
        table_files(atlas, resolved, shown, title=title, stem=stem, key="leviers.ou")
        if not atlas.manifest.secret:
            answering.printed(atlas, resolved, lever, codes, key="leviers.ou.carte")


def _ticked(atlas: Atlas, codes: list[str], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        map.select(atlas, codes[rows[0]])
