"""What is on of a visitor's own data, said above every page, with the way to go without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from essgeo.atlas import Atlas
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP, plural
from essgeo.ui import state
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import overlay, store
from essgeo.ui.owndata.ending import watch

_ICONS = {"zones": ":material/hexagon:", "corrections": ":material/edit_location:"}


def band(base: Callable[[], Atlas]) -> None:
    """Draw the band: one line for each of the visitor's files.

    Parameters
    ----------
    base
        Gives the atlas of the data folder, without the visitor's own data.
    """
    watch(store.current())
    for section in overlay.SECTIONS:
        if section in store.current().files:
            _line(section, base())


def _line(section: str, base: Atlas) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{_ICONS[section]} {_SAID[section](base)}", width="content")
        problem = overlay.problem(section)
        if not problem:
            label, change, args = _WAYS[section](base)
            st.button(label, key=f"bandeau.{section}", type="tertiary", on_click=change, args=args)
        st.button(
            "Oublier",
            key=f"bandeau.{section}.oublier",
            type="tertiary",
            icon=":material/delete:",
            on_click=forget,
            args=(section, base),
        )


def forget(section: str, base: Atlas) -> None:
    """Forget the file of a section; with the zones goes the choice of them."""
    store.current().forget(section)
    if section == "zones":
        _leave(base)


def show_zones(base: Atlas, *, where: str) -> None:
    """Put the zones in place of the QPV, beside them, or away.

    Parameters
    ----------
    base
        Atlas of the data folder.
    where
        « place », « cote » or « sans ».
    """
    overlay.switch("zones", on=where != "sans")
    if where == "place":
        state.outlines(overlay.overlaid(base), OWN_ZONES)
    else:
        _leave(base)


def where_zones() -> str:
    """Return where the zones are: see :func:`show_zones`."""
    if not overlay.on("zones"):
        return "sans"
    return "place" if state.current().selection.generation == (OWN_ZONES,) else "cote"


def _leave(base: Atlas) -> None:
    if state.current().selection.generation == (OWN_ZONES,):
        state.outlines(base, base.newest.name)


def _zones_said(base: Atlas) -> str:
    found = overlay.layer("zones", base)
    if found is None or overlay.problem("zones"):
        return f"Vos zones ne sont pas lues{NBSP}: {markdown(overlay.problem('zones'))}"
    name = markdown(found.name)
    return {
        "place": f"**Vos zones à la place des QPV** ({name})",
        "cote": f"Vos zones à côté des QPV, en tirets sur la carte ({name})",
        "sans": f"Vos zones sont mises de côté ({name})",
    }[where_zones()]


def _zones_way(base: Atlas) -> tuple[str, Callable[..., None], tuple[Any, ...]]:
    there = where_zones() == "place"
    label = "Revenir aux QPV" if there else "Les mettre à la place des QPV"
    return label, _put, (base, "cote" if there else "place")


def _put(base: Atlas, where: str) -> None:
    show_zones(base, where=where)


def _corrections_said(base: Atlas) -> str:
    found = overlay.layer("corrections", base)
    if found is None or overlay.problem("corrections"):
        said = markdown(overlay.problem("corrections"))
        return f"Vos corrections ne sont pas lues{NBSP}: {said}"
    count = len(found.applied)
    if not overlay.on("corrections"):
        said = plural(count, "correction de terrain", "corrections de terrain")
        return f"Chiffres sans vos {said} ({markdown(found.name)})"
    said = plural(count, "correction de terrain appliquée", "corrections de terrain appliquées")
    return f"**{said}** ({markdown(found.name)})"


def _corrections_way(_base: Atlas) -> tuple[str, Callable[..., None], tuple[Any, ...]]:
    there = overlay.on("corrections")
    return "Voir sans" if there else "Les appliquer", _apply, (not there,)


def _apply(wanted: bool) -> None:
    overlay.switch("corrections", on=wanted)


_SAID = {"zones": _zones_said, "corrections": _corrections_said}
_WAYS = {"zones": _zones_way, "corrections": _corrections_way}
