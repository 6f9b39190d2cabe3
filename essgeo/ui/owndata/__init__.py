"""The page « Mes données »: one section at a time, each in its module."""

from __future__ import annotations

import logging
from importlib import import_module

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.ui import logs, state
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import store

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
_LOG = logging.getLogger(__name__)


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
    """Draw one section; the others cost nothing, not even their import.

    An error of ours is one line on the page, and one in the log that quotes nothing of the file.
    """
    try:
        import_module(f"essgeo.ui.owndata.{name}").draw(atlas, resolved)
    except EssgeoError as error:
        st.error(markdown(str(error)), icon=":material/error:")
    except Exception as error:  # noqa: BLE001 - whatever it is, its message may quote the file
        _LOG.error("section %s : %s", name, logs.told(error))
        st.error(
            "Cette partie de la page a rencontré un problème qui vient d'essgeo, pas de vous. "
            "Oubliez le fichier donné et recommencez, ou signalez-le. Le journal du serveur dit "
            "où, sans rien citer de vos données.",
            icon=":material/error:",
        )
        st.button(
            "Oublier ce fichier",
            key=f"{name}.oublier_apres_erreur",
            icon=":material/delete:",
            on_click=store.current().forget,
            args=(name,),
        )


def _keep() -> None:
    state.look(section=st.session_state[_KEY])
