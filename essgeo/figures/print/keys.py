"""Legends: a sign and its words, one after the other on as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from essgeo.figures.print.paper import (
    COLOURS,
    SMALL,
    Paper,
    line_height,
    text_width,
    wrap,
)

#: Hatching of what has no value: the states differ by their drawing, not by a colour alone.
HATCHES = {"sans_donnee": "////", "secret": "xxxxx", "hors_champ": "-----", "hors_selection": ""}

#: A filled box, a line, or a marker of matplotlib.
Sign = Literal["boite", "trait", "o", ">", "<", "^", "v", "x", "_", "|"]

#: Width of a sign, and room after its words, centimetres.
_SIGN, _AFTER = 0.55, 0.4


@dataclass(frozen=True)
class Key:
    """A line of a legend.

    Parameters
    ----------
    words
        Plain text.
    sign
        What is drawn before the words.
    face, edge
        Colours.
    hatch, dashes
        Drawing of a box, style of a line or of the edge of a box.
    size
        Of a marker, points.
    """

    words: str
    sign: Sign = "boite"
    face: str = "none"
    edge: str = COLOURS["hachure"]
    hatch: str = ""
    dashes: Literal["-", "--", ":"] = "-"
    size: float = 6.0


def keys_lines(keys: Sequence[Key], room: float) -> list[list[Key]]:
    """Set the lines of a legend in ``room`` centimetres; words wider than it are cut."""
    lines: list[list[Key]] = []
    left = -1.0
    for whole in keys:
        words = wrap(whole.words, room - _SIGN - _AFTER, SMALL, most=1)
        key = replace(whole, words="".join(words))
        width = _width(key)
        if left < width:
            lines.append([])
            left = room
        lines[-1].append(key)
        left -= width
    return lines


def _width(key: Key) -> float:
    return _SIGN + text_width(key.words, SMALL) + _AFTER


def draw_keys(paper: Paper, lines: Sequence[Sequence[Key]], x: float, y: float) -> float:
    """Draw the lines of a legend from (x, y) on; return where they end."""
    for line in lines:
        at = x
        for key in line:
            _sign(paper.axes, key, at, y + line_height(SMALL) / 2)
            paper.write(at + _SIGN, y, [key.words], size=SMALL)
            at += _width(key)
        y += 1.15 * line_height(SMALL)
    return y


def _sign(axes: Axes, key: Key, x: float, y: float) -> None:
    middle = x + (_SIGN - 0.12) / 2
    if key.sign == "boite":
        axes.add_patch(
            Rectangle(
                (x, y - 0.12),
                _SIGN - 0.12,
                0.24,
                facecolor=key.face,
                edgecolor=key.edge,
                hatch=key.hatch or None,
                linestyle=key.dashes,
                linewidth=0.7,
            )
        )
    elif key.sign == "trait":
        axes.add_line(
            Line2D(
                [x, x + _SIGN - 0.12],
                [y, y],
                color=key.edge,
                linestyle=key.dashes,
                linewidth=1.2,
            )
        )
    else:
        axes.plot(
            [middle],
            [y],
            marker=key.sign,
            markersize=key.size,
            markerfacecolor=key.face,
            markeredgecolor=key.edge,
            markeredgewidth=0.9,
            linestyle="none",
        )
