"""Shapefiles read in Python: shapes from .shp, attributes from .dbf.

Two short binary formats (Esri, « Shapefile Technical Description », 1998; dBASE III). Reading them
here keeps files of unknown make away from GDAL, whose choice of a driver cannot be trusted.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo.readers.raw import Shapes, empty_shapes

Points = npt.NDArray[np.float64]

_MAGIC = 9994
_HEADER = 100
# Plain, with heights, with measures: heights and measures come after the coordinates, unread.
_POINT = (1, 11, 21)
_LINE = (3, 13, 23)
_POLYGON = (5, 15, 25)
_MULTIPOINT = (8, 18, 28)
#: Kinds of shapes with heights or measures.
WITH_HEIGHTS = (11, 13, 15, 18, 21, 23, 25, 28)


class BadShapefileError(ValueError):
    """The bytes are not those of a whole shapefile; the text says which part, in French."""


def read_shp(data: bytes) -> Shapes:
    """Return the shapes of a .shp, None where a record has none.

    Raises
    ------
    BadShapefileError
        Not a .shp, truncated, or of a type that is no point, line or polygon.
    """
    if len(data) < _HEADER or struct.unpack_from(">i", data)[0] != _MAGIC:
        raise BadShapefileError("le .shp n'est pas celui d'un shapefile")
    if 2 * struct.unpack_from(">i", data, 24)[0] > len(data):
        raise BadShapefileError("le .shp est tronqué")
    records: list[shapely.Geometry | None] = []
    place = _HEADER
    while place + 12 <= len(data):
        length = 2 * struct.unpack_from(">i", data, place + 4)[0]
        if length < 4 or place + 8 + length > len(data):
            raise BadShapefileError("le .shp est tronqué")
        try:
            records.append(_shape(data[place + 8 : place + 8 + length]))
        except (struct.error, IndexError, shapely.errors.ShapelyError, ValueError) as error:
            if isinstance(error, BadShapefileError):
                raise
            raise BadShapefileError(f"l'entité {len(records) + 1} est mal formée") from error
        place += 8 + length
    shapes = empty_shapes(len(records))
    shapes[:] = records
    return shapes


def _shape(content: bytes) -> shapely.Geometry | None:
    kind = struct.unpack_from("<i", content)[0]
    if kind == 0:
        return None
    if kind in _POINT:
        return shapely.points(*struct.unpack_from("<2d", content, 4))
    if kind in _MULTIPOINT:
        (count,) = struct.unpack_from("<i", content, 36)
        return shapely.multipoints(_points(content, 40, count))
    if kind in _LINE or kind in _POLYGON:
        parts, count = struct.unpack_from("<2i", content, 36)
        if parts < 0 or parts > count:
            raise ValueError("parts")
        starts = np.frombuffer(content, "<i4", parts, 44)
        points = _points(content, 44 + 4 * parts, count)
        if len(starts) and (starts[0] < 0 or (np.diff(starts) < 0).any() or starts[-1] > count):
            raise ValueError("starts")
        pieces = np.split(points, starts[1:])
        if kind in _LINE:
            return shapely.multilinestrings([p for p in pieces if len(p) > 1])
        return polygon_of_rings([piece for piece in pieces if len(piece) >= 3])
    raise BadShapefileError(f"le .shp contient des formes d'un type non lu ({kind})")


def _points(content: bytes, place: int, count: int) -> Points:
    if count < 0:
        raise ValueError("count")
    return np.frombuffer(content, "<f8", 2 * count, place).reshape(-1, 2)


def polygon_of_rings(rings: list[Points]) -> shapely.Geometry | None:
    """Put rings together: clockwise ones are shells, the others holes of the shell around them.

    A hole outside every shell is a shell whose direction is wrong.
    """
    if not rings:
        return None
    built = [shapely.linearrings(ring) for ring in rings]
    if len(built) == 1:
        return shapely.polygons(built[0])
    ccw = shapely.is_ccw(built)
    shells = [ring for ring, hole in zip(built, ccw, strict=True) if not hole]
    holes: list[list[shapely.Geometry]] = [[] for _ in shells]
    filled = shapely.polygons(shells) if shells else np.array([], dtype=object)
    areas = shapely.area(filled)
    for ring in (ring for ring, hole in zip(built, ccw, strict=True) if hole):
        inside = shapely.point_on_surface(shapely.polygons(ring))
        around = np.flatnonzero(shapely.intersects(filled, inside))
        if len(around):
            holes[int(around[np.argmin(areas[around])])].append(ring)
        else:
            shells.append(ring)
            holes.append([])
    polygons = [shapely.polygons(s, h or None) for s, h in zip(shells, holes, strict=True)]
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def read_dbf(data: bytes, encoding: str) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return the attributes of a .dbf as text, and which records are not marked as deleted.

    Raises
    ------
    BadShapefileError
        Truncated or without columns.
    """
    if len(data) < 33:
        raise BadShapefileError("le .dbf est vide ou tronqué")
    rows, start, width = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data[32:start])
    if not fields or width < 1 + sum(length for _, _, length in fields):
        raise BadShapefileError("le .dbf est mal formé")
    if start + rows * width > len(data):
        raise BadShapefileError("le .dbf est tronqué")
    cells = np.frombuffer(data, np.uint8, rows * width, start).reshape(rows, width)
    columns: dict[int, pd.Series] = {}
    names: list[str] = []
    place = 1
    for name, kind, length in fields:
        column = np.ascontiguousarray(cells[:, place : place + length]).view(f"S{length}")
        texts = [_text(bytes(cell), kind, encoding) for cell in column.ravel()]
        names.append(name.decode(encoding, errors="replace"))
        columns[len(columns)] = pd.Series(texts, dtype="str")
        place += length
    frame = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    frame.columns = pd.Index(names, dtype="str")
    return frame, cells[:, 0] != ord("*")


def _fields(header: bytes) -> list[tuple[bytes, str, int]]:
    """Return name, type and width of each column."""
    fields = []
    for place in range(0, len(header) - 31, 32):
        if header[place] == 0x0D:
            break
        field = header[place : place + 32]
        length = field[16]
        if not length:
            raise BadShapefileError("le .dbf est mal formé")
        fields.append((field[:11].split(b"\0")[0], chr(field[11]), length))
    return fields


def _text(cell: bytes, kind: str, encoding: str) -> str:
    # A column's width may cut the last letter of a text.
    text = cell.decode(encoding, errors="ignore").replace("\0", "").strip()
    if kind in "NF":
        # Stars fill a number that did not fit.
        return "" if text.startswith("*") else text
    if kind == "D":
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else ""
    if kind == "L":
        return {"T": "true", "Y": "true", "F": "false", "N": "false"}.get(text.upper(), "")
    return text
