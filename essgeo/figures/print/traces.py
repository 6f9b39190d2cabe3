"""What a chart of the screen holds, read for paper: its texts, colours, axes and marks.

A chart of a page is a plotly figure; a browser draws it. On paper the same figure is drawn by
matplotlib, so that a picture can be made on the server and no figure is computed twice.
"""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator

from essgeo.figures.charts.frame import SIZE
from essgeo.figures.palettes import MOST, light
from essgeo.figures.print.keys import Key, Sign
from essgeo.figures.print.paper import BODY, POINTS_CM, SMALL, clean
from essgeo.text import number

Floats = npt.NDArray[np.float64]
Spec = Mapping[str, Any]

#: Points and centimetres of paper in a pixel of the screen: the body of a chart is that of paper.
POINTS = BODY / SIZE
CM = POINTS / POINTS_CM

#: Symbol of plotly, its « -open » left out -> marker of matplotlib.
_MARKERS: dict[str, Sign] = {
    "circle": "o",
    "triangle-up": "^",
    "triangle-down": "v",
    "triangle-left": "<",
    "triangle-right": ">",
    "line-ns": "|",
    "line-ew": "_",
}

#: Dashes of plotly -> of matplotlib.
DASHES = {"solid": "-", "dash": "--", "dot": ":"}

_BREAK, _TAG = re.compile(r"<br\s*/?>"), re.compile(r"<[^>]*>")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text of plotly as plain text: our marks taken off, the rest kept."""
    return [clean(html.unescape(_TAG.sub("", line))) for line in _BREAK.split(text)]


def plain(text: str) -> str:
    """Return a text of plotly on one line."""
    return " ".join(lines_of(text))


def points(pixels: float) -> float:
    """Return the size on paper of a text of the screen: never too small to be read."""
    return max(SMALL, pixels * POINTS)


def array(values: Any) -> npt.NDArray[Any]:
    """Return values as plotly holds them: a list, an array, or what it packs for the browser."""
    if isinstance(values, Mapping):
        flat = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        shape = str(values.get("shape", flat.size)).split(",")
        return flat.reshape([int(one) for one in shape])
    return np.array(values if values is not None else [], dtype=object)


def floats(values: Any) -> Floats:
    """Return values as numbers; what is not known is NaN."""
    found = array(values)
    return np.array(
        [math.nan if one is None else float(one) for one in found.ravel().tolist()], np.float64
    ).reshape(found.shape)


@dataclass(frozen=True)
class Axis:
    """An axis: what stands along it, between which ends.

    Parameters
    ----------
    spec
        As plotly writes it.
    names
        Categories, in order; none for numbers.
    ends
        Values at its start (left, or bottom) and at its end.
    """

    spec: Spec
    names: tuple[str, ...]
    ends: tuple[float, float]

    @property
    def log(self) -> bool:
        """Whether its scale is logarithmic."""
        return bool(self.spec.get("type") == "log")

    @property
    def domain(self) -> tuple[float, float]:
        """Share of the plot that it takes."""
        start, end = self.spec.get("domain", (0.0, 1.0))
        return float(start), float(end)

    def at(self, values: Any) -> Floats:
        """Return where values stand: categories by their rank."""
        if not self.names:
            return floats(values)
        ranks = {name: float(rank) for rank, name in enumerate(self.names)}
        return np.array([ranks.get(str(one), math.nan) for one in array(values)], np.float64)

    def share(self, value: float) -> float:
        """Return how far along the plot a value is, 0 at its start and 1 at its end."""
        start, end = self.ends
        if self.log:
            start, end, value = math.log10(start), math.log10(end), math.log10(value)
        low, high = self.domain
        return low + (value - start) / (end - start) * (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return values along the axis and what is written of them."""
        given = self.spec.get("tickvals")
        if given is not None:
            texts = self.spec.get("ticktext")
            texts = array(given) if texts is None else array(texts)
            return [
                (at, str(text)) for at, text in zip(self.at(given).tolist(), texts, strict=True)
            ]
        if self.names:
            return [(float(rank), name) for rank, name in enumerate(self.names)]
        low, high = sorted(self.ends)
        found = MaxNLocator(
            self.spec.get("nticks", MOST) - 1, steps=[1, 2, 2.5, 5, 10]
        ).tick_values(low, high)
        step = min((after - before for before, after in pairwise(found)), default=1.0)
        decimals = next((one for one in range(4) if round(step * 10**one, 6) % 1 == 0), 4)
        suffix = self.spec.get("ticksuffix", "")
        return [
            (float(one), f"{number(float(one), decimals)}{suffix}")
            for one in found
            if low <= one <= high
        ]


