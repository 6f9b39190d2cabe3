"""Shares compared side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from essgeo.figures.palettes import BASE, CATEGORIES, Theme
from essgeo.text import escape, percent

#: Height in pixels of a line of the source.
LINE = 17


def paired_bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    source: str,
    theme: Theme = "clair",
) -> go.Figure:
    """Compare shares side by side, one group of horizontal bars a label.

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
    names = [escape(label) for label in labels]
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
    foot = [escape(line) for line in textwrap.wrap(f"Source : {source}", 52)]
    height = 70 + LINE * len(foot) + 26 * len(labels) * len(series)
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        height=height,
        margin={"l": 10, "r": 60, "t": 50, "b": LINE * len(foot) + 16},
        font={"size": 15, "color": base["texte"]},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={
            "orientation": "h",
            "xref": "container",
            "x": 0,
            "yref": "container",
            "y": 1,
            "yanchor": "top",
        },
        xaxis={"visible": False, "range": [0, 1]},
        yaxis={"autorange": "reversed", "automargin": True},
        # A title at the foot: unlike an annotation it may run under the labels, on a phone too.
        title={
            "text": "<br>".join(foot),
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": (LINE * len(foot) + 6) / height,
            "yanchor": "top",
            "font": {"size": 12, "color": base["discret"]},
        },
    )
    return figure
