"""What a visitor looks at: one Selection and the page's own view, in the session and in the URL.

The state is the truth; widgets are given their value from it at each run and change it through
callbacks. The URL is read when a session starts and when the browser goes back or forward, and
written at each run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from essgeo.atlas import Atlas
from essgeo.selection import DEFAULTS, TERRITORIES, VIEW_PREFIX, VOCABULARY, Selection, parse

_KEY = "essgeo.etat"


@dataclass
class State:
    """What one visitor looks at.

    Parameters
    ----------
    selection
        As asked, known values only; the generation is empty for the newest.
    view
        Keys of the page's own view, without their prefix.
    messages
        What was not understood, or left out by a change; said once, until the next change.
    page
        Page shown at the last run.
    """

    selection: Selection = field(default_factory=Selection)
    view: dict[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    page: str = ""

    def params(self) -> dict[str, str]:
        """Return what the URL holds."""
        view = {f"{VIEW_PREFIX}{key}": value for key, value in self.view.items() if value}
        return self.selection.params() | view


def current() -> State:
    """Return the state of this session."""
    state: State = st.session_state.setdefault(_KEY, State())
    return state


def sync(atlas: Atlas | None, page: str) -> State:
    """Take the URL when it says something new; to be called before any widget.

    Streamlit empties the URL when a visitor goes to another page: the state then stays as it is.
    """
    state: State | None = st.session_state.get(_KEY)
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    moved = state is not None and state.page != page
    if state is None or _history() or (moved and pairs):
        state = read(atlas, pairs)
        st.session_state[_KEY] = state
    state.page = page
    return state


def read(atlas: Atlas | None, pairs: Iterable[tuple[str, str]]) -> State:
    """Make a state of the pairs of a URL, naming what is ignored."""
    parsed = parse(pairs)
    selection, messages = parsed.selection, list(parsed.problems)
    if atlas is not None:
        known, unknown = atlas.known(selection)
        messages += unknown
        # An empty generation keeps meaning « the newest » in permalinks.
        kept = known.generation if selection.generation == known.generation else ()
        selection = known.with_(generation=kept)
    return State(selection, dict(parsed.view), tuple(messages))


def write_url(state: State) -> None:
    """Put the state in the URL; nothing is sent when it is there already."""
    params = state.params()
    shown = {key: st.query_params.get_all(key) for key in st.query_params}
    if shown != {key: [value] for key, value in params.items()}:
        st.query_params.from_dict(params)


def choose(**values: Iterable[str]) -> None:
    """Change keys of the selection; no value at all means the default."""
    state = current()
    state.selection = state.selection.with_(
        **{key: ordered(key, given) or DEFAULTS[key] for key, given in values.items()}
    )
    state.messages = ()


def outlines(atlas: Atlas, generation: str) -> None:
    """Choose a generation of outlines; territories that it does not have are let go, and named."""
    # The newest generation is the default: permalinks then follow the data folder.
    choose(generation=() if generation == atlas.newest.name else (generation,))
    now = current()
    known, unknown = atlas.known(now.selection)
    now.selection = known.with_(generation=now.selection.generation)
    now.messages = tuple(unknown)


def look(**values: str) -> None:
    """Change keys of the view; an empty value takes the key away."""
    state = current()
    for key, value in values.items():
        if value:
            state.view[key] = value
        else:
            state.view.pop(key, None)


def ordered(key: str, values: Iterable[str]) -> tuple[str, ...]:
    """Put values in the one order that the URL gives them."""
    given = set(values)
    if key in VOCABULARY:
        return tuple(value for value in VOCABULARY[key] if value in given)
    return tuple(sorted(given))


def go_to(key: str, value: str) -> None:
    """Look at one territory, whatever territories were chosen before."""
    state = current()
    state.selection = state.selection.without(*TERRITORIES).with_(**{key: (value,)})
    state.messages = ()
    look(etablissement="")


def reset() -> None:
    """Look at everything again; how the page shows it is kept."""
    state = current()
    state.selection = Selection()
    state.messages = ()
    look(etablissement="")


def _history() -> bool:
    """Whether this run comes from the browser's back or forward button."""
    context = get_script_run_ctx()
    return bool(getattr(context, "is_history_navigation", False))
