"""The server's side: give a file to a process of its own, and wait no longer than is allowed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from essgeo.errors import DataError
from essgeo.intake.limits import Limits, list_limits, together, zone_limits
from essgeo.intake.taken import ProjectionError, Taken
from essgeo.settings import ROOT
from essgeo.text import one_line, plural, size

if TYPE_CHECKING:
    from essgeo.readers.report import Reading

#: The turn of a file comes after those before it; beyond this the visitor is told.
PATIENCE_S = 60.0

_MEMORY = (
    "le lire demande plus de mémoire que ce qui est permis ; "
    "donnez un fichier plus petit ou plus simple."
)
_TIME = "le lire prend plus de {time} ; donnez un fichier plus petit ou plus simple."
_BUSY = "le serveur lit déjà d'autres fichiers ; redonnez celui-ci dans une minute."
_LOST = (
    "la lecture s'est arrêtée d'elle-même : le fichier est abîmé, ou demande plus de mémoire que "
    "ce qui est permis ; refaites-le, ou donnez-en un plus petit."
)

_turns = threading.BoundedSemaphore(together())


def read_table(
    data: bytes,
    name: str,
    *,
    sheet: str | None = None,
    read_as: str | None = None,
    limits: Limits | None = None,
) -> Taken:
    """Read a list: one row a structure, any columns.

    Parameters
    ----------
    data
        The file's bytes.
    name
        Its name as the visitor gave it; only its suffix is looked at.
    sheet
        Sheet of a workbook to read; without it, the first that holds a table.
    read_as
        How to read the coordinates of a file of points, in place of what it declares: a key of
        `essgeo.intake.proposals` (``2154``, ``4326-inverse``).
    limits
        What the file may be and cost; the settings by default.

    Raises
    ------
    DataError
        One French line that begins with the file's name: what docs/fichiers.md lists, or a
        reading that goes beyond its limits.
    ProjectionError
        The same, when projections can be proposed.
    """
    from essgeo.intake.answers import taken_from

    label = clean_name(name)
    with _read("list", data, label, limits or list_limits(), sheet, read_as) as folder:
        return taken_from(folder, label, hashlib.sha256(data).hexdigest())


def read_zones(
    data: bytes, name: str, *, read_as: str | None = None, limits: Limits | None = None
) -> Reading:
    """Read a visitor's own zones: polygons, one row a zone.

    Parameters
    ----------
    data, name, read_as, limits
        As :func:`read_table`.

    Returns
    -------
    Reading
        ``table`` is a GeoDataFrame in EPSG:4326 as `essgeo.readers.zones.build_zones` makes it.

    Raises
    ------
    DataError, ProjectionError
        As :func:`read_table`.
    """
    from essgeo.intake.answers import zones_from

    label = clean_name(name)
    with _read("zones", data, label, limits or zone_limits(), None, read_as) as folder:
        return zones_from(folder, label)


def clean_name(name: str) -> str:
    """Return a file's name without folders, on one printable line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return one_line(last, 120) or "fichier"


class _read:  # noqa: N801 - a context manager, read as a verb
    """Have a file read; inside, the folder of the answer, which does not outlive the block."""

    def __init__(
        self,
        kind: str,
        data: bytes,
        label: str,
        limits: Limits,
        sheet: str | None,
        read_as: str | None,
    ) -> None:
        self.label, self.limits, self.data = label, limits, data
        told = {"sheet": sheet, "read_as": read_as, "limits": asdict(limits)}
        self.asked = {"kind": kind, "name": label, **told}

    def __enter__(self) -> Path:
        if len(self.data) > self.limits.octets:
            raise DataError(
                f"{self.label} : le fichier pèse {size(len(self.data))}, plus que la limite de "
                f"{size(self.limits.octets)} ; donnez-en un plus petit."
            )
        # Readable by this account alone (0700).
        self.folder = tempfile.TemporaryDirectory(prefix="essgeo-", ignore_cleanup_errors=True)
        try:
            path = Path(self.folder.name)
            # The name on the disk is ours: of the visitor's only the suffix, if a plain one.
            suffix = PurePosixPath(self.label).suffix
            plain = suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ""
            (path / f"fichier{plain}").write_bytes(self.data)
            self.asked["file"] = f"fichier{plain}"
            (path / "asked.json").write_text(json.dumps(self.asked), encoding="utf-8")
            if not _turns.acquire(timeout=PATIENCE_S):
                raise DataError(f"{self.label} : {_BUSY}")
            try:
                _run(path, self.label, self.limits)
            finally:
                _turns.release()
            answer = json.loads((path / "answer.json").read_text(encoding="utf-8"))
            if "refused" in answer:
                line = f"{self.label} : {answer['refused']}"
                proposed = tuple(answer["projections"])
                raise ProjectionError(line, proposed) if proposed else DataError(line)
        except BaseException:
            self.folder.cleanup()
            raise
        return path

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()


def _run(folder: Path, label: str, limits: Limits) -> None:
    """Run the process; kill it, and whatever it started, at the end of its time.

    Raises
    ------
    DataError
        Out of time, out of memory, or died without an answer.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program; the folder's name is ours
        [sys.executable, "-P", "-m", "essgeo.intake.child", str(folder)],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise DataError(f"{label} : {_time(limits)}") from None
    finally:
        _kill(process)
    if (folder / "answer.json").is_file() and code == 0:
        return
    if code == -getattr(signal, "SIGXCPU", 0):
        raise DataError(f"{label} : {_time(limits)}")
    # A library that cannot have more memory aborts.
    if code == MEMORY_EXIT or code == -getattr(signal, "SIGABRT", 0):
        raise DataError(f"{label} : {_MEMORY}")
    raise DataError(f"{label} : {_LOST}")


#: How the process says that it has no memory left.
MEMORY_EXIT = 77


def _time(limits: Limits) -> str:
    return _TIME.format(time=plural(limits.seconds, "seconde"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that still runs, and its group."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """Return what the process may know: where Python and essgeo are, no proxy, one thread."""
    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PROJ_DATA", "VIRTUAL_ENV")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return (
        known
        | {f"{name}_NUM_THREADS": "1" for name in threads}
        | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP", "HOME")}
        # Without it glibc reserves 64 MB of addresses for each thread.
        | {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        | {"PROJ_NETWORK": "OFF", "PROJ_CURL_ENABLED": "OFF"}
    )
