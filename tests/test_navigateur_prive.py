"""Two browsers, one with zones of its own: the other sees nothing of it; and no name is markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Server, start_server
from playwright.sync_api import expect

from tests.small import write_small

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

#: Names that try to leave their text; told in no other file.
NAMES = (
    "Confidentielle </script><script>parent.piege=1</script>",
    "<img src=x onerror=parent.piege=1> **Confidentielle**",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = write_small(tmp_path_factory.mktemp("petit") / "donnees")
    one = start_server(tmp_path_factory.mktemp("serveur"), data=data)
    yield one
    one.stop()


def zones(file: Path) -> Path:
    shapes = [(7.715, 48.565, 7.735, 48.578), (7.70, 48.585, 7.71, 48.595)]
    features = [
        {
            "type": "Feature",
            "properties": {"nom": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
            },
        }
        for name, (w, s, e, n) in zip(NAMES, shapes, strict=True)
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def frame_of(page: Page) -> Frame:
    page.locator("iframe").first.wait_for()
    handle = page.locator("iframe").first.element_handle()
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function("window.essgeo && window.essgeo.draws > 0")
    frame.evaluate("async () => { await essgeo.ready; await essgeo.settled; }")
    return frame


def near(frame: Frame) -> None:
    before = frame.evaluate("essgeo.draws")
    frame.evaluate("void essgeo.map.setView([48.575, 7.722], 14, {animate: false})")
    frame.wait_for_function(f"essgeo.draws > {before}")
    frame.evaluate("async () => { await essgeo.settled; }")


def test_zones_of_one_browser_are_nothing_to_another(
    page: Page, browser: Browser, app: Server, tmp_path: Path, js_errors: list[str]
):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app.url}/mes_donnees?vue.section=zones")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        zones(tmp_path / "mes zones.geojson")
    )
    page.get_by_role("button", name="Les mettre à la place des QPV").click()
    page.get_by_text("Vos zones à la place des QPV").wait_for()
    # Only the words of the box: a screen says them, the elements keep those of Streamlit.
    button = page.get_by_test_id("stFileUploaderDropzone").locator("button p")
    assert "Choisir un fichier" in button.evaluate(
        "one => getComputedStyle(one, '::after').content"
    )
    page.get_by_role("link", name="Les voir sur la carte").click()
    frame = frame_of(page)
    near(frame)
    # Two zones, and two neighbourhoods drawn thin beside them.
    assert frame.evaluate("essgeo.state().outlines") == 4
    assert frame.evaluate("essgeo.quartiers.names.slice(-2)") == list(NAMES)
    # What the map writes, says under the pointer, and lists is text.
    told = frame.evaluate(
        "() => essgeo.quartiers.describe(essgeo.index.codes.length - 1, essgeo.payload).innerHTML"
    )
    assert "&lt;img" in told
    written = frame.locator(".essgeo-nom-quartier span")
    expect(written.first).to_contain_text("Confidentielle")
    assert frame.locator("img[src=x]").count() == 0
    expect(page.locator(".essgeo-phrase")).to_contain_text("vos 2")
    page.get_by_text("Confidentielle").first.wait_for()
    assert page.locator("img[src=x]").count() == 0
    for window in (page, frame):
        assert window.evaluate("typeof window.piege") == "undefined"
    assert js_errors == []
    mine = [url for url in asked if "/media/" in url and url.endswith(".json")]
    assert len(set(mine)) == 1
    assert not any("onfidentielle" in url for url in [page.url, *asked])

    # Another person, at the same time, with the very address that the first one is at.
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    other = context.new_page()
    seen: list[str] = []
    other.on("request", lambda request: seen.append(request.url))
    frames: list[str | bytes] = []
    other.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda payload: frames.append(payload)),
    )
    other.goto(page.url)
    expect(other.get_by_text("aucune zone à vous n'est chargée")).to_be_visible()
    theirs = frame_of(other)
    near(theirs)
    assert theirs.evaluate("essgeo.config.own") == ""
    assert len(theirs.evaluate("essgeo.quartiers.names")) == 5
    for name in ("Secteurs", "Territoires"):
        other.get_by_role("link", name=name, exact=True).click()
        expect(other.locator("h1")).to_contain_text(name)
    received = b"".join(one.encode() if isinstance(one, str) else one for one in frames)
    assert received
    assert b"onfidentielle" not in received
    assert not any("/media/" in url and url.endswith(".json") for url in seen)
    token = mine[0].rpartition("/")[2].removesuffix(".json").encode()
    assert token not in received
    # Nothing lists what is held for others, and a log names none of it.
    assert other.request.get(f"{app.url}/media/").status == 404
    assert other.request.get(f"{app.url}/app/static/essgeo/").status != 200
    assert "onfidentielle" not in app.log()
    context.close()

    # Forgotten, it is no longer there, even for whoever knows the address.
    page.get_by_role("button", name="Oublier").click()
    expect(page.get_by_text("Vos zones à la place des QPV")).to_have_count(0)
    expect(page.locator(".essgeo-phrase")).to_contain_text("quartiers prioritaires")
    assert page.request.get(mine[0]).status == 404
