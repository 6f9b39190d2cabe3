"""The data folder, opened once for all visitors and never changed."""

from __future__ import annotations

import ctypes
import gc
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
import pyarrow as pa
import streamlit as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import EssgeoError
from essgeo.indicators import summary, totals
from essgeo.selection import Selection
from essgeo.ui import dossiers, style
from essgeo.ui.caching import by_atlas
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata.overlay import overlaid
from essgeo.ui.search import Found, search

_T = TypeVar("_T")


def atlas() -> Atlas:
    """Return the atlas that this session looks at, with the visitor's own zones and corrections.

    Raises
    ------
    EssgeoError
        See :func:`base`.
    """
    return overlaid(base())


def base() -> Atlas:
    """Return the atlas of the data folder that this session looks at, as all visitors see it.

    Raises
    ------
    EssgeoError
        The folder cannot be read: its text is one French line.
    """
    path = dossiers.folder()
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
    return kept("indicateurs", atlas, selection, lambda: summary(atlas, selection, (axis,)), axis)


def whole(atlas: Atlas, selection: Selection) -> dict[str, Any]:
    """Return the totals of a selection; not to be changed, kept as :func:`by_axis` is."""
    return kept("totaux", atlas, selection, lambda: totals(atlas, selection))


def kept(
    name: str, atlas: Atlas, selection: Selection, compute: Callable[[], _T], *more: str
) -> _T:
    """Return what a page computes of a selection, computed once for all visitors.

    Parameters
    ----------
    name
        What is computed, one a kind of result: « territoires.rangs ».
    atlas, selection
        What it is computed from.
    compute
        Computes it; asked only when it is not kept.
    more
        What it hangs on besides: an axis, codes, a theme.

    Returns
    -------
    object
        Shared: not to be changed.
    """
    return cast("_T", _kept(atlas, name, selection.query(), more, compute))


@by_atlas(max_entries=256)
def _kept(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - these four are the key of the cache
    name: str,  # noqa: ARG001
    query: str,  # noqa: ARG001
    more: tuple[str, ...],  # noqa: ARG001
    _compute: Callable[[], object],
) -> object:
    return _compute()


def found(atlas: Atlas, query: str, generation: str) -> tuple[list[Found], bool]:
    """Return what a search finds; kept, for the words stay in their box while filters change."""
    return _found(atlas, query, generation)


@by_atlas(max_entries=32)
def _found(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,
    generation: str,
) -> tuple[list[Found], bool]:
    return search(_atlas, query, generation)


@st.cache_resource(max_entries=3, show_spinner="Ouverture des données…")
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
