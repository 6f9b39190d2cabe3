"""A server under measure, and visitors in a real Chromium."""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Frame, Locator, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox",  # root has no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Cut off from the network by the browser itself: a filter of requests in Python would slow
    # down the hundred files of a first visit.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

#: Silence of the server after which a change is held to be over, in seconds.
QUIET = 0.5

#: True once the map has drawn its circles, or the outlines and points of the area in view.
DRAWN = """async () => {
  const carte = window.essgeo;
  if (!carte || !carte.draws) return false;
  await carte.settled;
  const { circles, outlines } = carte.state();
  return circles + outlines > 0;
}"""


@dataclass
class Server:
    """A Streamlit server started by `bench.watched_server`."""

    url: str
    process: subprocess.Popen[bytes]
    started: float
    records: Path
    log: Path

    def runs(self) -> list[dict]:
        """Return the script runs written down so far."""
        if not self.records.exists():
            return []
        return [json.loads(line) for line in self.records.read_text().splitlines()]

    def memory(self) -> float:
        """Return the resident memory of the server and its children, in megabytes."""
        main = psutil.Process(self.process.pid)
        everyone = [main, *main.children(recursive=True)]
        return sum(process.memory_info().rss for process in everyone) / 1e6


@contextmanager
def serving(script: Path, data: Path, folder: Path) -> Iterator[Server]:
    """Start a server on a free port, wait until it answers, stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    records, log = folder / f"mesures-{port}.jsonl", folder / f"serveur-{port}.log"
    options = ["--server.port", str(port), "--server.headless", "true"]
    env = {
        **os.environ,
        "ESSGEO_DATA": str(data),
        "ESSGEO_TEST_MESURES": str(records),
    }
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.watched_server", str(script), *options],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, started, records, log)
    try:
        _wait_for_health(server)
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _wait_for_health(server: Server, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError(f"le serveur n'a pas démarré :\n{server.log.read_text()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless Chromium."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        raise RuntimeError("Chromium est introuvable (sous Debian : apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Change:
    """What one change of a filter cost."""

    seconds: float
    cpu: float
    bytes: int
    tables: int
    runs: int
    kinds: dict[str, int]

    @property
    def without_tables(self) -> int:
        """Bytes sent, tables' data left out."""
        return self.bytes - self.tables


