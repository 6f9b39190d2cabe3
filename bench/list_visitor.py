"""A visitor who drops lists, one after the other: ``python -m bench.list_visitor ADDRESS FILE``.

Runs until it is stopped; says on the standard output how many seconds went by between each drop
and its figures on the screen.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from playwright.sync_api import Browser

from bench.visitor import chromium


def dropped(browser: Browser, address: str, name: str, content: bytes) -> float:
    """Drop a list on a page just opened and return the seconds until its figures are there."""
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto(f"{address}/mes_donnees?vue.section=liste")
    box = page.get_by_test_id("stFileUploaderDropzoneInput")
    box.wait_for(state="attached")
    # The page is whole when its script has run: the running man is gone.
    page.get_by_test_id("stApp").and_(
        page.locator('[data-test-script-state="notRunning"]')
    ).wait_for()
    start = time.perf_counter()
    box.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.locator(".essgeo-chiffres").wait_for(timeout=120_000)
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def main(address: str, file: Path) -> None:
    """Drop the list without end."""
    content = file.read_bytes()
    with chromium() as browser:
        while True:
            print(f"{dropped(browser, address, file.name, content):.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
