"""The map: a base that never changes, and a small layer for what a selection changes.

``st_folium`` makes the frame anew whenever the base map's script changes; so :class:`BaseMap`
depends on the data folder only, and everything else (figures, colours, selected places, view,
theme, tiles) travels in :class:`Layer`, handed to ``feature_group_to_add``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import folium
import numpy as np
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from numpy.typing import NDArray

from essgeo.figures.assets import Assets
from essgeo.figures.basemaps import BASEMAPS as BASEMAPS
from essgeo.figures.classes import Classes, steps
from essgeo.figures.mapwords import QUARTIERS as QUARTIERS
from essgeo.figures.mapwords import STATE_LABELS as STATE_LABELS
from essgeo.figures.mapwords import STATES as STATES
from essgeo.figures.mapwords import ZONES as ZONES
from essgeo.figures.palettes import MARKS, palette
from essgeo.figures.payload import members, numbers, to_script
from essgeo.figures.static_layers import Layers

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

#: What ``st_folium`` may return: nothing but clicks, so neither panning nor hovering reruns a page.
RETURNED_OBJECTS = ["last_active_drawing"]

TITLE = "Carte des quartiers prioritaires"


@dataclass(frozen=True)
class Measure:
    """A figure for each neighbourhood.

    Parameters
    ----------
    label
        Title in the legend.
    unit
        Noun after the number, singular and plural.
    values
        One a neighbourhood, in the order of the layers; NaN when there is none.
    decimals
        Decimals shown.
    low, high
        Bounds of an estimate, when it is one: they are shown with it.
    """

    label: str
    unit: tuple[str, str]
    values: Floats
    decimals: int = 0
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class InlinePoints:
    """Points that are in no data folder, such as an uploaded list."""

    lon: Floats
    lat: Floats
    names: Sequence[str]
    details: Sequence[str] = ()


@dataclass(frozen=True)
class MapState:
    """All that a selection changes on the map.

    Parameters
    ----------
    counts
        Count that circles show; their area is proportional to it.
    largest
        Count of the largest circle: that of the whole data, so that sizes keep their meaning.
    states
        State of each neighbourhood: « ok », or a key of :data:`STATES`.
    source
        Source and date, as written under the legend.
    rate, classes
        Rate that colours show, and its classes computed on the whole data; both or none.
    rows
        Selected establishments, a mask over the rows of the data folder; None draws none.
    bounds
        View to fit (west, south, east, north), degrees; the map moves only when they change.
    selected
        Position of the chosen neighbourhood, None when there is none.
    generation
        Generation whose attachments tooltips tell; "" for the newest.
    band
        Width in metres of the band shown around neighbourhoods; 0 for none.
    inline
        Points to draw besides.
    theme
        « auto » follows the page.
    basemap
        Key of :data:`BASEMAPS`, or "" for none.
    points_title, note
        Words in the legend over the points, and a line of caution.
    state_labels
        Words of states, over :data:`STATE_LABELS`.
    places
        Words of outlines: :data:`QUARTIERS` or :data:`ZONES`.
    pick
        Whether a click chooses a place (:func:`read_place`) rather than what lies there.
    """

    counts: Measure
    largest: float
    states: Sequence[str] | NDArray[Any]
    source: str
    rate: Measure | None = None
    classes: Classes | None = None
    rows: NDArray[np.bool_] | None = None
    bounds: Bounds | None = None
    selected: int | None = None
    generation: str = ""
    band: float = 0.0
    inline: InlinePoints | None = None
    theme: Literal["auto", "clair", "sombre"] = "auto"
    basemap: str = ""
    points_title: str = "Établissements"
    note: str = ""
    state_labels: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=lambda: QUARTIERS)
    pick: bool = False

    def payload(self, layers: Layers) -> dict[str, Any]:
        """Return what the browser needs, as plain lists and words.

        Parameters
        ----------
        layers
            The static layers that the browser has fetched.

        Raises
        ------
        ValueError
            A measure, the states or the mask do not have the length of the layers, a state is
            unknown, or ``rate`` comes without ``classes``.
        """
        self._check(layers)
        letters, present = self._letters()
        counts = self.counts
        labels = {**STATE_LABELS, **self.state_labels}
        content: dict[str, Any] = {
            "version": layers.version,
            "counts": numbers(counts.values, counts.decimals),
            "states": letters,
            "present": present,
            "selected": -1 if self.selected is None else self.selected,
            "bounds": None if self.bounds is None else [round(side, 4) for side in self.bounds],
            "points": self._points(layers),
            "generation": self.generation or max(layers.generations, default=""),
            "band": self.band,
            "theme": self.theme,
            "legend": {
                "size": {
                    "label": counts.label,
                    "unit": counts.unit,
                    "decimals": counts.decimals,
                    "largest": max(self.largest, 1.0),
                    "steps": numbers(np.asarray(steps(max(self.largest, 1.0))), 0),
                },
                "colour": None,
                "states": {state: labels[state] for state in STATE_LABELS},
                "source": self.source,
                "note": self.note,
                "points": self.points_title,
                "places": dict(self.places),
            },
        }
        if counts.low is not None and counts.high is not None:
            content["low"] = numbers(counts.low, counts.decimals)
            content["high"] = numbers(counts.high, counts.decimals)
        if self.rate is not None and self.classes is not None:
            content["values"] = numbers(self.rate.values, self.rate.decimals)
            content["legend"]["colour"] = {
                "label": self.rate.label,
                "unit": self.rate.unit,
                "decimals": self.rate.decimals,
                "labels": self.classes.labels(),
            }
        if self.inline is not None:
            content["inline"] = {
                "lon": np.round(self.inline.lon, 6).tolist(),
                "lat": np.round(self.inline.lat, 6).tolist(),
                "names": list(self.inline.names),
                "details": list(self.inline.details),
            }
        if self.pick:
            content["pick"] = True
        if self.basemap:
            chosen = BASEMAPS[self.basemap]
            content["basemap"] = {
                "url": chosen.url,
                "attribution": chosen.attribution,
                "maxNativeZoom": chosen.max_native_zoom,
            }
        return content

    def _check(self, layers: Layers) -> None:
        expected = len(layers.codes)
        given = {"counts": len(self.counts.values), "states": len(self.states)}
        if self.rate is not None:
            given["rate"] = len(self.rate.values)
        wrong = [f"{name} : {size}" for name, size in given.items() if size != expected]
        if wrong:
            msg = f"{expected} quartiers attendus ({', '.join(wrong)})"
            raise ValueError(msg)
        if self.rows is not None and len(self.rows) != len(layers.positions):
            msg = f"{len(layers.positions)} établissements attendus, pas {len(self.rows)}"
            raise ValueError(msg)
        if (self.rate is None) != (self.classes is None):
            msg = "un taux se dessine avec ses classes"
            raise ValueError(msg)

    def _letters(self) -> tuple[str, list[str]]:
        """Return one character a neighbourhood, and the states there are."""
        states = np.asarray(self.states, dtype=np.str_)
        known = np.isin(states, ["ok", *STATES])
        if not known.all():
            msg = f"état inconnu : {states[~known][0]}"
            raise ValueError(msg)
        # A figure that is not known is a state of its own, even where the caller did not say so.
        figure = (self.counts if self.rate is None else self.rate).values
        ok = states == "ok"
        lost = ok & (np.isnan(figure) | np.isnan(self.counts.values))
        states = np.where(lost, "sans_donnee", states)
        letters = np.full(len(states), "0", dtype="<U1")
        if self.rate is not None and self.classes is not None:
            letters = self.classes.place(self.rate.values).astype("<U1")
        for state, letter in STATES.items():
            letters[states == state] = letter
        present = [state for state in STATE_LABELS if (states == state).any()]
        return "".join(letters.tolist()), present

    def _points(self, layers: Layers) -> dict[str, Any]:
        if self.rows is None:
            return {"kind": "aucun"}
        positions = layers.positions[self.rows]
        return members(positions[positions >= 0], layers.total)


class _Start(MacroElement):
    """Starts our script once the base map exists."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Essgeo.start({{ this._parent.get_name() }}, {{ this.config }});
        {% endmacro %}
        """
    )

    def __init__(self, config: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it unannotated
        self._name = "EssgeoStart"
        self.config = config


class _Head(Element):
    """What the frame's head holds besides links: the map takes all of it."""

    _template = Template(
        "<style>html, body { width: 100%; height: 100%; margin: 0; padding: 0; }"
        "#map_div { position: relative; width: 100%; height: 100%; }</style>"
    )


