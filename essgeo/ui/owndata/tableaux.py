"""Section « Tableaux agrégés »: a table by neighbourhood, beside what is computed here."""

from __future__ import annotations

from functools import partial

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.intake import list_limits
from essgeo.owndata.beside import INDUCED, counts
from essgeo.owndata.cells import OK, SECRET
from essgeo.owndata.table_columns import Doubt
from essgeo.text import NBSP, number
from essgeo.ui import style
from essgeo.ui.links import link
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import store
from essgeo.ui.owndata.fichiers import files
from essgeo.ui.owndata.giving import refused, upload
from essgeo.ui.owndata.provided import SECTION, Shown, here, shown
from essgeo.ui.tables import LIMIT
from essgeo.words import provided as words


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the section."""
    st.markdown(
        f"Une commande à l'Insee ou une table de CRESS{NBSP}: par quartier, et si elle les a par "
        "famille et par secteur, des établissements ou des emplois. Elle se lit à côté de ce qui "
        "est calculé ici, et ses cases secrètes le restent."
    )
    found = shown(atlas)
    if found is not None:
        if found.problem:
            refused(found.problem)
        _questions(found.asked)
        if found.table is not None:
            _table(atlas, resolved, found)
        st.button(
            "Oublier cette table",
            key=f"{SECTION}.oublier",
            icon=":material/delete:",
            on_click=store.current().forget,
            args=(SECTION,),
        )
    upload(
        SECTION,
        f"{'Une autre' if found else 'Une'} table agrégée{NBSP}: CSV ou XLSX, avec les codes des "
        "quartiers",
        list_limits(),
    )


def _questions(asked: tuple[Doubt, ...]) -> None:
    """Ask what only the owner of the table can tell."""
    answers = store.current().choices.get(SECTION, {})
    for doubt in asked:
        key = f"{SECTION}.{doubt.key}"
        choices = list(doubt.choices)
        held = answers.get(doubt.key, choices[0])
        st.session_state[key] = held if held in choices else choices[0]
        st.selectbox(
            markdown(doubt.question),
            choices,
            format_func=partial(_choice, doubt),
            key=key,
            on_change=_answer,
            args=(doubt.key, key),
        )


def _choice(doubt: Doubt, value: str) -> str:
    return doubt.choices.get(value, value)


def _answer(name: str, key: str) -> None:
    store.current().choices.setdefault(SECTION, {})[name] = st.session_state[key]


def _table(atlas: Atlas, resolved: Resolved, found: Shown) -> None:
    assert found.provided is not None  # noqa: S101 - a table was read
    table = here(found, resolved)
    if table.empty:
        style.reading("Cette table ne dit rien du territoire choisi.")
        return
    style.reading(words.summed(found.provided, table))
    if atlas.manifest.simulated:
        st.warning(words.SIMULATED)
    held = counts(table)
    style.key_figures(
        [
            ("Quartiers", number(table["code_qp"].nunique()), "du territoire choisi"),
            ("Cases publiées", number(held[OK]), "montrées telles quelles"),
            ("Cases secrètes", number(held[SECRET]), "par leur producteur"),
            ("Masquées avec elles", number(held[INDUCED]), "pour qu'aucune ne se devine"),
        ]
    )
    if found.provided.generation != resolved.generation.name:
        st.caption(
            f"Toute la table{NBSP}: elle est sur d'autres contours "
            f"({found.provided.generation}) que la sélection."
        )
    if found.notes:
        with st.expander("Ce qui a été lu, et laissé de côté"):
            st.markdown("\n".join(f"- {markdown(line)}" for line in found.notes))
    if len(table) > LIMIT:
        st.caption(f"Les {number(LIMIT)} premières lignes{NBSP}; les fichiers les donnent toutes.")
    written = words.written(table.head(LIMIT), atlas.knows_employment)
    st.dataframe(
        written,
        hide_index=True,
        height=420 if len(written) > 10 else "auto",
        alt="Table fournie, à côté des chiffres calculés",
        key=f"{SECTION}.tableau",
    )
    st.caption(markdown(f"{words.CAUTION} {words.HIDDEN}"))
    files(
        atlas,
        resolved,
        lambda: table,
        section=SECTION,
        stem="mes-donnees_table",
        content=f"Table fournie ({found.provided.name}), à côté des chiffres calculés",
        notes=(words.CAUTION, words.HIDDEN, *found.notes),
    )
    link("quartier", "Ces chiffres sur la fiche d'un quartier")
