"""The leads of one neighbourhood, for its sheet: « Que peut-on faire ? »."""

from __future__ import annotations

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import UsageError
from essgeo.sentences import in_outlines
from essgeo.ui import style
from essgeo.ui.leviers import cards, data
from essgeo.ui.links import link
from essgeo.words import levers as words

_TITLE = "Que peut-on faire ? Pistes à discuter"


def leads(atlas: Atlas, resolved: Resolved, code: str) -> None:
    """Draw what the figures of a neighbourhood call to discuss, with the way to each lever.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection; the outlines are those of the selection.
    code
        Of the neighbourhood.
    """
    catalogue, _ = data.catalogue()
    found, lacking = data.diagnosis(atlas, resolved)
    try:
        mine = found.leads(code)
    except UsageError:
        style.section(_TITLE)
        st.caption(f"Ce quartier n'est pas {in_outlines(resolved.generation.name)}.")
        return
    silent = found.silent()
    with style.together():
        cards.dress()
        style.section(_TITLE)
        style.reading(words.leads(mine, 1, lacking, len(silent), len(found.rules.regles)))
    if mine and atlas.manifest.simulated:
        st.caption(words.SIMULATED)
    for lead in mine:
        cards.lead(catalogue, lead, [], lambda one: cards.to_lever(one, "Ce levier, ses exemples"))
    link("leviers", "Toutes les pistes, le cadre et le catalogue des leviers")
