"""Downloading the official files, against a web server that behaves as badly as real ones."""

import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from essgeo import cli
from essgeo.errors import DataError, OutputError, UsageError
from essgeo.fetch import files, http
from essgeo.fetch.files import fetch_files, plan
from essgeo.sources import brut
from essgeo.sources.catalogue import open_sources
from tests.fake_api import FakeApi, many
from tests.web import Asked, Handler, Site, ranged, reply, serving

ROOT = Path(__file__).resolve().parent.parent
DAY = "Sun, 01 Nov 2026 08:00:00 GMT"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("ESSGEO_SITE_FICHIERS", running.address)
        yield running


@pytest.fixture
def session() -> Iterator[http.Session]:
    with http.open_session(retries=2, backoff_s=0.001) as one:
        yield one


def where(source: str, wanted: str = "parquet") -> str:
    return open_sources()[source].resource(wanted).path


def name(source: str, wanted: str = "parquet") -> str:
    return open_sources()[source].resource(wanted).fichier


def table(source: str, rows: int = 3) -> pd.DataFrame:
    columns = open_sources()[source].colonnes
    return pd.DataFrame({one: [f"{one} {row}" for row in range(rows)] for one in columns})


def parquet(source: str, rows: int = 3) -> bytes:
    held = io.BytesIO()
    table(source, rows).to_parquet(held)
    return held.getvalue()


def zipped(**entries: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry.replace("__", "/").replace("_geojson", ".geojson"), content)
    return held.getvalue()


def csv(rows: int = 9_000) -> bytes:
    """Return a list of ESS France of about 300 kB."""
    family = "Famille juridique de l'entreprise"
    return table("ess-france", rows).assign(**{family: "Associations"}).to_csv().encode()


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def get(out: Path, session: http.Session, *ids: str, **more: object) -> list[str]:
    said: list[str] = []
    fetch_files(out, ids, session=session, say=said.append, backoff_s=0.001, **more)  # type: ignore[arg-type]
    return said


# --- what goes well -----------------------------------------------------------------------------


def test_a_file_is_kept_with_where_it_comes_from(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    body = csv()
    site.on(where("ess-france"), ranged(body, etag='"v1"', modified=DAY))
    seen: list[tuple[str, int, int | None]] = []
    said = get(tmp_path / "d", session, "ess-france", progress=lambda *step: seen.append(step))
    assert (tmp_path / "d" / name("ess-france")).read_bytes() == body
    assert names(tmp_path / "d") == [brut.FILE, name("ess-france")]
    kept = brut.read(tmp_path / "d").fichiers["ess-france"]
    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert (kept.date, kept.etag, kept.octets) == ("2026-11-01", '"v1"', len(body))
    assert kept.url == site.address + where("ess-france")
    assert kept.editeur == "ESS France"
    assert "source modifiée le 2026-11-01" in said[0]
    assert seen[-1] == (name("ess-france"), len(body), len(body))
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})


def test_what_is_there_and_the_same_is_not_downloaded_again(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    site.on(where("ess-france"), ranged(csv(), etag='"v1"'))
    get(tmp_path, session, "ess-france")
    before = (tmp_path / name("ess-france")).stat().st_mtime_ns
    said = get(tmp_path, session, "ess-france")
    assert "déjà là" in said[0]
    assert (tmp_path / name("ess-france")).stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["content", "version", "nothing known of the version"])
def test_it_is_when_either_differs(
    site: Site, session: http.Session, tmp_path: Path, damage: str
) -> None:
    known = damage != "nothing known of the version"
    site.on(where("ess-france"), ranged(csv(), etag='"v1"' if known else ""))
    get(tmp_path, session, "ess-france")
    if damage == "content":
        (tmp_path / name("ess-france")).write_bytes(csv()[::-1])
    else:
        site.on(where("ess-france"), ranged(csv(8_000), etag='"v2"' if known else ""))
    said = get(tmp_path, session, "ess-france")
    assert "vérifié" in said[0]
    expected = csv() if damage == "content" else csv(8_000)
    assert (tmp_path / name("ess-france")).read_bytes() == expected


