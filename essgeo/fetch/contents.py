"""Is a downloaded file what its source says it is: looked at before anybody builds on it."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from essgeo.errors import DataError
from essgeo.files import writing
from essgeo.readers import archives
from essgeo.readers.report import Journal
from essgeo.readers.request import OFFICIAL
from essgeo.sources.catalogue import Dataset, Resource
from essgeo.text import listing, one_line

#: First bytes of each format that has some.
_MAGIC = {"parquet": b"PAR1", "csv.zip": b"PK\x03\x04", "geojson.zip": b"PK\x03\x04"}
#: A header of 60 long names is 3 kB.
_HEADER_BYTES = 65_536


def check_start(head: bytes, kind: str, dataset: Dataset, resource: Resource) -> None:
    """Refuse what is not of the format announced, from its first bytes.

    Parameters
    ----------
    head
        First bytes of the file.
    kind
        What the server says that it sends (``Content-Type``).
    dataset, resource
        What was asked for.

    Raises
    ------
    DataError
        A web page, or another format.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<script")) or (
        kind.lower().startswith("text/html") and start.startswith(b"<")
    ):
        raise wrong(
            dataset,
            resource,
            "une page web est arrivée au lieu du fichier (portail d'accès au réseau, serveur "
            "mandataire, site en maintenance ?)",
        )
    magic = _MAGIC.get(resource.format)
    if magic and not head.startswith(magic):
        raise wrong(dataset, resource, f"ce n'est pas un fichier {resource.format}")
    if not magic and b"\0" in head:
        raise wrong(dataset, resource, "ce n'est pas un fichier texte")


def check_whole(path: Path, dataset: Dataset, resource: Resource) -> None:
    """Refuse a complete file that cannot be opened or lacks a column that its source has.

    Raises
    ------
    DataError
        Damaged, or without a needed column; the text names the source, the file and the column.
    """
    try:
        columns = _columns(path, resource)
    except (pa.ArrowException, *archives.DAMAGED, ValueError, RecursionError, csv.Error) as error:
        said = f"fichier illisible ({one_line(type(error).__name__, 40)})"
        raise wrong(dataset, resource, said) from error
    found = {name.strip().lower() for name in columns}
    missing = [name for name in dataset.colonnes if name.lower() not in found]
    if missing:
        one = len(missing) == 1
        words = ("la colonne", "n'y est pas") if one else ("les colonnes", "n'y sont pas")
        raise wrong(dataset, resource, f"{words[0]} {listing(missing)} {words[1]}")


def unpack(path: Path, dataset: Dataset, resource: Resource, target: Path) -> None:
    """Unpack the file that is wanted of a zip: whole or not at all.

    Raises
    ------
    DataError
        It is not there, damaged, too big, or lacks a needed column.
    OutputError
        ``target`` cannot be written.
    """
    journal = Journal(target)
    entries = archives.list_entries(path, journal)
    entry = _entry(entries, resource.entree)
    if entry is None:
        held = listing([one_line(one.filename, 60) for one in entries], 3)
        raise wrong(dataset, resource, f"l'archive ne contient pas {resource.entree} mais {held}")
    archives.check_sizes([entry], OFFICIAL, journal)
    with writing(target) as beside:
        with zipfile.ZipFile(path) as archive, beside.open("wb") as handle:
            archives.copy_entry(archive, entry, handle, journal)
        check_whole(beside, dataset, resource)


def wrong(dataset: Dataset, resource: Resource, said: str) -> DataError:
    """Say what is wrong with the content of a file, and what to do."""
    return DataError(
        f"{resource.fichier} ({dataset.titre}) : {said} ; rien n'a été gardé, relancez plus tard "
        f"ou voyez {dataset.page}."
    )


def _columns(path: Path, resource: Resource) -> Iterable[str]:
    if resource.format == "parquet":
        return [str(name) for name in pq.read_schema(path).names]
    if resource.format == "csv":
        with path.open("rb") as handle:
            return _header(handle)
    if resource.format == "csv.zip":
        with zipfile.ZipFile(path) as archive:
            entry = _entry(archive.infolist(), resource.entree, ".csv")
            if entry is None:
                raise ValueError("pas de CSV")
            with archive.open(entry) as handle:
                return _header(handle)
    content = json.loads(path.read_bytes())
    try:
        return [str(name) for name in content["features"][0]["properties"]]
    except (TypeError, KeyError, IndexError, AttributeError):
        raise ValueError("GeoJSON sans quartiers") from None


def _header(handle: IO[bytes]) -> list[str]:
    line = handle.read(_HEADER_BYTES).decode("utf-8-sig", "replace").partition("\n")[0]
    cuts = (next(csv.reader([line], delimiter=mark), []) for mark in ",;\t")
    return max(cuts, key=len)


def _entry(entries: list[zipfile.ZipInfo], wanted: str, suffix: str = "") -> zipfile.ZipInfo | None:
    """Find a file of an archive, by its name when it was told, in whatever folder it lies."""
    name = wanted.rpartition("/")[2].lower()
    for one in entries:
        own = one.filename.rpartition("/")[2].lower()
        if own and (own == name if name else own.endswith(suffix)):
            return one
    return None
