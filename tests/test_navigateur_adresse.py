"""« Une adresse » and « Tableaux agrégés » in a real browser: a click, a file, nothing leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Server, start_server
from tests.small import write_small
from tests.test_navigateur_app import map_frame, opened
from tests.test_provided_tables import LONG


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data: Path = write_small(tmp_path_factory.mktemp("petit") / "donnees")
    one = start_server(tmp_path_factory.mktemp("serveur"), data=data)
    yield one
    one.stop()


def test_a_click_on_the_map_says_where_it_fell(
    page: Page, app: Server, js_errors: list[str]
) -> None:
    address = f"{app.url}/mes_donnees?vue.section=adresse&vue.par=carte&quartier=QN06701M"
    opened(page, address)
    frame = map_frame(page)
    # The middle of the neighbourhood: 7.705, 48.575. What lies there does not take the click.
    frame.evaluate("essgeo.map.setView([48.575, 7.705], 16, { animate: false })")
    box = page.locator("iframe.stCustomComponentV1").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("Oui, dans le quartier Ouest, Strasbourg (QN06701M)")).to_be_visible()
    expect(page.get_by_text("position connue à 10 m près").first).to_be_visible()
    assert "quartier=QN06701M" in page.url
    assert js_errors == []
    assert app.outside() == []


def test_a_table_is_dropped_and_stands_on_the_sheet(page: Page, app: Server) -> None:
    opened(page, f"{app.url}/mes_donnees?vue.section=tableaux&quartier=QN06701M")
    page.set_input_files(
        "input[type=file]",
        {"name": "commande.csv", "mimeType": "text/csv", "buffer": LONG.encode()},
    )
    expect(page.get_by_text("commande.csv : 1 quartier (contours 2024)")).to_be_visible()
    page.get_by_role("link", name="Ces chiffres sur la fiche d'un quartier").click()
    expect(page.get_by_text("Dans votre table")).to_be_visible()
    expect(page.locator("td", has_text="secret (induit)").first).to_be_visible()
    # Another visitor sees nothing of it.
    browser = page.context.browser
    assert browser is not None
    other = browser.new_page()
    opened(other, f"{app.url}/quartier?quartier=QN06701M")
    expect(other.get_by_text("Ce qu'il y a, ce qui manque")).to_be_visible()
    expect(other.get_by_text("Dans votre table")).to_have_count(0)
    other.close()
    assert app.outside() == []
