"""Asking a site: patience, redirections, and what is said when it fails."""

import io
import json
from collections.abc import Iterator

import pytest

from essgeo.errors import UsageError
from essgeo.fetch import http
from tests.web import Site, ranged, reply, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def session() -> Iterator[http.Session]:
    with http.open_session(retries=2, backoff_s=0.01) as one:
        yield one


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_it_says_who_asks(site: Site, session: http.Session) -> None:
    site.on("/a", reply(b'{"x": [1]}'))
    assert http.get_json(session, f"{site.address}/a", {"q": "é"}) == {"x": [1]}
    assert site.asked[0].path == "/a?q=%C3%A9"
    assert site.asked[0].headers["user-agent"].startswith("essgeo/")


@pytest.mark.parametrize("status", sorted(http.PASSING))
def test_what_may_pass_is_tried_again(site: Site, session: http.Session, status: int) -> None:
    site.on("/a", reply(status=status), reply(status=status), reply(b"1"))
    assert http.get_json(session, f"{site.address}/a") == 1
    assert len(site.asked) == 3


def test_a_pause_that_is_asked_for_is_made(
    site: Site, session: http.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    site.on("/a", reply(status=429, Retry_After="7"), reply(b"1"))
    site.on("/b", reply(status=429, Retry_After="86400"), reply(b"1"))
    assert http.get_json(session, f"{site.address}/a") == 1
    assert http.get_json(session, f"{site.address}/b") == 1
    assert [one for one in slept if one >= 1] == [7, http.LONGEST_PAUSE_S]


@pytest.mark.parametrize(
    ("status", "said", "tries"),
    [
        (404, "n'existe pas ou plus", 1),
        (403, "accès refusé", 1),
        (429, "trop de demandes", 3),
        (500, "en panne", 3),
        (418, "réponse inattendue", 1),
    ],
)
def test_a_refusal_is_one_line(
    site: Site, session: http.Session, status: int, said: str, tries: int
) -> None:
    site.on("/a", reply(b"<p>oh\nno</p>", status=status))
    with pytest.raises(http.NetworkError, match=said) as caught:
        http.get(session, f"{site.address}/a")
    assert caught.value.status == status
    assert "\n" not in str(caught.value)
    assert len(site.asked) == tries


def test_a_redirection_is_followed(site: Site, session: http.Session) -> None:
    site.on("/a", reply(status=302, Location="/b"))
    site.on("/b", reply(b"1"))
    assert http.get_json(session, f"{site.address}/a") == 1


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,1", "http://["]
)
def test_a_redirection_never_leaves_the_web(site: Site, session: http.Session, where: str) -> None:
    site.on("/a", reply(status=302, Location=where))
    with pytest.raises(http.NetworkError, match="redirection refusée"):
        http.get(session, f"{site.address}/a")


def test_a_redirection_never_leaves_https(session: http.Session) -> None:
    answer = http.requests.Response()
    answer.status_code, answer.url, answer.raw = 302, "https://a.example/x", io.BytesIO()
    answer.headers["Location"] = "http://a.example/y"
    with pytest.raises(http.requests.exceptions.InvalidSchema):
        session.get_redirect_target(answer)
    answer.headers["Location"] = "//b.example/y"
    assert session.get_redirect_target(answer) == "//b.example/y"


def test_redirections_without_end(site: Site, session: http.Session) -> None:
    site.on("/a", reply(status=302, Location="/a"))
    with pytest.raises(http.NetworkError, match="trop de redirections"):
        http.get(session, f"{site.address}/a")


def test_nobody_listens(session: http.Session) -> None:
    with serving() as gone:
        address = gone.address
    with pytest.raises(http.NetworkError, match="connexion refusée") as caught:
        http.get(session, address)
    assert caught.value.status is None


def test_a_site_that_does_not_exist(session: http.Session) -> None:
    with pytest.raises(http.NetworkError, match="site introuvable"):
        http.get(session, "http://nulle-part.invalid/a")


def test_a_page_instead_of_an_answer(site: Site, session: http.Session) -> None:
    site.on("/a", reply(b"<html>Bienvenue</html>"))
    with pytest.raises(http.NetworkError, match="n'est pas celle du service"):
        http.get_json(session, f"{site.address}/a")


def test_an_answer_cut_in_the_middle_is_asked_for_again(site: Site, session: http.Session) -> None:
    body = json.dumps(["x" * 100_000]).encode()
    site.on("/a", ranged(body, stop=70_000), ranged(body))
    assert http.get_json(session, f"{site.address}/a", backoff_s=0.001) == ["x" * 100_000]
    site.on("/a", ranged(body, stop=70_000))
    with pytest.raises(http.NetworkError, match="la connexion a été coupée"):
        http.get_json(session, f"{site.address}/a", backoff_s=0.001)
    assert len(site.asked) == 2 + http.RETRIES + 1


def test_an_endless_answer_is_refused(
    site: Site, session: http.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_MOST_JSON_BYTES", 10)
    site.on("/a", reply(b'"0123456789"'))
    with pytest.raises(http.NetworkError, match="n'est pas celle du service"):
        http.get_json(session, f"{site.address}/a")


def test_proxies_come_from_the_environment(
    site: Site, session: http.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.address)
    site.on("http://nulle-part.invalid/a", reply(b"1"))
    assert http.get_json(session, "http://nulle-part.invalid/a") == 1
    monkeypatch.setenv("NO_PROXY", "nulle-part.invalid")
    with pytest.raises(http.NetworkError, match="site introuvable"):
        http.get(session, "http://nulle-part.invalid/a")


def test_a_proxy_that_is_not_there(session: http.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as gone:
        monkeypatch.setenv("HTTP_PROXY", gone.address)
    with pytest.raises(http.NetworkError, match="le serveur mandataire ne répond pas"):
        http.get(session, "http://nulle-part.invalid/a")


def test_a_certificate_that_is_refused_is_said() -> None:
    refused = http.requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED")
    assert "REQUESTS_CA_BUNDLE" in http.explain("https://a.example/x", refused)


def test_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESSGEO_SITE_FICHIERS", raising=False)
    assert http.base_address("ESSGEO_SITE_FICHIERS") == "https://www.data.gouv.fr"
    monkeypatch.setenv("ESSGEO_SITE_FICHIERS", "http://127.0.0.1:8000/miroir/")
    assert http.base_address("ESSGEO_SITE_FICHIERS") == "http://127.0.0.1:8000/miroir"


@pytest.mark.parametrize(
    "wrong",
    ["file:///etc", "ftp://a", "data.gouv.fr", "http://", "http://[", "http://a:99999",
     "https://nom:mot@a", "https://a/?x=1"],
)  # fmt: skip
def test_a_wrong_address_is_said(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("ESSGEO_SITE_API", wrong)
    with pytest.raises(UsageError, match="ESSGEO_SITE_API"):
        http.base_address("ESSGEO_SITE_API")
