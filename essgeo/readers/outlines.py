"""Outlines of neighbourhoods: polygons only, repaired one by one, none lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

from essgeo.nomenclatures.territoires import position_problems
from essgeo.readers.crs import check_finite, label, to_degrees
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

# In order of preference. Each loses or changes some real outline (QN05602M vanishes with the
# first and the last), so the choice is made outline by outline. The first is also ten times
# quicker than the second.
_REPAIRS: tuple[tuple[str, Callable[[Shapes], Shapes]], ...] = (
    (
        "anneaux refaits",
        lambda shapes: shapely.make_valid(shapes, method="structure", keep_collapsed=False),
    ),
    ("lignes recoupées", lambda shapes: shapely.make_valid(shapes, method="linework")),
    ("tampon nul", lambda shapes: shapely.buffer(shapes, 0)),
)


def read_outlines(raw: Raw, codes: list[str], journal: Journal, noun: str = "quartier") -> Shapes:
    """Return valid polygons in WGS84, one a row.

    Parameters
    ----------
    raw
        The file.
    codes
        Code of each row, for messages.
    journal
        Collects the faults; ``repairs`` counts the outlines repaired, by kind.
    noun
        What has an outline, for messages.

    Raises
    ------
    DataError
        Unknown or contradicted CRS.
    """
    assert raw.shapes is not None  # noqa: S101 - callers have looked
    check_finite(raw, journal)
    _check_types(raw, codes, journal, noun)
    shapes = to_degrees(raw, journal)
    _check_place(shapes, raw, journal)
    return _repaired(shapes, codes, journal)


def _check_types(raw: Raw, codes: list[str], journal: Journal, noun: str) -> None:
    """Block rows without outline and outlines that are not polygons."""
    shapes = raw.shapes
    assert shapes is not None  # noqa: S101
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if missing.any():
        rows = np.flatnonzero(missing)
        journal.block(
            f"{plural(len(rows), noun)} sans contour "
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
            f"{plural(len(rows), noun)} dont le contour n'est pas un polygone "
            f"({journal.some([codes[row] for row in rows])} ; le premier : {kind}) ; "
            f"donnez les contours des {noun}s.",
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
    if not len(todo):
        return shapes
    result = shapes.copy()
    kinds, lost, changed = _repair(result, todo)
    journal.repairs.update(kinds)
    if lost:
        journal.block(
            f"{plural(len(lost), 'contour')} sans surface, irréparable"
            f"{'s' if len(lost) > 1 else ''} ({journal.some([codes[row] for row in lost])}) ; "
            "corrigez le fichier."
        )
    if changed:
        journal.warn(
            f"{plural(len(changed), 'contour')} dont la réparation change l'aire de plus de 1 % "
            f"({journal.some([codes[row] for row in changed])}) ; vérifiez-les."
        )
    if kinds:
        detail = ", ".join(f"{kind} : {count}" for kind, count in kinds.most_common())
        journal.inform(
            f"{plural(kinds.total(), 'contour invalide réparé', 'contours invalides réparés')} "
            f"({detail})."
        )
    return result


def _repair(
    shapes: Shapes, todo: npt.NDArray[np.intp]
) -> tuple[Counter[str], list[int], list[int]]:
    """Repair outlines in place, each with the first method that keeps its area.

    The area to keep is that of the rings as written (shoelace formula). A ring that crosses
    itself subtracts one lobe from the other, and no repair can have that area: two methods that
    agree with each other are then trusted instead.

    Parameters
    ----------
    shapes
        All outlines; those repaired are replaced.
    todo
        Rows to repair.

    Returns
    -------
    kinds, lost, changed
        Outlines repaired by each method; rows that nothing repairs; rows whose area changes.
    """
    kinds: Counter[str] = Counter()
    written = shapely.area(shapes[todo])
    # Of each outline still to do: the best candidates so far.
    tried: list[list[tuple[str, shapely.Geometry, float]]] = [[] for _ in todo]
    left = list(range(len(todo)))
    for kind, method in _REPAIRS:
        for place, candidate in zip(left, _apply(method, shapes[todo[left]]), strict=True):
            if candidate is not None:
                tried[place].append((kind, candidate, float(shapely.area(candidate))))
        remaining = []
        for place in left:
            chosen = _keeps_area(tried[place], float(written[place]))
            if chosen is None:
                remaining.append(place)
                continue
            kinds[chosen[0]] += 1
            shapes[todo[place]] = chosen[1]
        left = remaining
        if not left:
            break
    lost = [int(todo[place]) for place in left if not tried[place]]
    changed = [int(todo[place]) for place in left if tried[place]]
    for place in left:
        if tried[place]:
            drift = [abs(area - float(written[place])) for _, _, area in tried[place]]
            kind, shape, _ = tried[place][int(np.argmin(drift))]
            kinds[kind] += 1
            shapes[todo[place]] = shape
    return kinds, lost, changed


def _apply(method: Callable[[Shapes], Shapes], shapes: Shapes) -> list[shapely.Geometry | None]:
    """Run a repair; None where it fails, leaves no polygon, or leaves an invalid one."""
    try:
        found = list(method(shapes))
    except shapely.errors.GEOSException:
        if len(shapes) == 1:
            return [None]
        # One outline that the method cannot take must not lose the others.
        return [_apply(method, shapes[row : row + 1])[0] for row in range(len(shapes))]
    kept = [polygons_only(shape) for shape in found]
    return [shape if shape is not None and shapely.is_valid(shape) else None for shape in kept]


def _keeps_area(
    tried: list[tuple[str, shapely.Geometry, float]], written: float
) -> tuple[str, shapely.Geometry, float] | None:
    """Return the candidate to trust, None when none is yet."""
    if not tried:
        return None
    last = tried[-1]
    if abs(last[2] - written) <= AREA_TOLERANCE * written:
        return last
    for one in tried[:-1]:
        if abs(one[2] - last[2]) <= AREA_TOLERANCE * one[2]:
            return one
    return None


def polygons_only(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Keep the polygons of a geometry; None when there is no area left."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape if shape.area > 0 else None
    parts = shapely.get_parts(shape)
    while np.isin(shapely.get_type_id(parts), (6, 7)).any():
        parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)]
    if not len(parts):
        return None
    together = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return together if shapely.is_valid(together) else shapely.union_all(parts)
