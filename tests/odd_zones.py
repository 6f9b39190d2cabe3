"""Files of zones as people have them: shapes of every kind, archives of every make."""

from __future__ import annotations

import io
import json
import math
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tests import corpus
from tests.corpus import LAT, LON, square
from tests.odd import Odd, locked, octets, text

Make = Callable[[Path], bytes]

RING = square()["coordinates"][0]


def shapes(*geometries: Any, **members: Any) -> Make:
    """A collection of zones without other property than a name."""
    features = [
        {"type": "Feature", "properties": {"nom": f"Zone {place}"}, "geometry": geometry}
        for place, geometry in enumerate(geometries)
    ]
    return octets(corpus.dump(corpus.collection(*features, **members)))


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def boxed(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return polygon(ring)


def _holes(count: int) -> dict[str, Any]:
    """A square of one degree with many square holes."""
    side = math.isqrt(count) + 1
    step = 1 / (side + 1)
    rings = [boxed(LON, LAT, LON + 1, LAT + 1)["coordinates"][0]]
    for number in range(count):
        x, y = LON + step * (number % side + 1), LAT + step * (number // side + 1)
        rings.append(boxed(x, y, x + step / 2, y + step / 2)["coordinates"][0])
    return polygon(*rings)


def _circle(points: int) -> dict[str, Any]:
    turns = [2 * math.pi * place / points for place in range(points)]
    ring = [[LON + math.cos(turn) / 100, LAT + math.sin(turn) / 100] for turn in turns]
    return polygon([*ring, ring[0]])


def star(points: int) -> dict[str, Any]:
    """A ring of chords that all cross: mending it takes the square of their number."""
    turn = 2 * math.pi * (points // 2 - 1) / points
    ring = [
        [LON + math.cos(turn * place) / 100, LAT + math.sin(turn * place) / 100]
        for place in range(points)
    ]
    return polygon([*ring, ring[0]])


def comb(teeth: int) -> dict[str, Any]:
    """Teeth of 3 km, half a metre apart: each meets all the others once widened."""
    points = [[LON, LAT]]
    for tooth in range(teeth):
        x = LON + tooth * 1e-5
        points += [[x, LAT + 0.03], [x + 5e-6, LAT + 0.03], [x + 5e-6, LAT], [x + 1e-5, LAT]]
    points += [[points[-1][0], LAT - 0.001], [LON, LAT - 0.001]]
    return polygon([*points, points[0]])


def _nested(depth: int) -> dict[str, Any]:
    geometry: dict[str, Any] = square()
    for _ in range(depth):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    return geometry


def _entry(name: str, data: bytes, mode: int = 0, flag: int = 0) -> bytes:
    """An archive with the parts of a shapefile and one more entry."""
    target = io.BytesIO(corpus.shapefile())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, data)
    return target.getvalue()


def _linked() -> bytes:
    """A shapefile whose .shp is a symbolic link to another file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("q.shp")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("q.dbf", corpus.dbf({"NOM": 3}, [[b"a"]]))
        archive.writestr("q.prj", corpus.WGS84_PRJ)
    return target.getvalue()


def gpkg(change: Callable[[sqlite3.Connection], None]) -> Make:
    """A GeoPackage of two zones, changed by SQL."""

    def make(folder: Path) -> bytes:
        corpus.geopackage(folder)
        base = sqlite3.connect(folder / "fait.gpkg")
        # Its triggers call functions that only GDAL has.
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type='trigger'"):
            base.execute(f'DROP TRIGGER "{name}"')
        change(base)
        base.commit()
        base.close()
        return (folder / "fait.gpkg").read_bytes()

    return make


def of_wkb(wkb: bytes) -> Make:
    blob = b"GP\x00\x01" + struct.pack("<i", 4326) + wkb
    return gpkg(lambda base: base.execute("UPDATE quartiers SET geom = ?", (blob,)))


def _view(base: sqlite3.Connection) -> None:
    base.execute("ALTER TABLE quartiers RENAME TO autre")
    base.execute(
        "CREATE VIEW quartiers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
        "SELECT i AS fid, (SELECT geom FROM autre LIMIT 1) AS geom FROM n"
    )
    base.execute("UPDATE gpkg_contents SET table_name = 'quartiers'")
    base.execute("UPDATE gpkg_geometry_columns SET table_name = 'quartiers'")


def _two_layers(base: sqlite3.Connection) -> None:
    base.execute("CREATE TABLE autre (fid INTEGER PRIMARY KEY, geom BLOB)")
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id) "
        "VALUES ('autre', 'features', 4326)"
    )
    base.execute(
        "INSERT INTO gpkg_geometry_columns VALUES ('autre', 'geom', 'POLYGON', 4326, 0, 0)"
    )


def _frame(epsg: int) -> Make:
    frame = gpd.GeoDataFrame({"nom": ["A"]}, geometry=[shapely.box(7.7, 48.5, 7.8, 48.6)], crs=4326)
    return lambda folder: corpus.geopackage(folder, frame.to_crs(epsg))


# A curve polygon (type 10) of one circular string (type 8), as other tools write it.
_ARC = struct.pack("<BIIBII", 1, 10, 1, 1, 8, 5) + struct.pack(
    "<10d", 7.75, 48.58, 7.755, 48.585, 7.76, 48.58, 7.755, 48.575, 7.75, 48.58
)
_DEEP_JSON = (
    b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": '
    + b'{"type": "GeometryCollection", "geometries": [' * 20_000
    + b"]}" * 20_000
    + b"}]}"
)
_HUGE = struct.pack("<BIII", 1, 3, 1, 2**31 - 1)
_POINT = {"type": "Point", "coordinates": [LON, LAT]}
_LINE = {"type": "LineString", "coordinates": RING}
_MIXED = {"type": "GeometryCollection", "geometries": [_POINT, _LINE, square()]}
_HIGH = polygon([[*point, 120.5] for point in RING])
_MEASURED = polygon([[*point, 120.5, 3] for point in RING])
_BOW = polygon([[7.75, 48.58], [7.76, 48.59], [7.76, 48.58], [7.75, 48.59], [7.75, 48.58]])
_KMZ = corpus.zipped({"doc.kml": b"<kml/>"})

ZONES: dict[str, Odd] = {
    # --- what is taken
    "geojson": Odd("z.geojson", shapes(square(), square(7.8)), 2),
    "sans-propriete": Odd(
        "z.json",
        octets(
            corpus.dump(
                corpus.collection({"type": "Feature", "properties": {}, "geometry": square()})
            )
        ),
        1,
        "1\u00a0zone sans nom",
        cells={(0, "code_qp"): "Z1", (0, "lib_qp"): "Zone 1", (0, "generation"): "zones"},
    ),
    "codes-a-eux": Odd(
        "z.geojson",
        octets(corpus.dump(corpus.collection(corpus.feature("QN06701M"), corpus.feature("v2")))),
        2,
        cells={(0, "code_qp"): "QN06701M", (1, "code_qp"): "v2"},
    ),
    "codes-en-double": Odd(
        "z.geojson",
        octets(corpus.dump(corpus.collection(corpus.feature("A"), corpus.feature("A")))),
        2,
        "se répètent",
        cells={(1, "code_qp"): "Z2"},
    ),
    "noms-hostiles": Odd(
        "z.geojson",
        octets(corpus.dump(corpus.collection(corpus.feature("<b>", lib_qp="=1+1</script>\u202e")))),
        1,
        cells={(0, "code_qp"): "<b>", (0, "lib_qp"): "=1+1</script>\u202e"},
    ),
    "population": Odd(
        "z.geojson", octets(corpus.dump(corpus.collection(corpus.feature(population="1 200")))), 1
    ),
    "multipolygone": Odd("z.geojson", shapes({"type": "MultiPolygon", "coordinates": [[RING]]}), 1),
    "lambert-93": Odd("z.gpkg", _frame(2154), 1),
    "lambert-2-etendu": Odd("z.gpkg", _frame(27572), 1),
    "shapefile": Odd("z.zip", octets(corpus.shapefile()), 1),
    "shapefile-sans-shx": Odd("z.zip", lambda _: corpus.shapefile(shx=None), 1),
    "shapefile-majuscules": Odd(
        "Z.ZIP",
        lambda _: corpus.zipped(
            {
                "Q.SHP": corpus.shp([[corpus.SQUARE]]),
                "Q.DBF": corpus.dbf({"NOM": 3}, [[b"a"]]),
                "Q.PRJ": corpus.WGS84_PRJ.encode(),
            }
        ),
        1,
    ),
    "parquet": Odd(
        "z.parquet",
        lambda folder: (
            corpus.two_quartiers().to_parquet(folder / "z.pq"),
            (folder / "z.pq").read_bytes(),
        )[1],
        2,
    ),
    # --- shapes
    "altitudes": Odd("z.geojson", shapes(_HIGH), 1, "1\u00a0forme avec des altitudes"),
    "mesures": Odd("z.geojson", shapes(_MEASURED), says="mal formée"),
    "altitudes-shp": Odd(
        "z.zip", lambda _: corpus.shapefile(shp=corpus.shp([[corpus.SQUARE]], 15)), 1, "altitudes"
    ),
    "collection": Odd("z.geojson", shapes(_MIXED), 1, "seuls les polygones sont gardés"),
    "collection-sans-polygone": Odd(
        "z.geojson",
        shapes({"type": "GeometryCollection", "geometries": [_POINT, _LINE]}),
        says="n'est pas un polygone",
    ),
    "collections-emboitees": Odd("z.geojson", shapes(_nested(50)), 1, "seuls les polygones"),
    "collections-sans-fin": Odd("z.geojson", octets(_DEEP_JSON), says="profond"),
    "point": Odd("z.geojson", shapes(square(), _POINT), says="1\u00a0zone dont le contour"),
    "ligne": Odd("z.geojson", shapes(_LINE), says="n'est pas un polygone .*: ligne"),
    "points": Odd(
        "z.geojson", shapes({"type": "MultiPoint", "coordinates": RING}), says="pas un polygone"
    ),
    "sans-contour": Odd("z.geojson", shapes(square(), None), says="1\u00a0zone sans contour"),
    "polygone-vide": Odd("z.geojson", shapes(polygon()), says="sans contour"),
    "anneau-vide": Odd("z.geojson", shapes(polygon([])), says="sans contour|mal formée"),
    "deux-points": Odd("z.geojson", shapes(polygon(RING[:2])), says="mal formée|sans surface"),
    "sans-surface": Odd(
        "z.geojson",
        shapes(polygon([RING[0], RING[1], RING[0], RING[0]])),
        says="sans surface|pas un",
    ),
    "noeud-papillon": Odd("z.geojson", shapes(_BOW), 1, "réparé"),
    "dix-mille-trous": Odd("z.geojson", shapes(_holes(10_000)), 1),
    "trou-dehors": Odd(
        "z.geojson",
        shapes(polygon(RING, square(LON + 0.1)["coordinates"][0])),
        1,
        "réparé",
    ),
    "trop-de-sommets": Odd("z.geojson", shapes(_circle(70_000)), says="70\u202f001 sommets"),
    "trop-de-zones": Odd("z.geojson", shapes(*[square()] * 3_001), says="3\u202f001 lignes"),
    "coordonnees-texte": Odd("z.geojson", shapes(polygon([["a", "b"]] * 4)), says="mal formée"),
    "coordonnees-nulles": Odd(
        "z.geojson", shapes(polygon([[None, None]] * 4)), says="sans contour"
    ),
    "nan": Odd(
        "z.geojson",
        octets(json.dumps(corpus.collection(corpus.feature())).replace("7.75", "NaN").encode()),
        says="mal formée|pas des nombres",
    ),
    "infini": Odd(
        "z.geojson",
        octets(json.dumps(corpus.collection(corpus.feature())).replace("7.75", "1e999").encode()),
        says="pas des nombres",
    ),
    "entier-demesure": Odd(
        "z.geojson",
        octets(
            json.dumps(corpus.collection(corpus.feature())).replace("7.75", "9" * 5000).encode()
        ),
        says="démesuré",
    ),
    "multipatch": Odd(
        "z.zip", lambda _: corpus.shapefile(shp=corpus.shp([[corpus.SQUARE]], 31)), says="non lu"
    ),
    "courbes": Odd("z.gpkg", of_wkb(_ARC), says="des courbes"),
    "wkb-menteur": Odd("z.gpkg", of_wkb(_HUGE), says="mal formée"),
    "wkb-coupe": Odd("z.gpkg", of_wkb(b"\x01\x03"), says="mal formée"),
    # --- places
    "antimeridien": Odd(
        "z.geojson", shapes(boxed(-179.9, -14, 179.9, -13)), says="passe l'antiméridien"
    ),
    "au-dela-de-180": Odd(
        "z.geojson", shapes(boxed(179, -14, 183, -13)), says="passe l'antiméridien"
    ),
    "inversees": Odd("z.geojson", shapes(corpus.swapped(square())), says="inversées"),
    "ailleurs": Odd("z.geojson", shapes(square(100, 10)), says="hors de tout"),
    "metres": Odd("z.geojson", shapes(corpus.metres(square())), says="lues en Lambert-93"),
    "metres-lambert-2": Odd(
        "z.geojson", shapes(corpus.metres(square(), 27572)), says="Lambert II étendu .EPSG:27572"
    ),
    "projection-inconnue": Odd(
        "z.geojson", shapes(square(), crs=corpus.crs_member("EPSG:999999")), says="inconnue"
    ),
    "projection-lien": Odd(
        "z.geojson",
        shapes(square(), crs={"type": "link", "properties": {"href": "http://x/"}}),
        says="inconnue",
    ),
    "projection-chemin": Odd(
        "z.geojson", shapes(square(), crs=corpus.crs_member("+init=/etc/passwd")), says="inconnue"
    ),
    "prj-absent": Odd(
        "z.zip", lambda _: corpus.shapefile(prj=None), says="lues en longitude et latitude"
    ),
    "prj-grille": Odd(
        "z.zip",
        lambda _: corpus.shapefile(
            prj=corpus.WGS84_PRJ[:-1].encode() + b',EXTENSION["PROJ4_GRIDS","/etc/passwd"]]'
        ),
        says="inconnue",
    ),
    # --- archives
    "dbf-absent": Odd("z.zip", lambda _: corpus.shapefile(dbf=None), says=r"il manque le \.dbf"),
    "dbf-court": Odd(
        "z.zip",
        lambda _: corpus.shapefile(shp=corpus.shp([[corpus.SQUARE]] * 2)),
        says="2 entités et le .dbf 1",
    ),
    "shp-tronque": Odd(
        "z.zip", lambda _: corpus.shapefile(shp=corpus.shp([[corpus.SQUARE]])[:-30]), says="tronqué"
    ),
    "deux-shapefiles": Odd(
        "z.zip",
        octets(corpus.zipped({f"{n}.{x}": b"" for n in "ab" for x in ("shp", "dbf")})),
        says="plusieurs shapefiles",
    ),
    "chemin-qui-remonte": Odd("z.zip", octets(_entry("../../../tmp/evade.txt", b"x")), 1),
    "chemin-absolu": Odd("z.zip", octets(_entry("/etc/cron.d/x", b"x")), 1),
    "chemin-windows": Odd("z.zip", octets(_entry("..\\..\\x.bat", b"x")), 1),
    "lien-symbolique": Odd("z.zip", octets(_linked()), says=r"\.shp n'est pas"),
    "zip-dans-zip": Odd(
        "z.zip", octets(corpus.zipped({"z.zip": corpus.shapefile()})), says="sans shapefile"
    ),
    "zip-protege": Odd("z.zip", octets(locked(corpus.shapefile())), says="mot de passe"),
    "zip-bombe": Odd(
        "z.zip",
        lambda _: corpus.shapefile(shp=b"\0" * 29_000_000),
        says="compressée|une fois ouverte",
    ),
    "zip-trop-d-entrees": Odd(
        "z.zip", lambda _: corpus.zipped({str(n): b"" for n in range(2_100)}), says="2100 fichiers"
    ),
    "zip-vide": Odd("z.zip", octets(corpus.zipped({})), says="zip vide"),
    "zip-tronque": Odd("z.zip", octets(corpus.shapefile()[:400]), says="abîmée"),
    "kmz": Odd("z.kmz", octets(_KMZ), says="KML"),
    "shp-nu": Odd("z.shp", octets(corpus.shp([[corpus.SQUARE]])), says=r"archive \.zip"),
    # --- databases
    "gpkg-deux-couches": Odd("z.gpkg", gpkg(_two_layers), says="plusieurs couches"),
    "gpkg-vue-sans-fin": Odd("z.gpkg", gpkg(_view), says="aucune couche"),
    "gpkg-vide": Odd(
        "z.gpkg", gpkg(lambda base: base.execute("DELETE FROM quartiers")), says="est vide"
    ),
    "gpkg-sans-projection": Odd(
        "z.gpkg",
        gpkg(lambda base: base.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")),
        says="inconnue",
    ),
    "gpkg-texte-pour-forme": Odd(
        "z.gpkg",
        gpkg(lambda base: base.execute("UPDATE quartiers SET geom = 'x'")),
        says="mal formée",
    ),
    "gpkg-tronque": Odd("z.gpkg", lambda f: corpus.geopackage(f)[:20_000], says="GeoPackage"),
    "sqlite": Odd("z.gpkg", corpus.sqlite, says="base SQLite"),
    # --- other formats
    "csv": Odd("z.csv", text("nom;ville\nUne;Ici\n"), says="pas de contours"),
    "entite-seule": Odd("z.geojson", octets(corpus.dump(corpus.feature())), says="« Feature »"),
    "geometrie-seule": Odd("z.geojson", octets(corpus.dump(square())), says="« Polygon »"),
    "topojson": Odd("z.json", octets(b'{"type": "Topology", "objects": {}}'), says="« Topology »"),
    "tronque": Odd(
        "z.geojson", octets(corpus.dump(corpus.collection(corpus.feature()))[:-40]), says="tronqué"
    ),
    "vrt": Odd("z.geojson", octets(corpus.VRT), says="VRT"),
    "gml": Odd("z.gml", octets(b"<?xml version='1.0'?><gml:x/>"), says="XML"),
    "kml": Odd("z.kml", octets(b"<?xml version='1.0'?><kml/>"), says="KML"),
    "flatgeobuf": Odd("z.fgb", octets(b"fgb\x03fgb\x00"), says="FlatGeobuf"),
    "vide": Odd("z.geojson", octets(b""), says="vide"),
    "sans-entite": Odd("z.geojson", octets(corpus.dump(corpus.collection())), says="aucune entité"),
}