def test_the_site_may_send_elsewhere_and_name_the_file_as_it_likes(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    site.on(where("ess-france"), reply(status=302, Location="/stock/mechant.sh"))
    hostile = 'attachment; filename="../../mechant.sh"'
    site.on(
        "/stock/mechant.sh",
        ranged(csv(), etag='"v1"', stop=100_000, Content_Disposition=hostile),
        ranged(csv(), etag='"v1"', Content_Disposition=hostile),
    )
    get(tmp_path / "d", session, "ess-france")
    assert [asked.headers.get("range") for asked in site.asked] == [
        None, None, "bytes=65536-", "bytes=65536-",
    ]  # fmt: skip
    assert names(tmp_path / "d") == [brut.FILE, name("ess-france")]
    assert names(tmp_path) == ["d"]


def test_the_whole_catalogue(site: Site, session: http.Session, tmp_path: Path) -> None:
    bodies = {
        "ess-france": csv(),
        "qpv-2024": outlines(),
    }
    for source in ("stock-etablissement", "stock-unite-legale", "geolocalisation"):
        bodies[source] = parquet(source)
    for source, body in bodies.items():
        site.on(where(source), ranged(body, etag='"v1"', modified=DAY))
    assert len(get(tmp_path, session)) == 5
    with zipfile.ZipFile(io.BytesIO(outlines())) as archive:
        entry = f"GEOJSON/{name('qpv-2024')}"
        assert (tmp_path / name("qpv-2024")).read_bytes() == archive.read(entry)
    assert names(tmp_path) == sorted([brut.FILE, *map(name, bodies)])
    for kept in brut.read(tmp_path).fichiers.values():
        content = (tmp_path / kept.fichier).read_bytes()
        assert kept.sha256 == hashlib.sha256(content).hexdigest()
    before = len(site.asked)
    assert all("déjà là" in line for line in get(tmp_path, session))
    assert len(site.asked) == before + 5


def test_zipped_csv_stay_zipped(site: Site, session: http.Session, tmp_path: Path) -> None:
    text = table("geolocalisation").rename(columns=str.upper).to_csv(index=False, sep=";").encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("lisez-moi.txt", "x")
        archive.writestr("GeolocalisationEtablissement_Sirene.csv", b"\xef\xbb\xbf" + text)
    site.on(where("geolocalisation", "csv"), ranged(held.getvalue(), modified=DAY))
    get(tmp_path, session, "geolocalisation", wanted="csv")
    assert (tmp_path / name("geolocalisation", "csv")).read_bytes() == held.getvalue()
    site.on(where("geolocalisation"), ranged(parquet("geolocalisation"), modified=DAY))
    said = get(tmp_path, session, "geolocalisation")
    assert f"{name('geolocalisation', 'csv')}, la même source, reste à côté" in said[0]


# --- cuts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version", [{"etag": '"v1"'}, {"modified": DAY}, {"etag": 'W/"v1"', "modified": DAY}]
)
def test_after_a_cut_only_the_rest_is_asked_for(
    site: Site, session: http.Session, tmp_path: Path, version: dict[str, str]
) -> None:
    body = csv()
    site.on(
        where("ess-france"),
        ranged(body, stop=140_000, **version),
        ranged(body, stop=100_000, **version),
        ranged(body, **version),
    )
    get(tmp_path, session, "ess-france")
    assert (tmp_path / name("ess-france")).read_bytes() == body
    starts = [asked.headers.get("range") for asked in site.asked]
    assert starts[0] is None
    assert starts[1:] == ["bytes=131072-", "bytes=196608-"]  # whole pieces of 64 kB are kept
    named = version.get("etag", "W/").startswith("W/") and version.get("modified")
    assert site.asked[1].headers["if-range"] == (named or version["etag"])
    assert all(asked.headers["accept-encoding"] == "identity" for asked in site.asked)


