"""Fixtures shared by the tests: the real files, a server, a browser cut off from the network."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).resolve().parent.parent

#: What keeps Chromium quiet, and going in a container. --no-sandbox: root has no sandbox.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# How long an example takes says how busy the machine is, nothing of what is tested.
settings.register_profile("essgeo", deadline=None)
settings.load_profile("essgeo")

LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}

#: Tests that use one of these need Chromium: marked so, and kept on one worker of xdist.
BROWSER_FIXTURES = {"chromium", "browser", "page"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests by the fixtures they use: ``-m "not navigateur"`` is the quick run."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.navigateur)
            item.add_marker(pytest.mark.xdist_group("navigateur"))
            item.add_marker(pytest.mark.timeout(180))
        if "reel" in fixtures:
            item.add_marker(pytest.mark.reel)


@pytest.fixture(scope="session", autouse=True)
def no_folder_of_mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the territories that the developer has loaded: the app would open the last one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESSGEO_DOSSIERS", str(tmp_path_factory.mktemp("dossiers")))
        yield


@pytest.fixture(scope="session")
def reel() -> Path:
    """Return the folder of real public files (``ESSGEO_REEL``), or skip."""
    value = os.environ.get("ESSGEO_REEL", "").strip()
    if not value:
        pytest.skip("ESSGEO_REEL n'indique aucun dossier de fichiers réels")
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail(f"ESSGEO_REEL={value} n'est pas un dossier")
    return folder


# --- server -------------------------------------------------------------------------------------

#: Put in front of the server's modules: writes down every address that its Python looks up or
#: connects to. An audit hook sees C extensions' use of the socket module too.
WATCHER = """\
import os, sys

def _watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments[:2]
    else:
        return
    with open(os.environ["ESSGEO_TEST_CONNEXIONS"], "a", encoding="utf-8") as handle:
        handle.write(f"{event}\\t{address[0] if isinstance(address, tuple) else address}\\n")

sys.addaudithook(_watch)
"""


@dataclass
class Server:
    """A Streamlit server that a test has started."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path
    connections_file: Path

    def log(self) -> str:
        """Return what the server has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def outside(self) -> list[str]:
        """Return the addresses off this machine that the server's Python has tried to reach."""
        if not self.connections_file.exists():
            return []
        tried = [
            line.split("\t", 1)[1]
            for line in self.connections_file.read_text(encoding="utf-8").splitlines()
        ]
        return [address for address in tried if address not in LOOPBACK | {"None"}]

    def stop(self) -> None:
        """Stop the server and what it has started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    folder: Path,
    *,
    data: Path | None = None,
    script: Path = ROOT / "app.py",
    env: dict[str, str] | None = None,
    wait: float = 60,
) -> Server:
    """Start ``streamlit run`` as a person would, on a free port, and wait until it answers.

    Parameters
    ----------
    folder
        Where to write the server's log and the list of its connections.
    data
        Data folder (``ESSGEO_DATA``); the project's own when absent.
    script, env, wait
        Script to serve, environment variables to add, seconds to wait for health.
    """
    port = free_port()
    hook = folder / "sitecustomize"
    hook.mkdir(parents=True, exist_ok=True)
    (hook / "sitecustomize.py").write_text(WATCHER, encoding="utf-8")
    connections = folder / f"connexions-{port}.txt"
    values = {**os.environ, "PYTHONPATH": str(hook), "ESSGEO_TEST_CONNEXIONS": str(connections)}
    # Not the tests' own: the server is to behave as in a shell.
    for name in ("ESSGEO_DATA", "PYTEST_CURRENT_TEST"):
        values.pop(name, None)
    if data is not None:
        values["ESSGEO_DATA"] = str(data)
    values.update(env or {})
    log_file = folder / f"serveur-{port}.log"
    options = ["--server.port", str(port), "--server.headless", "true"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *options],
            cwd=ROOT,
            env=values,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log_file, connections)
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return server
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    server.stop()
    pytest.fail(f"le serveur n'a pas démarré en {wait} s :\n{server.log()}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Give a function that starts a server (see `start_server`), stopped after the test."""
    started: list[Server] = []

    def start(**options: object) -> Server:
        one = start_server(tmp_path / f"serveur{len(started)}", **options)  # type: ignore[arg-type]
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop()


# --- browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium, or skip; fail when the run demands a browser."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    if os.environ.get("ESSGEO_NAVIGATEUR_OBLIGATOIRE", "") == "1":
        pytest.fail("Chromium est introuvable alors que ESSGEO_NAVIGATEUR_OBLIGATOIRE=1")
    pytest.skip("Chromium est introuvable (sous Debian : apt install chromium)")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Give a headless Chromium, one a module.

    Not one a session: while Playwright is open, nothing else in the process can start an event
    loop.
    """
    from playwright.sync_api import expect, sync_playwright

    # Streamlit fetches the code of each kind of widget when it first meets one: on a machine that
    # runs the rest of the tests at the same time, more than the five seconds of the library.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=CHROMIUM_FLAGS
        )
        yield opened
        opened.close()


@pytest.fixture
def outside() -> list[str]:
    """Return the list in which `page` writes the requests that it refused to let out."""
    return []


@pytest.fixture
def js_errors() -> list[str]:
    """Return the list in which `page` writes the uncaught errors of scripts."""
    return []


def is_local(url: str) -> bool:
    """Say whether a request stays in the browser or on this machine."""
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about", "file"} or (parts.hostname or "") in LOOPBACK


@pytest.fixture
def page(browser: Browser, outside: list[str], js_errors: list[str]) -> Iterator[Page]:
    """Give a page of a fresh browser context without network.

    Every request off this machine is aborted and written to ``outside``, which must be empty at
    the end: a test that means to go out (an online basemap) checks the list and clears it.
    """
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})

    def guard(route: Route) -> None:
        if is_local(route.request.url):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    opened = context.new_page()
    opened.on("pageerror", lambda error: js_errors.append(str(error)))
    opened.on(
        "websocket",
        lambda socket_: None if is_local(socket_.url) else outside.append(socket_.url),
    )
    yield opened
    context.close()
    assert not outside, f"requêtes vers l'extérieur : {json.dumps(outside, indent=1)}"
