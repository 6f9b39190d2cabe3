"""Two shares of the same things, and the gap between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from essgeo.figures.charts.frame import framed
from essgeo.figures.charts.rows import LEGEND, set_rows
from essgeo.figures.palettes import BASE, CATEGORIES, Theme
from essgeo.manifest import Nature
from essgeo.text import escape, percent

Floats = npt.NDArray[np.float64]


def gaps(
    labels: Sequence[str],
    first: Floats,
    second: Floats,
    *,
    names: tuple[str, str],
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> go.Figure:
    """Draw, on each row, two shares joined by a line.

    Parameters
    ----------
    labels
        What the rows are, top to bottom.
    first, second
        Shares between 0 and 1; NaN when not known.
    names
        What the two shares are.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    positions = np.arange(len(labels))
    figure = go.Figure()
    between = np.column_stack([first, second, np.full(len(labels), np.nan)]).ravel()
    figure.add_scatter(
        x=between,
        y=np.repeat(positions, 3),
        mode="lines",
        line={"color": base["trait_region"], "width": 5},
        showlegend=False,
        hoverinfo="skip",
    )
    marks = (("circle-open", CATEGORIES[1], "y"), ("circle", base["effectif"], "y2"))
    for values, name, (symbol, colour, axis) in zip((first, second), names, marks, strict=True):
        figure.add_scatter(
            name=escape(name),
            x=values,
            y=positions,
            yaxis=axis,
            mode="markers",
            marker={
                "symbol": symbol,
                "size": 16,
                "color": colour,
                "line": {"width": 4 if symbol.endswith("open") else 0, "color": colour},
            },
            customdata=[
                [escape(label), percent(value, 1)]
                for label, value in zip(labels, values, strict=True)
            ],
            hovertemplate="%{customdata[0]} : %{customdata[1]}<extra>%{fullData.name}</extra>",
        )
    written = [f"{percent(one)} → {percent(two)}" for one, two in zip(first, second, strict=True)]
    height = set_rows(figure, labels, written)
    figure.update_layout(
        showlegend=True,
        xaxis={"rangemode": "tozero", "tickformat": ".0%", "nticks": 6},
    )
    return framed(
        figure, source=source, nature=nature, theme=theme, height=height + LEGEND, top=LEGEND
    )
