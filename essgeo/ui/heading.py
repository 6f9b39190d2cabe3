"""The top of a page: what is selected, in words and in figures, and how to take it away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.text import NBSP, escape
from essgeo.ui import state, style
from essgeo.ui.loading import whole
from essgeo.ui.markdown import markdown
from essgeo.ui.sharing import export_menu, share_menu
from essgeo.words.figures import figures, headline, left_out


def messages() -> None:
    """Say what was ignored or left out; the place is kept when there is nothing to say."""
    with st.container(key="essgeo-messages"):
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
    text, ways = st.columns([5, 2], vertical_alignment="top")
    with text:
        style.title(title, strong, rest)
    with ways, st.container(horizontal=True, horizontal_alignment="right"):
        share_menu(state.current().params(), private=atlas.folder.private)
        export_menu(atlas, resolved, 0 if atlas.manifest.secret else int(row["etablissements"]))
    style.key_figures(figures(atlas, resolved, row))
    said = f"{NBSP}· ".join(left_out(atlas, resolved)) or "rien n'est laissé de côté"
    notes = " ".join(resolved.notes)
    st.html(
        f'<p class="essgeo-ecartes"><strong>À savoir{NBSP}:</strong> {escape(said)}. '
        f"{escape(notes)}</p>"
    )
    return row