def test_stopped_then_run_again_only_the_rest_is_asked_for(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    """What a person does: Ctrl-C, then the same command."""
    body = csv()
    site.on(where("ess-france"), ranged(body, etag='"v1"'))

    def stop(_: str, done: int, __: int | None) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(tmp_path, session, "ess-france", progress=stop)
    assert brut.read(tmp_path).fichiers == {}
    part = tmp_path / f"{name('ess-france')}.part"
    held = part.stat().st_size
    assert 0 < held < len(body)
    assert not (tmp_path / name("ess-france")).exists()
    assert [(step.state, step.held) for step in plan(tmp_path, ["ess-france"])] == [
        ("incomplet", held)
    ]
    get(tmp_path, session, "ess-france")
    assert site.asked[-1].headers["range"] == f"bytes={held}-"
    assert (tmp_path / name("ess-france")).read_bytes() == body
    assert not part.exists()


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_killed_then_run_again(site: Site, session: http.Session, tmp_path: Path) -> None:
    body = csv()

    def stuck(handler: Handler, asked: Asked) -> None:
        ranged(body, etag='"v1"', stop=200_000)(handler, asked)
        process.kill()
        process.wait()

    site.on(where("ess-france"), stuck, ranged(body, etag='"v1"'))
    process = subprocess.Popen(
        [sys.executable, "-m", "essgeo", "fetch", "--out", str(tmp_path / "d"),
         "--source", "ess-france"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    process.wait()
    assert process.returncode == -9
    assert name("ess-france") not in names(tmp_path / "d")
    get(tmp_path / "d", session, "ess-france")
    assert (tmp_path / "d" / name("ess-france")).read_bytes() == body
    assert names(tmp_path / "d") == [brut.FILE, name("ess-france")]


def test_killed_just_before_the_end(site: Site, session: http.Session, tmp_path: Path) -> None:
    """All the bytes are there, only the checks were not made: nothing is downloaded."""
    body = csv()
    site.on(where("ess-france"), ranged(body, etag='"v1"'))
    get(tmp_path, session, "ess-france")
    raw = brut.read(tmp_path)
    begun = raw.fichiers["ess-france"]
    brut.write(tmp_path, brut.Raw(partiels={"ess-france": begun}))
    (tmp_path / name("ess-france")).rename(tmp_path / f"{name('ess-france')}.part")
    get(tmp_path, session, "ess-france")
    assert site.asked[-1].headers["range"] == f"bytes={len(body)}-"
    assert brut.read(tmp_path) == raw


@pytest.mark.parametrize("how", ["etag", "size", "etag, said with the rest", "longer part"])
def test_a_file_that_changed_meanwhile_starts_over(
    site: Site, session: http.Session, tmp_path: Path, how: str
) -> None:
    old, new = csv(), csv(7_000)
    site.on(where("ess-france"), ranged(old, etag='"v1"', modified=DAY))
    with pytest.raises(ZeroDivisionError):
        get(tmp_path, session, "ess-france", progress=lambda *_: 1 / 0)
    if how == "etag":
        site.on(where("ess-france"), ranged(new, etag='"v2"', modified=DAY))
    elif how == "size":
        # A careless site: another file under the same name of version.
        site.on(where("ess-france"), ranged(new, etag='"v1"', modified=DAY))
    elif how == "longer part":
        part = tmp_path / f"{name('ess-france')}.part"
        part.write_bytes(old + b"0")
        site.on(where("ess-france"), ranged(old, etag='"v1"', modified=DAY))
        new = old
    else:
        careless = ranged(new, etag='"v1"', modified=DAY)

        def lies(handler: Handler, asked: Asked) -> None:
            given = reply(
                new[65_536:], status=206, ETag='"v2"',
                Content_Range=f"bytes 65536-{len(old) - 1}/{len(old)}",
            )  # fmt: skip
            (given if "range" in asked.headers else careless)(handler, asked)

        site.on(where("ess-france"), lies)
    get(tmp_path, session, "ess-france")
    assert (tmp_path / name("ess-france")).read_bytes() == new
    assert "range" in site.asked[1].headers


def test_a_site_that_cannot_resume_sends_all_again(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    body = csv()
    site.on(where("ess-france"), ranged(body, stop=100_000), reply(body))
    get(tmp_path, session, "ess-france")
    assert "range" not in site.asked[1].headers
    assert (tmp_path / name("ess-france")).read_bytes() == body


def test_a_site_that_always_cuts_is_given_up_and_what_came_is_kept(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    body = csv()
    site.on(
        where("ess-france"),
        ranged(body, etag='"v1"', stop=70_000),
        ranged(body, etag='"v1"', stop=10),
    )
    with pytest.raises(http.NetworkError, match=r"66\sko reçus sur \d+\sko, gardés ; .* coupée"):
        get(tmp_path, session, "ess-france")
    assert len(site.asked) == http.RETRIES + 1
    site.on(where("ess-france"), ranged(body, etag='"v1"'))
    get(tmp_path, session, "ess-france")
    assert site.asked[-1].headers["range"] == "bytes=65536-"


def test_a_site_that_falls_silent(
    site: Site, session: http.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = csv()

    def silent(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("ETag", '"v1"')
        handler.end_headers()
        handler.wfile.write(body[:100_000])
        handler.wfile.flush()
        handler.rfile.read(1)  # until the other end gives up

    monkeypatch.setattr(http, "TIMEOUT", (5.0, 0.3))
    site.on(where("ess-france"), silent, ranged(body, etag='"v1"'))
    get(tmp_path, session, "ess-france")
    assert site.asked[1].headers["range"] == "bytes=65536-"
    assert (tmp_path / name("ess-france")).read_bytes() == body


def test_a_slow_site_is_waited_for(site: Site, session: http.Session, tmp_path: Path) -> None:
    import time

    body = csv()

    def slow(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for start in range(0, len(body), 50_000):
            handler.wfile.write(body[start : start + 50_000])
            handler.wfile.flush()
            time.sleep(0.02)

    site.on(where("ess-france"), slow)
    get(tmp_path, session, "ess-france")
    assert len(site.asked) == 1
    assert (tmp_path / name("ess-france")).read_bytes() == body


def test_a_size_that_nobody_announces(site: Site, session: http.Session, tmp_path: Path) -> None:
    body = csv()

    def chunked(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(body), 90_000):
            piece = body[start : start + 90_000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    site.on(where("ess-france"), chunked)
    get(tmp_path, session, "ess-france")
    assert (tmp_path / name("ess-france")).read_bytes() == body
    assert brut.read(tmp_path).fichiers["ess-france"].octets is None


# --- what the site refuses ----------------------------------------------------------------------


def test_what_passes_is_tried_again(site: Site, session: http.Session, tmp_path: Path) -> None:
    site.on(
        where("ess-france"), reply(status=500), reply(status=429, Retry_After="0"), ranged(csv())
    )
    get(tmp_path, session, "ess-france")
    assert len(site.asked) == 3


def test_a_missing_file_stops_nothing_else(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    site.on(where("ess-france"), ranged(csv()))
    with pytest.raises(
        DataError, match=r"2\sfichiers manquent \(.*geolocalisation.*\) : .*404"
    ) as caught:
        get(tmp_path, session, "geolocalisation", "ess-france", "qpv-2024")
    assert "\n" not in str(caught.value)
    assert (tmp_path / name("ess-france")).is_file()
    with pytest.raises(http.NetworkError, match=r"Sirene\.parquet \(https.*404") as caught_one:
        get(tmp_path, session, "geolocalisation", "ess-france")
    assert caught_one.value.status == 404


def test_a_site_that_is_not_there_is_asked_once(
    session: http.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as gone:
        monkeypatch.setenv("ESSGEO_SITE_FICHIERS", gone.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(DataError, match=r"5\sfichiers manquent .* connexion refusée"):
        get(tmp_path, session)


def test_a_redirection_out_of_the_web_is_refused(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(csv())
    site.on(where("ess-france"), reply(status=302, Location=secret.as_uri()))
    with pytest.raises(http.NetworkError, match="redirection refusée"):
        get(tmp_path / "d", session, "ess-france")
    assert names(tmp_path / "d") == [brut.FILE]


# --- what arrives is not what was asked for -----------------------------------------------------

PAGE = b"<!DOCTYPE html><html><body>Acc\xc3\xa8s au r\xc3\xa9seau</body></html>"


@pytest.mark.parametrize(
    ("source", "body", "said"),
    [
        ("ess-france", PAGE, "une page web"),
        ("stock-etablissement", PAGE, "une page web"),
        ("qpv-2024", b"\n  <html>", "une page web"),
        ("ess-france", b"", "la colonne SIREN n'y est pas"),
        ("ess-france", b"a;b\n1;2\n", "la colonne SIREN n'y est pas"),
        ("ess-france", b"\x00\x01" * 99, "pas un fichier texte"),
        ("stock-etablissement", csv(3), "pas un fichier parquet"),
        ("stock-etablissement", parquet("stock-unite-legale"), "les colonnes siret, .* n'y sont"),
        ("stock-etablissement", parquet("stock-etablissement")[:-9], "illisible"),
        ("qpv-2024", zipped(a_geojson=b"{}"), r"ne contient pas GEOJSON/.* mais a\.geojson"),
        ("qpv-2024", zipped(a_geojson=b"{}")[:-30], "incomplète ou abîmée"),
        (
            "qpv-2024",
            zipped(QP2024_France_Hexagonale_Outre_Mer_WGS84_geojson=b'{"features": []}'),
            "illisible",
        ),
        (
            "qpv-2024",
            zipped(
                QP2024_France_Hexagonale_Outre_Mer_WGS84_geojson=b'{"features": '
                b'[{"properties": {"code_qp": "x"}}]}'
            ),
            "la colonne lib_qp n'y",
        ),
    ],
)  # fmt: skip
def test_it_is_refused_and_nothing_is_kept(
    site: Site, session: http.Session, tmp_path: Path, source: str, body: bytes, said: str
) -> None:
    site.on(where(source), ranged(body, etag='"v1"', Content_Type="text/html; charset=utf-8"))
    with pytest.raises(DataError, match=said) as caught:
        get(tmp_path, session, source)
    assert "\n" not in str(caught.value)
    assert name(source).partition(".")[0] in str(caught.value)
    assert names(tmp_path) == [brut.FILE]
    assert brut.read(tmp_path) == brut.Raw()


def test_a_refused_file_leaves_the_former_one(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    site.on(where("ess-france"), ranged(csv(), etag='"v1"'))
    get(tmp_path, session, "ess-france")
    before = brut.read(tmp_path)
    site.on(where("ess-france"), ranged(PAGE, etag='"v2"'))
    with pytest.raises(DataError, match="une page web"):
        get(tmp_path, session, "ess-france")
    assert (tmp_path / name("ess-france")).read_bytes() == csv()
    assert brut.read(tmp_path) == before


@pytest.mark.parametrize("announced", [True, False])
def test_too_big_is_refused(
    site: Site,
    session: http.Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    announced: bool,
) -> None:
    monkeypatch.setenv("ESSGEO_TAILLE_MAX_MO", "0,2")

    def endless(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(csv())

    site.on(where("ess-france"), ranged(csv()) if announced else endless)
    with pytest.raises(DataError, match=r"au-delà de la limite de 200\sko"):
        get(tmp_path, session, "ess-france")
    assert names(tmp_path) == [brut.FILE]


def test_what_is_recompressed_on_the_way_is_refused(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    site.on(where("ess-france"), ranged(csv(), Content_Encoding="gzip"))
    with pytest.raises(DataError, match="recompressé"):
        get(tmp_path, session, "ess-france")


# --- where it is written ------------------------------------------------------------------------


def test_a_disk_too_small_is_said_before_downloading(
    site: Site, session: http.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.on(where("ess-france"), ranged(csv()))
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OutputError, match=r"il reste 1,0\sko sur ce disque"):
        get(tmp_path, session, "ess-france")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="pas de /dev/full")
def test_a_full_disk_is_said_and_the_file_is_not_there(
    site: Site, session: http.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.on(where("ess-france"), ranged(csv(), etag='"v1"'))
    full = tmp_path / f"{name('ess-france')}.part"
    monkeypatch.setattr(files._Download, "_begin", lambda *_: full.symlink_to("/dev/full"))
    brut.prepare(tmp_path)
    with pytest.raises(OutputError, match="le disque est plein ; libérez"):
        get(tmp_path, session, "ess-france")
    assert not (tmp_path / name("ess-france")).exists()


def test_a_refusal_of_the_system_is_said(
    site: Site, session: http.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.on(where("ess-france"), ranged(csv()))

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files._Download, "_write", refuse)
    with pytest.raises(OutputError, match="écriture refusée"):
        get(tmp_path, session, "ess-france")


def test_a_folder_of_somebody_else_is_left_alone(
    site: Site, session: http.Session, tmp_path: Path
) -> None:
    (tmp_path / "these.docx").write_text("x")
    with pytest.raises(OutputError, match="n'est pas vide"):
        get(tmp_path, session, "ess-france")
    assert names(tmp_path) == ["these.docx"]
    assert site.asked == []


# --- the command --------------------------------------------------------------------------------


def test_the_command(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.on(where("ess-france"), ranged(csv(), modified=DAY))
    out = tmp_path / "brut"
    assert cli.main(["fetch", "--out", str(out), "--source", "ess-france"]) == 0
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.splitlines()[-1] == f"fichiers bruts : {out}"
    assert cli.main(["fetch", "--out", str(out), "--source", "ess-france", "qpv-2024"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("erreur : QP2024_France")


def test_a_dry_run_asks_nobody_and_writes_nothing(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "brut"
    assert cli.main(["fetch", "--out", str(out), "--dry-run"]) == 0
    said = capsys.readouterr().out
    for source in open_sources().values():
        assert source.titre in said
        assert not source.ressources or where(source.id) in said
    assert "en tout : environ 3,8\u00a0Go, sans ce dont la taille est inconnue ; libre" in said
    assert site.asked == []
    assert not out.exists()
    site.on(where("ess-france"), ranged(csv(), modified=DAY))
    assert cli.main(["fetch", "--out", str(out), "--source", "ess-france"]) == 0
    capsys.readouterr()
    assert cli.main(["fetch", "--out", str(out), "--dry-run", "--source", "ess-france"]) == 0
    said = capsys.readouterr().out
    assert "déjà là" in said
    assert "en tout : environ 0\u00a0octet ; libre" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--source", "sirene"], "« sirene » inconnue ; au choix : stock-etablissement, "),
        (["--source", "esus"], "prenez le fichier sur https://www.tresor"),
        (["--format", "xls"], "valeur inconnue"),
    ],
)
def test_a_wrong_call(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert cli.main(["fetch", "--out", str(tmp_path / "d"), *more]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "d").exists()


def outlines() -> bytes:
    collection = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"code_qp": "QN00101M", "lib_qp": "É"}, "geometry": None}
    ]}  # fmt: skip
    inside = json.dumps(collection).encode()
    return zipped(
        GEOJSON__autre_geojson=b"{}",
        GEOJSON__QP2024_France_Hexagonale_Outre_Mer_WGS84_geojson=inside,
    )


def test_a_territory_comes_with_the_outlines(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api = FakeApi(many(40))
    api.on(site)
    monkeypatch.setenv("ESSGEO_SITE_API", site.address)
    site.on(where("qpv-2024"), ranged(outlines(), etag='"v1"'))
    call = ["fetch", "--commune", "67180", "--out", str(tmp_path / "d")]
    assert cli.main([*call, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "en tout : taille inconnue ; libre" in said
    assert "Haguenau (67180)" in said
    assert f"{site.address}/search" in said
    assert where("qpv-2024") in said
    assert where("ess-france") not in said
    assert (api.asked, (tmp_path / "d").exists()) == ([], False)
    assert cli.main(call) == 0
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "Haguenau" in caught.err
    assert set(brut.read(tmp_path / "d").fichiers) == {"qpv-2024", "recherche-entreprises"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--departement", "67", "--commune", "67180"], "incompatible avec"),
        (["--departement", "67", "--source", "qpv-2024"], "donnez l'un ou l'autre"),
        (["--departement", "100"], "--departement 100 : aucun territoire de ce code"),
    ],
)
def test_a_wrong_territory_is_a_wrong_call(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert cli.main(["fetch", "--out", str(tmp_path / "d"), *more]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert site.asked == []


def test_a_wrong_address_is_a_wrong_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESSGEO_SITE_FICHIERS", "file:///etc")
    with pytest.raises(UsageError, match="ESSGEO_SITE_FICHIERS"):
        plan(tmp_path)
