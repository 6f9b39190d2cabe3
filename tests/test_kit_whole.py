"""Every file of one kit says the same figures, and keeps the same secrets."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from docx import Document
from pptx import Presentation
from pypdf import PdfReader

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.exports.kit import kit_bytes
from essgeo.indicators import summary, totals
from essgeo.selection import parse
from essgeo.settings import ROOT
from essgeo.words.figures import headline, rounded
from tests.secret_world import drawn, write
from tests.small import manifest, tables

MADE = date(2026, 3, 1)
HOSTILE = '=CMD()|"é"</script><script>window.pris=1</script>${1} ../../x'


def files(atlas: Atlas, query: str) -> dict[str, bytes]:
    content, _ = kit_bytes(atlas, parse(query).selection, made=MADE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def demo() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module")
def kit(demo: Atlas) -> dict[str, bytes]:
    return files(demo, "departement=67")


def one(kit: dict[str, bytes], pattern: str) -> bytes:
    found = [content for name, content in kit.items() if re.search(pattern, name)]
    assert len(found) == 1, pattern
    return found[0]


def office(content: bytes) -> str:
    """Return the texts of a Word, PowerPoint or Excel file, whatever part they are in."""
    said = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                said.append(" ".join(ET.fromstring(archive.read(name)).itertext()))  # noqa: S314 - ours
            elif name.endswith(".xlsx"):
                said.append(office(archive.read(name)))
    return " ".join(said)


def written(name: str, content: bytes) -> str:
    """Return what a person or a programme can read of a file."""
    match name.rpartition(".")[2]:
        case "docx" | "pptx" | "xlsx":
            return office(content)
        case "pdf":
            return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        case "parquet":
            return gpd.read_parquet(io.BytesIO(content)).to_csv()
        case "gpkg" | "png":
            return content.decode("latin-1")
        case _:
            return content.decode("utf-8-sig")


def sheet(content: bytes, name: str | int) -> pd.DataFrame:
    return pd.read_excel(io.BytesIO(content), sheet_name=name, engine="openpyxl")


def tight(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]", "", text)


def test_every_file_counts_the_establishments_of_summary(
    demo: Atlas, kit: dict[str, bytes], tmp_path: Path
):
    # By its name: its reader warns of what has none.
    (tmp_path / "e.gpkg").write_bytes(one(kit, r"\.gpkg$"))
    selection = parse("departement=67").selection
    count = int(summary(demo, selection)["etablissements"].iloc[0])
    rows = {
        "csv": len(pd.read_csv(io.BytesIO(one(kit, r"[^l]_?etablissements_bas-rhin_2024\.csv$")))),
        "excel": len(pd.read_csv(io.BytesIO(one(kit, r"2024_excel\.csv$")), sep=";")),
        "xlsx": len(sheet(one(kit, r"etablissements_[^/]*\.xlsx$"), 0)),
        "parquet": len(gpd.read_parquet(io.BytesIO(one(kit, r"\.parquet$")))),
        "paquet": len(pd.read_csv(io.BytesIO(one(kit, r"paquet/etablissements\.csv$")))),
        "geojson": len(json.loads(one(kit, r"\.geojson$"))["features"]),
        "gpkg": len(gpd.read_file(tmp_path / "e.gpkg")),
    }
    assert set(rows.values()) == {count}, rows
    book = one(kit, r"indicateurs_[^/]*\.xlsx$")
    for name in ("Par quartier", "Par secteur"):
        assert sheet(book, name)["etablissements"].sum() == count
    quarters = pd.read_csv(io.BytesIO(one(kit, r"/essgeo_SIMULE_quartiers_[^/]*\.csv$")))
    assert quarters["etablissements"].sum() == count


def test_every_document_says_the_figures_of_the_page(demo: Atlas, kit: dict[str, bytes]):
    resolved = demo.resolve(parse("departement=67").selection)
    row = totals(demo, resolved.selection)
    strong, rest = headline(resolved, row)
    jobs = tight(f"{rounded(float(row['effectif_estime'])):.0f}")
    assert jobs in tight(strong + rest)
    for pattern in (r"note_[^/]*\.pdf$", r"note_[^/]*\.docx$", r"carte\.html$"):
        said = tight(written(pattern.rstrip("$"), one(kit, pattern)))
        assert tight(strong) in said, pattern
        assert jobs in said, pattern


def test_charts_of_slides_and_of_the_workbook_hold_the_same_shares(kit: dict[str, bytes]):
    show = Presentation(io.BytesIO(one(kit, r"\.pptx$")))
    chart = next(shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart)
    book = sheet(one(kit, r"indicateurs_[^/]*\.xlsx$"), "Par secteur")
    book = book[book["code"] != "non-classe"].set_index("libelle")
    here = book.loc[list(chart.plots[0].categories)]
    for series, column in zip(
        chart.plots[0].series, ("etablissements", "effectif_estime"), strict=True
    ):
        shares = (here[column] / here[column].sum() * 100).tolist()
        assert list(series.values) == pytest.approx(shares, abs=1e-3)


def test_every_picture_of_a_territory_comes_in_both_formats_and_by_indicator(kit: dict[str, bytes]):
    pictures = {name.rpartition(".")[0] for name in kit if name.startswith("images/")}
    for stem in pictures:
        assert {f"{stem}.png", f"{stem}.svg"} <= set(kit)
    for kind in ("territoire", "secteurs", "comparaison", "carte-emplois", "carte-taux"):
        assert any(f"_{kind}_" in stem for stem in pictures), kind


def test_what_is_simulated_says_so_in_every_file_that_has_words(kit: dict[str, bytes]):
    for name, content in kit.items():
        said = written(name, content)
        if name.endswith((".meta.json", "datapackage.json", ".txt")):
            assert "n'existe" in said, name
        elif name.endswith(("png", "gpkg")):
            assert "SIMULE" in name
        elif not name.endswith("/summary.csv"):
            assert re.search(r"SIMULÉES|simulation", said), name


def cells(kit: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Go through the cells that a spreadsheet would open."""
    for name, content in kit.items():
        if name.endswith(".csv"):
            mark = ";" if "excel" in name else ","
            for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=mark):
                yield from ((name, cell) for cell in row)
        elif name.endswith(".xlsx"):
            for page in openpyxl.load_workbook(io.BytesIO(content)):
                for line in page.iter_rows():
                    for cell in line:
                        assert cell.data_type != "f", (name, cell.coordinate)
                        assert cell.hyperlink is None, (name, cell.coordinate)


