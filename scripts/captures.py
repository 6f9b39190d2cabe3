"""Take the screenshots of docs/images from the demonstration: ``python scripts/captures.py``.

The app runs as for a visitor, in headless Chromium cut off from the network.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # started as a script: the project is not on the path

from bench.reference import city  # noqa: E402 - needs the path above
from bench.visitor import Server, Visitor, chromium, serving  # noqa: E402
from essgeo.atlas import Atlas, open_atlas  # noqa: E402

IMAGES = ROOT / "docs" / "images"


@dataclass(frozen=True)
class Shot:
    """One picture: what to open, on which screen.

    Parameters
    ----------
    page
        Address of the page.
    press
        Button to press once there; "" for none.
    shows
        What is on screen once the page is drawn; "" for the map.
    """

    name: str
    query: str
    page: str = ""
    press: str = ""
    shows: str = ""
    size: tuple[int, int] = (1366, 1150)
    context: dict[str, object] = field(default_factory=dict)


def shots(atlas: Atlas) -> Iterator[Shot]:
    """Give the pictures to take."""
    commune = city(atlas)
    quartiers = atlas.newest.quartiers
    here = [commune in codes for codes in atlas.newest.commune_of]
    largest = quartiers[here].sort_values(["population", "code_qp"], ascending=False).iloc[0]
    departement = largest["insee_dep"]
    yield Shot("carte-nationale", "")
    yield Shot("carte-ville", f"commune={commune}")
    yield Shot("carte-sombre", f"commune={commune}", context={"color_scheme": "dark"})
    yield Shot(
        "secteurs", f"departement={departement}", page="secteurs", shows=".js-plotly-plot .main-svg"
    )
    yield Shot("fiche", f"quartier={largest['code_qp']}", page="quartier")
    yield Shot(
        "mes-donnees",
        f"departement={departement}&vue.section=liste",
        page="mes_donnees",
        press="Essayer avec une liste d'exemple",
        shows=".essgeo-chiffres",
    )
    phone = {"is_mobile": True, "has_touch": True, "device_scale_factor": 1.5}
    yield Shot("carte-telephone", f"commune={commune}", size=(390, 1250), context=phone)


def take(browser: Browser, server: Server, shot: Shot) -> None:
    """Take one picture once the map shows data and the server is quiet."""
    visitor = Visitor.arrive(browser, server, size=shot.size, **shot.context)
    known = len(server.runs())
    if shot.page:
        visitor.page.goto(f"{server.url}/{shot.page}?{shot.query}", wait_until="commit")
    else:
        visitor.first_map(shot.query)
    visitor.settle(known)
    if shot.press:
        visitor.page.get_by_role("button", name=shot.press).click()
    if shot.shows:
        visitor.page.locator(shot.shows).first.wait_for()
    visitor.page.wait_for_timeout(1500)  # the map's own zoom
    file = IMAGES / f"{shot.name}.png"
    visitor.page.screenshot(path=file)
    visitor.leave()
    print(f"{file.relative_to(ROOT)} : {file.stat().st_size / 1000:.0f} ko")


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        with serving(ROOT / "app.py", ROOT / "data", folder) as server:
            for shot in shots(open_atlas(ROOT / "data")):
                take(browser, server, shot)


if __name__ == "__main__":
    main()
