"""What is told of a selection, as plain data: no drawing, no file format, no page.

The presentation, the slides and the documents all draw the same story: a figure changed in one
place is changed in all.
"""

from __future__ import annotations

from dataclasses import dataclass

from essgeo.figures.views import Chart, MapView, Series
from essgeo.manifest import Nature
from essgeo.selection import Selection

__all__ = [
    "Block",
    "Chart",
    "Figure",
    "Figures",
    "MapView",
    "Note",
    "Paragraph",
    "Points",
    "Series",
    "Step",
    "Story",
    "Table",
]


@dataclass(frozen=True)
class Paragraph:
    """A sentence or a few; plain text, with names that come from the data."""

    text: str


@dataclass(frozen=True)
class Note:
    """What a reader must know of what stands beside; plain text."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences, with its own title when it is a chapter."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A key figure, written the French way: « 1 234 », « secret », « n. d. »."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Figures:
    """Key figures that go together."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    title
        Its caption.
    columns
        Headers.
    rows
        One tuple a row, as long as ``columns``.
    numeric
        Which columns hold figures, to be aligned to the right.
    note
        What to know of it; what was left out, for instance.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""


Block = Paragraph | Note | Points | Figures | Table | Chart | MapView


@dataclass(frozen=True)
class Step:
    """One step of a story: a slide, or a section of a document.

    Parameters
    ----------
    key
        Identifier, as in addresses: ``secteurs``.
    title
        What the step is about.
    sentence
        What it says, in one sentence; empty when the blocks say it.
    blocks
        What it shows, in order.
    source
        Source, date, outlines and field, in one line.
    nature
        Of what it shows: the cases and the published figures are official whatever the data
        folder is.
    notes
        What the speaker may say besides; one paragraph a line.
    real
        Whether it stands apart from the folder's figures: published figures and cases.
    """

    key: str
    title: str
    sentence: str
    blocks: tuple[Block, ...]
    source: str
    nature: Nature
    notes: str = ""
    real: bool = False


@dataclass(frozen=True)
class Story:
    """A story of a selection.

    Parameters
    ----------
    title, subtitle
        Plain text.
    sentence
        The selection in words.
    steps
        In the order in which they are told.
    selection
        What is looked at, with its generation filled.
    generation
        Name of the outlines.
    nature
        Of the data folder.
    method, licence
        One line each.
    """

    title: str
    subtitle: str
    sentence: str
    steps: tuple[Step, ...]
    selection: Selection
    generation: str
    nature: Nature
    method: str
    licence: str

    def blocks(self) -> tuple[Block, ...]:
        """Return what all the steps show, in order."""
        return tuple(block for step in self.steps for block in step.blocks)
