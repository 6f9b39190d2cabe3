"""What every chart shares: fonts, French numbers, its source at the foot, its nature inside."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import plotly.graph_objects as go

from essgeo.figures.palettes import BASE, MARK, MARKS, Theme
from essgeo.manifest import Nature
from essgeo.text import NNBSP, escape

#: Fonts of the computer, not the page's: a browser makes a picture without the page's fonts, and
#: texts laid out with one and drawn with another do not fit.
FONT = '"Segoe UI", "Helvetica Neue", Arial, sans-serif'

#: Size of the text in pixels, read from the back of a room, and of the foot.
SIZE, SMALL = 16, 13

#: Characters in a line of the foot (a phone's width), and the height of the line in pixels.
FOOT_WIDTH, FOOT_LINE = 50, 18

#: Room in pixels for the ticks of the axis between the plot and the foot.
TICKS = 34

_AXIS = re.compile(r"[xy]axis\d*")


def framed(
    figure: go.Figure,
    *,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
    height: int,
    top: int = 12,
    layout: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Dress a chart: what it must say of itself leaves with the picture.

    Parameters
    ----------
    figure
        Changed in place. Its texts are already escaped.
    source
        Source, date and outlines, one line of plain text, written at the foot.
    nature
        Simulated figures are marked across the plot and at the foot.
    theme
        « clair » or « sombre ».
    height
        Height in pixels of the plot and of ``top``; ticks and foot are added.
    top
        Margin in pixels above the plot, for a legend or a title of panels.
    layout
        What the chart adds to its layout; given here, it costs no pass of its own.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure.
    """
    # The template is most of the layout: plotly gives it back to the new one.
    whole: dict[str, Any] = {
        name: value for name, value in figure.layout.to_plotly_json().items() if name != "template"
    }
    _merge(whole, layout or {})
    # All at once: plotly takes ten times longer to change a layout key by key.
    figure.layout = _framed(whole, source, nature, theme, height, top)
    return figure


def drawn(
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any],
    *,
    source: str,
    nature: Nature,
    theme: Theme = "clair",
    height: int,
    top: int = 12,
    title: int = 0,
) -> Kept:
    """Make a chart from its traces and dress it: several times faster than :func:`framed`.

    Finished: not to be changed.

    Parameters
    ----------
    traces, layout
        As plotly writes them; axes that are to be dressed are named in the layout.
    source, nature, theme, height, top
        See :func:`framed`.
    title
        Room in pixels for the title of the axis between its values and the foot.
    """
    whole: dict[str, Any] = {}
    _merge(whole, layout)
    made = _framed(whole, source, nature, theme, height, top)
    made["height"] += title
    made["margin"]["b"] += title
    # What the chart says of a part of its own has the last word.
    _merge(made, {name: value for name, value in layout.items() if isinstance(value, dict)})
    return Kept({"data": list(traces), "layout": made})


def _framed(
    whole: dict[str, Any], source: str, nature: Nature, theme: Theme, height: int, top: int
) -> dict[str, Any]:
    """Add to a layout what all charts say of themselves."""
    base = BASE[theme]
    foot = [escape(line) for line in textwrap.wrap(source, FOOT_WIDTH)]
    mark = MARKS[nature]
    if mark:
        foot.insert(0, f'<b><span style="color:{MARK[theme]}">{mark}</span></b>')
        whole["annotations"] = [*whole.get("annotations", ()), _across(mark, theme)]
    below = FOOT_LINE * len(foot) + 14
    pixels = height + TICKS + below
    _merge(whole, _dress(theme))
    dress = {
        "height": pixels,
        "margin": {"l": 8, "r": 16, "t": top, "b": below + TICKS},
        # A title at the foot: unlike an annotation it may run under the labels, on a phone too.
        "title": {
            "text": "<br>".join(foot),
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "pad": {"l": 8},
            "yref": "container",
            "y": (below - 6) / pixels,
            "yanchor": "top",
            "font": {"size": SMALL, "color": base["discret"]},
        },
    }
    # A finger that scrolls the page must not zoom into the chart.
    axes = {
        "fixedrange": True,
        "automargin": True,
        "gridcolor": base["trait_departement"],
        "zerolinecolor": base["trait_region"],
    }
    names = {"xaxis", "yaxis", *(name for name in whole if _AXIS.fullmatch(name))}
    _merge(whole, {**dress, **dict.fromkeys(names, axes)})
    return whole


class Kept(go.Figure):  # type: ignore[misc] # plotly says no types
    """A finished figure: not to be changed.

    Plotly checks every property of a figure and copies them all twice, ten milliseconds a chart.
    What goes to the browser is written here once and sent as it is; the figure is checked when
    something else looks at it (tests, a picture).

    Parameters
    ----------
    spec
        ``data`` and ``layout`` as plotly writes them.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec

    def __getattr__(self, name: str) -> Any:
        """Make the figure when it is first looked at."""
        if "_data" in self.__dict__ or name == "_spec":
            raise AttributeError(name)
        super().__init__(self._spec)
        return getattr(self, name)

    @cached_property
    def _sent(self) -> dict[str, Any]:
        layout = {**self._spec["layout"], "template": _template()}
        return {"data": self._spec["data"], "layout": layout}

    def to_dict(self) -> dict[str, Any]:
        """Return what is sent; the same object each time."""
        return self._sent


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    """Return what plotly gives to figures that name no template."""
    template: dict[str, Any] = go.Figure().layout.template.to_plotly_json()
    return template


def _dress(theme: Theme) -> dict[str, Any]:
    """Return the part of the layout that all charts of a theme share."""
    base = BASE[theme]
    return {
        "autosize": True,
        "separators": f",{NNBSP}",
        "font": {"family": FONT, "size": SIZE, "color": base["texte"]},
        # Opaque: light letters on a transparent picture vanish on a white slide.
        "paper_bgcolor": base["papier"],
        "plot_bgcolor": base["papier"],
        "hoverlabel": {
            "font": {"family": FONT, "size": SIZE, "color": base["texte"]},
            "bgcolor": base["survol"],
            "align": "left",
        },
        "dragmode": False,
        "legend": {
            "orientation": "h",
            "xref": "container",
            "x": 0,
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "font": {"size": SIZE},
            "itemsizing": "constant",
        },
    }


def _across(mark: str, theme: Theme) -> dict[str, Any]:
    """Return the annotation that marks the nature of the figures across the plot."""
    return {
        "text": f"<b>{'<br>'.join(textwrap.wrap(mark, 12))}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "showarrow": False,
        "textangle": -18,
        "opacity": 0.2,
        "font": {"size": 38, "color": MARK[theme]},
    }


def _merge(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Change a layout in place; what it holds beside is kept, level by level."""
    for name, value in new.items():
        if isinstance(value, dict):
            _merge(into.setdefault(name, {}), value)
        else:
            into[name] = value


def wrapped(label: str, width: int = 24) -> str:
    """Escape a label and break it into lines that leave room for the plot on a phone."""
    return "<br>".join(escape(line) for line in textwrap.wrap(label, width)) or escape(label)
