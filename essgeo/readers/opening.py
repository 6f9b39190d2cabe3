"""Is there a file, how big is it, what does its content say it is.

The content decides; the suffix is only checked against it. Nothing here gives a path to GDAL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from essgeo.readers.archives import list_entries
from essgeo.readers.report import Journal
from essgeo.readers.request import OFFICIAL, Request

#: Formats read, each with the suffixes that announce it.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "GeoJSON": (".geojson", ".json"),
    "GeoPackage": (".gpkg",),
    "Shapefile": (".zip",),
    "Parquet": (".parquet", ".geoparquet", ".pq"),
    "CSV": (".csv", ".txt", ".tsv"),
    "XLSX": (".xlsx",),
}

_READ = (
    "formats lus : GeoJSON, GeoPackage (.gpkg), shapefile dans une archive .zip, Parquet, CSV, XLSX"
)

#: First bytes of a file -> what it is. The order matters: the longest come first.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\x00", "GeoPackage"),
    (b"PAR1", "Parquet"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "une archive zip en plusieurs volumes"),
    (b"\xd0\xcf\x11\xe0", "un classeur Excel ancien (.xls) ou protégé par un mot de passe"),
    (b"%PDF", "un document PDF"),
    (b"\x1f\x8b", "un fichier compressé gzip"),
    (b"BZh", "un fichier compressé bzip2"),
    (b"7z\xbc\xaf", "une archive 7z"),
    (b"Rar!", "une archive RAR"),
    (b"\xfd7zXZ", "un fichier compressé xz"),
    (b"\x89PNG", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"\x00\x00\x27\x0a", "un shapefile hors de son archive"),
    (b"fgb\x03", "un fichier FlatGeobuf"),
    (b"ARROW1", "un fichier Arrow/Feather"),
)

_ADVICE = {
    "un shapefile hors de son archive": (
        "mettez ensemble .shp, .shx, .dbf et .prj dans une archive .zip"
    ),
    "un classeur Excel ancien (.xls) ou protégé par un mot de passe": (
        "enregistrez-le au format .xlsx, sans mot de passe"
    ),
    "un document KML": "exportez-le en GeoJSON",
    "une archive KMZ (du KML)": "exportez-la en GeoJSON",
    "un fichier compressé gzip": "décompressez-le d'abord",
    "un fichier compressé bzip2": "décompressez-le d'abord",
    "un fichier compressé xz": "décompressez-le d'abord",
    "une archive 7z": "décompressez-la d'abord",
    "une archive RAR": "décompressez-la d'abord",
}

_HEAD = 4096


@dataclass(frozen=True)
class Opened:
    """A file that exists, is not empty, not too big, and is of a format that is read."""

    path: Path
    format: str
    size: int
    request: Request = OFFICIAL


def open_file(path: Path, journal: Journal, request: Request = OFFICIAL) -> Opened:
    """Check a file and recognise its format by its content.

    Raises
    ------
    DataError
        Missing, a folder, unreadable, empty, too big, of a format that is not read, or not what
        its suffix announces.
    """
    head, size = _head(path, journal, request)
    found = _sniff(path, head, journal)
    suffix = path.suffix.lower()
    announced = next((name for name, known in SUFFIXES.items() if suffix in known), None)
    if announced is not None and found != announced:
        raise journal.error(_mismatch(suffix, announced, found, head))
    if found not in SUFFIXES:
        advice = _ADVICE.get(found, _READ)
        raise journal.error(f"c'est {found}, ce n'est pas lu ; {advice}.")
    if announced is None and found == "CSV":
        # Any text passes for a table; without the suffix nothing says that it is one.
        raise journal.error(
            f"suffixe « {suffix or 'absent'} » inconnu et contenu non reconnu ; {_READ}."
        )
    return Opened(path, found, size, request)


def read_bytes(opened: Opened, journal: Journal) -> bytes:
    """Read a whole file that was opened."""
    try:
        return opened.path.read_bytes()
    except OSError as error:
        raise journal.error(
            f"lecture impossible ({error.strerror or error}) ; vérifiez le support et les droits."
        ) from error


def _head(path: Path, journal: Journal, request: Request) -> tuple[bytes, int]:
    """Return the first bytes and the size."""
    try:
        if path.is_dir():
            raise journal.error("c'est un dossier ; donnez un fichier.")
        if not path.exists():
            raise journal.error("fichier introuvable ; vérifiez le chemin.")
        if not path.is_file():
            raise journal.error("ce n'est pas un fichier ordinaire ; donnez un fichier.")
        size = path.stat().st_size
        if size == 0:
            raise journal.error("le fichier est vide ; téléchargez-le ou exportez-le à nouveau.")
        if size > request.most:
            raise journal.error(
                f"le fichier pèse {size / 1e6:.0f} Mo, plus que la limite de "
                f"{request.most / 1e6:.0f} Mo ; {request.advice}."
            )
        with path.open("rb") as handle:
            return handle.read(_HEAD), size
    except (OSError, ValueError) as error:
        # ValueError covers DataError (re-raised as it is) and a NUL byte in the path itself.
        if journal.problems:
            raise
        raise journal.error(
            f"lecture impossible ({getattr(error, 'strerror', '') or error}) ; "
            "vérifiez le chemin et les droits."
        ) from error


def _sniff(path: Path, head: bytes, journal: Journal) -> str:
    """Name the format of a content: a key of SUFFIXES, or what it is in French."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return _sniff_zip(path, journal) if name == "zip" else name
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "un texte en UTF-16"
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in head:
        return "un fichier binaire (octets nuls)"
    if not bare:
        raise journal.error(
            "le fichier ne contient que des blancs ; téléchargez-le ou exportez-le à nouveau."
        )
    if bare.startswith(b"<"):
        return _sniff_xml(bare)
    if bare.startswith(b"{"):
        return "GeoJSON"
    if bare.startswith(b"[") and re.match(rb"\[\s*[\{\[]", bare):
        return "du JSON qui n'est pas du GeoJSON"
    return "CSV"


