"""Maps for print: circles over the country or a region, outlines and points of a town.

What they show is what the screen shows of the same selection, under the same rules of secrecy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from essgeo.atlas import Atlas
from essgeo.figures.map import STATE_LABELS, Bounds, view_bounds, views
from essgeo.figures.palettes import sequence
from essgeo.figures.print.circles import (
    INSET,
    draw_circles,
    draw_crown,
    draw_overseas,
    draw_steps,
    name_communes,
)
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
from essgeo.figures.print.keys import Key, draw_keys, keys_lines
from essgeo.figures.print.labels import Box, Label, corners, write_labels
from essgeo.figures.print.paper import (
    COLOURS,
    DRAWING,
    MARGIN,
    SMALL,
    TITLE,
    Format,
    Paper,
    enlarged,
    foot_height,
    line_height,
    wrap,
)
from essgeo.figures.print.scene import SIGNS, Scene, land
from essgeo.figures.static_layers import drawable
from essgeo.figures.views import MapView
from essgeo.indicators import summary
from essgeo.indicators.sheet import around
from essgeo.join.surfaces import metres_per_degree
from essgeo.manifest import Nature
from essgeo.secrecy import drawn
from essgeo.selection import OWN_ZONES
from essgeo.settings import BAND_M
from essgeo.text import NBSP, NNBSP, number

#: Height of the picture's map over its width.
_SHAPE = {"france": 0.86, "zone": 0.72, "quartier": 0.72}

#: Widest extent, metres, at which outlines can still be seen.
CLOSE_M = 45_000.0


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
    scene = Scene(atlas, resolved, view, table)
    with DRAWING:
        room = width - 2 * MARGIN
        title = wrap(view.title, room, TITLE, bold=True, most=3) if titled else []
        above = MARGIN + len(title) * line_height(TITLE) + 0.12 * bool(title)
        kind, bounds = _framed(scene)
        if kind == "france":
            # What cannot be framed otherwise is drawn as the country is.
            scene = replace(scene, view=replace(view, kind="france"))
        height = _SHAPE[scene.view.kind] * room
        keys = keys_lines(_keys(scene, kind), room)
        below = 0.2 + 1.15 * line_height(SMALL) * len(keys) + 0.1
        paper = Paper(width, above + height + below + foot_height(source, nature, width))
        paper.write(MARGIN, MARGIN, title, size=TITLE, bold=True)
        inset = INSET + 0.15 if kind == "france" else 0.0
        main = make_panel(paper, MARGIN + inset, above, room - inset, height, bounds)
        if kind == "proche":
            _near(scene, main)
        elif kind == "contours":
            _outlined(scene, paper, main)
        else:
            draw_circles(scene, main)
            if kind == "cercles":
                name_communes(scene, paper, main)
        if kind == "france":
            draw_overseas(scene, paper, above, height)
            draw_crown(scene, paper, main)
        if kind in ("france", "cercles"):
            draw_steps(scene, paper, main)
        scale_bar(paper, main)
        north(paper, main)
        paper.mark(nature, MARGIN, above, room, height)
        draw_keys(paper, keys, MARGIN, above + height + 0.2)
        paper.foot(above + height + below, source, nature)
        return paper.to_bytes(fmt, scale=scale, title=view.title or "Carte", alt=view.alt)


# --- frames -------------------------------------------------------------------------------------


def _framed(scene: Scene) -> tuple[str, Bounds]:
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


# --- outlines -----------------------------------------------------------------------------------


def _shown_points(scene: Scene, rows: npt.NDArray[np.intp], panel: Panel) -> Floats:
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


def _others(scene: Scene, panel: Panel, chosen: npt.NDArray[np.bool_]) -> None:
    """Draw the neighbourhoods of the frame that are not looked at."""
    kept = within(scene.frame, panel.bounds) & ~chosen
    polygons(
        panel, scene.frame.geometry.to_numpy()[kept],
        facecolor="none", edgecolor=COLOURS["hors_selection"], linewidth=0.8,
        linestyle="--", zorder=2,
    )  # fmt: skip


def _outlined(scene: Scene, paper: Paper, panel: Panel) -> None:
    """Draw the neighbourhoods of a town, their establishments, and their names."""
    land(scene, panel)
    chosen = scene.resolved.quartiers
    _others(scene, panel, chosen)
    areas = scene.frame.geometry.to_numpy()[chosen]
    edge = COLOURS["trait_quartier"]
    for face, alike in _fills(scene, chosen):
        polygons(panel, areas[alike], facecolor=face, edgecolor=edge, linewidth=1.0, zorder=3)
    sized = scene.column != "etablissements"
    if not sized:
        _dots(panel, _shown_points(scene, np.flatnonzero(scene.resolved.mask), panel), near=False)
    else:
        draw_circles(scene, panel)
        draw_steps(scene, paper, panel)
    placed = [_box(panel, area) for area in panel.plane.shapes(areas)]
    labels = [
        Label(str(name), box)
        for name, box in zip(scene.frame["lib_qp"].to_numpy()[chosen], placed, strict=True)
    ]
    labels.sort(key=lambda one: -(one.box[2] - one.box[0]) * (one.box[3] - one.box[1]))
    write_labels(paper, panel, labels, [*placed, *corners(panel, legend=sized)])


def _fills(
    scene: Scene, chosen: npt.NDArray[np.bool_]
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Go through the fills of outlines, and the outlines that have them."""
    found = scene.shown(scene.frame["code_qp"].to_numpy()[chosen])
    fills = np.full(len(found), COLOURS["fond_quartier"])
    if scene.classes is not None:
        place = scene.classes.place(found["rate"].fillna(0.0).to_numpy(np.float64))
        known = (found["etat"] == "ok").to_numpy()
        fills = np.where(known, np.array(sequence(scene.classes.count))[place], "none")
    for face in np.unique(fills).tolist():
        yield face, fills == face


