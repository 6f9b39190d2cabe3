"""The page Secteurs in a real browser: a picture is drawn, is taken away, and needs no network."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.conftest import Server
from tests.small import write_small
from tests.test_navigateur_app import opened

PICTURE = ".js-plotly-plot .main-svg"


def test_a_chart_leaves_as_a_picture_and_as_data(
    page: Page,
    server: Callable[..., Server],
    tmp_path: Path,
    outside: list[str],
    js_errors: list[str],
):
    one = server(data=write_small(tmp_path / "donnees", nature="simulation"))
    opened(page, f"{one.url}/secteurs?region=44")
    page.locator(PICTURE).first.wait_for()
    # In French, and without hovering.
    camera = page.locator(".modebar-btn").first
    assert camera.get_attribute("data-title") == "Télécharger l'image (PNG)"
    with page.expect_download() as taken:
        camera.click()
    assert taken.value.suggested_filename == "essgeo_SIMULE_poids-secteurs_grand-est_2024.png"
    picture = Path(taken.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    width = int.from_bytes(picture[16:20], "big")
    shown = page.locator(PICTURE).first.bounding_box()
    assert shown is not None
    assert width == round(shown["width"]) * 3
    # The mark is inside the picture itself.
    page.get_by_role("button", name="Télécharger", exact=False).last.click()
    page.get_by_text("SVG (impression, retouche)").click()
    page.keyboard.press("Escape")
    expect(camera).to_have_attribute("data-title", "Télécharger l'image (SVG)")
    with page.expect_download() as taken:
        camera.click()
    drawing = Path(taken.value.path()).read_text(encoding="utf-8")
    assert "DONNÉES SIMULÉES" in drawing
    assert "Essai" in drawing
    page.get_by_role("button", name="Télécharger", exact=False).last.click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV ouvert (.zip)").last.click()
    with zipfile.ZipFile(io.BytesIO(Path(taken.value.path()).read_bytes())) as archive:
        table, described = archive.namelist()
        assert table == "essgeo_SIMULE_poids-secteurs_grand-est_2024.csv"
        assert "simulation" in archive.read(table).decode()
        assert json.loads(archive.read(described))["requete"] == "region=44&generation=2024"
    assert js_errors == []
    assert outside == []
    assert one.outside() == []
