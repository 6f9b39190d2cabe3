"""Where a lead answers, on the map of the page Carte (``vue.piste``) as on the lever's own view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.figures.map import MapState, Measure
from essgeo.levers import Lever
from essgeo.selection import Selection
from essgeo.text import NBSP, plural
from essgeo.ui import map, mapkit, state, style  # noqa: A004 - the module's own name
from essgeo.ui.leviers import data
from essgeo.ui.pictures import pictures
from essgeo.words import levers as words

if TYPE_CHECKING:
    from essgeo.figures.print.paper import Format

#: Key of the view that holds the lever whose answers the page Carte shows.
VIEW = "piste"


def asked(atlas: Atlas, resolved: Resolved) -> Lever | None:
    """Return the lever whose lead the map shows; None when none is asked or none can be told."""
    one = state.current().view.get(VIEW, "")
    if not one or atlas.manifest.secret:
        return None
    lever = data.catalogue()[0].leviers.get(one)
    found, _ = data.diagnosis(atlas, resolved)
    ruled = {rule.levier for rule in found.rules.regles} - set(found.silent())
    return lever if lever is not None and lever.id in ruled else None


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the map of the page Carte: of its indicator, or of the lead that is asked."""
    lever = asked(atlas, resolved)
    if lever is None:
        map.choices(atlas)
        map.draw(atlas, resolved)
        return
    found, _ = data.diagnosis(atlas, resolved)
    table = found.where(lever.id, resolved.quartiers)
    count = words.answered(len(table), int(resolved.quartiers.sum()), frame=False, ruled=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        style.reading(f"Piste « {lever.titre} »{NBSP}: {count}.")
        st.button(
            "Revenir aux indicateurs",
            key="carte.piste",
            icon=":material/arrow_back:",
            on_click=state.look,
            kwargs={VIEW: ""},
        )
    made = state_of(atlas, resolved, table)
    map.show(atlas, made, title=f"Où répond{NBSP}: {lever.titre}")
    if atlas.manifest.simulated:
        st.caption(words.SIMULATED)


def printed(
    atlas: Atlas, resolved: Resolved, lever: Lever, codes: Sequence[str], *, key: str
) -> None:
    """Offer the map of where a lead answers, as pictures.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    lever, codes
        The lever, and the neighbourhoods where it answers.
    key
        Of the widgets.
    """
    where = resolved.selection.with_(quartier=tuple(codes))
    pictures(
        partial(_picture, atlas, where, f"Où répond{NBSP}: {lever.titre}"),
        file_name(atlas, resolved, f"piste_{lever.id}_carte", ""),
        key=key,
        what="Carte de la piste",
    )


def _picture(atlas: Atlas, where: Selection, title: str, fmt: Format) -> bytes:
    # Here and not above: what draws is long to import, and most visitors never ask for it.
    from essgeo.exports.pictures import map_picture

    return map_picture(atlas, where, fmt, "habitants", title)


def state_of(atlas: Atlas, resolved: Resolved, table: pd.DataFrame) -> MapState:
    """Say what a map shows where only the neighbourhoods that a lever answers count.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    table
        As :meth:`essgeo.levers.diagnosis.Diagnosis.where` gives it.
    """
    kit = mapkit.kit(atlas)
    made = map.map_state(atlas, resolved, kit)
    places = kit.places[resolved.generation.name]
    codes = resolved.generation.quartiers["code_qp"]
    elsewhere = places[~codes.isin(table["code_qp"]).to_numpy() & resolved.quartiers]
    states = np.array(made.states)
    states[elsewhere] = "hors_selection"
    people = resolved.generation.quartiers["population"].to_numpy(np.float64)
    counts = np.full(len(kit.layers.codes), np.nan)
    counts[places] = np.where(resolved.quartiers, people, 0.0)
    counts[elsewhere] = 0.0
    return replace(
        made,
        states=states,
        # Where a lead answers there may be no establishment at all: circles are inhabitants.
        counts=Measure("Habitants", ("habitant", "habitants"), counts),
        largest=float(np.nan_to_num(people).max()),
        rate=None,
        classes=None,
        rows=None,
        note=f"Là où la piste répond{NBSP}: {plural(len(table), 'quartier')}.",
        state_labels={"hors_selection": "la piste n'y répond pas, ou hors de la sélection"},
    )
