"""What a visitor has given goes soon after he has left, whatever else holds his session.

Streamlit lets go of a session and leaves its objects to Python's collector, which was told to
leave alone all that was there when the data folder was opened (see `essgeo.ui.loading`): a session
that was already open then would never be collected, nor what it holds.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from essgeo.text import fold
from essgeo.ui.owndata.store import OwnData

#: Seconds after which a visitor who has left will not come back to his session: Streamlit keeps it
#: two minutes for one whose network was cut.
AFTER_S = 150.0


@dataclass(frozen=True)
class _Session:
    """A session, its visitor's data, and what holds what its widgets and fragments call."""

    id: str
    own: OwnData
    state: Any
    fragments: Any


def watch(own: OwnData) -> None:
    """See to it that this data is let go of once its session has ended; to be called each run."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and own.files:
        _watched(
            id(own),
            _Session(context.session_id, own, context.session_state, context.fragment_storage),
        )


def forget_widgets(state: Any) -> None:
    """Let go of what the widgets of former runs would call, and of the tables that they hold.

    Streamlit keeps it as long as the session.
    """
    # None of this is promised by Streamlit: where it is laid out otherwise, it waits for the end
    # of the session (a test watches over it).
    with suppress(AttributeError):
        state._state._new_widget_state.widget_metadata.clear()


def _left(session: _Session) -> None:
    """Wait until the visitor cannot come back, then let go."""
    waiting = Timer(AFTER_S, _gone, (session,))
    waiting.daemon = True
    waiting.start()


def _gone(session: _Session) -> None:
    if not runtime.exists() or not runtime.get_instance().is_active_session(session.id):
        for held in (session.own.files, session.own.choices, session.own.made):
            held.clear()
        forget_widgets(session.state)
        session.fragments.clear()
        fold.cache_clear()


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=_left)
def _watched(data: int, _session: _Session) -> _Session:  # noqa: ARG001 - key of the cache
    return _session
