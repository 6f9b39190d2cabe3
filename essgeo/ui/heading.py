"""The top of a page: what is selected, in words and in figures, and how to take it away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.text import NBSP
from essgeo.ui import state, style
from essgeo.ui.loading import whole
from essgeo.ui.markdown import markdown
from essgeo.ui.sharing import ways_out
from essgeo.words.figures import figures, headline, left_out


def messages() -> None:
    """Say what was ignored or left out."""
    said = state.current().messages
    if said:
        lines = "\n".join(f"- {markdown(one)}" for one in said)
        st.warning(f"Laissé de côté :\n{lines}", icon=":material/info:")


def heading(atlas: Atlas, resolved: Resolved, title: str) -> dict[str, Any]:
    """Draw title, sentence, ways out, key figures and what they leave out.

    Returns
    -------
    dict
        The totals of the selection, as :func:`essgeo.indicators.totals` gives them.
    """
    row = whole(atlas, resolved.selection)
    strong, rest = headline(resolved, row)
    with st.container(key="essgeo-haut", horizontal=True):
        style.title(title, strong, rest)
        ways_out(atlas, resolved, 0 if atlas.manifest.secret else int(row["etablissements"]))
    said = f"{NBSP}· ".join(left_out(atlas, resolved)) or "rien n'est laissé de côté"
    style.key_figures(figures(atlas, resolved, row), f"{said}. {' '.join(resolved.notes)}")
    return row