def _sniff_xml(bare: bytes) -> str:
    """Name an XML or HTML content; GDAL would follow the files and addresses that it names."""
    if b"<OGRVRT" in bare or b"<VRTDataset" in bare:
        return "un document VRT de GDAL"
    if re.match(rb"<(!doctype html|html)", bare, re.IGNORECASE):
        return "une page HTML"
    if b"<kml" in bare:
        return "un document KML"
    return "un document XML"


def _sniff_zip(path: Path, journal: Journal) -> str:
    """Name what a zip holds by its list of entries."""
    names = [entry.filename.lower() for entry in list_entries(path, journal)]
    if {"[content_types].xml", "xl/workbook.xml"} <= set(names):
        return "XLSX"
    if any(name.endswith(".shp") for name in names):
        return "Shapefile"
    if not names:
        return "une archive zip vide"
    if any(name.endswith(".kml") for name in names):
        return "une archive KMZ (du KML)"
    if "mimetype" in names or "[content_types].xml" in names:
        return "un document bureautique d'un autre type que .xlsx"
    return "une archive zip sans shapefile"


def _mismatch(suffix: str, announced: str, found: str, head: bytes) -> str:
    """Say that a file is not what its suffix announces."""
    if found in SUFFIXES:
        seen = {"Shapefile": "un shapefile zippé", "CSV": "du texte"}.get(found, f"du {found}")
        if found == "CSV" and head.lstrip()[:1] in b'}]"0123456789-':
            seen = "un texte sans début reconnaissable (fichier tronqué ?)"
        advice = f"renommez-le en {SUFFIXES[found][0]} si c'est bien ce que vous vouliez donner"
        if found == "CSV":
            advice = "exportez ou téléchargez le fichier à nouveau"
    else:
        seen = found
        advice = _ADVICE.get(found, _READ)
        if found == "un document VRT de GDAL":
            advice = (
                "un VRT désigne d'autres fichiers, il est refusé : donnez les données elles-mêmes"
            )
        elif found.startswith(("un texte en UTF-16", "un fichier binaire")):
            advice = "enregistrez-le en UTF-8"
    return f"le suffixe {suffix} annonce du {announced}, mais c'est {seen} ; {advice}."
