"""A visitor who asks for kits, one after the other: ``python -m bench.kit_visitor ADDRESS``.

Runs until it is stopped; says on the standard output when a kit is asked for and when it came.
"""

from __future__ import annotations

import sys

from bench.visitor import chromium


def main(address: str) -> None:
    """Ask for kits without end."""
    with chromium() as browser:
        while True:
            # A page is offered the kit that it has made: another page asks for another one.
            page = browser.new_page(accept_downloads=True)
            page.goto(address)
            page.locator("iframe").first.wait_for()
            page.get_by_role("button", name="Exporter").click()
            page.get_by_role("button", name="préparer le kit").click()
            print("demandé", flush=True)
            save = page.get_by_role("button", name="Enregistrer le kit")
            save.wait_for(timeout=180_000)
            with page.expect_download():
                save.click()
            print("reçu", flush=True)
            page.close()


if __name__ == "__main__":
    main(sys.argv[1])
