"""A visitor's own zones and corrections in the app: on every page, for him alone."""

from __future__ import annotations

import gc
import json
import re
import time
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.runtime.caching.cache_resource_api import _resource_caches
from streamlit.testing.v1 import AppTest

from essgeo.datafolder import write_folder
from essgeo.settings import ROOT
from essgeo.ui.owndata.store import _KEY, OwnData
from essgeo.ui.pages import PAGES
from tests import corpus
from tests.small import manifest, tables, write_small

SCRIPT = Path(__file__).with_name("app_script.py")
#: Told in no other file: what must stay with its owner.
NAME = "Zone <b>confidentielle</b>"
BAD = b'{"type":"FeatureCollection","features":[]}'

Start = Callable[..., AppTest]


def zones() -> bytes:
    """Return two zones: one over half of « Est » in Strasbourg, one where there is nothing."""
    shapes = {NAME: (7.724, 48.574, 7.734, 48.578), "Vide": (7.60, 48.50, 7.61, 48.51)}
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"nom": name},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
                    },
                }
                for name, (w, s, e, n) in shapes.items()
            ],
        }
    ).encode()


#: One closed, one moved out of its neighbourhood, one refused: nobody has this SIRET.
CORRECTIONS = """siret;correction;source;date;longitude;latitude
11111111100018;fermé;visite de quartier;2024-05-02;;
22222222200014;déménagé;visite de quartier;2024-05-02;7.80;48.60
12345678900005;fermé;visite de quartier;2024-05-02;;
""".encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Iterator[Start]:
    """Give a function that opens a page with files in the visitor's session."""

    def run(
        query: str = "", *, page: str = "", data: Path | None = None, **files: bytes
    ) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        names = {"zones": "mes zones.geojson", "corrections": "terrain.csv"}
        test.session_state[_KEY] = OwnData(
            files={key: (names[key], content) for key, content in files.items()}
        )
        for key, value in parse_qsl(query):
            test.query_params[key] = value
        test.run()
        if page:
            go(test, page)
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def go(test: AppTest, page: str) -> AppTest:
    test.query_params.clear()
    return test.switch_page(f"../pages/{page}.py").run()


def said(test: AppTest) -> str:
    """Return all that a page says, in whatever block."""
    texts = [one.proto.body for kind in ("html", "markdown") for one in test.get(kind)]
    texts += [one.value for one in (*test.caption, *test.error, *test.warning)]
    return " ".join(texts).replace("\u00a0", " ")


def press(test: AppTest, key: str) -> AppTest:
    next(one for one in test.button if one.key == key).click()
    test.run()
    assert not test.exception, [one.value for one in test.exception]
    return test


def sent_to_map(test: AppTest) -> dict:
    return json.loads(test.get("component_instance")[0].proto.json_args)


def test_every_page_opens_with_zones_and_corrections(start: Start):
    test = start("generation=zones", zones=zones(), corrections=CORRECTIONS)
    for info in PAGES:
        if info is not PAGES[0]:
            go(test, info.stem)
        assert not test.exception, (info.stem, [one.value for one in test.exception])
        text = said(test)
        assert "Vos zones à la place des QPV" in text
        assert "2 corrections de terrain appliquées" in text
        assert "<b>confidentielle" not in text


# --- what is on, and what is not ------------------------------------------------------------------


def test_zones_take_the_place_of_the_neighbourhoods_and_give_it_back(start: Start):
    test = start(zones=zones())
    assert figure(test) == "5"
    assert "à côté des QPV" in said(test)
    assert shown_states(test) == {"0", "x", ".", "b"}
    press(test, "bandeau.zones")
    assert test.query_params["generation"] == "zones"
    # Of « Est », only the employer whose headcount is not known lies in the zone; the near one too.
    assert figure(test) == "2"
    press(test, "bandeau.zones")
    assert "generation" not in test.query_params
    assert figure(test) == "5"


