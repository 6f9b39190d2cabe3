"""Published figures, and the computed ones that may stand beside them."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo import nomenclatures
from essgeo.atlas import open_atlas
from essgeo.indicators import totals
from essgeo.indicators.beside import beside
from essgeo.selection import Selection
from tests import small

SCRIPT = Path(__file__).with_name("app_script.py")
NATIONAL = ("", "qpv", "2024", "france")


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch):
    """Publish figures on outlines that the small folder holds whole."""
    table = nomenclatures.chiffres_publies()
    whole = (table["mesure"] == "quartiers") & (table["territoire"] == "france")
    newest = whole & (table["generation"] == "2024")

    def publish(outlines: int) -> None:
        changed = table.assign(valeur=table["valeur"].mask(newest, outlines))
        monkeypatch.setattr(nomenclatures, "chiffres_publies", lambda: changed)

    return publish


def test_nothing_simulated_stands_beside_a_published_figure(tmp_path, published):
    published(4)
    found = beside(open_atlas(small.write_small(tmp_path / "d", nature="simulation")))
    assert found.values == {}
    assert "simulées" in found.why[0]


def test_a_folder_that_is_not_the_whole_country_gives_no_national_figure(tmp_path):
    found = beside(open_atlas(small.write_small(tmp_path / "d")))
    assert {key[0] for key in found.values} == {"quartiers"}
    assert found.values["quartiers", "", "qpv", "2024", "44"] == 2
    assert all("ce n'est pas toute la France" in one for one in found.why)


def test_figures_of_the_same_nature_are_those_of_summary(tmp_path, published):
    published(4)
    atlas = open_atlas(small.write_small(tmp_path / "d"))
    row, found = totals(atlas, Selection(generation=("2024",))), beside(atlas).values
    assert found[("etablissements_employeurs", *NATIONAL)] == row["employeurs"] == 5
    assert found[("emplois", *NATIONAL)] == row["effectif_estime"]
    assert found[("etablissements_par_qpv", *NATIONAL)] == 5 / 4
    sectors = [value for key, value in found.items() if key[0] == "part_secteur_emplois"]
    assert sum(sectors) == pytest.approx(100)
    # No other nature: neither France whole, nor the outlines of 2015, which are not all there.
    assert not any(key[2] == "france" for key in found)
    assert not any(key[3] == "2015" and key[0] != "quartiers" for key in found)


def test_without_employers_no_figure_of_employers(tmp_path, published):
    published(4)
    tables = small.tables()
    tables["etablissements"] = tables["etablissements"].drop(
        columns=["tranche_effectifs", "caractere_employeur"]
    )
    small.write_folder(tmp_path / "d", tables, small.manifest())
    found = beside(open_atlas(tmp_path / "d"))
    assert {key[0] for key in found.values} == {"quartiers"}
    assert any("quels établissements emploient" in one for one in found.why)


@pytest.mark.parametrize(("nature", "shown"), [("officiel", True), ("simulation", False)])
def test_the_page_says_what_is_computed(tmp_path, monkeypatch, nature, shown):
    monkeypatch.setenv("ESSGEO_DATA", str(small.write_small(tmp_path / "d", nature=nature)))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    test.query_params.clear()
    test.switch_page("../pages/chiffres.py").run()
    assert not test.exception
    bodies = " ".join(one.proto.body for one in test.get("html"))
    text = html.unescape(re.sub(r"<[^>]+>", "|", bodies))
    assert ("Calculé ici" in text) is shown
    said = " ".join(one.value for one in test.caption)
    assert ("simulées" in said) is not shown
    assert "Ce que ces chiffres ne disent pas" in text


def test_every_published_figure_has_its_source_and_field():
    table = nomenclatures.chiffres_publies()
    assert (table["source"] != "").all()
    assert set(table["champ"]) <= {"qpv", "qpv-300m", "france"}
    assert pd.to_numeric(table["valeur"]).notna().all()
