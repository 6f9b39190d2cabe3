"""Rows of a horizontal chart: a name over each, written figures at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from essgeo.figures.charts.frame import SIZE, Kept, drawn
from essgeo.figures.palettes import Theme
from essgeo.manifest import Nature
from essgeo.text import escape

#: Height in pixels of a row, and how far above its middle its name stands.
ROW, OVER = 58, 25

#: Share of a row that a bar takes.
THICK = 0.42

#: Above the rows: a legend that may take several lines on a phone.
LEGEND = 66


#: An axis is drawn only when a trace is on it.
_FIGURES = {
    "type": "scatter",
    "x": [None],
    "y": [None],
    "yaxis": "y2",
    "showlegend": False,
    "hoverinfo": "skip",
}


def _named(labels: Sequence[str], written: Sequence[str], bold: Sequence[bool]) -> dict[str, Any]:
    """Return the layout that names rows and writes their figures."""
    strong = list(bold) if any(bold) else [True] * len(labels)
    positions = list(range(len(labels)))
    shared = {
        "range": [len(labels) - 0.6, -0.6],
        "showgrid": False,
        "zeroline": False,
        "tickvals": positions,
    }
    figures = [
        f"<b>{escape(text)}</b>" if one else escape(text)
        for text, one in zip(written, strong, strict=True)
    ]
    return {
        "annotations": over_rows(labels),
        "yaxis": {**shared, "showticklabels": False},
        "yaxis2": {
            **shared,
            "ticktext": figures,
            "tickfont": {"size": SIZE},
            "overlaying": "y",
            "side": "right",
            # Ticks that are not seen keep the figures away from the bars.
            "ticks": "outside",
            "ticklen": 6,
            "tickcolor": "rgba(0,0,0,0)",
        },
    }


def in_rows(
    traces: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    written: Sequence[str],
    *,
    bold: Sequence[bool] = (),
    layout: dict[str, Any],
    source: str,
    nature: Nature,
    theme: Theme,
) -> Kept:
    """Name the rows 0, 1, 2… of a chart, from top to bottom, leave room for its legend, draw it.

    Names stand over their rows, which leaves a phone its whole width to draw; figures stand in a
    column of their own, as on a second axis, and never meet a bar or an interval.

    Parameters
    ----------
    traces
        As plotly writes them, positions of the rows on ``y``; all at once, for plotly takes
        several times longer to add them one by one.
    labels, written
        Name and figure of each row, plain text.
    bold
        Which rows stand out; none by default.
    layout
        What else the chart sets.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    return drawn(
        [*traces, _FIGURES],
        _named(labels, written, bold) | layout,
        source=source,
        nature=nature,
        theme=theme,
        height=ROW * len(labels) + LEGEND,
        top=LEGEND,
    )


def over_rows(labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return the annotations that write each name over its row, at the left of the plot."""
    return [
        {
            "text": escape(label),
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "y": row,
            "yshift": OVER,
            "showarrow": False,
            "font": {"size": SIZE},
        }
        for row, label in enumerate(labels)
    ]
