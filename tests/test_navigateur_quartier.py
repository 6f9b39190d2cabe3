"""The sheet of a neighbourhood in a real browser: reached by clicks and by its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Server, start_server
from tests.small import write_small
from tests.test_navigateur_app import map_frame, opened


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data: Path = write_small(tmp_path_factory.mktemp("petit") / "donnees", nature="simulation")
    one = start_server(tmp_path_factory.mktemp("serveur"), data=data)
    yield one
    one.stop()


def test_from_the_national_map_to_a_sheet_in_two_clicks(
    page: Page, app: Server, js_errors: list[str]
) -> None:
    opened(page, app.url)
    page.locator(".st-key-essgeo-premiers button").first.click()
    page.get_by_role("link", name="Ouvrir la fiche du quartier").click()
    expect(page.locator("h1")).to_contain_text("Fiche quartier : Ouest, Strasbourg")
    expect(page.get_by_text("Ce qu'il y a, ce qui manque")).to_be_visible()
    assert "quartier=QN06701M" in page.url
    assert js_errors == []


def test_its_address_gives_the_sheet_and_a_ticked_row_says_why(page: Page, app: Server) -> None:
    opened(page, f"{app.url}/quartier?quartier=QN06701M")
    map_frame(page)
    page.get_by_role("radio", name="Dans le quartier").click()
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    grid.scroll_into_view_if_needed()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    box = grid.bounding_box()
    assert box is not None
    # The boxes to tick are the first column; rows are as high as the head.
    page.mouse.click(box["x"] + 15, box["y"] + 35 + 17)
    expect(page.locator(".essgeo-carte", has_text="11111111100018")).to_be_visible()
    page.wait_for_url("**vue.etablissement=11111111100018*")
    expect(page.get_by_text("association : de l'ESS par son statut")).to_be_visible()
    assert app.outside() == []


def test_from_the_national_map_to_a_town_to_a_neighbourhood_to_what_it_lacks_in_five_clicks(
    page: Page, app: Server, js_errors: list[str]
) -> None:
    """Every press of a button of the mouse is counted by the page itself, not by the test."""
    page.add_init_script(
        "if (window === top) addEventListener('pointerdown', () => "
        "sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1, true)"
    )
    opened(page, app.url)
    page.get_by_test_id("stSidebar").get_by_role("combobox", name="Commune").click()
    page.get_by_role("option", name="Strasbourg").first.click()
    page.wait_for_url("**commune=67482*")
    page.locator(".st-key-essgeo-premiers button").first.click()
    page.wait_for_url("**quartier=QN06701M*")
    page.get_by_role("link", name="Ouvrir la fiche du quartier").click()
    expect(page.get_by_text("Ce qu'il y a, ce qui manque")).to_be_visible()
    assert "quartier=QN06701M" in page.url
    assert 4 <= int(page.evaluate("sessionStorage.clicks")) <= 5
    assert js_errors == []
