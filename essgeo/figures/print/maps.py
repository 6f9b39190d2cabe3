"""Maps for print: circles over the country or a region, outlines and points of a town.

What they show is what the screen shows of the same selection, under the same rules of secrecy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.classes import steps
from essgeo.figures.map import STATE_LABELS, Bounds, view_bounds, views
from essgeo.figures.print.frames import (
    Floats,
    Panel,
    make_panel,
    north,
    polygons,
    scale_bar,
    shapes,
    within,
)
from essgeo.figures.print.keys import Key, Sign, draw_keys, keys_lines
from essgeo.figures.print.labels import Box, Label, corners, write_labels
from essgeo.figures.print.paper import (
    COLOURS,
    DRAWING,
    MARGIN,
    POINTS_CM,
    SMALL,
    TITLE,
    Format,
    Paper,
    enlarged,
    foot_height,
    line_height,
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

#: Paris and the départements that touch it, and the height of their frame, centimetres.
_CROWN, _CROWN_HEIGHT = ("75", "92", "93", "94"), 2.3

#: State of a neighbourhood that has no figure -> its sign, told apart in grey print too.
_SIGNS: dict[str, Sign] = {"sans_donnee": "|", "secret": "x", "hors_champ": "_"}

#: Details smaller than this many centimetres of paper are left out of the background.
_UNSEEN = 0.007

#: Communes named on a map of circles at most: the others would be small ones.
_NAMED = 12


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
        main = make_panel(paper, MARGIN + inset, above, room - inset, height, bounds)
        if kind == "proche":
            _near(scene, main)
        elif kind == "contours":
            _outlined(scene, paper, main)
        else:
            _circles(scene, main)
            if kind == "cercles":
                _communes(scene, paper, main)
        if kind == "france":
            _overseas(scene, paper, above, height)
            _crown(scene, paper, main)
        if kind in ("france", "cercles"):
            _steps(scene, paper, main)
        scale_bar(paper, main)
        north(paper, main)
        paper.mark(nature, MARGIN, above, room, height)
        draw_keys(paper, keys, MARGIN, above + height + 0.2)
        paper.foot(above + height + below, source, nature)
        return paper.to_bytes(fmt, scale=scale, title=view.title or "Carte", alt=view.alt)


# --- frames -------------------------------------------------------------------------------------


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


def _land(scene: _Scene, panel: Panel) -> None:
    """Draw départements and regions behind."""
    folder = scene.atlas.folder
    for outlines, face, edge, line in (
        (folder.contours_departements, COLOURS["terre"], COLOURS["trait_departement"], 0.4),
        (folder.contours_regions, "none", COLOURS["trait_region"], 0.7),
    ):
        if outlines is None:
            continue
        kept = panel.plane.shapes(outlines.geometry.to_numpy()[within(outlines, panel.bounds)])
        # What no printer shows would make a file of several megabytes.
        kept = shapely.simplify(kept, _UNSEEN * panel.per_cm)
        shapes(panel, kept, facecolor=face, edgecolor=edge, linewidth=line, zorder=1)


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


def _circles(scene: _Scene, panel: Panel) -> None:
    """Draw a circle a neighbourhood: its surface is as its establishments."""
    _land(scene, panel)
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    frame = scene.frame
    chosen = np.flatnonzero(scene.resolved.quartiers & within(frame, panel.bounds))
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
    size = np.where(small, 0.05, np.maximum(radius, 0.04))
    # The large ones first: the small ones stay visible over them.
    for radius_cm in np.unique(size)[::-1].tolist():
        for empty in (False, True):
            there = centres[~masked & (size == radius_cm) & (small == empty)]
            if not len(there):
                continue
            # One mark written once and repeated: each its own would make a heavy SVG.
            panel.axes.plot(
                there[:, 0],
                there[:, 1],
                linestyle="none",
                marker="o",
                markersize=2 * radius_cm * POINTS_CM,
                markerfacecolor=_FACES[empty],
                markeredgecolor=_EDGES[empty],
                markeredgewidth=0.4,
                zorder=3,
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


def _communes(scene: _Scene, paper: Paper, panel: Panel) -> None:
    """Name the communes that count the most, at the largest circle of each."""
    frame, chosen = scene.frame, np.flatnonzero(scene.resolved.quartiers)
    count = scene.table.reindex(frame["code_qp"].to_numpy()[chosen])["etablissements"]
    centres = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()[chosen]))
    placed = panel.cm(panel.plane.metres(centres))
    table = pd.DataFrame(placed, columns=["x", "y"])
    table["count"] = count.fillna(0).to_numpy(np.float64)
    table["radius"] = np.maximum(_radius(scene, table["count"].to_numpy(), "zone"), 0.05)
    # Of several communes the first: a label is for finding one's way.
    table["code"] = [scene.resolved.generation.commune_of[row][:1] for row in chosen]
    table["name"] = [
        name if len(scene.resolved.generation.commune_of[row]) == 1 else re.split("[;,]", name)[0]
        for row, name in zip(chosen.tolist(), frame["lib_com"].to_numpy()[chosen], strict=True)
    ]
    totals = table.groupby("code")["count"].sum().sort_values(ascending=False, kind="stable")
    table = table.sort_values("radius", ascending=False, kind="stable").drop_duplicates("code")
    largest = table.set_index("code")
    circles = {
        code: (one.x - one.radius, one.y - one.radius, one.x + one.radius, one.y + one.radius)
        for code, one in largest.iterrows()
    }
    labels = [
        Label(str(largest.loc[[code], "name"].iloc[0]), circles[code])
        for code in totals.index[:_NAMED]
    ]
    write_labels(paper, panel, labels, [*circles.values(), *corners(panel, legend=True)])


def _overseas(scene: _Scene, paper: Paper, top: float, height: float) -> None:
    """Draw the frames overseas, each at its own scale and with its name."""
    each = (height + 0.1) / _INSETS
    for place, view in enumerate(views()[1:]):
        said = f"{view['court']} {view['titre'].partition(' (')[0]}"
        _aside(scene, paper, said, view_bounds(view), (MARGIN, top + place * each), each - 0.1)


def _crown(scene: _Scene, paper: Paper, panel: Panel) -> None:
    """Draw Paris and what surrounds it apart, over the sea: circles cover each other there."""
    outlines = scene.atlas.folder.contours_departements
    found = None if outlines is None else outlines[outlines["code"].isin(_CROWN)]
    if found is None or not len(found):
        return
    west, south, east, north = (float(side) for side in found.total_bounds)
    at = panel.left + 0.15, panel.top + 0.05
    _aside(scene, paper, "Paris et autour", (west, south, east, north), at, _CROWN_HEIGHT)


def _aside(
    scene: _Scene,
    paper: Paper,
    name: str,
    bounds: Bounds,
    at: tuple[float, float],
    height: float,
) -> None:
    """Draw a small frame under its name."""
    west, south, east, north = bounds
    # A circle at the very shore must not be cut.
    margin = 0.06 * (east - west), 0.06 * (north - south)
    wider = (west - margin[0], south - margin[1], east + margin[0], north + margin[1])
    lines = wrap(name, _INSET, SMALL, most=2)
    top = paper.write(*at, lines, size=SMALL)
    _circles(scene, make_panel(paper, at[0], top, _INSET, height - (top - at[1]), wider))


def _steps(scene: _Scene, paper: Paper, panel: Panel) -> None:
    """Draw the legend of circles in the lower left corner of the frame."""
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    shown = steps(_most(scene))[-1:-8:-3][::-1]
    radii = _radius(scene, np.array(shown), kind)
    base = panel.top + panel.height - 0.25
    x = panel.left + 0.25 + radii[-1]
    ink = COLOURS["texte"]
    lowest = base
    for step, radius in zip(shown, radii.tolist(), strict=True):
        paper.axes.add_patch(
            Circle((x, base - radius), radius, facecolor="none", edgecolor=ink, linewidth=0.6)
        )
        level, end = base - 2 * radius, x + radii[-1] + 0.15
        # Small circles meet at their foot: their figures stand one over the other.
        written = min(level, lowest)
        lowest = written - 0.9 * line_height(SMALL)
        paper.axes.plot([x, end - 0.15, end], [level, written, written], color=ink, linewidth=0.4)
        paper.write(end + 0.05, written - line_height(SMALL) / 2, [number(step)], size=SMALL)


# --- outlines -----------------------------------------------------------------------------------


def _shown_points(scene: _Scene, rows: npt.NDArray[np.intp], panel: Panel) -> Floats:
    """Return the positions in metres of the establishments that may be drawn."""
    points = scene.atlas.points
    may = drawable(points, drawn(scene.atlas))[rows]
    kept = points.iloc[rows[may]]
    return panel.plane.metres(kept[["longitude", "latitude"]].to_numpy(np.float64).reshape(-1, 2))


def _dots(panel: Panel, xy: Floats, *, near: bool) -> None:
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


def _others(scene: _Scene, panel: Panel, chosen: npt.NDArray[np.bool_]) -> None:
    """Draw the neighbourhoods of the frame that are not looked at."""
    kept = within(scene.frame, panel.bounds) & ~chosen
    polygons(
        panel, scene.frame.geometry.to_numpy()[kept],
        facecolor="none", edgecolor=COLOURS["hors_selection"], linewidth=0.8,
        linestyle="--", zorder=2,
    )  # fmt: skip


def _outlined(scene: _Scene, paper: Paper, panel: Panel) -> None:
    """Draw the neighbourhoods of a town, their establishments, and their names."""
    _land(scene, panel)
    chosen = scene.resolved.quartiers
    _others(scene, panel, chosen)
    areas = scene.frame.geometry.to_numpy()[chosen]
    polygons(
        panel, areas, facecolor=COLOURS["fond_quartier"], edgecolor=COLOURS["trait_quartier"],
        linewidth=1.0, zorder=3,
    )  # fmt: skip
    _dots(panel, _shown_points(scene, np.flatnonzero(scene.resolved.mask), panel), near=False)
    placed = [_box(panel, area) for area in panel.plane.shapes(areas)]
    labels = [
        Label(str(name), box)
        for name, box in zip(scene.frame["lib_qp"].to_numpy()[chosen], placed, strict=True)
    ]
    labels.sort(key=lambda one: -(one.box[2] - one.box[0]) * (one.box[3] - one.box[1]))
    write_labels(paper, panel, labels, [*placed, *corners(panel, legend=False)])


def _box(panel: Panel, area: shapely.Geometry) -> Box:
    """Return the place on the sheet of a shape in metres."""
    west, south, east, north = shapely.bounds(area).tolist()
    (left, top), (right, bottom) = panel.cm(np.array([[west, north], [east, south]])).tolist()
    return left, top, right, bottom


def _near(scene: _Scene, panel: Panel) -> None:
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
    shapes(panel, np.array([band]), facecolor=COLOURS["bande"], **look)
    _others(scene, panel, chosen)
    face = COLOURS["fond_quartier"]
    polygons(panel, outlines, facecolor=face, edgecolor=edge, linewidth=1.2, zorder=3)
    if scene.atlas.manifest.secret:
        return
    near = [around(scene.atlas, scene.resolved.selection, code).rows for code in codes]
    inside = np.flatnonzero(scene.resolved.mask)
    rows = np.setdiff1d(np.concatenate([*near, inside[:0]]), inside)
    _dots(panel, _shown_points(scene, rows, panel), near=True)
    _dots(panel, _shown_points(scene, inside, panel), near=False)


# --- scale, north, legend -----------------------------------------------------------------------


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
    none = bool((here["etablissements"].eq(0) & ~here["etat"].isin(list(_SIGNS))).any())
    return [
        Key(f"{whom} (surface du cercle)", "o", full, COLOURS["contour"], size=8),
        *[Key("aucun", "o", empty, COLOURS["hachure"], size=3.5)] * none,
        *(
            Key(STATE_LABELS[state], sign, size=5)
            for state, sign in _SIGNS.items()
            if (here["etat"] == state).any()
        ),
    ]
