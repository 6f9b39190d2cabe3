"""Territories around their common mean, and the funnel that chance draws around it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from essgeo.figures.charts.frame import SMALL, Kept, drawn
from essgeo.figures.palettes import BASE, UP_DOWN, Theme
from essgeo.indicators.chance import LEVELS, PLACES, limits
from essgeo.indicators.ranking import Indicator, Ranking, farthest
from essgeo.manifest import Nature
from essgeo.text import NBSP, NNBSP, escape, number, percent, plural

#: Height in pixels of the plot, of its legend, and of the title of its axis.
HEIGHT, LEGEND, AXIS_TITLE = 460, 92, 48

#: Points of each limit: on a logarithmic axis that many make a smooth curve.
STEPS = 60

#: Territories named in the picture; those below are crowded against zero.
NAMED = {"tres-haut": 2, "tres-bas": 1}

#: Longest name written in the picture, and most values written along the axis.
NAME, TICKS = 26, 6

#: Place -> symbol; no state is told by colour alone.
SYMBOLS = {
    "tres-haut": "triangle-up",
    "haut": "triangle-up-open",
    "dans": "circle",
    "bas": "triangle-down-open",
    "tres-bas": "triangle-down",
}


def funnel(
    found: Ranking,
    *,
    chosen: Collection[str] = (),
    source: str,
    nature: Nature,
    theme: Theme = "clair",
) -> Kept:
    """Draw a funnel plot: an indicator against its denominator, with the limits of chance.

    Parameters
    ----------
    found
        A ranking on an indicator that has a law.
    chosen
        Codes of territories to point out.
    source, nature, theme
        See :func:`essgeo.figures.charts.framed`.

    Raises
    ------
    ValueError
        The ranking has no mean, so no funnel.
    """
    indicator = found.indicator
    rows = found.frame[found.frame["place"] != ""]
    if math.isnan(found.mean) or rows.empty:
        raise ValueError(f"« {indicator.label} » n'a pas d'entonnoir")
    base = BASE[theme]
    up, down = UP_DOWN[theme]
    colours = {"tres-haut": up, "haut": up, "dans": base["discret"], "bas": down, "tres-bas": down}
    scale = 100.0 if indicator.share else 1.0
    sizes = rows["denominateur"].to_numpy(np.float64)
    values = rows["valeur"].to_numpy(np.float64) * scale
    places = rows["place"].to_numpy(dtype=object)
    # One pass over the table: pandas takes as long for a few rows as for all.
    hovers = np.array([hover(indicator, row) for row in rows.to_dict("records")], dtype=object)
    ends = sizes.min() / 1.15, sizes.max() * 1.15
    traces = _limits(found, ends, base, scale)
    for place, symbol in SYMBOLS.items():
        shown = places == place
        if not shown.any():
            continue
        traces.append(
            {
                "type": "scatter",
                "x": sizes[shown],
                "y": values[shown],
                "mode": "markers",
                "name": f"{PLACES[place]} ({number(int(shown.sum()))})",
                "marker": {
                    "symbol": symbol,
                    "size": 7 if place == "dans" else 11,
                    "color": colours[place],
                    "opacity": 0.6 if place == "dans" else 1,
                    # An open symbol is only its line.
                    "line": {"width": 2 if "open" in symbol else 0, "color": colours[place]},
                },
                "text": hovers[shown].tolist(),
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    traces += _names(rows, chosen, ends, base, scale)
    ticks = _ticks(*ends)
    highest = max(float(rows["valeur"].max()), found.mean) * scale * 1.12
    return drawn(
        traces,
        {
            "xaxis": {
                "type": "log",
                "range": [math.log10(end) for end in ends],
                "tickvals": ticks,
                "ticktext": [number(tick, 1 if tick < 1 else 0) for tick in ticks],
                "title": {
                    "text": (
                        f"{escape(indicator.denominator_label.capitalize())} "
                        "(échelle logarithmique)"
                    ),
                    "font": {"size": SMALL + 1},
                    "standoff": 4,
                },
                "zeroline": False,
            },
            "yaxis": {
                "range": [0, highest],
                "ticksuffix": f"{NNBSP}%" if indicator.share else "",
                "title": {"text": ""},
                "zeroline": False,
            },
            "hovermode": "closest",
            "legend": {"font": {"size": 13}, "itemwidth": 30},
        },
        source=source,
        nature=nature,
        theme=theme,
        height=HEIGHT + LEGEND,
        top=LEGEND + 16,
        title=AXIS_TITLE,
    )


def hover(indicator: Indicator, row: Mapping[Any, Any]) -> str:
    """Say one territory in HTML: its figure, what it comes from, what the mean would give."""

    def value(name: str) -> float:
        return float(str(row[name]))

    figure = figure_of(indicator, value("valeur"))
    return (
        f"<b>{escape(row['libelle'])}</b><br>{figure}{NBSP}: "
        f"{plural(value('numerateur'), 'établissement')} pour "
        f"{number(value('denominateur'), 1 if value('denominateur') < 10 else 0)} "
        f"{escape(indicator.denominator_label)}<br>"
        f"à la moyenne{NBSP}: {number(value('attendu'), 1)}, de {number(value('attendu_min'))} à "
        f"{number(value('attendu_max'))} par le seul hasard<br>{PLACES[str(row['place'])]}"
    )


def figure_of(indicator: Indicator, value: float) -> str:
    """Write the figure of an indicator, as a share or as a number."""
    write = percent if indicator.share else number
    return write(value, indicator.decimals)


def _limits(
    found: Ranking, ends: tuple[float, float], base: dict[str, str], scale: float
) -> list[dict[str, Any]]:
    """Draw the mean and the two pairs of limits."""
    indicator = found.indicator
    sizes = np.geomspace(*ends, STEPS)
    if indicator.law == "binomial":
        sizes = np.unique(np.maximum(np.rint(sizes), 1))
    traces: list[dict[str, Any]] = []
    for level, dash in zip(LEVELS, ("dash", "dot"), strict=True):
        sides = limits(indicator.law, found.mean / indicator.per, sizes, level)
        traces += [
            {
                "type": "scatter",
                "x": sizes,
                "y": side * indicator.per * scale,
                "mode": "lines",
                "line": {"color": base["trait_region"], "width": 1.6, "dash": dash},
                "name": f"hasard seul, {percent(level, 1).replace(',0', '')} des cas",
                "legendgroup": dash,
                "showlegend": place == 0,
                "hoverinfo": "skip",
            }
            for place, side in enumerate(sides)
        ]
    mean = {
        "type": "scatter",
        "x": list(ends),
        "y": [found.mean * scale] * 2,
        "mode": "lines",
        "line": {"color": base["texte"], "width": 1.6},
        "name": f"moyenne{NBSP}: {figure_of(indicator, found.mean)}",
        "hoverinfo": "skip",
    }
    return [*traces, mean]


def _names(
    rows: pd.DataFrame,
    chosen: Collection[str],
    ends: tuple[float, float],
    base: dict[str, str],
    scale: float,
) -> list[dict[str, Any]]:
    """Write the names of the farthest territories, and of those that were chosen."""
    asked = rows[rows["code"].isin(list(chosen))]
    others = rows[~rows["code"].isin(list(chosen))]
    far = pd.concat([farthest(others, place).head(most) for place, most in NAMED.items()])
    middle = math.sqrt(ends[0] * ends[1])
    traces: list[dict[str, Any]] = []
    for some, size, colour in (
        (far, 13, base["texte"]),
        (asked, 15, base["choisi"]),
    ):
        if some.empty:
            continue
        traces.append(
            {
                "type": "scatter",
                "x": some["denominateur"],
                "y": some["valeur"] * scale,
                "mode": "markers+text" if some is asked else "text",
                "marker": {
                    "symbol": "circle-open",
                    "size": 18,
                    "color": colour,
                    "line": {"width": 3, "color": colour},
                },
                "text": [f"  {_short(label)}  " for label in some["libelle"]],
                "textposition": [
                    "middle right" if size_of < middle else "middle left"
                    for size_of in some["denominateur"]
                ],
                "textfont": {"size": size, "color": colour},
                "showlegend": False,
                "hoverinfo": "skip",
            }
        )
    return traces


def _short(label: str) -> str:
    return escape(label if len(label) <= NAME else f"{label[: NAME - 1]}…")


def _ticks(low: float, high: float) -> list[float]:
    """Return round values between two ends, few enough to be read."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for series in ((1, 2, 5), (1, 3), (1,)):
        found = [
            factor * 10.0**power
            for power in powers
            for factor in series
            if low <= factor * 10.0**power <= high
        ]
        if len(found) <= TICKS:
            break
    return found
