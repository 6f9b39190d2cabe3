"""From a path to cells and shapes: one reader a format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from essgeo.readers.geojson import read_geojson
from essgeo.readers.geopackage import read_geopackage
from essgeo.readers.opening import Opened, open_file
from essgeo.readers.parquet import read_parquet
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal
from essgeo.readers.request import OFFICIAL, Request
from essgeo.readers.shapefile import read_shapefile
from essgeo.readers.spreadsheets import read_xlsx
from essgeo.readers.texttables import read_csv

_READERS: dict[str, Callable[[Opened, Journal], Raw]] = {
    "GeoJSON": read_geojson,
    "GeoPackage": read_geopackage,
    "Shapefile": read_shapefile,
    "Parquet": read_parquet,
    "CSV": read_csv,
    "XLSX": read_xlsx,
}


def load(path: Path, journal: Journal, request: Request = OFFICIAL) -> Raw:
    """Read a file of any format.

    Raises
    ------
    DataError
        See `essgeo.readers.opening.open_file` and the reader of its format.
    """
    opened = open_file(path, journal, request)
    journal.format = opened.format
    return _READERS[opened.format](opened, journal)
