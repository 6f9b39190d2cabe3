"""From a path to a list or zones, within limits: what runs in the process that reads."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from essgeo.intake.limits import Limits
from essgeo.intake.proposals import candidates, name_of, parsed
from essgeo.intake.taken import ProjectionError
from essgeo.intake.tidying import Tidied, tidy
from essgeo.nomenclatures.territoires import territory_index
from essgeo.readers.crs import WGS84, label
from essgeo.readers.loading import load
from essgeo.readers.positions import from_shapes
from essgeo.readers.projections import Degrees
from essgeo.readers.raw import Raw, Shapes
from essgeo.readers.report import Journal, Reading
from essgeo.readers.request import Request
from essgeo.settings import BAND_M
from essgeo.text import listing, number

#: An outline of fewer points is drawn at once, whatever it is.
_PLAIN = 300
#: Time of the processor for all the others; that of France takes three seconds.
_TRIAL_S = 8.0
_METRES_PER_DEGREE = 111_320.0


def journal_of(path: Path, name: str) -> Journal:
    """Return a journal that names the file as its owner does."""
    journal = Journal(path)
    journal.name = name
    return journal


def request_of(limits: Limits, sheet: str | None = None) -> Request:
    """Return what the readers are asked under limits."""
    return Request(limits.unpacked, limits.rows, limits.columns, loose=True, sheet=sheet)


def take_list(
    path: Path, journal: Journal, request: Request, read_as: str | None = None
) -> tuple[Raw, Tidied]:
    """Read a list: its cells, names made different, totals marked, points in degrees.

    Raises
    ------
    DataError
        Every fault that the readers find, too many rows or columns, shapes that are not points.
    """
    raw = load(path, journal, request)
    _check_extent(raw, journal, request)
    _settle_projection(raw, journal, read_as)
    if raw.shapes is not None:
        lon, lat = from_shapes(raw, journal)
        raw.shapes = shapely.points(lon, lat)
        raw.shapes[np.isnan(lon) | np.isnan(lat)] = None
        raw.crs = WGS84
    return raw, tidy(raw, journal)


def take_zones(
    path: Path, journal: Journal, request: Request, vertices: int, read_as: str | None = None
) -> Reading:
    """Read zones of at most so many points in all.

    Raises
    ------
    DataError
        Every fault that the readers find, too many zones, columns or points.
    """
    from essgeo.readers.zones import build_zones  # and geopandas, which a list needs not

    raw = load(path, journal, request)
    _check_extent(raw, journal, request)
    if raw.shapes is not None:
        _check_vertices(raw.shapes, vertices, journal)
    _settle_projection(raw, journal, read_as)
    reading = build_zones(raw, journal)
    shapes = reading.table.geometry.to_numpy()
    # Mending lines that cross makes as many points as there are crossings.
    _check_vertices(shapes, vertices, journal)
    _try_out(shapes, reading.table["lib_qp"].tolist(), journal)
    journal.stop_if_blocked()
    return reading


def _check_vertices(shapes: Shapes, vertices: int, journal: Journal) -> None:
    found = int(shapely.get_num_coordinates(shapes).sum())
    if found > vertices:
        raise journal.error(
            f"les contours ont {number(found)} sommets, plus que la limite de "
            f"{number(vertices)} ; simplifiez-les."
        )


def _try_out(shapes: Shapes, names: list[str], journal: Journal) -> None:
    """Draw the band around the zones of many points, as the server will on its own time.

    Raises
    ------
    DataError
        It takes longer than any honest outline: a comb of 1,000 points takes as long as all the
        neighbourhoods of France.
    """
    start = time.process_time()
    for row in np.flatnonzero(shapely.get_num_coordinates(shapes) > _PLAIN):
        shape = shapes[row]
        width = _METRES_PER_DEGREE * math.cos(math.radians(shape.centroid.y))
        scale = np.array([width, _METRES_PER_DEGREE])
        shapely.buffer(shapely.transform(shape, lambda places, by=scale: places * by), BAND_M)
        if time.process_time() - start > _TRIAL_S:
            raise journal.error(
                f"le contour de la zone « {journal.some([names[row]])} » est trop découpé pour "
                "être dessiné ; simplifiez-le.",
            )


def _settle_projection(raw: Raw, journal: Journal, read_as: str | None) -> None:
    """Read the coordinates as the visitor has chosen; propose how when the file's own is no use.

    Raises
    ------
    ProjectionError
        No projection is declared, or one that puts less than half of the shapes in France, and
        another reading puts more there: they are proposed.
    DataError
        The visitor's projection is none that is known.
    """
    if raw.shapes is None:
        return
    if read_as is not None:
        try:
            epsg, swapped = parsed(read_as)
        except ValueError:
            raise journal.error(
                f"projection « {journal.some([read_as])} » inconnue ; choisissez-en une autre."
            ) from None
        raw.crs = pyproj.CRS.from_epsg(epsg)
        raw.crs_label = f"EPSG:{epsg}"
        if swapped:
            raw.shapes = shapely.transform(raw.shapes, lambda places: places[:, ::-1])
        return
    bounds = shapely.bounds(raw.shapes)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    if not len(x) or (raw.crs is not None and 2 * _in_france(raw.crs, x, y) >= len(x)):
        return
    found = candidates(x, y)
    if not found:
        return  # what reads them says what is wrong
    names = listing([f"{name_of(one.key)} ({one.in_france} sur {one.total})" for one in found])
    said = f" « {journal.some([raw.crs_label])} »" if raw.crs_label else ""
    fault = (
        f"projection{said} inconnue"
        if raw.crs is None
        else f"les coordonnées contredisent la projection annoncée ({label(raw.crs)})"
    )
    line = (
        f"{fault} ; ces formes tombent en France lues en {names} : choisissez la bonne, ou "
        "corrigez le fichier (ordre des coordonnées, fichier .prj, membre crs)."
    )
    raise ProjectionError(str(journal.error(line)), tuple(one.key for one in found))


def _in_france(declared: pyproj.CRS, x: Degrees, y: Degrees) -> int:
    """Count the places that are in a French territory, read as the file declares them."""
    if not declared.is_geographic:
        try:
            x, y = pyproj.Transformer.from_crs(declared, WGS84, always_xy=True).transform(x, y)
        except ProjError:
            return 0
    return int((territory_index(x, y) >= 0).sum())


def _check_extent(raw: Raw, journal: Journal, request: Request) -> None:
    rows, columns = raw.source.shape
    request.check_rows(rows, journal)
    request.check_columns(columns, journal)
