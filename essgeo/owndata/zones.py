"""A visitor's own zones (quartier vécu, veille active, project), checked and placed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo import nomenclatures
from essgeo.build.assemble import with_bands
from essgeo.datafolder import TEXT_NAMES, read_outlines
from essgeo.errors import DataError
from essgeo.intake import read_zones
from essgeo.intake.process import clean_name
from essgeo.join.surfaces import inside_km2
from essgeo.nomenclatures.territoires import territoires, territory_index
from essgeo.readers.places import complete_places
from essgeo.readers.quartiers import COLUMNS
from essgeo.readers.report import Journal, Problem
from essgeo.settings import ROOT
from essgeo.text import NBSP, listing, number, one_line, plural

#: The outlines of the départements are drawn to a few hundred metres: beyond this, in degrees, a
#: place is not in France.
FAR_DEGREES = 0.05

#: Two zones overlap when they share more than this, in km²: edges drawn by hand cross a little.
SHARED_KM2 = 0.0001

#: A code that a permalink can carry: commas part its values.
_PLAIN_CODE = re.compile(r"[\w.\-:/ ]{1,60}")


@dataclass(frozen=True)
class Zones:
    """A visitor's own zones, ready to be looked at in place of the neighbourhoods.

    Parameters
    ----------
    table
        Columns of the neighbourhoods and ``bande_km2``, EPSG:4326; ``generation`` is ``zones``;
        ``insee_com`` is ``""`` where the file does not say it.
    name, sha256
        Name and fingerprint of the file.
    problems
        What reading it found, in order.
    notes
        French sentences: how many, how large, which overlap.
    """

    table: gpd.GeoDataFrame
    name: str
    sha256: str
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of zones."""
        return len(self.table)


def read_zones_file(data: bytes, name: str, read_as: str | None = None) -> Zones:
    """Read a file of zones.

    Parameters
    ----------
    data, name
        The file's bytes, and its name as the visitor gave it.
    read_as
        As :func:`essgeo.intake.read_zones`.

    Returns
    -------
    Zones
        Codes and names are the file's where it has them (see `essgeo.readers.zones`); département
        and région those of its position when it does not say them.

    Raises
    ------
    DataError
        As :func:`essgeo.intake.read_zones`, or a zone outside France.
    ProjectionError
        The projection is to be chosen among some.
    """
    reading = read_zones(data, name, read_as=read_as)
    label = clean_name(name)
    journal = Journal(Path(label))
    table = gpd.GeoDataFrame(reading.table)[list(COLUMNS)].copy()
    _plain_codes(table, journal)
    _placed(table, label)
    return Zones(
        table=with_bands(table),
        name=label,
        sha256=hashlib.sha256(data).hexdigest(),
        problems=(*reading.report.problems, *journal.problems),
        notes=(_extent(table), *_overlaps(table)),
    )


def with_communes(zones: gpd.GeoDataFrame, codes: list[str]) -> gpd.GeoDataFrame:
    """Give zones the communes that their file does not say, and what these tell.

    Parameters
    ----------
    zones
        :attr:`Zones.table`.
    codes
        For each zone, codes of communes joined by « ; », ``""`` for none.
    """
    table = zones.copy()
    empty = table["insee_com"] == ""
    table["insee_com"] = table["insee_com"].mask(empty, pd.Series(codes, index=table.index))
    table["insee_com"] = table["insee_com"].astype("str")
    complete_places(table, Journal(Path()))
    return table


def _plain_codes(table: gpd.GeoDataFrame, journal: Journal) -> None:
    """Give a number to zones whose codes an address could not carry."""
    if table["code_qp"].map(lambda code: bool(_PLAIN_CODE.fullmatch(code))).all():
        return
    journal.warn(
        "les codes des zones sont trop longs ou tiennent d'autres signes que des lettres, des "
        "chiffres et des tirets ; elles sont numérotées dans l'ordre du fichier."
    )
    table["code_qp"] = pd.Series([f"Z{row + 1}" for row in range(len(table))], dtype="str")


