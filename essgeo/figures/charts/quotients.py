"""Quotients to a reference, with their intervals, on a scale where ×2 and ÷2 are as far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from essgeo.figures.charts.frame import Kept
from essgeo.figures.charts.rows import in_rows
from essgeo.figures.palettes import BASE, Theme
from essgeo.manifest import Nature
from essgeo.text import escape, number

Floats = npt.NDArray[np.float64]

#: Verdict -> symbol and colour (a key of :data:`BASE`): never told by colour alone.
_MARKS = {
    "plus": ("triangle-right", "effectif"),
    "moins": ("triangle-left", "choisi"),
    "indecis": ("circle-open", "discret"),
}

#: Ticks of the scale, and how far it goes: beyond, an interval is cut and its row says so.
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
_ENDS = (0.1, 10.0)


def quotients(
    labels: Sequence[str],
    values: Floats,
    low: Floats,
    high: Floats,
    verdicts: Sequence[str],
    *,
    words: dict[str, str],
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> Kept:
    """Draw one quotient a row, in the order given, around the line « as in the reference ».

    Parameters
    ----------
    labels, values, low, high
        Name, quotient and bounds of each row; NaN when not known, infinite bounds allowed.
    verdicts, words
        Slug of each row, and what people read of them (:data:`indicators.statistics.VERDICTS`).
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.
    """
    base = BASE[theme]
    positions = np.arange(len(labels))
    known = ~np.isnan(values)
    left, right = _ends(low[known], high[known])
    at, start, stop = (np.clip(one, left, right) for one in (values, low, high))
    traces: list[dict[str, Any]] = []
    for slug, (symbol, colour) in _MARKS.items():
        here = known & np.array([verdict == slug for verdict in verdicts], dtype=bool)
        traces.append(
            {
                "type": "scatter",
                "name": escape(words[slug]),
                "x": at[here],
                "y": positions[here],
                "mode": "markers",
                "marker": {
                    "symbol": symbol,
                    "size": 17,
                    "color": base[colour],
                    "line": {"width": 2.5 if symbol.endswith("open") else 0, "color": base[colour]},
                },
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": (stop - at)[here],
                    "arrayminus": (at - start)[here],
                    "color": base[colour],
                    "thickness": 3,
                    "width": 7,
                },
                "customdata": [
                    [escape(labels[row]), *(times(one[row]) for one in (values, low, high))]
                    for row in np.flatnonzero(here).tolist()
                ],
                "hovertemplate": (
                    "%{customdata[0]} : %{customdata[1]}<br>de %{customdata[2]} à %{customdata[3]}"
                    "<extra></extra>"
                ),
                "showlegend": True,
            }
        )
    ticks = [tick for tick in _TICKS if left <= tick <= right]
    layout = {
        "xaxis": {
            "type": "log",
            "range": [math.log10(left) - 0.03, math.log10(right) + 0.03],
            "tickangle": 0,
            "tickvals": ticks,
            "ticktext": [f"×{number(tick, int(tick < 1))}" for tick in ticks],
        },
        "shapes": [
            {
                "type": "line",
                "x0": 1,
                "x1": 1,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": base["texte"], "width": 2, "dash": "dot"},
            }
        ],
    }
    return in_rows(
        traces,
        labels,
        [times(value) for value in values],
        layout=layout,
        source=source,
        nature=nature,
        theme=theme,
    )


def times(quotient: float) -> str:
    """Write a quotient: « ×1,4 »; « sans donnée » when there is none."""
    if math.isnan(quotient):
        return "sans donnée"
    if math.isinf(quotient):
        return "×∞"
    if quotient and quotient < 0.995:
        return f"×{number(quotient, 2)}"
    return f"×{number(quotient, 0 if quotient == round(quotient) else 1)}"


def _ends(low: Floats, high: Floats) -> tuple[float, float]:
    """Return round ends of the scale that hold the intervals, as far as they are worth it."""
    finite = [*low[low > 0], *high[np.isfinite(high) & (high > 0)], 0.5, 2.0]
    least, most = max(min(finite), _ENDS[0]), min(max(finite), _ENDS[1])
    return (
        max((tick for tick in _TICKS if tick <= least), default=_TICKS[0]),
        min((tick for tick in _TICKS if tick >= most), default=_TICKS[-1]),
    )
