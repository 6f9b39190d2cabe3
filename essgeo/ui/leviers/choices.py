"""What is looked at of the catalogue: filters, words searched, cards or table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from essgeo.levers import LIB_NATURE, Catalogue, Lever
from essgeo.text import fold
from essgeo.ui import state


@dataclass(frozen=True)
class Filter:
    """One filter of the catalogue.

    Parameters
    ----------
    label
        What people read.
    values
        Values that a lever has.
    title
        What people read of a value.
    """

    label: str
    values: Callable[[Lever], tuple[str, ...]]
    title: Callable[[Catalogue, str], str]


def _of(section: str) -> Callable[[Catalogue, str], str]:
    return lambda catalogue, one: catalogue.title(section, one)


#: Key of the view (``vue.…``) -> filter.
FILTERS: dict[str, Filter] = {
    "famille": Filter("Famille", lambda one: (one.famille,), _of("familles")),
    "nature": Filter("Nature", lambda one: (one.nature,), lambda _, one: LIB_NATURE[one]),
    "objectif": Filter(
        "Objectif de la politique de la ville", lambda one: one.objectifs, _of("objectifs")
    ),
    "acteur": Filter("Acteur", lambda one: one.acteurs, _of("acteurs")),
    "financement": Filter("Financement", lambda one: one.fonds, _of("fonds")),
    "initiative": Filter("Type d'initiative", lambda one: one.types, _of("types")),
    "lieu": Filter(
        "Territoire",
        lambda one: (one.territoire,) if one.territoire else (),
        _of("territoires"),
    ),
    "document": Filter(
        "Document",
        lambda one: tuple(dict.fromkeys(source.partition(":")[0] for source in one.source)),
        _of("documents"),
    ),
}

#: Filters always seen; the others open on demand.
FIRST = ("famille", "nature")


def asked(catalogue: Catalogue) -> dict[str, str]:
    """Return the filters in force: those that the catalogue knows."""
    view = state.current().view
    levers = catalogue.leviers.values()
    return {
        key: view[key]
        for key, one in FILTERS.items()
        if view.get(key) and any(view[key] in one.values(lever) for lever in levers)
    }


def kept(catalogue: Catalogue, filters: dict[str, str], words: str) -> list[Lever]:
    """Return the levers that have all the values asked for, and all the words."""
    wanted = fold(words).split()
    return [
        lever
        for lever in catalogue.leviers.values()
        if all(value in FILTERS[key].values(lever) for key, value in filters.items())
        and all(word in catalogue.texts(lever) for word in wanted)
    ]


def filters(catalogue: Catalogue) -> list[Lever]:
    """Draw the filters and return the levers that pass them."""
    now = asked(catalogue)
    words = state.current().view.get("mots", "")
    columns = st.columns([2, 1, 1], vertical_alignment="bottom")
    with columns[0]:
        st.session_state["vue.mots"] = words
        st.text_input(
            "Chercher dans le catalogue",
            key="vue.mots",
            placeholder="Un mot : loyer, FSE, habitants, VRAC…",
            icon=":material/search:",
            max_chars=80,
            on_change=_look,
            args=("mots",),
        )
    for column, key in zip(columns[1:], FIRST, strict=True):
        with column:
            _box(catalogue, key, now)
    others = [key for key in FILTERS if key not in FIRST]
    set_ = sum(key in now for key in others)
    label = "Plus de filtres" + (f" ({set_} en place)" if set_ else "")
    with st.expander(label, icon=":material/filter_alt:"):
        for start in (0, 3):
            for column, key in zip(st.columns(3), others[start : start + 3], strict=True):
                with column:
                    _box(catalogue, key, now)
    return kept(catalogue, now, words)


def clear() -> None:
    """See the whole catalogue again."""
    state.look(mots="", **dict.fromkeys(FILTERS, ""))


def as_table() -> bool:
    """Draw the choice between cards and a table; whether the table is chosen."""
    st.session_state["vue.forme"] = "tableau" if _table() else "fiches"
    st.segmented_control(
        "Forme",
        ["fiches", "tableau"],
        format_func=lambda value: {"fiches": "Fiches", "tableau": "Tableau"}.get(value, value),
        key="vue.forme",
        on_change=lambda: state.look(
            forme="tableau" if st.session_state["vue.forme"] == "tableau" else ""
        ),
        required=True,
        label_visibility="collapsed",
    )
    return _table()


def _table() -> bool:
    return state.current().view.get("forme", "") == "tableau"


def _box(catalogue: Catalogue, key: str, now: dict[str, str]) -> None:
    chosen = FILTERS[key]
    counts: dict[str, int] = {}
    for lever in catalogue.leviers.values():
        for value in chosen.values(lever):
            counts[value] = counts.get(value, 0) + 1
    texts = {one: f"{chosen.title(catalogue, one)} ({count})" for one, count in counts.items()}
    st.session_state[f"vue.{key}"] = now.get(key)
    st.selectbox(
        chosen.label,
        list(texts),
        index=None,
        format_func=lambda value: texts.get(value, value),
        key=f"vue.{key}",
        placeholder="Tous",
        on_change=_look,
        args=(key,),
    )


def _look(key: str) -> None:
    state.look(**{key: st.session_state[f"vue.{key}"] or ""})
