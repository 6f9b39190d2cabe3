"""Points as a GeoPackage."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import geopandas as gpd


def write_geopackage(out: Path, points: gpd.GeoDataFrame, *, layer: str = "etablissements") -> None:
    """Write points as one layer.

    Made in memory, then written by Python: GDAL turns a full disk into errors of its own.

    Parameters
    ----------
    out
        File to write, ``.gpkg``.
    points
        Frame in EPSG:4326; a row may lack a geometry.
    layer
        Its name.
    """
    made = BytesIO()
    points.to_file(made, driver="GPKG", layer=layer)
    out.write_bytes(made.getvalue())
