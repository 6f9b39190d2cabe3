"""The public geocoder, played by a local server: what is sent, what is believed, what is said."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from essgeo.errors import DataError, UsageError
from essgeo.fetch.http import NetworkError
from essgeo.owndata import geocoder
from essgeo.settings import SETTINGS
from tests.web import Asked, Handler, Site, reply, serving

ADDRESS = "12 rue du Secret Gardé, Strasbourg"


def feature(label: str, kind: str = "housenumber", score: Any = 0.97, **more: Any) -> Any:
    where = more.pop("where", [7.703, 48.575])
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": where},
        "properties": {"label": label, "type": kind, "score": score, **more},
    }


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as running:
        monkeypatch.setenv(geocoder.SITE, f"{running.address}/geocodage")
        yield running


def answer(site: Site, *answers: Any) -> None:
    site.on("/geocodage/search", *answers)


def test_an_address_is_found(site: Site) -> None:
    answer(site, reply(collection(feature("12 Rue du Secret 67000 Strasbourg"))))
    (found,) = geocoder.geocode(f" {ADDRESS}\n")
    assert (found.place.lon, found.place.lat, found.place.precision_m) == (7.703, 48.575, 10)
    assert found.label == found.place.name == "12 Rue du Secret 67000 Strasbourg"
    assert site.asked[0].path == (
        "/geocodage/search?q=12+rue+du+Secret+Gard%C3%A9%2C+Strasbourg"
        "&limit=5&index=address&autocomplete=0"
    )
    assert len(site.asked) == 1


def test_several_candidates_and_what_each_is(site: Site) -> None:
    answer(site, reply(collection(
        feature("12 Rue A"), feature("Rue B", "street", 0.9), feature("Lieu C", "locality", 0.8),
        feature("Bruit", score=0.3), feature("Strasbourg", "municipality", 0.9),
    )))  # fmt: skip
    found = geocoder.geocode(ADDRESS)
    assert [(one.label, one.kind, one.place.quality, one.place.precision_m) for one in found] == [
        ("12 Rue A", "numéro dans la voie", "11", 10),
        ("Rue B", "milieu de la voie", "12", 150),
        ("Lieu C", "lieu-dit", "22", 200),
    ]


def test_nothing_is_found(site: Site) -> None:
    answer(site, reply(collection()))
    assert geocoder.geocode(ADDRESS) == ()


def test_a_whole_commune_is_no_address(site: Site) -> None:
    answer(site, reply(collection(feature("Strasbourg", "municipality"))))
    with pytest.raises(DataError, match="que la commune"):
        geocoder.geocode("Strasbourg")


def test_a_hostile_answer_is_read_as_text_or_left(site: Site) -> None:
    bad = "<script>x</script>\n[lien](javascript:1)\u202e" + "a" * 500
    answer(site, reply(collection(
        feature(bad), feature("nulle part", where=[float("nan"), 1]),
        feature("ailleurs", where=[0.0, 55.5]), feature("texte", where="ici"),
        feature("score", score="haut"), {"geometry": None}, 3,
    )))  # fmt: skip
    (found,) = geocoder.geocode(ADDRESS)
    assert "\n" not in found.label
    assert "\u202e" not in found.label
    assert len(found.label) <= 160


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (reply(b"trop", status=429, Retry_After="5"), "trop de demandes (réponse 429)"),
        (reply(b"panne", status=500), "en panne (réponse 500)"),
        (reply(b"<html>portail</html>", Content_Type="text/html"), "pas celle du géocodeur"),
        (reply(b"[1]"), "pas celle du géocodeur"),
        (reply(b'{"features": 3}'), "pas celle du géocodeur"),
        (reply(b"[" * 100_000), "pas celle du géocodeur"),
        (reply(b" " * 2_000_000), "pas celle du géocodeur"),
        (reply(status=302, Location="/ailleurs"), "trop de redirections"),
        (reply(status=404), "réponse 404"),
    ],
)
def test_a_refusal_is_one_line_without_the_address(site: Site, one: Any, said: str) -> None:
    answer(site, one)
    with pytest.raises(NetworkError) as caught:
        geocoder.geocode(ADDRESS)
    assert said in str(caught.value)
    assert "Secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    # Asked once: nobody is pressed, and the one who waits can click again.
    assert len(site.asked) == 1


def test_a_silent_server_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder, "TIMEOUT", (1.0, 0.2))

    def wait(handler: Handler, asked: Asked) -> None:
        # Until the one who asks hangs up.
        handler.connection.settimeout(5)
        handler.connection.recv(1)
        handler.close_connection = True

    answer(site, wait)
    with pytest.raises(NetworkError, match="pas de réponse à temps"):
        geocoder.geocode(ADDRESS)


def test_an_endless_server_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder, "LONGEST_S", -1.0)
    answer(site, reply(collection(feature("x"))))
    with pytest.raises(NetworkError, match="pas de réponse à temps"):
        geocoder.geocode(ADDRESS)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv(geocoder.SITE, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(NetworkError, match="connexion refusée"):
        geocoder.geocode(ADDRESS)


@pytest.mark.parametrize("text", ["", " \n", "ab", "a" * 201])
def test_what_is_no_address_is_not_sent(site: Site, text: str) -> None:
    with pytest.raises(DataError, match="donnez de 3 à 200"):
        geocoder.geocode(text)
    assert not site.asked


def test_the_address_is_in_no_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer(site, reply(b"panne", status=500), reply(collection(feature("x"))))
    with pytest.raises(NetworkError):
        geocoder.geocode(ADDRESS)
    geocoder.geocode(ADDRESS)
    assert "Secret" not in caplog.text
    assert len(site.asked) == 2


def test_the_setting_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SETTINGS[geocoder.SITE].default == "https://data.geopf.fr/geocodage"
    assert geocoder.site() == "data.geopf.fr"
    monkeypatch.setenv(geocoder.SITE, "file:///etc/passwd")
    with pytest.raises(UsageError, match="n'est pas une adresse"):
        geocoder.geocode(ADDRESS)
