"""The same small chart several times, on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from plotly.subplots import make_subplots

from essgeo.figures.charts.frame import SMALL, Kept, drawn, wrapped
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import NBSP, NNBSP, escape, percent

#: Panels in a line: two, so that a phone still shows them.
COLUMNS = 2

#: Height in pixels of a bar, of what stands around the bars of a panel, and of the legend.
BAR, AROUND, LEGEND = 40, 104, 44

#: Characters in a line of a panel's title, and of a label.
TITLE_WIDTH, LABEL_WIDTH = 14, 15


def small_multiples(
    panels: Sequence[tuple[str, Sequence[float]]],
    labels: Sequence[str],
    whole: Sequence[float],
    *,
    whole_label: str,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> Kept:
    """Draw the shares of each panel as bars, with the whole's share as a tick on each bar.

    Parameters
    ----------
    panels
        Name and shares (0 to 1, NaN when not known) of each, as many as there are labels.
    labels
        What the shares are of, top to bottom.
    whole
        Shares of the whole.
    whole_label
        What the whole is, in the legend.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.

    Raises
    ------
    ValueError
        No panel, or one that has not as many shares as there are labels.
    """
    if not panels or any(len(shares) != len(labels) for _, shares in [*panels, ("", whole)]):
        raise ValueError(f"{len(labels)} parts attendues pour chaque territoire")
    base = BASE[theme]
    columns = min(COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    inside = BAR * len(labels)
    height = lines * (inside + AROUND)
    grid, axes_of = _grid(lines, columns, len(panels), AROUND / height if lines > 1 else 0.0)
    names = [wrapped(label, LABEL_WIDTH) for label in labels]
    traces: list[dict[str, Any]] = []
    for place, (name, shares) in enumerate(panels):
        xaxis, yaxis = axes_of[place]
        traces += [
            {
                "type": "bar",
                "xaxis": xaxis,
                "yaxis": yaxis,
                "orientation": "h",
                "y": names,
                "x": [None if math.isnan(share) else share * 100 for share in shares],
                "marker": {"color": base["effectif"]},
                "name": "ce territoire",
                "showlegend": place == 0,
                "customdata": [percent(share, 1) for share in shares],
                "hovertemplate": (
                    f"<b>%{{y}}</b><br>{escape(name)}{NBSP}: %{{customdata}}<extra></extra>"
                ),
            },
            {
                "type": "scatter",
                "xaxis": xaxis,
                "yaxis": yaxis,
                "mode": "markers",
                "y": names,
                "x": [None if math.isnan(share) else share * 100 for share in whole],
                "marker": {
                    "symbol": "line-ns",
                    "size": 24,
                    "line": {"width": 3, "color": base["choisi"]},
                },
                "name": escape(whole_label),
                "showlegend": place == 0,
                "customdata": [percent(share, 1) for share in whole],
                "hovertemplate": (
                    f"<b>%{{y}}</b><br>{escape(whole_label)}{NBSP}: %{{customdata}}<extra></extra>"
                ),
            },
        ]
    known = [share for _, shares in [*panels, ("", whole)] for share in shares if share == share]
    most = max([*known, 0.05]) * 100
    # Two ticks: a panel is a finger wide on a phone.
    half = 50 if most > 70 else 20 if most > 30 else 10 if most > 15 else 5
    small = {"size": SMALL}
    shared: dict[str, dict[str, Any]] = {
        "x": {
            "range": [0, most * 1.05],
            "tickvals": [0, half],
            "ticktext": ["0", f"{half}{NNBSP}%"],
            "tickangle": 0,
            "tickfont": small,
            "zeroline": True,
        },
        "y": {"tickfont": small, "autorange": "reversed", "showgrid": False},
    }
    axes = {
        name: {**axis, **shared[name[0]]}
        for name, axis in grid.items()
        if name[1:].startswith("axis")
    }
    titles = [
        {**title, "text": wrapped(name, TITLE_WIDTH), "font": {"size": SMALL + 1}}
        for title, (name, _) in zip(grid["annotations"], panels, strict=True)
    ]
    return drawn(
        traces,
        {"annotations": titles, **axes, "bargap": 0.35},
        source=source,
        nature=nature,
        theme=theme,
        height=height + LEGEND,
        top=LEGEND + AROUND - 24,
    )


@lru_cache(maxsize=8)
def _grid(
    lines: int, columns: int, panels: int, spacing: float
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the layout of so many panels, and the axes of each; not to be changed."""
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=spacing,
        subplot_titles=[f"{place}" for place in range(panels)],
    )
    axes = [
        figure.get_subplot(place // columns + 1, place % columns + 1) for place in range(panels)
    ]
    return figure.layout.to_plotly_json(), [
        tuple(axis.plotly_name.replace("axis", "") for axis in pair) for pair in axes
    ]
