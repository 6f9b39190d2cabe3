"""Maps for print: circles over the country or a region, outlines and points of a town.

Every frame is a plane tangent at its middle, in metres (WGS84): true enough for what one sheet
shows, and its scale bar is that of its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon
from matplotlib.path import Path as Outline

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.classes import steps
from essgeo.figures.map import STATE_LABELS, Bounds, view_bounds, views
from essgeo.figures.print.keys import Key, Sign, draw_keys, keys_lines
from essgeo.figures.print.paper import (
    BODY,
    COLOURS,
    DRAWING,
    MARGIN,
    SMALL,
    TITLE,
    Format,
    Paper,
    clean,
    enlarged,
    foot_height,
    line_height,
    text_width,
    wrap,
)
from essgeo.figures.static_layers import drawable
from essgeo.figures.views import MapView
from essgeo.indicators import summary
from essgeo.indicators.sheet import around
from essgeo.join.surfaces import metres_per_degree
from essgeo.manifest import Nature
from essgeo.secrecy import drawn
from essgeo.selection import Selection
from essgeo.settings import BAND_M
from essgeo.text import NBSP, number

Floats = npt.NDArray[np.float64]

#: Height of the picture's map over its width.
_SHAPE = {"france": 0.86, "zone": 0.72, "quartier": 0.72}

#: Widest extent, metres, at which outlines can still be seen.
CLOSE_M = 45_000.0

#: Radius of the largest circle, centimetres, by kind of map.
_LARGEST = {"france": 0.62, "zone": 0.75}

#: Width of the column of overseas frames, and their number in it, centimetres.
_INSET, _INSETS = 2.75, 7

#: Fill and edge of a circle: one that counts, and one that is empty or not known.
_FACES = {False: to_rgba(COLOURS["effectif"], 0.85), True: to_rgba(COLOURS["papier"])}
_EDGES = {False: COLOURS["contour"], True: COLOURS["hachure"]}

#: State of a neighbourhood that has no figure -> its sign, told apart in grey print too.
_SIGNS: dict[str, Sign] = {"sans_donnee": "|", "secret": "x", "hors_champ": "_"}

#: Neighbourhoods named on a map of outlines at most.
_NAMED = 15


@dataclass(frozen=True)
class _Plane:
    """A plane in metres around a middle."""

    lon: float
    lat: float

    def metres(self, xy: Floats) -> Floats:
        """Turn degrees into metres, shape (points, 2)."""
        east, north = metres_per_degree(np.array([self.lat]))
        out: Floats = (xy - (self.lon, self.lat)) * (east[0], north[0])
        return out

    def shapes(self, geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """Turn outlines in degrees into outlines in metres."""
        out: npt.NDArray[np.object_] = shapely.transform(geometries, self.metres)
        return out


@dataclass(frozen=True)
class _Scene:
    """What is drawn, and on what."""

    atlas: Atlas
    resolved: Resolved
    view: MapView
    table: pd.DataFrame

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """Outlines of the generation."""
        return self.resolved.generation.quartiers


def map_bytes(
    atlas: Atlas,
    view: MapView,
    *,
    source: str,
    nature: Nature,
    fmt: Format,
    width_cm: float = 16.0,
    titled: bool = False,
) -> bytes:
    """Draw a map for print.

    Parameters
    ----------
    atlas
        Data folder opened.
    view
        What is shown.
    source, nature, fmt, width_cm, titled
        See :func:`essgeo.figures.print.chart_bytes`.

    Raises
    ------
    ValueError
        Narrower than 8 cm.
    """
    width, scale = enlarged(width_cm)
    resolved = atlas.resolve(view.selection)
    table = summary(atlas, resolved.selection, ("quartier",)).set_index("code")
    scene = _Scene(atlas, resolved, view, table)
    with DRAWING:
        room = width - 2 * MARGIN
        title = wrap(view.title, room, TITLE, bold=True, most=3) if titled else []
        above = MARGIN + len(title) * line_height(TITLE) + 0.12 * bool(title)
        kind, bounds = _framed(scene)
        height = _SHAPE[view.kind] * room
        keys = keys_lines(_keys(scene, kind), room)
        below = 0.2 + 1.15 * line_height(SMALL) * len(keys) + 0.1
        paper = Paper(width, above + height + below + foot_height(source, nature, width))
        paper.write(MARGIN, MARGIN, title, size=TITLE, bold=True)
        inset = _INSET + 0.15 if kind == "france" else 0.0
        main = _panel(paper, MARGIN + inset, above, room - inset, height, bounds)
        if kind == "proche":
            _near(scene, main)
        elif kind == "contours":
            _outlined(scene, paper, main)
        else:
            _circles(scene, main)
        if kind == "france":
            _overseas(scene, paper, above, height)
        if kind in ("france", "cercles"):
            _steps(scene, paper, main)
        _scale(paper, main)
        _north(paper, main)
        paper.mark(nature, MARGIN, above, room, height)
        draw_keys(paper, keys, MARGIN, above + height + 0.2)
        paper.foot(above + height + below, source, nature)
        return paper.to_bytes(fmt, scale=scale, title=view.title or "Carte", alt=view.alt)


# --- frames -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Panel:
    """A frame of the sheet: its axes in metres, and where it stands in centimetres."""

    axes: Axes
    plane: _Plane
    left: float
    top: float
    width: float
    height: float
    #: Metres in a centimetre.
    per_cm: float
    #: What it shows, degrees.
    bounds: Bounds

    def cm(self, xy: Floats) -> Floats:
        """Turn metres of the plane into centimetres of the sheet."""
        left, right = self.axes.get_xlim()
        bottom, top = self.axes.get_ylim()
        out: Floats = np.column_stack(
            [
                self.left + (xy[:, 0] - left) / (right - left) * self.width,
                self.top + (top - xy[:, 1]) / (top - bottom) * self.height,
            ]
        )
        return out


def _framed(scene: _Scene) -> tuple[str, Bounds]:
    """Choose how the selection is drawn, and what the frame holds."""
    hexagon = view_bounds(views()[0])
    if scene.view.kind == "france":
        return "france", hexagon
    frame = scene.frame
    chosen = scene.resolved.quartiers
    if scene.view.quartiers:
        chosen = frame["code_qp"].isin(scene.view.quartiers).to_numpy()
    if not chosen.any():
        return "france", hexagon
    west, south, east, north = (float(side) for side in frame[chosen].total_bounds)
    per_east, per_north = metres_per_degree(np.array([(south + north) / 2]))
    extent = max((east - west) * per_east[0], (north - south) * per_north[0])
    if extent > 1_500_000:
        # Territories an ocean apart: the country and its frames overseas show them all.
        return "france", hexagon
    margin = BAND_M * 1.25 if scene.view.kind == "quartier" else max(0.06 * extent, 400.0)
    aside = margin / per_east[0], margin / per_north[0]
    bounds = (west - aside[0], south - aside[1], east + aside[0], north + aside[1])
    if scene.view.kind == "quartier":
        return "proche", bounds
    # Without points, outlines alone would say nothing of a source under secrecy.
    close = extent <= CLOSE_M and not scene.atlas.manifest.secret
    return ("contours" if close else "cercles"), bounds


def _panel(
    paper: Paper, left: float, top: float, width: float, height: float, bounds: Bounds
) -> _Panel:
    """Make a frame that holds these bounds, and draw its sea."""
    west, south, east, north = bounds
    plane = _Plane((west + east) / 2, (south + north) / 2)
    (x0, y0), (x1, y1) = plane.metres(np.array([[west, south], [east, north]]))
    per_cm = max((x1 - x0) / width, (y1 - y0) / height)
    half = per_cm * width / 2, per_cm * height / 2
    axes = paper.panel(left, top, width, height)
    axes.set_xlim(-half[0], half[0])
    axes.set_ylim(-half[1], half[1])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(COLOURS["mer"])
    for spine in axes.spines.values():
        spine.set_color(COLOURS["trait_region"])
        spine.set_linewidth(0.6)
    per_east, per_north = metres_per_degree(np.array([plane.lat]))
    shown = (
        plane.lon - half[0] / per_east[0], plane.lat - half[1] / per_north[0],
        plane.lon + half[0] / per_east[0], plane.lat + half[1] / per_north[0],
    )  # fmt: skip
    return _Panel(axes, plane, left, top, width, height, per_cm, shown)


def _polygons(panel: _Panel, geometries: npt.NDArray[np.object_], **style: Any) -> None:
    """Draw outlines in degrees, holes and all."""
    _shapes(panel, panel.plane.shapes(geometries), **style)


def _shapes(panel: _Panel, geometries: npt.NDArray[np.object_], **style: Any) -> None:
    """Draw outlines in metres of the plane, holes and all."""
    paths = [
        Outline.make_compound_path(
            *(
                Outline(shapely.get_coordinates(ring), closed=True)
                for part in shapely.get_parts(geometry)
                for ring in (part.exterior, *part.interiors)
            )
        )
        for geometry in geometries
        if not geometry.is_empty
    ]
    panel.axes.add_collection(PathCollection(paths, **style))


def _within(frame: gpd.GeoDataFrame, bounds: Bounds) -> npt.NDArray[np.bool_]:
    """Say which outlines meet the frame."""
    found: npt.NDArray[np.bool_] = shapely.intersects(
        frame.geometry.to_numpy(), shapely.box(*bounds)
    )
    return found


def _land(scene: _Scene, panel: _Panel) -> None:
    """Draw départements and regions behind."""
    folder = scene.atlas.folder
    for outlines, face, edge, line in (
        (folder.contours_departements, COLOURS["terre"], COLOURS["trait_departement"], 0.4),
        (folder.contours_regions, "none", COLOURS["trait_region"], 0.7),
    ):
        if outlines is None:
            continue
        kept = outlines.geometry.to_numpy()[_within(outlines, panel.bounds)]
        _polygons(panel, kept, facecolor=face, edgecolor=edge, linewidth=line, zorder=1)


# --- circles ------------------------------------------------------------------------------------


def _most(scene: _Scene) -> float:
    """Return the largest count of the whole data: sizes keep their meaning from map to map."""
    whole = Selection(generation=scene.resolved.selection.generation)
    found = summary(scene.atlas, whole, ("quartier",))["etablissements"].to_numpy(np.float64)
    return float(np.nanmax(found, initial=1.0))


def _radius(scene: _Scene, count: Floats, kind: str) -> Floats:
    """Return radii in centimetres: surfaces are as counts."""
    out: Floats = _LARGEST[kind] * np.sqrt(count / _most(scene))
    return out


def _circles(scene: _Scene, panel: _Panel) -> None:
    """Draw a circle a neighbourhood: its surface is as its establishments."""
    _land(scene, panel)
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    frame = scene.frame
    chosen = np.flatnonzero(scene.resolved.quartiers & _within(frame, panel.bounds))
    centres = panel.plane.metres(
        shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()[chosen]))
    )
    codes = frame["code_qp"].to_numpy()[chosen]
    found = scene.table.reindex(codes)
    states = found["etat"].fillna("ok").to_numpy()
    count = found["etablissements"].fillna(0).to_numpy(np.float64)
    radius = _radius(scene, count, kind)
    masked = np.isin(states, list(_SIGNS))
    small = masked | (count == 0)
    size = np.where(small, 0.07, np.maximum(radius, 0.04))
    # The large ones first: the small ones stay visible over them.
    order = np.argsort(-size, kind="stable")
    rows = order[~masked[order]]
    if len(rows):
        panel.axes.add_collection(
            EllipseCollection(
                *(2 * panel.per_cm * size[rows],) * 2,
                np.zeros(len(rows)),
                units="xy",
                offsets=centres[rows],
                offset_transform=panel.axes.transData,
                facecolors=[_FACES[bool(one)] for one in small[rows]],
                edgecolors=[_EDGES[bool(one)] for one in small[rows]],
                linewidths=0.4,
                zorder=3,
            )
        )
    for state, sign in _SIGNS.items():
        there = centres[states == state]
        panel.axes.plot(
            there[:, 0],
            there[:, 1],
            linestyle="none",
            marker=sign,
            markersize=4,
            markeredgecolor=COLOURS["hachure"],
            markeredgewidth=0.8,
            zorder=2,
        )


def _overseas(scene: _Scene, paper: Paper, top: float, height: float) -> None:
    """Draw the frames overseas, each at its own scale and with its name."""
    each = (height + 0.1) / _INSETS
    for place, view in enumerate(views()[1:]):
        at = top + place * each
        name = line_height(SMALL)
        said = f"{view['court']} {view['titre'].partition(' (')[0]}"
        paper.write(MARGIN, at, wrap(said, _INSET, SMALL, most=1), size=SMALL)
        panel = _panel(paper, MARGIN, at + name, _INSET, each - name - 0.1, view_bounds(view))
        _circles(scene, panel)


def _steps(scene: _Scene, paper: Paper, panel: _Panel) -> None:
    """Draw the legend of circles in the lower left corner of the frame."""
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    shown = steps(_most(scene))[-1:-8:-3][::-1]
    radii = _radius(scene, np.array(shown), kind)
    base = panel.top + panel.height - 0.25
    x = panel.left + 0.25 + radii[-1]
    ink = COLOURS["texte"]
    for step, radius in zip(shown, radii.tolist(), strict=True):
        paper.axes.add_patch(
            Circle((x, base - radius), radius, facecolor="none", edgecolor=ink, linewidth=0.6)
        )
        level, end = base - 2 * radius, x + radii[-1] + 0.15
        paper.axes.plot([x, end], [level, level], color=ink, linewidth=0.4)
        paper.write(end + 0.05, level - line_height(SMALL) / 2, [number(step)], size=SMALL)


# --- outlines -----------------------------------------------------------------------------------


def _shown_points(scene: _Scene, rows: npt.NDArray[np.intp], panel: _Panel) -> Floats:
    """Return the positions in metres of the establishments that may be drawn."""
    points = scene.atlas.points
    may = drawable(points, drawn(scene.atlas))[rows]
    kept = points.iloc[rows[may]]
    return panel.plane.metres(kept[["longitude", "latitude"]].to_numpy(np.float64).reshape(-1, 2))


def _dots(panel: _Panel, xy: Floats, *, near: bool) -> None:
    panel.axes.plot(
        xy[:, 0],
        xy[:, 1],
        linestyle="none",
        marker="o",
        markersize=3.4 if near else 4.4,
        markerfacecolor=COLOURS["papier"] if near else COLOURS["point"],
        markeredgecolor=COLOURS["point"] if near else COLOURS["point_contour"],
        markeredgewidth=0.8 if near else 0.5,
        zorder=5,
    )


def _others(scene: _Scene, panel: _Panel, chosen: npt.NDArray[np.bool_]) -> None:
    """Draw the neighbourhoods of the frame that are not looked at."""
    kept = _within(scene.frame, panel.bounds) & ~chosen
    _polygons(
        panel, scene.frame.geometry.to_numpy()[kept],
        facecolor="none", edgecolor=COLOURS["hors_selection"], linewidth=0.8,
        linestyle="--", zorder=2,
    )  # fmt: skip


def _outlined(scene: _Scene, paper: Paper, panel: _Panel) -> None:
    """Draw the neighbourhoods of a town, their establishments, and their names."""
    _land(scene, panel)
    chosen = scene.resolved.quartiers
    _others(scene, panel, chosen)
    areas = scene.frame.geometry.to_numpy()[chosen]
    _polygons(
        panel, areas, facecolor=COLOURS["fond_quartier"], edgecolor=COLOURS["trait_quartier"],
        linewidth=1.0, zorder=3,
    )  # fmt: skip
    _dots(panel, _shown_points(scene, np.flatnonzero(scene.resolved.mask), panel), near=False)
    _names(scene, paper, panel, chosen)


def _near(scene: _Scene, panel: _Panel) -> None:
    """Draw one neighbourhood, the band around it, and what is in both."""
    _land(scene, panel)
    codes = scene.view.quartiers or tuple(
        scene.frame["code_qp"].to_numpy()[scene.resolved.quartiers]
    )
    chosen = scene.frame["code_qp"].isin(codes).to_numpy()
    outlines = scene.frame.geometry.to_numpy()[chosen]
    inner = shapely.union_all(panel.plane.shapes(outlines))
    band = shapely.difference(shapely.buffer(inner, BAND_M), inner)
    edge = COLOURS["trait_quartier"]
    look = {"edgecolor": edge, "linewidth": 0.7, "linestyle": "--", "zorder": 2}
    _shapes(panel, np.array([band]), facecolor=COLOURS["bande"], **look)
    _others(scene, panel, chosen)
    face = COLOURS["fond_quartier"]
    _polygons(panel, outlines, facecolor=face, edgecolor=edge, linewidth=1.2, zorder=3)
    if scene.atlas.manifest.secret:
        return
    near = [around(scene.atlas, scene.resolved.selection, code).rows for code in codes]
    inside = np.flatnonzero(scene.resolved.mask)
    rows = np.setdiff1d(np.concatenate([*near, inside[:0]]), inside)
    _dots(panel, _shown_points(scene, rows, panel), near=True)
    _dots(panel, _shown_points(scene, inside, panel), near=False)


def _names(scene: _Scene, paper: Paper, panel: _Panel, chosen: npt.NDArray[np.bool_]) -> None:
    """Write the names of neighbourhoods where they do not cover each other."""
    rows = np.flatnonzero(chosen)
    if len(rows) > _NAMED:
        return
    areas = panel.plane.shapes(scene.frame.geometry.to_numpy()[rows])
    taken: list[tuple[float, float, float, float]] = []
    labels = scene.frame["lib_qp"].to_numpy()[rows]
    for place in np.argsort(-shapely.area(areas), kind="stable").tolist():
        text = clean(str(labels[place]))[:40]
        west, _, east, north = shapely.bounds(areas[place])
        ((x, y),) = panel.cm(np.array([[(west + east) / 2, north]]))
        half, tall = text_width(text, SMALL) / 2 + 0.05, line_height(SMALL)
        box = (x - half, y - tall, x + half, y)
        held = box[0] > panel.left and box[2] < panel.left + panel.width and box[1] > panel.top
        if not text or not held or any(_meet(box, one) for one in taken):
            continue
        taken.append(box)
        # A ground behind the letters: an outline around them would make them shapes, not text.
        paper.axes.text(
            x,
            y - tall / 2,
            text,
            fontsize=SMALL,
            color=COLOURS["texte"],
            ha="center",
            va="center_baseline",
            bbox={"facecolor": COLOURS["terre"], "edgecolor": "none", "alpha": 0.75, "pad": 0.8},
        )


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# --- scale, north, legend -----------------------------------------------------------------------


def _scale(paper: Paper, panel: _Panel) -> None:
    """Draw a scale bar of a round length, about a fifth of the frame."""
    wanted = panel.width / 5 * panel.per_cm
    power = 10 ** math.floor(math.log10(wanted))
    length = max(one * power for one in (1, 2, 5) if one * power <= wanted)
    size = length / panel.per_cm
    right, y = panel.left + panel.width - 0.3, panel.top + panel.height - 0.3
    paper.axes.plot(
        [right - size, right - size, right, right], [y - 0.1, y, y, y - 0.1],
        color=COLOURS["texte"], linewidth=0.9,
    )  # fmt: skip
    said = f"{number(length / 1000)}{NBSP}km" if length >= 1000 else f"{number(length)}{NBSP}m"
    paper.write(right - size / 2, y - 0.15 - line_height(SMALL), [said], size=SMALL, align="center")


def _north(paper: Paper, panel: _Panel) -> None:
    """Draw an arrow to the north, in the upper right corner."""
    x, y = panel.left + panel.width - 0.4, panel.top + 0.25
    arrow = [(x, y), (x - 0.14, y + 0.5), (x, y + 0.38), (x + 0.14, y + 0.5)]
    paper.axes.add_patch(Polygon(arrow, facecolor=COLOURS["texte"], edgecolor="none"))
    paper.write(x, y + 0.5, ["N"], size=BODY, bold=True, align="center")


def _keys(scene: _Scene, kind: str) -> list[Key]:
    """Return what the signs of a map are, those that it shows only."""
    employers = scene.atlas.knows_employment and scene.resolved.selection.employeurs == ("oui",)
    whom = "Établissements employeurs" if employers else "Établissements"
    ink, edge = COLOURS["point"], COLOURS["trait_quartier"]
    if kind in ("proche", "contours"):
        pointed, close = not scene.atlas.manifest.secret, kind == "proche"
        inside = Key(whom, "o", ink, COLOURS["point_contour"], size=5.5)
        band = Key(f"À moins de {number(BAND_M)}{NBSP}m", face=COLOURS["bande"], edge=edge)
        near = Key("Autour, ou dans un autre quartier", "o", COLOURS["papier"], ink, size=4.5)
        return [
            Key("Quartier prioritaire", face=COLOURS["fond_quartier"], edge=edge),
            *[inside] * pointed,
            *[band] * close,
            *[near] * (pointed and close),
            Key("Autre quartier", edge=COLOURS["hors_selection"], dashes="--"),
        ]
    here = scene.table.reindex(scene.frame["code_qp"].to_numpy()[scene.resolved.quartiers])
    full, empty = COLOURS["effectif"], COLOURS["papier"]
    return [
        Key(f"{whom} (surface du cercle)", "o", full, COLOURS["contour"], size=8),
        Key("aucun", "o", empty, COLOURS["hachure"], size=4),
        *(
            Key(STATE_LABELS[state], sign, size=5)
            for state, sign in _SIGNS.items()
            if (here["etat"] == state).any()
        ),
    ]
