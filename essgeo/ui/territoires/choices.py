"""What the page Territoires looks at: which territories, on which indicator."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.indicators.ranking import INDICATORS, Ranking, ranking, territories
from essgeo.selection import OWN_ZONES, TERRITORIES
from essgeo.sentences import NAMES
from essgeo.ui import rankwords, state
from essgeo.ui.loading import by_axis, kept

#: Territory chosen -> what is compared by default inside it.
INSIDE = {
    "region": "departement",
    "departement": "epci",
    "epci": "commune",
    "ept": "commune",
    "contrat": "quartier",
    "commune": "quartier",
    "quartier": "quartier",
}

_LEVEL, _INDICATOR = "territoires.niveau", "territoires.indicateur"


@dataclass(frozen=True)
class Looked:
    """What the page looks at.

    Parameters
    ----------
    level
        Axis of the territories.
    name
        Indicator, one of :data:`essgeo.indicators.ranking.INDICATORS`.
    table
        Summary along the axis.
    found
        The territories ranked.
    shown
        The ranking under French headers; not to be changed.
    """

    level: str
    name: str
    table: pd.DataFrame
    found: Ranking
    shown: pd.DataFrame


def choices(atlas: Atlas, resolved: Resolved) -> Looked:
    """Draw the choice of level and indicator, and return what they look at."""
    view = state.current().view
    levels = known_levels(resolved)
    level = view.get("niveau", "")
    level = level if level in levels else default_level(resolved, levels)
    asked = view.get("indicateur", "")
    name = asked if asked in INDICATORS else next(iter(INDICATORS))
    st.session_state[_LEVEL], st.session_state[_INDICATOR] = level, name
    left, right = st.columns(2)
    left.selectbox(
        "Comparer",
        levels,
        format_func=lambda value: f"les {NAMES[value][1]}",
        key=_LEVEL,
        on_change=lambda: state.look(niveau=st.session_state[_LEVEL], cote=""),
    )
    right.selectbox(
        "Sur l'indicateur",
        list(INDICATORS),
        format_func=lambda value: INDICATORS[value].label,
        key=_INDICATOR,
        on_change=lambda: state.look(indicateur=st.session_state[_INDICATOR]),
    )

    def compute() -> Looked:
        table = territories(atlas, resolved.selection, level, by_axis)
        found = ranking(table, name)
        return Looked(level, name, table, found, rankwords.ranking_frame(found, table, level))

    return kept("territoires.rangs", atlas, resolved.selection, compute, level, name)


def known_levels(resolved: Resolved) -> list[str]:
    """Return the territory axes that hold something in this data folder."""
    return [key for key in TERRITORIES if resolved.generation.axes[key].values]


def default_level(resolved: Resolved, levels: list[str]) -> str:
    """Return what is inside the smallest territory chosen, or the several ones of one kind."""
    chosen = [key for key in TERRITORIES if resolved.selection.get(key)]
    if not chosen:
        # Zones are few and near each other: they are compared themselves.
        return "quartier" if resolved.generation.name == OWN_ZONES else levels[0]
    if len(resolved.selection.get(chosen[-1])) > 1:
        return chosen[-1]
    wanted = INSIDE[chosen[-1]]
    return wanted if wanted in levels else "quartier"


def may_rank(atlas: Atlas, level: str) -> bool:
    """Whether territories may be ranked: never real towns on figures that are partly simulated."""
    return atlas.manifest.nature != "mixte" or level in ("region", "departement")


def may_name(atlas: Atlas, level: str) -> bool:
    """Whether a sentence may name the first ones: regions keep their names when simulated."""
    return not (atlas.manifest.simulated and level in ("region", "departement"))
