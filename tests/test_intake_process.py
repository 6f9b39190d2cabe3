"""The nastiest files, through the process that reads them: one line, nothing left, server alive."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from essgeo.errors import DataError
from essgeo.intake import process, read_table, read_zones
from essgeo.intake.limits import Limits, list_limits, together
from essgeo.settings import ROOT
from tests.odd import SMALL, sheet
from tests.odd_lists import LISTS
from tests.odd_zones import ZONES, gpkg, of_wkb, shapes, star

Make = Callable[[Path], bytes]


@pytest.fixture(autouse=True)
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A temporary folder of the test's own, which must be empty at the end."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


#: Collections one in another, deeper than the stack of the library that reads them.
_DEEP = struct.pack("<BII", 1, 7, 1) * 50_000 + struct.pack("<BII", 1, 7, 0)


def _computed(base: sqlite3.Connection) -> None:
    """A column that SQLite computes when it is read: 900 MB for each zone."""
    base.execute("ALTER TABLE quartiers ADD COLUMN gros GENERATED ALWAYS AS (zeroblob(900000000))")


def _wide(folder: Path) -> bytes:
    """A stray cell that makes a sheet of 40 million cells."""
    return sheet(["nom", "ville"], ["Une", "Ici"], *[[]] * 999_998, [""] * 39 + ["x"])(folder)


def _many_arrays(_: Path) -> bytes:
    return b'{"type": "FeatureCollection", "features": [' + b"[[],[]]," * 2_000_000 + b"0]}"


#: name, bytes, limits, words.
NASTY: dict[str, tuple[str, Make, dict[str, float], str]] = {
    "etoile": ("z.geojson", shapes(star(9_000)), {"seconds": 2}, "prend plus de 2\u00a0secondes"),
    "wkb-profond": ("z.gpkg", of_wkb(_DEEP), {}, "mal formée"),
    "colonne-calculee": ("z.gpkg", gpkg(_computed), {"memory": 900e6}, "mémoire|abîmé"),
    "feuille-immense": ("l.xlsx", _wide, {"memory": 500e6}, "mémoire"),
    "json-enorme": (
        "z.geojson", _many_arrays, {"memory": 600e6, "octets": 30e6}, "mémoire"
    ),
    "json-profond": ("l.json", LISTS["geojson-profond"].make, {}, "profondément"),
    "xlsx-bombe": ("l.xlsx", LISTS["xlsx-bombe"].make, {}, "une fois ouverte|compressée"),
    "rires": ("l.xlsx", LISTS["xlsx-milliard-de-rires"].make, {}, "illisible|aucun"),
    "million": ("l.csv", LISTS["un-million-de-lignes"].make, {}, "1\u202f000\u202f000 lignes"),
    "vue-sans-fin": ("z.gpkg", ZONES["gpkg-vue-sans-fin"].make, {}, "aucune couche"),
    "chemin-projection": ("z.geojson", ZONES["projection-chemin"].make, {}, "inconnue"),
    "trop-gros": ("l.csv", lambda _: b"a;b\n" * 900_000, {}, "pèse 3,6\u00a0Mo, plus que"),
    "memoire-minuscule": ("l.csv", LISTS["utf8"].make, {"memory": 60e6}, "mémoire"),
}  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="a signal ends the process")
def test_a_reader_that_dies_is_one_line(monkeypatch: pytest.MonkeyPatch):
    """No file that we know of does it: a library at fault would."""
    start = subprocess.Popen

    def dying(_command: list[str], **more: Any) -> subprocess.Popen[bytes]:
        dead = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
        return start([sys.executable, "-c", dead], **more)

    monkeypatch.setattr(process.subprocess, "Popen", dying)
    with pytest.raises(DataError, match="arrêtée d'elle-même"):
        read_table(b"siret\n1\n", "l.csv")


@pytest.mark.parametrize("case", NASTY)
def test_nasty_files_end_in_one_line(case: str, tmp_path: Path, capfd: Any) -> None:
    name, make, changed, words = NASTY[case]
    limits = replace(SMALL, **{key: int(value) for key, value in changed.items()})
    read = read_zones if name.startswith("z") else read_table
    data = make(tmp_path)
    with pytest.raises(DataError, match=words) as caught:
        read(data, name, limits=limits)
    assert str(caught.value).startswith(f"{name} : ")
    assert "\n" not in str(caught.value)
    # Nothing of a file reaches what the server prints.
    assert capfd.readouterr() == ("", "")


def test_an_accepted_file_leaves_nothing_either(capfd: Any) -> None:
    taken = read_table(b"a;a;\n1;2;\nTotal;3;\n", "l.csv")
    assert taken.raw.source.columns.tolist() == ["a", "a (2)"]
    assert taken.original_names == ("a", "a")
    assert taken.totals == (1,)
    assert taken.raw.row(1) == 3
    assert len(taken.sha256) == 64
    assert capfd.readouterr() == ("", "")


def test_sheets_and_lost_lines_come_back() -> None:
    taken = read_table(LISTS["plusieurs-feuilles"].make(Path()), "l.xlsx", sheet="2024")
    assert (taken.sheets, taken.raw.sheet) == (("2023", "2024"), "2024")
    taken = read_table(b"a;b\n1;2\n;\n3;4\n", "l.csv")
    assert [taken.raw.row(place) for place in range(2)] == [2, 4]


class _Rerun(BaseException):
    """What Streamlit raises in a visitor's thread when he clicks elsewhere."""


