"""The server as `.streamlit/config.toml` sets it, and the fixtures that other tests stand on."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from streamlit import config as streamlit_config

ROOT = Path(__file__).resolve().parent.parent
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

SCRIPT = """\
import streamlit as st
st.title("Essai")
st.html('<img src="http://192.0.2.1/hors.png" alt="">')
if st.query_params.get("panne"):
    raise ValueError("secret du serveur")
if st.query_params.get("sortie"):
    import socket
    with socket.socket() as one:
        one.settimeout(0.2)
        try:
            one.connect(("127.0.0.2", 9))
        except OSError:
            pass
    st.text("sorti")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "essai.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def flat(values: dict, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def test_every_option_of_the_configuration_exists_in_this_streamlit():
    known = set(streamlit_config.get_config_options(force_reparse=True))
    assert set(flat(CONFIG)) <= known


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.showEmailPrompt", False),
        ("server.enableCORS", True),
        ("server.enableXsrfProtection", True),
        ("server.enableStaticServing", True),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("client.disableDataExport", True),
        ("client.toolbarMode", "minimal"),
    ],
)
def test_what_protects_people_is_set(option: str, value: object):
    assert flat(CONFIG)[option] == value


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("front", ["textColor", "primaryColor", "linkColor"])
@pytest.mark.parametrize("back", ["backgroundColor", "secondaryBackgroundColor"])
def test_text_stands_out_from_its_background(theme: str, front: str, back: str):
    colours = CONFIG["theme"][theme]
    light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_server_listens_here_only_and_calls_nobody(
    page: Page, server: Callable, script: Path, outside: list[str]
):
    one = server(script=script)
    page.goto(one.url)
    page.get_by_role("heading", name="Essai").wait_for()
    outside.clear()
    port = int(one.url.rsplit(":", 1)[1])
    # 127.0.0.2 is this machine too, but not the address that the server was given.
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):  # noqa: PT011 - refused or timed out
        pass
    assert one.outside() == []


def test_the_watch_over_the_server_sees_a_connection(
    page: Page, server: Callable, script: Path, outside
):
    one = server(script=script)
    page.goto(f"{one.url}/?sortie=1")
    page.get_by_text("sorti", exact=True).wait_for()
    assert one.outside() == ["127.0.0.2"]
    outside.clear()


def test_the_page_fixture_refuses_and_records_outside_requests(
    page: Page, server: Callable, script: Path, outside: list[str], js_errors: list[str]
):
    one = server(script=script)
    page.goto(one.url)
    page.get_by_role("heading", name="Essai").wait_for()
    page.wait_for_function("document.querySelector('img[src*=\"hors.png\"]')?.complete")
    assert outside == ["http://192.0.2.1/hors.png"]
    assert js_errors == []
    outside.clear()


def test_an_unforeseen_error_keeps_its_details_off_the_page(
    page: Page, server: Callable, script: Path, outside: list[str]
):
    one = server(script=script)
    page.goto(f"{one.url}/?panne=1")
    page.locator("[data-testid=stException]").wait_for()
    assert "secret du serveur" not in page.content()
    assert "secret du serveur" in one.log()
    outside.clear()
