"""A visitor's zones and corrections over the data folder: read and put together in his session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from essgeo.atlas import Atlas
from essgeo.errors import EssgeoError
from essgeo.ui import caching
from essgeo.ui.owndata import store
from essgeo.ui.owndata.ending import forget_widgets

#: Sections whose file changes the figures of every page.
SECTIONS = ("zones", "corrections")

#: Name of the answer that says in which projection zones are.
PROJECTION = "projection"

#: Where the session holds what was put together, and what it was made of.
_HELD = "calques.atlas"
_PROBLEM = "calques.probleme"


def overlaid(base: Atlas) -> Atlas:
    """Return the atlas with what this visitor has switched on; the folder's own without anything.

    Put together once for a content, and held by the session alone.
    """
    own = store.current()
    if not any(name in own.files for name in SECTIONS):
        _release(own)
        return base
    layers = {name: layer(name, base) if on(name) else None for name in SECTIONS}
    key = (base.folder.fingerprint, *(one.sha256 if one else "" for one in layers.values()))
    held = own.made.get(_HELD)
    if held is None or held[0] != key:
        _release(own)
        own.made[_HELD] = held = (key, _together(own, base, layers))
    made: Atlas = held[1]
    return made


def layer(section: str, base: Atlas) -> Any:
    """Return what was read of the file of a section; None without a file, or when it is wrong.

    Parameters
    ----------
    section
        One of :data:`SECTIONS`.
    base
        Atlas of the data folder: corrections are checked against it.
    """
    own = store.current()
    if section not in own.files:
        return None
    key = f"{section}.calque"
    held, told = own.made.get(key), (base.folder.fingerprint, answer(section, PROJECTION))
    if held is None or held[0] != told:
        name, content = own.files[section]
        read: Any = None
        own.made[f"{section}.probleme"] = ""
        own.made[f"{section}.projections"] = ()
        try:
            with st.spinner("Lecture de votre fichier…"):
                read = _READERS[section](content, name, base)
        except EssgeoError as error:
            own.made[f"{section}.probleme"] = str(error)
            # Some projections would put the shapes in France: they are proposed, not guessed.
            own.made[f"{section}.projections"] = getattr(error, "projections", ())
        own.made[key] = held = (told, read)
    return held[1]


def answer(section: str, name: str) -> str:
    """Return what the visitor has answered to a question of a section; empty when nothing."""
    return store.current().choices.get(section, {}).get(name, "")


def projections(section: str) -> tuple[str, ...]:
    """Return the readings to choose among, when a file does not say its projection."""
    found: tuple[str, ...] = store.current().made.get(f"{section}.projections", ())
    return found


def problem(section: str) -> str:
    """Say what is wrong with the file of a section; empty when nothing is."""
    made = store.current().made
    return str(made.get(f"{section}.probleme", "") or made.get(_PROBLEM, ""))


def on(section: str) -> bool:
    """Whether what a section holds is switched on."""
    return answer(section, "actif") != "non"


def switch(section: str, *, on: bool) -> None:
    """Switch on or off what a section holds."""
    store.current().choices.setdefault(section, {})["actif"] = "oui" if on else "non"


def _release(own: store.OwnData) -> None:
    """Let go of what was put together, and of all that pages have computed of it."""
    own.made.pop(_PROBLEM, None)
    if own.made.pop(_HELD, None) is not None:
        caching.forget()
        # A list examined there holds it too; it is examined again.
        own.made.pop("liste.examen", None)
        # Nothing is lost: this run has drawn no widget yet, and each says again what it calls.
        context = get_script_run_ctx(suppress_warning=True)
        forget_widgets(context and context.session_state)


def _together(own: store.OwnData, base: Atlas, layers: dict[str, Any]) -> Atlas:
    from essgeo.owndata.overlay import overlaid as together

    try:
        with st.spinner("Calcul avec vos données…"):
            return together(base, **layers)
    except EssgeoError as error:
        own.made[_PROBLEM] = str(error)
        return base


def _zones(content: bytes, name: str, _base: Atlas) -> Any:
    from essgeo.owndata.zones import read_zones_file

    return read_zones_file(content, name, answer("zones", PROJECTION) or None)


def _corrections(content: bytes, name: str, base: Atlas) -> Any:
    from essgeo.owndata.corrections import read_corrections

    return read_corrections(base, content, name)


_READERS: dict[str, Callable[[bytes, str, Atlas], Any]] = {
    "zones": _zones,
    "corrections": _corrections,
}
