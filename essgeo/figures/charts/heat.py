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
        shape (rows, columns): share of the cell in its column, between 0 and 1; 0 and NaN have
        no colour.
    written
        What each cell says: a count, « secret », « n. d. ».
    what
        What a share is, for the pointer: « de la famille ».
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    # Nothing at all is no little share: its cell keeps the colour of the paper, below the classes.
    colours = (base["papier"], *sequence(len(BOUNDS) + 1, theme))
    classes = np.where(parts > 0, np.searchsorted(BOUNDS, parts, side="right") + 1, 0)
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
            text=[[f"<b>{escape(cell)}</b>" for cell in line] for line in written],
            texttemplate="%{text}",
            textfont={"size": SIZE},
            hovertemplate=(
                "%{customdata[0]}, %{x} : %{text}<br>%{customdata[1]} "
                f"{escape(what)}<extra></extra>"
            ),
        )
    )
    layout = {
        "annotations": over_rows(rows),
        "xaxis": {"side": "top", "showgrid": False, "autotickangles": [0, -60], "ticks": ""},
        "yaxis": {
            "range": [len(rows) - 0.6, -0.7],
            "showgrid": False,
            "zeroline": False,
            "showticklabels": False,
            "ticks": "",
        },
    }
    height = ROW * len(rows) + _HEAD
    return framed(
        figure, source=source, nature=nature, theme=theme, height=height, top=_HEAD, layout=layout
    )
