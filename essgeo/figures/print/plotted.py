"""Charts of the pages, drawn for print from the very figure that is on screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from essgeo.figures.palettes import rgb
from essgeo.figures.print.keys import draw_keys, keys_lines
from essgeo.figures.print.paper import (
    BODY,
    COLOURS,
    DRAWING,
    MARGIN,
    SMALL,
    TITLE,
    WIDTH,
    Format,
    Paper,
    enlarged,
    foot_height,
    line_height,
    text_width,
    wrap,
)
from essgeo.figures.print.traces import (
    CM,
    DASHES,
    POINTS,
    Axis,
    Floats,
    Spec,
    array,
    axis,
    floats,
    inks,
    keys,
    lines_of,
    look,
    plain,
    points,
)
from essgeo.manifest import Nature

#: Room between the plot and what is written beside it, centimetres.
_AWAY = 0.15

#: Longest line of the name of a row, centimetres.
_NAMES = 4.5


@dataclass(frozen=True)
class _Sheet:
    """A figure and where its plot stands on the sheet, centimetres."""

    paper: Paper
    figure: Spec
    axes: dict[str, Axis]
    ink: Callable[[str], str]
    left: float
    top: float
    width: float
    height: float

    def x(self, share: float) -> float:
        return self.left + share * self.width

    def y(self, share: float) -> float:
        return self.top + (1 - share) * self.height


def plotted_bytes(
    figure: go.Figure | Spec,
    *,
    title: str,
    sentence: str,
    source: str,
    nature: Nature,
    fmt: Format,
    width_cm: float = WIDTH,
) -> bytes:
    """Draw a chart of a page for print.

    Parameters
    ----------
    figure
        Framed (:mod:`essgeo.figures.charts.frame`), or as it is sent to the browser; in either
        theme, for the paper is white.
    title, sentence
        Above the picture, plain text.
    source, nature, fmt, width_cm
        See :func:`essgeo.figures.print.chart_bytes`.

    Raises
    ------
    ValueError
        Narrower than 8 cm.
    """
    spec = figure if isinstance(figure, Mapping) else figure.to_dict()
    layout = spec["layout"]
    ink = inks(spec)
    axes = _axes(spec)
    with DRAWING:
        width, scale = enlarged(width_cm)
        room = width - 2 * MARGIN
        head = wrap(title, room, TITLE, bold=True, most=3)
        said = wrap(sentence, room, BODY, most=5)
        legend = keys_lines(keys(spec, ink), room)
        left, right = _sides(spec, axes)
        plot = width - left - right
        over = _over(spec, axes, plot)
        above = MARGIN + len(head) * line_height(TITLE) + len(said) * line_height(BODY) + 0.12
        legend_at = above
        above += 1.15 * line_height(SMALL) * len(legend) + over + 0.1
        margin = layout["margin"]
        height = (layout["height"] - margin["t"] - margin["b"]) * CM
        if (tied := _tied(axes, height)) < plot:
            left, plot = left + (plot - tied) / 2, tied
        below = 0.15 + _under(axes, plot) + 0.15
        paper = Paper(width, above + height + below + foot_height(source, nature, width))
        sheet = _Sheet(paper, spec, axes, ink, left, above, plot, height)
        y = paper.write(MARGIN, MARGIN, head, size=TITLE, bold=True)
        paper.write(MARGIN, y, said)
        draw_keys(paper, legend, MARGIN, legend_at)
        _panels(sheet)
        _annotations(sheet)
        paper.mark(nature, left, above, plot, height)
        paper.foot(above + height + below, source, nature)
        return paper.to_bytes(fmt, scale=scale, title=title, alt=sentence or title)


# --- axes ---------------------------------------------------------------------------------------


def _axes(figure: Spec) -> dict[str, Axis]:
    """Return the axes that the traces are on, by the name that traces give them."""
    named: dict[str, list[Spec]] = {}
    for trace in figure["data"]:
        for side in "xy":
            named.setdefault(trace.get(f"{side}axis", side), []).append(trace)
    return {
        name: axis(figure["layout"].get(f"{name[0]}axis{name[1:]}", {}), traces, name[0])
        for name, traces in named.items()
    }


def _tied(axes: dict[str, Axis], height: float) -> float:
    """Return the width of a plot whose two scales are tied, as those of a map; else any."""
    across, up = axes["x"], axes["y"]
    if "scaleanchor" not in up.spec:
        return math.inf
    wide, high = (abs(one.ends[1] - one.ends[0]) for one in (across, up))
    return height * wide / (high * float(up.spec["scaleratio"]))


def _written(one: Axis) -> list[tuple[float, str]]:
    """Return the ticks of an axis, none when it writes none."""
    shown = one.spec.get("visible", True) and one.spec.get("showticklabels", True)
    return one.ticks() if shown else []


def _size(one: Axis) -> float:
    return points((one.spec.get("tickfont") or {}).get("size", SMALL / POINTS))


def _sides(figure: Spec, axes: dict[str, Axis]) -> tuple[float, float]:
    """Return the room at the left and at the right of the plot, centimetres."""
    rooms = {"left": 0.0, "right": 0.0}
    for name, one in axes.items():
        if name[0] == "x":
            continue
        widths = (
            text_width(line, _size(one), bold=bold)
            for _, lines, bold in _names(one)
            for line in lines
        )
        side = one.spec.get("side", "left")
        rooms[side] = max(rooms[side], _AWAY + max(widths, default=-_AWAY))
    # Half of the last tick of the axis below stands beyond the plot.
    beyond = figure["layout"]["margin"]["r"] * CM
    return MARGIN + rooms["left"], MARGIN + max(rooms["right"], beyond)


def _names(one: Axis) -> list[tuple[float, list[str], bool]]:
    """Set the names of rows, in longer lines than a phone has, and whether they are bold."""
    size = _size(one)
    return [
        (at, wrap(plain(text), _NAMES, size, bold="<b>" in text), "<b>" in text)
        for at, text in _written(one)
    ]


def _columns(one: Axis, plot: float) -> list[tuple[float, list[str], bool]]:
    """Set the names over columns: level where their words fit, aslant elsewhere."""
    ticks = _written(one)
    low, high = one.domain
    room = plot * (high - low) / max(len(ticks), 1) - 0.1
    size = _size(one)
    words = [word for _, text in ticks for word in plain(text).split()]
    level = all(text_width(word, size) <= room for word in words)
    return [
        (at, wrap(plain(text), room, size) if level else lines_of(text), level)
        for at, text in ticks
    ]


def _over(figure: Spec, axes: dict[str, Axis], plot: float) -> float:
    """Return the room over the plot: names of columns, titles of panels."""
    found = 0.0
    for name, one in axes.items():
        if name[0] != "x" or one.spec.get("side") != "top":
            continue
        for _, lines, level in _columns(one, plot):
            high = len(lines) * line_height(_size(one))
            if not level:
                long = max(text_width(line, _size(one)) for line in lines)
                high = 0.87 * long + 0.5 * high
            found = max(found, high + _AWAY)
    for one_text in figure["layout"].get("annotations", ()):
        if one_text.get("yanchor") == "bottom" and one_text["y"] > 1 - 1e-9:
            size = points(one_text["font"]["size"])
            found = max(found, len(lines_of(one_text["text"])) * line_height(size))
    return found


def _under(axes: dict[str, Axis], plot: float) -> float:
    """Return the room under the plot: ticks and title of the axis."""
    found = 0.0
    for name, one in axes.items():
        if name[0] == "x" and one.spec.get("side") != "top" and _written(one):
            title = wrap(_title(one), plot, SMALL, most=2) if _title(one) else []
            found = max(found, line_height(SMALL) * (1 + len(title)))
    return found


def _title(one: Axis) -> str:
    return plain((one.spec.get("title") or {}).get("text") or "")


# --- plot ---------------------------------------------------------------------------------------


def _panels(sheet: _Sheet) -> None:
    """Draw each pair of axes and what is on it."""
    pairs: dict[tuple[str, str], list[Spec]] = {}
    for trace in sheet.figure["data"]:
        pair = trace.get("xaxis", "x"), trace.get("yaxis", "y")
        pairs.setdefault(pair, []).append(trace)
    for (across, up), traces in pairs.items():
        x, y = sheet.axes[across], sheet.axes[up]
        if y.spec.get("overlaying"):
            # A column of figures: it has ticks and no trace of its own.
            _beside(sheet, y)
            continue
        left, right = (sheet.x(one) for one in x.domain)
        bottom, top = (sheet.y(one) for one in y.domain)
        axes = sheet.paper.panel(left, top, right - left, bottom - top)
        _dress(axes, x, y)
        for shape in sheet.figure["layout"].get("shapes", ()):
            line = shape["line"]
            axes.axvline(
                shape["x0"], color=sheet.ink(line["color"]), linewidth=line["width"] * POINTS,
                linestyle=DASHES[line.get("dash", "solid")], zorder=1.5,
            )  # fmt: skip
        bars = [trace for trace in traces if trace["type"] == "bar"]
        for trace in traces:
            match trace["type"]:
                case "bar":
                    _bars(sheet, axes, x, y, trace, bars.index(trace), len(bars))
                case "heatmap":
                    _cells(sheet, axes, x, y, trace)
                case _:
                    _marks(sheet, axes, x, y, trace)
        _below(sheet, x, y)
        _beside(sheet, y)


def _dress(axes: Axes, x: Axis, y: Axis) -> None:
    axes.set_facecolor("none")
    if x.log:
        axes.set_xscale("log")
    axes.set_xlim(*x.ends)
    axes.set_ylim(*y.ends)
    # Ticks are written on the sheet: those of the library are not French.
    axes.tick_params(bottom=False, left=False, which="both")
    axes.tick_params(labelbottom=False, labelleft=False, which="both")
    for spine in axes.spines.values():
        spine.set_visible(False)
    for one, draw in ((x, axes.axvline), (y, axes.axhline)):
        if not one.spec.get("visible", True):
            continue
        if one.spec.get("showgrid", True):
            for at, _ in one.ticks():
                draw(at, color=COLOURS["trait_departement"], linewidth=0.5, zorder=0.5)
        if one.spec.get("zeroline", True) and not one.log and not one.names:
            draw(0, color=COLOURS["trait_region"], linewidth=0.9, zorder=1)


def _bars(sheet: _Sheet, axes: Axes, x: Axis, y: Axis, trace: Spec, place: int, count: int) -> None:
    """Draw the bars of one series among those of its panel."""
    flat = trace.get("orientation") == "h"
    along, beside = (x.at(trace["x"]), y.at(trace["y"]))[:: 1 if flat else -1]
    group = 1 - sheet.figure["layout"].get("bargap", 0.2)
    thick = trace.get("width", group / count)
    middle = beside + (place - (count - 1) / 2) * thick
    given = trace["marker"]["color"]
    colours = [given] * len(along) if isinstance(given, str) else array(given).tolist()
    texts = array(trace.get("text"))
    for row, (value, at) in enumerate(zip(along.tolist(), middle.tolist(), strict=True)):
        size = (value, thick) if flat else (thick, value)
        corner = (0.0, at - thick / 2) if flat else (at - thick / 2, 0.0)
        if value == value:
            bar = Rectangle(corner, *size, facecolor=sheet.ink(colours[row]), zorder=2)
            bar.set(edgecolor=COLOURS["texte"], linewidth=0.4)
            axes.add_patch(bar)
        if len(texts):
            axes.text(
                value + 0.01 * (x.ends[1] - x.ends[0]), at, plain(str(texts[row])),
                fontsize=SMALL, color=COLOURS["texte"], va="center_baseline", zorder=4,
            )  # fmt: skip


def _marks(sheet: _Sheet, axes: Axes, x: Axis, y: Axis, trace: Spec) -> None:
    """Draw lines, intervals, markers and texts."""
    at, up = x.at(trace["x"]), y.at(trace["y"])
    if not np.isfinite(at).any():
        return
    mode = trace["mode"]
    if trace.get("fill") == "toself":
        lifted = np.flatnonzero(np.isnan(at))
        for path in np.split(np.column_stack([at, up]), lifted):
            axes.add_patch(
                Polygon(path[~np.isnan(path[:, 0])], color=sheet.ink(trace["fillcolor"]), zorder=2)
            )
    if "lines" in mode:
        line = trace["line"]
        axes.plot(
            at, up, color=sheet.ink(line["color"]), linewidth=line["width"] * POINTS,
            linestyle=DASHES[line.get("dash", "solid")], zorder=2.5,
        )  # fmt: skip
    error = trace.get("error_x")
    if error:
        axes.errorbar(
            at, up, xerr=[floats(error["arrayminus"]), floats(error["array"])], fmt="none",
            ecolor=sheet.ink(error["color"]), elinewidth=error["thickness"] * POINTS,
            capsize=error["width"] * POINTS, capthick=error["thickness"] * POINTS, zorder=3,
        )  # fmt: skip
    if "markers" in mode:
        _points(sheet, axes, at, up, trace["marker"])
    if "text" in mode:
        _texts(sheet, axes, at, up, trace)


def _points(sheet: _Sheet, axes: Axes, at: Floats, up: Floats, marker: Spec) -> None:
    drawn = look(marker, sheet.ink)
    given = marker.get("size", 6)
    sizes = np.full(len(at), given, np.float64) if np.isscalar(given) else floats(given)
    for size in np.unique(sizes).tolist():
        here = sizes == size
        axes.plot(
            at[here], up[here], linestyle="none", marker=drawn.marker, markersize=size * POINTS,
            markerfacecolor=drawn.face, markeredgecolor=drawn.edge, markeredgewidth=drawn.width,
            alpha=marker.get("opacity", 1), zorder=3.5, clip_on=False,
        )  # fmt: skip


def _texts(sheet: _Sheet, axes: Axes, at: Floats, up: Floats, trace: Spec) -> None:
    font = trace.get("textfont") or {}
    given = trace.get("textposition", "middle center")
    places = [given] * len(at) if isinstance(given, str) else array(given).tolist()
    for one, high, text, place in zip(at, up, array(trace["text"]), places, strict=True):
        # The text stands at the left of the place that « left » names.
        side = {"right": "left", "left": "right"}.get(place.split()[-1], "center")
        space = "  " if side != "center" else ""
        axes.text(
            one, high, f"{space}{plain(str(text))}{space}", ha=side, va="center_baseline",
            fontsize=points(font.get("size", SMALL)), color=sheet.ink(font["color"]),
            fontweight="bold" if "<b>" in str(text) else "normal", zorder=4,
        )  # fmt: skip


def _cells(sheet: _Sheet, axes: Axes, x: Axis, y: Axis, trace: Spec) -> None:
    """Draw a table whose cells are coloured."""
    low, high = trace["zmin"], trace["zmax"]
    steps = [(float(at), str(colour)) for at, colour in trace["colorscale"]]
    wide = 1 - trace["xgap"] * CM / (sheet.width / abs(x.ends[1] - x.ends[0]))
    tall = 1 - trace["ygap"] * CM / (sheet.height / abs(y.ends[1] - y.ends[0]))
    rows = y.at(trace["y"]).tolist()
    for row, line, texts in zip(rows, floats(trace["z"]), array(trace["text"]), strict=True):
        for column, (value, text) in enumerate(zip(line.tolist(), texts, strict=True)):
            share = (value - low) / (high - low)
            face = sheet.ink(next(colour for at, colour in steps[1::2] if share <= at))
            box = column - wide / 2, row - tall / 2
            axes.add_patch(Rectangle(box, wide, tall, facecolor=face, edgecolor="none", zorder=2))
            dark = sum(rgb(face)) < 3 * 128
            axes.text(
                column, row, plain(str(text)), ha="center", va="center_baseline", fontsize=BODY,
                fontweight="bold", color=COLOURS["papier" if dark else "texte"], zorder=3,
            )  # fmt: skip


# --- texts around the plot ----------------------------------------------------------------------


def _below(sheet: _Sheet, x: Axis, y: Axis) -> None:
    """Write the ticks of the axis that runs along the plot, and its title."""
    size = _size(x)
    if x.spec.get("side") == "top":
        for at, lines, level in _columns(x, sheet.width):
            place = sheet.x(x.share(at))
            if level:
                high = sheet.y(y.domain[1]) - _AWAY - len(lines) * line_height(size)
                sheet.paper.write(place, high, lines, size=size, align="center")
            else:
                sheet.paper.axes.text(
                    place, sheet.y(y.domain[1]) - _AWAY, "\n".join(lines), fontsize=size,
                    rotation=60, rotation_mode="anchor", ha="left", va="center",
                    color=COLOURS["texte"],
                )  # fmt: skip
        return
    under = sheet.y(y.domain[0]) + _AWAY
    for at, text in _written(x):
        sheet.paper.write(sheet.x(x.share(at)), under, lines_of(text), size=size, align="center")
    if _title(x):
        lines = wrap(_title(x), sheet.width, SMALL, most=2)
        middle = sheet.left + sheet.width / 2
        sheet.paper.write(middle, under + line_height(SMALL), lines, size=SMALL, align="center")


def _beside(sheet: _Sheet, y: Axis) -> None:
    """Write the ticks of the axis that runs up the plot."""
    size = _size(y)
    right = y.spec.get("side") == "right"
    at_x = sheet.left + sheet.width + _AWAY if right else sheet.left - _AWAY
    for at, lines, bold in _names(y):
        top = sheet.y(y.share(at)) - len(lines) * line_height(size) / 2
        align: Literal["left", "right"] = "left" if right else "right"
        sheet.paper.write(at_x, top, lines, size=size, bold=bold, align=align)


def _annotations(sheet: _Sheet) -> None:
    """Write what stands over rows and panels; the mark of simulated figures is the sheet's."""
    for one in sheet.figure["layout"].get("annotations", ()):
        if one.get("textangle"):
            continue
        size = points(one["font"]["size"])
        x = sheet.x(_share(sheet, one, "x"))
        y = sheet.y(_share(sheet, one, "y")) - one.get("yshift", 0) * CM
        if "ax" in one:
            _pointing(sheet, x, y, one)
            continue
        centred = one.get("xanchor", "left") == "center"
        lines = lines_of(one["text"])
        if not centred:
            lines = wrap(" ".join(lines), sheet.left + sheet.width - x, size, most=1)
        high = len(lines) * line_height(size)
        y -= high if one.get("yanchor") == "bottom" else high / 2
        sheet.paper.write(x, y, lines, size=size, align="center" if centred else "left")


def _pointing(sheet: _Sheet, x: float, y: float, one: Spec) -> None:
    """Write a text aside of the point that it names, and lead from one to the other."""
    size = points(one["font"]["size"])
    lines = lines_of(one["text"])
    aside, under = x + one["ax"] * CM, y + one["ay"] * CM
    sheet.paper.axes.plot([x, aside], [y, under], color=COLOURS["texte"], linewidth=0.8, zorder=1)
    wide = max(text_width(line, size, bold=True) for line in lines) + 0.2
    high = len(lines) * line_height(size)
    sheet.paper.axes.add_patch(
        Rectangle(
            (aside - wide / 2, under - high / 2), wide, high,
            facecolor=COLOURS["papier"], edgecolor="none", zorder=1.5,
        )
    )  # fmt: skip
    sheet.paper.write(aside, under - high / 2, lines, size=size, bold=True, align="center")


def _share(sheet: _Sheet, one: dict[str, Any], side: str) -> float:
    ref = one.get(f"{side}ref", side)
    return float(one[side]) if ref == "paper" else sheet.axes[ref].share(float(one[side]))
