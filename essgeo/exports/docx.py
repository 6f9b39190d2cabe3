"""A story as a Word document, to be taken up and changed by a local authority.

Only the styles that every Word document has are used: with its own model in place of ours, the
document takes its fonts and colours.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from essgeo.atlas import Atlas
from essgeo.errors import DataError
from essgeo.exports.content import foot, mark, picture, printable, running, saved, sourced, widths
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
    Table,
)
from essgeo.text import NBSP

#: Name of a local authority's own model, in the folder ``modeles`` of its data folder.
MODEL = "document.docx"

#: Centimetres between the margins, and of a map.
WIDTH_CM, _MAP_CM = 17.0, 13.5

_SOFT, _MARK = RGBColor(0x4A, 0x5A, 0x68), RGBColor(0xA1, 0x5C, 0x00)


def story_docx(atlas: Atlas, story: Story, model: Path | None = None) -> bytes:
    """Return a story as a Word document.

    Parameters
    ----------
    atlas
        Data folder, for the maps.
    story
        What is told.
    model
        Document whose styles, header and page are taken; our own sober ones by default.

    Raises
    ------
    DataError
        The model is not a Word document, or lacks a style that every one has.
    """
    document = opened(model)
    try:
        _write(document, atlas, story, ours=model is None)
    except KeyError as error:
        raise DataError(
            f"{model} : le style {error.args[0] if error.args else error} manque à ce modèle ; "
            "partez d'un document Word ordinaire."
        ) from error
    return saved(document, story)


def opened(model: Path | None) -> Any:
    """Open a model, or ours; :class:`~essgeo.errors.DataError` says what is wrong with it."""
    try:
        document = Document(str(model) if model else None)
    except Exception as error:
        raise DataError(
            f"{model} : ce modèle n'est pas un document Word (.docx) lisible."
        ) from error
    if model is None:
        section = document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2)
        document.styles["Normal"].font.name = "Calibri"
        document.styles["Normal"].font.size = Pt(10)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "fr-FR")
    return document


def _write(document: Any, atlas: Atlas, story: Story, *, ours: bool) -> None:
    said = mark(story.nature)
    if ours:
        section = document.sections[0]
        head = section.header.paragraphs[0]
        head.text = printable(running(story))
        if said:
            _bold(head, f"{NBSP}· {said}")
        section.footer.paragraphs[0].text = foot(story)
    _marked(document, said)
    document.add_heading(printable(story.title), 1)
    document.add_paragraph(printable(story.subtitle))
    for step in story.steps:
        document.add_heading(printable(step.title), 2)
        if step.real and said:
            document.add_paragraph(
                "Chiffres et faits publiés, réels, à ne pas confondre avec les données simulées."
            )
        if step.sentence:
            said_here = document.add_paragraph(printable(step.sentence))
            # A title and its sentence do not end a page whose next one has the picture.
            said_here.paragraph_format.keep_with_next = bool(step.blocks)
        for block in step.blocks:
            _block(document, atlas, step, block)
        if sourced(step):
            _small(document, sourced(step))
    if not ours:
        # A local authority's model keeps its own header and footer: ours is said in the text.
        _small(document, foot(story))
        _marked(document, said)


def _marked(document: Any, said: str) -> None:
    if said:
        _bold(document.add_paragraph(), said)


def _bold(paragraph: Any, said: str) -> None:
    run = paragraph.add_run(said)
    run.bold, run.font.color.rgb = True, _MARK


def _small(document: Any, text: str) -> None:
    run = document.add_paragraph().add_run(printable(text))
    run.font.size, run.font.color.rgb = Pt(8), _SOFT


def _block(document: Any, atlas: Atlas, step: Step, block: Block) -> None:
    match block:
        case Figures(items):
            rows = tuple((one.label, one.value, one.detail) for one in items)
            _table(
                document,
                Table("", ("Chiffre clé", "Valeur", "À savoir"), rows, (False, True, False)),
            )
        case Paragraph(text):
            document.add_paragraph(printable(text))
        case Note(text):
            document.add_paragraph(printable(text), style="Intense Quote")
        case Points(items, title):
            if title:
                document.add_heading(printable(title), 3)
            for item in items:
                document.add_paragraph(printable(item), style="List Bullet")
        case Chart() | MapView():
            width = WIDTH_CM if isinstance(block, Chart) else _MAP_CM
            drawn = picture(atlas, step, block, "png", width_cm=width)
            shape = document.add_picture(io.BytesIO(drawn.content), width=Cm(width))
            shape._inline.docPr.set("descr", printable(drawn.alt))
            document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
            document.paragraphs[-1].paragraph_format.space_before = Pt(6)
        case Table():
            _table(document, block)


def _table(document: Any, table: Table) -> None:
    if table.title:
        title = document.add_paragraph()
        title.add_run(printable(table.title)).bold = True
        title.paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    shares = widths(table)
    _row(grid.rows[0], table.columns, table, bold=True)
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(header)
    for cells in table.rows:
        row = grid.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _row(row, cells, table, bold=False)
    # Without this Word gives every column the same width, whatever is asked.
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = width = Cm(WIDTH_CM * share / sum(shares))
        for cell in column.cells:
            cell.width = width
    if table.note:
        _small(document, table.note)


def _row(row: Any, cells: Iterable[str], table: Table, *, bold: bool) -> None:
    for cell, text, numeric in zip(row.cells, cells, table.numeric, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(printable(text))
        run.bold, run.font.size = bold, Pt(8.5)
        if numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
