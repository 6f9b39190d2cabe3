"""A sheet measured in centimetres from its upper left corner, and how it becomes bytes.

matplotlib is used through its ``Figure``, never through pyplot, whose state is that of the whole
process: pictures are asked for by several visitors at once.
"""

from __future__ import annotations

import io
import re
import threading
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from essgeo.figures.palettes import BASE, MARK, MARKS
from essgeo.manifest import Nature
from essgeo.text import NBSP, NNBSP, typeset

Format = Literal["png", "svg"]

#: Dots an inch of a printed picture, and the width for which its texts have their size: a wider
#: picture is the same one enlarged, for slides are looked at from farther away.
DPI, WIDTH = 300, 16.0

#: Sizes of texts in points: nothing is written smaller than the last.
TITLE, BODY, SMALL = 11.0, 9.0, 8.0

#: Size in points of the mark across simulated figures, and height in centimetres under which a
#: plot is too low for it to stand aslant.
_MARK, _LOW = 26.0, 2.8

#: Margin around the sheet, centimetres.
MARGIN = 0.3

#: Centimetres in an inch, points in a centimetre, and centimetres in a line of one point.
_INCH = 2.54
POINTS_CM = 72 / _INCH
_LINE = 1.28 * _INCH / 72

COLOURS = BASE["clair"]

#: Font of pictures; matplotlib ships it.
FONT = "DejaVu Sans"

#: One picture at a time: matplotlib does not promise that its fonts can be shared by threads, and
#: two pictures at once would take as long, Python drawing one step at a time.
DRAWING = threading.Lock()

# Set once for the process, in which nothing else draws with matplotlib: a setting changed for the
# time of a picture would be changed for other threads too.
mpl.rcParams.update(
    {
        "font.family": ["sans-serif"],
        "font.sans-serif": [FONT],
        # A name between two dollars is a name, not a formula.
        "text.parse_math": False,
        # Texts of an SVG stay texts: they can be searched, read aloud and corrected.
        "svg.fonttype": "none",
        # Names inside an SVG are drawn from its content: same content, same bytes.
        "svg.hashsalt": "essgeo",
        "hatch.linewidth": 0.6,
        # Letters as wide as they were measured.
        "text.hinting": "none",
    }
)


class Paper:
    """A white sheet.

    Parameters
    ----------
    width, height
        Centimetres.

    Attributes
    ----------
    axes
        The whole sheet, in centimetres; ``y`` grows downwards.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / _INCH, height / _INCH), dpi=DPI)
        FigureCanvasAgg(self.figure)
        self.axes: Axes = self.panel(0, 0, width, height)
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.set_axis_off()
        # Over the panels, whose own axes come later.
        self.axes.set_zorder(5)

    def panel(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes that take this part of the sheet (centimetres)."""
        bottom = self.height - top - height
        return self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height)
        )

    def write(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float = BODY,
        bold: bool = False,
        italic: bool = False,
        colour: str = COLOURS["texte"],
        align: Literal["left", "center", "right"] = "left",
    ) -> float:
        """Write lines whose first one starts at the height ``y``; return where the last one ends.

        Parameters
        ----------
        lines
            Made by :func:`wrap` or :func:`clean`.
        """
        for line in lines:
            self.axes.text(
                x,
                y + 0.5 * line_height(size),
                line,
                fontsize=size,
                fontweight="bold" if bold else "normal",
                fontstyle="italic" if italic else "normal",
                color=colour,
                ha=align,
                va="center_baseline",
            )
            y += line_height(size)
        return y

    def mark(self, nature: Nature, left: float, top: float, width: float, height: float) -> None:
        """Write across a part of the sheet that its figures are simulated, if they are."""
        if not MARKS[nature]:
            return
        # Aslant where there is room for it; a chart of one row has a low plot.
        flat = height < _LOW
        room = (0.9 * width, 0.9 * height) if flat else (0.62 * min(width, 2.2 * height), height)
        size, lines = _fitted(MARKS[nature], *room)
        self.axes.text(
            left + width / 2,
            top + height / 2,
            "\n".join(lines),
            fontsize=size,
            fontweight="bold",
            color=MARK["clair"],
            alpha=0.2,
            rotation=0 if flat else 18,
            ha="center",
            va="center",
            multialignment="center",
        )

    def foot(self, y: float, source: str, nature: Nature) -> None:
        """Write the nature of the figures and their source from the height ``y`` on."""
        if MARKS[nature]:
            y = self.write(MARGIN, y, [MARKS[nature]], size=SMALL, bold=True, colour=MARK["clair"])
        self.write(MARGIN, y, _source(source, self.width), size=SMALL, colour=COLOURS["discret"])

    def to_bytes(self, fmt: Format, *, scale: float, title: str, alt: str) -> bytes:
        """Return the picture; the same content gives the same bytes.

        Parameters
        ----------
        scale
            How much the sheet is enlarged.
        title, alt
            What the file says of itself, for those who do not see it.
        """
        out = io.BytesIO()
        said = {"Title": clean(title), "Description": clean(alt)}
        if fmt == "png":
            self.figure.savefig(
                out,
                format="png",
                dpi=DPI * scale,
                metadata={**said, "Software": "essgeo"},
                pil_kwargs={"dpi": (DPI, DPI)},
            )
            return out.getvalue()
        self.figure.savefig(
            out,
            format="svg",
            metadata={**said, "Date": None, "Creator": "essgeo", "Language": "fr"},
        )
        text = out.getvalue().decode()
        for name, size in (("width", self.width), ("height", self.height)):
            text = re.sub(f'{name}="[0-9.]+pt"', f'{name}="{size * scale:.2f}cm"', text, count=1)
        return text.encode()


