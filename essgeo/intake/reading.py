"""From a path to a list or zones, within limits: what runs in the process that reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from essgeo.intake.limits import Limits
from essgeo.readers.crs import WGS84
from essgeo.readers.loading import load
from essgeo.readers.positions import from_shapes
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal, Reading
from essgeo.text import number


def journal_of(path: Path, name: str) -> Journal:
    """Return a journal that names the file as its owner does."""
    journal = Journal(path)
    journal.name = name
    return journal


def take_list(path: Path, journal: Journal, limits: Limits) -> Raw:
    """Read a list within limits.

    Raises
    ------
    DataError
        Every fault that the readers find, too many rows or columns, shapes that are not points.
    """
    raw = load(path, journal)
    _check_extent(raw, journal, limits)
    if raw.shapes is not None:
        lon, lat = from_shapes(raw, journal)
        raw.shapes = shapely.points(lon, lat)
        raw.shapes[np.isnan(lon) | np.isnan(lat)] = None
        raw.crs = WGS84
    return raw


def take_zones(path: Path, journal: Journal, limits: Limits) -> Reading:
    """Read zones within limits.

    Raises
    ------
    DataError
        Every fault that the readers find, too many zones, columns or points.
    """
    from essgeo.readers.zones import build_zones

    raw = load(path, journal)
    _check_extent(raw, journal, limits)
    if raw.shapes is not None:
        vertices = int(shapely.get_num_coordinates(raw.shapes).sum())
        if vertices > limits.vertices:
            raise journal.error(
                f"les contours ont {number(vertices)} sommets, plus que "
                f"{number(limits.vertices)} ; simplifiez-les."
            )
    reading = build_zones(raw, journal)
    journal.stop_if_blocked()
    return reading


def _check_extent(raw: Raw, journal: Journal, limits: Limits) -> None:
    rows, columns = raw.source.shape
    if rows > limits.rows:
        raise journal.error(
            f"le fichier a {number(rows)} lignes, plus que {number(limits.rows)} ; "
            "gardez celles qui sont utiles, ou coupez-le en plusieurs."
        )
    if columns > limits.columns:
        raise journal.error(
            f"le fichier a {number(columns)} colonnes, plus que {number(limits.columns)} ; "
            "gardez celles qui sont utiles."
        )
