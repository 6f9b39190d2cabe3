"""The map on the page: what the selection shows, and what a click does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from essgeo import nomenclatures
from essgeo.atlas import Atlas, Resolved
from essgeo.figures.assets import Assets, served
from essgeo.figures.classes import Classes, quantiles
from essgeo.figures.map import (
    BASEMAPS,
    RETURNED_OBJECTS,
    BaseMap,
    Bounds,
    Layer,
    MapState,
    Measure,
    read_click,
    view_bounds,
    views,
)
from essgeo.figures.static_layers import Layers, drawable, write_layers
from essgeo.secrecy import drawn, publishable
from essgeo.selection import TERRITORIES, Selection
from essgeo.settings import BAND_M, ROOT
from essgeo.ui import state
from essgeo.ui.caching import by_atlas
from essgeo.ui.loading import by_axis
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

#: Value of ``vue.fond`` -> what people read.
BACKGROUNDS = {"": "Sans fond de carte"} | {
    key: f"{basemap.label} (par le réseau)" for key, basemap in BASEMAPS.items()
}

#: Room around a chosen neighbourhood and around an establishment, degrees (about 3 and 1 km).
_AROUND_QUARTIER = 0.03
_AROUND_POINT = 0.008

_HEIGHT = 560


@dataclass(frozen=True)
class Kit:
    """What the map needs of a data folder, made once.

    Parameters
    ----------
    assets, layers
        Scripts and static layers, as published.
    places
        Generation -> position of its outlines among all those of the folder.
    bounds
        shape (outlines of the folder, 4): degrees.
    largest
        (generation, indicator) -> largest figure of the default selection.
    classes
        Generation -> classes of the rate, on the default selection.
    """

    assets: Assets
    layers: Layers
    places: Mapping[str, npt.NDArray[np.intp]]
    bounds: npt.NDArray[np.float64]
    largest: Mapping[tuple[str, str], float]
    classes: Mapping[str, Classes | None]


def kit(atlas: Atlas) -> Kit:
    """Return what the map needs of a data folder."""
    return _kit(atlas)


@by_atlas(max_entries=2, show_spinner="Préparation de la carte…")
def _kit(_atlas: Atlas, fingerprint: str) -> Kit:
    static = ROOT / "static"
    folder = _atlas.folder
    places, largest, classes = {}, {}, {}
    points = _atlas.points
    for name, generation in _atlas.generations.items():
        places[name] = np.flatnonzero((folder.quartiers["generation"] == name).to_numpy())
        found = by_axis(_atlas, Selection(generation=(name,)), "quartier")
        largest[name, "etablissements"] = float(np.nan_to_num(found["etablissements"]).max())
        largest[name, "taux"] = largest[name, "etablissements"]
        largest[name, "emplois"] = float(np.nan_to_num(found["effectif_estime"]).max())
        rates = found["etablissements_1000hab"].to_numpy(np.float64)
        classes[name] = quantiles(rates, 5, 1)
        suffix = "" if generation is _atlas.newest else f"_{name}"
        points = points.assign(
            **{
                f"{column}{suffix}": generation.joined[column]
                for column in ("code_qp", "rattachement", "distance_m")
            }
        )
    layers = write_layers(
        static,
        folder.quartiers,
        points,
        drawable(points, drawn(_atlas)),
        fingerprint=fingerprint,
        departements=_background(folder.contours_departements, "lib_dep"),
        regions=_background(folder.contours_regions, "lib_reg"),
        sectors=nomenclatures.labels("secteur"),
        sizes=nomenclatures.labels("taille"),
    )
    return Kit(
        assets=served(static),
        layers=layers,
        places=places,
        bounds=folder.quartiers.bounds.to_numpy(np.float64),
        largest=largest,
        classes=classes,
    )


def _background(frame: gpd.GeoDataFrame | None, label: str) -> gpd.GeoDataFrame:
    if frame is None:
        return gpd.GeoDataFrame({label: pd.Series(dtype="str")}, geometry=[], crs="EPSG:4326")
    return frame.rename(columns={"libelle": label})


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
    found = kit(atlas)
    payload = map_state(atlas, resolved, found).payload(found.layers)
    st_folium(
        BaseMap(found.assets, found.layers, atlas.manifest.nature),
        key=MAP,
        height=_HEIGHT,
        use_container_width=True,
        returned_objects=RETURNED_OBJECTS,
        feature_group_to_add=Layer(payload),
        on_change=lambda: follow(atlas, found.layers),
    )


def map_state(atlas: Atlas, resolved: Resolved, kit: Kit) -> MapState:
    """Say what the map shows of a selection.

    Circles of the neighbourhoods left out by a click on one of them keep their place: the map
    shows the whole territory, and which one is chosen.
    """
    selection, generation = resolved.selection, resolved.generation
    around = selection.without("quartier")
    table = by_axis(atlas, around, "quartier").set_index("code")
    table = table.reindex(generation.quartiers["code_qp"])
    places = kit.places[generation.name]
    size = len(kit.layers.codes)

    def whole(values: pd.Series) -> npt.NDArray[np.float64]:
        out = np.full(size, np.nan)
        out[places] = values.to_numpy(np.float64)
        return out

    states = np.full(size, "absent", dtype="<U14")
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
    if any(resolved.selection.get(key) for key in TERRITORIES) and resolved.quartiers.any():
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
