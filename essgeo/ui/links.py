"""Links from page to page: the selection goes along."""

from __future__ import annotations

import streamlit as st

from essgeo.ui import state
from essgeo.ui.pages import PAGES


def link(stem: str, label: str, **more: str) -> None:
    """Draw a link to another page, if the app has it; ``more`` adds to the selection."""
    for info in PAGES:
        if info.stem == stem:
            # In the address too: a link opened in another tab starts another session.
            st.page_link(
                str(info.path),
                label=label,
                icon=info.icon,
                query_params=state.current().params() | more,
            )
