"""Names on a map, as many as fit without covering each other or what they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from essgeo.figures.print.frames import Panel
from essgeo.figures.print.paper import COLOURS, SMALL, Paper, line_height, text_width, wrap

#: Left, top, right and bottom, centimetres of the sheet.
Box = tuple[float, float, float, float]

#: Widest name, centimetres: a longer one is cut, and says so.
_WIDEST = 6.5


@dataclass(frozen=True)
class Label:
    """A name, and the place of what it names."""

    text: str
    box: Box


def corners(panel: Panel, *, legend: bool) -> list[Box]:
    """Return the places kept for the north, the scale bar and, if there is one, the legend."""
    right, bottom = panel.left + panel.width, panel.top + panel.height
    kept = [
        (right - 0.8, panel.top, right, panel.top + 1.2),
        (right - 3.4, bottom - 0.9, right, bottom),
    ]
    return [*kept, (panel.left, bottom - 1.9, panel.left + 2.6, bottom)] if legend else kept


def write_labels(paper: Paper, panel: Panel, labels: Sequence[Label], taken: Sequence[Box]) -> None:
    """Write names above, below or beside what they name, the first ones first.

    Parameters
    ----------
    labels
        In the order of their importance; one that has no room is not written.
    taken
        Where nothing may be written; what a label names may be among them.
    """
    held = (panel.left, panel.top, panel.left + panel.width, panel.top + panel.height)
    full = list(taken)
    for label in labels:
        lines = wrap(label.text, _WIDEST, SMALL, most=1)
        if not lines:
            continue
        free = (
            box
            for box in _places(label.box, text_width(lines[0], SMALL), line_height(SMALL))
            if _inside(box, held) and not any(_meet(box, one) for one in full)
        )
        box = next(free, None)
        if box is None:
            continue
        full.append(box)
        # A ground behind the letters: an outline around them would make them shapes, not text.
        paper.axes.text(
            (box[0] + box[2]) / 2,
            (box[1] + box[3]) / 2,
            lines[0],
            fontsize=SMALL,
            color=COLOURS["texte"],
            ha="center",
            va="center_baseline",
            bbox={"facecolor": COLOURS["terre"], "edgecolor": "none", "alpha": 0.6, "pad": 0.4},
        )


def _places(around: Box, width: float, height: float) -> Iterator[Box]:
    """Return where a name may stand: above, below, at the right, at the left."""
    left, top, right, bottom = around
    x, y = (left + right) / 2, (top + bottom) / 2
    gap = 0.05
    for west, north in (
        (x - width / 2, top - height - gap),
        (x - width / 2, bottom + gap),
        (right + gap, y - height / 2),
        (left - width - gap, y - height / 2),
    ):
        yield west, north, west + width, north + height


def _inside(one: Box, other: Box) -> bool:
    return one[0] > other[0] and one[1] > other[1] and one[2] < other[2] and one[3] < other[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
