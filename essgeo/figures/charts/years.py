"""Counts by year."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.charts.frame import framed
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import escape, plural

_HEIGHT = 420


def years(
    before: tuple[str, int],
    labels: Sequence[int],
    counts: Sequence[int],
    *,
    noun: str,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> go.Figure:
    """Draw one bar a year, and one apart for all that came before.

    Parameters
    ----------
    before
        Name of the first bar (« avant 1975 ») and its count; not drawn when it is zero.
    labels, counts
        Years and counts.
    noun
        What is counted, singular.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    bars = [(str(year), count) for year, count in zip(labels, counts, strict=True)]
    colours = [base["effectif"]] * len(bars)
    if before[1]:
        bars.insert(0, before)
        # Many years in one bar: another colour, so that it is not taken for a peak.
        colours.insert(0, base["hors_selection"])
    figure = go.Figure(
        go.Bar(
            x=[escape(name) for name, _ in bars],
            y=[count for _, count in bars],
            marker={"color": colours},
            customdata=[plural(count, noun) for _, count in bars],
            hovertemplate="%{x} : %{customdata}<extra></extra>",
        )
    )
    figure.update_layout(
        bargap=0.12,
        xaxis={
            "type": "category",
            "nticks": 9,
            "tickangle": 0,
            "ticklabelstandoff": 5,
            "showgrid": False,
        },
        yaxis={"rangemode": "tozero", "nticks": 6},
    )
    return framed(figure, source=source, nature=nature, theme=theme, height=_HEIGHT)
