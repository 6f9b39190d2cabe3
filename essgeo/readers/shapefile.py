"""Zipped shapefile: the archive is checked, then its parts are read from memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from essgeo.readers import crs
from essgeo.readers.archives import check_sizes, copy_entry, list_entries
from essgeo.readers.esri import WITH_HEIGHTS, BadShapefileError, read_dbf, read_shp
from essgeo.readers.opening import Opened
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal

_PARTS = (".shp", ".dbf", ".prj", ".cpg")
# What .cpg files hold, as Python names it.
_ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "65001": "utf-8",
    "1252": "cp1252",
    "CP1252": "cp1252",
    "ANSI 1252": "cp1252",
    "WINDOWS-1252": "cp1252",
    "ISO-8859-1": "cp1252",
    "ISO 8859-1": "cp1252",
    "ISO-8859-15": "iso8859-15",
    "88591": "cp1252",
    "8859_1": "cp1252",
}

# One letter cut for that many whole ones is the width of a column; more is another encoding.
_CUT_LETTERS = 20


def read_shapefile(opened: Opened, journal: Journal) -> Raw:
    """Read the one shapefile of a zip archive.

    Nothing is unpacked to the disk, so names inside the archive lead nowhere.

    Raises
    ------
    DataError
        Damaged or oversized archive, several shapefiles, a part missing, unreadable shapefile.
    """
    entries = _parts(list_entries(opened.path, journal), journal)
    check_sizes(list(entries.values()), opened.request, journal)
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(opened.path) as archive:
        for suffix, entry in entries.items():
            target = io.BytesIO()
            copy_entry(archive, entry, target, journal)
            parts[suffix] = target.getvalue()
    encoding = _encoding(parts)
    try:
        shapes = read_shp(parts[".shp"])
        source, kept = read_dbf(parts[".dbf"], encoding)
    except BadShapefileError as error:
        raise journal.error(
            f"shapefile illisible : {error} ; téléchargez ou refaites l'archive."
        ) from error
    if opened.request.loose and parts[".shp"][32] in WITH_HEIGHTS:
        journal.inform("les formes ont des altitudes ou des mesures ; elles sont laissées de côté.")
    if len(shapes) != len(source):
        raise journal.error(
            f"le .shp a {len(shapes)} entités et le .dbf {len(source)} lignes ; refaites l'archive."
        )
    if not kept.all():
        journal.inform("des entités marquées comme supprimées dans le .dbf sont laissées de côté.")
        source, shapes = source[kept].reset_index(drop=True), shapes[kept]
    if not len(source):
        raise journal.error("le shapefile ne contient aucune entité ; exportez-le à nouveau.")
    wkt = parts.get(".prj", b"").decode("utf-8", errors="replace").strip("\ufeff\0 \r\n\t")
    declared = crs.from_wkt(wkt) if wkt else None
    return Raw(
        format="Shapefile",
        source=source,
        shapes=shapes,
        crs=declared,
        crs_label="" if not wkt else crs.label(declared) or wkt[:60],
        encoding={"utf-8": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, encoding),
    )


def _parts(entries: list[zipfile.ZipInfo], journal: Journal) -> dict[str, zipfile.ZipInfo]:
    """Choose the entries of the one shapefile, whatever folder they lie in."""
    shapefiles = [entry for entry in entries if entry.filename.lower().endswith(".shp")]
    if len(shapefiles) > 1:
        names = journal.some([PurePosixPath(entry.filename).name for entry in shapefiles])
        raise journal.error(
            f"l'archive contient plusieurs shapefiles ({names}) ; gardez-en un par archive."
        )
    stem = shapefiles[0].filename[: -len(".shp")].lower()
    parts = {
        suffix: entry
        for entry in entries
        for suffix in _PARTS
        if entry.filename.lower() == stem + suffix
    }
    if ".dbf" not in parts:
        raise journal.error(
            "il manque le .dbf à côté du .shp dans l'archive ; remettez-y .shp, .shx, .dbf et .prj."
        )
    return parts


def _encoding(parts: dict[str, bytes]) -> str:
    """Return the encoding of the attributes: what the .cpg says when true, else what they are."""
    cells = parts[".dbf"][int.from_bytes(parts[".dbf"][8:10], "little") :]
    said = parts.get(".cpg", b"")[:40].decode("ascii", errors="replace").strip("\0 \r\n\t").upper()
    for encoding in (_ENCODINGS.get(said), "utf-8", "cp1252"):
        if encoding is not None and _decodes(cells, encoding):
            return encoding
    # The five bytes that Windows-1252 leaves undefined have a meaning in Latin-1 (controls).
    return "latin-1"


def _decodes(cells: bytes, encoding: str) -> bool:
    """Tell whether texts are in an encoding, but for letters cut by the width of a column."""
    text = cells.decode(encoding, errors="replace")
    return _CUT_LETTERS * text.count("\ufffd") <= sum(not char.isascii() for char in text)
