"""From a path to a list or zones, within limits: what runs in the process that reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from essgeo.intake.limits import Limits
from essgeo.intake.tidying import Tidied, tidy
from essgeo.readers.crs import WGS84
from essgeo.readers.loading import load
from essgeo.readers.positions import from_shapes
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal, Reading
from essgeo.readers.request import Request
from essgeo.readers.zones import build_zones
from essgeo.text import number


def journal_of(path: Path, name: str) -> Journal:
    """Return a journal that names the file as its owner does."""
    journal = Journal(path)
    journal.name = name
    return journal


def request_of(limits: Limits, sheet: str | None = None) -> Request:
    """Return what the readers are asked under limits."""
    return Request(limits.unpacked, limits.rows, limits.columns, loose=True, sheet=sheet)


def take_list(path: Path, journal: Journal, request: Request) -> tuple[Raw, Tidied]:
    """Read a list: its cells, names made different, totals marked, points in degrees.

    Raises
    ------
    DataError
        Every fault that the readers find, too many rows or columns, shapes that are not points.
    """
    raw = load(path, journal, request)
    _check_extent(raw, journal, request)
    if raw.shapes is not None:
        lon, lat = from_shapes(raw, journal)
        raw.shapes = shapely.points(lon, lat)
        raw.shapes[np.isnan(lon) | np.isnan(lat)] = None
        raw.crs = WGS84
    return raw, tidy(raw, journal)


def take_zones(path: Path, journal: Journal, request: Request, vertices: int) -> Reading:
    """Read zones of at most so many points in all.

    Raises
    ------
    DataError
        Every fault that the readers find, too many zones, columns or points.
    """
    raw = load(path, journal, request)
    _check_extent(raw, journal, request)
    if raw.shapes is not None:
        found = int(shapely.get_num_coordinates(raw.shapes).sum())
        if found > vertices:
            raise journal.error(
                f"les contours ont {number(found)} sommets, plus que la limite de "
                f"{number(vertices)} ; simplifiez-les."
            )
    reading = build_zones(raw, journal)
    journal.stop_if_blocked()
    return reading


def _check_extent(raw: Raw, journal: Journal, request: Request) -> None:
    rows, columns = raw.source.shape
    request.check_rows(rows, journal)
    request.check_columns(columns, journal)