def _box(panel: Panel, area: shapely.Geometry) -> Box:
    """Return the place on the sheet of a shape in metres."""
    west, south, east, north = shapely.bounds(area).tolist()
    (left, top), (right, bottom) = panel.cm(np.array([[west, north], [east, south]])).tolist()
    return left, top, right, bottom


def _near(scene: Scene, panel: Panel) -> None:
    """Draw one neighbourhood, the band around it, and what is in both."""
    land(scene, panel)
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


def _keys(scene: Scene, kind: str) -> list[Key]:
    """Return what the signs of a map are, those that it shows only."""
    employers = scene.atlas.knows_employment and scene.resolved.selection.employeurs == ("oui",)
    whom = "Établissements employeurs" if employers else "Établissements"
    ink, edge = COLOURS["point"], COLOURS["trait_quartier"]
    own = scene.resolved.generation.name == OWN_ZONES
    other = Key(
        "Autre zone" if own else "Autre quartier", edge=COLOURS["hors_selection"], dashes="--"
    )
    counted = kind == "contours" and scene.column == "etablissements"
    if counted or kind == "proche":
        pointed, close = not scene.atlas.manifest.secret, kind == "proche"
        inside = Key(whom, "o", ink, COLOURS["point_contour"], size=5.5)
        band = Key(f"À moins de {number(BAND_M)}{NBSP}m", face=COLOURS["bande"], edge=edge)
        this = Key(
            "Votre zone" if own else "Quartier prioritaire",
            face=COLOURS["fond_quartier"],
            edge=edge,
        )
        around = f"Autour, ou dans un{'e' if own else ''} {other.words.lower()}"
        near = Key(around, "o", COLOURS["papier"], ink, size=4.5)
        return [
            *([this] if close or scene.classes is None else _classed(scene, whom)),
            *[inside] * pointed,
            *[band] * close,
            *[near] * (pointed and close),
            other,
        ]
    here = scene.shown(scene.frame["code_qp"].to_numpy()[scene.resolved.quartiers])
    states = here["etat"]
    none = bool((here["size"].eq(0) & ~states.isin(list(SIGNS))).any())
    what = {"emplois": "Emplois situés là, estimation", "habitants": "Habitants"}
    said = f"{what.get(scene.view.indicator, whom)} (surface du cercle)"
    face = COLOURS["papier"] if scene.classes is not None else COLOURS["effectif"]
    rim = COLOURS["texte"] if scene.classes is not None else COLOURS["contour"]
    return [
        Key(said, "o", face, rim, size=8),
        *_classed(scene, whom),
        *[Key("aucun", "o", COLOURS["papier"], COLOURS["hachure"], size=3.5)] * none,
        *(
            Key(STATE_LABELS[state], sign, size=5)
            for state, sign in SIGNS.items()
            if (states == state).any()
        ),
        *[other] * (kind == "contours"),
    ]


def _classed(scene: Scene, whom: str) -> list[Key]:
    """Return the legend of colours, when they tell a rate."""
    if scene.classes is None:
        return []
    labels = scene.classes.labels()
    first = f"{whom} pour 1{NNBSP}000{NBSP}habitants{NBSP}: {labels[0]}"
    return [
        Key(words, face=colour, edge=COLOURS["hachure"])
        for words, colour in zip((first, *labels[1:]), sequence(scene.classes.count), strict=True)
    ]