def _placed(table: gpd.GeoDataFrame, name: str) -> None:
    """Fill the département and the région of zones from their position.

    Raises
    ------
    DataError
        A zone lies outside France.
    """
    points = shapely.point_on_surface(table.geometry.to_numpy())
    found = departements_at(shapely.get_x(points), shapely.get_y(points))
    abroad = np.flatnonzero(found == "")
    if len(abroad):
        named = [one_line(table["lib_qp"].iat[row], 40) for row in abroad]
        raise DataError(
            f"{name} : {plural(len(abroad), 'zone')} hors de France ({listing(named)}) ; "
            "vérifiez les coordonnées, ou retirez-les."
        )
    regions = dict(
        zip(*(nomenclatures.departements()[c] for c in ("code", "insee_reg")), strict=True)
    )
    told = table["insee_dep"]
    table["insee_dep"] = told.mask(told == "", pd.Series(found, index=table.index)).astype("str")
    told = table["insee_reg"]
    derived = table["insee_dep"].map(regions).fillna("")
    table["insee_reg"] = told.mask(told == "", derived).astype("str")
    for code, label, known in (
        ("insee_dep", "lib_dep", nomenclatures.departements().set_index("code")["lib_dep"]),
        ("insee_reg", "lib_reg", nomenclatures.regions().set_index("code")["lib_reg"]),
    ):
        told = table[label]
        table[label] = told.mask(told == "", table[code].map(known).fillna("")).astype("str")


def departements_at(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.str_]:
    """Return the département of each position, ``""`` outside France.

    Parameters
    ----------
    lon, lat
        WGS84 degrees. Near a border the outlines, simplified, may tell the neighbour.
    """
    place = territory_index(lon, lat)
    codes = np.array([*territoires()["code"], ""], dtype=object)
    # Overseas a territory is a département, whose outline may not be shipped.
    found = np.where(place > 0, codes[place], "")
    outlines = _departements()
    mainland = np.flatnonzero(place == 0)
    points = shapely.points(lon[mainland], lat[mainland])
    at, near = outlines.sindex.nearest(points, return_all=False, max_distance=FAR_DEGREES)
    found[mainland[at]] = outlines["code"].to_numpy(object)[near]
    return found.astype(np.str_)


@cache
def _departements() -> gpd.GeoDataFrame:
    """Return the outlines of the départements that the project ships."""
    file = ROOT / "data" / TEXT_NAMES["contours_departements"]
    found = read_outlines(file)
    if found is None:
        raise DataError(f"{file} : les contours des départements manquent ; réinstallez essgeo.")
    return found


def _extent(table: gpd.GeoDataFrame) -> str:
    """Say how many zones there are and how large they are."""
    area = float(inside_km2(table).sum())
    said = f"{plural(len(table), 'zone')}, {number(area, 1 if area >= 1 else 2)}{NBSP}km²"
    unknown = int(table["population"].isna().sum())
    if not unknown:
        return f"{said}, {number(float(table['population'].sum()))} habitants."
    if unknown == len(table):
        return f"{said} ; population inconnue."
    return f"{said} ; population inconnue de {plural(unknown, 'zone')}."


def _overlaps(table: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Say which zones overlap, and where an establishment in two of them is counted."""
    shapes = table.geometry.to_numpy()
    one, other = table.sindex.query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = gpd.GeoDataFrame(geometry=shapely.intersection(shapes[one], shapes[other]), crs=4326)
    shared = inside_km2(common) > SHARED_KM2
    if not shared.any():
        return ()
    names = table["lib_qp"].to_numpy(object)
    pairs = [
        f"« {one_line(names[a], 40)} » et « {one_line(names[b], 40)} »"
        for a, b in zip(one[shared], other[shared], strict=True)
    ]
    return (
        f"{plural(len(pairs), 'recouvrement')} de zones ({listing(pairs, 3)}) : ce qui est "
        "dans deux zones est compté une fois, dans celle du plus petit code.",
    )
