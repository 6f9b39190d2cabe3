"""Positions of points: from whatever the file has to WGS84 degrees, and whether they can be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from essgeo.errors import DataError
from essgeo.nomenclatures.territoires import legal_crs, position_problems, territoires
from essgeo.readers import codes
from essgeo.readers.cells import stripped
from essgeo.readers.crs import WGS84, to_degrees
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal
from essgeo.text import plural

Degrees = npt.NDArray[np.float64]

#: How Insee writes a masked value (statut de diffusion partielle).
MASKED = "[ND]"


def read_positions(
    raw: Raw, used: dict[str, int], departement: pd.Series, journal: Journal
) -> tuple[Degrees, Degrees]:
    """Return longitude and latitude of every row, NaN where there is none.

    The geometry comes first, then degree columns, then one column « lat, lon », then projected
    columns with their ``epsg`` or, without it, the legal projection of the row's territory.

    Parameters
    ----------
    raw
        The file.
    used
        Contract column -> position in the file.
    departement
        Département of each row, "" when unknown.

    Raises
    ------
    DataError
        No coordinates at all, unknown CRS, or most positions outside France (reversed,
        projected…).
    """
    if raw.shapes is not None and not shapely.is_missing(raw.shapes).all():
        lon, lat = from_shapes(raw, journal)
    elif "longitude" in used and "latitude" in used:
        lon, lat = (_column(raw, used[name], journal) for name in ("longitude", "latitude"))
    elif "point" in used:
        lon, lat = _from_pairs(raw, used["point"], journal)
    elif "lambert_x" in used and "lambert_y" in used:
        lon, lat = _from_projected(raw, used, departement, journal)
    else:
        raise journal.error(
            "aucune coordonnée : ni géométrie, ni colonnes longitude et latitude (x_longitude, "
            "lon, y_latitude, lat…), ni x et y avec epsg ; ajoutez-les."
        )
    _check(lon, lat, journal)
    return lon, lat


def from_shapes(raw: Raw, journal: Journal) -> tuple[Degrees, Degrees]:
    """Return the positions of shapes, which must all be points.

    Raises
    ------
    DataError
        Another kind of shape, CRS unknown or contradicted.
    """
    shapes = raw.shapes
    assert shapes is not None  # noqa: S101 - the caller has looked
    empty = shapely.is_empty(shapes)
    if empty.any():
        shapes = shapes.copy()
        shapes[empty] = None
        raw.shapes = shapes
    types = shapely.get_type_id(shapes)
    # One point wrapped in a multipoint is still a point.
    single = (types == 4) & (shapely.get_num_geometries(shapes) == 1)
    if single.any():
        shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
        raw.shapes = shapes
        types = shapely.get_type_id(shapes)
    wrong = ~np.isin(types, (-1, 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise journal.error(
            f"{plural(int(wrong.sum()), raw.word)} dont la géométrie n'est pas un point "
            f"(première : {raw.row(row)}) ; donnez des points (est-ce le fichier des quartiers ?).",
            row=raw.row(row),
        )
    turned = to_degrees(raw, journal)
    return np.asarray(shapely.get_x(turned)), np.asarray(shapely.get_y(turned))


def _column(raw: Raw, place: int, journal: Journal) -> Degrees:
    """Read a column of coordinates; masked cells are missing, unreadable ones are counted."""
    cells, name = raw.source.iloc[:, place], str(raw.source.columns[place])
    values = codes.plain_numbers(cells, missing=("", MASKED))
    unread = np.zeros(len(cells), dtype=np.bool_)
    masked = cells == MASKED
    if values is None:
        cells = stripped(cells)
        masked = cells == MASKED
        values, unread = codes.numbers(cells.mask(masked, ""))
    if masked.any():
        count = int(masked.sum())
        journal.inform(
            f"{plural(count, 'position masquée', 'positions masquées')} par Insee ([ND]) ; "
            "non localisées.",
            column=name,
        )
    if unread.any():
        row = int(np.argmax(unread))
        journal.warn(
            f"{plural(int(unread.sum()), 'coordonnée illisible', 'coordonnées illisibles')} "
            f"(première : {raw.word} {raw.row(row)}, « {journal.some([cells.iat[row]])} ») ; "
            "lignes gardées, non localisées.",
            column=name,
            row=raw.row(row),
        )
    return values


def _from_pairs(raw: Raw, place: int, journal: Journal) -> tuple[Degrees, Degrees]:
    """Read « 48.85, 2.35 »: latitude first, as the public interfaces write it."""
    cells = raw.source.iloc[:, place].str.strip("[]() ").str.replace(";", ",")
    parts = cells.str.extract(r"^\s*([+-]?[\d.]+)\s*,\s*([+-]?[\d.]+)\s*$")
    lat, _ = codes.numbers(parts[0].fillna("").astype("str"))
    lon, _ = codes.numbers(parts[1].fillna("").astype("str"))
    unread = int(((cells != "") & (cells != "ND") & parts[0].isna()).sum())
    if unread:
        journal.warn(
            f"{plural(unread, 'position illisible', 'positions illisibles')} ; "
            "lignes gardées, non localisées.",
            column=str(raw.source.columns[place]),
        )
    return lon, lat


def _from_projected(
    raw: Raw, used: dict[str, int], departement: pd.Series, journal: Journal
) -> tuple[Degrees, Degrees]:
    """Convert x and y, each row from its own projection."""
    x, y = (_column(raw, used[name], journal) for name in ("lambert_x", "lambert_y"))
    known = np.isfinite(x) & np.isfinite(y)
    in_degrees = known & (np.abs(x) <= 180) & (np.abs(y) <= 90) & ((x != 0) | (y != 0))
    if in_degrees.any() and in_degrees.sum() > 0.5 * known.sum():
        journal.inform("les colonnes x et y sont en degrés ; lues comme longitude et latitude.")
        return x, y
    epsg, named = _projections(raw, used, departement)
    projected = known & ~((x == 0) & (y == 0))
    unknown = projected & (epsg == 0)
    if unknown.sum() > 0.5 * projected.sum():
        row = int(np.argmax(unknown))
        raise journal.error(
            f"{plural(int(unknown.sum()), raw.word)} en coordonnées projetées (x, y) sans "
            f"projection connue (première : {raw.row(row)}) ; ajoutez une colonne epsg (2154 en "
            "hexagone), le code commune, ou la longitude et la latitude.",
            column=str(raw.source.columns[used["lambert_x"]]),
            row=raw.row(row),
        )
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for code in sorted(set(epsg[projected]) - {0}):
        rows = projected & (epsg == code)
        try:
            transformer = pyproj.Transformer.from_crs(int(code), WGS84, always_xy=True)
        except CRSError as error:
            raise journal.error(
                f"projection EPSG:{code} inconnue ; corrigez la colonne epsg.",
                column="epsg",
                row=raw.row(int(np.argmax(rows))),
            ) from error
        lon[rows], lat[rows] = transformer.transform(x[rows], y[rows])
    lon[~np.isfinite(lon)] = np.nan
    lat[~np.isfinite(lat)] = np.nan
    journal.inform(
        f"coordonnées projetées converties en degrés, d'après {named} "
        f"({journal.some([f'EPSG:{code}' for code in sorted(set(epsg[projected]) - {0})])})."
    )
    if unknown.any():
        journal.warn(
            f"{plural(int(unknown.sum()), raw.word)} sans projection connue ; non localisées.",
            row=raw.row(int(np.argmax(unknown))),
        )
    return lon, lat


def _projections(
    raw: Raw, used: dict[str, int], departement: pd.Series
) -> tuple[npt.NDArray[np.int64], str]:
    """Return the EPSG code of each row (0: unknown) and what told it."""
    if "epsg" in used:
        cells = raw.source.iloc[:, used["epsg"]].str.replace("EPSG:", "", case=False)
        values, _ = codes.numbers(stripped(cells))
        return np.nan_to_num(values).astype(np.int64), "la colonne epsg"
    overseas = set(territoires()["code"]) - {"hexagone"}
    legal = {code: 0 if code == "987" else int(legal_crs(code).to_epsg() or 0) for code in overseas}
    found = [
        0 if dep in ("", "987") else legal.get(dep, int(legal_crs("hexagone").to_epsg() or 0))
        for dep in departement
    ]
    return np.array(found, dtype=np.int64), "la projection légale du territoire de la commune"


def _check(lon: Degrees, lat: Degrees, journal: Journal) -> None:
    """Compare positions with where France is.

    Raises
    ------
    DataError
        No position at all, or more than half of them outside every French territory.
    """
    found = position_problems(lon, lat)
    if found.verdict:
        raise _refused(found.verdict, journal)
    if found.missing == found.total:
        journal.warn("aucune ligne n'a de position ; aucune ne pourra être rattachée.")
    elif found.missing:
        journal.inform(f"{plural(found.missing, 'ligne')} sans position ; non localisées.")
    if found.zero:
        journal.warn(f"{plural(found.zero, 'position')} en (0, 0) ; non localisées.")
    if found.outside:
        journal.warn(
            f"{plural(found.outside, 'position')} hors de tout territoire français ; "
            "lignes gardées, non localisées."
        )


def _refused(verdict: str, journal: Journal) -> DataError:
    return journal.error(f"{verdict}.")
