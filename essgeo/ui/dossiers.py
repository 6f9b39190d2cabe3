"""Which data folder a visitor looks at: the server's own, or one that the app has made.

The choice is of one session: nobody else sees anything change. It is a name among the folders that
the app has made, never a path; it stands in the address so that reloading the page keeps it, and
counts only where loading is allowed. Who sits at the server finds the last one again, unless the
server was started on a folder of its own.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import streamlit as st

from essgeo import manifest as manifests
from essgeo.errors import DataError, OutputError
from essgeo.files import writing
from essgeo.selection import VIEW_PREFIX
from essgeo.settings import SETTINGS, data_folder, made_folders
from essgeo.ui import state

_KEY = "essgeo.dossier"
#: Key of the view that holds the name.
_VIEW = "dossier"

#: Note of the folder that was chosen last, beside those folders.
_LAST = "dernier.txt"

#: Names of the folders that the app makes: level, code, day, draw.
NAME = re.compile(r"(departement|epci|commune|region)-[0-9AB]{2,9}-[0-9]{8}-[0-9a-f]{6}")

#: Levels that a neighbourhood never straddles: looking at the territory leaves nothing of it out,
#: and brings the map there.
_WHOLE = ("departement", "region")

#: Headers that a proxy adds: who is behind it cannot be known.
_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def folder() -> Path:
    """Return the data folder that this session looks at."""
    name = chosen()
    return made_folders() / name if name else data_folder()


def chosen() -> str:
    """Return the name of the folder chosen in this session, empty for the server's own."""
    if _KEY not in st.session_state:
        asked = st.query_params.get(f"{VIEW_PREFIX}{_VIEW}", "") or last()
        st.session_state[_KEY] = asked if asked and not refusal() else ""
    name: str = st.session_state[_KEY]
    return name if is_made(name) else ""


def is_made(name: str) -> bool:
    """Whether a name is that of a folder that the app has made and that is still there."""
    return bool(NAME.fullmatch(name)) and (made_folders() / name / manifests.FILE).is_file()


def choose(name: str) -> None:
    """Look at a folder that the app has made, or at the server's own when the name is empty."""
    st.session_state[_KEY] = kept = name if is_made(name) else ""
    remember(kept)
    state.reset()
    state.look(**{_VIEW: kept})
    level, _, rest = kept.partition("-")
    if level in _WHOLE:
        state.go_to(level, rest.partition("-")[0])


def last() -> str:
    """Return the name of the folder chosen last; empty when a data folder is asked for."""
    setting = SETTINGS["ESSGEO_DATA"]
    if setting.read() != setting.default:
        return ""
    try:
        name = (made_folders() / _LAST).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
    return name if is_made(name) else ""


def remember(name: str) -> None:
    """Note the folder to find again next time; none when the name is empty.

    What cannot be noted is not worth a message: the folder is open all the same.
    """
    note = made_folders() / _LAST
    with suppress(OSError, OutputError):
        if not name:
            note.unlink(missing_ok=True)
            return
        with writing(note) as beside:
            beside.write_text(f"{name}\n", encoding="utf-8")


def made() -> dict[str, str]:
    """Return the folders that the app has made: name -> title, the last one first."""
    root = made_folders()
    try:
        names = [path.name for path in root.iterdir() if is_made(path.name)]
    except OSError:
        return {}
    found = {}
    for name in sorted(names, key=lambda one: one.split("-")[::-1][1], reverse=True):
        try:
            found[name] = manifests.read(root / name).titre
        except DataError:
            continue
    return found


def refusal() -> str:
    """Say why this visitor may not load a territory here; empty when he may."""
    address = st.get_option("server.address")
    return refused(str(address or ""), st.context.ip_address, st.context.headers)


def refused(address: str, visitor: str | None, headers: Mapping[str, str]) -> str:
    """Say why a visitor may not load a territory.

    Loading writes on the disk of the server and asks the network on its behalf: only the person
    who sits at it may.

    Parameters
    ----------
    address
        Where the server listens; empty for everywhere.
    visitor
        Address of the visitor; None when it is the machine's own.
    headers
        Of the visitor's request.

    Returns
    -------
    str
        A French sentence, or empty when all is well.
    """
    if not _own(address):
        return (
            "Ce serveur est ouvert à d'autres ordinateurs : charger un territoire n'est possible "
            "que sur le vôtre, avec l'application lancée chez vous. En ligne de commande : "
            "« python -m essgeo fetch »."
        )
    away = visitor is not None and not _own(visitor)
    if away or not _own(_host(headers)) or any(headers.get(name) for name in _PROXIES):
        return (
            "Vous regardez cette application depuis un autre ordinateur, ou à travers un serveur "
            "intermédiaire : charger un territoire n'est possible que sur le vôtre, avec "
            "l'application lancée chez vous."
        )
    return ""


def _host(headers: Mapping[str, str]) -> str:
    """Return the name under which the visitor reaches the server, without its port."""
    host = headers.get("Host") or ""
    return host.partition("]")[0].removeprefix("[") if host[:1] == "[" else host.partition(":")[0]


def _own(address: str) -> bool:
    """Whether an address is that of the machine itself."""
    if address.lower() == "localhost":
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)
