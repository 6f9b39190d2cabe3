"""Section « Ma liste »: which structures are in a neighbourhood, near one, nowhere, and why."""

from __future__ import annotations

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.tables import csv_bytes
from essgeo.intake import Taken, list_limits
from essgeo.owndata.example import ROWS, example_list
from essgeo.owndata.lists import ROLES, Roles, get_ready
from essgeo.text import NBSP, listing, number, plural
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import store
from essgeo.ui.owndata.giving import refused, upload
from essgeo.ui.owndata.liste_donnees import SECTION, Shown, given, shown
from essgeo.ui.owndata.liste_questions import change, projection, questions
from essgeo.ui.owndata.liste_resultat import result

#: Most characters that are pasted: beyond, a file is better.
_PASTED = 500_000


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the section."""
    st.markdown(
        "Une liste de structures (réponses à un appel à projets, subventions, fournisseurs…)"
        f"{NBSP}: leur **SIRET** de préférence, sinon leur SIREN, leur nom et leur commune, ou "
        "leurs coordonnées. Elle est située dans les quartiers, ligne par ligne."
    )
    if given():
        _list(atlas, resolved, shown(atlas, resolved))
    _give(atlas, resolved)
    if not given():
        # Once the page is drawn, while its visitor looks for his file.
        get_ready(atlas, resolved.generation)


def _list(atlas: Atlas, resolved: Resolved, found: Shown) -> None:
    if found.problem:
        refused(found.problem)
    projection(found.projections)
    if found.taken is not None and found.roles is not None:
        _read(found.taken, found.roles)
        questions(found.roles.doubts)
    if found.examined is not None:
        result(atlas, resolved, found.examined)
    st.button(
        "Oublier cette liste",
        key=f"{SECTION}.oublier",
        icon=":material/delete:",
        on_click=store.current().forget,
        args=(SECTION,),
    )


def _read(taken: Taken, roles: Roles) -> None:
    """Say on one line what was read and recognised, with the way to change it."""
    rows = plural(len(taken.raw.source), "ligne lue", "lignes lues")
    columns = [f"{ROLES[role]}{NBSP}: «{NBSP}{name}{NBSP}»" for role, name in roles.columns.items()]
    said = f"**{markdown(taken.name)}**{NBSP}: {rows}. "
    said += f"{markdown(', '.join(columns))}." if columns else "Aucune colonne reconnue."
    if roles.amounts:
        said += f" Additionné{NBSP}: {markdown(listing(list(roles.amounts)))}."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(said, width="stretch")
        with st.popover("Changer", icon=":material/edit:"):
            change(taken, roles)
    for one in taken.problems:
        if one.level != "information":
            st.warning(markdown(one.message), icon=":material/warning:")
    told = [one.message for one in taken.problems if one.level == "information"]
    if told:
        with st.expander("Ce qui a été fait à la lecture"):
            st.markdown("\n".join(f"- {markdown(line)}" for line in told))


def _give(atlas: Atlas, resolved: Resolved) -> None:
    """Offer the three ways to give a list; folded once there is one."""
    label = "Une autre liste" if given() else "Donner une liste"
    with st.expander(label, expanded=not given(), icon=":material/upload_file:"):
        upload(SECTION, "Un fichier CSV ou Excel", list_limits())
        with st.form(f"{SECTION}.colle", border=False, clear_on_submit=True):
            st.text_area(
                "Ou des lignes collées depuis un tableur, avec leurs titres",
                key=f"{SECTION}.texte",
                height=120,
                max_chars=_PASTED,
                placeholder="SIRET\tNom\tMontant\n…",
            )
            st.form_submit_button("Situer ces lignes", on_click=_pasted)
        st.button(
            "Essayer avec une liste d'exemple",
            key=f"{SECTION}.exemple",
            icon=":material/science:",
            on_click=_example,
            args=(atlas, resolved),
            help=f"{number(ROWS)} établissements au plus de la sélection, avec des montants et des "
            "fautes inventés.",
        )


def _pasted() -> None:
    text = str(st.session_state.get(f"{SECTION}.texte") or "")
    if text.strip():
        # One column of SIRET has no separator: it is a table all the same.
        store.current().give(SECTION, "lignes collées.csv", text.encode())


def _example(atlas: Atlas, resolved: Resolved) -> None:
    table = example_list(atlas, resolved)
    store.current().give(SECTION, "exemple SIMULE.csv", csv_bytes(table, excel=True))