def test_an_interrupted_visitor_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    wait = subprocess.Popen.wait

    def interrupted(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        started.append(self)
        if len(started) == 1:
            raise _Rerun
        return wait(self, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(_Rerun):
        read_table(b"a;b\n1;2\n", "l.csv")
    assert started[0].returncode == -signal.SIGKILL
    assert process._turns.acquire(blocking=False)
    process._turns.release()


def test_a_reading_that_is_killed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system kills the largest process when it has no memory left."""
    popen = subprocess.Popen

    def killed(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        found = popen(*arguments, **options)
        threading.Timer(0.1, found.kill).start()
        return found

    monkeypatch.setattr(subprocess, "Popen", killed)
    with pytest.raises(DataError, match=r"^l\.csv : .*d.elle-même"):
        read_table(b"a;b\n1;2\n", "l.csv")


def test_a_busy_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(process, "PATIENCE_S", 0.01)
    with process._turns, pytest.raises(DataError, match=r"^l\.csv : le serveur lit déjà"):
        read_table(b"a;b\n1;2\n", "l.csv")


def test_the_process_limits_itself_first() -> None:
    """Memory, time, files and core are limited, and nothing that reads is imported before."""
    program = (
        "import sys, json, resource\n"
        "from essgeo.intake import child\n"
        "from essgeo.intake.limits import Limits\n"
        "heavy = [m for m in ('numpy', 'pandas', 'pyarrow', 'shapely') if m in sys.modules]\n"
        "child.restrain(Limits(1, 1, 1, 1, 5, 900_000_000))\n"
        "kinds = ('AS', 'CPU', 'FSIZE', 'CORE')\n"
        "limits = [resource.getrlimit(getattr(resource, 'RLIMIT_' + kind)) for kind in kinds]\n"
        "print(json.dumps([heavy, limits]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    heavy, limits = json.loads(done.stdout)
    assert heavy == []
    assert limits == [[900_000_000] * 2, [6, 7], [450_000_000] * 2, [0, 0]]


def test_the_process_knows_no_proxy_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://x")
    monkeypatch.setenv("UN_MOT_DE_PASSE", "x")
    known = process._environment(tmp_path)
    assert not {"HTTPS_PROXY", "UN_MOT_DE_PASSE"} & known.keys()
    assert known["TMPDIR"] == str(tmp_path)
    assert known["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_the_folder_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    run = process._run

    def seen(folder: Path, label: str, limits: Limits) -> None:
        modes.append(folder.stat().st_mode & 0o777)
        run(folder, label, limits)
        # Of the visitor's name only the suffix reaches the disk.
        assert "l.csv" not in {path.name for path in folder.iterdir()}

    monkeypatch.setattr(process, "_run", seen)
    read_table(b"a;b\n1;2\n", "l.csv")
    assert modes == [0o700]


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSGEO_DEPOT_MO", "0,5")
    monkeypatch.setenv("ESSGEO_DEPOT_SECONDES", "-3")
    monkeypatch.setenv("ESSGEO_DEPOT_LIGNES", "beaucoup")
    monkeypatch.setenv("ESSGEO_DEPOT_ENSEMBLE", "0,2")
    limits = list_limits()
    assert (limits.octets, limits.seconds, limits.rows) == (500_000, 60, 300_000)
    assert together() == 1
    with pytest.raises(DataError, match=r"^l\.csv : le fichier pèse 600\u00a0ko, plus que .*500"):
        read_table(b"x" * 600_000, "l.csv")
