"""Zones of one's own (quartier vécu, veille active, project): outlines of any make.

They are brought to the columns of the neighbourhoods, as one more generation, named ``zones``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from essgeo.readers import codes
from essgeo.readers.cells import mended, stripped
from essgeo.readers.columns import key, recognise, report_names, with_extras
from essgeo.readers.crs import check_finite
from essgeo.readers.outlines import polygons_only, read_outlines
from essgeo.readers.places import complete_places
from essgeo.readers.quartiers import COLUMNS, framed, read_populations
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal, Reading
from essgeo.readers.reporting import make_report
from essgeo.text import plural

#: Name of their generation.
GENERATION = "zones"

# Type of collections in shapely.
_COLLECTION = 7

#: Columns that may name a zone, in order of preference, beside those of the neighbourhoods.
_NAMES = ("nom", "name", "libelle", "label", "intitule", "nomzone", "zone", "quartier", "titre")
_CODES = ("code", "codezone", "id", "identifiant", "idzone", "numero", "num")


def build_zones(raw: Raw, journal: Journal) -> Reading:
    """Bring a file already read to the columns of the neighbourhoods; faults stay in the journal.

    Returns
    -------
    Reading
        ``table`` has the columns of `essgeo.readers.quartiers.COLUMNS`: ``code_qp`` is the file's
        own code where it has one for each zone, all different, else ``Z1``, ``Z2``… in the order
        of the file; ``lib_qp`` its name, else « Zone 1 »…; ``generation`` is ``zones``; commune,
        département and region only where the file says them.

    Raises
    ------
    DataError
        No outlines, CRS unknown or contradicted.
    """
    report_names(raw.source, journal)
    if raw.shapes is None:
        raise journal.error(
            "les zones n'ont pas de contours ; donnez un fichier géographique "
            "(GeoJSON, GeoPackage ou shapefile zippé)."
        )
    used = recognise(raw.source, "quartiers")
    keys = [key(str(name)) for name in raw.source.columns]
    for column, names in (("code_qp", _CODES), ("lib_qp", _NAMES)):
        found = [keys.index(name) for name in names if name in keys]
        if column not in used and found:
            used[column] = found[0]
    rows = len(raw.source)
    table = pd.DataFrame(index=pd.RangeIndex(rows))
    for column in COLUMNS[:-1]:
        cells = raw.source.iloc[:, used[column]] if column in used else None
        table[column] = codes.blank(rows) if cells is None else mended(stripped(cells))
    table["generation"] = pd.Series([GENERATION] * rows, dtype="str")
    _names(table, journal)
    if any((table[place] != "").any() for place in ("insee_com", "lib_com", "insee_dep")):
        complete_places(table, journal, "zone")
    read_populations(table, raw, used, journal)
    told = table["lib_qp"].tolist()
    check_finite(raw, journal)
    _polygons_of_collections(raw, told, journal)
    _check_width(raw, told, journal)
    shapes = read_outlines(raw, told, journal, noun="zone")
    used = {column: place for column, place in used.items() if column != "generation"}
    frame = framed(with_extras(table, raw.source, used), shapes)
    extent = shapely.total_bounds(np.asarray(shapes))
    report = make_report(
        raw, journal, kind="quartiers", used=used, extent=extent, generation=GENERATION
    )
    return Reading(frame, raw.source, report)


def _polygons_of_collections(raw: Raw, names: list[str], journal: Journal) -> None:
    """Keep the polygons of collections, in place, and say which."""
    shapes = np.asarray(raw.shapes)
    mixed = np.flatnonzero(
        (shapely.get_type_id(shapes) == _COLLECTION) & (shapely.area(shapes) > 0)
    )
    if len(mixed):
        raw.shapes = shapes.copy()
        for row in mixed:
            raw.shapes[row] = polygons_only(shapes[row])
        journal.warn(
            f"{plural(len(mixed), 'zone')} de plusieurs sortes de formes "
            f"({journal.some([names[row] for row in mixed])}) ; seuls les polygones sont gardés."
        )


def _check_width(raw: Raw, names: list[str], journal: Journal) -> None:
    """Refuse outlines in degrees that run around the world, or count beyond 180.

    Raises
    ------
    DataError
        A zone lies across the antimeridian, where longitudes jump from 180 to -180.
    """
    if raw.crs is None or not raw.crs.is_geographic:
        return
    west, south, east, north = shapely.bounds(raw.shapes).T
    degrees = (np.abs(south) <= 90) & (np.abs(north) <= 90) & (west >= -360) & (east <= 360)
    around = degrees & ((east - west > 180) | (east > 180) | (west < -180))
    if around.any():
        row = int(np.argmax(around))
        raise journal.error(
            f"la zone « {journal.some([names[row]])} » va de {west[row]:.1f} à {east[row]:.1f} "
            "degrés de longitude : elle passe l'antiméridien ; coupez-la en deux à 180°.",
            row=raw.row(row),
        )


def _names(table: pd.DataFrame, journal: Journal) -> None:
    """Give every zone a code of its own and a name."""
    numbers = pd.Series([str(place + 1) for place in range(len(table))], dtype="str")
    own = table["code_qp"]
    whole = (own != "").all() and not own.duplicated().any()
    if not whole:
        if (own != "").any():
            journal.warn(
                "les codes des zones manquent ou se répètent ; elles sont numérotées dans "
                "l'ordre du fichier."
            )
        table["code_qp"] = "Z" + numbers
    unnamed = table["lib_qp"] == ""
    if unnamed.any():
        instead = own.where(own != "", "Zone " + numbers)
        table["lib_qp"] = table["lib_qp"].mask(unnamed, instead).astype("str")
        if not (own != "").all():
            count = int(unnamed.sum())
            journal.inform(
                f"{plural(count, 'zone')} sans nom ; numérotée{'s' if count > 1 else ''}."
            )