def test_corrections_are_shown_with_and_without(start: Start):
    test = start(corrections=CORRECTIONS)
    assert figure(test) == "3"
    press(test, "bandeau.corrections")
    assert figure(test) == "5"
    assert "Chiffres sans vos 2 corrections" in said(test)
    press(test, "bandeau.corrections")
    assert figure(test) == "3"
    press(test, "bandeau.corrections.oublier")
    assert figure(test) == "5"
    assert "corrections de terrain" not in said(test)


def test_forgetting_the_zones_gives_the_neighbourhoods_back(start: Start):
    test = start("generation=zones", zones=zones())
    press(test, "bandeau.zones.oublier")
    assert figure(test) == "5"
    assert "generation" not in test.query_params
    assert "zones" not in said(test)


def test_an_address_with_zones_that_are_not_there_says_so(start: Start):
    test = start("generation=zones&quartier=Z1")
    assert "aucune zone à vous n'est chargée" in said(test)
    assert figure(test) == "5"


def test_sharing_says_that_ones_own_data_does_not_travel(start: Start):
    def shared(test: AppTest) -> AppTest:
        # What a menu holds is drawn once it is open.
        assert not test.code
        test.session_state["lien.menu"] = True
        return test.run()

    test = shared(start("generation=zones&region=44", zones=zones()))
    link = test.code[0].value
    assert "generation" not in link
    assert "region=44" in link
    assert "ne voyagent pas" in said(test)
    assert "ne voyagent pas" not in said(shared(start()))


def test_a_projection_that_the_file_of_zones_does_not_say_is_asked_not_guessed(start: Start):
    square = corpus.metres(corpus.square(), 27572)
    content = corpus.dump(corpus.collection(corpus.feature("A", square)))
    test = start("vue.section=zones", page="mes_donnees", zones=content)
    assert "Lambert II étendu" in said(test)
    box = next(one for one in test.selectbox if one.key == "zones.projection")
    assert box.value is None
    assert [re.sub(r".*(EPSG:\d+).*", r"\1", one) for one in box.options] == ["EPSG:27572"]
    box.set_value("27572").run()
    assert not test.exception
    assert not test.error
    assert overlaid_zones(test) == 1


def overlaid_zones(test: AppTest) -> int:
    """Count the zones that the session has read."""
    return len(test.session_state[_KEY].made["zones.calque"][1].table)


