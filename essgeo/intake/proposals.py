"""What doubtful coordinates may be: swapped, or metres of a projection. Proposed, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from essgeo.nomenclatures.territoires import territory_index
from essgeo.readers import codes
from essgeo.readers.cells import stripped
from essgeo.readers.projections import PROJECTIONS, Degrees, in_degrees
from essgeo.readers.raw import Raw
from essgeo.text import number

#: Rows looked at to tell which proposals are worth counting in full.
_SAMPLE = 2_000
#: How a key says that northing (or latitude) comes first.
_SWAPPED = "inverse"


@dataclass(frozen=True)
class Proposal:
    """One way of reading two columns.

    Parameters
    ----------
    epsg
        4326 for degrees, else the code of a projection.
    swapped
        Whether the first column is the northing (or latitude) and the second the easting.
    in_france, total
        Positions that fall in a French territory when read so, out of those that are numbers.
    """

    epsg: int
    swapped: bool
    in_france: int
    total: int

    @property
    def key(self) -> str:
        """What tells this proposal from others: ``2154``, ``4326-inverse``."""
        return f"{self.epsg}-{_SWAPPED}" if self.swapped else str(self.epsg)

    @property
    def label(self) -> str:
        """Say it in French, with what it gives."""
        counted = f"{number(self.in_france)} positions sur {number(self.total)} en France"
        return f"{name_of(self.key)} : {counted}"

    def positions(self, raw: Raw, x_column: str, y_column: str) -> tuple[Degrees, Degrees]:
        """Return longitude and latitude read so, NaN where there is none in France."""
        return _read_so(*_numbers(raw, x_column, y_column), self.epsg, self.swapped)


def propose(raw: Raw, x_column: str, y_column: str) -> tuple[Proposal, ...]:
    """Say what two columns of coordinates may be when they are not longitude and latitude.

    Parameters
    ----------
    raw
        A table as `essgeo.intake.read_table` gives it.
    x_column, y_column
        Names of the columns meant to be the longitude (or easting) and the latitude.

    Returns
    -------
    tuple
        Best first. Empty when at least half of the positions are in France as they are written,
        and when no reading puts more than half of them there.
    """
    x, y = _numbers(raw, x_column, y_column)
    known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    x, y = x[known], y[known]
    total = len(x)
    if not total or 2 * _count(x, y, 4326, swapped=False) >= total:
        return ()
    return _readings(x, y, (False, True))


def candidates(x: Degrees, y: Degrees) -> tuple[Proposal, ...]:
    """Say how places of a file of shapes may be written, which puts more than half in France."""
    return _readings(x, y, (False, True)) if len(x) else ()


def parsed(key: str) -> tuple[int, bool]:
    """Return the EPSG code of a key, and whether its two sides are swapped.

    Raises
    ------
    ValueError
        No projection of this code is known.
    """
    code, _, order = key.partition("-")
    epsg = int(code)
    if order not in ("", _SWAPPED) or (epsg != 4326 and epsg not in PROJECTIONS):
        raise ValueError(key)
    return epsg, order == _SWAPPED


def name_of(key: str) -> str:
    """Name in French what a key says: the projection with its code, and the order of its sides."""
    epsg, swapped = parsed(key)
    if epsg == 4326:
        return "longitude et latitude" + " inversées" * swapped
    return f"{PROJECTIONS[epsg]} (EPSG:{epsg})" + ", x et y inversés" * swapped


def _readings(x: Degrees, y: Degrees, orders: tuple[bool, ...]) -> tuple[Proposal, ...]:
    total = len(x)
    some = np.linspace(0, total - 1, min(total, _SAMPLE)).astype(np.intp)
    found = [
        Proposal(epsg, swapped, _count(x, y, epsg, swapped=swapped), total)
        for epsg in (4326, *PROJECTIONS)
        for swapped in orders
        if 2 * _count(x[some], y[some], epsg, swapped=swapped) > len(some)
    ]
    kept = [one for one in found if 2 * one.in_france > total]
    return tuple(sorted(kept, key=lambda one: -one.in_france))


def _numbers(raw: Raw, x_column: str, y_column: str) -> tuple[Degrees, Degrees]:
    x, y = (codes.numbers(stripped(raw.source[name]))[0] for name in (x_column, y_column))
    return x, y


def _count(x: Degrees, y: Degrees, epsg: int, *, swapped: bool) -> int:
    return int(np.isfinite(_read_so(x, y, epsg, swapped)[0]).sum())


def _read_so(x: Degrees, y: Degrees, epsg: int, swapped: bool) -> tuple[Degrees, Degrees]:
    if swapped:
        x, y = y, x
    if epsg != 4326:
        return in_degrees(epsg, x, y)
    inside = territory_index(x, y) >= 0
    return np.where(inside, x, np.nan), np.where(inside, y, np.nan)
