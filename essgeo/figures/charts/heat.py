"""Two ways to sort the same establishments, crossed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from essgeo.figures.charts.frame import SIZE, framed, wrapped
from essgeo.figures.charts.rows import ROW, over_rows
from essgeo.figures.palettes import BASE, Theme, sequence
from essgeo.manifest import Nature
from essgeo.text import escape, percent

Floats = npt.NDArray[np.float64]

#: Height in pixels of the names of columns, and of the button over them.
_HEAD = 104

#: Pixels between rows of cells.
_GAP = 26

#: Classes of shares: bounds between colours.
BOUNDS = (0.02, 0.05, 0.10, 0.20, 0.35)


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    parts: Floats,
    written: Sequence[Sequence[str]],
    *,
    what: str,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> go.Figure:
    """Draw a table whose cells are coloured by their share of the column.

    Parameters
    ----------
    rows, columns
        Names of rows and columns.
    parts
        shape (rows, columns): share of the cell in its column, between 0 and 1; NaN has no
        colour.
    written
        What each cell says: a count, « secret », « n. d. ».
    what
        What a share is, for the pointer: « de la famille ».
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    colours = sequence(len(BOUNDS) + 1, theme)
    classes = np.where(np.isnan(parts), np.nan, np.searchsorted(BOUNDS, parts, side="right"))
    # Nothing at all is no little share: its cell keeps the colour of the paper, as its 0 says.
    classes[parts == 0] = np.nan
    steps = np.repeat(np.arange(len(colours) + 1) / len(colours), 2)[1:-1]
    figure = go.Figure(
        go.Heatmap(
            z=classes,
            x=[wrapped(name, 20) for name in columns],
            y=list(range(len(rows))),
            zmin=-0.5,
            zmax=len(colours) - 0.5,
            colorscale=list(zip(steps.tolist(), np.repeat(colours, 2).tolist(), strict=True)),
            showscale=False,
            xgap=3,
            # Names of rows stand in the gaps.
            ygap=_GAP,
            customdata=[
                [[escape(name), percent(part, 1)] for part in line]
                for name, line in zip(rows, parts, strict=True)
            ],
            text=[[escape(cell) for cell in line] for line in written],
            hovertemplate=(
                "%{customdata[0]}, %{x} : %{text}<br>%{customdata[1]} "
                f"{escape(what)}<extra></extra>"
            ),
            hoverongaps=False,
        )
    )
    for row, line in enumerate(written):
        for column, cell in enumerate(line):
            figure.add_annotation(
                x=column,
                y=row,
                text=f"<b>{escape(cell)}</b>",
                showarrow=False,
                font={"size": SIZE, "color": _ink(classes[row, column], colours, base["texte"])},
            )
    figure.update_layout(
        xaxis={"side": "top", "showgrid": False, "autotickangles": [0, -60], "ticks": ""},
        yaxis={
            "range": [len(rows) - 0.6, -0.7],
            "showgrid": False,
            "zeroline": False,
            "showticklabels": False,
            "ticks": "",
        },
    )
    over_rows(figure, rows)
    height = ROW * len(rows) + _HEAD
    return framed(figure, source=source, nature=nature, theme=theme, height=height, top=_HEAD)


def _ink(step: float, colours: Sequence[str], otherwise: str) -> str:
    """Return black or white, whichever reads better on a class's colour."""
    if np.isnan(step):
        return otherwise
    shades = [int(colours[int(step)][at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shades]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if light > 0.179 else "#ffffff"
