"""Loading a territory in a real browser: the whole journey, on a service of the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.conftest import Server
from tests.fake_api import FakeApi, many
from tests.small import write_small
from tests.territory_world import serve_outlines
from tests.web import serving


def test_a_territory_is_loaded_opened_kept_and_left(
    page: Page, server: Callable[..., Server], tmp_path: Path, js_errors: list[str]
):
    data = write_small(tmp_path / "depart", nature="simulation")
    with serving() as site:
        FakeApi(many(60)).on(site)
        serve_outlines(site, tmp_path)
        where = {
            "NO_PROXY": "127.0.0.1",
            "ESSGEO_SITE_API": site.address,
            "ESSGEO_SITE_FICHIERS": site.address,
            "ESSGEO_DOSSIERS": str(tmp_path / "dossiers"),
        }
        one = server(data=data, env=where)
        page.goto(f"{one.url}/methode")
        expect(page.get_by_text("DONNÉES SIMULÉES", exact=True)).to_be_visible()
        box = page.get_by_test_id("stMain").get_by_role("combobox", name="Territoire", exact=True)
        box.evaluate("box => box.scrollIntoView({ block: 'center' })")
        box.click()
        box.fill("Bas-Rhin")
        page.get_by_role("option", name="Bas-Rhin").first.click()
        assert site.asked == []
        page.get_by_role("button", name="Charger", exact=True).click()
        page.get_by_role("button", name="Ouvrir Bas-Rhin (67)").click(timeout=60_000)
        opened = page.get_by_text("ESS de Bas-Rhin (67), API Recherche d'entreprises").first
        expect(opened).to_be_visible()
        expect(page.get_by_text("DONNÉES SIMULÉES", exact=True)).to_have_count(0)
        page.reload()
        expect(opened).to_be_visible()
        page.get_by_role("button", name="Revenir à la démonstration").click()
        expect(page.get_by_text("Petit dossier d'essai").first).to_be_visible()
        expect(opened).to_have_count(0)
    assert one.outside() == []
    assert js_errors == []
