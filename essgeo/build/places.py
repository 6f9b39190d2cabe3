"""Where establishments of the official files are: one position a row, or none."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
from numpy.typing import NDArray

from essgeo.join.cells import Floats
from essgeo.nomenclatures.diffusion import PARTIAL
from essgeo.nomenclatures.territoires import territoires
from essgeo.readers.codes import departement_of_commune

Texts = NDArray[np.object_]

#: What became of a position, in words, in the order in which ways are tried.
MASKED, DEGREES, METRES, STOCK, NOWHERE = (
    "masquée (diffusion partielle)",
    "longitude et latitude de la géolocalisation",
    "x et y de la géolocalisation",
    "coordonnées du stock des établissements",
    "sans position",
)
ZERO = "(0, 0) écartées"


def located(batch: pa.RecordBatch) -> tuple[Floats, Floats, Counter[str]]:
    """Place the rows of a batch.

    Degrees first; failing that, metres in the projection that the file names, then those of the
    stock in the legal projection of the territory. A unit in partial diffusion has no position,
    even when a file still gives one.

    Returns
    -------
    tuple
        Longitudes, latitudes (WGS84 degrees, NaN without a position), and how many rows were
        placed in each way.
    """
    lon, lat = _numbers(batch, "longitude"), _numbers(batch, "latitude")
    masked = _masked(batch)
    x, y = _numbers(batch, "x"), _numbers(batch, "y")
    zero = (lon == 0) & (lat == 0)
    lost = ~masked & (zero | ~(np.isfinite(lon) & np.isfinite(lat)))
    counts = Counter({DEGREES: int((~lost & ~masked).sum()), MASKED: int(masked.sum())})
    counts[ZERO] = int((~masked & (zero | ((x == 0) & (y == 0)))).sum())
    lon[lost | masked] = lat[lost | masked] = np.nan
    # Few rows are left: the rest is read for them alone.
    rows = np.flatnonzero(lost)
    left = batch.take(pa.array(rows))
    ways = ((METRES, x[rows], y[rows], _texts(left, "epsg")), (STOCK, *_stock(left), _legal(left)))
    for way, east, north, epsg in ways:
        given = np.isfinite(east) & np.isfinite(north) & ((east != 0) | (north != 0))
        todo = np.flatnonzero(lost[rows] & given)
        for code in sorted(set(epsg[todo]) - {""}):
            here = todo[epsg[todo] == code]
            change = _to_degrees(code)
            if change is None:
                continue
            u, v = change.transform(east[here], north[here])
            fine = np.isfinite(u) & np.isfinite(v)
            placed = rows[here[fine]]
            lon[placed], lat[placed] = u[fine], v[fine]
            lost[placed] = False
            counts[way] += len(placed)
    counts[NOWHERE] = int(lost.sum())
    return lon.round(6), lat.round(6), counts


def _numbers(batch: pa.RecordBatch, name: str) -> Floats:
    column = batch.column(name).cast("float64")
    found: Floats = column.to_numpy(zero_copy_only=False).copy()
    return found


def _texts(batch: pa.RecordBatch, name: str) -> Texts:
    found: Texts = batch.column(name).fill_null("").to_numpy(zero_copy_only=False)
    return found


def _masked(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    partial = pa.array(PARTIAL)
    either = pc.or_(
        pc.is_in(batch.column("statut_etablissement"), partial),
        pc.is_in(batch.column("statut_unite"), partial),
    )
    found: NDArray[np.bool_] = either.to_numpy(zero_copy_only=False).astype(bool)
    return found


def _stock(batch: pa.RecordBatch) -> tuple[Floats, Floats]:
    """Read the stock's coordinates; « [ND] » and whatever is no number is none."""
    east, north = (
        pd.to_numeric(batch.column(name).to_pandas(), errors="coerce").to_numpy(np.float64)
        for name in ("lambert_x", "lambert_y")
    )
    return east, north


def _legal(batch: pa.RecordBatch) -> Texts:
    """Return the EPSG code of the legal projection of each row's territory, "" when unknown."""
    table = territoires()
    epsg = dict(zip(table["code"], table["epsg"].astype("str"), strict=True))
    departement = departement_of_commune(
        batch.column("code_commune").fill_null("").to_pandas().astype("str")
    )
    codes = {
        code: epsg.get(code, epsg["hexagone"] if len(code) == 2 else "")
        for code in departement.unique()
    }
    found: Texts = departement.map(codes).to_numpy(dtype=object)
    return found


@cache
def _to_degrees(epsg: str) -> pyproj.Transformer | None:
    try:
        return pyproj.Transformer.from_crs(f"EPSG:{int(epsg)}", "EPSG:4326", always_xy=True)
    except (ValueError, pyproj.exceptions.CRSError):
        return None
