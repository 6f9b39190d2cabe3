"""A story as slides, 16:9, with charts and tables that can be edited, and the speaker's notes.

With a local authority's own model in place of ours, slides take its layouts, fonts and colours.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Cm, Emu, Pt

from essgeo.atlas import Atlas
from essgeo.errors import DataError
from essgeo.exports.content import foot, mark, picture, printable, saved, widths
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
from essgeo.text import number

#: Name of a local authority's own model, in the folder ``modeles`` of its data folder.
MODEL = "diaporama.pptx"

#: Rows of a table that a room can read, sentences of a slide, and blocks of text beside others.
ROWS, SENTENCES, FEW = 10, 5, 2

#: Bars of a chart beyond which their names are written smaller.
MANY = 12

#: Places of the layouts that every presentation has: title slide, title only.
_OPENING, _TITLED = 0, 5

_INK, _SOFT = RGBColor(0x14, 0x20, 0x2B), RGBColor(0x4A, 0x5A, 0x68)
_AMBER, _BLUE, _ORANGE = (
    RGBColor(0xFF, 0xD3, 0x4D),
    RGBColor(0x16, 0x68, 0xA8),
    RGBColor(0xE6, 0x9F, 0x00),
)


@dataclass
class _Box:
    """Where the next block goes on a slide, in EMU."""

    left: int
    top: int
    width: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


def story_pptx(atlas: Atlas, story: Story, model: Path | None = None) -> bytes:
    """Return a story as slides.

    Parameters
    ----------
    atlas
        Data folder, for the maps.
    story
        What is told; one slide a step, more when it has chapters.
    model
        Presentation whose layouts are taken; our own sober ones by default.

    Raises
    ------
    DataError
        The model is not a presentation, or has no slide with a title.
    """
    show = opened(model)
    _opening(show, story)
    for step in story.steps:
        for part in _slides(step):
            _slide(show, atlas, story, part)
    return saved(show, story)


def opened(model: Path | None) -> Any:
    """Open a model, or ours; :class:`~essgeo.errors.DataError` says what is wrong with it."""
    try:
        show = Presentation(str(model) if model else None)
    except Exception as error:
        raise DataError(
            f"{model} : ce modèle n'est pas un diaporama PowerPoint (.pptx)."
        ) from error
    if model is None:
        show.slide_width, show.slide_height = Cm(33.867), Cm(19.05)
    elif len(show.slide_layouts) <= _TITLED:
        raise DataError(
            f"{model} : ce modèle a {len(show.slide_layouts)} disposition(s), il en faut au moins "
            f"{_TITLED + 1} (la première : diapositive de titre, la sixième : titre seul) ; "
            "partez d'un diaporama ordinaire."
        )
    return show


def _slides(step: Step) -> Iterator[Step]:
    """Cut a step into slides: one a chapter, and as many as its sentences need."""
    spoken = [block for block in step.blocks if isinstance(block, Points | Paragraph | Note)]
    shown = tuple(block for block in step.blocks if block not in spoken)
    if shown or len(spoken) <= FEW:
        yield step
        return
    yield from _spoken(step, spoken)


def _spoken(step: Step, blocks: list[Points | Paragraph | Note]) -> Iterator[Step]:
    title, sentence, loose = step.title, step.sentence, []
    for block in blocks:
        if not isinstance(block, Points):
            loose.append(block.text)
            continue
        if block.title and sentence:
            yield _part(step, title, sentence, ())
            sentence = ""
        for start in range(0, len(block.items), SENTENCES):
            items = block.items[start : start + SENTENCES]
            yield _part(step, block.title or title, sentence, (Points(items),))
            sentence = ""
    for start in range(0, len(loose), SENTENCES):
        yield _part(
            step, f"{title} (suite)", "", (Points(tuple(loose[start : start + SENTENCES])),)
        )


def _part(step: Step, title: str, sentence: str, blocks: tuple[Block, ...]) -> Step:
    return Step(step.key, title, sentence, blocks, step.source, step.nature, step.notes, step.real)


def _opening(show: Any, story: Story) -> None:
    slide = show.slides.add_slide(show.slide_layouts[_OPENING])
    _resize(show, slide)
    slide.shapes.title.text = printable(story.title)
    for shape in slide.placeholders:
        if shape.placeholder_format.idx == 1:
            shape.text_frame.text = printable(story.sentence)
            _add(shape.text_frame, foot(story), 14, colour=_SOFT)
    _mark(show, slide, mark(story.nature))


def _resize(show: Any, slide: Any) -> None:
    """Spread the placeholders of our 4:3 layouts over the wide slide."""
    for shape in slide.placeholders:
        if shape.placeholder_format.idx == 0 and len(show.slides) > 1:
            shape.left, shape.top = Cm(1.2), Cm(0.7)
            shape.width, shape.height = show.slide_width - Cm(9.5), Cm(1.9)
            shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        else:
            shape.left, shape.width = Cm(2), show.slide_width - Cm(4)
            if shape.placeholder_format.idx == 0:
                shape.top, shape.height = Cm(4), Cm(4)
            else:
                shape.top, shape.height = Cm(8.5), Cm(6)


def _slide(show: Any, atlas: Atlas, story: Story, step: Step) -> None:
    slide = show.slides.add_slide(show.slide_layouts[_TITLED])
    _resize(show, slide)
    title = slide.shapes.title
    title.text = printable(step.title)
    title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    title.text_frame.paragraphs[0].runs[0].font.size = Pt(30)
    box = _Box(Cm(1.2), Cm(2.8), show.slide_width - Cm(2.4), show.slide_height - Cm(1.7))
    if step.sentence:
        lines = 1 + len(step.sentence) // 105
        _text(slide, box, [step.sentence], size=18, height=Cm(0.9 * lines + 0.2))
    _blocks(slide, atlas, step, box)
    source = slide.shapes.add_textbox(
        box.left, show.slide_height - Cm(1.5), box.width, Cm(1.1)
    ).text_frame
    source.word_wrap = True
    _add(source, step.source, 10, colour=_SOFT, first=True)
    _mark(show, slide, mark(step.nature))
    if step.real and mark(story.nature):
        _mark(show, slide, "CHIFFRES ET FAITS PUBLIÉS, RÉELS", fill=RGBColor(0xDC, 0xE9, 0xF5))
    if step.notes:
        slide.notes_slide.notes_text_frame.text = printable(step.notes)


def _blocks(slide: Any, atlas: Atlas, step: Step, box: _Box) -> None:
    """Put the blocks of a step under each other, and figures beside a map."""
    maps = [block for block in step.blocks if isinstance(block, MapView)]
    others = [block for block in step.blocks if not isinstance(block, MapView)]
    if maps:
        half = box.width * 62 // 100
        _picture(slide, atlas, step, maps[0], _Box(box.left, box.top, half, box.bottom))
        box = _Box(box.left + half + Cm(0.6), box.top, box.width - half - Cm(0.6), box.bottom)
    shared = [block for block in others if isinstance(block, Chart | Table | Points)]
    for block in others:
        after = others[others.index(block) + 1 :]
        # What follows keeps room for itself: a sentence or a note of two lines.
        kept = sum(Cm(1.6) for one in after if isinstance(one, Paragraph | Note))
        room = _Box(box.left, box.top, box.width, box.bottom - kept)
        match block:
            case Figures():
                _figures(slide, box, block, beside=bool(maps))
            case Chart(kind="quotients"):
                _table(slide, room, _as_table(block))
                box.top = room.top
            case Chart():
                _chart(slide, room, block)
                box.top = room.bottom
            case Table():
                _table(slide, room, block)
                box.top = room.top
            case Points():
                height = room.height if block is shared[-1] else room.height // 2
                _text(slide, box, block.items, size=_size(block.items), height=height, bullet=True)
            case Paragraph(text) | Note(text):
                _text(slide, box, [text], size=14, height=Cm(1.5))


def _size(items: tuple[str, ...]) -> int:
    """Return the size of sentences, in points: as large as their number allows."""
    length = sum(len(item) + 40 for item in items)
    return next((size for most, size in ((450, 26), (750, 22), (1100, 18)) if length <= most), 15)


def _figures(slide: Any, box: _Box, figures: Figures, *, beside: bool) -> None:
    """Draw key figures: under each other beside a map, else in a row."""
    count, gap = len(figures.items), Cm(0.35)
    width = box.width if beside else (box.width - gap * (count - 1)) // count
    height = (box.height - gap * (count - 1)) // count if beside else Cm(3.4)
    for place, one in enumerate(figures.items):
        left = box.left if beside else box.left + place * (width + gap)
        top = box.top + place * (height + gap) if beside else box.top
        frame = slide.shapes.add_textbox(left, top, width, height).text_frame
        frame.word_wrap = True
        frame.margin_top = frame.margin_bottom = 0
        _add(frame, one.label, 14, bold=True, first=True)
        # Four of them and a detail of two lines beside a map leave no more.
        _add(frame, one.value, 26, bold=True)
        _add(frame, one.detail, 11, colour=_SOFT)
    box.top = box.bottom if beside else box.top + height


def _chart(slide: Any, box: _Box, chart: Chart) -> None:
    """Draw a native chart: its figures open in a spreadsheet from the slide."""
    data = CategoryChartData(number_format="0.0")
    data.categories = [printable(label) for label in chart.labels]
    for series in chart.series:
        data.add_series(printable(series.name), series.values)
    shape = slide.shapes.add_chart(
        XL_CHART_TYPE.BAR_CLUSTERED, box.left, box.top, box.width, box.height, data
    )
    shape._element.nvGraphicFramePr.cNvPr.set("descr", printable(chart.alt))
    drawn = shape.chart
    drawn.font.size, drawn.font.color.rgb = Pt(13), _INK
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    # The first label on top, as it is read.
    drawn.category_axis.reverse_order = True
    _spread(drawn, max(map(len, chart.labels), default=0) / Emu(box.width).cm)
    if len(chart.labels) * len(chart.series) > MANY:
        drawn.category_axis.tick_labels.font.size = Pt(11)
    drawn.category_axis.format.line.color.rgb = _SOFT
    drawn.value_axis.visible = False
    drawn.value_axis.has_major_gridlines = False
    drawn.value_axis.minimum_scale = 0
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 45, 0
    for series, given, colour in zip(plot.series, chart.series, (_BLUE, _ORANGE), strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
        for place, text in enumerate(given.texts or ()):
            label = series.points[place].data_label
            label.position = XL_LABEL_POSITION.OUTSIDE_END
            label.text_frame.text = printable(text)
            label.text_frame.paragraphs[0].runs[0].font.size = Pt(12)


def _spread(drawn: Any, letters: float) -> None:
    """Keep room for the names of rows: names set on two lines would be left out, some of them.

    Parameters
    ----------
    letters
        Letters of the longest name for a centimetre of the chart.
    """
    names = min(0.4, 0.02 + 0.2 * letters)
    top = 0.1 if drawn.has_legend else 0.02
    layout = OxmlElement("c:layout")
    manual = OxmlElement("c:manualLayout")
    for tag, value in (
        ("layoutTarget", "inner"), ("xMode", "edge"), ("yMode", "edge"),
        ("x", names), ("y", top), ("w", 0.94 - names), ("h", 0.98 - top),
    ):  # fmt: skip
        part = OxmlElement(f"c:{tag}")
        part.set("val", str(value))
        manual.append(part)
    layout.append(manual)
    plots = drawn._chartSpace.chart.plotArea
    for old in plots.findall(qn("c:layout")):
        plots.remove(old)
    plots.insert(0, layout)


def _as_table(chart: Chart) -> Table:
    """Turn quotients into a table: PowerPoint's own charts have no interval on a log axis."""
    (series,) = chart.series
    rows = []
    for place, label in enumerate(chart.labels):
        low, high = (
            number(bounds[place], 2) if bounds else "" for bounds in (series.low, series.high)
        )
        verdict = series.texts[place] if series.texts else ""
        rows.append((label, f"×{number(series.values[place], 2)}", f"{low} à {high}", verdict))
    return Table(
        chart.title,
        ("", "Quotient", "Intervalle à 95 %", "Au regard de la référence"),
        tuple(rows),
        (False, True, True, False),
    )


