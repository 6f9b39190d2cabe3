"""Small files, good and bad, written on demand: what readers meet in the wild.

Every figure here is invented; codes and places are shaped like real ones because readers look at
their shape.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

LON, LAT = 7.75, 48.58  # Strasbourg

POINTS_CSV = "siret,name,longitude,latitude\n12345678901234,Une,7.75,48.58\n,Deux,7.76,48.59\n"


def square(lon: float = LON, lat: float = LAT, size: float = 0.01) -> dict[str, Any]:
    """A square outline as a GeoJSON geometry."""
    ring = [
        [lon, lat],
        [lon + size, lat],
        [lon + size, lat + size],
        [lon, lat + size],
        [lon, lat],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(code: str = "QN06701M", geometry: Any = None, **properties: Any) -> dict[str, Any]:
    """A neighbourhood as a GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": {"code_qp": code, "lib_qp": f"Quartier {code}", **properties},
        "geometry": square() if geometry is None else geometry,
    }


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def crs_member(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


def two_quartiers(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """Two neighbourhoods as a frame, in a CRS, to be written by other libraries."""
    shapes = [shapely.geometry.shape(square(LON + shift)) for shift in (0, 0.02)]
    frame = gpd.GeoDataFrame(
        {"code_qp": ["QN06701M", "QN06702N"], "lib_qp": ["Côté Nord", "L'Été"]},
        geometry=shapes,
        crs="EPSG:4326",
    )
    return frame.to_crs(crs)


def metres(geometry: dict[str, Any], epsg: int = 2154) -> dict[str, Any]:
    """The same geometry with its coordinates in metres."""
    turn = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform
    rings = [[list(turn(x, y)) for x, y in ring] for ring in geometry["coordinates"]]
    return {"type": geometry["type"], "coordinates": rings}


def swapped(geometry: dict[str, Any]) -> dict[str, Any]:
    rings = [[[y, x] for x, y in ring] for ring in geometry["coordinates"]]
    return {"type": geometry["type"], "coordinates": rings}


# --- shapefiles, byte by byte ---------------------------------------------------------------------


def shp(rings_of_each: list[list[list[tuple[float, float]]]], kind: int = 5) -> bytes:
    """A .shp of polygons, each a list of rings."""
    records = b""
    for number, rings in enumerate(rings_of_each, 1):
        points = [point for ring in rings for point in ring]
        starts = [sum(map(len, rings[:place])) for place in range(len(rings))]
        xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
        content = struct.pack(
            "<i4d2i", kind, min(xs), min(ys), max(xs), max(ys), len(rings), len(points)
        )
        content += struct.pack(f"<{len(starts)}i", *starts)
        content += b"".join(struct.pack("<2d", x, y) for x, y in points)
        records += struct.pack(">2i", number, len(content) // 2) + content
    header = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(records)) // 2)
    return header + struct.pack("<2i8d", 1000, kind, *[0.0] * 8) + records


def dbf(columns: dict[str, int], rows: list[list[bytes]], flags: str | None = None) -> bytes:
    """A .dbf of text columns (name -> width)."""
    width = 1 + sum(columns.values())
    start = 32 + 32 * len(columns) + 1
    header = struct.pack("<B3BIHH20x", 3, 126, 1, 1, len(rows), start, width)
    for name, length in columns.items():
        header += struct.pack("<11sc4xBB14x", name.encode(), b"C", length, 0)
    body = b"".join(
        (flags[place].encode() if flags else b" ")
        + b"".join(
            cell[:length].ljust(length) for cell, length in zip(row, columns.values(), strict=True)
        )
        for place, row in enumerate(rows)
    )
    return header + b"\r" + body + b"\x1a"


SQUARE = [(7.75, 48.58), (7.75, 48.59), (7.76, 48.59), (7.76, 48.58), (7.75, 48.58)]
WGS84_PRJ = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_ESRI")
L93_PRJ = pyproj.CRS.from_epsg(2154).to_wkt("WKT1_ESRI")


def shapefile(**parts: bytes | None) -> bytes:
    """A zipped shapefile of one neighbourhood; parts may be replaced or (None) left out."""
    found: dict[str, bytes | None] = {
        "shp": shp([[SQUARE]]),
        "shx": b"",
        "dbf": dbf({"CODE_QP": 8, "NOM_QP": 20}, [[b"QN06701M", "Été".encode("cp1252")]]),
        "prj": WGS84_PRJ.encode(),
        **parts,
    }
    return zipped({f"QP/couche.{name}": data for name, data in found.items() if data is not None})


def zipped(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


# --- other containers -----------------------------------------------------------------------------


def parquet(columns: dict[str, Any], geo: dict[str, Any] | None = None) -> bytes:
    table = pa.table(columns)
    if geo is not None:
        table = table.replace_schema_metadata({b"geo": dump(geo)})
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def xlsx(*sheets: list[list[Any]]) -> bytes:
    """A workbook, one list of rows a sheet."""
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return target.getvalue()


def geopackage(folder: Path, frame: gpd.GeoDataFrame | None = None) -> bytes:
    path = folder / "fait.gpkg"
    (two_quartiers() if frame is None else frame).to_file(path, driver="GPKG", layer="quartiers")
    return path.read_bytes()


def sqlite(folder: Path) -> bytes:
    path = folder / "base.sqlite"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE t (a)")
    base.commit()
    base.close()
    return path.read_bytes()


VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""


@dataclass(frozen=True)
class Bad:
    """A file that must be refused: its name, its bytes, and words of the message."""

    name: str
    make: Callable[[Path], bytes]
    says: str
    reader: str = "quartiers"
    row: int | None = None


def _csv(text: str, encoding: str = "utf-8") -> Callable[[Path], bytes]:
    return lambda _: text.encode(encoding)


def _json(document: Any) -> Callable[[Path], bytes]:
    return lambda _: dump(document)


def _bytes(data: bytes) -> Callable[[Path], bytes]:
    return lambda _: data


def _cut(make: Callable[[Path], bytes], share: float = 0.6) -> Callable[[Path], bytes]:
    def cut(folder: Path) -> bytes:
        whole = make(folder)
        return whole[: int(len(whole) * share)]

    return cut


def _points(count: int, lon: float, lat: float) -> str:
    rows = "".join(f"{number},{lon + number / 1000},{lat}\n" for number in range(count))
    return f"id,longitude,latitude\n{rows}"


BAD = {
    # --- not what the suffix says
    "vide": Bad("q.geojson", _bytes(b""), "le fichier est vide"),
    "blancs": Bad("q.csv", _bytes(b" \n \n"), "que des blancs", "etablissements"),
    "vrt": Bad("q.geojson", _bytes(VRT), "VRT de GDAL .* refusé"),
    "vrt-csv": Bad("e.csv", _bytes(VRT), "VRT de GDAL", "etablissements"),
    "html": Bad("q.geojson", _bytes(b"<!DOCTYPE html><p>404"), "page HTML"),
    "kml": Bad("q.geojson", _bytes(b"<?xml version='1.0'?><kml></kml>"), "document KML"),
    "gdalg": Bad(
        "q.geojson",
        _json({"type": "gdal_streamed_alg", "command_line": "gdal vector read /etc/passwd"}),
        "pas une collection d'entités",
    ),
    "csv-geojson": Bad("q.geojson", _csv(POINTS_CSV), "annonce du GeoJSON"),
    "geojson-csv": Bad("e.csv", _json(collection(feature())), "annonce du CSV", "etablissements"),
    "parquet-csv": Bad(
        "e.csv",
        lambda _: parquet({"a": ["1"]}),
        "annonce du CSV, mais c'est du Parquet",
        "etablissements",
    ),
    "gpkg-geojson": Bad("q.geojson", lambda folder: geopackage(folder), "c'est du GeoPackage"),
    "zip-de-csv": Bad(
        "q.zip", lambda _: zipped({"a.csv": b"a,b"}), "une archive zip sans shapefile"
    ),
    "xls": Bad(
        "e.xlsx",
        _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        r"\.xls",
        "etablissements",
    ),
    "gzip": Bad("e.csv", _bytes(b"\x1f\x8b\x08" + b"\0" * 40), "gzip", "etablissements"),
    "shp-nu": Bad("q.shp", lambda _: shp([[SQUARE]]), r"archive \.zip"),
    "suffixe": Bad("q.dat", _csv(POINTS_CSV), "suffixe « .dat » inconnu"),
    "utf16": Bad("e.csv", _csv(POINTS_CSV, "utf-16"), "UTF-16", "etablissements"),
    # --- damaged
    "geojson-tronque": Bad("q.geojson", _cut(_json(collection(feature()))), "tronqué"),
    "geojson-virgule": Bad(
        "q.geojson", _bytes(b'{"type": "FeatureCollection" "features": []}'), "mal formé"
    ),
    "geojson-profond": Bad(
        "q.geojson", _bytes(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), "profondément"
    ),
    "geojson-liste": Bad("q.geojson", _bytes(b'[{"type": "Feature"}]'), "pas du GeoJSON"),
    "geojson-latin1": Bad(
        "q.geojson",
        lambda _: json.dumps(collection(feature(lib_com="Orléans")), ensure_ascii=False).encode(
            "latin-1"
        ),
        "pas en UTF-8",
    ),
    "geojson-sans-entite": Bad("q.geojson", _json(collection()), "aucune entité"),
    "geojson-entite": Bad("q.geojson", _json(collection(feature(), 3)), "l'entité 2", row=2),
    "geojson-geometrie": Bad(
        "q.geojson",
        _json(collection(feature(), feature("QN06702M", {"type": "Polygon", "coordinates": 3}))),
        "l'entité 2 a une géométrie mal formée",
        row=2,
    ),
    "geojson-type": Bad(
        "q.geojson",
        _json(collection(feature(geometry={"type": "Curve", "coordinates": []}))),
        "géométrie mal formée .*Curve",
        row=1,
    ),
    "geojson-infini": Bad(
        "q.geojson",
        _bytes(dump(collection(feature())).replace(b"7.75", b"Infinity")),
        "pas des nombres",
        row=1,
    ),
    "parquet-tronque": Bad(
        "e.parquet",
        _cut(lambda _: parquet({"longitude": [7.7], "latitude": [48.5]})),
        "Parquet incomplet",
        "etablissements",
    ),
    "gpkg-tronque": Bad("q.gpkg", _cut(lambda folder: geopackage(folder), 0.3), "GeoPackage"),
    "gpkg-sqlite": Bad("q.gpkg", lambda folder: sqlite(folder), "base SQLite"),
    "zip-tronque": Bad("q.zip", _cut(lambda _: shapefile()), "incomplète ou abîmée"),
    "xlsx-tronque": Bad(
        "e.xlsx",
        _cut(lambda _: xlsx([["longitude", "latitude"], [7.7, 48.5]])),
        "incomplète ou abîmée",
        "etablissements",
    ),
    "shp-tronque": Bad("q.zip", lambda _: shapefile(shp=shp([[SQUARE]])[:-30]), "tronqué"),
    "shp-faux": Bad("q.zip", lambda _: shapefile(shp=VRT), r"\.shp n'est pas"),
    "dbf-absent": Bad("q.zip", lambda _: shapefile(dbf=None), r"il manque le \.dbf"),
    "dbf-court": Bad(
        "q.zip", lambda _: shapefile(shp=shp([[SQUARE], [SQUARE]])), "2 entités et le .dbf 1"
    ),
    "deux-shp": Bad(
        "q.zip",
        lambda _: zipped({f"{n}.{x}": b"" for n in "ab" for x in ("shp", "dbf")}),
        "plusieurs shapefiles",
    ),
    "nul": Bad(
        "e.csv",
        lambda _: (POINTS_CSV + "x" * 5000 + "\n").encode() + b",\x00,1,2\n",
        "la ligne 5 contient des octets nuls",
        "etablissements",
        row=5,
    ),
    "octets": Bad(
        "e.csv",
        _bytes(b"siret,nom,lon,lat\n1,\x81\x8d,2,48\n"),
        "ni en UTF-8 ni en Windows-1252",
        "etablissements",
        row=2,
    ),
    "bom-menteur": Bad(
        "e.csv",
        _bytes(b"\xef\xbb\xbfsiret,nom,lon,lat\n1,\xe9t\xe9,2,48\n"),
        "l'annonce",
        "etablissements",
        row=2,
    ),
    "encodages-meles": Bad(
        "e.csv",
        lambda _: "nom,lon,lat\né,2,48\n".encode() + "é,2,48\n".encode("cp1252"),
        "mélange",
        "etablissements",
    ),
    # --- tables
    "sans-separateur": Bad("e.csv", _csv("siret\n123\n"), "séparateur", "etablissements"),
    "sans-entete": Bad("e.csv", _csv("7.7,48.5\n7.8,48.6\n"), "en-tête", "etablissements"),
    "sans-ligne": Bad("e.csv", _csv("siret,lon,lat\n"), "aucune ligne", "etablissements"),
    "ligne-longue": Bad(
        "e.csv",
        _csv("nom,lon,lat\nUn,2.3,48.8\nDeux, trois,2.3,48.8\n"),
        "la ligne 3 a 4 cellules au lieu de 3",
        "etablissements",
        row=3,
    ),
    "guillemet": Bad(
        "e.csv",
        _csv('nom,lon,lat\nUn,2.3,48.8\n"Deux,2.3,48.8\nTrois,2.3,48.8\n'),
        "guillemet à la ligne 3",
        "etablissements",
        row=3,
    ),
    "xlsx-vide": Bad("e.xlsx", lambda _: xlsx([]), "aucun tableau", "etablissements"),
    "parquet-vide": Bad(
        "e.parquet",
        lambda _: parquet({"longitude": pa.array([], pa.float64())}),
        "aucune ligne",
        "etablissements",
    ),
    # --- coordinates
    "sans-coordonnees": Bad(
        "e.csv", _csv("siret,nom\n1,a\n"), "aucune coordonnée", "etablissements"
    ),
    "inversees": Bad("e.csv", _csv(_points(9, LAT, LON)), "inversées", "etablissements"),
    "lambert-en-degres": Bad(
        "e.csv", _csv(_points(9, 1_050_000, 6_840_000)), "Lambert", "etablissements"
    ),
    "ailleurs": Bad("e.csv", _csv(_points(9, 120, -45)), "hors de tout", "etablissements"),
    "lambert-sans-epsg": Bad(
        "e.csv", _csv("nom,x,y\na,1050000,6840000\n"), "colonne epsg", "etablissements", row=2
    ),
    "epsg-inconnu": Bad(
        "e.csv",
        _csv("nom,x,y,epsg\na,1050000,6840000,999999\n"),
        "EPSG:999999",
        "etablissements",
        row=2,
    ),
    "contours-pour-points": Bad(
        "e.geojson", _json(collection(feature())), "n'est pas un point", "etablissements", row=1
    ),
    "metres-en-degres": Bad(
        "q.geojson",
        _json(collection(feature(geometry=metres(square())))),
        "contredit la projection",
        row=1,
    ),
    "degres-en-metres": Bad(
        "q.geojson",
        _json(collection(feature(), crs=crs_member("urn:ogc:def:crs:EPSG::2154"))),
        "contredit la projection annoncée : EPSG:2154 est en mètres",
    ),
    "prj-menteur": Bad(
        "q.zip", lambda _: shapefile(prj=L93_PRJ.encode()), "EPSG:2154 est en mètres"
    ),
    "mauvaise-zone": Bad(
        "q.geojson",
        _json(
            collection(
                feature(geometry=metres(square(-52.3, 4.9), 2972)), crs=crs_member("EPSG:2154")
            )
        ),
        "contredit la projection",
    ),
    "contours-inverses": Bad(
        "q.geojson", _json(collection(feature(geometry=swapped(square())))), "inversées"
    ),
    "crs-inconnu": Bad(
        "q.geojson",
        _json(collection(feature(), crs=crs_member("urn:ogc:def:crs:EPSG::999999"))),
        "projection « urn:ogc:def:crs:EPSG::999999 » inconnue",
    ),
    "crs-fichier": Bad(
        "q.geojson",
        _json(collection(feature(), crs=crs_member("+init=file:/etc/passwd"))),
        "inconnue",
    ),
    "crs-lien": Bad(
        "q.geojson",
        _json(collection(feature(), crs={"type": "link", "properties": {"href": "http://x/"}})),
        "inconnue",
    ),
    "prj-absent": Bad("q.zip", lambda _: shapefile(prj=None), "projection inconnue"),
    "prj-illisible": Bad("q.zip", lambda _: shapefile(prj=b"GEOGCS["), "inconnue"),
    # --- neighbourhoods
    "sans-code": Bad(
        "q.geojson",
        _json(collection({"type": "Feature", "properties": {"nom": "A"}, "geometry": square()})),
        "aucune colonne de code",
    ),
    "sans-contour": Bad("q.csv", _csv("code_qp,nom\nQN06701M,A\n"), "pas de contours"),
    "contour-nul": Bad(
        "q.geojson",
        _json(collection(feature(), {**feature("QN06702M"), "geometry": None})),
        "sans contour .QN06702M",
        row=2,
    ),
    "points-pour-contours": Bad(
        "q.geojson",
        _json(collection(feature(geometry={"type": "Point", "coordinates": [LON, LAT]}))),
        "n'est pas un polygone",
        row=1,
    ),
    "lignes-pour-contours": Bad(
        "q.geojson",
        _json(
            collection(
                feature(
                    geometry={"type": "LineString", "coordinates": [[LON, LAT], [LON + 1, LAT]]}
                )
            )
        ),
        "n'est pas un polygone",
        row=1,
    ),
    "sans-surface": Bad(
        "q.geojson",
        _json(
            collection(
                feature(
                    geometry={
                        "type": "Polygon",
                        "coordinates": [[[LON, LAT], [LON + 1, LAT], [LON, LAT]]],
                    }
                )
            )
        ),
        "sans surface|mal formée",
    ),
    "code-double": Bad(
        "q.geojson",
        _json(collection(feature(), feature(geometry=square(7.8)))),
        "code de quartier en double : QN06701M .*entités 1 et 2",
        row=2,
    ),
    "code-vide": Bad("q.geojson", _json(collection(feature(""))), "sans code", row=1),
    "code-inconnu": Bad(
        "q.geojson", _json(collection(feature("ZZ1"))), "génération est inconnue", row=1
    ),
    "generation-inconnue": Bad(
        "q.geojson", _json(collection(feature(generation="2007"))), "génération « 2007 »", row=1
    ),
    # --- population
    "population-sans-code": Bad(
        "p.csv", _csv("nom,population\na,3\n"), "aucune colonne code_qp", "population"
    ),
    "population-double": Bad(
        "p.csv", _csv("qp;pop\nQP001001;3\nQP001001;4\n"), "en double", "population", row=3
    ),
    "population-negative": Bad(
        "p.csv", _csv("qp;pop\nQP001001;-3\n"), "négative", "population", row=2
    ),
}


def write(bad: Bad, folder: Path) -> Path:
    """Write a file of the corpus and return its path."""
    path = folder / bad.name
    path.write_bytes(bad.make(folder))
    return path


def points_frame(rows: int = 3) -> pd.DataFrame:
    """A few establishments, text only, as any format may hold them."""
    return pd.DataFrame(
        {
            "siret": [f"{number:014d}" for number in range(rows)],
            "denomination": ["Régie, dite « Été »", 'Une "petite" coopérative', "Deux\nlignes"][
                :rows
            ],
            "code_commune": ["67482", "01053", "2A004"][:rows],
            "longitude": ["7.750001", "5.22", "8.73"][:rows],
            "latitude": ["48.58", "46.2", "41.92"][:rows],
        }
    )
