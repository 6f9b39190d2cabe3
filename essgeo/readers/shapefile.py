"""Zipped shapefile: the only format that is handed to GDAL, and only as files of our own.

The entries are checked in Python, then unpacked under names of our own in a folder of our own.
GDAL chooses its driver by content and a VRT names other files: every driver that could follow a
name or an address is kept from being registered, before pyogrio is first imported.
"""

from __future__ import annotations

import codecs
import os
import struct
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import shapely

from essgeo.readers import crs
from essgeo.readers.archives import check_sizes, copy_entry, list_entries
from essgeo.readers.opening import Opened, max_bytes
from essgeo.readers.raw import Raw, scalar_text
from essgeo.readers.report import Journal

#: Drivers that stay registered: the shapefile that is read here, and what exports write.
KEPT_DRIVERS = frozenset({"ESRI Shapefile", "GeoJSON", "GPKG", "MEM", "Memory"})

# All other vector drivers that GDAL 3.x may carry (it has no setting for « only these »).
SKIPPED_DRIVERS = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,CSV,"
    "GML,GPX,LIBKML,KML,GeoJSONSeq,ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,"
    "FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,OAPIF,EDIGEO,Idrisi,ODS,XLSX,"
    "Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,GTFS,"
    "PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP"
)
os.environ.setdefault("OGR_SKIP", SKIPPED_DRIVERS)

import pyogrio  # noqa: E402 - the setting above is read when it is imported

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SHP_MAGIC = 9994


def read_shapefile(opened: Opened, journal: Journal) -> Raw:
    """Read the one shapefile of a zip archive.

    Raises
    ------
    DataError
        Damaged or oversized archive, several shapefiles, a part missing, unreadable shapefile.
    """
    parts = _parts(list_entries(opened.path, journal), journal)
    check_sizes(list(parts.values()), max_bytes(), journal)
    with tempfile.TemporaryDirectory(prefix="essgeo-") as name:
        folder = Path(name)
        with zipfile.ZipFile(opened.path) as archive:
            for suffix, entry in parts.items():
                with (folder / f"couche{suffix}").open("wb") as target:
                    copy_entry(archive, entry, target, journal)
        return _read(folder, journal)


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
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in parts]
    if missing:
        raise journal.error(
            f"il manque {' et '.join(missing)} à côté du .shp dans l'archive ; "
            "remettez-y .shp, .shx, .dbf et .prj."
        )
    return parts


def _read(folder: Path, journal: Journal) -> Raw:
    layer = folder / "couche.shp"
    head = layer.read_bytes()[:32]
    if len(head) < 32 or struct.unpack(">i", head[:4])[0] != _SHP_MAGIC:
        raise journal.error("le .shp de l'archive n'est pas un shapefile ; refaites l'archive.")
    announced = 2 * int(struct.unpack(">i", head[24:28])[0])
    if announced > layer.stat().st_size:
        raise journal.error("le .shp de l'archive est tronqué ; téléchargez l'archive à nouveau.")
    encoding = _encoding(folder)
    prj = folder / "couche.prj"
    wkt = prj.read_bytes().decode("utf-8", errors="replace") if prj.exists() else ""
    # GDAL guesses nothing: encoding and projection were read above.
    prj.unlink(missing_ok=True)
    (folder / "couche.cpg").unlink(missing_ok=True)
    try:
        meta, _, geometry, fields = pyogrio.raw.read(str(layer), encoding=encoding)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, ValueError) as error:
        raise journal.error(
            "le shapefile de l'archive est illisible ; refaites l'archive."
        ) from error
    if not len(geometry):
        raise journal.error("le shapefile ne contient aucune entité ; exportez-le à nouveau.")
    columns = {
        str(name): pd.Series([_text(value) for value in cells], dtype="str")
        for name, cells in zip(meta["fields"], fields, strict=True)
    }
    declared = crs.from_wkt(wkt) if wkt else None
    return Raw(
        format="Shapefile",
        source=pd.DataFrame(columns, index=pd.RangeIndex(len(geometry))),
        shapes=np.asarray(shapely.force_2d(shapely.from_wkb(geometry)), dtype=object),
        crs=declared,
        crs_label="" if not wkt else crs.label(declared) or wkt[:60],
        encoding={"utf-8": "UTF-8", "cp1252": "Windows-1252"}.get(encoding.lower(), encoding),
    )


def _encoding(folder: Path) -> str:
    """Return the encoding of the attributes: what the .cpg says when true, else what they are."""
    cpg = folder / "couche.cpg"
    cells = (folder / "couche.dbf").read_bytes()
    header = int.from_bytes(cells[8:10], "little")
    body = cells[header:]
    if cpg.exists():
        said = cpg.read_bytes()[:40].decode("ascii", errors="replace").strip().upper()
        said = {"1252": "CP1252", "ANSI 1252": "CP1252", "65001": "UTF-8"}.get(said, said)
        try:
            body.decode(said)
            return codecs.lookup(said).name
        except (LookupError, UnicodeDecodeError):
            pass
    try:
        body.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def _text(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    return "" if value is None else scalar_text(value)
