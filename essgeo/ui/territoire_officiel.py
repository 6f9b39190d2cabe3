"""« Charger un territoire officiel »: choose, watch, stop, open what was made, and come back."""

from __future__ import annotations

import secrets

import streamlit as st

from essgeo.errors import DataError
from essgeo.manifest import read as read_manifest
from essgeo.settings import data_folder, made_folders
from essgeo.sources.territory import LEVEL_WORDS, LEVELS, Level, choices, territory
from essgeo.ui import dossiers
from essgeo.ui.chargement import Desk, Loading
from essgeo.ui.markdown import markdown

_OWNER = "essgeo.chargeur"
#: Seconds between two looks at a loading.
_EVERY_S = 1.0

INTRODUCTION = (
    "Les établissements de l'ESS d'un territoire, demandés à l'API Recherche d'entreprises, et les "
    "contours de ses quartiers prioritaires (ANCT) font un dossier de données que l'application "
    "ouvre pour vous seul. Il faut internet, une minute pour une intercommunalité, quelques "
    "minutes pour un département. Rien n'est demandé avant que vous appuyiez sur « Charger »."
)


@st.cache_resource(show_spinner=False)
def _desk() -> Desk:
    return Desk()


def section() -> None:
    """Draw the section, or say why it is closed."""
    why = dossiers.refusal()
    if why:
        st.info(why, icon=":material/lock:")
        return
    st.markdown(INTRODUCTION)
    _opened_here()
    loading = _desk().loading
    if loading is not None and loading.state == "en cours":
        _under_way()
    else:
        if loading is not None and loading.owner == _owner():
            _came(loading)
        _choice()
    _already_there()


def _owner() -> str:
    """Return a name of this session that no other one has."""
    owner: str = st.session_state.setdefault(_OWNER, secrets.token_hex(8))
    return owner


def _opened_here() -> None:
    """Say what is open instead of the server's own folder, and offer the way back."""
    name = dossiers.chosen()
    if not name:
        return
    title = dossiers.made().get(name, name)
    st.markdown(f"Vous regardez **{markdown(title)}**, dans cet onglet seulement.")
    st.button(
        f"Revenir {_home()}",
        icon=":material/undo:",
        key="territoire.retour",
        on_click=dossiers.choose,
        args=("",),
    )


def _home() -> str:
    """Name the server's own folder, as a place to come back to."""
    try:
        simulated = read_manifest(data_folder()).nature == "simulation"
    except DataError:
        simulated = False
    return "à la démonstration" if simulated else "aux données de départ"


def _choice() -> None:
    """Let a territory be chosen and loaded."""
    level: Level = st.selectbox(
        "Échelle", LEVELS, format_func=lambda one: LEVEL_WORDS[one], key="territoire.echelle"
    )
    known = choices(level)
    code = st.selectbox(
        "Territoire",
        list(known),
        index=None,
        format_func=lambda one: f"{known.get(one, one)} ({one})",
        key=f"territoire.{level}",
        placeholder="Choisissez",
    )
    st.button(
        "Charger",
        type="primary",
        icon=":material/cloud_download:",
        key="territoire.charger",
        disabled=code is None,
        on_click=_start,
        args=(level, code),
    )


def _start(level: Level, code: str) -> None:
    _desk().start(territory(level, code), made_folders(), _owner())


@st.fragment(run_every=_EVERY_S)
def _under_way() -> None:
    """Show how far the loading is; the page is drawn again when it ends."""
    loading = _desk().loading
    if loading is None or loading.state != "en cours":
        st.rerun()
    mine = loading.owner == _owner()
    st.markdown(
        f"**Chargement de {markdown(str(loading.where))}**"
        + ("" if mine else ", demandé dans un autre onglet")
    )
    words = "Arrêt demandé…" if loading.stopping else loading.words
    st.progress(loading.share or 0.0, text=markdown(words))
    if mine:
        st.button(
            "Arrêter",
            icon=":material/stop_circle:",
            key="territoire.arreter",
            on_click=loading.stop,
            disabled=loading.stopping,
        )
        st.caption("Ce qui est déjà lu est gardé : un nouveau chargement reprend là.")


def _came(loading: Loading) -> None:
    """Say how the last loading of this session ended, and offer to open what it made."""
    said = " ".join(markdown(line) for line in loading.said)
    named = markdown(str(loading.where))
    if loading.state == "fini":
        if not dossiers.is_made(loading.name) or dossiers.chosen() == loading.name:
            return
        st.success(said, icon=":material/check_circle:")
        st.button(
            f"Ouvrir {named}",
            type="primary",
            icon=":material/folder_open:",
            key="territoire.ouvrir",
            on_click=dossiers.choose,
            args=(loading.name,),
        )
    elif loading.state == "arrêté":
        st.info(
            f"Chargement de {named} arrêté ; un nouveau reprendra où il en était.",
            icon=":material/stop_circle:",
        )
    else:
        st.error(f"{named} n'est pas chargé : {said}", icon=":material/error:")


def _already_there() -> None:
    """Offer the territories that were loaded before."""
    known = dossiers.made()
    known.pop(dossiers.chosen(), None)
    if not known:
        return
    with st.expander("Territoires déjà chargés"):
        name = st.selectbox(
            "Territoire chargé",
            list(known),
            format_func=lambda one: f"{known.get(one, one)}, chargé le {_day(one)}",
            key="territoire.deja",
        )
        st.button(
            "Ouvrir ce territoire",
            icon=":material/folder_open:",
            key="territoire.rouvrir",
            on_click=dossiers.choose,
            args=(name,),
        )
        st.caption(f"Ils sont dans {markdown(str(made_folders()))}, à supprimer quand vous voulez.")


def _day(name: str) -> str:
    """Write the day on which a folder was made: ``22/11/2026``."""
    day = name.split("-")[2]
    return f"{day[6:]}/{day[4:6]}/{day[:4]}"
