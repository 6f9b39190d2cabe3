"""The presentation: steps on stage, notes, what was prepared and reopened, the room."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from essgeo.atlas import open_atlas
from essgeo.errors import DataError
from essgeo.figures.palettes import MARKS
from essgeo.figures.print import paper
from essgeo.selection import parse
from essgeo.story import STEPS, default_steps, told
from essgeo.story.model import Paragraph, Points, Step
from essgeo.ui.presentation.parts import parts
from essgeo.ui.presentation.plan import MOST_BYTES, Plan, known_steps, read_plan, write_plan
from essgeo.ui.presentation.ready import aged, checks
from tests.conftest import Server, start_server
from tests.secret_world import drawn, write
from tests.small import write_small

SCRIPT = Path(__file__).with_name("app_script.py")

Start = Callable[..., AppTest]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "d", nature="simulation")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Start:
    def run(query: str = "", *, data: Path | None = None) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
        test.switch_page("../pages/presentation.py")
        for pair in filter(None, query.split("&")):
            key, _, value = pair.partition("=")
            test.query_params[key] = value
        test.run()
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def stage(test: AppTest) -> str:
    bodies = [one.proto.body for one in test.get("html") if 'class="scene"' in one.proto.body]
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(bodies)).split())


def button(test: AppTest, key: str):
    return next(one for one in test.button if one.key == key)


@pytest.mark.parametrize("key", list(STEPS))
def test_every_step_stands_on_stage_with_its_source_and_mark(start: Start, key: str):
    said = stage(start(f"quartier=QN06701M&vue.etapes=france,{key}&vue.etape={key}"))
    assert "Source" in said
    real = key in ("publies", "strasbourg", "rennes")
    assert ("PUBLIÉS, RÉELS" in said) == real
    assert (MARKS["simulation"] in said) == (not real)


def test_next_and_previous_go_through_the_steps_and_stop_at_the_ends(start: Start):
    test = start("vue.etapes=france,secteurs,sources")
    assert "1 / 3" in stage(test)
    assert button(test, "scene.precedent").disabled
    button(test, "scene.suivant").click().run()
    assert "2 / 3" in stage(test)
    button(test, "scene.suivant").click().run()
    assert "3 / 3" in stage(test)
    assert button(test, "scene.suivant").disabled
    assert test.query_params["vue.etape"] in ("sources", ["sources"])
    button(test, "scene.precedent").click().run()
    assert "2 / 3" in stage(test)


def test_a_long_step_takes_several_screens_each_with_its_address(start: Start):
    test = start("vue.etapes=strasbourg,sources")
    assert "1 / 2 (1 sur" in stage(test)
    assert "Gouvernance" in stage(test)
    assert button(test, "scene.precedent").disabled
    screens = int(re.search(r"1 sur (\d)", stage(test)).group(1))
    for place in range(2, screens + 1):
        button(test, "scene.suivant").click().run()
        assert f"1 / 2 ({place} sur {screens})" in stage(test)
        assert "".join(test.query_params["vue.page"]) == str(place)
    assert "Ce que le document ne dit pas" in stage(test)
    button(test, "scene.suivant").click().run()
    assert "2 / 2" in stage(test)
    assert "vue.page" not in test.query_params
    button(test, "scene.precedent").click().run()
    assert f"1 / 2 ({screens} sur {screens})" in stage(test)


def test_a_screen_that_a_step_has_not_is_its_last_one(start: Start):
    said = stage(start("vue.etapes=rennes,france&vue.page=99"))
    assert "Ce que le document ne dit pas" in said
    assert "1 / 2" in stage(start("vue.etapes=france,sources&vue.page=rien"))


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 8), st.booleans()), max_size=8))
def test_screens_hold_every_block_in_order(made: list[tuple[int, int, bool]]):
    blocks = tuple(
        Points(("mot " * (size // 4),) * items, "Titre") if listed else Paragraph("m" * size)
        for size, items, listed in made
    )
    found = parts(Step("k", "T", "S", blocks, "Source", "officiel"))
    assert tuple(block for screen in found for block in screen) == blocks
    assert len(found) == 1 or all(found)


def test_notes_say_what_comes_next(start: Start):
    test = start("vue.etapes=france,sources")
    button(test, "scene.notes").click().run()
    said = stage(test)
    assert "emplois de ses habitants" in said
    # Notes may be seen by the room too.
    assert MARKS["simulation"] in said
    assert "Source" in said
    assert "Ensuite : D&#x27;où viennent" in said or "Ensuite : D'où viennent" in said


def test_steps_are_chosen_in_the_order_of_the_choice(start: Start):
    test = start()
    chosen = next(one for one in test.multiselect if one.key == "scene.etapes")
    chosen.set_value(["sources", "france"]).run()
    assert test.query_params["vue.etapes"] in ("sources,france", ["sources,france"])
    assert "1 / 2" in stage(test)
    assert "viennent ces chiffres" in stage(test)


def test_steps_are_put_earlier_and_later(start: Start):
    test = start("vue.etapes=france,secteurs,sources&vue.etape=secteurs")
    assert button(test, "scene.ordre.france.arrow_upward").disabled
    assert button(test, "scene.ordre.sources.arrow_downward").disabled
    button(test, "scene.ordre.secteurs.arrow_upward").click().run()
    assert "".join(test.query_params["vue.etapes"]) == "secteurs,france,sources"
    assert "1 / 3" in stage(test)
    button(test, "scene.ordre.secteurs.arrow_downward").click().run()
    assert "".join(test.query_params["vue.etapes"]) == "france,secteurs,sources"
    assert "2 / 3" in stage(test)


def test_notes_open_apart_on_the_same_step(start: Start):
    test = start("region=44&vue.etapes=france,sources&vue.etape=sources")
    apart = next(one.proto for one in test.get("link_button") if "Notes" in one.proto.label)
    query = dict(pair.split("=") for pair in apart.url.removeprefix("?").split("&"))
    assert query["vue.notes"] == "oui"
    assert (query["region"], query["vue.etape"]) == ("44", "sources")
    noted = start("vue.etapes=france,sources&vue.notes=oui")
    assert not [one for one in noted.get("link_button") if "Notes" in one.proto.label]


def test_what_no_step_knows_is_let_go(start: Start):
    assert "1 / 1" in stage(start("vue.etapes=rien,france,france&vue.etape=ailleurs"))


def test_a_source_under_secrecy_shows_totals_only(start: Start, tmp_path: Path):
    points = drawn(3)
    names = [f"Structure{place}" for place in range(len(points))]
    data = write(tmp_path / "s", points.assign(denomination=names), secret=True)
    for key in STEPS:
        said = stage(start(f"quartier=QN06703I&vue.etapes={key}", data=data))
        assert "Structure0" not in said


@given(st.lists(st.sampled_from(list(STEPS)), min_size=1, unique=True))
def test_what_is_written_is_read_again(steps: list[str]):
    plan = Plan(parse("region=44&secteur=sante,enseignement").selection, tuple(steps))
    assert read_plan("p.json", write_plan(plan)) == plan
    assert known_steps(",".join(steps)) == tuple(steps)


GOOD = {"essgeo": "presentation", "version": 1, "selection": "region=44", "etapes": ["france"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "illisible"),
        (b"\xff\xfe", "illisible"),
        (b"[" * 50_000, "illisible"),
        (b"[]", "pas une présentation"),
        (b"x" * (MOST_BYTES + 1), "trop grand"),
        (json.dumps(GOOD | {"essgeo": "autre"}).encode(), "pas une présentation"),
        (json.dumps(GOOD | {"version": 2}).encode(), "version inconnue"),
        (json.dumps(GOOD | {"etapes": "france"}).encode(), "manque"),
        (json.dumps(GOOD | {"etapes": []}).encode(), "aucune étape"),
        (json.dumps(GOOD | {"etapes": ["france", "<script>"]}).encode(), "étape inconnue"),
        (json.dumps(GOOD | {"etapes": [{"a": 1}]}).encode(), "étape inconnue"),
        (json.dumps(GOOD | {"selection": "regoin=44"}).encode(), "regoin"),
    ],
)
def test_a_wrong_file_is_one_line(content: bytes, said: str):
    with pytest.raises(DataError, match=r"mauvais\.json") as raised:
        read_plan("mauvais.json", content)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_age_of_sources_is_that_of_the_oldest():
    said = aged(["juillet 2022", "2026", "version 4.1.0"], 2026).replace("\xa0", " ")
    assert said == " (la plus ancienne : 2022, il y a 4 ans)"
    assert aged(["2026"], 2026) == aged(["version 4.1.0"], 2026) == ""


def test_the_room_is_looked_at(small: Path, monkeypatch: pytest.MonkeyPatch):
    atlas = open_atlas(small)
    selection = parse("region=44").selection

    def tell(key: str):
        return told(atlas, selection, key)

    found = checks(atlas, default_steps(atlas, selection), tell, "")
    assert [one.text for one in found if "Fond de carte" in one.text and one.held]
    assert any("Leaflet" in one.text and one.held for one in found)
    assert any("police" in one.text and one.held for one in found)
    monkeypatch.setattr(paper, "FONT", "Police de personne")
    assert [one.held for one in checks(atlas, (), tell, "") if "police" in one.text] == [False]
    online = checks(atlas, ("france",), tell, "ign")
    assert [one.held for one in online if "Fond de carte" in one.text] == [False]
    empty = checks(atlas, ("quartier",), tell, "")
    assert not empty[-1].held

    def broken(key: str):
        raise DataError("fichier.csv : abîmé")

    assert "abîmé" in checks(atlas, ("france",), broken, "")[-1].text


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Server]:
    one = start_server(tmp_path_factory.mktemp("serveur"), data=small)
    yield one
    one.stop()


def test_a_talk_is_given_with_the_keyboard_and_the_network_cut(
    page: Page, app: Server, js_errors: list[str]
):
    page.set_viewport_size({"width": 1400, "height": 790})
    page.goto(f"{app.url}/presentation?quartier=QN06701M")
    rank = page.locator(".scene .rang")
    expect(rank).to_have_text("1 / 9")
    expect(page.locator('[data-testid="stImage"] img')).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    for step in range(2, 9):
        page.keyboard.press("ArrowRight")
        expect(rank).to_have_text(f"{step} / 9")
        # Nothing to scroll for, in front of a room.
        page.wait_for_function(
            """() => {
              const box = document.querySelector("[data-testid=stMain]");
              return box.scrollHeight <= box.clientHeight;
            }"""
        )
    expect(page.locator(".scene h1")).to_have_text("Que peut-on faire ?")
    assert "vue.etape=leviers" in page.url
    page.keyboard.press("ArrowLeft")
    expect(rank).to_have_text("7 / 9")
    for key, place in (("PageDown", 8), ("PageUp", 7), ("Space", 8)):
        page.keyboard.press(key)
        expect(rank).to_have_text(f"{place} / 9")
    # A button that has the focus is pressed by the space bar, once.
    page.locator(".st-key-scene-precedent button").click()
    expect(rank).to_have_text("7 / 9")
    page.keyboard.press("Space")
    expect(rank).to_have_text("6 / 9")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert js_errors == []
    assert app.outside() == []
