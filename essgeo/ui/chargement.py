"""Loading a territory while the app goes on: one at a time for a server, in a thread of its own."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from essgeo.build.territory import build_territory, territory_outlines
from essgeo.errors import EssgeoError
from essgeo.fetch.files import fetch_files
from essgeo.fetch.territory import fetch_territory
from essgeo.sources.territory import Territory
from essgeo.text import number, size

#: Where raw files wait until the folder is made, so that a loading that stopped goes on.
RAW = ".brut"

_LOG = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The visitor has asked to stop."""


@dataclass
class Loading:
    """One territory on its way, or just come.

    Parameters
    ----------
    where
        The territory.
    root
        Folder of the folders that the app makes.
    owner
        Session that asked for it.
    """

    where: Territory
    root: Path
    owner: str
    state: Literal["en cours", "fini", "arrêté", "échec"] = "en cours"
    #: What is being done, and which share of it when that is known.
    words: str = "Contours des quartiers"
    share: float | None = None
    #: What there is to know at the end; why it failed.
    said: list[str] = field(default_factory=list)
    #: Name of the folder made.
    name: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask it to stop; what is read is kept for the next time."""
        self._stop.set()

    def run(self) -> None:
        """Do it all; never raises."""
        try:
            self._load()
            self.state = "fini"
        except _StoppedError:
            self.state = "arrêté"
        except EssgeoError as error:
            self.said.append(str(error))
            self.state = "échec"
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            _LOG.exception("chargement de %s", self.where)
            kind = type(error).__name__
            self.said.append(f"erreur imprévue ({kind}) ; le journal du serveur la détaille.")
            self.state = "échec"

    def _load(self) -> None:
        raw = self.root / RAW / f"{self.where.level}-{self.where.code}"
        fetch_files(raw, ["qpv-2024"], progress=self._told(size))
        territory_outlines(raw, self.where)  # nothing is asked for a territory that has none
        proof = fetch_territory(self.where, raw, progress=self._told(number))
        self._check()
        self.words, self.share = "Rattachement aux quartiers et écriture", None
        name = f"{self.where.level}-{self.where.code}-{date.today():%Y%m%d}-{secrets.token_hex(3)}"  # noqa: DTZ011 - the person's own day
        build_territory(raw, self.root / name)
        shutil.rmtree(raw, ignore_errors=True)
        self.said.append(proof.sentence())
        self.name = name

    def _told(self, said: Callable[[float], str]) -> Callable[[str, int, int | None], None]:
        def progress(what: str, done: int, total: int | None) -> None:
            self._check()
            of_all = f" sur {said(total)}" if total else ""
            self.share = min(done / total, 1.0) if total else None
            self.words = f"{what} : {said(done)}{of_all}"

        return progress

    def _check(self) -> None:
        if self._stop.is_set():
            raise _StoppedError


class Desk:
    """Takes one loading at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.loading: Loading | None = None

    @property
    def busy(self) -> bool:
        """Whether a loading is under way."""
        return self.loading is not None and self.loading.state == "en cours"

    def start(self, where: Territory, root: Path, owner: str) -> Loading | None:
        """Start a loading; None when another one is under way."""
        with self._lock:
            if self.busy:
                return None
            self.loading = Loading(where, root, owner)
            threading.Thread(target=self.loading.run, daemon=True).start()
            return self.loading
