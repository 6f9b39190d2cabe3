"""The catalogue and the diagnosis as pages need them, opened once for all visitors."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import DataError
from essgeo.levers import LOCAL, Catalogue, open_catalogue
from essgeo.levers.cases import Case, open_cases
from essgeo.levers.diagnosis import Diagnosis, Lead
from essgeo.levers.obstacles import obstacles
from essgeo.levers.rules import open_rules
from essgeo.ui import dossiers
from essgeo.ui.caching import by_atlas


def catalogue() -> tuple[Catalogue, str]:
    """Return the catalogue with what the data folder adds, and what is wrong with that.

    A wrong file of the data folder is said, never fatal: the shipped catalogue is then alone.
    """
    return _catalogue(*catalogue_key())


def catalogue_key() -> tuple[str, str]:
    """Tell two catalogues apart in a cache: the data folder, and the state of what it adds."""
    path = dossiers.folder()
    try:
        found = (path / LOCAL).stat()
    except OSError:
        return str(path), ""
    return str(path), f"{found.st_size} {found.st_mtime_ns}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _catalogue(
    path: str,
    signature: str,  # noqa: ARG001 - a file that changed is another one for the cache
) -> tuple[Catalogue, str]:
    try:
        return open_catalogue(Path(path)), ""
    except DataError as error:
        return open_catalogue(), str(error)


def cases() -> tuple[Case, ...]:
    """Return the cases that the documents tell."""
    return _cases()


@st.cache_resource(max_entries=1, show_spinner=False)
def _cases() -> tuple[Case, ...]:
    return open_cases(open_catalogue())


def diagnosis(atlas: Atlas, resolved: Resolved) -> tuple[Diagnosis, list[str]]:
    """Return the rules looked at on all neighbourhoods, and what the folder lacks for that."""
    return _diagnosis(atlas, resolved.generation.name)


@by_atlas(max_entries=4, show_spinner="Comparaison des quartiers semblables…")
def _diagnosis(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    generation: str,
) -> tuple[Diagnosis, list[str]]:
    rules = open_rules(open_catalogue())
    return (
        Diagnosis(_atlas, rules, generation),
        obstacles(_atlas, _atlas.generations[generation]),
    )


def leads(atlas: Atlas, resolved: Resolved) -> list[Lead]:
    """Return the leads of the selection: those of its neighbourhood when it has only one."""
    found, _ = diagnosis(atlas, resolved)
    chosen = resolved.quartiers
    if chosen.sum() == 1:
        return found.leads(str(resolved.generation.quartiers["code_qp"].to_numpy()[chosen][0]))
    return found.leads_of(chosen)
