"""The page « Mes données »: one section at a time, each in its module."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.ui import state

#: Value of ``vue.section``, which is also the module's name -> what people read.
SECTIONS = {
    "liste": "Ma liste",
    "adresse": "Une adresse",
    "zones": "Mes zones",
    "corrections": "Corrections de terrain",
    "tableaux": "Tableaux agrégés",
    "garde": "Modèles, sauvegarde, confidentialité",
}

_KEY = "vue.section"


def section() -> str:
    """Return the section in force (``vue.section``), else the first one."""
    asked = state.current().view.get("section", "")
    return asked if asked in SECTIONS else next(iter(SECTIONS))


def choice() -> str:
    """Draw the choice of a section and return it."""
    st.session_state[_KEY] = section()
    st.segmented_control(
        "Que voulez-vous faire ?",
        list(SECTIONS),
        format_func=lambda value: SECTIONS.get(value, value),
        key=_KEY,
        on_change=_keep,
        required=True,
        label_visibility="collapsed",
    )
    return section()


def draw(atlas: Atlas, resolved: Resolved, name: str) -> None:
    """Draw one section; the others cost nothing, not even their import."""
    import_module(f"essgeo.ui.owndata.{name}").draw(atlas, resolved)


def _keep() -> None:
    state.look(section=st.session_state[_KEY])
