"""What a visitor has given, in the memory of his own session and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

_KEY = "essgeo.mes_donnees"


@dataclass
class OwnData:
    """A visitor's own data: gone with the session.

    Parameters
    ----------
    files
        Files as they were given, by section: (name, content). What a saved session holds.
    choices
        Answers given to doubts, by section: short texts only. What a saved session holds.
    made
        What was made of them, by a name that begins with the section: « liste.examen ».
        Never saved: made again.
    """

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def give(self, section: str, name: str, content: bytes) -> None:
        """Take a file; what was made of the former one, and what was answered, is forgotten."""
        self.forget(section)
        self.files[section] = (name, content)

    def forget(self, section: str) -> None:
        """Forget a file, its answers, and all that was made of it."""
        self.files.pop(section, None)
        self.choices.pop(section, None)
        for key in [key for key in self.made if key.partition(".")[0] == section]:
            del self.made[key]


def current() -> OwnData:
    """Return what this session's visitor has given."""
    found: OwnData = st.session_state.setdefault(_KEY, OwnData())
    return found


def forget_all() -> None:
    """Forget everything that the visitor has given."""
    st.session_state[_KEY] = OwnData()
