"""Declared projections, checked against the coordinates that come with them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from essgeo.readers.raw import Raw, Shapes
from essgeo.readers.report import Journal

WGS84 = pyproj.CRS.from_epsg(4326)

# Only names of a registry are looked up: PROJ also accepts pipelines and paths of grids.
_NAME = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|OGC|IGNF|ESRI)[:/](?P<version>[\d.]*[:/])?(?P<code>\w+)",
    re.IGNORECASE,
)


def from_name(name: str) -> pyproj.CRS | None:
    """Return the CRS that a registry name designates, None when it is unknown."""
    text = name.strip()
    if text.upper() in {"CRS84", "WGS84", "WGS 84"}:
        return WGS84
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    authority, code = match["authority"].upper(), match["code"].upper()
    if authority == "OGC":
        return WGS84 if code.startswith("CRS84") else None
    try:
        return pyproj.CRS.from_authority(authority, code)
    except CRSError:
        return None


def from_wkt(text: str) -> pyproj.CRS | None:
    """Return the CRS that a WKT describes, None when it cannot be understood."""
    if "PROJ4_GRIDS" in text.upper() or "EXTENSION" in text.upper():
        # A WKT may carry a PROJ string with paths of files.
        return None
    try:
        return pyproj.CRS.from_wkt(text)
    except CRSError:
        return None


def from_projjson(value: Any) -> pyproj.CRS | None:
    """Return the CRS of a GeoParquet file, None when it cannot be understood."""
    try:
        return pyproj.CRS.from_json_dict(value)
    except (CRSError, TypeError, ValueError, AttributeError):
        return None


def label(crs: pyproj.CRS | None) -> str:
    """Name a CRS: ``EPSG:2154`` when it has a code, its own name otherwise."""
    if crs is None:
        return ""
    epsg = crs.to_epsg(min_confidence=60)
    if epsg is not None:
        return f"EPSG:{epsg}"
    authority = crs.to_authority(min_confidence=60)
    if authority is None:
        return str(crs.name)
    return "EPSG:4326" if authority == ("OGC", "CRS84") else ":".join(authority)


def to_degrees(raw: Raw, journal: Journal) -> Shapes:
    """Return the shapes in WGS84 longitude and latitude, after a check of the declared CRS.

    Raises
    ------
    DataError
        Unknown CRS, coordinates that are not numbers, or an extent that contradicts the CRS:
        degrees where metres are declared, or the reverse.
    """
    shapes = raw.shapes
    assert shapes is not None  # noqa: S101 - callers have looked
    if raw.crs is None:
        said = f" « {journal.some([raw.crs_label])} »" if raw.crs_label else ""
        raise journal.error(
            f"projection{said} inconnue ; déclarez-la (fichier .prj, membre crs) ou convertissez "
            "en WGS84 (EPSG:4326)."
        )
    check_finite(raw, journal)
    _check_units(raw, journal)
    if raw.crs.is_geographic:
        return shapes
    try:
        transformer = pyproj.Transformer.from_crs(raw.crs, WGS84, always_xy=True)
        turned = shapely.transform(
            shapes, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
        )
    except ProjError as error:
        raise journal.error(
            f"la projection {label(raw.crs)} ne se convertit pas ; convertissez le fichier "
            "en WGS84 (EPSG:4326)."
        ) from error
    bounds = shapely.bounds(turned)
    if not np.isfinite(bounds[shapely.get_num_coordinates(turned) > 0]).all():
        raise journal.error(
            f"l'emprise contredit la projection annoncée ({label(raw.crs)}) : des coordonnées "
            "ne s'y convertissent pas ; corrigez la projection déclarée."
        )
    return np.asarray(turned, dtype=object)


def check_finite(raw: Raw, journal: Journal) -> None:
    """Refuse coordinates that are infinite or not numbers.

    Raises
    ------
    DataError
        Says the first row.
    """
    filled, bounds = _bounds(raw)
    broken = ~np.isfinite(bounds).all(axis=1)
    if broken.any():
        row = raw.row(filled[int(np.argmax(broken))])
        raise journal.error(
            f"coordonnées qui ne sont pas des nombres ({raw.word} {row}) ; corrigez-les.",
            row=row,
        )


def _bounds(raw: Raw) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return the rows that have a shape, and their bounds."""
    filled = np.flatnonzero(shapely.get_num_coordinates(raw.shapes) > 0)
    return filled, np.asarray(shapely.bounds(np.asarray(raw.shapes)[filled]))


def _check_units(raw: Raw, journal: Journal) -> None:
    """Refuse degrees declared as metres, and metres declared as degrees."""
    filled, bounds = _bounds(raw)
    in_degrees = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (
        np.abs(bounds[:, [1, 3]]) <= 90
    ).all(axis=1)
    declared = raw.crs
    assert declared is not None  # noqa: S101 - checked by the caller
    if declared.is_geographic and not in_degrees.all():
        row = raw.row(filled[int(np.argmin(in_degrees))])
        x, y = bounds[int(np.argmin(in_degrees)), :2]
        raise journal.error(
            f"l'emprise contredit la projection annoncée : {label(declared)} est en degrés, mais "
            f"des coordonnées sont en mètres ({x:.0f}, {y:.0f} : {raw.word} {row}) ; "
            "déclarez la vraie projection (Lambert 93 : EPSG:2154) ou convertissez en WGS84.",
            row=row,
        )
    if not declared.is_geographic and in_degrees.mean() > 0.5:
        x, y = bounds[int(np.argmax(in_degrees)), :2]
        raise journal.error(
            f"l'emprise contredit la projection annoncée : {label(declared)} est en mètres, mais "
            f"les coordonnées sont en degrés ({x:.4f}, {y:.4f}) ; "
            "déclarez WGS84 (EPSG:4326) ou convertissez le fichier."
        )
