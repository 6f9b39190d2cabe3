"""The kit of a selection, made in a thread of its own: the page goes on, and says how far it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.exports import file_name
from essgeo.ui.markdown import markdown

#: Makes a kit, and tells of each part before it is made: its words, its rank, how many there are.
Make = Callable[[Callable[[str, int, int], None]], bytes]

#: The kit of a session.
_KEY = "essgeo.kit"

#: How often the page looks how far it is, in seconds.
_EVERY_S = 0.5

_LOG = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The visitor has stopped it, or asked for another one."""


@dataclass
class Making:
    """One kit on its way, or made.

    Parameters
    ----------
    about
        Fingerprint of the data folder, and selection: what tells two kits apart.
    """

    about: tuple[str, str]
    #: What is being made, and which share of the kit is.
    words: str = "Sélection"
    share: float = 0.0
    content: bytes = b""
    #: Why there is none.
    problem: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.content or self.problem)

    def stop(self) -> None:
        """Stop before the next part."""
        self._stop.set()

    def run(self, make: Make) -> None:
        """Make it; never raises."""
        try:
            self.content = make(self._told)
        except _StoppedError:
            self.problem = "arrêté"
        except EssgeoError as error:
            self.problem = str(error)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            _LOG.exception("kit")
            kind = type(error).__name__
            self.problem = f"erreur imprévue ({kind}) ; le journal du serveur la détaille."

    def _told(self, words: str, rank: int, total: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self.words, self.share = f"{words[:1].upper()}{words[1:]}", (rank - 1) / total


def kit(atlas: Atlas, resolved: Resolved, *, disabled: bool) -> None:
    """Offer the kit of a selection: to be made, on its way, or to be saved.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    disabled
        Whether something forbids to make it, that is said elsewhere.
    """
    making: Making | None = st.session_state.get(_KEY)
    if making is None or making.about != _about(atlas, resolved) or making.problem == "arrêté":
        st.button(
            "Tout : préparer le kit du séminaire (.zip)",
            on_click=_start,
            args=(atlas, resolved),
            key="kit.preparer",
            disabled=disabled,
            width="stretch",
        )
    elif not making.ended:
        _under_way()
    elif making.problem:
        st.error(f"Le kit n'est pas fait : {markdown(making.problem)}", icon=":material/error:")
    else:
        st.download_button(
            "Enregistrer le kit du séminaire (.zip)",
            data=making.content,
            file_name=file_name(atlas, resolved, "kit", ".zip"),
            mime="application/zip",
            on_click="ignore",
            key="kit.enregistrer",
            type="primary",
            width="stretch",
        )


def _about(atlas: Atlas, resolved: Resolved) -> tuple[str, str]:
    return atlas.folder.fingerprint, resolved.selection.query()


def _start(atlas: Atlas, resolved: Resolved) -> None:
    before: Making | None = st.session_state.get(_KEY)
    if before is not None:
        before.stop()

    def make(progress: Callable[[str, int, int], None]) -> bytes:
        # What makes it is imported at that moment: who only looks at the map pays nothing.
        from essgeo.exports.kit import kit_bytes

        today = date.today()  # noqa: DTZ011 - the day where the person is
        return kit_bytes(atlas, resolved.selection, made=today, progress=progress)[0]

    making = st.session_state[_KEY] = Making(_about(atlas, resolved))
    threading.Thread(target=making.run, args=(make,), daemon=True).start()


@st.fragment(run_every=_EVERY_S)
def _under_way() -> None:
    """Show how far the kit is; the page is drawn again when it ends."""
    making: Making | None = st.session_state.get(_KEY)
    if making is None or making.ended:
        st.rerun()
    st.progress(making.share, text=f"Kit en préparation : {markdown(making.words)}…")
    st.button(
        "Arrêter", on_click=making.stop, key="kit.arreter", icon=":material/stop_circle:",
        type="tertiary",
    )  # fmt: skip
