"""Counts by year."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.charts.frame import framed
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import escape, plural

_HEIGHT = 420

#: Number of years -> one year named out of how many.
_STEPS = ((6, 1), (12, 2), (30, 5), (80, 10), (10_000, 50))


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
    layout = {
        "bargap": 0.12,
        "xaxis": {
            "type": "category",
            "tickvals": _named([name for name, _ in bars], len(labels)),
            "tickangle": 0,
            "ticklabelstandoff": 5,
            "showgrid": False,
        },
        "yaxis": {"rangemode": "tozero", "nticks": 6},
    }
    return framed(figure, source=source, nature=nature, theme=theme, height=_HEIGHT, layout=layout)


def _named(names: Sequence[str], span: int) -> list[str]:
    """Return the bars that are named: round years, and few enough for a phone."""
    step = next(step for most, step in _STEPS if span <= most)
    round_years = [
        name
        for place, name in enumerate(names)
        # The name of the first bar, wider than its bar, runs over the next ones.
        if name.isdecimal() and int(name) % step == 0 and (place * 6 > span or names[0].isdecimal())
    ]
    return round_years if names[0].isdecimal() else [names[0], *round_years]
