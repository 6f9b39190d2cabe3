"""How a visitor gives a file, and takes it back."""

from __future__ import annotations

import streamlit as st

from essgeo.intake.limits import Limits
from essgeo.text import NBSP, number
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import store


def upload(section: str, label: str, limits: Limits) -> None:
    """Draw the place where a file is dropped; a file given is kept in the session's store.

    Any kind of file is taken: the one that does not suit is then refused in French, with what to
    do about it.

    Parameters
    ----------
    section
        Section of the page, key of the store.
    label
        What is asked for.
    limits
        Those of its reading: the size is said, and the browser sends no larger file.
    """
    megabytes = max(1, limits.octets // 1_000_000)
    # Streamlit keeps its own copy of a file as long as its box is there: a new box lets it go.
    turn = st.session_state.setdefault(f"{section}.tour", 0)
    key = f"{section}.fichier.{turn}"
    st.file_uploader(
        f"{label} ({number(megabytes)}{NBSP}Mo au plus)",
        key=key,
        max_upload_size=megabytes,
        on_change=_given,
        args=(section, key),
    )


def _given(section: str, key: str) -> None:
    given = st.session_state.get(key)
    if given is not None:
        store.current().give(section, given.name, given.getvalue())
        st.session_state[f"{section}.tour"] += 1


def refused(text: str) -> None:
    """Say why a file is not read: one line, whatever its name."""
    st.error(markdown(text), icon=":material/error:")