def axis(spec: Spec, traces: Sequence[Spec], side: str) -> Axis:
    """Read an axis and the traces that are on it.

    Parameters
    ----------
    spec
        The axis, as plotly writes it.
    traces
        Those on it.
    side
        « x » or « y ».
    """
    values = [one for trace in traces for one in array(trace.get(side)).tolist()]
    named = spec.get("type") == "category" or any(isinstance(one, str) for one in values)
    names = tuple(dict.fromkeys(str(one) for one in values)) if named else ()
    if spec.get("range"):
        start, end = (float(one) for one in spec["range"])
        ends = (10**start, 10**end) if spec.get("type") == "log" else (start, end)
        return Axis(spec, names, ends)
    if names:
        low, high = -0.5, len(names) - 0.5
    else:
        low, high = _extent(traces, side, from_zero=spec.get("rangemode") == "tozero")
    reverse = spec.get("autorange") == "reversed"
    return Axis(spec, names, (high, low) if reverse else (low, high))


def _extent(traces: Sequence[Spec], side: str, *, from_zero: bool) -> tuple[float, float]:
    """Return the least and the most of what is drawn along an axis, with room at its end."""
    found: list[float] = []
    for trace in traces:
        values = floats(trace.get(side))
        error = trace.get(f"error_{side}") or {}
        found += values.tolist()
        if error:
            found += (values + floats(error["array"])).tolist()
            found += (values - floats(error["arrayminus"])).tolist()
        if trace["type"] == "bar" or from_zero:
            found.append(0.0)
    known = [one for one in found if math.isfinite(one)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high + 0.05 * (high - low)) if high > low else (low, low + 1.0)


@dataclass(frozen=True)
class Look:
    """How a mark is drawn: on the screen, then on white paper.

    Parameters
    ----------
    marker
        Of matplotlib.
    face, edge
        Colours; « none » for what is hollow.
    width
        Of the edge, points.
    """

    marker: Sign
    face: str
    edge: str
    width: float


def look(marker: Spec, ink: Callable[[str], str]) -> Look:
    """Read the look of a marker; its colour, when there are several, is the first."""
    symbol = str(marker.get("symbol", "circle"))
    line = marker.get("line") or {}
    given = marker.get("color")
    colour = ink(given if isinstance(given, str) else str(array(given)[0])) if given else "none"
    sign = _MARKERS[symbol.removesuffix("-open")]
    width = float(line.get("width", 0.0)) * POINTS
    if symbol.endswith("-open"):
        return Look(sign, "none", colour, max(width, 1.0))
    return Look(sign, colour, ink(line["color"]) if "color" in line else "none", width)


def inks(figure: Spec) -> Callable[[str], str]:
    """Return what turns colours of a figure into those of paper, which is white."""
    return light(str(figure["layout"].get("paper_bgcolor", "")))


def keys(figure: Spec, ink: Callable[[str], str]) -> list[Key]:
    """Return the legend of a figure."""
    shown = figure["layout"].get("showlegend")
    if shown is False:
        return []
    named = [
        one
        for one in figure["data"]
        if one.get("name") and one.get("showlegend") is not False and one["type"] != "heatmap"
    ]
    if len(named) < 2 and not (shown or any(one.get("showlegend") for one in named)):
        return []
    return [_key(one, ink) for one in named]


def _key(trace: Spec, ink: Callable[[str], str]) -> Key:
    words = plain(trace["name"])
    if trace["type"] == "bar":
        given = trace["marker"]["color"]
        return Key(words, face=ink(given if isinstance(given, str) else str(array(given)[0])))
    if "markers" not in trace.get("mode", ""):
        line = trace["line"]
        dashes = cast("Any", DASHES[line.get("dash", "solid")])
        return Key(words, "trait", edge=ink(line["color"]), dashes=dashes)
    found = look(trace["marker"], ink)
    if found.marker == "_":
        return Key(words, "trait", edge=found.edge)
    return Key(words, found.marker, found.face, found.edge, size=7)
