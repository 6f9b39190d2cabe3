"""The map on the page: what the selection shows, and what a click does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from streamlit import runtime
from streamlit_folium import st_folium

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.assets import FRAME_ROOT
from essgeo.figures.map import (
    BASEMAPS,
    QUARTIERS,
    RETURNED_OBJECTS,
    TITLE,
    ZONES,
    BaseMap,
    Bounds,
    Layer,
    MapState,
    Measure,
    read_click,
    view_bounds,
    views,
)
from essgeo.figures.static_layers import Layers
from essgeo.secrecy import publishable
from essgeo.selection import OWN_ZONES, TERRITORIES
from essgeo.settings import BAND_M
from essgeo.ui import state
from essgeo.ui.loading import by_axis
from essgeo.ui.mapkit import Kit, kit
from essgeo.ui.search import reference, row_of
from essgeo.words.sources import origin

#: Key of the map among the widgets.
MAP = "carte.folium"
_LAST_CLICK = "carte.clic"

#: Value of ``vue.indicateur`` -> what people read. The first one is the default.
INDICATORS = {
    "etablissements": "Établissements",
    "emplois": "Emplois",
    "taux": "Pour 1 000 habitants".replace(" 000", "\u202f000"),
}

#: Columns of a summary that the map reads.
_SHOWN = (
    "etat",
    "etablissements",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "etablissements_1000hab",
)

#: Value of ``vue.fond`` -> what people read.
BACKGROUNDS = {"": "Sans fond de carte"} | {
    key: f"{basemap.label} (par le réseau)" for key, basemap in BASEMAPS.items()
}

#: Room around a chosen neighbourhood and around an establishment, degrees (about 3 and 1 km).
_AROUND_QUARTIER = 0.03
_AROUND_POINT = 0.008

_HEIGHT = 560


def indicators(atlas: Atlas) -> list[str]:
    """Return the indicators that this data folder can tell."""
    found = kit(atlas)
    generation = atlas.resolve(state.current().selection).generation.name
    known = {
        "etablissements": True,
        "emplois": found.largest[generation, "emplois"] > 0,
        "taux": found.classes[generation] is not None,
    }
    return [name for name in INDICATORS if known[name]]


def indicator(atlas: Atlas) -> str:
    """Return the indicator in force (``vue.indicateur``), else the first one."""
    known = indicators(atlas)
    asked = state.current().view.get("indicateur", "")
    return asked if asked in known else known[0]


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the map of a selection; a click on it changes the state."""
    show(atlas, map_state(atlas, resolved, kit(atlas)))


def show(
    atlas: Atlas, made: MapState, *, key: str = MAP, height: int = _HEIGHT, title: str = TITLE
) -> None:
    """Draw a map as it was made; a click on it changes the state.

    Parameters
    ----------
    atlas, made
        Data folder, and what its map shows.
    key
        Of the map among the widgets.
    height
        Pixels.
    title
        Name of the frame, for screen readers.
    """
    found = kit(atlas)
    st_folium(
        BaseMap(found.assets, found.layers, atlas.manifest.nature, title, _address(found.layers)),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=RETURNED_OBJECTS,
        feature_group_to_add=Layer(made.payload(found.layers)),
        on_change=lambda: follow(atlas, found.layers, key),
    )


def _address(layers: Layers) -> str:
    """Hold a visitor's own layers in the memory of this run of his session; say where.

    The address is made of a draw: nobody else can know it, and it goes with the session. Streamlit
    forgets what a run does not hold again.
    """
    if not layers.own:
        return ""
    held = runtime.get_instance().media_file_mgr
    return f"{FRAME_ROOT}{held.add(layers.own, 'application/json', 'essgeo.carte')}"


