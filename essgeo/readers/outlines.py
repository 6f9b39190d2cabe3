"""Outlines of neighbourhoods: polygons only, repaired one by one, none lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from essgeo.nomenclatures.territoires import position_problems
from essgeo.readers.crs import label, to_degrees
from essgeo.readers.raw import Raw, Shapes
from essgeo.readers.report import Journal
from essgeo.text import number, plural

#: A repair must keep the area within this share.
AREA_TOLERANCE = 0.01

_FRENCH_TYPE = {
    0: "point",
    1: "ligne",
    2: "ligne",
    4: "points",
    5: "lignes",
    7: "collection",
}
_POLYGONAL = (3, 6)

# In order of preference. Each makes some real outline vanish or turn into something else
# (QN05602M with the last two), so the choice is made for each outline.
_REPAIRS: tuple[tuple[str, Callable[[shapely.Geometry], shapely.Geometry]], ...] = (
    ("contour réparé (lignes)", lambda shape: shapely.make_valid(shape, method="linework")),
    (
        "contour réparé (structure)",
        lambda shape: shapely.make_valid(shape, method="structure", keep_collapsed=False),
    ),
    ("contour réparé (tampon nul)", lambda shape: shapely.buffer(shape, 0)),
)


def read_outlines(raw: Raw, codes: list[str], journal: Journal) -> Shapes:
    """Return valid polygons in WGS84, one a row.

    Parameters
    ----------
    raw
        The file.
    codes
        Code of each row, for messages.
    journal
        Collects the faults; ``repairs`` counts the outlines repaired, by kind.

    Raises
    ------
    DataError
        Unknown or contradicted CRS.
    """
    assert raw.shapes is not None  # noqa: S101 - callers have looked
    _check_types(raw, codes, journal)
    shapes = to_degrees(raw, journal)
    _check_place(shapes, raw, journal)
    return _repaired(shapes, codes, journal)


def _check_types(raw: Raw, codes: list[str], journal: Journal) -> None:
    """Block rows without outline and outlines that are not polygons."""
    shapes = raw.shapes
    assert shapes is not None  # noqa: S101
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if missing.any():
        rows = np.flatnonzero(missing)
        journal.block(
            f"{plural(len(rows), 'quartier')} sans contour "
            f"({journal.some([codes[row] for row in rows])}) ; complétez le fichier.",
            row=raw.row(rows[0]),
        )
    types = shapely.get_type_id(shapes)
    areas = shapely.area(shapes)
    wrong = ~missing & ~np.isin(types, _POLYGONAL) & ~((types == 7) & (areas > 0))
    if wrong.any():
        rows = np.flatnonzero(wrong)
        first = rows[0]
        kind = _FRENCH_TYPE.get(int(types[first]), "autre")
        journal.block(
            f"{plural(len(rows), 'quartier')} dont le contour n'est pas un polygone "
            f"({journal.some([codes[row] for row in rows])} ; le premier : {kind}) ; "
            "donnez les contours des quartiers.",
            row=raw.row(first),
        )


def _check_place(shapes: Shapes, raw: Raw, journal: Journal) -> None:
    """Compare where the outlines fall with where France is."""
    bounds = shapely.bounds(shapes)
    lon = (bounds[:, 0] + bounds[:, 2]) / 2
    lat = (bounds[:, 1] + bounds[:, 3]) / 2
    found = position_problems(lon, lat)
    if found.verdict:
        declared = label(raw.crs)
        if raw.crs is not None and not raw.crs.is_geographic:
            journal.block(
                f"l'emprise contredit la projection annoncée ({declared}) : une fois convertis, "
                f"{number(found.outside)} contours sur {number(found.total)} tombent hors de tout "
                "territoire français ; corrigez la projection déclarée."
            )
        else:
            journal.block(f"contours mal placés : {found.verdict}.")
    elif found.outside:
        journal.warn(
            f"{plural(found.outside, 'contour')} hors de tout territoire français ; "
            "vérifiez leurs coordonnées."
        )


def _repaired(shapes: Shapes, codes: list[str], journal: Journal) -> Shapes:
    """Repair what is invalid or more than polygons; count each kind."""
    types = shapely.get_type_id(shapes)
    todo = np.flatnonzero(
        ~shapely.is_missing(shapes)
        & np.isin(types, (*_POLYGONAL, 7))
        & ~(shapely.is_valid(shapes) & np.isin(types, _POLYGONAL))
    )
    result = shapes.copy()
    lost: list[str] = []
    changed: list[str] = []
    for row in todo:
        shape, kind, drift = _repair(shapes[row])
        if shape is None:
            lost.append(codes[row])
            continue
        result[row] = shape
        journal.repairs[kind] += 1
        if drift > AREA_TOLERANCE:
            changed.append(codes[row])
    if lost:
        journal.block(
            f"{plural(len(lost), 'contour')} sans surface, irréparable"
            f"{'s' if len(lost) > 1 else ''} ({journal.some(lost)}) ; corrigez le fichier."
        )
    if changed:
        journal.warn(
            f"{plural(len(changed), 'contour')} dont la réparation change l'aire de plus de 1 % "
            f"({journal.some(changed)}) ; vérifiez-les."
        )
    done = sum(journal.repairs.values())
    if done:
        kinds = ", ".join(f"{kind} : {count}" for kind, count in journal.repairs.most_common())
        journal.inform(
            f"{plural(done, 'contour invalide réparé', 'contours invalides réparés')} ({kinds})."
        )
    return result


def _repair(shape: shapely.Geometry) -> tuple[shapely.Geometry | None, str, float]:
    """Return the first repair that keeps the area, else the closest; and the drift.

    The area of an invalid outline is that of its rings (shoelace formula), which is what a
    reader of the file would compute.
    """
    area = float(shapely.area(shape))
    best: tuple[shapely.Geometry | None, str, float] = (None, "", np.inf)
    for kind, method in _REPAIRS:
        try:
            candidate = polygons_only(method(shape))
        except shapely.errors.GEOSException:
            continue
        if candidate is None or not shapely.is_valid(candidate):
            continue
        drift = abs(float(shapely.area(candidate)) - area) / area if area else np.inf
        if best[0] is None or drift < best[2]:
            best = (candidate, kind, drift)
        if drift <= AREA_TOLERANCE:
            return candidate, kind, drift
    return best


def polygons_only(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Keep the polygons of a geometry; None when there is no area left."""
    parts = shapely.get_parts(shape)
    while np.isin(shapely.get_type_id(parts), (6, 7)).any():
        parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)]
    if not len(parts):
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
