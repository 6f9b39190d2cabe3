"""A visitor who asks for kits, one after the other: ``python -m bench.kit_visitor ADDRESS``.

Runs until it is stopped; says on the standard output when a kit is asked for and when it came.
"""

from __future__ import annotations

import sys

from bench.visitor import chromium


def main(address: str) -> None:
    """Ask for kits without end."""
    with chromium() as browser:
        page = browser.new_page(accept_downloads=True)
        page.goto(address)
        page.locator("iframe").first.wait_for()
        page.get_by_role("button", name="Exporter").click()
        offer = page.get_by_role("button", name="kit du séminaire")
        while True:
            with page.expect_download(timeout=180_000):
                offer.click()
                print("demandé", flush=True)
            print("reçu", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
