"""Shares compared side by side."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.charts.frame import framed, wrapped
from essgeo.figures.palettes import BASE, CATEGORIES, Theme
from essgeo.text import escape, percent

#: Height in pixels of a bar, and of the legend above.
BAR, TOP = 28, 54


def paired_bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    source: str,
    theme: Theme = "clair",
) -> go.Figure:
    """Compare published shares side by side, one group of horizontal bars a label.

    Parameters
    ----------
    labels
        What is compared, top to bottom.
    series
        Name and shares (between 0 and 1, None when not known) of each bar of a group; a bar
        whose share is not known is said « non trouvé », not drawn as a zero.
    source
        Written inside the picture, so that it leaves with it.
    theme
        « clair » or « sombre ».

    Raises
    ------
    ValueError
        A series has not as many values as there are labels.
    """
    base = BASE[theme]
    figure = go.Figure()
    names = [wrapped(label, 16) for label in labels]
    for (name, shares), colour in zip(series, CATEGORIES, strict=False):
        if len(shares) != len(labels):
            raise ValueError(f"{len(shares)} valeurs pour {len(labels)} libellés")
        figure.add_bar(
            name=escape(name),
            orientation="h",
            y=names,
            x=[share or 0 for share in shares],
            text=["non trouvé" if share is None else percent(share, 1) for share in shares],
            textposition="outside",
            cliponaxis=False,
            marker={"color": colour, "line": {"color": base["texte"], "width": 0.5}},
            hovertemplate="%{y} : %{text}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        xaxis={"visible": False, "range": [0, 1]},
        yaxis={"autorange": "reversed", "showgrid": False, "ticklabelstandoff": 6},
    )
    height = TOP + BAR * len(labels) * len(series)
    framed(
        figure,
        source=f"Source : {source}",
        nature="officiel",
        theme=theme,
        height=height,
        top=TOP,
    )
    # Shares are written at the end of the bars, beyond the plot for the longest.
    return figure.update_layout(margin_r=60)
