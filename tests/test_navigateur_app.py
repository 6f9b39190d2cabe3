"""The app in a real browser: permalinks, the map that stays, clicks, files, no network."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Frame, Page, expect

from essgeo.atlas import open_atlas
from essgeo.indicators import totals
from essgeo.selection import parse
from tests.conftest import Server, start_server
from tests.small import write_small

#: Where the map says what it has drawn (see ``essgeo/figures/assets``).
DRAWN = "window.essgeo && window.essgeo.draws > 0"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees", nature="simulation")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Server]:
    """Give a server for the tests that do not need a fresh one."""
    one = start_server(tmp_path_factory.mktemp("serveur"), data=data)
    yield one
    one.stop()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("h1").wait_for()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    return page


def map_frame(page: Page) -> Frame:
    page.locator("iframe").first.wait_for()
    handle = page.locator("iframe").first.element_handle()
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function(DRAWN)
    return frame


def figure(page: Page, title: str) -> str:
    cell = page.locator(".essgeo-chiffres > div").filter(has_text=title)
    return re.sub(r"\s", "", cell.locator(".valeur").inner_text())


def pick(page: Page, label: str, text: str) -> None:
    box = page.get_by_test_id("stSidebar").get_by_role("combobox", name=label)
    # In the middle of the screen: a list that opens while its box is being scrolled into view
    # closes again.
    box.evaluate("box => box.scrollIntoView({ block: 'center' })")
    box.click()
    box.fill(text)
    page.get_by_role("option", name=text).first.wait_for()
    box.press("Enter")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("path", ["", "carte", "chiffres", "methode"])
def test_a_permalink_opened_first_on_a_fresh_server_gives_the_whole_page(
    page: Page, server: Callable[..., Server], data: Path, path: str, js_errors: list[str]
):
    one = server(data=data)
    opened(page, f"{one.url}/{path}?region=44")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("Grand Est", exact=False).first).to_be_visible()
    expect(page.get_by_role("link", name="Méthode et données")).to_be_visible()
    assert "region=44" in page.url
    if path in ("", "carte"):
        assert figure(page, "Établissements employeurs") == "4"
        map_frame(page)
    assert js_errors == []
    assert one.outside() == []


def test_every_page_answers_at_its_own_address(page: Page, app: Server):
    """The home page too, which answers at the root: on a server that knows the pages already."""
    opened(page, app.url)
    for path in ("carte", "methode"):
        opened(page, f"{app.url}/{path}?region=44")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.url == f"{app.url}/{path}?region=44"
    links = page.get_by_role("link").filter(has_text=re.compile("^.*Carte$"))
    assert links.count() == 1


def test_the_page_speaks_french_and_has_one_title(page: Page, app: Server):
    opened(page, app.url)
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert page.locator("h1").count() == 1
    sidebar = page.get_by_test_id("stSidebar").inner_text()
    for english in ("Choose", "Select", "No results", "Press Enter"):
        assert english not in sidebar
    assert "DONNÉES SIMULÉES" in page.get_by_role("note").inner_text()


def test_a_change_of_filter_keeps_the_map_and_follows_in_the_url(
    page: Page, app: Server, data: Path
):
    opened(page, app.url)
    frame = map_frame(page)
    frame.evaluate("window.temoin = 1")
    before = figure(page, "Établissements employeurs")
    pick(page, "Secteur", "Action sociale")
    page.wait_for_url("**secteur=action-sociale*")
    expect(page.locator(".essgeo-phrase")).to_contain_text("Action sociale")
    wanted = totals(open_atlas(data), parse("secteur=action-sociale").selection)
    assert figure(page, "Établissements employeurs") == str(wanted["employeurs"]).split(".")[0]
    assert figure(page, "Établissements employeurs") != before
    assert map_frame(page).evaluate("window.temoin") == 1


def test_back_and_forward_follow_the_selection(page: Page, app: Server):
    opened(page, f"{app.url}/?region=44")
    pick(page, "Département", "Bas-Rhin")
    page.wait_for_url("**departement=67*")
    phrase = page.locator(".essgeo-phrase")
    expect(phrase).to_contain_text("Bas-Rhin")
    page.go_back()
    expect(phrase).not_to_contain_text("Bas-Rhin")
    expect(phrase).to_contain_text("Grand Est")
    page.go_forward()
    expect(phrase).to_contain_text("Bas-Rhin")


def test_the_selection_survives_a_change_of_page(page: Page, app: Server):
    opened(page, f"{app.url}/?region=44&vue.indicateur=emplois")
    page.get_by_role("link", name="Méthode et données").click()
    expect(page.locator("h1")).to_have_text("Méthode et données")
    page.wait_for_url("**region=44*")
    page.get_by_role("link", name="Carte", exact=True).click()
    expect(page.locator(".essgeo-phrase")).to_contain_text("Grand Est")
    page.wait_for_url("**vue.indicateur=emplois*")


def test_a_click_on_the_map_selects_the_neighbourhood(page: Page, app: Server):
    opened(page, f"{app.url}/?region=53")
    frame = map_frame(page)
    frame.wait_for_function("window.essgeo.state().outlines + window.essgeo.state().circles > 0")
    page.locator("iframe").first.scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # the map may still be moving to its bounds
    # Beside the centre, where an establishment stands.
    place = frame.evaluate(
        """() => {
          const { map, quartiers } = window.essgeo;
          const i = quartiers.codes.indexOf("QN03501N");
          const { lat, lon } = quartiers;
          return map.latLngToContainerPoint([lat[i] + 0.002, lon[i] - 0.002]);
        }"""
    )
    frame.evaluate("window.temoin = 1")
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    page.wait_for_url("**quartier=QN03501N*")
    expect(page.locator(".essgeo-carte h2")).to_have_text("Nord <b>")
    assert map_frame(page).evaluate("window.temoin") == 1
    page.get_by_role("button", name="Revenir à tous les quartiers").click()
    expect(page.locator(".essgeo-carte h2")).to_have_count(0)
    assert "quartier=" not in page.url


def test_a_click_on_an_establishment_shows_it_and_changes_no_figure(page: Page, app: Server):
    opened(page, f"{app.url}/?region=53")
    frame = map_frame(page)
    frame.wait_for_function("window.essgeo.state().points.drawn > 0")
    page.locator("iframe").first.scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # the map may still be moving to its bounds
    place = frame.evaluate("() => window.essgeo.map.latLngToContainerPoint([48.125, -1.656])")
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    page.wait_for_url("**vue.etablissement=88888888800015*")
    expect(page.locator(".essgeo-carte h2")).to_have_text("Régie du quartier Nord")
    assert figure(page, "Établissements employeurs") == "1"
    page.get_by_role("button", name="Fermer").click()
    expect(page.locator(".essgeo-carte h2")).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "excel"),
    [("CSV ouvert et métadonnées (.zip)", False), ("CSV pour Excel et métadonnées (.zip)", True)],
)
def test_an_export_is_downloaded_with_its_metadata(
    page: Page, app: Server, label: str, excel: bool
):
    opened(page, f"{app.url}/?region=44")
    page.get_by_role("button", name="Exporter").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    download = waiting.value
    assert download.suggested_filename.startswith("essgeo_SIMULE_etablissements_grand-est_2024")
    with zipfile.ZipFile(download.path()) as archive:
        names = archive.namelist()
        content = archive.read(names[0])
        said = json.loads(archive.read(names[1]))
    assert content.startswith(b"\xef\xbb\xbf") is excel
    table = pd.read_csv(io.BytesIO(content), sep=";" if excel else ",", dtype="str")
    assert said["lignes"] == len(table) == int(figure(page, "Établissements employeurs"))
    assert said["nature"] == "simulation"
    assert said["requete"].startswith("region=44")


def test_the_permalink_opens_the_same_figures(page: Page, app: Server):
    opened(page, f"{app.url}/?region=44&secteur=action-sociale")
    before = figure(page, "Établissements employeurs")
    page.get_by_role("button", name="Partager").click()
    link = page.get_by_test_id("stPopoverBody").locator("code").inner_text().strip()
    assert link == f"{app.url}/?region=44&secteur=action-sociale"
    opened(page, link)
    assert figure(page, "Établissements employeurs") == before


def test_a_hostile_name_runs_nothing(page: Page, app: Server, js_errors: list[str]):
    opened(page, f"{app.url}/?quartier=QN03501N&vue.table=quartiers")
    expect(page.locator(".essgeo-carte h2")).to_have_text("Nord <b>")
    assert js_errors == []


@pytest.mark.parametrize("width", [390, 768, 1400])
def test_nothing_overflows_at_any_width(page: Page, app: Server, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, app.url)
    map_frame(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
    if width == 390:
        # The sentence and the figures come first, the filters wait behind their button.
        order = page.evaluate(
            """() => [".essgeo-phrase", ".essgeo-chiffres", "iframe"].map(
              (one) => document.querySelector(one).getBoundingClientRect().top)"""
        )
        assert order == sorted(order)
        page.get_by_test_id("stExpandSidebarButton").click()
        filters = page.get_by_test_id("stSidebar").get_by_role("heading", name="Territoire")
        expect(filters).to_be_in_viewport()
