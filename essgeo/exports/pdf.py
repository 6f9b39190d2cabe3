"""A story as PDF: tagged, with its fonts inside, written by Typst.

Texts reach the template as data (JSON), never as code: a hostile name stays a name.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import typst

from essgeo.atlas import Atlas
from essgeo.exports.content import foot, mark, picture, running, sourced, widths
from essgeo.story.model import (
    Block,
    Chart,
    Figures,
    MapView,
    Note,
    Paragraph,
    Points,
    Step,
    Story,
)
from essgeo.text import typeset

#: The template: what the page looks like.
TEMPLATE = Path(__file__).with_name("modeles") / "document.typ"

#: DejaVu Sans, free to embed (Bitstream Vera licence), as matplotlib ships it.
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"

#: Centimetres between the margins of the page.
WIDTH_CM = 17.2

#: Width of a map and height of a chart, centimetres: they must leave room for the rest.
_MAP_CM, _CHART_CM = 13.5, 8.5


def story_pdf(atlas: Atlas, story: Story) -> bytes:
    """Return a story as PDF/UA.

    Parameters
    ----------
    atlas
        Data folder, for the maps.
    story
        What is told.

    Returns
    -------
    bytes
        The same story gives the same bytes: no date of the day.
    """
    with TemporaryDirectory(prefix="essgeo-pdf-") as name:
        folder = Path(name)
        content = _content(atlas, story, folder)
        # The spaces that are typeset stand in texts: JSON has none of its own before a sign.
        written = typeset(json.dumps(content, ensure_ascii=False))
        (folder / "story.json").write_text(written, "utf-8")
        shutil.copyfile(TEMPLATE, folder / "document.typ")
        made: bytes = typst.compile(
            folder / "document.typ",
            root=folder,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
        )
    return made


def _content(atlas: Atlas, story: Story, folder: Path) -> dict[str, Any]:
    return {
        "title": story.title,
        "subtitle": story.subtitle,
        "running": running(story),
        "mark": mark(story.nature),
        "foot": foot(story),
        "steps": [
            {
                "title": step.title,
                "sentence": step.sentence,
                "source": sourced(step),
                "real": step.real,
                "blocks": [
                    _block(atlas, step, block, folder, f"{rank}-{place}.svg")
                    for place, block in enumerate(step.blocks)
                ],
            }
            for rank, step in enumerate(story.steps)
        ],
    }


def _block(atlas: Atlas, step: Step, block: Block, folder: Path, file: str) -> dict[str, Any]:
    match block:
        case Figures(items):
            return {"kind": "figures", "items": [vars(one) for one in items]}
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Note(text):
            return {"kind": "note", "text": text}
        case Points(items, title):
            return {"kind": "points", "items": items, "title": title}
        case Chart() | MapView():
            width = WIDTH_CM if isinstance(block, Chart) else _MAP_CM
            drawn = picture(atlas, step, block, "svg", width_cm=width, height_cm=_CHART_CM)
            (folder / file).write_bytes(drawn.content)
            return {"kind": "picture", "file": file, "alt": drawn.alt, "width": width}
        case _:
            return {"kind": "table", **vars(block), "widths": widths(block)}
