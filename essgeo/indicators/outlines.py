"""Two generations of outlines: which of their neighbourhoods can be compared.

Between 2015 and 2024 the surface grew by a quarter, 111 neighbourhoods are new and 957 changed
(ANCT, outlines of both generations): the same points inside the one and the other give different
counts although nothing opened. Only *constant outlines* compare: pairs of an older and a newer
neighbourhood that differ by less than 1 % of their surface, besides what the rounding of
coordinates alone does (the layer of 2024 is published with four decimals, about ten metres).
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from essgeo.atlas import Atlas
from essgeo.errors import DataError
from essgeo.selection import OWN_ZONES

#: Largest difference of two outlines that are still the same place: symmetric difference over
#: union.
CONSTANT = 0.01

#: Correspondence table of ANCT, when the folder has one.
FILE = "correspondances.csv"

#: Its columns, and other spellings read.
_SPELLINGS = {
    "ancien": ("code_qp_2015", "code_qp2015", "qp2015", "code_qp15", "ancien"),
    "nouveau": ("code_qp_2024", "code_qp2024", "qp2024", "code_qp24", "nouveau"),
}

#: Decimals that a layer may have been rounded to, and the share of its coordinates that show it.
_DECIMALS = (3, 4, 5)
_MOST = 0.99

COLUMNS = ("ancien", "nouveau", "ecart", "constant")


def correspondence(folder: Path) -> pd.DataFrame | None:
    """Read the correspondence table of a data folder (``correspondances.csv``).

    Returns
    -------
    pandas.DataFrame or None
        ``ancien, nouveau``: codes of an older neighbourhood and of one that took its place, one
        pair a row; None when the folder has no such table.

    Raises
    ------
    DataError
        The table cannot be read or lacks one of the two columns.
    """
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        table = pd.read_csv(
            file, dtype="str", keep_default_na=False, sep=None, engine="python",
            encoding="utf-8-sig",
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} : table de correspondance illisible ({type(error).__name__}) ; "
            "donnez un CSV en UTF-8, ou retirez le fichier."
        ) from error
    columns = {name.strip().lower(): name for name in table.columns}
    out = {}
    for name, spellings in _SPELLINGS.items():
        found = next((columns[one] for one in spellings if one in columns), None)
        if found is None:
            raise DataError(
                f"{file} : la colonne « {spellings[0]} » manque ; corrigez la table, "
                "ou retirez le fichier."
            )
        out[name] = table[found].str.strip()
    pairs = pd.DataFrame(out)
    return pairs[(pairs != "").all(axis=1)].drop_duplicates(ignore_index=True)


def successions(atlas: Atlas) -> pd.DataFrame:
    """Pair the outlines of the two generations.

    Parameters
    ----------
    atlas
        Data folder opened.

    Returns
    -------
    pandas.DataFrame
        ``ancien, nouveau`` (codes), ``ecart`` (symmetric difference over union, 0 to 1),
        ``constant`` (no more than :data:`CONSTANT` and the rounding of coordinates): one row a
        pair of the folder's correspondence table or, when it has none, a pair of outlines that
        overlap. Empty with one generation.

    Raises
    ------
    DataError
        See :func:`correspondence`.
    """
    both = [one for name, one in atlas.generations.items() if name != OWN_ZONES][:2]
    if len(both) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    newer, older = both
    new, old = newer.quartiers, older.quartiers
    said = correspondence(atlas.folder.path)
    if said is None:
        first, last = new.sindex.query(old.geometry, predicate="intersects")
    else:
        first = pd.Index(old["code_qp"]).get_indexer(pd.Index(said["ancien"]))
        last = pd.Index(new["code_qp"]).get_indexer(pd.Index(said["nouveau"]))
        kept = (first >= 0) & (last >= 0)
        first, last = first[kept], last[kept]
    # Degrees stretch both outlines of a pair alike: the ratio of their surfaces stays right.
    before = shapely.make_valid(old.geometry.to_numpy()[first])
    after = shapely.make_valid(new.geometry.to_numpy()[last])
    union = shapely.area(shapely.union(before, after))
    apart = shapely.area(shapely.symmetric_difference(before, after))
    share = np.divide(apart, union, out=np.ones(len(union)), where=union > 0)
    pairs: pd.DataFrame = pd.DataFrame(
        {
            "ancien": old["code_qp"].to_numpy()[first],
            "nouveau": new["code_qp"].to_numpy()[last],
            "ecart": share,
            "constant": share < CONSTANT + _rounding(old, before) + _rounding(new, after),
        }
    )
    # Neighbours that touch overlap by nothing: they are no successors.
    if said is None:
        pairs = pairs[share < 1 - 1e-9]
    return pairs.sort_values(["ancien", "nouveau"], ignore_index=True)


def _rounding(quartiers: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the share of each surface that rounding the coordinates of a layer may move.

    Each side moves by up to half a step, a quarter on average; along all sides at worst.
    """
    places = shapely.get_coordinates(quartiers.geometry.to_numpy())
    steps = (10.0**-decimals for decimals in _DECIMALS)
    step = next(
        (
            one
            for one in steps
            if np.mean(np.abs(places / one - np.round(places / one)) < 1e-4) > _MOST
        ),
        0.0,
    )
    area = shapely.area(shapes)
    moved = shapely.length(shapes) * step / 4
    out: NDArray[np.float64] = np.divide(moved, area, out=np.zeros(len(area)), where=area > 0)
    return out
