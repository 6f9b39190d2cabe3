"""A visitor's zones and corrections over the data folder: read and put together in his session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from essgeo.atlas import Atlas
from essgeo.errors import EssgeoError
from essgeo.ui import caching
from essgeo.ui.owndata import store

#: Sections whose file changes the figures of every page.
SECTIONS = ("zones", "corrections")

#: Where the session holds what was put together, and what it was made of.
_HELD = "calques.atlas"
_PROBLEM = "calques.probleme"


def overlaid(base: Atlas) -> Atlas:
    """Return the atlas with what this visitor has switched on; the folder's own without anything.

    Put together once for a content, and held by the session alone.
    """
    own = store.current()
    layers = {name: layer(name) if on(name) else None for name in SECTIONS}
    if not any(layers.values()):
        _release(own)
        return base
    key = (base.folder.fingerprint, *(one.sha256 if one else "" for one in layers.values()))
    held = own.made.get(_HELD)
    if held is None or held[0] != key:
        _release(own)
        own.made[_HELD] = held = (key, _together(own, base, layers))
    made: Atlas = held[1] or base
    return made


def layer(section: str) -> Any:
    """Return what was read of the file of a section; None without a file, or when it is wrong."""
    own = store.current()
    if section not in own.files:
        return None
    key = f"{section}.calque"
    if key not in own.made:
        name, content = own.files[section]
        try:
            with st.spinner("Lecture de votre fichier…"):
                own.made[key] = _READERS[section](content, name)
        except EssgeoError as error:
            own.made[key] = None
            own.made[f"{section}.probleme"] = str(error)
    return own.made[key]


def problem(section: str) -> str:
    """Say what is wrong with the file of a section; empty when nothing is."""
    own = store.current()
    return str(own.made.get(f"{section}.probleme", "") or own.made.get(_PROBLEM, ""))


def on(section: str) -> bool:
    """Whether what a section holds is switched on."""
    return store.current().choices.get(section, {}).get("actif") != "non"


def switch(section: str, *, on: bool) -> None:
    """Switch on or off what a section holds."""
    store.current().choices.setdefault(section, {})["actif"] = "oui" if on else "non"


def _release(own: store.OwnData) -> None:
    """Let go of what was put together, and of all that pages have computed of it."""
    own.made.pop(_PROBLEM, None)
    if own.made.pop(_HELD, None) is not None:
        caching.forget()


def _together(own: store.OwnData, base: Atlas, layers: dict[str, Any]) -> Atlas | None:
    from essgeo.owndata.overlay import overlaid as together

    try:
        with st.spinner("Calcul avec vos données…"):
            return together(base, **layers)
    except EssgeoError as error:
        own.made[_PROBLEM] = str(error)
        return None


def _zones(content: bytes, name: str) -> Any:
    from essgeo.intake import read_zones
    from essgeo.owndata.overlay import Zones

    return Zones(read_zones(content, name), name)


def _corrections(content: bytes, name: str) -> Any:
    from essgeo.intake import read_table
    from essgeo.owndata.overlay import Corrections

    return Corrections(read_table(content, name))


_READERS: dict[str, Callable[[bytes, str], Any]] = {"zones": _zones, "corrections": _corrections}
