"""Stories on paper and on slides: PDF, Word, PowerPoint."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docx import Document
from pptx import Presentation
from pptx.oxml.ns import qn
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError
from essgeo.exports.content import widths
from essgeo.exports.docx import story_docx
from essgeo.exports.pdf import story_pdf
from essgeo.exports.pptx import story_pptx
from essgeo.indicators import summary
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT
from essgeo.story import STEPS, Story, fiche, note, tell
from essgeo.story.model import Table
from tests.secret_world import drawn, write
from tests.small import manifest, tables, write_small

HOSTILE = '<script>alert("é")</script> #let x = 1 $y$ =CMD() \x07 & \u202e'


@pytest.fixture(scope="module")
def demo() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module")
def largest(demo: Atlas) -> str:
    """Return a neighbourhood that has something in every part of its sheet."""
    table = summary(demo, Selection(), ("quartier",))
    return str(table.nlargest(3, "etablissements")["code"].iloc[2])


@pytest.fixture(scope="module")
def sheet(demo: Atlas, largest: str) -> bytes:
    return story_pdf(demo, fiche(demo, largest))


def pdf_text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def docx_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    parts = [part.text for part in document.paragraphs]
    section = document.sections[0]
    parts += [part.text for part in (*section.header.paragraphs, *section.footer.paragraphs)]
    return re.sub(r"\s+", " ", " ".join((*parts, *cells)))


def slide_texts(content: bytes) -> list[str]:
    said = []
    for slide in Presentation(io.BytesIO(content)).slides:
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        for shape in slide.shapes:
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
        said.append(re.sub(r"\s+", " ", " ".join(texts)))
    return said


def test_a_sheet_is_a_tagged_pdf_of_two_to_four_pages_with_its_fonts(sheet: bytes):
    reader = PdfReader(io.BytesIO(sheet))
    assert 2 <= len(reader.pages) <= 4
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).lower().startswith("fr")
    for page in reader.pages:
        width, height = (round(float(side)) for side in page.mediabox[2:])
        assert (width, height) == (595, 842)
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_pictures_of_a_pdf_are_described(sheet: bytes):
    reader = PdfReader(io.BytesIO(sheet))

    def described(node: object, found: list[str]) -> None:
        node = getattr(node, "get_object", lambda: node)()
        if isinstance(node, list):
            for one in node:
                described(one, found)
        elif isinstance(node, DictionaryObject):
            if node.get("/S") == "/Figure":
                found.append(str(node.get("/Alt", "")))
            described(node.get("/K"), found)

    alts: list[str] = []
    described(reader.trailer["/Root"]["/StructTreeRoot"], alts)
    assert any(alt.startswith("Carte.") for alt in alts)
    assert all(alts)


def test_the_same_story_gives_the_same_bytes(demo: Atlas, largest: str, sheet: bytes):
    story = fiche(demo, largest)
    assert story_pdf(demo, story) == sheet
    for made in (story_docx, story_pptx):
        assert made(demo, story) == made(demo, story)


@pytest.mark.parametrize("query", ["", "region=44", "region=44&secteur=sante"])
def test_a_note_has_at_most_four_pages_and_the_figures_of_summary(demo: Atlas, query: str):
    selection = parse(query).selection
    content = story_pdf(demo, note(demo, selection))
    assert len(PdfReader(io.BytesIO(content)).pages) <= 4
    count = int(summary(demo, selection)["etablissements"].iloc[0])
    assert str(count) in pdf_text(content).replace(" ", "").replace("\u202f", "")


@pytest.mark.parametrize(
    ("made", "read"),
    [(story_pdf, pdf_text), (story_docx, docx_text)],
    ids=["pdf", "docx"],
)
def test_what_is_simulated_says_so_and_what_is_official_does_not(
    demo: Atlas,
    tmp_path: Path,
    made: Callable[[Atlas, Story], bytes],
    read: Callable[[bytes], str],
):
    assert "DONNÉES SIMULÉES" in read(made(demo, note(demo, Selection())))
    official = open_atlas(write_small(tmp_path / "petit"))
    assert "SIMULÉES" not in read(made(official, note(official, Selection())))


def test_every_slide_is_marked_and_real_ones_stand_apart(demo: Atlas):
    story = tell(demo, parse("region=44").selection, tuple(STEPS))
    texts = slide_texts(story_pptx(demo, story))
    for text in texts:
        assert ("DONNÉES SIMULÉES" in text) != ("PUBLIÉS, RÉELS" in text)
    assert sum("PUBLIÉS, RÉELS" in text for text in texts) >= 3


def test_charts_of_slides_hold_the_figures_of_summary(demo: Atlas):
    show = Presentation(
        io.BytesIO(story_pptx(demo, tell(demo, parse("region=44").selection, ("secteurs",))))
    )
    chart = next(shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart)
    plot = chart.plots[0]
    table = summary(demo, parse("region=44").selection, ("secteur",)).set_index("libelle")
    known = table.loc[list(plot.categories), "etablissements"]
    assert np.allclose(list(plot.series[0].values), known / known.sum() * 100, atol=1e-3)
    workbook = pd.read_excel(
        io.BytesIO(chart.part.chart_workbook.xlsx_part.blob), engine="openpyxl"
    )
    assert list(workbook.iloc[:, 0]) == list(plot.categories)


def test_the_names_of_a_slide_s_bars_have_their_room(demo: Atlas):
    show = Presentation(
        io.BytesIO(story_pptx(demo, tell(demo, parse("region=44").selection, ("secteurs",))))
    )
    chart = next(shape for slide in show.slides for shape in slide.shapes if shape.has_chart)
    layout = chart.chart._chartSpace.chart.plotArea.find(qn("c:layout"))
    share = float(layout.find(f"{qn('c:manualLayout')}/{qn('c:x')}").get("val"))
    longest = max(map(len, chart.chart.plots[0].categories))
    # Letters of 12 points are some two millimetres wide.
    assert share * chart.width / 360_000 >= min(longest * 0.2, 0.4 * chart.width / 360_000)
    assert share <= 0.4


def test_words_are_never_cut_by_the_width_of_a_column():
    names = (
        "Territoire",
        "Établissements",
        "pour 1\u202f000\xa0hab.",
        "Poids dans l'emploi",
        "Mot",
    )
    rows = (("Toute la commune (Commune simulée 4, Bas-Rhin)", "10 808", "2,7", "30,7", "a" * 90),)
    table = Table("", names, rows, (False, True, True, True, False))
    found = widths(table)
    assert found[1] > len("Établissements")
    assert found[2] > len("1 000 hab.")
    # What wants the most gives way, and the whole still has its line.
    assert found[0] < len(rows[0][0])
    assert sum(found) <= 114 + len(names)
    assert widths(Table("", ("A", "B"), (), (False, False))) == widths(
        Table("", ("A", "B"), (("", ""),), (False, False))
    )


def test_slides_are_wide_carry_notes_and_describe_what_they_show(demo: Atlas, largest: str):
    story = tell(demo, parse(f"quartier={largest}").selection)
    show = Presentation(io.BytesIO(story_pptx(demo, story)))
    assert round(show.slide_width / show.slide_height, 2) == 1.78
    notes = [
        slide.notes_slide.notes_text_frame.text for slide in show.slides if slide.has_notes_slide
    ]
    assert any("habitants" in text for text in notes)
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= show.slide_width
            assert shape.top + shape.height <= show.slide_height
            if shape.shape_type is not None and "PICTURE" in str(shape.shape_type):
                assert shape._element.nvPicPr.cNvPr.get("descr").startswith("Carte.")
            if shape.has_chart or shape.has_table:
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr")


def test_words_have_headings_repeated_headers_and_a_language(demo: Atlas, largest: str):
    content = story_docx(demo, fiche(demo, largest))
    document = Document(io.BytesIO(content))
    styles = {paragraph.style.name for paragraph in document.paragraphs}
    assert {"Heading 1", "Heading 2"} <= styles
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body, style = archive.read("word/document.xml"), archive.read("word/styles.xml")
    assert body.count(b"w:tblHeader") == len(document.tables)
    assert b'w:val="fr-FR"' in style
    assert b'descr="Carte.' in body
    assert body.count(b"w:cantSplit") == sum(len(table.rows) - 1 for table in document.tables)
    # Nothing after the last sentence: a mark alone on a page is no page.
    assert "Licence" in document.paragraphs[-1].text


def hostile(tmp_path: Path) -> Atlas:
    given = tables()
    given["etablissements"] = given["etablissements"].assign(denomination=HOSTILE)
    given["quartiers"] = given["quartiers"].assign(lib_qp=HOSTILE)
    write_folder(tmp_path / "hostile", given, manifest())
    return open_atlas(tmp_path / "hostile")


def test_hostile_names_stay_text_everywhere(tmp_path: Path):
    atlas = hostile(tmp_path)
    story = fiche(atlas, "QN06701M")
    for text in (
        pdf_text(story_pdf(atlas, story)),
        docx_text(story_docx(atlas, story)),
        " ".join(slide_texts(story_pptx(atlas, story))),
    ):
        assert "alert(" in text
        assert "#let x = 1 $y$" in text


@pytest.mark.parametrize("query", ["", "quartier=QN06703I"])
def test_a_source_under_secrecy_names_nobody_in_any_format(tmp_path: Path, query: str):
    points = drawn(3)
    names = [f"Structure{place}" for place in range(len(points))]
    atlas = open_atlas(write(tmp_path / "s", points.assign(denomination=names), secret=True))
    story = tell(atlas, parse(query).selection, tuple(STEPS))
    for text in (
        pdf_text(story_pdf(atlas, story)),
        docx_text(story_docx(atlas, story)),
        " ".join(slide_texts(story_pptx(atlas, story))),
    ):
        assert "Structure" not in text.replace("Structures", "")
        assert "secret" in text


@pytest.mark.parametrize("made", [story_docx, story_pptx])
def test_a_wrong_model_is_named_in_one_line(
    small: Atlas, tmp_path: Path, made: Callable[[Atlas, Story, Path], bytes]
):
    model = tmp_path / "modele.bin"
    model.write_bytes(b"ceci n'est pas un document")
    with pytest.raises(DataError, match=r"modele\.bin") as raised:
        made(small, note(small, Selection()), model)
    assert "\n" not in str(raised.value)


@pytest.fixture
def small(tmp_path: Path) -> Atlas:
    return open_atlas(write_small(tmp_path / "petit"))


def test_a_model_gives_its_styles_and_keeps_the_marks(tmp_path: Path):
    atlas = open_atlas(write_small(tmp_path / "petit", nature="simulation"))
    model = tmp_path / "modele.docx"
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Ville de Test"
    document.save(str(model))
    content = story_docx(atlas, note(atlas, Selection()), model)
    text = docx_text(content)
    assert "Ville de Test" in text
    assert "DONNÉES SIMULÉES" in text
    slides = tmp_path / "modele.pptx"
    Presentation().save(str(slides))
    show = Presentation(io.BytesIO(story_pptx(atlas, note(atlas, Selection()), slides)))
    # Its own size is kept: 4:3 here.
    assert round(show.slide_width / show.slide_height, 2) == 1.33


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("region=44", "2 quartiers sur 2 comptent un établissement de la sélection."),
        ("region=44&famille=mutuelle", "0 quartier sur 2 compte un établissement de la sélection."),
    ],
)
def test_a_note_says_how_many_neighbourhoods_have_something(tmp_path: Path, query: str, said: str):
    told = note(open_atlas(write_small(tmp_path / "d")), parse(query).selection)
    sentence = next(step.sentence for step in told.steps if step.key == "quartiers")
    assert sentence.replace("\u00a0", " ") == said
