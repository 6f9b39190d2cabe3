"""Points as a GeoPackage."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import geopandas as gpd


def write_geopackage(out: Path, points: gpd.GeoDataFrame) -> None:
    """Write points as one layer, ``etablissements``.

    Made in memory, then written by Python: GDAL turns a full disk into errors of its own.

    Parameters
    ----------
    out
        File to write, ``.gpkg``.
    points
        Frame in EPSG:4326; a row may lack a geometry.
    """
    made = BytesIO()
    points.to_file(made, driver="GPKG", layer="etablissements")
    out.write_bytes(made.getvalue())