@pytest.mark.parametrize("section", ["zones", "corrections"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01", BAD, b"a;b\n1;2\n"])
def test_a_bad_file_is_one_line_and_pages_live(start: Start, section: str, content: bytes):
    test = start(**{section: content})
    assert figure(test) == "5"
    assert "ne sont pas lues" in said(test)
    press(test, f"bandeau.{section}.oublier")
    assert "ne sont pas lues" not in said(test)


def test_a_source_under_secrecy_takes_neither(start: Start, tmp_path: Path):
    told = manifest()
    hidden = replace(told, sources=tuple(replace(one, secret=True) for one in told.sources))
    write_folder(tmp_path / "d", tables(), hidden)
    test = start("generation=zones", zones=zones(), data=tmp_path / "d")
    assert "sous secret statistique" in said(test)
    assert "aucune zone à vous n'est chargée" in said(test)


def figure(test: AppTest) -> str:
    """Return the first key figure."""
    body = next(
        one.proto.body for one in test.get("html") if "<dd class='valeur'>" in one.proto.body
    )
    return body.partition("<dd class='valeur'>")[2].partition("<")[0]


def shown_states(test: AppTest) -> set[str]:
    """Return the letters of outlines that the map is sent."""
    found = re.search(r"\W+states\W+([0-9a-z.]+)", json.dumps(sent_to_map(test)))
    assert found
    return set(found[1])


# --- sections -------------------------------------------------------------------------------------


def test_the_section_of_zones_shows_what_was_read_and_their_figures(start: Start):
    test = start("vue.section=zones", page="mes_donnees", zones=zones())
    table = next(one.value for one in test.dataframe if "Zone" in one.value)
    assert dict(zip(table["Zone"], table["Établissements"], strict=True)) == {NAME: 2, "Vide": 0}
    assert "2 zones" in said(test)
    where = next(one for one in test.segmented_control if one.key == "zones.ou")
    assert where.value == "cote"
    where.set_value("sans")
    test.run()
    assert "Vos zones sont mises de côté" in said(test)
    assert not any("Zone" in one.value for one in test.dataframe)


def test_the_section_of_corrections_names_what_is_applied_and_refused(start: Start):
    test = start("vue.section=corrections", page="mes_donnees", corrections=CORRECTIONS)
    applied, refused = (one.value for one in test.dataframe)
    assert applied["SIRET"].tolist() == ["11111111100018", "22222222200014"]
    assert applied["Établissement"].tolist() == ["Aide 1", "=Sport"]
    assert refused["SIRET"].tolist() == ["12345678900005"]
    assert refused["Ligne"].tolist() == [4]
    assert "2 corrections acceptées, 1 refusée" in said(test)


def test_a_file_given_in_its_box_is_read(start: Start):
    test = start("vue.section=zones", page="mes_donnees")
    test.file_uploader[0].set_value(("vécu.geojson", zones(), "application/geo+json"))
    test.run()
    assert not test.exception
    assert "à côté des QPV" in said(test)
    assert "vécu.geojson" in said(test)
    # The box is a new one: Streamlit keeps no copy in the former one.
    assert test.file_uploader[0].value is None


# --- whose it is ----------------------------------------------------------------------------------


def private_atlas(test: AppTest):
    return test.session_state[_KEY].made["calques.atlas"][1]


def reached(roots: list[object]) -> Iterator[object]:
    """Walk all that objects hold, but code."""
    seen, waiting = set(), roots
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, (type, types.ModuleType, types.FunctionType)):
            continue
        seen.add(id(one))
        yield one
        waiting.extend(gc.get_referents(one))


def test_nothing_of_ones_own_is_written_or_kept_for_others(start: Start):
    before = set((ROOT / "static").rglob("*"))
    test = start("generation=zones", zones=zones(), corrections=CORRECTIONS)
    for page in ("secteurs", "territoires", "quartier", "leviers", "methode", "carte"):
        go(test, page)
    own = private_atlas(test)
    assert own.folder.private
    written = list(set((ROOT / "static").rglob("*.json")) - before)
    assert not any("confidentielle" in one.read_text("utf-8") for one in written)
    mine = {
        id(one): one for one in (own, own.folder, own.folder.quartiers, own.generations["zones"])
    }
    held = [one for one in reached([_resource_caches._function_caches[None]]) if id(one) in mine]
    assert held == []


def test_forgetting_frees_what_was_made(start: Start):
    test = start("generation=zones", zones=zones(), corrections=CORRECTIONS)
    gone = [weakref.ref(private_atlas(test)), weakref.ref(private_atlas(test).generations["zones"])]
    # What opening another folder does meanwhile: Python's collector leaves alone all there is.
    gc.collect()
    gc.freeze()
    try:
        press(test, "bandeau.zones.oublier")
        press(test, "bandeau.corrections.oublier")
        gc.collect()
        assert [one() for one in gone] == [None, None]
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("back", [False, True])
def test_what_was_given_goes_soon_after_the_visitor(start: Start, monkeypatch, back: bool):
    from essgeo.ui.owndata import ending

    test = start("generation=zones", zones=zones())
    own = test.session_state[_KEY]
    gone = weakref.ref(private_atlas(test))
    monkeypatch.setattr(ending, "AFTER_S", 0.01)
    monkeypatch.setattr(ending.runtime, "exists", lambda: True)
    monkeypatch.setattr(
        ending.runtime,
        "get_instance",
        lambda: types.SimpleNamespace(is_active_session=lambda _: back),
    )
    _resource_caches.clear_session("test session id")
    if back:
        time.sleep(0.3)
        assert own.files
        return
    until = time.monotonic() + 10
    while gone() is not None and time.monotonic() < until:
        time.sleep(0.05)
        gc.collect()
    assert gone() is None
    assert own == OwnData()
