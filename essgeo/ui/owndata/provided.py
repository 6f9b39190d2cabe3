"""The table that a visitor has given: read once in his session, shown here and on a sheet."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.intake import Taken, read_table
from essgeo.owndata.beside import beside
from essgeo.owndata.table_columns import Doubt, Roles, doubts, recognise
from essgeo.owndata.tables import Provided, read
from essgeo.text import NBSP
from essgeo.ui import style
from essgeo.ui.owndata import store
from essgeo.ui.style import Figure
from essgeo.words import provided as words

#: Section of the store.
SECTION = "tableaux"

_TAKEN = f"{SECTION}.pris"
_MADE = f"{SECTION}.fait"


@dataclass(frozen=True)
class Shown:
    """A table as far as it could be read.

    Parameters
    ----------
    problem
        Why it cannot be shown, in French; empty when it can.
    asked
        What only its owner can tell.
    provided, table
        The table read, and what :func:`essgeo.owndata.beside.beside` makes of it.
    notes
        What was found on the way, in French.
    """

    problem: str = ""
    asked: tuple[Doubt, ...] = ()
    provided: Provided | None = None
    table: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()


def shown(atlas: Atlas) -> Shown | None:
    """Return the table given in this session; None when there is none."""
    own = store.current()
    if SECTION not in own.files:
        return None
    try:
        taken, roles = _taken(own)
    except EssgeoError as error:
        return Shown(problem=str(error))
    asked = doubts(taken, roles)
    answers = own.choices.get(SECTION, {})
    key = (atlas.folder.fingerprint, taken.sha256, tuple(sorted(answers.items())))
    held = own.made.get(_MADE)
    if held is None or held[0] != key:
        with st.spinner("Comparaison de votre table…"):
            own.made[_MADE] = held = (key, _made(atlas, taken, roles, asked, answers))
    found: Shown = held[1]
    return found


def _taken(own: store.OwnData) -> tuple[Taken, Roles]:
    """Read the file, once; what is wrong with it is said again each time."""
    if _TAKEN not in own.made:
        name, content = own.files[SECTION]
        try:
            with st.spinner("Lecture de votre table…"):
                taken = read_table(content, name)
            own.made[_TAKEN] = (taken, recognise(taken))
        except EssgeoError as error:
            own.made[_TAKEN] = error
    held = own.made[_TAKEN]
    if isinstance(held, EssgeoError):
        raise held
    found: tuple[Taken, Roles] = held
    return found


def _made(
    atlas: Atlas, taken: Taken, roles: Roles, asked: tuple[Doubt, ...], answers: dict[str, str]
) -> Shown:
    try:
        provided = read(taken, roles, atlas, answers)
    except EssgeoError as error:
        return Shown(problem=str(error), asked=asked)
    notes = (*provided.lines, *(one.message for one in taken.problems))
    return Shown("", asked, provided, beside(atlas, provided), notes)


def here(found: Shown, resolved: Resolved) -> pd.DataFrame:
    """Return the rows of the selected territory; all of them on other outlines."""
    assert found.table is not None and found.provided is not None  # noqa: S101, PT018
    if found.provided.generation != resolved.generation.name:
        return found.table
    codes = resolved.generation.quartiers["code_qp"][resolved.quartiers]
    return found.table[found.table["code_qp"].isin(codes)].reset_index(drop=True)


def in_sheet(atlas: Atlas, resolved: Resolved, code: str) -> None:
    """Draw what the visitor's table says of a neighbourhood; nothing when it says nothing."""
    if SECTION not in store.current().files:
        return
    found = shown(atlas)
    if found is None or found.table is None or found.provided is None:
        return
    table = here(found, resolved)
    table = table[table["code_qp"] == code]
    if table.empty or found.provided.generation != resolved.generation.name:
        return
    style.section("Dans votre table")
    written = words.written(table, atlas.knows_employment).drop(columns=["Quartier", "Code"])
    names = [str(name) for name in written]
    figures = [name for name in names if name not in ("Famille", "Secteur")]
    style.table(
        f"{found.provided.name}, à côté des chiffres calculés ici",
        [Figure(name) if name in figures else name for name in names],
        [
            [Figure(value) if name in figures else value for name, value in row.items()]
            for row in written.to_dict(orient="records")
        ],
    )
    notice = f"{words.SIMULATED} " if atlas.manifest.simulated else ""
    st.caption(f"{notice}{words.CAUTION} {words.HIDDEN} Pour l'emporter{NBSP}: « Mes données ».")