def test_hostile_names_stay_text_in_every_file_of_a_kit(tmp_path: Path):
    given = tables()
    given["etablissements"] = given["etablissements"].assign(denomination=HOSTILE)
    given["quartiers"] = given["quartiers"].assign(lib_qp=HOSTILE, lib_com=HOSTILE)
    write_folder(tmp_path / "h", given, manifest())
    kit = files(open_atlas(tmp_path / "h"), "quartier=QN06701M")
    for name in kit:
        assert re.fullmatch(r"[\w./-]+", name), name
        assert ".." not in name.replace("..", "", 0).split("/"), name
    for name, cell in cells(kit):
        assert not cell.startswith(("=", "+", "@", "|")), (name, cell)
    for name, content in kit.items():
        if name.endswith(".svg"):
            ET.fromstring(content)  # noqa: S314 - ours, and the point is that it parses
            assert b"<script" not in content
    assert "</script><script>window" not in kit["carte.html"].decode()
    words = Document(io.BytesIO(one(kit, r"fiche_[^/]*\.docx$")))
    assert any("<script>" in paragraph.text for paragraph in words.paragraphs)


def test_a_source_under_secrecy_is_in_no_file_of_a_kit(tmp_path: Path):
    points = drawn(3)
    names = [f"Zzyzx{place}" for place in range(len(points))]
    atlas = open_atlas(write(tmp_path / "s", points.assign(denomination=names), secret=True))
    for query in ("", "quartier=QN06703I"):
        for name, content in files(atlas, query).items():
            assert "Zzyzx" not in written(name, content), name
            assert not name.endswith((".gpkg", ".geojson", ".parquet")), name
    table = summary(atlas, parse("").selection, ("quartier",))
    hidden = table[table["etat"] == "secret"]
    assert len(hidden)
    told = files(atlas, "")
    found = pd.read_csv(io.BytesIO(one(told, r"/essgeo_quartiers_[^/]*\.csv$"))).set_index("code")
    assert found.loc[hidden["code"], "etablissements"].isna().all()
    book = sheet(one(told, r"indicateurs_[^/]*\.xlsx$"), "Par quartier").set_index("code")
    assert book.loc[hidden["code"], "etablissements"].isna().all()