class BaseMap(folium.Map):
    """The base map of a data folder: made anew at each run, always the same.

    Parameters
    ----------
    assets
        Where scripts, styles and data are.
    layers
        Static layers of the data folder.
    nature
        Nature of the figures (« simulation », « officiel », « mixte »): when they are not all
        official the picture says so, and nothing can take the words away.
    title
        Name of the frame, for screen readers.
    own
        Address of what a visitor's own data adds (``layers.own``), as seen from the frame.
    """

    def __init__(
        self, assets: Assets, layers: Layers, nature: str, title: str = TITLE, own: str = ""
    ) -> None:
        super().__init__(
            location=[46.6, 2.4],
            zoom_start=6,
            tiles=None,
            zoom_control=False,
            zoom_snap=0.25,
            min_zoom=3,
            max_zoom=18,
            wheel_px_per_zoom_level=90,
        )
        # On the instance: the class attributes belong to all maps of the process.
        self.default_js = list(assets.scripts)
        self.default_css = list(assets.styles)
        config = {
            "data": f"{assets.base}/{layers.folder}/",
            "own": own,
            "version": layers.version,
            "title": title,
            "mark": MARKS[nature],
            "views": [
                {"short": view["court"], "title": view["titre"], "bounds": view_bounds(view)}
                for view in views()
            ],
            "palettes": {"clair": palette("clair"), "sombre": palette("sombre")},
        }
        self.add_child(_Start(to_script(config)))

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        """Put in the figure what ``st_folium`` takes from it: the head of the frame.

        It reads links and script off the map itself; folium would compile them anew, twice a run.
        """
        cast("Figure", self.get_root()).header.add_child(_Head(), name="essgeo")
        return ""


