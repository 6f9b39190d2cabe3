"""From figures to what can be done, in a real browser and in two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Server, start_server
from tests.test_diagnosis import folder


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve thirteen neighbourhoods whose diagnosis is recomputed by hand."""
    data = folder(tmp_path_factory.mktemp("leviers") / "d").folder.path
    one = start_server(tmp_path_factory.mktemp("serveur"), data=Path(data))
    yield one
    one.stop()


def settled(page: Page) -> None:
    page.locator("h1").wait_for()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def test_two_clicks_from_figures_to_a_lever_and_back(page: Page, app: Server, js_errors: list[str]):
    page.goto(f"{app.url}/secteurs?quartier=QN06700M")
    settled(page)
    page.get_by_role("link", name="Leviers", exact=True).first.click()
    expect(page.get_by_text("3 pistes à discuter pour ce quartier")).to_be_visible()
    page.get_by_role("button", name="Voir ce levier").first.click()
    expect(page.get_by_role("heading", name="Pourquoi, et où ?")).to_be_visible()
    assert "quartier=QN06700M" in page.url
    assert "vue.levier=lieux-partages" in page.url
    page.go_back()
    expect(page.get_by_text("3 pistes à discuter pour ce quartier")).to_be_visible()
    assert not js_errors


def test_a_case_leads_to_its_levers(page: Page, app: Server):
    page.goto(f"{app.url}/cas")
    settled(page)
    page.get_by_role("link", name="Prendre en charge le loyer").first.click()
    expect(page.get_by_role("heading", name="Exemples ailleurs")).to_be_visible()
    assert "vue.levier=prise-en-charge-de-loyer" in page.url


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("path", ["leviers", "leviers?vue.levier=lieux-partages", "cas"])
def test_nothing_overflows(page: Page, app: Server, path: str, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{app.url}/{path}")
    settled(page)
    page.locator(".essgeo-section").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
