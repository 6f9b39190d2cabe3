"""A story as documents need it: its pictures drawn, its tables measured, its marks written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from essgeo.atlas import Atlas
from essgeo.exports.archives import redated
from essgeo.figures.palettes import MARKS
from essgeo.figures.print import chart_bytes, map_bytes
from essgeo.figures.print.paper import Format
from essgeo.manifest import LIB_NATURE, Nature
from essgeo.sentences import outlines_line
from essgeo.story.model import Chart, MapView, Step, Story, Table
from essgeo.text import NBSP, typeset

#: Characters of the widest column, of a whole line, and what bold letters and margins add.
_WIDE, _LINE, _BOLD, _ASIDE = 52, 114, 1.13, 2

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Picture:
    """A picture of a story, ready to be placed."""

    content: bytes
    alt: str
    title: str


def printable(text: str) -> str:
    """Replace what XML 1.0 cannot hold (control characters, lone surrogates), and typeset."""
    return typeset(_NOT_XML.sub("\ufffd", text))


def mark(nature: Nature) -> str:
    """Return what is written on every page of a document of this nature."""
    return MARKS.get(nature, "")


def foot(story: Story) -> str:
    """Return the line at the foot of every page: what it is, and its licence."""
    outlines = outlines_line(story.generation)
    return f"{LIB_NATURE[story.nature].capitalize()}. {outlines} {story.licence}."


def picture(
    atlas: Atlas,
    step: Step,
    block: Chart | MapView,
    fmt: Format,
    *,
    width_cm: float,
    height_cm: float | None = None,
    titled: bool = False,
) -> Picture:
    """Draw a chart or a map of a step.

    Parameters
    ----------
    atlas
        Data folder opened.
    step
        Gives source and nature.
    block
        What is drawn.
    fmt
        ``png`` or ``svg``.
    width_cm
        Width on paper: what decides the size of texts.
    height_cm
        Height of a chart; what its rows need by default.
    titled
        Whether a chart bears its title: a document writes its own above.
    """
    drawn = (
        chart_bytes(
            block,
            source=step.source,
            nature=step.nature,
            fmt=fmt,
            width_cm=width_cm,
            height_cm=height_cm,
            titled=titled,
        )
        if isinstance(block, Chart)
        else map_bytes(
            atlas,
            block,
            source=step.source,
            nature=step.nature,
            fmt=fmt,
            width_cm=width_cm,
            titled=titled,
        )
    )
    return Picture(drawn, block.alt, block.title)


def widths(table: Table) -> tuple[int, ...]:
    """Share the width of a table out: the longest text of each column, within bounds.

    Texts may be written over several lines, words may not: columns that want much give way.
    """
    least, wanted = [], []
    for name, *cells in zip(table.columns, *table.rows, strict=True):
        head = _BOLD * max(map(len, typeset(name).split(" ")))
        words = (len(word) for cell in cells for word in typeset(cell).split(" "))
        least.append(_ASIDE + max(head, min(max(words, default=0), _WIDE / 2)))
        # A header is best read on two lines at most.
        longest = max((_BOLD * len(name) / 2, *map(len, cells)))
        wanted.append(max(least[-1], _ASIDE + min(longest, _WIDE)))
    over = sum(wanted) - _LINE
    slack = sum(wanted) - sum(least)
    given = min(1.0, over / slack) if over > 0 and slack else 0.0
    return tuple(
        round(want - given * (want - need)) for want, need in zip(wanted, least, strict=True)
    )


def sourced(step: Step) -> str:
    """Return the source that a document writes under a step: pictures carry their own."""
    return step.source if any(isinstance(block, Table) for block in step.blocks) else ""


def running(story: Story) -> str:
    """Return the line at the head of every page."""
    return f"essgeo{NBSP}· {story.title}"


def saved(document: Any, story: Story) -> bytes:
    """Return a Word document or slides, saying what they are, and not when they were made."""
    said = document.core_properties
    said.title, said.author, said.language = printable(story.title), "essgeo", "fr-FR"
    said.subject, said.comments = printable(story.sentence), foot(story)
    out = io.BytesIO()
    document.save(out)
    return redated(out.getvalue())


def pictured(story: Story) -> Iterator[tuple[Step, Chart | MapView]]:
    """Go through what is drawn in a story, in order."""
    for step in story.steps:
        for block in step.blocks:
            if isinstance(block, Chart | MapView):
                yield step, block
