"""Rows of a horizontal chart: names at the left, written figures at the right."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.charts.frame import SIZE, wrapped
from essgeo.text import escape

#: Height in pixels of a row and of a line of its name, and characters in that line.
ROW, LINE, WIDTH = 44, 19, 20

#: Below and above the rows: ticks of the axis, a legend that may take two lines on a phone.
TICKS, LEGEND = 34, 60


def set_rows(
    figure: go.Figure, labels: Sequence[str], written: Sequence[str], *, bold: Sequence[bool] = ()
) -> int:
    """Name the rows 0, 1, 2… of a chart, from top to bottom.

    Figures stand in a column of their own, as on a second axis: they never meet a bar or an
    interval, whatever the width of the screen. One trace must be on ``y2`` for it to be drawn.

    Parameters
    ----------
    figure
        Changed in place; its traces use positions on ``y``.
    labels, written
        Name and figure of each row, plain text.
    bold
        Which rows stand out; none by default.

    Returns
    -------
    int
        Height in pixels that the rows and the ticks below need.
    """
    stand_out = list(bold) or [False] * len(labels)
    names = [wrapped(label, WIDTH) for label in labels]
    figures = [escape(text) for text in written]
    positions = list(range(len(labels)))
    shared = {
        "tickvals": positions,
        "range": [len(labels) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "tickfont": {"size": SIZE},
    }
    figure.update_layout(
        yaxis={**shared, "ticktext": _strong(names, stand_out)},
        yaxis2={
            **shared,
            "ticktext": _strong(figures, [not any(stand_out) or one for one in stand_out]),
            "overlaying": "y",
            "side": "right",
        },
    )
    tallest = max((name.count("<br>") + 1 for name in names), default=1)
    return max(ROW, LINE * tallest + 4) * len(labels) + TICKS


def _strong(texts: Sequence[str], which: Sequence[bool]) -> list[str]:
    return [f"<b>{text}</b>" if one else text for text, one in zip(texts, which, strict=True)]
