"""The page Secteurs: what the ESS does here, one question at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.ui import style
from essgeo.ui.secteurs import choices, data, views, words


def draw(atlas: Atlas, resolved: Resolved, row: dict[str, Any]) -> None:
    """Draw the choice of questions and the one that is open, or why there is none."""
    choices.controls(atlas, resolved)
    if row["etat"] == "hors_champ":
        st.info("Hors champ de Sirene : aucun chiffre ne peut être lu dans ce territoire.")
        return
    if row["etablissements"] == 0:
        st.info("Aucun établissement dans cette sélection : élargissez-la pour voir ses secteurs.")
        return
    views.draw(atlas, resolved, choices.view())


def structure(atlas: Atlas, resolved: Resolved) -> None:
    """Draw diversity and concentration."""
    style.section("Diversité et concentration")
    style.key_figures(words.structure_figures(*data.structured(atlas, resolved)))


def readings() -> None:
    """Draw the two readings that must go together."""
    style.section("Deux lectures, vraies ensemble")
    style.reading(words.two_readings())
    st.caption(
        "Chiffres publiés, nationaux et réels (contours 2015) : voir la page Chiffres publiés."
    )
