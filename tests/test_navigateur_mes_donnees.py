"""A list dropped in a browser: figures, rows to mend, hostile files, and the server lives."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Server, start_server

from essgeo import cli
from tests.small import write_small

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Told in no other file.
NAME = "<img src=x onerror=parent.piege=1> **Confidentielle**"
LIST = (
    "SIRET;Nom;Longitude;Latitude\n"
    f"11111111100018;{NAME};;\n"
    f";{NAME};7.725;48.575\n"
    f"12345678900000;{NAME};;\n"
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = write_small(tmp_path_factory.mktemp("petit") / "donnees")
    one = start_server(tmp_path_factory.mktemp("serveur"), data=data)
    yield one
    one.stop()


def bomb() -> bytes:
    """Return a workbook that would unpack to 600 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
        made.writestr("xl/workbook.xml", b"<workbook/>")
        with made.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(60):
                sheet.write(b" " * 10_000_000)
    return out.getvalue()


def drop(page: Page, name: str, content: bytes) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_list_is_dropped_read_and_given_back(
    page: Page, app: Server, tmp_path: Path, js_errors: list[str]
):
    page.goto(f"{app.url}/mes_donnees?vue.section=liste")
    drop(page, "bombe.xlsx", bomb())
    page.get_by_text("bombe.xlsx :").wait_for()
    page.get_by_role("button", name="Oublier cette liste").click()
    page.get_by_text("bombe.xlsx :").wait_for(state="detached")
    page.get_by_text("Donner une liste").wait_for()
    drop(page, "liste.csv", LIST.encode())
    page.locator(".essgeo-chiffres").wait_for()
    figures = page.locator(".essgeo-chiffres .valeur").all_inner_texts()
    assert len(figures) == 4
    assert figures[3] == "1"
    assert sum(int(one) for one in figures) == 3
    with page.expect_download() as wanted:
        page.get_by_role("button", name="Les lignes à corriger (CSV)").click()
    kept = tmp_path / "a-corriger.csv"
    wanted.value.save_as(kept)
    text = kept.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("SIRET;Nom;Longitude;Latitude;essgeo_ligne")
    assert len(text.splitlines()) == 2
    assert "12345678900000" in text

    # On the map too, a name is a text.
    page.locator("iframe").first.wait_for()
    handle = page.locator("iframe").first.element_handle()
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function("window.essgeo && window.essgeo.draws > 0")
    assert page.evaluate("window.piege") is None
    assert page.locator("img[src='x']").count() == 0
    assert not js_errors
    assert "Confidentielle" not in app.log()


def test_the_published_list_dropped_on_real_outlines_tells_its_faults_apart(
    page: Page, reel: Path, tmp_path: Path, js_errors: list[str]
):
    siae = reel / "siae_2020.csv"
    built = ["build", "--quartiers", str(reel / "qpv2024.geojson"), "--etablissements", str(siae)]
    assert cli.main([*built, "--out", str(tmp_path / "d")]) == 0
    one = start_server(tmp_path, data=tmp_path / "d")
    try:
        page.goto(f"{one.url}/mes_donnees?vue.section=liste")
        drop(page, siae.name, siae.read_bytes())
        page.locator(".essgeo-chiffres").wait_for()
        figures = page.locator(".essgeo-chiffres .valeur").all_inner_texts()
        # A number is written in groups, with narrow spaces.
        counts = [int("".join(filter(str.isdecimal, figure))) for figure in figures]
        assert sum(counts) == 3853
        assert counts[3] == 33
        text = page.get_by_test_id("stMain").inner_text()
        assert re.search(r"13\s*: SIRET impossible", text), text
        assert re.search(r"238\s*: d'organismes publics", text)
        assert re.search(r"33\s*: .*position", text)
        assert "dont le département déclaré n'est pas celui du quartier" in text
    finally:
        one.stop()
    assert not js_errors
    assert "siren" not in one.log().lower()
