"""Charts for print: bars, pairs of bars, and quotients around 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from essgeo.figures.charts.quotients import times
from essgeo.figures.palettes import CATEGORIES
from essgeo.figures.print.keys import HATCHES, Key, draw_keys, keys_lines
from essgeo.figures.print.paper import (
    BODY,
    COLOURS,
    DRAWING,
    MARGIN,
    SMALL,
    TITLE,
    Format,
    Paper,
    clean,
    enlarged,
    foot_height,
    line_height,
    text_width,
    wrap,
)
from essgeo.figures.views import Chart, Series, Values
from essgeo.indicators.statistics import VERDICTS
from essgeo.manifest import Nature
from essgeo.text import NBSP, number

#: Thickness of a bar, room between two rows, and between a bar and the names, centimetres.
_BAR, _GAP, _AWAY = 0.36, 0.22, 0.15

#: Largest share of the width for the names, and lines that one may take.
_NAMES, _NAME_LINES = 0.36, 3

#: Ticks of quotients, and how far their scale goes.
_TIMES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

#: Part of the plot that hatches take where a figure is kept secret: no length is to be read in it.
_SECRET = 0.12

#: Fill and hatches of a first and of a second series: told apart in grey print too.
_FILLS = ((COLOURS["effectif"], ""), (CATEGORIES[1], "////"))

#: Verdict of a quotient -> marker and colour, as on the screen.
_VERDICTS = {
    "plus": (">", COLOURS["effectif"]),
    "moins": ("<", COLOURS["choisi"]),
    "indecis": ("o", COLOURS["discret"]),
}


#: Words of a verdict -> its slug.
_SLUGS = {words: slug for slug, words in VERDICTS.items() if slug}


@dataclass(frozen=True)
class _Plan:
    """Where things stand, in centimetres.

    Parameters
    ----------
    names
        Lines of each row's name.
    left, width
        Of the plot.
    tops, heights
        Of each row, from the top of the plot on.
    height
        Of the plot.
    """

    names: tuple[tuple[str, ...], ...]
    left: float
    width: float
    tops: tuple[float, ...]
    heights: tuple[float, ...]
    height: float


def chart_bytes(
    chart: Chart,
    *,
    source: str,
    nature: Nature,
    fmt: Format,
    width_cm: float = 16.0,
    height_cm: float | None = None,
    titled: bool = True,
) -> bytes:
    """Draw a chart for print.

    Parameters
    ----------
    chart
        What is drawn; its texts are plain.
    source
        Source, date, outlines and field in one line, written at the foot.
    nature
        Simulated figures are marked across the plot and at the foot.
    fmt
        « png », 300 dots an inch, or « svg », whose texts stay texts.
    width_cm
        Centimetres. Texts are of 8 points at least up to 16 cm, and grow with a wider picture.
    height_cm
        What the rows need when None; never less than what makes them legible.
    titled
        Whether the title and the sentence are in the picture: a document that writes them
        around it does without.

    Returns
    -------
    bytes
        The same for the same arguments.

    Raises
    ------
    ValueError
        A series has not as many values as there are labels, there are none or more than two
        series, or the width is below 8 cm.
    """
    _check(chart)
    with DRAWING:
        width, scale = enlarged(width_cm)
        room = width - 2 * MARGIN
        title = wrap(chart.title, room, TITLE, bold=True, most=3) if titled else []
        sentence = wrap(chart.sentence, room, BODY, most=5) if titled else []
        keys = keys_lines(_keys(chart), room)
        above = MARGIN + len(title) * line_height(TITLE) + len(sentence) * line_height(BODY)
        above += 0.12 * bool(title or sentence) + 1.15 * line_height(SMALL) * len(keys) + 0.15
        unit = wrap(chart.unit, room, SMALL, most=2)
        below = 0.12 + line_height(SMALL) * (1 + len(unit)) + 0.18
        below += foot_height(source, nature, width)
        asked = None if height_cm is None else height_cm / scale - above - below
        plan = _plan(chart, width, asked)
        paper = Paper(width, above + plan.height + below)
        y = paper.write(MARGIN, MARGIN, title, size=TITLE, bold=True)
        y = paper.write(MARGIN, y, sentence) + 0.12 * bool(title or sentence)
        draw_keys(paper, keys, MARGIN, y)
        _rows(paper, chart, plan, above)
        y = above + plan.height + 0.12 + line_height(SMALL)
        middle = plan.left + plan.width / 2
        widest = max((text_width(line, SMALL) for line in unit), default=0.0)
        middle = min(max(middle, MARGIN + widest / 2), width - MARGIN - widest / 2)
        y = paper.write(middle, y, unit, size=SMALL, align="center")
        paper.mark(nature, MARGIN, above, room, plan.height)
        paper.foot(y + 0.18, source, nature)
        return paper.to_bytes(fmt, scale=scale, title=chart.title, alt=chart.alt)


def _check(chart: Chart) -> None:
    if not 1 <= len(chart.series) <= len(_FILLS):
        msg = f"une ou deux séries attendues, pas {len(chart.series)}"
        raise ValueError(msg)
    for one in chart.series:
        for values in (one.values, one.low, one.high, one.texts):
            if values is not None and len(values) != len(chart.labels):
                msg = f"{len(values)} valeurs pour {len(chart.labels)} libellés ({one.name})"
                raise ValueError(msg)


def _plan(chart: Chart, width: float, asked: float | None) -> _Plan:
    """Share the sheet between names, plot and figures, and the height between rows."""
    most = _NAMES * width
    names = tuple(tuple(wrap(label, most, BODY, most=_NAME_LINES)) for label in chart.labels)
    column = max((text_width(line, BODY) for name in names for line in name), default=0.0)
    # As they are written: bold.
    widths = (
        text_width(text, BODY, bold=True) for one in chart.series for text in _texts(chart, one)
    )
    figures = max(widths, default=0.0)
    left = MARGIN + column + _AWAY
    wanted = [
        max(len(name) * line_height(BODY), len(chart.series) * _BAR) + _GAP for name in names
    ] or [1.5 * line_height(BODY)]
    stretch = 1.0 if asked is None else max(1.0, asked / sum(wanted))
    heights = tuple(one * stretch for one in wanted)
    tops = tuple(sum(heights[:row]) for row in range(len(heights)))
    return _Plan(names, left, width - MARGIN - figures - _AWAY - left, tops, heights, sum(heights))


def _texts(chart: Chart, series: Series) -> list[str]:
    """Return what is written beside each value."""
    if series.texts is not None:
        return [clean(text) for text in series.texts]
    if chart.kind == "quotients":
        return [times(math.nan if value is None else value) for value in series.values]
    known = [value for value in series.values if value is not None]
    decimals = int(any(value != round(value) for value in known))
    return ["sans donnée" if value is None else number(value, decimals) for value in series.values]


def _secret(text: str) -> bool:
    return text.startswith("secret")


def _verdict(series: Series, row: int) -> str:
    """Return what can be said of a quotient: what is written of it, else what its interval says.

    The two may differ: a verdict is corrected for the number of rows, an interval is not.
    """
    if series.texts is not None and series.texts[row] in _SLUGS:
        return _SLUGS[series.texts[row]]
    low, high = (None if one is None else one[row] for one in (series.low, series.high))
    if low is not None and low > 1:
        return "plus"
    if high is not None and high < 1:
        return "moins"
    return "indecis"


def _keys(chart: Chart) -> list[Key]:
    """Return the legend: what bars, markers and lines are."""
    keys: list[Key] = []
    bounds = any(one.low is not None and one.high is not None for one in chart.series)
    if chart.kind == "quotients":
        one = chart.series[0]
        if bounds:
            there = {
                _verdict(one, row) for row, value in enumerate(one.values) if value is not None
            }
            keys += [
                Key(VERDICTS[slug], marker, _face(marker, colour), colour, size=7)  # type: ignore[arg-type]  # the three markers of a Key
                for slug, (marker, colour) in _VERDICTS.items()
                if slug in there
            ]
        keys.append(Key("comme dans la référence (×1)", "trait", edge=COLOURS["texte"], dashes=":"))
    elif len(chart.series) > 1 or bounds:
        keys += [
            Key(one.name, face=face, hatch=hatch, edge=COLOURS["texte"])
            for one, (face, hatch) in zip(chart.series, _FILLS, strict=False)
        ]
    if bounds:
        keys.append(Key("intervalle", "trait", edge=COLOURS["texte"]))
    if any(_secret(text) for one in chart.series for text in _texts(chart, one)):
        keys.append(Key("secret statistique", hatch=HATCHES["secret"]))
    return keys


def _face(marker: str, colour: str) -> str:
    return COLOURS["papier"] if marker == "o" else colour


def _rows(paper: Paper, chart: Chart, plan: _Plan, above: float) -> None:
    """Draw the plot, its names at the left and its figures at the right."""
    axes = paper.panel(plan.left, above, plan.width, plan.height)
    axes.set_ylim(above + plan.height, above)
    axes.yaxis.set_major_locator(NullLocator())
    axes.set_facecolor(COLOURS["papier"])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(COLOURS["trait_region"])
    axes.tick_params(axis="x", labelsize=SMALL, colors=COLOURS["texte"], length=2, width=0.6, pad=2)
    axes.grid(axis="x", color=COLOURS["trait_departement"], linewidth=0.5)
    axes.set_axisbelow(True)
    draw = _quotients if chart.kind == "quotients" else _bars
    middles = [
        above + top + height / 2 for top, height in zip(plan.tops, plan.heights, strict=True)
    ]
    draw(paper, axes, chart, middles)
    for name, middle in zip(plan.names, middles, strict=False):
        height = len(name) * line_height(BODY)
        paper.write(plan.left - _AWAY, middle - height / 2, name, align="right")
    if not chart.labels:
        axes.xaxis.set_major_locator(NullLocator())
        words = [f"Rien à montrer dans cette sélection{NBSP}: aucune ligne."]
        paper.write(plan.left + 0.2, above + 0.1, words, colour=COLOURS["discret"])


def _figure(paper: Paper, text: str, middle: float, *, known: bool) -> None:
    """Write a figure at the right of its row."""
    paper.write(
        paper.width - MARGIN,
        middle - line_height(BODY) / 2,
        [text],
        bold=known,
        italic=not known,
        colour=COLOURS["texte" if known else "discret"],
        align="right",
    )


def _bars(paper: Paper, axes: Axes, chart: Chart, middles: Sequence[float]) -> None:
    """Draw the bars of one or two series."""
    ends = [
        value
        for one in chart.series
        for values in (one.values, one.high or ())
        for value in values
        if value is not None and math.isfinite(value)
    ]
    lowest, highest = min([0.0, *ends]), max([0.0, *ends])
    # Room for the end of the longest bar; a chart of zeros still has an axis.
    right = lowest + (highest - lowest) * 1.03 if highest > lowest else 1.0
    axes.set_xlim(lowest, right)
    locator = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10])
    axes.xaxis.set_major_locator(locator)
    ticks = locator.tick_values(lowest, right)
    step = min((after - before for before, after in pairwise(ticks)), default=1.0)
    decimals = next((one for one in range(4) if round(step * 10**one, 6) % 1 == 0), 4)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, decimals)))
    axes.add_line(Line2D([0, 0], axes.get_ylim(), color=COLOURS["trait_region"], linewidth=0.8))
    for place, (one, (face, hatch)) in enumerate(zip(chart.series, _FILLS, strict=False)):
        shift = (place - (len(chart.series) - 1) / 2) * _BAR
        for row, text in enumerate(_texts(chart, one)):
            value, at = one.values[row], middles[row] + shift
            _figure(paper, text, at, known=value is not None)
            if value is None and _secret(text):
                axes.add_patch(_bar(_SECRET * (right - lowest), at, "none", HATCHES["secret"]))
            if value is None:
                continue
            axes.add_patch(_bar(value, at, face, hatch))
            _interval(axes, one.low, one.high, row, at, (lowest, right))


def _bar(length: float, middle: float, face: str, hatch: str) -> Rectangle:
    secret = face == "none"
    return Rectangle(
        (0, middle - _BAR / 2 + 0.02),
        length,
        _BAR - 0.04,
        facecolor=face,
        edgecolor=COLOURS["hachure" if secret else "texte"],
        hatch=hatch or None,
        linewidth=0 if secret else 0.5,
    )


def _interval(
    axes: Axes,
    low: Values | None,
    high: Values | None,
    row: int,
    middle: float,
    ends: tuple[float, float],
    colour: str = COLOURS["texte"],
) -> None:
    """Draw the interval of a value; a bound that is not known, or off the scale, has no cap."""
    if low is None or high is None:
        return
    start, stop = low[row], high[row]
    if start is None and stop is None:
        return
    left = ends[0] if start is None or start < ends[0] else start
    right = ends[1] if stop is None or stop > ends[1] else stop
    axes.plot([left, right], [middle, middle], color=colour, linewidth=1.3, zorder=3)
    caps = [one for one in (left, right) if ends[0] < one < ends[1]]
    axes.plot(
        caps,
        [middle] * len(caps),
        marker="|",
        markersize=6,
        markeredgewidth=1.3,
        color=colour,
        linestyle="none",
        zorder=3,
    )


def _time(value: float) -> str:
    """Write a quotient of the scale: « ×0,5 », « ×2 »."""
    return f"×{number(value, int(value < 1))}"


def spaced(left: float, right: float, width: float) -> list[float]:
    """Return the ticks of a scale, as many as can be written along a width in centimetres."""
    kept: list[float] = []
    per_time = width / math.log(right / left)
    # Those that matter most come first: as in the reference, the ends, then the others.
    shown = [tick for tick in _TIMES if left <= tick <= right]
    for tick in sorted(shown, key=lambda one: (one != 1, one not in (left, right))):
        room = text_width(_time(0.1), SMALL) * 1.25
        if all(abs(math.log(tick / one)) * per_time >= room for one in kept):
            kept.append(tick)
    return sorted(kept)


def _quotients(paper: Paper, axes: Axes, chart: Chart, middles: Sequence[float]) -> None:
    """Draw points around 1, and what is sure of them."""
    series = chart.series[0]
    bounds = [
        value
        for values in (series.values, series.low or (), series.high or ())
        for value in values
        if value is not None and value > 0 and math.isfinite(value)
    ]
    least, most = min([0.5, *bounds]), max([2.0, *bounds])
    left = max((tick for tick in _TIMES if tick <= least), default=_TIMES[0])
    right = min((tick for tick in _TIMES if tick >= most), default=_TIMES[-1])
    if chart.log:
        axes.set_xscale("log")
        axes.set_xlim(left / 1.05, right * 1.05)
        ticks = spaced(left, right, axes.get_position().width * paper.width)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        left = 0.0
        axes.set_xlim(left, right * 1.03)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _time(value)))
    axes.axvline(1, color=COLOURS["texte"], linewidth=1.2, linestyle=":")
    for row, text in enumerate(_texts(chart, series)):
        value = series.values[row]
        _figure(paper, text, middles[row], known=value is not None)
        if value is None:
            continue
        marker, colour = _VERDICTS[_verdict(series, row)]
        _interval(axes, series.low, series.high, row, middles[row], axes.get_xlim(), colour)
        axes.plot(
            [min(max(value, left), right)],
            [middles[row]],
            marker=marker,
            markersize=7,
            markerfacecolor=_face(marker, colour),
            markeredgecolor=colour,
            markeredgewidth=1.2,
            zorder=4,
            clip_on=False,
        )
