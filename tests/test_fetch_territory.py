"""The ESS of a territory asked of a service: all of it, politely, taken up where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from essgeo.errors import DataError, OutputError, UsageError
from essgeo.fetch import http
from essgeo.fetch.http import NetworkError
from essgeo.fetch.pages import Pace
from essgeo.fetch.territory import PART, fetch_territory
from essgeo.files import sha256
from essgeo.sources import recherche_entreprises as api
from essgeo.sources.brut import Raw
from essgeo.sources.brut import read as read_raw
from essgeo.sources.brut import write as write_raw
from essgeo.sources.kept import Kept, answers
from essgeo.sources.proof import FILE, PAGES_FILE, read_proof
from essgeo.sources.territory import Territory, choices, territory
from tests.fake_api import COMMUNES, FakeApi, establishment, many, sirets, unit
from tests.web import Asked, Handler, Site, reply, serving


@dataclass
class FakeClock:
    """Time that passes only when somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as running:
        monkeypatch.setenv("ESSGEO_SITE_API", running.address)
        yield running


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits of the service, so that hundreds of units exceed them."""
    monkeypatch.setattr(api, "MOST_RESULTS", 200)
    monkeypatch.setattr(api, "EXACT_UP_TO", 150)


BAS_RHIN = territory("departement", "67")


def few(where: Territory = BAS_RHIN) -> Territory:
    """Return a territory without the communes where the service has nothing: quicker to ask."""
    kept = tuple(code for code in where.communes if code in COMMUNES)
    return Territory(where.level, where.code, where.label, kept)


def read(where: Territory, out: Path, **options):
    options.setdefault("clock", FakeClock())
    with http.open_session(retries=2, backoff_s=0.01) as session:
        return fetch_territory(where, out, session=session, **options)


def found(out: Path, where: Territory) -> set[str]:
    return set(api.establishments(answers(out / PAGES_FILE), where)["siret"])


# --- territories ----------------------------------------------------------------------------------


def test_a_territory_has_its_communes_as_sirene_writes_them():
    assert "67482" in BAS_RHIN.communes
    assert str(BAS_RHIN) == "Bas-Rhin (67)"
    assert territory("departement", "1").code == "01"
    assert territory("commune", "75056").communes[0] == "75101"
    assert len(territory("departement", "75").communes) == 20
    assert len(territory("region", "44").communes) > len(BAS_RHIN.communes)
    assert "67482" in territory("epci", "246700488").communes
    assert territory("departement", "67").has("67482")
    assert not BAS_RHIN.has("35238")


@pytest.mark.parametrize(
    ("level", "code", "said"),
    [("departement", "999", "aucun"), ("commune", "75101", "75056"), ("epci", "x\ny", "x y")],
)
def test_an_unknown_territory_is_one_line(level, code, said):
    with pytest.raises(UsageError, match=said) as caught:
        territory(level, code)
    assert "\n" not in str(caught.value)


def test_every_territory_that_is_offered_can_be_asked():
    for level in ("region", "departement"):
        for code in choices(level):
            assert territory(level, code).communes


# --- reading it all -------------------------------------------------------------------------------


def test_a_small_territory_is_read_in_one_part(site, tmp_path):
    service = FakeApi(many(400))
    service.on(site)
    proof = read(BAS_RHIN, tmp_path / "brut")
    inside = sirets(service.units, departement="67")
    assert found(tmp_path / "brut", BAS_RHIN) == inside
    assert len(inside) > 300
    (part,) = proof.parts
    assert part.etat == "egale"
    assert proof.units == part.annonce == part.lues
    assert "autant que l'API en annonce" in proof.sentence()
    assert len(service.asked) == -(-proof.units // 25) + 1
    known = read_raw(tmp_path / "brut").fichiers[api.ID]
    assert known.date
    assert known.sha256
    assert json.loads((tmp_path / "brut" / FILE).read_text())["complet"] is True


def test_no_director_and_no_more_than_seven_requests_a_second(site, tmp_path):
    service, clock = FakeApi(many(400)), FakeClock()
    service.on(site)
    read(BAS_RHIN, tmp_path / "brut", clock=clock)
    asked = service.asked[0]
    assert asked["est_ess"] == "true"
    assert asked["etat_administratif"] == "A"
    assert "dirigeants" not in asked["include"]
    assert (len(service.asked) - 1) / clock.now <= 7


def test_what_exceeds_the_limit_is_cut_until_it_fits(site, tmp_path, limits):
    service = FakeApi(many(700), most=200)
    service.on(site)
    where = few()
    proof = read(where, tmp_path / "brut")
    assert found(tmp_path / "brut", where) == sirets(service.units, departement="67")
    states = [part.etat for part in proof.parts]
    assert states.count("coupee") == 2  # the whole, and its largest commune
    assert {len(part.demande) for part in proof.parts} == {1, 2, 3}
    assert proof.complete
    assert proof.before == 200
    assert "200 ou plus" in proof.sentence()
    assert proof.recount
    assert sum(part.annonce for part in proof.recount) == proof.units


def test_units_of_a_commune_that_no_list_has_are_found_by_counting_another_way(
    site, tmp_path, limits
):
    service = FakeApi(many(700), most=200)
    service.on(site)
    whole = few()
    where = Territory(whole.level, whole.code, whole.label, whole.communes[:-1])
    proof = read(where, tmp_path / "brut")
    assert proof.units == len({one[:9] for one in _all_sirets(service, departement="67")})
    assert proof.complete


def _all_sirets(service: FakeApi, **where: str) -> set[str]:
    return {
        one["siret"]
        for each in service.units
        for one in each["tous"]
        if all(one[name] == value for name, value in where.items())
    }


def test_a_region_is_cut_by_departement_first(site, tmp_path, limits):
    service = FakeApi(many(700), most=200)
    service.on(site)
    whole = territory("region", "44")
    where = Territory("region", "44", whole.label, ("67482", "67218", "67180", "67046", "08001"))
    assert where.departements == ("08", "67")
    proof = read(where, tmp_path / "brut")
    assert found(tmp_path / "brut", where) == sirets(service.units, region="44")
    asked = [part.demande for part in proof.parts]
    assert {"region": "44", "departement": "67"} in asked
    assert not [one for one in asked if one.get("departement") == "08" and "commune" in one]
    assert proof.complete


def test_a_city_with_arrondissements_is_asked_by_them():
    paris = territory("commune", "75056")
    assert api.territory_query(paris)["commune"].split(",") == list(paris.communes)
    assert paris.has("75112")
    assert paris.has("75056")


def test_pages_in_a_changing_order_are_not_trusted(site, tmp_path):
    service = FakeApi(many(150), shuffled=True)
    service.on(site)
    where = few()
    proof = read(where, tmp_path / "brut")
    assert found(tmp_path / "brut", where) == sirets(service.units, departement="67")
    assert proof.parts[0].etat == "coupee"
    assert proof.complete


@pytest.mark.parametrize("documents", [False, True])
def test_a_unit_of_300_establishments_is_read_whole(site, tmp_path, documents):
    siren = "775672272"
    places = [establishment(siren, rank, ("67482", "35238")[rank % 2]) for rank in range(1, 301)]
    service = FakeApi([*many(60), unit(siren, places)], documents=documents)
    service.on(site)
    proof = read(BAS_RHIN, tmp_path / "brut")
    mine = {one for one in found(tmp_path / "brut", BAS_RHIN) if one.startswith(siren)}
    assert len(mine) == 150
    assert mine == {one for one in sirets(service.units, departement="67") if one[:9] == siren}
    (walk,) = proof.walks
    assert walk.prouve
    assert not proof.unproven


def test_a_large_unit_that_the_service_cuts_is_named(site, tmp_path):
    siren = "775672272"
    places = [establishment(siren, rank) for rank in range(1, 301)]

    class Cut(FakeApi):
        def _shown(self, one, query):
            return super()._shown(one, {**query, "page_etablissements": "1"})

    service = Cut([*many(60), unit(siren, places)])
    service.on(site)
    proof = read(BAS_RHIN, tmp_path / "brut")
    assert proof.unproven == (siren,)
    assert siren in proof.sentence()
    assert proof.complete


def test_parameters_that_the_service_refuses_leave_a_large_unit_unproven(site, tmp_path):
    siren = "775672272"
    service = FakeApi([unit(siren, [establishment(siren, rank) for rank in range(1, 301)])])
    service.on(site)
    honest = site.answers["/search"]

    def refuse(handler: Handler, asked: Asked) -> None:
        refused = "page_etablissements" in asked.path
        (reply(status=400) if refused else honest)(handler, asked)

    site.answers["/search"] = refuse
    assert read(BAS_RHIN, tmp_path / "brut").unproven == (siren,)


# --- what goes wrong ------------------------------------------------------------------------------


def test_units_that_are_announced_and_never_given_are_said_then_asked_again(site, tmp_path):
    class Short(FakeApi):
        short = True

        def page(self, query, page, size):
            answer = super().page(query, page, size)
            if self.short:
                answer["results"] = [
                    one for one in answer["results"] if one["siren"] != "100000007"
                ]
            return answer

    service = Short(many(100))
    service.on(site)
    where = few()
    with pytest.raises(DataError, match="en a donné") as caught:
        read(where, tmp_path / "brut")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "brut" / PAGES_FILE).exists()
    assert json.loads((tmp_path / "brut" / FILE).read_text())["complet"] is False
    service.short = False
    assert read(where, tmp_path / "brut").complete
    assert found(tmp_path / "brut", where) == sirets(service.units, departement="67")


def test_a_total_that_changes_is_said_and_the_part_is_read_again(site, tmp_path):
    service = FakeApi(many(300))
    late = unit("999999999", [establishment("999999999", 1)])
    service.before = lambda asked: asked == 5 and service.units.append(late)
    service.on(site)
    said: list[str] = []
    proof = read(BAS_RHIN, tmp_path / "brut", say=said.append)
    assert any("a changé pendant la lecture" in line and "relue" in line for line in said)
    assert "99999999900001" in found(tmp_path / "brut", BAS_RHIN)
    assert proof.before == proof.after - 1
    assert "a changé pendant la lecture" in proof.sentence()


def test_too_many_requests_and_cuts_are_waited_out(site, tmp_path):
    service = FakeApi(many(100))
    service.on(site)
    honest, count = site.answers["/search"], [0]

    def cut(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b'{"results": [')
        handler.close_connection = True

    def moody(handler: Handler, asked: Asked) -> None:
        count[0] += 1
        bad = {2: reply(status=429), 4: reply(status=502), 6: cut}
        bad.get(count[0], honest)(handler, asked)

    site.answers["/search"] = moody
    assert read(BAS_RHIN, tmp_path / "brut").complete
    assert found(tmp_path / "brut", BAS_RHIN) == sirets(service.units, departement="67")


def test_a_reading_that_stops_is_taken_up_where_it_was(site, tmp_path):
    service = FakeApi(many(400))
    service.on(site)
    honest, left = site.answers["/search"], [7]

    def failing(handler: Handler, asked: Asked) -> None:
        left[0] -= 1
        (honest if left[0] >= 0 else reply(status=500))(handler, asked)

    site.answers["/search"] = failing
    out = tmp_path / "brut"
    with pytest.raises(NetworkError, match="en panne"):
        read(BAS_RHIN, out)
    # Whatever was being written when it stopped.
    with (out / f"{PAGES_FILE}{PART}").open("ab") as handle:
        handle.write(b"\x1f\x8b\x08\x00cut")
    site.answers["/search"] = honest
    before = list(service.asked)
    assert read(BAS_RHIN, out).complete
    again = service.asked[len(before) :]
    assert not [query for query in again if query in before]
    assert found(out, BAS_RHIN) == sirets(service.units, departement="67")


def test_a_reading_begun_long_ago_is_begun_again(site, tmp_path):
    service, out = FakeApi(many(100)), tmp_path / "brut"
    service.on(site)
    honest = site.answers["/search"]
    site.answers["/search"] = lambda handler, asked: (
        reply(status=404) if "page=3" in asked.path else honest
    )(handler, asked)
    with pytest.raises(NetworkError):
        read(BAS_RHIN, out)
    site.answers["/search"] = honest
    os.utime(out / f"{PAGES_FILE}{PART}", (0, 0))
    before, said = len(service.asked), list[str]()
    assert read(BAS_RHIN, out, say=said.append).complete
    assert "recommencée" in said[0]
    assert service.asked[0] in service.asked[before:]


def test_what_progress_raises_stops_the_reading(site, tmp_path):
    FakeApi(many(100)).on(site)

    class Stopped(Exception):  # noqa: N818 - not an error
        pass

    def stop(what: str, done: int, total: int | None) -> None:
        if done > 40:
            raise Stopped

    with pytest.raises(Stopped):
        read(BAS_RHIN, tmp_path / "brut", progress=stop)
    assert read(BAS_RHIN, tmp_path / "brut").complete


def test_what_is_there_is_not_asked_again(site, tmp_path):
    service = FakeApi(many(60))
    service.on(site)
    read(BAS_RHIN, tmp_path / "brut")
    count = len(service.asked)
    said: list[str] = []
    again = read(BAS_RHIN, tmp_path / "brut", say=said.append)
    assert len(service.asked) == count
    assert again.complete
    assert "Déjà là" in said[0]


@pytest.mark.parametrize("moment", ["before the pages have their name", "before they are noted"])
def test_a_reading_killed_at_its_very_end_is_complete_next_time(site, tmp_path, moment):
    service, out = FakeApi(many(60)), tmp_path / "brut"
    service.on(site)
    read(BAS_RHIN, out)
    write_raw(out, Raw())
    if "name" in moment:
        (out / PAGES_FILE).rename(out / f"{PAGES_FILE}{PART}")
    count = len(service.asked)
    assert read(BAS_RHIN, out).complete
    assert len(service.asked) <= count + 1
    known = read_raw(out).fichiers[api.ID]
    assert known.sha256 == sha256(out / PAGES_FILE)


def test_a_folder_holds_one_territory(site, tmp_path):
    FakeApi(many(60)).on(site)
    read(BAS_RHIN, tmp_path / "brut")
    with pytest.raises(DataError, match=r"celui de Bas-Rhin \(67\)"):
        read(territory("departement", "35"), tmp_path / "brut")


def test_a_folder_of_something_else_is_left_alone(site, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "chat.jpg").write_bytes(b"x")
    with pytest.raises(OutputError):
        read(BAS_RHIN, tmp_path / "photos")


@pytest.mark.parametrize("body", [b"[]", b'{"results": 3}', b'{"results": [{"siren": null}]}'])
def test_an_answer_of_another_form_is_one_line(site, tmp_path, body):
    site.on("/search", reply(body))
    with pytest.raises(DataError, match="forme inattendue") as caught:
        read(BAS_RHIN, tmp_path / "brut")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"niveau": "pays"}'])
def test_a_proof_that_somebody_broke_is_one_line(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(DataError, match="supprimez-le"):
        read_proof(tmp_path)


# --- what is kept ---------------------------------------------------------------------------------


def test_kept_answers_survive_any_cut(tmp_path):
    path = tmp_path / "pages"
    kept = Kept(path)
    for number in range(5):
        kept.put(f"q={number}", {"n": number})
    kept.put("q=1", None)
    kept.put("q=2", {"n": 22})
    whole = path.read_bytes()
    assert [answer["n"] for answer in answers(path)] == [0, 22, 3, 4]
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        again = Kept(path)
        known = [again.get(f"q={number}") for number in range(5)]
        assert all(one is None or one["n"] in (place, 22) for place, one in enumerate(known))
        again.put("q=9", {"n": 9})
        assert Kept(path).get("q=9") == {"n": 9}
    path.write_bytes(whole[:-1])
    with pytest.raises(DataError, match="abîmé"):
        list(answers(path))


def test_a_forgotten_answer_stays_forgotten(tmp_path):
    kept = Kept(tmp_path / "pages")
    kept.put("q=1", {"n": 1})
    kept.put("q=1", None)
    assert Kept(tmp_path / "pages").get("q=1") is None
    assert Kept(tmp_path / "pages").get("q=1") is None


def test_the_pace_never_exceeds_its_rate():
    clock = FakeClock()
    pace = Pace(clock, rate=5)
    for _ in range(11):
        pace.wait()
    assert clock.now == pytest.approx(2.0)
    clock.now += 10
    pace.wait()
    assert clock.now == pytest.approx(12.0)
