"""What a visitor chooses on the page Secteurs: a question, a sorting, a reference."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.indicators.references import DEFAULT, KINDS
from essgeo.selection import Selection, parse
from essgeo.sentences import REFERENCES
from essgeo.ui import state
from essgeo.ui.secteurs.data import Sorting, jobs_known

#: Value of ``vue.graphique`` -> what people read. The first one is the default.
VIEWS = {
    "poids": "Poids",
    "presence": "Plus ou moins qu'ailleurs",
    "croisement": "Familles × secteurs",
    "emplois": "Emplois et établissements",
    "tailles": "Tailles",
    "annees": "Années",
}

#: Views that compare, that sort by sector or family, that measure jobs or establishments.
_COMPARED = ("poids", "presence")
_SORTED = ("poids", "presence", "emplois")
_MEASURED = ("poids",)

#: Value of ``vue.par`` and ``vue.mesure`` -> what people read.
SORTS = {"secteur": "Par secteur", "famille": "Par famille"}
MEASURES = {"emplois": "Emplois", "etablissements": "Établissements"}

#: Choice of another selection, held by ``vue.autre``.
OTHER = "autre"


def view() -> str:
    """Return the question in force (``vue.graphique``)."""
    return _view("graphique", VIEWS)


def sorting() -> Sorting:
    """Return whether rows are sectors or families (``vue.par``)."""
    return cast("Sorting", _view("par", SORTS))


def measure() -> str:
    """Return what bars measure (``vue.mesure``)."""
    return _view("mesure", MEASURES)


def _view(key: str, known: dict[str, str]) -> str:
    asked = state.current().view.get(key, "")
    return asked if asked in known else next(iter(known))


def other() -> Selection | None:
    """Return the other selection to compare with (``vue.autre``), None when there is none."""
    query = state.current().view.get(OTHER, "")
    return parse(query).selection if query else None


def controls(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the questions, and what the one in force lets choose."""
    _pick("graphique", VIEWS, "Question")
    shown = view()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if shown in _COMPARED:
            _reference(resolved)
        if shown in _SORTED:
            _pick("par", SORTS, "Classer")
        if shown in _MEASURED and jobs_known(atlas, resolved.selection):
            _pick("mesure", MEASURES, "Mesurer")


def _pick(key: str, known: dict[str, str], label: str) -> None:
    widget = f"vue.{key}"
    st.session_state[widget] = _view(key, known)
    st.segmented_control(
        label,
        list(known),
        format_func=lambda value: known.get(value, value),
        key=widget,
        on_change=lambda: state.look(**{key: st.session_state[widget]}),
        required=True,
        label_visibility="collapsed",
    )


def _reference(resolved: Resolved) -> None:
    axes = resolved.generation.axes
    known = [kind for kind in KINDS if kind not in axes or axes[kind].values]
    names = REFERENCES
    chosen = resolved.selection.reference[0] if resolved.selection.reference else DEFAULT
    if other() is not None:
        known.append(OTHER)
        names = REFERENCES | {OTHER: "l'autre sélection"}
        chosen = OTHER
    st.session_state["secteurs.reference"] = chosen
    st.selectbox(
        "Comparer avec",
        known,
        format_func=lambda value: names.get(value, value),
        key="secteurs.reference",
        on_change=_compare,
        width=300,
    )
    with st.popover("Une autre sélection…"):
        st.markdown(
            "Réglez l'autre sélection dans un autre onglet, copiez son lien (« Partager ») et "
            "collez-le ici."
        )
        st.text_input(
            "Lien de l'autre sélection",
            key="secteurs.autre",
            placeholder="https://…/secteurs?region=44",
            on_change=_take_other,
        )


def _compare() -> None:
    kind = st.session_state["secteurs.reference"]
    if kind != OTHER:
        state.choose(reference=() if kind == DEFAULT else (kind,))
        state.look(autre="")


def _take_other() -> None:
    """Read a link, or only its query, as the other selection."""
    text = st.session_state["secteurs.autre"].strip()
    found = parse(urlsplit(text).query or text.partition("?")[2] or text)
    query = found.selection.without("reference").query()
    now = state.current()
    if text and (found.problems or not query):
        now.messages = found.problems or ("ce lien ne porte aucune sélection",)
        return
    now.messages = ()
    state.look(autre=query)
