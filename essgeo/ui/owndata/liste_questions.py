"""What only the owner of a list can tell, and what he may change of what was recognised."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from essgeo.intake import Taken
from essgeo.intake.proposals import name_of
from essgeo.owndata.lists import ROLES, Doubt, Roles
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata.liste_donnees import AMOUNTS, PROJECTION, SECTION, answers

#: Answer of a question that was not answered; the doubts' own are never this.
_NOT_YET = "?"


def questions(doubts: Sequence[Doubt]) -> None:
    """Ask what is doubtful; nothing is supposed where the answer changes what is placed."""
    for doubt in doubts:
        if doubt.harmless:
            choices, held = dict(doubt.choices), doubt.default
        else:
            choices, held = {_NOT_YET: "à choisir"} | dict(doubt.choices), _NOT_YET
        _ask(doubt.key, doubt.question, choices, held)


def projection(readings: Sequence[str]) -> None:
    """Ask how the coordinates of a file of points are written, when it does not say it."""
    if readings:
        choices = {_NOT_YET: "à choisir"} | {one: name_of(one) for one in readings}
        _ask(PROJECTION, "Comment lire les coordonnées de ces points ?", choices, _NOT_YET)


def change(taken: Taken, roles: Roles) -> None:
    """Draw what may be changed: the column of each role, and the columns added up."""
    names = [str(name) for name in taken.raw.source.columns]
    columns = {"": "aucune"} | {name: name for name in names}
    for role, label in ROLES.items():
        _ask(role, label[0].upper() + label[1:], columns, roles.name(role))
    if len(taken.sheets) > 1:
        sheets = {name: name for name in taken.sheets}
        _ask("feuille", "Feuille du classeur", sheets, taken.raw.sheet)
    key = f"{SECTION}.{AMOUNTS}"
    st.session_state[key] = [name for name in roles.amounts if name in names]
    st.multiselect(
        "Colonnes à additionner",
        names,
        key=key,
        on_change=_added,
        args=(key,),
        placeholder="Aucune",
    )


def _ask(name: str, question: str, choices: Mapping[str, str], held: str) -> None:
    """Draw one question; the box shows what holds now, and the answer goes to the store."""
    key = f"{SECTION}.choix.{name}"
    options = list(choices)
    st.session_state[key] = held if held in options else options[0]
    st.selectbox(
        markdown(question),
        options,
        format_func=partial(_read, choices),
        key=key,
        on_change=_answer,
        args=(name, key),
    )


def _read(choices: Mapping[str, str], value: str) -> str:
    return choices.get(value, value)


def _answer(name: str, key: str) -> None:
    value = st.session_state[key]
    if value != _NOT_YET:
        answers()[name] = value


def _added(key: str) -> None:
    answers()[AMOUNTS] = json.dumps(list(st.session_state[key]), ensure_ascii=False)
