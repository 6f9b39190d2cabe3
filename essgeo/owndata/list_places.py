"""Where the rows of a visitor's list say they are: their own position, commune, département."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo.distinct import Distinct, distinct
from essgeo.intake import Taken
from essgeo.nomenclatures.communes import code_of, communes
from essgeo.nomenclatures.territoires import territory_index
from essgeo.owndata.list_roles import Roles
from essgeo.readers import cells, codes
from essgeo.readers.columns import PATTERNS
from essgeo.text import fold

Floats = npt.NDArray[np.float64]

#: What a row's own position is; the place of each is its number.
POSITIONS = ("sans-colonne", "lue", "absente", "illisible", "zero", "hors-france")
NO_COLUMN, READ, ABSENT, UNREAD, ZERO, ABROAD = range(len(POSITIONS))


@dataclass(frozen=True)
class Own:
    """Positions of a list.

    Parameters
    ----------
    lon, lat
        shape (rows,): WGS84 degrees, NaN where there is none in France.
    state
        shape (rows,): position in :data:`POSITIONS`.
    """

    lon: Floats
    lat: Floats
    state: npt.NDArray[np.int8]


def column(taken: Taken, roles: Roles, role: str) -> pd.Series:
    """Return the cells of a role without white space around them; empty without a column."""
    name = roles.name(role)
    if not name:
        return codes.blank(len(taken.raw.source))
    return cells.stripped(taken.raw.source[name])


def own_positions(taken: Taken, roles: Roles) -> Own:
    """Read the positions that a list gives: shapes first, then columns."""
    rows = len(taken.raw.source)
    nothing = np.full(rows, np.nan)
    if taken.raw.shapes is not None:
        lon, lat = (
            np.asarray(one, np.float64)
            for one in (shapely.get_x(taken.raw.shapes), shapely.get_y(taken.raw.shapes))
        )
        return _told(lon, lat, ~np.isnan(lon), np.zeros(rows, dtype=np.bool_))
    pair = next(
        (
            (roles.name(one), roles.name(other))
            for one, other in (("longitude", "latitude"), ("x", "y"))
            if roles.name(one) and roles.name(other)
        ),
        None,
    )
    if pair:
        read = [codes.numbers(cells.stripped(taken.raw.source[name])) for name in pair]
        (x, bad_x), (y, bad_y) = read
        filled = np.isfinite(x) & np.isfinite(y)
        if roles.proposal is None:
            return _told(x, y, filled, bad_x | bad_y)
        lon, lat = roles.proposal.positions(taken.raw, *pair)
        zero = filled & (x == 0) & (y == 0)
        lon, lat = (np.where(zero, 0.0, side) for side in (lon, lat))
        return _told(lon, lat, filled, bad_x | bad_y)
    if roles.name("point"):
        lat, lon, bad = _pairs(column(taken, roles, "point"))
        return _told(lon, lat, np.isfinite(lon) & np.isfinite(lat), bad)
    return Own(nothing, nothing, np.full(rows, NO_COLUMN, np.int8))


def _pairs(written: pd.Series) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Read « 48.85, 2.35 », latitude first, as the public interfaces write it."""
    parts = written.str.strip("[]() ").str.extract(
        r"^\s*([+-]?\d+(?:[.,]\d+)?)\s*(?:;|,\s|,(?=[+-]?\d+\.)|\s)\s*([+-]?\d+(?:[.,]\d+)?)\s*$"
    )
    lat, lon = (codes.numbers(parts[side].fillna("").astype("str"))[0] for side in (0, 1))
    bad = (written != "").to_numpy(np.bool_) & ~(np.isfinite(lat) & np.isfinite(lon))
    return lat, lon, bad


def _told(
    lon: Floats, lat: Floats, filled: npt.NDArray[np.bool_], bad: npt.NDArray[np.bool_]
) -> Own:
    """Tell positions in France from the others; those are left out."""
    state = np.full(len(lon), ABSENT, np.int8)
    state[bad] = UNREAD
    state[filled] = ABROAD
    known = np.isfinite(lon) & np.isfinite(lat)
    state[filled & known & (lon == 0) & (lat == 0)] = ZERO
    state[filled & known & (territory_index(lon, lat) >= 0)] = READ
    right = state == READ
    return Own(np.where(right, lon, np.nan), np.where(right, lat, np.nan), state)


def departements(taken: Taken, roles: Roles) -> pd.Series:
    """Return the département that each row declares: its column, its commune's, its post code's.

    A post code crosses borders at times: it is the last to speak.
    """
    declared = distinct(codes.normal_departement(column(taken, roles, "departement")))
    commune = distinct(codes.departement_of_commune(_codes(taken, roles)))
    post = distinct(codes.departement_of_postcode(column(taken, roles, "code_postal")))
    return declared.filled(commune).filled(post).series(taken.raw.source.index)


def commune_codes(taken: Taken, roles: Roles, departement: pd.Series) -> pd.Series:
    """Return the code of each row's commune: written, or found by its name; else empty.

    A name is looked for in the row's département; without one, it must be alone in France.
    """
    written = distinct(_codes(taken, roles))
    name = distinct(column(taken, roles, "commune"))
    dep = distinct(departement)
    pair = name.codes.astype(np.int64) * len(dep.texts) + dep.codes
    different, place = np.unique(pair, return_inverse=True)
    found = [
        _code(name.texts[one // len(dep.texts)], dep.texts[one % len(dep.texts)])
        for one in different.tolist()
    ]
    by_name = Distinct(found, place.astype(np.int32))
    return written.filled(by_name).series(taken.raw.source.index)


def _codes(taken: Taken, roles: Roles) -> pd.Series:
    written, _ = codes.padded(column(taken, roles, "code_commune"), 5)
    shape = PATTERNS["code_commune"]
    return cells.by_value(written, lambda text: text if shape.fullmatch(text) else "")


def _code(name: str, departement: str) -> str:
    if not name:
        return ""
    return code_of(name, departement) if departement else _alone().get(fold(name), "")


@cache
def _alone() -> Mapping[str, str]:
    """Return the communes whose name no other bears: folded name -> code."""
    table = communes()
    names = pd.Series([fold(name) for name in table["lib_commune"]], index=table.index)
    once = names[~names.duplicated(keep=False)]
    return dict(zip(once.tolist(), once.index.tolist(), strict=True))
