"""Bars ranked from top to bottom, with their intervals and what a reference would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from essgeo.figures.charts.frame import Kept
from essgeo.figures.charts.rows import THICK, in_rows
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import escape

Floats = npt.NDArray[np.float64]


def ranked_bars(
    labels: Sequence[str],
    values: Floats,
    written: Sequence[str],
    *,
    name: str,
    low: Floats | None = None,
    high: Floats | None = None,
    interval: str = "",
    reference: Floats | None = None,
    reference_name: str = "",
    chosen: Sequence[bool] = (),
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> Kept:
    """Draw one bar a row, in the order given.

    Parameters
    ----------
    labels, values, written
        Name, length and written figure of each row; a value that is not known (NaN) has no bar.
    name
        What the bars are, for the legend.
    low, high, interval
        Bounds of the values and what they are. A bound that is not known has no line.
    reference, reference_name
        A mark on each row: what the row would be if it were as in the reference.
    chosen
        Rows that a filter has chosen: the others turn grey.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    positions = np.arange(len(labels))
    names = [escape(label) for label in labels]
    lit = np.array(chosen if any(chosen) else [True] * len(labels), dtype=bool)
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": escape(name),
            "orientation": "h",
            "x": values,
            "y": positions,
            "width": THICK,
            "marker": {"color": np.where(lit, base["effectif"], base["hors_selection"]).tolist()},
            "customdata": [[one, escape(text)] for one, text in zip(names, written, strict=True)],
            "hovertemplate": "%{customdata[0]} : %{customdata[1]}<extra></extra>",
        }
    ]
    if low is not None and high is not None:
        traces.append(
            {
                "type": "scatter",
                "name": escape(interval),
                "x": values,
                "y": positions,
                "mode": "markers",
                # A point on the plot, for the line is the interval; a dash in the legend.
                "marker": {
                    "symbol": "line-ew",
                    "size": 1,
                    "line": {"color": base["texte"], "width": 2},
                },
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": np.nan_to_num(high - values),
                    "arrayminus": np.nan_to_num(values - low),
                    "color": base["texte"],
                    "thickness": 2,
                    "width": 6,
                },
                "hoverinfo": "skip",
            }
        )
    if reference is not None:
        traces.append(
            {
                "type": "scatter",
                "name": escape(reference_name),
                "x": reference,
                "y": positions,
                "mode": "markers",
                "marker": {
                    "symbol": "line-ns",
                    "size": 26,
                    "line": {"color": base["choisi"], "width": 4},
                },
                "hoverinfo": "skip",
            }
        )
    layout = {
        "showlegend": True,
        "xaxis": {"rangemode": "tozero", "nticks": 5, "tickangle": 0, "tickformat": ",~d"},
    }
    return in_rows(
        traces,
        labels,
        written,
        bold=chosen,
        layout=layout,
        source=source,
        nature=nature,
        theme=theme,
    )