class Layer(folium.FeatureGroup):
    """What a selection changes, for ``feature_group_to_add``. To be made anew at each run.

    Parameters
    ----------
    payload
        What :meth:`MapState.payload` returns.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.layerGroup();
        essgeo.update({{ this.payload }});
        {% endmacro %}
        """
    )

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__(name="essgeo")
        self.payload = to_script(payload)

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        """Put nothing in the figure: ``st_folium`` reads the script off the template itself."""
        return ""


@dataclass(frozen=True)
class Click:
    """What was clicked last.

    Parameters
    ----------
    stamp
        Milliseconds of the click: a new one means a new click, even on the same place.
    code_qp, quartier
        Code and position of a neighbourhood; "" and None when an establishment was clicked.
    row
        Row of an establishment in the data folder, None when a neighbourhood was clicked.
    """

    stamp: int
    code_qp: str = ""
    quartier: int | None = None
    row: int | None = None


def read_click(returned: Mapping[str, Any] | None, layers: Layers) -> Click | None:
    """Read what ``st_folium`` returned; None when nothing of these layers was clicked.

    Parameters
    ----------
    returned
        Value of ``st_folium(returned_objects=RETURNED_OBJECTS)``; it comes from a browser, and is
        believed only within the bounds of the layers.
    layers
        Static layers on the map.
    """
    drawing = (returned or {}).get("last_active_drawing")
    if not isinstance(drawing, dict) or not isinstance(drawing.get("properties"), dict):
        return None
    properties = cast("dict[str, Any]", drawing["properties"])
    stamp = _whole(properties.get("clic"), math.inf)
    if stamp is None:
        return None
    quartier = _whole(properties.get("quartier"), len(layers.codes))
    if quartier is not None and layers.codes[quartier] == properties.get("code_qp"):
        return Click(stamp, layers.codes[quartier], quartier)
    point = _whole(properties.get("point"), layers.total)
    if point is not None and layers.rows[point] >= 0:
        return Click(stamp, row=int(layers.rows[point]))
    return None


@dataclass(frozen=True)
class Picked:
    """The place that was clicked last on a map that asks for one.

    Parameters
    ----------
    stamp
        Milliseconds of the click.
    lon, lat
        Degrees.
    pixel
        Metres that a pixel of the screen was wide.
    """

    stamp: int
    lon: float
    lat: float
    pixel: float


def read_place(returned: Mapping[str, Any] | None) -> Picked | None:
    """Read the place that ``st_folium`` returned; None when there is none, or it makes no sense."""
    drawing = (returned or {}).get("last_active_drawing")
    if not isinstance(drawing, dict) or not isinstance(drawing.get("properties"), dict):
        return None
    properties = cast("dict[str, Any]", drawing["properties"])
    stamp = _whole(properties.get("clic"), math.inf)
    found = [properties.get(name) for name in ("lon", "lat", "pixel")]
    if stamp is None or not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        for value in found
    ):
        return None
    lon, lat, pixel = (float(cast("float", value)) for value in found)
    if not (abs(lon) <= 180 and abs(lat) <= 90 and pixel > 0):
        return None
    return Picked(stamp, lon, lat, pixel)


def _whole(value: object, limit: float) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit:
        return value
    return None


@cache
def views() -> tuple[Mapping[str, str], ...]:
    """Return the territories that one click reaches, in the order of the buttons."""
    with Path(__file__).with_name("views.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(MappingProxyType(row) for row in csv.DictReader(handle))


def view_bounds(view: Mapping[str, str]) -> Bounds:
    """Return the bounds of a view (west, south, east, north), degrees."""
    west, south, east, north = (float(view[side]) for side in ("ouest", "sud", "est", "nord"))
    return west, south, east, north
