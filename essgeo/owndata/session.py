"""A visitor's own data as one file that he keeps, and opens again later.

The file is a plain zip: what he gave as he gave it, what he answered, and a manifest of ours with
the fingerprint of each. What comes back is a stranger's file like any other: it is measured before
it is unpacked, only names of ours are looked at, and each file inside then goes through the same
reading as one that is dropped.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from essgeo.errors import DataError
from essgeo.readers.archives import DAMAGED
from essgeo.text import size

#: Version of the layout; another one is refused.
VERSION = 1

#: Sections of which files are kept.
SECTIONS = ("liste", "zones", "corrections", "tableaux")

MANIFEST, CHOICES = "essgeo-session.json", "choix.json"

#: Bytes of the manifest and of the answers, at most.
_SMALL = 200_000
#: Characters of a name and of an answer, answers of a section, at most.
_NAME, _ANSWER, _ANSWERS = 255, 4_000, 200

Files = dict[str, tuple[str, bytes]]
Choices = dict[str, dict[str, str]]

_FOREIGN = (
    "n'est pas une session enregistrée par essgeo ; donnez le fichier .zip tel que vous l'avez"
)


def save(files: Mapping[str, tuple[str, bytes]], choices: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return a session as one zip.

    Parameters
    ----------
    files
        Section -> name as given, and content.
    choices
        Section -> answers.
    """
    kept = {section: files[section] for section in SECTIONS if section in files}
    answers = {section: dict(choices.get(section, {})) for section in kept}
    manifest = {
        "essgeo": "session",
        "version": VERSION,
        "fichiers": {
            section: {"nom": name, "octets": len(content), "sha256": _sha256(content)}
            for section, (name, content) in kept.items()
        },
        "choix_sha256": _sha256(_json(answers)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(MANIFEST, _json(manifest))
        made.writestr(CHOICES, _json(answers))
        for section, (_, content) in kept.items():
            made.writestr(_entry(section), content)
    return out.getvalue()


def reopen(data: bytes, name: str, *, most: int) -> tuple[Files, Choices]:
    """Return what a saved session holds.

    Parameters
    ----------
    data, name
        The zip, and its name, printable.
    most
        Bytes that one file inside may have.

    Returns
    -------
    tuple
        Files and answers by section, as :func:`save` was given them. Nothing of them is read yet.

    Raises
    ------
    DataError
        Not a session of ours, another version, damaged or changed since, or too big.
    """
    # An honest session holds files that were each small enough to be given.
    if len(data) > most * len(SECTIONS) + 2 * _SMALL:
        raise DataError(
            f"{name} : le fichier pèse {size(len(data))}, plus qu'une session ; {_AGAIN}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, name, most)
    except (*DAMAGED, ValueError, NotImplementedError) as error:
        raise DataError(f"{name} : {_FOREIGN}.") from error


_AGAIN = "donnez le fichier tel qu'il a été enregistré."


def _read(archive: zipfile.ZipFile, name: str, most: int) -> tuple[Files, Choices]:
    entries = archive.infolist()
    held = {entry.filename: entry for entry in entries}
    ours = {MANIFEST, CHOICES, *(_entry(section) for section in SECTIONS)}
    # No other name is looked at, and nothing is written to a disk: a path leads nowhere.
    if len(held) != len(entries) or not {MANIFEST, CHOICES} <= set(held) or not set(held) <= ours:
        raise DataError(f"{name} : {_FOREIGN}.")
    manifest = _loaded(archive, held[MANIFEST], name)
    if manifest.get("essgeo") != "session" or not isinstance(manifest.get("fichiers"), dict):
        raise DataError(f"{name} : {_FOREIGN}.")
    if manifest.get("version") != VERSION:
        raise DataError(
            f"{name} : cette session vient d'une autre version d'essgeo ; redonnez les fichiers "
            "d'origine, qui sont dans le .zip."
        )
    told = manifest["fichiers"]
    if {_entry(section) for section in told} != set(held) - {MANIFEST, CHOICES}:
        raise DataError(f"{name} : {_CHANGED}")
    files: Files = {}
    for section, one in told.items():
        content = _unpacked(archive, held[_entry(section)], name, most)
        label = one.get("nom") if isinstance(one, dict) else None
        if (
            not isinstance(label, str)
            or len(label) > _NAME
            or one.get("sha256") != _sha256(content)
        ):
            raise DataError(f"{name} : {_CHANGED}")
        files[section] = (label, content)
    answers = _loaded(archive, held[CHOICES], name)
    if manifest.get("choix_sha256") != _sha256(_json(answers)):
        raise DataError(f"{name} : {_CHANGED}")
    return files, {section: _answers(answers.get(section), name) for section in files}


_CHANGED = "son contenu a changé depuis l'enregistrement ; redonnez les fichiers d'origine."


def _answers(found: Any, name: str) -> dict[str, str]:
    """Return the answers of a section: short texts only."""
    if not isinstance(found, dict) or len(found) > _ANSWERS:
        raise DataError(f"{name} : {_CHANGED}")
    if not all(isinstance(value, str) and len(value) <= _ANSWER for value in found.values()):
        raise DataError(f"{name} : {_CHANGED}")
    return dict(found)


def _loaded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_unpacked(archive, entry, name, _SMALL))
    except RecursionError as error:
        raise DataError(f"{name} : {_FOREIGN}.") from error
    if not isinstance(found, dict):
        raise DataError(f"{name} : {_FOREIGN}.")
    return found


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, most: int) -> bytes:
    """Unpack one entry, never more bytes than are allowed, whatever it announces."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{name} : {_FOREIGN}.")
    with archive.open(entry) as handle:
        content = handle.read(most + 1)
    if len(content) > most:
        raise DataError(
            f"{name} : un fichier de cette session dépasse {size(most)} une fois ouvert ; {_AGAIN}"
        )
    return content


def _entry(section: str) -> str:
    return f"fichiers/{section}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()
