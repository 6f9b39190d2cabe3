"""Where a place is: the outlines of départements, one of them coloured."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
import shapely

from essgeo.figures.charts.frame import FONT, SIZE
from essgeo.figures.palettes import BASE, Theme
from essgeo.text import escape

#: Degrees: finer is not seen at this size, and is sent to each visitor.
_TOLERANCE = 0.03

#: Height of the picture in pixels.
_HEIGHT = 300

#: Mainland and Corsica, degrees; what lies elsewhere would make it a dot.
_HEXAGON = (-5.3, 41.2, 9.7, 51.2)


def locator(
    outlines: gpd.GeoDataFrame, code: str, name: str, *, theme: Theme = "clair"
) -> go.Figure:
    """Draw the départements of the hexagon, and fill one.

    Parameters
    ----------
    outlines
        ``code`` and ``geometry`` (WGS84 degrees).
    code, name
        Département to fill, and what is written on it (plain text).
    theme
        « clair » or « sombre ».

    Raises
    ------
    ValueError
        No outline has this code.
    """
    shapes = dict(zip(outlines["code"], outlines.geometry, strict=True))
    if code not in shapes:
        msg = f"contour inconnu : {code}"
        raise ValueError(msg)
    west, south, east, north = _HEXAGON
    kept = [one for one in shapes.values() if _within(one.bounds)]
    base = BASE[theme]
    figure = go.Figure()
    for found, colour, line in (
        (kept, base["terre"], base["trait_region"]),
        ([shapes[code]], base["choisi"], base["choisi"]),
    ):
        lon, lat = _path(found)
        figure.add_scatter(
            x=lon,
            y=lat,
            mode="lines",
            fill="toself",
            fillcolor=colour,
            line={"color": line, "width": 0.8},
            hoverinfo="skip",
            showlegend=False,
        )
    centre = shapes[code].representative_point()
    figure.add_annotation(
        x=centre.x,
        y=centre.y,
        text=f"<b>{escape(name)}</b>",
        # Towards the middle of the country, where there is room.
        ax=-70 if centre.x > (west + east) / 2 else 70,
        ay=30,
        font={"family": FONT, "size": SIZE, "color": base["texte"]},
        arrowcolor=base["texte"],
        bgcolor=base["papier"],
        borderpad=3,
    )
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor=base["papier"],
        plot_bgcolor=base["papier"],
        xaxis={**hidden, "range": [west, east]},
        # A degree of longitude is shorter than one of latitude.
        yaxis={
            **hidden,
            "range": [south, north],
            "scaleanchor": "x",
            "scaleratio": 1 / np.cos(np.radians((south + north) / 2)),
        },
        dragmode=False,
    )
    return figure


def _within(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = _HEXAGON
    return bounds[0] > west and bounds[1] > south and bounds[2] < east and bounds[3] < north


def _path(shapes: Sequence[shapely.Geometry]) -> tuple[list[float | None], list[float | None]]:
    """Return the outer rings of shapes as one line, lifted between them."""
    lon: list[float | None] = []
    lat: list[float | None] = []
    for part in shapely.get_parts(shapely.simplify(list(shapes), _TOLERANCE)):
        points = np.round(shapely.get_coordinates(part.exterior), 3)
        lon += [*points[:, 0].tolist(), None]
        lat += [*points[:, 1].tolist(), None]
    return lon, lat
