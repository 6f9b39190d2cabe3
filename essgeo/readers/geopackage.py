"""GeoPackage read with SQLite itself: its table of features, nothing that it could run.

A GeoPackage is a SQLite file whose geometry cells are a short header followed by WKB
(OGC 12-128, clause 2.1.3).
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from essgeo.readers import crs
from essgeo.readers.opening import Opened, read_bytes
from essgeo.readers.raw import CURVES, Raw, Shapes, empty_shapes, flat, scalar_text
from essgeo.readers.report import Journal
from essgeo.readers.request import Request
from essgeo.readers.wkb import check_depth

# Bytes of the envelope that may stand between the header and the WKB, by its code.
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


def read_geopackage(opened: Opened, journal: Journal) -> Raw:
    """Read the one layer of features of a GeoPackage.

    Raises
    ------
    DataError
        Damaged, not a GeoPackage, no layer of features or several, malformed geometry.
    """
    with tempfile.TemporaryDirectory(prefix="essgeo-") as folder:
        # A copy of our own: SQLite would look for a journal beside the original and apply it.
        copy = Path(folder) / "copie.gpkg"
        copy.write_bytes(read_bytes(opened, journal))
        try:
            with closing(_connect(copy)) as base:
                return _read(base, opened.request, journal)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise journal.error(
                "GeoPackage incomplet ou abîmé ; téléchargez-le ou exportez-le à nouveau."
            ) from error


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    base.execute("PRAGMA trusted_schema = OFF")
    base.execute("PRAGMA query_only = ON")
    base.execute("PRAGMA cell_size_check = ON")
    return base


def _read(base: sqlite3.Connection, request: Request, journal: Journal) -> Raw:
    tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    if not {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} <= tables:
        raise journal.error(
            "c'est une base SQLite, pas un GeoPackage (table gpkg_contents absente) ; "
            "exportez un GeoPackage."
        )
    layers = base.execute(
        "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c "
        "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
        "WHERE c.data_type = 'features' ORDER BY c.table_name"
    ).fetchall()
    # A view would run SQL written by whoever made the file.
    layers = [layer for layer in layers if layer[0] in tables]
    if not layers:
        raise journal.error("le GeoPackage ne contient aucune couche d'entités ; exportez-en une.")
    if len(layers) > 1:
        names = journal.some([str(layer[0]) for layer in layers])
        raise journal.error(
            f"le GeoPackage contient plusieurs couches ({names}) ; exportez la bonne, seule."
        )
    name, geometry, srs_id = layers[0]
    declared, crs_label = _crs(base, srs_id)
    quoted = '"' + str(name).replace('"', '""') + '"'
    key = {
        column
        for _, column, _, _, _, primary in base.execute(f"PRAGMA table_info({quoted})")
        if primary
    }
    (count,) = base.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()  # noqa: S608 - quoted
    request.check_rows(count, journal)
    cursor = base.execute(f"SELECT * FROM {quoted}")  # noqa: S608
    rows = cursor.fetchall()
    headers = [column[0] for column in cursor.description]
    if not rows:
        raise journal.error("la couche du GeoPackage est vide ; exportez-la à nouveau.")
    cells = list(zip(*rows, strict=True))
    columns = {
        column: pd.Series([_text(value) for value in cells[position]], dtype="str")
        for position, column in enumerate(headers)
        if column != geometry and column not in key
    }
    return Raw(
        format="GeoPackage",
        source=pd.DataFrame(columns, index=pd.RangeIndex(len(rows))),
        shapes=flat(_shapes(list(cells[headers.index(geometry)]), journal), request, journal),
        crs=declared,
        crs_label=crs_label,
    )


def _text(value: Any) -> str:
    return "" if isinstance(value, bytes) else scalar_text(value)


def _crs(base: sqlite3.Connection, srs_id: int) -> tuple[pyproj.CRS | None, str]:
    """Read the CRS; 0 and -1 are « undefined » in the standard."""
    row = base.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if srs_id in (0, -1) or row is None:
        return None, "non définie"
    organization, code, definition = row
    name = f"{organization}:{code}"
    return crs.from_name(name) or crs.from_wkt(str(definition)), name


def _shapes(blobs: list[Any], journal: Journal) -> Shapes:
    shapes = empty_shapes(len(blobs))
    for position, blob in enumerate(blobs):
        if blob is None:
            continue
        try:
            if not isinstance(blob, bytes) or blob[:2] != b"GP":
                raise ValueError("no header")
            flags = blob[3]
            wkb = blob[8 + _ENVELOPE[(flags >> 1) & 7] :]
            check_depth(wkb)
            shape = shapely.from_wkb(wkb)
        except NotImplementedError as error:
            raise journal.error(CURVES, row=position + 1) from error
        except (ValueError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
            raise journal.error(
                f"l'entité {position + 1} a une géométrie mal formée ; corrigez-la.",
                row=position + 1,
            ) from error
        # Empty points are how the format writes « no position ».
        shapes[position] = None if shape.is_empty and shapely.get_type_id(shape) == 0 else shape
    return np.asarray(shapes, dtype=object)
