"""The data folder, opened once for all visitors and never changed."""

from __future__ import annotations

import ctypes
import gc
import platform
from pathlib import Path

import pandas as pd
import pyarrow as pa
import streamlit as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import EssgeoError
from essgeo.indicators import summary
from essgeo.selection import Selection
from essgeo.settings import data_folder
from essgeo.ui import style
from essgeo.ui.markdown import markdown
from essgeo.ui.search import Found, search


def atlas() -> Atlas:
    """Return the atlas of the data folder in force.

    Raises
    ------
    EssgeoError
        The folder cannot be read: its text is one French line.
    """
    path = data_folder()
    return _opened(str(path), _signature(path))


def atlas_or_stop() -> Atlas:
    """Return the atlas, or say what is wrong with the data and end the page there."""
    try:
        return atlas()
    except EssgeoError as error:
        style.title("Les données ne peuvent pas être lues")
        st.error(markdown(str(error)), icon=":material/error:")
        st.stop()


def by_axis(atlas: Atlas, selection: Selection, axis: str) -> pd.DataFrame:
    """Return the summary of a selection along an axis; not to be changed.

    Kept for all visitors: the map, the table, and the card of one page share it.
    """
    return _by_axis(atlas, atlas.folder.fingerprint, selection.query(), selection, axis)


@st.cache_resource(max_entries=32, show_spinner=False)
def _by_axis(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _selection: Selection,
    axis: str,
) -> pd.DataFrame:
    return summary(_atlas, _selection, (axis,))


def found(atlas: Atlas, query: str, generation: str) -> tuple[list[Found], bool]:
    """Return what a search finds; kept, for the words stay in their box while filters change."""
    return _found(atlas, atlas.folder.fingerprint, query, generation)


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,
    generation: str,
) -> tuple[list[Found], bool]:
    return search(_atlas, query, generation)


@st.cache_resource(max_entries=2, show_spinner="Ouverture des données…")
def _opened(
    path: str,
    signature: str,  # noqa: ARG001 - a folder that changed is another one for the cache
) -> Atlas:
    opened = open_atlas(Path(path))
    _settle()
    return opened


def _settle() -> None:
    """Give back what reading took, and spare the collector what lives as long as the server.

    Reading a folder needs several times its size for a moment, which allocators keep. The atlas
    then never changes: without the freeze Python walks through all of it every few clicks.
    """
    gc.collect()
    gc.freeze()
    pa.default_memory_pool().release_unused()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _signature(path: Path) -> str:
    """Tell two states of a folder apart without reading it: names, sizes and dates."""
    try:
        found = sorted(
            (file.name, file.stat().st_size, file.stat().st_mtime_ns)
            for file in path.iterdir()
            if file.is_file()
        )
    except OSError:
        return ""
    return repr(found)
