"""What a visitor's own data adds to the map: in memory, over the files published for all.

Outlines and establishments of the data folder keep the files that every visitor shares; here are
only the visitor's zones, the establishments that his corrections add or move, and how each
establishment relates to his zones.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from essgeo.figures.static_layers import (
    Layers,
    Mask,
    cells_of,
    index_of,
    outline_files,
    point_files,
    ties_of,
)

#: What an establishment must have alike to be the one of the published files.
_DRAWN = ["siret", "denomination", "secteur", "taille", "longitude", "latitude"]

#: Stands before the number of a cell in its name.
_OWN = "a-soi-"


def own_layers(
    base: Layers,
    published: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    etablissements: pd.DataFrame,
    shown: Mask,
    *,
    suffixes: Mapping[str, str],
    sectors: Mapping[str, str],
    sizes: Mapping[str, str],
) -> Layers:
    """Return layers that add a visitor's own data to published ones; nothing is written.

    Parameters
    ----------
    base
        Layers published of the data folder.
    published
        Its establishments, as they were drawn.
    zones
        The visitor's outlines, columns as those of neighbourhoods, EPSG:4326; may be empty.
    etablissements
        Establishments as corrected, joined to each generation.
    shown
        Which of them may be drawn (:func:`essgeo.figures.static_layers.drawable`).
    suffixes
        Generation -> suffix of its columns in ``etablissements``.
    sectors, sizes
        Label of each slug.

    Returns
    -------
    Layers
        Zones come after the published outlines, establishments of one's own after the published
        ones; its version is of its own each time.
    """
    outlines = pd.DataFrame(
        {
            "code_qp": [*base.codes, *zones["code_qp"]],
            "generation": [*base.generations, *zones["generation"]],
        }
    )
    positions = _published(base, published, etablissements)
    positions[~shown] = -1
    added = np.flatnonzero(shown & (positions < 0))
    lon, lat = (etablissements[name].to_numpy(np.float64) for name in ("longitude", "latitude"))
    order = np.argsort(cells_of(lon[added], lat[added]), kind="stable")
    extra = np.asarray(added[order], dtype=np.int32)
    positions[extra] = base.total + np.arange(len(extra))
    rows = np.full(base.total + len(extra), -1, dtype=np.int32)
    drawn = np.flatnonzero(positions >= 0)
    rows[positions[drawn]] = drawn

    cells = cells_of(lon[extra], lat[extra])
    table = etablissements.iloc[extra]
    files = dict(outline_files(zones))
    for file in files.values():
        file["index"] = [place + len(base.codes) for place in file["index"]]
    tied = ties_of(outlines, table, suffixes)
    files |= point_files(table, cells, tied, sectors, sizes, first=base.total)
    index = index_of(zones, extra, cells, lon, lat)
    # Cells of one's own: their names are not those of published files.
    index["cells"] = [cell | {"id": f"{_OWN}{cell['id']}"} for cell in index["cells"]]
    token = secrets.token_hex(16)
    content = {
        # First, so that no two contents share an address; the address then says nothing either.
        "cle": token,
        **index,
        "total": len(rows),
        "files": {name.replace("-", f"-{_OWN}", 1): file for name, file in files.items()},
        "ties": {
            name: _sparse(ties_of(outlines, etablissements, {name: suffix})[name], positions)
            for name, suffix in suffixes.items()
            if name not in base.generations
        },
    }
    return Layers(
        version=f"{base.version}+{token}",
        codes=tuple(outlines["code_qp"]),
        generations=tuple(outlines["generation"]),
        rows=rows,
        positions=positions,
        own=json.dumps(
            content, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode(),
    )


def _published(
    base: Layers, published: pd.DataFrame, etablissements: pd.DataFrame
) -> NDArray[np.int32]:
    """Return the published position of each establishment that is drawn as it was, else -1."""
    before, now = (_keys(table) for table in (published, etablissements))
    row = pd.Index(before).get_indexer(pd.Index(now))
    return np.where(row >= 0, base.positions[row], -1).astype(np.int32)


def _keys(table: pd.DataFrame) -> NDArray[np.uint64]:
    """Tell establishments apart by what is drawn of them; the second one alike is another one."""
    found = pd.util.hash_pandas_object(table[_DRAWN], index=False)
    rank = found.groupby(found).cumcount().to_numpy(np.uint64)
    return np.asarray(found.to_numpy(np.uint64) + rank * np.uint64(0x9E3779B97F4A7C15))


def _sparse(ties: Mapping[str, NDArray[np.int64]], positions: NDArray[np.int32]) -> dict[str, Any]:
    """Write the ties of what is drawn and near: most establishments have none."""
    tied = np.flatnonzero((ties["kind"] > 0) & (positions >= 0))
    tied = tied[np.argsort(positions[tied])]
    return {
        "places": np.diff(positions[tied], prepend=0).tolist(),
        **{name: values[tied].tolist() for name, values in ties.items()},
    }