def _fitted(text: str, width: float, height: float) -> tuple[float, list[str]]:
    """Return the largest size at which whole words fit, and their lines."""
    size = _MARK
    while size > SMALL:
        lines = wrap(text, width, size, bold=True)
        whole = " ".join(lines) == text
        if whole and len(lines) * line_height(size) <= height:
            break
        size -= 1
    return size, wrap(text, width, size, bold=True)


def foot_height(source: str, nature: Nature, width: float) -> float:
    """Return the room in centimetres that :meth:`Paper.foot` takes, with a margin below."""
    lines = len(_source(source, width)) + bool(MARKS[nature])
    return lines * line_height(SMALL) + MARGIN


def _source(source: str, width: float) -> list[str]:
    return wrap(source, width - 2 * MARGIN, SMALL, most=6)


def enlarged(width_cm: float) -> tuple[float, float]:
    """Return the width of the sheet, and how much it is enlarged to be as wide as asked.

    Raises
    ------
    ValueError
        Narrower than what its texts need: 8 cm.
    """
    if width_cm < WIDTH / 2:
        msg = f"une image a au moins {WIDTH / 2:.0f} cm de large, pas {width_cm}"
        raise ValueError(msg)
    scale = max(1.0, width_cm / WIDTH)
    return width_cm / scale, scale


def line_height(size: float) -> float:
    """Return the height in centimetres of a line of text of this size in points."""
    return size * _LINE


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width in centimetres of a cleaned text."""
    font = FontProperties(weight="bold" if bold else "normal", size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) * _INCH / 72


@cache
def _drawable() -> frozenset[int]:
    """Return the characters that the font has."""
    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def clean(text: str) -> str:
    """Keep what can be written of a text from data: one line, characters that the font has."""
    known = _drawable()
    spaced = "".join(char if char.isprintable() or char in (NBSP, NNBSP) else " " for char in text)
    return typeset(
        " ".join(
            "".join(char if ord(char) in known else "\N{REPLACEMENT CHARACTER}" for char in word)
            for word in spaced.split(" ")
            if word
        )
    )


def wrap(
    text: str, room: float, size: float, *, bold: bool = False, most: int | None = None
) -> list[str]:
    """Clean a text and break it into lines that are at most ``room`` centimetres wide.

    Parameters
    ----------
    most
        Lines kept; what is cut is said by « … ».
    """

    def fits(line: str) -> bool:
        return text_width(line, size, bold=bold) <= room

    lines: list[str] = []
    line = ""
    # No more is read than could be written: a name may be as long as a book.
    for word in clean(text[:4000]).split(" "):
        longer = f"{line} {word}" if line else word
        if fits(longer):
            line = longer
            continue
        if line:
            lines.append(line)
        while not fits(word) and len(word) > 1:
            ends = range(2, len(word))
            kept = 1 + bisect_left(ends, x=True, key=lambda end: not fits(word[:end]))
            lines.append(word[:kept])
            word = word[kept:]
        line = word
    lines.append(line)
    lines = [one for one in lines if one]
    if most is not None and len(lines) > most:
        last = lines[most - 1]
        while last and not fits(f"{last}…"):
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last.rstrip()}…"]
    return lines
