"""The list that a visitor has given: read, recognised and examined once in his session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.intake import ProjectionError, Taken, read_table
from essgeo.owndata.lists import Examined, Roles, examine, recognise
from essgeo.ui.owndata import store

#: Section of the store.
SECTION = "liste"

#: Answers that name neither a role nor a doubt: columns added up, projection of a file of points.
AMOUNTS, PROJECTION = "montants", "projection"

_TAKEN = f"{SECTION}.lue"
_MADE = f"{SECTION}.examen"


@dataclass(frozen=True)
class Shown:
    """A list as far as it could be read.

    Parameters
    ----------
    problem
        Why it cannot be examined, in French; empty when it can.
    projections
        Readings of the coordinates to choose among, when the file does not say its own.
    taken, roles, examined
        The list, what its columns are, and what became of its rows.
    """

    problem: str = ""
    projections: tuple[str, ...] = ()
    taken: Taken | None = None
    roles: Roles | None = None
    examined: Examined | None = None


def given() -> bool:
    """Whether a list was given in this session."""
    return SECTION in store.current().files


def answers() -> dict[str, str]:
    """Return what the visitor has answered."""
    return store.current().choices.setdefault(SECTION, {})


def amounts(told: Mapping[str, str]) -> list[str] | None:
    """Return the columns to add up that were chosen; None when nothing was."""
    if AMOUNTS not in told:
        return None
    try:
        found = json.loads(told[AMOUNTS])
    except ValueError:
        return None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else None


def shown(atlas: Atlas, resolved: Resolved) -> Shown:
    """Return the list given in this session against the outlines that are looked at.

    Raises
    ------
    KeyError
        No list was given.
    """
    told = answers()
    try:
        taken = _taken(told)
    except ProjectionError as error:
        return Shown(str(error), error.projections)
    except EssgeoError as error:
        return Shown(str(error))
    own = store.current()
    key = (
        atlas.folder.fingerprint,
        resolved.selection.query(),
        taken.sha256,
        tuple(sorted(told.items())),
    )
    held = own.made.get(_MADE)
    if held is None or held[0] != key:
        with st.spinner("Votre liste est cherchée dans les quartiers…"):
            own.made[_MADE] = held = (key, _made(atlas, resolved, taken, told))
    found: Shown = held[1]
    return found


def _taken(told: Mapping[str, str]) -> Taken:
    """Read the file, once for a sheet and a projection; what is wrong is said again each time."""
    own = store.current()
    name, content = own.files[SECTION]
    sheet, projection = told.get("feuille") or None, told.get(PROJECTION, "")
    key = (sheet, projection)
    held = own.made.get(_TAKEN)
    if held is None or held[0] != key:
        read: Taken | EssgeoError
        try:
            with st.spinner("Lecture de votre liste…"):
                read = read_table(content, name, sheet=sheet, read_as=projection or None)
        except EssgeoError as error:
            read = error
        own.made[_TAKEN] = held = (key, read)
    if isinstance(held[1], EssgeoError):
        raise held[1]
    found: Taken = held[1]
    return found


def _made(atlas: Atlas, resolved: Resolved, taken: Taken, told: Mapping[str, str]) -> Shown:
    roles = recognise(taken, told, amounts=amounts(told))
    if any(not doubt.harmless for doubt in roles.doubts):
        return Shown(taken=taken, roles=roles)
    try:
        examined = examine(atlas, taken, roles, selection=resolved.selection)
    except EssgeoError as error:
        return Shown(str(error), taken=taken, roles=roles)
    return Shown(taken=taken, roles=roles, examined=examined)
