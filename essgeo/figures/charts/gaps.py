"""Two shares of the same things, and the gap between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from essgeo.figures.charts.frame import Kept
from essgeo.figures.charts.rows import in_rows
from essgeo.figures.palettes import BASE, CATEGORIES, Theme
from essgeo.manifest import Nature
from essgeo.text import NNBSP, escape, percent

Floats = npt.NDArray[np.float64]


def gaps(
    labels: Sequence[str],
    first: Floats,
    second: Floats,
    written: Sequence[str],
    *,
    names: tuple[str, str],
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> Kept:
    """Draw, on each row, two shares joined by a line.

    Parameters
    ----------
    labels
        What the rows are, top to bottom.
    first, second
        Shares between 0 and 1; NaN when not known.
    written
        What stands at the right of each row: « 28 % → 49 % ».
    names
        What the two shares are.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    positions = np.arange(len(labels))
    between = np.column_stack([first, second, np.full(len(labels), np.nan)]).ravel()
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": between * 100,
            "y": np.repeat(positions, 3),
            "mode": "lines",
            "line": {"color": base["trait_region"], "width": 5},
            "showlegend": False,
            "hoverinfo": "skip",
        }
    ]
    # One ring and one disc: told apart without their colours.
    inks = ((base["papier"], CATEGORIES[1]), (base["effectif"], base["effectif"]))
    for values, name, (inside, edge) in zip((first, second), names, inks, strict=True):
        traces.append(
            {
                "type": "scatter",
                "name": escape(name),
                "x": values * 100,
                "y": positions,
                "mode": "markers",
                "marker": {"size": 18, "color": inside, "line": {"width": 4, "color": edge}},
                "customdata": [
                    [escape(label), percent(value, 1)]
                    for label, value in zip(labels, values, strict=True)
                ],
                "hovertemplate": (
                    "%{customdata[0]} : %{customdata[1]}<extra>%{fullData.name}</extra>"
                ),
            }
        )
    layout = {
        "showlegend": True,
        "xaxis": {"rangemode": "tozero", "ticksuffix": f"{NNBSP}%", "nticks": 6, "tickangle": 0},
    }
    return in_rows(
        traces,
        labels,
        written,
        layout=layout,
        source=source,
        nature=nature,
        theme=theme,
    )
