"""Downloads the files of the catalogue: resumed where they stopped, checked, written whole."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import requests

from essgeo.errors import DataError, OutputError, UsageError
from essgeo.fetch import contents, http
from essgeo.fetch.http import NetworkError
from essgeo.files import cannot_write, sha256
from essgeo.readers.request import max_bytes
from essgeo.sources import brut
from essgeo.sources.brut import RawFile
from essgeo.sources.catalogue import Dataset, Resource, open_sources
from essgeo.text import listing, one_line, plural, size

#: Called with the name of a file, the bytes there, and the bytes in all when the site says it.
Progress = Callable[[str, int, int | None], None]
State = Literal["nouveau", "incomplet", "présent"]

#: Suffix of a file that is not complete.
PART = ".part"

_CHUNK = 1 << 16
#: Tries in a row that bring less than this before a download gives up.
_LITTLE = 1_000_000
#: Room that a disk keeps besides what is downloaded.
_MARGIN = 50_000_000


@dataclass(frozen=True)
class Step:
    """One file to download.

    Parameters
    ----------
    dataset, resource
        What it is.
    url
        Where it is asked for.
    state
        ``nouveau``; ``incomplet`` (a former download stopped); ``présent`` (only asked for again
        when the site has a newer one).
    held
        Bytes that are there already.
    """

    dataset: Dataset
    resource: Resource
    url: str
    state: State
    held: int


def plan(out: Path, ids: Collection[str] = (), wanted: str = "parquet") -> list[Step]:
    """Say what would be downloaded, without asking anybody.

    Parameters
    ----------
    out
        Folder of raw files, which may not exist yet.
    ids
        Sources wanted; all that can be downloaded when empty.
    wanted
        ``parquet`` or ``csv``, where there is a choice.

    Raises
    ------
    UsageError
        A source is unknown, or has no file that can be downloaded.
    DataError
        What the folder says of itself cannot be read.
    """
    known = open_sources()
    for one in ids:
        if one not in known:
            can = [name for name, source in known.items() if source.ressources]
            raise UsageError(
                f"source « {one_line(one, 40)} » inconnue ; au choix : {', '.join(can)}."
            )
        if not known[one].ressources:
            raise UsageError(
                f"{one} : {known[one].non_verifie} ; prenez le fichier sur {known[one].page} et "
                "posez-le dans le dossier."
            )
    site = http.base_address("ESSGEO_SITE_FICHIERS")
    raw = brut.read(out)
    steps = []
    for source in known.values():
        if not source.ressources or (ids and source.id not in ids):
            continue
        resource = source.resource(wanted)
        there, part = raw.fichiers.get(source.id), _part(out, resource)
        state: State = "nouveau"
        held = 0
        if there and there.fichier == resource.fichier and (out / there.fichier).is_file():
            state, held = "présent", (out / there.fichier).stat().st_size
        elif source.id in raw.partiels and part.is_file():
            state, held = "incomplet", part.stat().st_size
        steps.append(Step(source, resource, site + resource.path, state, held))
    return steps


def fetch_files(
    out: Path,
    ids: Collection[str] = (),
    *,
    wanted: str = "parquet",
    session: requests.Session | None = None,
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    backoff_s: float = http.BACKOFF_S,
) -> None:
    """Download files of the catalogue into a folder of raw files.

    A file that is complete, intact and still the one of the site is not downloaded again; one
    that stopped goes on where it was. A file that fails does not stop the others, a site that
    does not answer does.

    Parameters
    ----------
    out, ids, wanted
        As `plan`; the folder is made.
    session
        From `essgeo.fetch.http.open_session`, opened here by default.
    progress
        Called at every piece; what it raises stops the download, which a later call takes up.
    say
        Called with one French line per file, and per failure.
    backoff_s
        Seconds of the first pause after a cut.

    Raises
    ------
    UsageError, DataError, OutputError
        As `plan`; or the folder is not ours or cannot be written, the disk is full, or downloads
        failed: the text says which, why and what to do.
    """
    steps = plan(out, ids, wanted)
    brut.prepare(out)
    missing = {step.dataset.id: step for step in steps}
    last: DataError | None = None
    with session or http.open_session() as asking:
        for step in steps:
            try:
                say(_Download(asking, out, step, progress, backoff_s).run())
                del missing[step.dataset.id]
            except DataError as error:
                last = error
                if isinstance(error, NetworkError) and error.status is None:
                    break
                if step is not steps[-1]:
                    say(str(error))
    if last and len(missing) > 1:
        lacking = plural(len(missing), "fichier manque", "fichiers manquent")
        raise DataError(f"{lacking} ({listing(list(missing))}) : {last}") from last
    if last:
        raise last


def _part(out: Path, resource: Resource) -> Path:
    return out / f"{resource.fichier}{PART}"


class _Download:
    """One file on its way."""

    def __init__(
        self,
        session: requests.Session,
        folder: Path,
        step: Step,
        progress: Progress,
        backoff_s: float,
    ) -> None:
        self.session, self.folder, self.url = session, folder, step.url
        self.dataset, self.resource = step.dataset, step.resource
        self.target = folder / step.resource.fichier
        self.part = _part(folder, step.resource)
        self.progress, self.backoff_s = progress, backoff_s
        self.raw = brut.read(folder)

    def run(self) -> str:
        """Bring the file to its end and say what was done in one line."""
        name = self.resource.fichier
        there = self.raw.fichiers.get(self.dataset.id)
        try:
            brought = self._bring(there)
            if brought is None:
                return f"{name} : déjà là, et c'est la dernière version."
            done = self._keep(brought)
        except NetworkError as error:
            text = f"{name} ({self.dataset.page}) : {error}"
            raise NetworkError(text, error.status) from error
        except DataError:
            self._start_over()  # what came is not what was asked for: nothing to go on from
            raise
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise self._cannot_write(error) from error
        said = f"{name} : {size(self.target.stat().st_size)}, contenu vérifié"
        if done.date:
            said += f", source modifiée le {done.date}"
        if there and there.fichier != name and (self.folder / there.fichier).exists():
            said += f" ; {there.fichier}, la même source, reste à côté : supprimez-le"
        return f"{said}."

    # --- the bytes --------------------------------------------------------------------------------

    def _bring(self, there: RawFile | None) -> RawFile | None:
        """Fill the part; None when what is there is already what the site has."""
        idle, answered = 0, False
        while True:
            before = self._held()
            try:
                with self._ask(before) as answer:
                    answered = True
                    version = self._version(answer)
                    if answer.status_code == requests.codes.ok:
                        before = 0
                        if there and version.same_version(there) and self._intact(there):
                            return None
                        self._begin(version)
                    elif not self._goes_on(answer, version, before):
                        self._start_over()
                        continue
                    self._check_room(version, before)
                    if answer.status_code != requests.codes.requested_range_not_satisfiable:
                        self._write(answer, version, before)
            except (requests.RequestException, NetworkError) as error:
                if isinstance(error, NetworkError) and (error.status or not answered):
                    raise
                held = self._held()
                idle = 0 if held - before >= _LITTLE else idle + 1
                if idle > http.RETRIES:
                    raise self._cut(error) from error
                time.sleep(min(self.backoff_s * 2**idle, http.LONGEST_PAUSE_S))
                continue
            return self.raw.partiels[self.dataset.id]

    def _held(self) -> int:
        """Return how many bytes of a download that can go on are there."""
        begun = self.raw.partiels.get(self.dataset.id)
        if begun is None or begun.url != self.url or not _mark(begun) or not self.part.is_file():
            return 0
        return self.part.stat().st_size

    def _ask(self, held: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"}
        accept: tuple[int, ...] = (200,)
        if held:
            # « the rest, if it is still the same file; else the whole of the new one »
            mark = _mark(self.raw.partiels[self.dataset.id])
            headers |= {"Range": f"bytes={held}-", "If-Range": mark}
            accept = (200, 206, 416)
        return http.get(self.session, self.url, headers=headers, stream=True, accept=accept)

    def _version(self, answer: requests.Response) -> RawFile:
        """Return what the site says of the file that it sends."""
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise contents.wrong(
                self.dataset, self.resource, "le site l'envoie recompressé, ce n'était pas demandé"
            )
        total = answer.headers.get("Content-Length", "")
        if answer.status_code != requests.codes.ok:
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
        return RawFile(
            fichier=self.resource.fichier,
            titre=self.dataset.titre,
            editeur=self.dataset.producteur,
            licence=self.dataset.licence,
            page=self.dataset.page,
            url=self.url,
            modifie=answer.headers.get("Last-Modified", "")[:80],
            etag=answer.headers.get("ETag", "")[:200],
            octets=int(total) if re.fullmatch(r"[0-9]{1,15}", total) else None,
        )

    def _intact(self, there: RawFile) -> bool:
        same = there.fichier == self.target.name and self.target.is_file()
        return same and sha256(self.target) == there.sha256

    def _begin(self, version: RawFile) -> None:
        self.part.unlink(missing_ok=True)
        self.raw = self.raw.begun(self.dataset.id, version)
        brut.write(self.folder, self.raw)

    def _start_over(self) -> None:
        self.part.unlink(missing_ok=True)
        self.raw = self.raw.given_up(self.dataset.id)
        brut.write(self.folder, self.raw)

    def _goes_on(self, answer: requests.Response, version: RawFile, held: int) -> bool:
        """Whether an answer to a request for the rest is the rest of the same file."""
        begun = self.raw.partiels[self.dataset.id]
        if version.octets is None or begun.octets not in (None, version.octets):
            return False
        if version.etag not in ("", begun.etag) or version.modifie not in ("", begun.modifie):
            return False
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return held == version.octets  # all was there, only the end of the work was missing
        return answer.headers.get("Content-Range", "").startswith(f"bytes {held}-")

    def _check_room(self, version: RawFile, held: int) -> None:
        if version.octets is None:
            return
        if version.octets > max_bytes():
            raise DataError(_too_big(self.resource, version.octets))
        free = shutil.disk_usage(self.folder).free
        if version.octets - held + _MARGIN > free:
            raise OutputError(
                f"{self.target} : il faut {size(version.octets - held)} et il reste {size(free)} "
                "sur ce disque ; libérez de la place ou choisissez un autre emplacement."
            )

    def _write(self, answer: requests.Response, version: RawFile, held: int) -> None:
        """Append what arrives; every byte received is kept whatever happens next."""
        with self.part.open("ab") as handle:
            for piece in self._pieces(answer, held):
                handle.write(piece)
                held += len(piece)
                if held > max_bytes():
                    break
                self.progress(self.resource.fichier, held, version.octets)
            handle.flush()
            os.fsync(handle.fileno())
        there = self.part.stat().st_size
        if there > max_bytes():
            raise DataError(_too_big(self.resource, there))
        if version.octets is not None and there < version.octets:
            raise requests.exceptions.ConnectionError("la réponse s'arrête avant la fin")
        if version.octets is not None and there > version.octets:
            raise contents.wrong(
                self.dataset, self.resource, "le fichier reçu est plus long que ce qui est annoncé"
            )

    def _pieces(self, answer: requests.Response, held: int) -> Iterator[bytes]:
        kind = answer.headers.get("Content-Type", "")
        first = held == 0
        for piece in answer.iter_content(_CHUNK):
            if first:
                contents.check_start(piece, kind, self.dataset, self.resource)
                first = False
            yield piece

    # --- the file ---------------------------------------------------------------------------------

    def _keep(self, brought: RawFile) -> RawFile:
        """Check a complete part and make it the file."""
        if self.resource.format == "geojson.zip":
            contents.unpack(self.part, self.dataset, self.resource, self.target)
            self.part.unlink()
        else:
            contents.check_whole(self.part, self.dataset, self.resource)
            self.part.replace(self.target)
        done = replace(brought, sha256=sha256(self.target))
        self.raw = self.raw.completed(self.dataset.id, done)
        brut.write(self.folder, self.raw)
        return done

    def _cut(self, error: Exception) -> NetworkError:
        begun = self.raw.partiels.get(self.dataset.id)
        total = f" sur {size(begun.octets)}" if begun and begun.octets else ""
        why = str(error) if isinstance(error, NetworkError) else http.explain(self.url, error)
        return NetworkError(f"{size(self._held())} reçus{total}, gardés ; {why}", requests.codes.ok)

    def _cannot_write(self, error: OSError) -> OutputError:
        if error.errno == 28:  # ENOSPC
            return OutputError(
                f"{self.target} : le disque est plein ; libérez de la place puis relancez, "
                "ce qui est reçu est gardé."
            )
        return OutputError(cannot_write(self.target, error))


def _mark(begun: RawFile) -> str:
    """Return what names the version of a file begun for sure; a weak ETag does not (RFC 9110)."""
    strong = begun.etag if begun.etag.startswith('"') else ""
    return strong or begun.modifie


def _too_big(resource: Resource, octets: int) -> str:
    return (
        f"{resource.fichier} : {size(octets)} ou plus, au-delà de la limite de "
        f"{size(max_bytes())} ; relevez ESSGEO_TAILLE_MAX_MO si c'est voulu."
    )