def map_state(atlas: Atlas, resolved: Resolved, kit: Kit) -> MapState:
    """Say what the map shows of a selection.

    Circles of the neighbourhoods left out by a click on one of them keep their place: the map
    shows the whole territory, and which one is chosen.
    """
    selection, generation = resolved.selection, resolved.generation
    table = by_axis(atlas, selection, "quartier").set_index("code")[list(_SHOWN)]
    table = table.reindex(generation.quartiers["code_qp"])
    places = kit.places[generation.name]
    size = len(kit.layers.codes)

    def whole(values: pd.Series) -> npt.NDArray[np.float64]:
        out = np.full(size, np.nan)
        out[places] = values.to_numpy(np.float64)
        return out

    states = np.full(size, "absent", dtype="<U14")
    own = generation.name == OWN_ZONES
    beside = atlas.newest.name if own else OWN_ZONES
    if beside in kit.places:
        # Drawn thin, to be compared with: the zones under the QPV, or these under the zones.
        states[kit.places[beside]] = "a_cote"
    inside = table["etat"].fillna("ok").to_numpy()
    states[places] = np.where(resolved.quartiers, inside, "hors_selection")
    shown = indicator(atlas)
    counts = whole(table["etablissements"])
    counts[places] = np.where(resolved.quartiers, np.nan_to_num(counts[places]), 0.0)
    noun = "établissement employeur" if atlas.knows_employment else "établissement"
    if selection.employeurs != ("oui",):
        noun = "établissement"
    nouns = " ".join(f"{word}s" for word in noun.split())
    measure = Measure(nouns[:1].upper() + nouns[1:], (noun, nouns), counts)
    rate = None
    if shown == "emplois":
        low, high = whole(table["effectif_min"]), whole(table["effectif_max"])
        measure = Measure(
            "Emplois situés là (estimation)",
            ("emploi", "emplois"),
            whole(table["effectif_estime"]),
            low=low,
            high=high,
        )
    elif shown == "taux":
        unit = "pour 1\u202f000 habitants"
        rate = Measure(
            f"{measure.label} {unit}", (unit, unit), whole(table["etablissements_1000hab"]), 1
        )
    chosen = list(places[resolved.quartiers]) if selection.quartier else []
    return MapState(
        counts=measure,
        largest=kit.largest[generation.name, shown],
        states=states,
        source=origin(atlas, resolved),
        rate=rate,
        classes=kit.classes[generation.name] if rate is not None else None,
        rows=resolved.mask,
        bounds=_bounds(atlas, resolved, kit),
        selected=int(chosen[0]) if len(chosen) == 1 else None,
        generation=generation.name,
        band=BAND_M,
        basemap=background(),
        points_title=measure.label if shown != "emplois" else "Établissements",
        state_labels={"a_cote": "quartier prioritaire" if own else "votre zone"},
        places=ZONES if own else QUARTIERS,
    )


def background() -> str:
    """Return the background in force (``vue.fond``), empty for none."""
    asked = state.current().view.get("fond", "")
    return asked if asked in BACKGROUNDS else ""


def _bounds(atlas: Atlas, resolved: Resolved, kit: Kit) -> Bounds:
    row = row_of(atlas, state.current().view.get("etablissement", ""))
    if row is not None:
        # What is not published of a position is not shown by the view either.
        point = publishable(atlas.points.iloc[[row]]).iloc[0]
        lon, lat = float(point["longitude"]), float(point["latitude"])
        if np.isfinite(lon) and np.isfinite(lat):
            return (
                lon - _AROUND_POINT,
                lat - _AROUND_POINT,
                lon + _AROUND_POINT,
                lat + _AROUND_POINT,
            )
    own = resolved.generation.name == OWN_ZONES
    narrowed = own or any(resolved.selection.get(key) for key in TERRITORIES)
    if narrowed and resolved.quartiers.any():
        held = kit.bounds[kit.places[resolved.generation.name][resolved.quartiers]]
        margin = _AROUND_QUARTIER if len(held) == 1 else 0.0
        west, south = held[:, :2].min(axis=0) - margin
        east, north = held[:, 2:].max(axis=0) + margin
        return float(west), float(south), float(east), float(north)
    return view_bounds(views()[0])


def follow(atlas: Atlas, layers: Layers, key: str = MAP) -> None:
    """Follow a click: a neighbourhood becomes the selection, an establishment is shown.

    Parameters
    ----------
    atlas, layers
        Data folder and static layers on the map.
    key
        Of the map among the widgets.
    """
    click = read_click(st.session_state.get(key), layers)
    if click is None or click.stamp == st.session_state.get(_LAST_CLICK):
        return
    st.session_state[_LAST_CLICK] = click.stamp
    if click.row is not None:
        state.look(etablissement=reference(atlas, click.row))
        return
    select(atlas, click.code_qp)


def select(atlas: Atlas, code: str) -> None:
    """Choose one neighbourhood; larger territories that do not hold it are let go."""
    now = state.current()
    wider = atlas.resolve(now.selection.without("quartier"))
    codes = wider.generation.quartiers["code_qp"].to_numpy()[wider.quartiers]
    if code in codes:
        state.choose(quartier=(code,))
        state.look(etablissement="")
    else:
        state.go_to("quartier", code)


def choices(atlas: Atlas) -> None:
    """Draw what the visitor chooses of the map itself: its indicator and its background."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        known = indicators(atlas)
        # One choice is none; every data folder has its own, so nothing moves under a filter.
        if len(known) > 1:
            st.session_state["vue.indicateur"] = indicator(atlas)
            st.segmented_control(
                "Sur la carte",
                known,
                format_func=lambda value: INDICATORS.get(value, value),
                key="vue.indicateur",
                on_change=_keep,
                args=("indicateur",),
                required=True,
                label_visibility="collapsed",
            )
        st.session_state["vue.fond"] = background()
        _background_choice()
    if background():
        st.caption(
            "Ce fond vient du réseau : le service choisi voit votre adresse et la zone regardée. "
            "Sans fond, la carte n'a besoin de rien."
        )


def _keep(key: str) -> None:
    state.look(**{key: st.session_state[f"vue.{key}"]})


def _background_choice() -> None:
    st.selectbox(
        "Fond de carte",
        list(BACKGROUNDS),
        format_func=lambda value: BACKGROUNDS.get(value, value),
        key="vue.fond",
        on_change=_keep,
        args=("fond",),
        width=240,
        label_visibility="collapsed",
    )
