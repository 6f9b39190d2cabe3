"""The page Secteurs in a real browser: a picture is drawn, is taken away, and needs no network."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

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
    page.get_by_role("button", name="Télécharger", exact=False).last.click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Image PNG (300 points par pouce)").click()
    assert taken.value.suggested_filename == "essgeo_SIMULE_poids-secteurs_grand-est_2024.png"
    with Image.open(taken.value.path()) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        # As wide as the text of a page.
        assert picture.width == pytest.approx(16 / 2.54 * 300, abs=2)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Image SVG").click()
    drawing = Path(taken.value.path()).read_text(encoding="utf-8")
    # The mark, the title and the source are inside the picture itself.
    for words in ("DONNÉES SIMULÉES", "Ce que pèse chaque secteur", "Essai", "Grand Est"):
        assert words in drawing
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
