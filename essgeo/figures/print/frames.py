"""Frames of a map: a plane in metres, what is drawn in it, its scale and its north.

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
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Polygon
from matplotlib.path import Path as Outline

from essgeo.figures.map import Bounds
from essgeo.figures.print.paper import BODY, COLOURS, SMALL, Paper, line_height
from essgeo.join.surfaces import metres_per_degree
from essgeo.text import NBSP, number

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
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
class Panel:
    """A frame of the sheet: its axes in metres, and where it stands in centimetres."""

    axes: Axes
    plane: Plane
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


def make_panel(
    paper: Paper, left: float, top: float, width: float, height: float, bounds: Bounds
) -> Panel:
    """Make a frame that holds these bounds, and draw its sea."""
    west, south, east, north = bounds
    plane = Plane((west + east) / 2, (south + north) / 2)
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
    return Panel(axes, plane, left, top, width, height, per_cm, shown)


def polygons(panel: Panel, geometries: npt.NDArray[np.object_], **style: Any) -> None:
    """Draw outlines in degrees, holes and all."""
    shapes(panel, panel.plane.shapes(geometries), **style)


def shapes(panel: Panel, geometries: npt.NDArray[np.object_], **style: Any) -> None:
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


def within(frame: gpd.GeoDataFrame, bounds: Bounds) -> npt.NDArray[np.bool_]:
    """Say which outlines meet the frame."""
    found: npt.NDArray[np.bool_] = shapely.intersects(
        frame.geometry.to_numpy(), shapely.box(*bounds)
    )
    return found


def scale_bar(paper: Paper, panel: Panel) -> None:
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


def north(paper: Paper, panel: Panel) -> None:
    """Draw an arrow to the north, in the upper right corner."""
    x, y = panel.left + panel.width - 0.4, panel.top + 0.25
    arrow = [(x, y), (x - 0.14, y + 0.5), (x, y + 0.38), (x + 0.14, y + 0.5)]
    paper.axes.add_patch(Polygon(arrow, facecolor=COLOURS["texte"], edgecolor="none"))
    paper.write(x, y + 0.5, ["N"], size=BODY, bold=True, align="center")
