"""The map in a real browser: what is drawn, what a click says, and that nothing is made anew."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Server, free_port, start_server
from map_world import HOSTILE, SECTORS, SIZES, build

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
QUARTIERS, POINTS = 60, 3000

#: Where the first neighbourhood of the invented country is: alone in its town.
LON, LAT = 7.75, 48.58


def furnish(folder: Path) -> Path:
    """Put the page and its world in a folder: the map writes its static files beside the page."""
    for name in ("map_page.py", "map_world.py"):
        shutil.copy(HERE / name, folder / name)
    content = (build(QUARTIERS, POINTS), SECTORS, SIZES)
    (folder / "world.pkl").write_bytes(pickle.dumps(content))
    (folder / "static").mkdir()
    return folder / "map_page.py"


@pytest.fixture(scope="module")
def served_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("carte")
    env = {"STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true"}
    one = start_server(folder / "serveur", script=furnish(folder), env=env)
    yield one
    one.stop()


def frame_of(page: Page) -> Frame:
    """Return the frame of the map, once everything in it is drawn."""
    page.wait_for_selector("iframe.stCustomComponentV1", timeout=30_000)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for frame in page.frames:
            if "streamlit_folium" in frame.url:
                frame.wait_for_function("window.essgeo && essgeo.draws > 0", timeout=30_000)
                settle(frame)
                return frame
        page.wait_for_timeout(50)
    pytest.fail("la carte n'est pas apparue")


def settle(frame: Frame) -> None:
    frame.evaluate("async () => { await essgeo.ready; await essgeo.settled; }")


@pytest.fixture
def frame(page: Page, served_page: Server) -> Frame:
    page.goto(served_page.url)
    return frame_of(page)


def state(frame: Frame) -> dict:
    return frame.evaluate("essgeo.state()")


def go(frame: Frame, zoom: float, lon: float = LON, lat: float = LAT) -> None:
    """Move the view at once, and wait until it is drawn."""
    before = state(frame)["draws"]
    frame.evaluate(f"void essgeo.map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
    frame.wait_for_function(f"essgeo.draws > {before}")
    settle(frame)


def place(page: Page, frame: Frame, lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    """Return where a position is on the page, in pixels."""
    box = page.locator("iframe.stCustomComponentV1").bounding_box()
    x, y = frame.evaluate(
        f"(({{x, y}}) => [x, y])(essgeo.map.latLngToContainerPoint([{lat}, {lon}]))"
    )
    return box["x"] + x, box["y"] + y


def point_at(page: Page, frame: Frame, lon: float = LON, lat: float = LAT) -> str:
    """Put the pointer somewhere and return the text of the tooltip."""
    x, y = place(page, frame, lon, lat)
    page.mouse.move(x - 40, y - 40)
    # Leaflet looks at the pointer thirty times a second.
    page.wait_for_timeout(100)
    page.mouse.move(x, y)
    tooltip = frame.locator(".essgeo-bulle")
    tooltip.wait_for(timeout=30_000)
    return tooltip.inner_text()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def sent(frame: Frame) -> str:
    return frame.evaluate("JSON.stringify(essgeo.payload)")


def wait_for_another(frame: Frame, before: str) -> None:
    frame.wait_for_function(
        "before => JSON.stringify(essgeo.payload) !== before && !essgeo.requested", arg=before
    )
    settle(frame)


def runs(page: Page) -> int:
    return int(re.search(r"passages=(\d+)", page.locator("body").inner_text()).group(1))


def painted(frame: Frame, lon: float, lat: float) -> list[int]:
    """Return the colour (RGBA) of the drawing at a position."""
    return frame.evaluate(
        """([lat, lon]) => {
          const canvas = essgeo.renderer._container;
          const at = essgeo.map.latLngToContainerPoint([lat, lon]);
          const box = canvas.getBoundingClientRect();
          const frame = essgeo.map.getContainer().getBoundingClientRect();
          const scale = canvas.width / box.width;
          const x = (at.x - box.left + frame.left) * scale;
          const y = (at.y - box.top + frame.top) * scale;
          return [...canvas.getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data];
        }""",
        [lat, lon],
    )


def test_the_country_is_drawn_at_first(page, frame, js_errors):
    drawn = state(frame)
    assert drawn["circles"] == QUARTIERS
    assert drawn["outlines"] == 0
    assert painted(frame, LON, LAT)[3] > 150, "no circle where the first neighbourhood is"
    assert painted(frame, 0.5, 49.9)[3] == 0, "a circle where nothing is"
    assert runs(page) == 1, "drawing the map must not run the page again"
    assert frame.locator(".essgeo-marque").inner_text() == "DONNÉES SIMULÉES"
    assert js_errors == []


def test_moving_and_hovering_do_not_run_the_page(page, frame):
    point_at(page, frame)
    go(frame, 9)
    frame.locator(".leaflet-control-zoom-in").click()
    x, y = place(page, frame)
    page.mouse.click(x + 150, y + 100)
    page.wait_for_timeout(1200)
    assert runs(page) == 1


def test_a_click_says_the_code(page, frame):
    page.mouse.click(*place(page, frame))
    page.get_by_text("clic=QS000000").wait_for(timeout=30_000)
    assert runs(page) == 2
    assert "clic=QS000000 ligne=None" in page.locator("body").inner_text()


def test_a_click_on_an_outline_says_the_code_and_marks_it(page, frame):
    go(frame, 16)
    frame.evaluate("void essgeo.outlines.layers.get(0).polygon.fire('click')")
    page.get_by_text("clic=QS000000").wait_for(timeout=30_000)
    frame.wait_for_function("essgeo.payload.selected === 0")
    settle(frame)
    style = frame.evaluate("essgeo.outlines.layers.get(0).polygon.options.weight")
    assert style == 5


def test_a_click_on_an_establishment_says_its_row(page, frame):
    go(frame, 18)
    frame.evaluate(
        "void essgeo.points.group.getLayers().find((one) => one.getRadius).fire('click')"
    )
    page.get_by_text(re.compile(r"clic= ligne=\d+")).wait_for(timeout=30_000)


def test_two_clicks_on_one_place_are_two_messages(page, frame):
    for expected in (2, 3):
        page.mouse.click(*place(page, frame))
        page.get_by_text(f"passages={expected}").wait_for(timeout=30_000)


def test_a_filter_does_not_make_the_map_anew(page, frame):
    go(frame, 9)
    frame.evaluate("window.marqueur = 'toujours là'")
    view = frame.evaluate("[essgeo.map.getZoom(), essgeo.map.getCenter().lat]")
    before = sent(frame)
    choose(page, "Secteur", "sante")
    wait_for_another(frame, before)
    total = frame.evaluate("essgeo.payload.counts.reduce((a, b) => a + b)")
    before = sent(frame)
    page.get_by_text("taux", exact=True).click()
    wait_for_another(frame, before)
    assert frame.evaluate("window.marqueur") == "toujours là"
    assert frame_of(page) == frame
    assert frame.evaluate("[essgeo.map.getZoom(), essgeo.map.getCenter().lat]") == view
    assert 0 < total < POINTS
    assert frame.evaluate("essgeo.circles.group.getLayers().length") == QUARTIERS
    legend = frame.locator(".essgeo-legende").inner_text()
    assert "pour 1 000 habitants" in legend
    assert "moins de" in legend


def test_a_territory_moves_the_view_once(page, frame):
    before = sent(frame)
    choose(page, "Zone", "ville")
    wait_for_another(frame, before)
    frame.wait_for_function("essgeo.map.getZoom() > 11")
    go(frame, 10)
    before = sent(frame)
    choose(page, "Secteur", "sante")
    wait_for_another(frame, before)
    assert frame.evaluate("essgeo.map.getZoom()") == 10


def test_from_near_outlines_and_points(page, frame):
    go(frame, 13)
    near = state(frame)
    assert near["circles"] == 0
    assert near["outlines"] >= 1
    assert near["points"]["groups"] > 0
    go(frame, 18)
    close = state(frame)
    assert close["points"]["drawn"] > 0
    go(frame, 7)
    assert state(frame)["outlines"] == 0
    assert state(frame)["points"]["points"] == 0


def test_points_follow_the_filter(page, frame):
    go(frame, 13)
    every = state(frame)["points"]["points"]
    before = sent(frame)
    choose(page, "Secteur", "sante")
    wait_for_another(frame, before)
    some = state(frame)["points"]["points"]
    assert 0 < some < every
    before = sent(frame)
    choose(page, "Secteur", "enseignement")
    wait_for_another(frame, before)
    assert 0 < state(frame)["points"]["points"] < every


def test_a_group_opens_into_its_establishments(page, frame):
    go(frame, 13)
    group = frame.locator(".essgeo-groupe").first
    assert re.fullmatch(r"\d+ établissements", group.get_attribute("aria-label"))
    before = state(frame)["zoom"]
    group.focus()
    group.press("Enter")
    frame.wait_for_function(f"essgeo.map.getZoom() > {before}")


def test_hostile_names_stay_text(page, frame, js_errors):
    assert HOSTILE[0] in point_at(page, frame)
    go(frame, 18)
    shown = set()
    count = frame.evaluate("essgeo.points.group.getLayers().length")
    for i in range(count):
        frame.evaluate(
            f"""void ((one) => one.fire("mouseover", {{latlng: one.getLatLng()}}))(
              essgeo.points.group.getLayers()[{i}])"""
        )
        shown.add(frame.locator(".essgeo-bulle strong").inner_text())
        frame.evaluate("void essgeo.map.closeTooltip(essgeo.hover.tooltip)")
    assert any("onerror" in text or "piege" in text for text in shown), shown
    for where in (page, frame):
        assert where.evaluate("typeof window.piege") == "undefined"
        assert where.locator("img[src=x], svg[onload]").count() == 0
    assert js_errors == []


def test_hostile_labels_stay_text(page, frame):
    # Not only tooltips: labels written on the map come from the data too.
    frame.evaluate("void (essgeo.legend.box.open = false)")
    for i in range(len(HOSTILE)):
        lon, lat = frame.evaluate(f"[essgeo.quartiers.lon[{i}], essgeo.quartiers.lat[{i}]]")
        go(frame, 14, lon, lat)
        # Groups of points and the legend take the room: without them every name is written.
        frame.evaluate("void (essgeo.points.clusters = []) || essgeo.labels.draw()")
        written = frame.locator(".essgeo-nom-quartier").all_text_contents()
        assert HOSTILE[i] in written
        assert frame.evaluate("typeof window.piege") == "undefined"
        assert page.evaluate("typeof window.piege") == "undefined"


def test_an_inline_list_is_drawn_from_afar_too(page, frame):
    assert state(frame)["points"]["points"] == 0
    before = sent(frame)
    page.get_by_text("Liste", exact=True).click()
    wait_for_another(frame, before)
    assert state(frame)["points"]["drawn"] == 1
    frame.evaluate(
        """void ((one) => one.fire("mouseover", {latlng: one.getLatLng()}))(
          essgeo.points.group.getLayers()[0])"""
    )
    assert frame.locator(".essgeo-bulle").inner_text() == "<b>liste</b>"


def test_each_territory_is_one_click_away(page, frame):
    for name in ("971", "974", "Hexagone"):
        frame.get_by_role("button", name=name).click()
        west, east = {"971": (-62, -60), "974": (55, 56), "Hexagone": (-3, 5)}[name]
        frame.wait_for_function(
            "([west, east]) => (lon => lon > west && lon < east)(essgeo.map.getCenter().lng)",
            arg=[west, east],
            timeout=30_000,
        )
    frame.get_by_role("button", name="974").click()
    frame.wait_for_function("essgeo.map.getCenter().lng > 50", timeout=30_000)
    frame.get_by_role("button", name="Revenir à la sélection").click()
    frame.wait_for_function("essgeo.map.getCenter().lng < 10", timeout=30_000)
    assert runs(page) == 1


def test_a_basemap_is_asked_for_and_only_then(page, frame, outside):
    assert outside == []
    frame.evaluate("window.marqueur = 1")
    before = sent(frame)
    choose(page, "Fond", "ign")
    wait_for_another(frame, before)
    page.wait_for_timeout(300)
    assert outside
    assert all(url.startswith("https://data.geopf.fr/") for url in outside)
    assert "IGN" in frame.locator(".leaflet-control-attribution").inner_text()
    assert frame.evaluate("window.marqueur") == 1
    outside.clear()
    before = sent(frame)
    choose(page, "Fond", "aucun")
    wait_for_another(frame, before)
    assert state(frame)["tiles"] == ""
    outside.clear()


def test_the_map_follows_the_theme_of_the_page(page, served_page):
    page.emulate_media(color_scheme="dark")
    page.goto(served_page.url)
    frame = frame_of(page)
    frame.wait_for_function("essgeo.theme === 'sombre'")


def test_the_last_selection_wins_while_scripts_are_loading(page, served_page):
    held = []
    page.route("**/carte.js", lambda route: held.append(route))
    page.goto(served_page.url)
    page.get_by_text("passages=1").wait_for(timeout=30_000)
    choose(page, "Secteur", "sante")
    page.get_by_text("passages=2").wait_for(timeout=30_000)
    page.wait_for_timeout(300)
    assert len(held) == 1
    held[0].continue_()
    frame = frame_of(page)
    frame.wait_for_function("essgeo.payload.points.kind !== 'tous'")


def test_the_frame_speaks_french(page, frame):
    assert page.locator("iframe.stCustomComponentV1").get_attribute("title").startswith("Carte")
    assert frame.evaluate("document.documentElement.lang") == "fr"
    assert frame.locator(".leaflet-control-zoom-in").get_attribute("title") == "Agrandir"
    assert frame.locator(".leaflet-control-zoom-out").get_attribute("title") == "Réduire"


def test_a_missing_file_is_said_and_the_rest_stays(page, served_page):
    page.route("**/points-*.json", lambda route: route.abort())
    page.goto(served_page.url)
    frame = frame_of(page)
    frame.evaluate(f"void essgeo.map.setView([{LAT}, {LON}], 14, {{animate: false}})")
    frame.locator(".essgeo-alarme").wait_for(timeout=30_000)
    assert "Rechargez" in frame.locator(".essgeo-alarme").inner_text()
    frame.wait_for_function("essgeo.state().outlines > 0")


def test_on_a_phone_the_map_comes_first(page, served_page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(served_page.url)
    frame = frame_of(page)
    assert not frame.evaluate("document.querySelector('.essgeo-legende').open")
    width = frame.evaluate("document.documentElement.clientWidth")
    for node in frame.locator(".essgeo-sauts button, .essgeo-marque").all():
        box = node.evaluate("(one) => [...Object.values(one.getBoundingClientRect().toJSON())]")
        assert box[0] >= 0
        assert box[0] + box[2] <= width
    frame.locator(".essgeo-legende summary").click()
    assert "un cercle par quartier" in frame.locator(".essgeo-legende").inner_text()


def test_under_another_base_path(page, tmp_path):
    port = free_port()
    script = furnish(tmp_path)
    options = {
        "server.port": port,
        "server.headless": "true",
        "server.baseUrlPath": "un/essai",
        "server.enableStaticServing": "true",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with (tmp_path / "journal.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *flags],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}/un/essai"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            health = f"{url}/_stcore/health"
            with suppress(OSError), urllib.request.urlopen(health, timeout=2):  # noqa: S310 - ours
                break
            time.sleep(0.2)
        page.goto(url)
        frame = frame_of(page)
        assert state(frame)["circles"] == QUARTIERS
        go(frame, 13)
        assert state(frame)["points"]["points"] > 0
    finally:
        process.terminate()
        process.wait(10)
