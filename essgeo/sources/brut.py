"""What a folder of raw files says of itself: its files, where each comes from, fingerprints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from essgeo.errors import DataError, OutputError
from essgeo.files import cannot_write, writing

#: Name of the file that makes a folder a folder of raw files of ours.
FILE = "brut.json"
#: Version of its format; a later one is refused.
FORMAT = 1


@dataclass(frozen=True)
class RawFile:
    """One raw file, or what is known of one that is being downloaded.

    Parameters
    ----------
    fichier
        Name in the folder.
    titre, editeur, licence, page
        Words of the source.
    url
        Address that was asked for.
    modifie, etag
        What the site says of the version of the file (HTTP ``Last-Modified`` and ``ETag``).
    octets
        Size announced by the site for what is downloaded; None when it announces none.
    sha256
        Fingerprint of the file as it lies in the folder; empty until it is complete.
    """

    fichier: str
    titre: str = ""
    editeur: str = ""
    licence: str = ""
    page: str = ""
    url: str = ""
    modifie: str = ""
    etag: str = ""
    octets: int | None = None
    sha256: str = ""

    @property
    def date(self) -> str:
        """Return the day on which the source was last modified (``2026-11-01``), or ``""``."""
        try:
            return parsedate_to_datetime(self.modifie).astimezone(UTC).date().isoformat()
        except (ValueError, TypeError, OverflowError):
            return ""

    def same_version(self, other: RawFile) -> bool:
        """Whether the site speaks of the same version of the same file, and says enough of it."""
        return bool(self.etag or self.modifie) and (
            (self.url, self.etag, self.modifie, self.octets)
            == (other.url, other.etag, other.modifie, other.octets)
        )


@dataclass(frozen=True)
class Raw:
    """A folder of raw files.

    Parameters
    ----------
    fichiers
        Identifier of the source -> complete file.
    partiels
        Identifier of the source -> file whose download was not finished.
    """

    fichiers: Mapping[str, RawFile] = field(default_factory=dict)
    partiels: Mapping[str, RawFile] = field(default_factory=dict)

    def begun(self, source: str, one: RawFile) -> Raw:
        """Return the same with a download begun."""
        return replace(self, partiels={**self.partiels, source: one})

    def given_up(self, source: str) -> Raw:
        """Return the same without a download begun."""
        left = {name: one for name, one in self.partiels.items() if name != source}
        return replace(self, partiels=left)

    def completed(self, source: str, one: RawFile) -> Raw:
        """Return the same with a complete file."""
        return replace(self.given_up(source), fichiers={**self.fichiers, source: one})

    def source_of(self, name: str) -> tuple[str, RawFile] | None:
        """Return the source and what is known of a file, by its name."""
        return next((pair for pair in self.fichiers.items() if pair[1].fichier == name), None)


def read(folder: Path) -> Raw:
    """Read what a folder says of its raw files; a folder that says nothing has none known.

    Raises
    ------
    DataError
        Its file cannot be read, is malformed or of a later version.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Raw()
    except OSError as error:
        raise DataError(f"{path} : lecture impossible ({error.strerror}).") from error
    except (ValueError, RecursionError):
        raise DataError(f"{path} : JSON illisible ; supprimez-le et relancez fetch.") from None
    try:
        if int(content["format"]) > FORMAT:
            raise DataError(f"{path} : écrit par une version plus récente ; mettez essgeo à jour.")
        return Raw(_files(content["fichiers"]), _files(content["partiels"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} : forme inattendue ({error}) ; supprimez-le et relancez fetch."
        ) from None


def write(folder: Path, raw: Raw) -> None:
    """Write what is known of raw files: whole or not at all."""
    content = {
        "format": FORMAT,
        "fichiers": {name: asdict(one) for name, one in sorted(raw.fichiers.items())},
        "partiels": {name: asdict(one) for name, one in sorted(raw.partiels.items())},
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    with writing(folder / FILE) as beside:
        beside.write_text(text, encoding="utf-8")


def prepare(folder: Path) -> Raw:
    """Make a folder of raw files, or take one up again.

    Raises
    ------
    OutputError
        It holds files that are not ours, or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(".*.partiel*"):
            left.unlink()  # of a writing that was killed
        if not (folder / FILE).exists():
            if any(folder.iterdir()):
                raise OutputError(
                    f"{folder} : ce dossier n'est pas vide et n'a pas de {FILE} d'essgeo ; "
                    "choisissez-en un autre, ou un nom nouveau."
                )
            write(folder, Raw())
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(cannot_write(folder, error)) from error
    return read(folder)


def _files(found: Mapping[str, Any]) -> dict[str, RawFile]:
    known = {one.name for one in fields(RawFile)}
    files = {
        name: RawFile(**{key: value for key, value in one.items() if key in known})
        for name, one in found.items()
    }
    for one in files.values():
        # A file that somebody else wrote must not lead outside its folder.
        if Path(one.fichier).name != one.fichier:
            raise TypeError("nom de fichier")
    return files
