"""The page Secteurs: what the ESS does here, one question at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.selection import OWN_ZONES
from essgeo.ui import style
from essgeo.ui.links import link
from essgeo.ui.secteurs import choices, data, views
from essgeo.words import sectors as words


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


def readings(resolved: Resolved, row: dict[str, Any]) -> None:
    """Draw the two readings that must go together, here and as published."""
    style.section("Deux lectures, vraies ensemble")
    here = words.two_readings_here(resolved, row)
    if resolved.generation.name == OWN_ZONES:
        # Published figures are about QPV: their nature is not that of a visitor's own zones.
        style.reading(here or "Sans habitants ni emplois connus, rien à lire pour vos zones.")
        return
    style.reading(" ".join(one for one in (here, words.two_readings()) if one))
    st.caption(
        "Poids et présence publiés\u00a0: chiffres nationaux et réels, sur les contours de 2015 "
        "(page Chiffres publiés)."
    )


def onwards(resolved: Resolved) -> None:
    """Draw the ways onwards."""
    with st.container(horizontal=True):
        link("carte", "Voir sur la carte")
        link("territoires", "Comparer des territoires")
        if len(resolved.selection.quartier) == 1:
            link("quartier", "La fiche de ce quartier")
        link("chiffres", "Chiffres publiés")
        link("methode", "Comment c'est calculé")
