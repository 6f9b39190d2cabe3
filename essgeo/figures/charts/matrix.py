"""Who does what: rows by columns, a circle where they meet, its number inside."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.charts.frame import SMALL, framed, wrapped
from essgeo.figures.charts.rows import over_rows
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import escape

#: Height in pixels of a row: its name, and its circles below.
_ROW = 62

#: Height in pixels of the names of columns and of the button over them.
_HEAD = 150

#: Diameter in pixels of the smallest and of the largest circle.
_SMALLEST, _LARGEST = 18, 34

#: Characters of a row's name that a phone can show; the pointer and the table say the rest.
_LONGEST = 42

#: Names listed under the pointer.
_NAMED = 8


def matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Sequence[str]]],
    *,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> go.Figure:
    """Draw what each row has in each column, as circles whose area is how much.

    Parameters
    ----------
    rows, columns
        Names, plain text; the first row is drawn at the top.
    cells
        shape (rows, columns): the names of what is there; none leaves the place empty.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    places = [
        (row, column, names)
        for row, line in enumerate(cells)
        for column, names in enumerate(line)
        if names
    ]
    most = max((len(names) for _, _, names in places), default=1)
    figure = go.Figure(
        go.Scatter(
            x=[column for _, column, _ in places],
            y=[row for row, _, _ in places],
            mode="markers+text",
            marker={
                "size": [_diameter(len(names), most) for _, _, names in places],
                "color": base["effectif"],
                "line": {"width": 0},
            },
            # One name a place says nothing by its number.
            text=["" if most == 1 else f"<b>{len(names)}</b>" for _, _, names in places],
            textfont={"size": SMALL, "color": base["papier"]},
            customdata=[
                f"<b>{escape(rows[row])}</b>, {escape(columns[column])}<br>{_listed(names)}"
                for row, column, names in places
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    short = [textwrap.shorten(name, _LONGEST, placeholder="…") for name in rows]
    layout = {
        "annotations": over_rows(short),
        "xaxis": {
            "side": "top",
            "range": [-0.6, len(columns) - 0.4],
            "tickvals": list(range(len(columns))),
            "ticktext": [wrapped(name, 20) for name in columns],
            "tickfont": {"size": SMALL},
            "autotickangles": [0, -90],
            "ticks": "",
            "zeroline": False,
        },
        "yaxis": {
            "range": [len(rows) - 0.5, -0.8],
            "tickvals": list(range(len(rows))),
            "showticklabels": False,
            "ticks": "",
            "zeroline": False,
        },
    }
    height = _ROW * len(rows) + _HEAD
    return framed(
        figure, source=source, nature=nature, theme=theme, height=height, top=_HEAD, layout=layout
    )


def _diameter(count: int, most: int) -> float:
    """Return the diameter of a circle whose area follows a count."""
    if most == 1:
        return float(_SMALLEST)
    return _SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt((count - 1) / (most - 1))


def _listed(names: Sequence[str]) -> str:
    lines = [
        "<br>\u2003".join(escape(line) for line in textwrap.wrap(name, 44))
        for name in names[:_NAMED]
    ]
    if len(names) > _NAMED:
        lines.append(f"et {len(names) - _NAMED} de plus")
    return "<br>".join(f"• {line}" for line in lines)
