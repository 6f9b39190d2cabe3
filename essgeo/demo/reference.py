"""What the simulation is calibrated on: small tables of this folder, and the land."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

FOLDER = Path(__file__).parent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Metres in a degree of latitude, and of longitude at the equator: near enough for simulating.
M_LAT, M_LON = 110_574.0, 111_320.0


@cache
def table(name: str) -> pd.DataFrame:
    """Read one of the tables of the folder as text; shared, never to be changed."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype="str", keep_default_na=False)


@cache
def parameters() -> dict[str, float]:
    """Return the parameters of the calibration (``calage.csv``)."""
    rows = table("calage")
    return dict(zip(rows["parametre"], rows["valeur"].astype(float), strict=True))


def quantiles(size: str, rank: Floats) -> Floats:
    """Give the value of a size at each rank, straight in logarithms between known quantiles.

    Parameters
    ----------
    size
        ``population`` (inhabitants) or ``surface`` (hectares).
    rank
        Between 0 and 1.
    """
    rows = table("quartiers")
    rows = rows[rows["grandeur"] == size]
    known = rows["quantile"].astype(float).to_numpy()
    values = np.log(rows["valeur"].astype(float).to_numpy())
    return cast("Floats", np.exp(np.interp(rank, known, values)))


def contours() -> gpd.GeoDataFrame:
    """Return the outlines of départements: ``code``, ``libelle``, geometry (EPSG:4326)."""
    content = json.loads((FOLDER / "contours.geojson").read_text(encoding="utf-8"))
    return gpd.GeoDataFrame.from_features(content["features"], crs="EPSG:4326")


@dataclass(frozen=True)
class Frame:
    """Local metres around a point: x to the east, y to the north."""

    lon: float
    lat: float

    @property
    def _scale(self) -> Floats:
        return np.array([M_LON * np.cos(np.radians(self.lat)), M_LAT])

    def to_metres(self, degrees: Floats) -> Floats:
        """Change (n, 2) degrees into metres."""
        return (degrees - [self.lon, self.lat]) * self._scale

    def to_degrees(self, metres: Floats) -> Floats:
        """Change (n, 2) metres into degrees, rounded to the 5 decimals that are written."""
        return cast("Floats", np.round(metres / self._scale + [self.lon, self.lat], 5))

    def shape_to_metres(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Change a geometry in degrees into metres."""
        return shapely.transform(shape, self.to_metres)


def shares(weights: npt.NDArray[np.floating[Any]], total: int) -> Ints:
    """Split ``total`` into whole numbers in proportion of weights (largest remainders)."""
    exact = weights / weights.sum() * total
    counts: Ints = np.floor(exact).astype(np.int64)
    rest = total - int(counts.sum())
    # Stable: equal remainders are served in the order of the rows.
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[:rest]] += 1
    return counts


def stream(seed: int, *place: int) -> np.random.Generator:
    """Return the random stream of one part of the simulation: parts do not shift each other."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *place])))
