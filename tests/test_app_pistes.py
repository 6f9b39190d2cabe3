"""From the page Carte to the leads of a neighbourhood, and to where one lead answers."""

from __future__ import annotations

from pathlib import Path

from essgeo.levers import open_catalogue
from essgeo.levers.diagnosis import Diagnosis
from essgeo.levers.rules import open_rules
from essgeo.text import plural
from tests.test_app import Start, small, start  # noqa: F401 - fixtures
from tests.test_app_leviers import page, said
from tests.test_diagnosis import folder as counted


def test_the_card_counts_the_leads_and_links_to_them(start: Start, tmp_path: Path) -> None:  # noqa: F811
    atlas = counted(tmp_path / "d")
    found = Diagnosis(atlas, open_rules(open_catalogue()))
    count = len(found.leads("QN06700M"))
    assert count > 1
    test = page(start, "quartier=QN06700M", name="carte", data=atlas.folder.path)
    labels = [one.proto.label for one in test.get("page_link")]
    assert f"{plural(count, 'piste')} à discuter" in labels
    test = page(start, "quartier=QN06712M", name="carte", data=atlas.folder.path)
    assert not found.leads("QN06712M")
    labels = [one.proto.label for one in test.get("page_link")]
    assert any(label.startswith("Aucune piste") for label in labels)


def test_the_map_shows_where_a_lead_answers(start: Start, tmp_path: Path) -> None:  # noqa: F811
    atlas = counted(tmp_path / "d")
    found = Diagnosis(atlas, open_rules(open_catalogue()))
    test = page(start, "vue.piste=lieux-partages", name="carte", data=atlas.folder.path)
    text = said(test)
    lever = open_catalogue().leviers["lieux-partages"]
    assert f"Piste « {lever.titre} » :" in text
    assert f"{len(found.where('lieux-partages'))} quartier" in text
    test.button(key="carte.piste").click().run()
    assert "Piste «" not in said(test)
    # A lever without a rule, or one that does not exist, leaves the map as it is.
    for one in ("transversalite", "rien"):
        test = page(start, f"vue.piste={one}", name="carte", data=atlas.folder.path)
        assert "Piste «" not in said(test)


def test_the_map_of_a_lead_leaves_as_it_is_shown(start: Start, tmp_path: Path) -> None:  # noqa: F811
    atlas = counted(tmp_path / "d")

    def offered(query: str) -> list[str]:
        test = start(query, data=atlas.folder.path)
        test.session_state["export.menu"] = True
        test.run()
        labels = [one.proto.label for one in test.get("download_button")]
        return [label for label in labels if label.startswith("Carte") and "PNG" in label]

    assert offered("vue.piste=lieux-partages") == ["Carte de la piste PNG (300 points par pouce)"]
    assert offered("vue.piste=rien") == ["Carte PNG (300 points par pouce)"]
    # Where it answers nowhere, the map is that of the establishments.
    assert offered("vue.piste=lieux-partages&quartier=QN06712M") == [
        "Carte PNG (300 points par pouce)"
    ]
