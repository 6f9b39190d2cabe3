"""Loading a territory from the app: who may, how it goes, and that nobody else sees a change."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from essgeo.sources.territory import territory
from essgeo.ui import dossiers
from essgeo.ui.chargement import RAW, Desk, Loading
from tests import small
from tests.fake_api import FakeApi, many
from tests.territory_world import official_sites
from tests.web import Site

SCRIPT = Path(__file__).with_name("app_script.py")
BAS_RHIN = territory("departement", "67")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    monkeypatch.setenv("ESSGEO_DOSSIERS", str(tmp_path / "dossiers"))
    with official_sites(monkeypatch, tmp_path) as running:
        yield running


# --- who may --------------------------------------------------------------------------------------

LOCAL = {"Host": "127.0.0.1:8501"}


@pytest.mark.parametrize(
    ("address", "visitor", "headers", "allowed"),
    [
        ("127.0.0.1", None, LOCAL, True),
        ("localhost", "127.0.0.1", {"Host": "localhost"}, True),
        ("::1", "::1", {"Host": "[::1]:8501"}, True),
        ("127.0.0.1", "::ffff:127.0.0.1", LOCAL, True),
        ("", None, LOCAL, False),
        ("0.0.0.0", None, LOCAL, False),  # noqa: S104 - what is refused
        ("192.168.1.5", None, LOCAL, False),
        ("essgeo.example", None, LOCAL, False),
        ("127.0.0.1", "192.168.1.9", LOCAL, False),
        ("127.0.0.1", "pas une adresse", LOCAL, False),
        ("127.0.0.1", None, {"Host": "essgeo.example"}, False),
        ("127.0.0.1", None, {"Host": "127.0.0.1.example:8501"}, False),
        ("127.0.0.1", None, {}, False),
        ("127.0.0.1", None, LOCAL | {"X-Forwarded-For": "10.0.0.1"}, False),
        ("127.0.0.1", None, LOCAL | {"Forwarded": "for=10.0.0.1"}, False),
        ("127.0.0.1", None, LOCAL | {"Via": "1.1 mandataire"}, False),
    ],
)
def test_only_the_person_at_the_server_may_load(address, visitor, headers, allowed):
    assert (dossiers.refused(address, visitor, headers) == "") is allowed


# --- one loading ----------------------------------------------------------------------------------


def test_a_loading_makes_a_new_folder_and_leaves_no_raw_file(site, tmp_path):
    FakeApi(many(60)).on(site)
    one = Loading(BAS_RHIN, tmp_path / "dossiers", "moi")
    one.run()
    assert one.state == "fini", one.said
    assert dossiers.is_made(one.name)
    assert one.name.startswith("departement-67-")
    assert list((tmp_path / "dossiers" / RAW).iterdir()) == []
    again = Loading(BAS_RHIN, tmp_path / "dossiers", "moi")
    again.run()
    assert again.name != one.name
    assert set(dossiers.made()) == {one.name, again.name}


def test_a_loading_that_is_stopped_goes_on_next_time(site, tmp_path):
    service = FakeApi(many(200))
    service.on(site)
    one = Loading(BAS_RHIN, tmp_path / "dossiers", "moi")
    service.before = lambda asked: asked == 3 and one.stop()
    one.run()
    assert one.state == "arrêté"
    assert dossiers.made() == {}
    before = list(service.asked)
    again = Loading(BAS_RHIN, tmp_path / "dossiers", "moi")
    again.run()
    assert again.state == "fini"
    assert not [query for query in service.asked[len(before) :] if query in before[:-1]]


def test_a_territory_without_neighbourhood_is_said_before_anything_is_asked(site, tmp_path):
    service = FakeApi(many(60))
    service.on(site)
    one = Loading(territory("commune", "67046"), tmp_path / "dossiers", "moi")
    one.run()
    assert one.state == "échec"
    assert "aucun quartier prioritaire" in one.said[0]
    assert service.asked == []


def test_what_was_not_foreseen_is_said_too(site, tmp_path, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr("essgeo.ui.chargement.fetch_files", broken)
    one = Loading(BAS_RHIN, tmp_path / "dossiers", "moi")
    one.run()
    assert one.state == "échec"
    assert "RuntimeError" in one.said[0]
    assert "secret" not in one.said[0]


def test_one_loading_at_a_time(site, tmp_path):
    service, go = FakeApi(many(30)), threading.Event()
    service.before = lambda _: go.wait(20)
    service.on(site)
    desk = Desk()
    first = desk.start(BAS_RHIN, tmp_path / "dossiers", "moi")
    assert first is not None
    assert desk.start(BAS_RHIN, tmp_path / "dossiers", "autre") is None
    go.set()
    waited(lambda: not desk.busy)
    assert first.state == "fini"


def test_names_that_are_no_folder_of_ours_open_nothing(site, tmp_path):
    small.write_small(tmp_path / "dossiers" / "departement-67-20261122-abcdef")
    small.write_small(tmp_path / "ailleurs")
    assert dossiers.is_made("departement-67-20261122-abcdef")
    for name in ("", "..", "../ailleurs", "departement-67-20261122-abcdef/..", "/etc", "ailleurs"):
        assert not dossiers.is_made(name)


def waited(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], AppTest]:
    data = small.write_small(tmp_path / "depart", nature="simulation")
    monkeypatch.setenv("ESSGEO_DATA", str(data))

    def opened() -> AppTest:
        test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
        return test.switch_page("../pages/methode.py").run()

    return opened


def said(test: AppTest) -> str:
    assert not test.exception, [one.value for one in test.exception]
    bodies = [one.proto.body for one in test.get("html")]
    shown = [*test.markdown, *test.caption, *test.info, *test.success, *test.error]
    bodies += [one.value for one in shown]
    plain = re.sub(r"\\(.)", r"\1", re.sub(r"<[^>]+>", " ", " ".join(bodies)))
    return " ".join(html.unescape(plain).split())


def test_the_section_is_closed_to_whom_is_not_at_the_server(site, visitor):
    test = visitor()
    assert "depuis un autre ordinateur" in said(test)
    assert not [one for one in test.button if one.key == "territoire.charger"]
    assert site.asked == []


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossiers, "refusal", lambda: "")


def asked(test: AppTest) -> AppTest:
    test.selectbox(key="territoire.departement").select("67").run()
    return test.button(key="territoire.charger").click().run()


def loaded(test: AppTest) -> AppTest:
    asked(test)
    deadline = time.monotonic() + 60
    while not [one for one in test.button if one.key == "territoire.ouvrir"]:
        assert time.monotonic() < deadline, said(test)
        time.sleep(0.1)
        test.run()
    return test


def test_the_whole_journey_and_back(site, visitor, local):
    FakeApi(many(60)).on(site)
    mine, other = visitor(), visitor()
    assert site.asked == []  # nothing before the button
    loaded(mine)
    assert "autant que l'API en annonce" in said(mine)
    mine.button(key="territoire.ouvrir").click().run()
    told = said(mine)
    assert "ESS de Bas-Rhin (67)" in told
    assert "données officielles" in told
    assert mine.query_params["vue.dossier"]
    assert mine.query_params["departement"] == "67"
    assert "Petit dossier d'essai" in said(other.run())
    mine.button(key="territoire.retour").click().run()
    assert "Petit dossier d'essai" in said(mine)
    assert not {"vue.dossier", "departement"} & set(mine.query_params)
    # Loaded before: any visitor of this machine may open it, each for himself.
    other.button(key="territoire.rouvrir").click().run()
    assert "ESS de Bas-Rhin (67)" in said(other)


def test_a_page_loaded_again_keeps_the_folder_where_loading_is_allowed(
    site, visitor, tmp_path, monkeypatch
):
    name = "departement-67-20261122-abcdef"
    small.write_small(tmp_path / "dossiers" / name)

    def opened(why: str) -> str:
        monkeypatch.setattr(dossiers, "refusal", lambda: why)
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        test.query_params["vue.dossier"] = name
        test.run()
        return said(test.switch_page("../pages/methode.py").run())

    assert "données officielles" in opened("")
    assert "données officielles" not in opened("non")


def test_the_last_folder_is_found_again_by_who_sits_at_the_server(tmp_path, monkeypatch):
    name = "departement-67-20261122-abcdef"
    monkeypatch.setenv("ESSGEO_DOSSIERS", str(tmp_path / "dossiers"))
    monkeypatch.delenv("ESSGEO_DATA", raising=False)
    small.write_small(tmp_path / "dossiers" / name)
    assert dossiers.last() == ""
    dossiers.remember(name)
    assert dossiers.last() == name

    def opened(why: str) -> str:
        monkeypatch.setattr(dossiers, "refusal", lambda: why)
        test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
        return said(test.switch_page("../pages/methode.py").run())

    assert "Petit dossier d'essai" in opened("")
    assert "Petit dossier d'essai" not in opened("non")
    # A server started on a folder shows that folder.
    monkeypatch.setenv("ESSGEO_DATA", str(tmp_path))
    assert dossiers.last() == ""
    monkeypatch.delenv("ESSGEO_DATA")
    (tmp_path / "dossiers" / "dernier.txt").write_text("../../etc\n")
    assert dossiers.last() == ""
    dossiers.remember("")
    assert not (tmp_path / "dossiers" / "dernier.txt").exists()
    dossiers.remember("")


def test_a_loading_can_be_stopped(site, visitor, local):
    service, go = FakeApi(many(200)), threading.Event()
    service.before = lambda number: number > 2 and go.wait(20)
    service.on(site)
    test = asked(visitor())
    assert "Chargement de Bas-Rhin" in said(test)
    test.button(key="territoire.arreter").click().run()
    go.set()
    deadline = time.monotonic() + 30
    while "arrêté" not in said(test.run()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert test.button(key="territoire.charger")


def test_a_failure_is_said_on_the_page(site, visitor, local):
    site.answers.clear()
    test = asked(visitor())
    deadline = time.monotonic() + 30
    while "n'est pas chargé" not in said(test.run()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "404" in said(test)
