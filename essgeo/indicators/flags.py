"""What must be known of an establishment before it is added up: shared address, head office."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.nomenclatures.diffusion import PARTIAL
from essgeo.text import NBSP, number

Counts = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Two points nearer than that in longitude and latitude, degrees, are one: about a metre.
SAME_POINT = 1e-5

#: Establishments of a structure, or structures at a point, from which there are several.
SEVERAL = 2


@dataclass(frozen=True)
class Flags:
    """What is peculiar to each establishment; arrays of one length.

    Parameters
    ----------
    sharing
        shape (establishments,): structures (distinct SIREN) at the same point, itself included;
        0 where that cannot be told.
    sites
        shape (establishments,): establishments of the same SIREN in the data folder; 0 where the
        SIREN is not known.
    seat
        shape (establishments,): whether the source says it is the head office of its SIREN.
    """

    sharing: Counts
    sites: Counts
    seat: Mask

    def shared(self, rows: Rows) -> Mask:
        """Whether several structures stand at the point of some establishments.

        A maison des associations, a pépinière.
        """
        found: Mask = self.sharing[rows] >= SEVERAL
        return found

    def several_sites(self, rows: Rows) -> Mask:
        """Whether some establishments are the head office of one that has others here.

        Its jobs may be told there and be held elsewhere.
        """
        found: Mask = self.seat[rows] & (self.sites[rows] >= SEVERAL)
        return found

    def texts(self, rows: Rows) -> list[str]:
        """Say in French what is peculiar to some establishments, empty when nothing is."""
        said = []
        head = self.several_sites(rows)
        for row, several in zip(rows.tolist(), head.tolist(), strict=True):
            parts = []
            others = int(self.sharing[row]) - 1
            if others > 0:
                structures = "autre structure" if others == 1 else "autres structures"
                parts.append(f"même point que {number(others)}{NBSP}{structures}")
            if several:
                parts.append(f"siège de {number(int(self.sites[row]))}{NBSP}établissements")
            said.append(" ; ".join(parts))
        return said


def flags(atlas: Atlas) -> Flags:
    """Find shared points and head offices in a whole data folder.

    Notes
    -----
    A point is an address only when it was not drawn at random (``qualite_xy`` 12, 22 and 33 are,
    see ``nomenclatures/qualites_xy.csv``). Establishments in partial diffusion are left out of
    shared points: their address is masked, and must not be found by comparison.
    """
    points = atlas.points
    size = len(points)
    siren = atlas.siren_codes
    sharing = np.zeros(size, dtype=np.int64)
    rows = np.flatnonzero(_addressed(points) & (siren >= 0))
    if len(rows):
        place = _places(points, rows)
        units = int(siren.max()) + 1
        structures = np.unique(place * units + siren[rows])
        sharing[rows] = np.bincount(structures // units)[place]
    known = siren >= 0
    sites = np.zeros(size, dtype=np.int64)
    if known.any():
        sites[known] = np.bincount(siren[known])[siren[known]]
    return Flags(sharing, sites, (points["est_siege"] == "true").to_numpy(dtype=bool))


def _addressed(points: pd.DataFrame) -> Mask:
    """Return which establishments stand at a point that may be compared with others."""
    table = nomenclatures.qualites_xy()
    drawn = table.index[table["random_in_street"] | ~table["usable"]]
    located = points["longitude"].notna() & points["latitude"].notna()
    kept = located & ~points["qualite_xy"].isin(drawn) & ~points["statut_diffusion"].isin(PARTIAL)
    return kept.to_numpy(dtype=bool)


def _places(points: pd.DataFrame, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Give one number to each distinct point of some establishments."""
    x, y = (
        np.round(points[name].to_numpy(np.float64)[rows] / SAME_POINT).astype(np.int64)
        for name in ("longitude", "latitude")
    )
    _, place = np.unique(x * 2**32 + y, return_inverse=True)
    found: npt.NDArray[np.int64] = place
    return found