def _table(slide: Any, box: _Box, table: Table) -> None:
    shown = table.rows[:ROWS]
    _text(slide, box, [table.title], size=12, height=Cm(0.7), bold=True)
    height = Cm(0.95) * (len(shown) + 1)
    shape = slide.shapes.add_table(
        len(shown) + 1, len(table.columns), box.left, box.top, box.width, height
    )
    shape._element.nvGraphicFramePr.cNvPr.set("descr", printable(table.title))
    grid, shares = shape.table, widths(table)
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Emu(box.width * share // sum(shares))
    for row, cells in enumerate((table.columns, *shown)):
        for column, text in enumerate(cells):
            cell = grid.cell(row, column)
            cell.margin_top = cell.margin_bottom = Cm(0.08)
            frame = cell.text_frame
            frame.text = printable(text)
            paragraph = frame.paragraphs[0]
            paragraph.font.size = Pt(13)
            if table.numeric[column]:
                paragraph.alignment = PP_ALIGN.RIGHT
    box.top += height
    left = len(table.rows) - len(shown)
    note = f"Et {number(left)} autre{'s' if left > 1 else ''}." if left else table.note
    if note:
        _text(slide, box, [note], size=11, height=Cm(0.7))


def _picture(slide: Any, atlas: Atlas, step: Step, view: MapView, box: _Box) -> None:
    """Place a map at its own proportions, as large as its place allows."""
    drawn = picture(atlas, step, view, "png", width_cm=Emu(box.width).cm)
    with Image.open(io.BytesIO(drawn.content)) as image:
        ratio = image.width / image.height
    height = min(box.height, round(box.width / ratio))
    shape = slide.shapes.add_picture(
        io.BytesIO(drawn.content), box.left, box.top, height=Emu(height)
    )
    shape._element.nvPicPr.cNvPr.set("descr", printable(drawn.alt))


def _text(
    slide: Any,
    box: _Box,
    texts: list[str] | tuple[str, ...],
    *,
    size: int,
    height: int,
    bold: bool = False,
    bullet: bool = False,
) -> None:
    """Write sentences, and move the place of the next block below them."""
    frame = slide.shapes.add_textbox(box.left, box.top, box.width, height).text_frame
    frame.word_wrap = True
    for place, text in enumerate(texts):
        said = f"– {text}" if bullet else text
        _add(frame, said, size, bold=bold, first=place == 0)
    box.top += height


def _add(
    frame: Any,
    text: str,
    size: int,
    *,
    bold: bool = False,
    colour: RGBColor = _INK,
    first: bool = False,
) -> None:
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    run = paragraph.add_run()
    run.text = printable(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour
    run._r.get_or_add_rPr().set("lang", "fr-FR")
    paragraph.space_after = Pt(4)


def _mark(show: Any, slide: Any, said: str, fill: RGBColor = _AMBER) -> None:
    """Write that figures are simulated on the slide itself: it may be photographed."""
    if not said:
        return
    width = Cm(8)
    shape = slide.shapes.add_textbox(show.slide_width - width - Cm(0.6), Cm(0.5), width, Cm(1))
    shape.fill.solid()
    shape.fill.fore_color.rgb = fill
    frame = shape.text_frame
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _add(frame, said, 12, bold=True, first=True)
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