@dataclass
class Visitor:
    """One browser context, cut off from the network, on one server."""

    server: Server
    page: Page
    requests: list[Request] = field(default_factory=list)

    @classmethod
    def arrive(
        cls, browser: Browser, server: Server, size: tuple[int, int] = (1366, 900), **options: Any
    ) -> Visitor:
        """Open a fresh browser context: nothing is in its cache."""
        screen = {"width": size[0], "height": size[1]}
        context = browser.new_context(locale="fr-FR", viewport=screen, **options)
        visitor = cls(server, context.new_page())
        visitor.page.on("requestfinished", lambda request: visitor.requests.append(request))
        return visitor

    def leave(self) -> None:
        """Close the browser context."""
        self.page.context.close()

    def first_map(self, query: str = "", since: float | None = None, wait: float = 60) -> float:
        """Open the app and return the seconds until its map shows data.

        Parameters
        ----------
        query
            Selection, in the address.
        since
            ``time.perf_counter()`` to count from; the request for the page when absent.
        wait
            Seconds after which there is no map.
        """
        since = time.perf_counter() if since is None else since
        self.page.goto(f"{self.server.url}/?{query}", wait_until="commit")
        while time.perf_counter() - since < wait:
            if self.map_frame() is not None:
                return time.perf_counter() - since
            self.page.wait_for_timeout(30)
        raise RuntimeError(f"pas de carte en {wait} s ({self.server.url}/?{query})")

    def map_frame(self) -> Frame | None:
        """Return the frame whose map shows data, if there is one yet."""
        for frame in self.page.frames:
            try:
                if frame.evaluate(DRAWN):
                    return frame
            except PlaywrightError:
                continue  # a frame that is being loaded has no document to ask
        return None

    def settle(self, known: int = 0, wait: float = 120) -> list[dict]:
        """Wait for runs beyond ``known``, then for the server to be quiet; return them."""
        deadline = time.monotonic() + wait
        seen, last = known, time.monotonic()
        while time.monotonic() < deadline:
            runs = self.server.runs()
            if len(runs) > seen:
                seen, last = len(runs), time.monotonic()
            elif seen > known and time.monotonic() - last > QUIET:
                return runs[known:]
            self.page.wait_for_timeout(40)
        raise RuntimeError(
            f"le serveur n'a pas répondu en {wait} s :\n{self.server.log.read_text()}"
        )

    def offers(self, label: str, text: str) -> bool:
        """Say whether a multiselect offers a value: filters narrow each other."""
        # A list still open makes the rest of the page inert.
        self.page.keyboard.press("Escape")
        box = self.box(label)
        box.fill(text)
        try:
            self.page.get_by_role("option", name=text).first.wait_for(timeout=1500)
        except PlaywrightError:
            return False
        finally:
            box.fill("")
            box.press("Escape")
        return True

    def _type(self, box: Locator, text: str) -> None:
        """Type into a multiselect until its list has followed: Enter takes what is on top."""
        option = self.page.get_by_role("option", name=text).first
        for _ in range(5):
            box.click()
            box.fill(text)
            try:
                option.wait_for(timeout=3000)
            except PlaywrightError:
                # A page still being laid out closes the list.
                box.fill("")
                box.press("Escape")
            else:
                return
        picture = self.server.log.with_suffix(".png")
        self.page.screenshot(path=picture)
        raise RuntimeError(f"« {text} » n'est pas proposé ({picture})")

    def box(self, label: str) -> Locator:
        """Return the field in which the values of a multiselect are typed."""
        box = self.page.get_by_test_id("stSidebar").get_by_role("combobox", name=label)
        box.scroll_into_view_if_needed()
        return box

    def read(self, label: str, text: str, wait: float = 60) -> float:
        """Add a value to a multiselect and return the seconds until the sentence has changed.

        Seen from the browser alone: what other visitors ask of the server does not mix with it.
        """
        sentence = self.page.locator(".essgeo-phrase")
        before = sentence.inner_text()
        box = self.box(label)
        self._type(box, text)
        start = time.perf_counter()
        box.press("Enter")
        expect(sentence).not_to_have_text(before, timeout=wait * 1000)
        seconds = time.perf_counter() - start
        self.page.keyboard.press("Escape")
        return seconds

    def choose(self, label: str, text: str | None, wait: float = 120) -> Change:
        """Add a value to a multiselect (or take the last one away when None) and measure.

        Everything that follows from the change is counted: further runs that the map itself asks
        for, and what the browser fetches beside the websocket.
        """
        box = self.box(label)
        known, fetched = len(self.server.runs()), len(self.requests)
        if text is None:
            box.press("Backspace")
        else:
            self._type(box, text)
            box.press("Enter")
        try:
            runs = self.settle(known, wait)
        except RuntimeError as error:
            picture = self.server.log.with_suffix(".png")
            self.page.screenshot(path=picture)
            raise RuntimeError(
                f"« {label} » : « {text} » sans effet ({picture}) ; {error}"
            ) from error
        beside = sum(request.sizes()["responseBodySize"] for request in self.requests[fetched:])
        self.page.keyboard.press("Escape")
        kinds: dict[str, int] = {"http": beside} if beside else {}
        for run in runs:
            for kind, size in run["kinds"].items():
                kinds[kind] = kinds.get(kind, 0) + size
        return Change(
            seconds=sum(run["seconds"] for run in runs),
            cpu=sum(run["cpu"] for run in runs),
            bytes=sum(run["bytes"] for run in runs) + beside,
            tables=sum(run["tables"] for run in runs),
            runs=len(runs),
            kinds=kinds,
        )
