"""Circles: one a neighbourhood, whose surface is as what it counts, its colour as its rate."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Circle

from essgeo.figures.classes import steps
from essgeo.figures.map import Bounds, view_bounds, views
from essgeo.figures.palettes import sequence
from essgeo.figures.print.frames import Floats, Panel, make_panel, within
from essgeo.figures.print.labels import Label, corners, write_labels
from essgeo.figures.print.paper import COLOURS, MARGIN, POINTS_CM, SMALL, Paper, line_height, wrap
from essgeo.figures.print.scene import SIGNS, Scene, land
from essgeo.text import number

#: Radius of the largest circle, centimetres, by kind of map.
_LARGEST = {"france": 0.62, "zone": 0.75}

#: Width of the column of overseas frames, and their number in it, centimetres.
INSET, _INSETS = 2.75, 7

#: Fill of a circle that counts, and edges by fill: that of an empty one is told apart.
_FULL = to_hex(to_rgba(COLOURS["effectif"], 0.85), keep_alpha=True)
_EDGES = defaultdict(lambda: COLOURS["contour"], {COLOURS["papier"]: COLOURS["hachure"]})

#: Paris and the départements that touch it, and the height of their frame, centimetres.
_CROWN, _CROWN_HEIGHT = ("75", "92", "93", "94"), 2.3

#: Communes named on a map of circles at most: the others would be small ones.
_NAMED = 12


def _radius(scene: Scene, count: Floats, kind: str) -> Floats:
    """Return radii in centimetres: surfaces are as counts."""
    out: Floats = _LARGEST[kind] * np.sqrt(count / scene.largest)
    return out


def _faces(scene: Scene, rate: Floats, small: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
    """Return the fill of each circle: paper for an empty one, its class where a rate is told."""
    inks = np.full(len(rate), _FULL)
    if scene.classes is not None:
        inks = np.array(sequence(scene.classes.count))[scene.classes.place(rate)]
    return np.where(small, COLOURS["papier"], inks)


def draw_circles(scene: Scene, panel: Panel) -> None:
    """Draw a circle a neighbourhood: its surface is as its figure."""
    land(scene, panel)
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    frame = scene.frame
    chosen = np.flatnonzero(scene.resolved.quartiers & within(frame, panel.bounds))
    centres = panel.plane.metres(
        shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()[chosen]))
    )
    codes = frame["code_qp"].to_numpy()[chosen]
    found = scene.shown(codes)
    states = found["etat"].to_numpy()
    count = found["size"].to_numpy(np.float64)
    radius = _radius(scene, count, kind)
    masked = np.isin(states, list(SIGNS))
    small = masked | (count == 0)
    size = np.where(small, 0.05, np.maximum(radius, 0.04))
    faces = _faces(scene, found["rate"].to_numpy(np.float64), small)
    # The large ones first: the small ones stay visible over them.
    for radius_cm in np.unique(size)[::-1].tolist():
        alike = ~masked & (size == radius_cm)
        for face in np.unique(faces[alike]).tolist():
            there = centres[alike & (faces == face)]
            # One mark written once and repeated: each its own would make a heavy SVG.
            panel.axes.plot(
                there[:, 0],
                there[:, 1],
                linestyle="none",
                marker="o",
                markersize=2 * radius_cm * POINTS_CM,
                markerfacecolor=face,
                markeredgecolor=_EDGES[face],
                markeredgewidth=0.4,
                zorder=3,
            )
    for state, sign in SIGNS.items():
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


def name_communes(scene: Scene, paper: Paper, panel: Panel) -> None:
    """Name the communes that count the most, at the largest circle of each."""
    frame, chosen = scene.frame, np.flatnonzero(scene.resolved.quartiers)
    count = scene.shown(frame["code_qp"].to_numpy()[chosen])["size"]
    centres = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()[chosen]))
    placed = panel.cm(panel.plane.metres(centres))
    table = pd.DataFrame(placed, columns=["x", "y"])
    table["count"] = count.to_numpy(np.float64)
    table["radius"] = np.maximum(_radius(scene, table["count"].to_numpy(), "zone"), 0.05)
    # Of several communes the first: a label is for finding one's way.
    table["code"] = [scene.resolved.generation.commune_of[row][:1] for row in chosen]
    table["name"] = [
        name if len(scene.resolved.generation.commune_of[row]) == 1 else re.split("[;,]", name)[0]
        for row, name in zip(chosen.tolist(), frame["lib_com"].to_numpy()[chosen], strict=True)
    ]
    # Of communes that count as much, or that secrecy hides, those that have more neighbourhoods.
    totals = table.groupby("code")["count"].agg(["sum", "size"])
    totals = totals.sort_values(["sum", "size"], ascending=False, kind="stable")
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


def draw_overseas(scene: Scene, paper: Paper, top: float, height: float) -> None:
    """Draw the frames overseas, each at its own scale and with its name."""
    each = (height + 0.1) / _INSETS
    for place, view in enumerate(views()[1:]):
        said = f"{view['court']} {view['titre'].partition(' (')[0]}"
        _aside(scene, paper, said, view_bounds(view), (MARGIN, top + place * each), each - 0.1)


def draw_crown(scene: Scene, paper: Paper, panel: Panel) -> None:
    """Draw Paris and what surrounds it apart, over the sea: circles cover each other there."""
    outlines = scene.atlas.folder.contours_departements
    found = None if outlines is None else outlines[outlines["code"].isin(_CROWN)]
    if found is None or not len(found):
        return
    west, south, east, north = (float(side) for side in found.total_bounds)
    if not (scene.resolved.quartiers & within(scene.frame, (west, south, east, north))).any():
        return
    at = panel.left + 0.15, panel.top + 0.05
    _aside(scene, paper, "Paris et autour", (west, south, east, north), at, _CROWN_HEIGHT)


def _aside(
    scene: Scene,
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
    lines = wrap(name, INSET, SMALL, most=2)
    top = paper.write(*at, lines, size=SMALL)
    draw_circles(scene, make_panel(paper, at[0], top, INSET, height - (top - at[1]), wider))


def draw_steps(scene: Scene, paper: Paper, panel: Panel) -> None:
    """Draw the legend of circles in the lower left corner of the frame."""
    kind = scene.view.kind if scene.view.kind in _LARGEST else "zone"
    shown = steps(scene.largest)[-1:-8:-3][::-1]
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
