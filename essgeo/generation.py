"""One generation of outlines, with the establishments joined to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Axis, named_axis, own_axis, places
from essgeo.datafolder import DataFolder
from essgeo.distinct import Codes, Distinct, Numbered, distinct
from essgeo.join import JoinResult, Outlines, attach, joined_table
from essgeo.join.cells import Floats
from essgeo.nomenclatures.fusions import roll_up
from essgeo.readers.codes import blank
from essgeo.selection import OWN_ZONES, VOCABULARY

#: Columns that the join adds for the newest generation; the other carries a suffix.
JOINED = ("code_qp", "rattachement", "distance_m", "certitude")

#: A code column of quartiers and communes -> its label.
TERRITORY_COLUMNS = {
    "region": ("insee_reg", "lib_reg"),
    "departement": ("insee_dep", "lib_dep"),
    "epci": ("siren_epci", "lib_epci"),
    "ept": ("code_ept", "lib_ept"),
    "contrat": ("code_contrat", "lib_contrat"),
}


@dataclass(frozen=True)
class Generation:
    """Outlines of one generation with what was joined to them.

    Parameters
    ----------
    name
        ``2015``, ``2024``, or ``zones`` for a visitor's own.
    quartiers
        One row an outline, RangeIndex.
    attached
        Text columns of :attr:`joined`.
    distance_m
        shape (establishments,): metres to the edge, missing beyond the band.
    join
        The join's own account, None when the folder was already joined.
    axes
        Axes of this generation by key.
    commune_of
        Rolled-up codes of the communes that each outline covers, in the order of ``quartiers``.
    """

    name: str
    quartiers: gpd.GeoDataFrame
    attached: Mapping[str, Distinct]
    distance_m: Floats
    join: JoinResult | None
    axes: Mapping[str, Axis]
    commune_of: tuple[tuple[str, ...], ...]

    @cached_property
    def joined(self) -> pd.DataFrame:
        """One row an establishment: ``code_qp, rattachement, distance_m, certitude, motif``.

        Written at the first call, as counting does without.
        """
        return joined_table(self.attached, self.distance_m, pd.RangeIndex(len(self.distance_m)))

    @cached_property
    def outlines_in(self) -> Mapping[str, Mapping[str, list[int]]]:
        """Rows of ``quartiers`` in each value of each territorial axis."""
        held: dict[str, dict[str, list[int]]] = {"commune": {}, "quartier": {}}
        for place, communes in enumerate(self.commune_of):
            for code in communes:
                held["commune"].setdefault(code, []).append(place)
        columns = {"quartier": "code_qp"} | {
            key: code for key, (code, _) in TERRITORY_COLUMNS.items()
        }
        for key, column in columns.items():
            of_key = held.setdefault(key, {})
            for place, code in enumerate(self.quartiers[column].tolist()):
                of_key.setdefault(code, []).append(place)
        return held

    def conservation(self) -> dict[str, int]:
        """Count the rows in all (``total``) and by ``rattachement``; the four add up to it."""
        states, codes = VOCABULARY["rattachement"], self.axes["rattachement"].codes
        found = {name: int(np.count_nonzero(codes == at)) for at, name in enumerate(states)}
        return {"total": len(codes), **found}


def names_of(quartiers: gpd.GeoDataFrame) -> list[str]:
    """Return the generations of a table of outlines: newest first, a visitor's zones last."""
    names = sorted(quartiers["generation"].unique(), reverse=True)
    return sorted(names, key=lambda name: name == OWN_ZONES)


def outlines_of(quartiers: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the outlines of one generation, RangeIndex."""
    return quartiers[quartiers["generation"] == name].reset_index(drop=True)


def read_generation(
    folder: DataFolder,
    name: str,
    *,
    suffix: str,
    prepared: Outlines | None = None,
) -> Generation:
    """Join a data folder's establishments to one generation of its outlines.

    Parameters
    ----------
    folder
        Data folder read.
    name
        One of :func:`names_of`.
    suffix
        Of the joined columns in the folder: empty for the newest generation.
    prepared
        The same outlines, if they were prepared already.

    Returns
    -------
    Generation
        Its axes are those that depend on outlines.
    """
    communes = folder.communes
    quartiers = outlines_of(folder.quartiers, name)
    attached, distance_m, join = _attached(
        folder.etablissements, quartiers if prepared is None else prepared, suffix
    )
    position = attached["code_qp"].among(quartiers["code_qp"].tolist())
    commune_of = tuple(
        tuple(dict.fromkeys(roll_up(code) for code in codes.split(";") if code))
        for codes in quartiers["insee_com"]
    )
    commune = _commune(folder.etablissements, position, commune_of)
    # Rows of the outlines, then those of the communes; the last stands for neither.
    at = commune.among(communes["code_commune"].tolist())
    held = np.where(position >= 0, position, np.where(at >= 0, at + np.int32(len(quartiers)), -1))
    axes: dict[str, Axis] = {}
    for key in TERRITORY_COLUMNS:
        axes[key] = _territory_axis(key, quartiers, communes, held)
    labels = _commune_labels(communes, quartiers, commune_of, commune)
    axis = named_axis("commune", labels)
    axes["commune"] = replace(axis, codes=commune.among(axis.values))
    axes["quartier"] = Axis(
        "quartier",
        tuple(quartiers["code_qp"]),
        tuple(quartiers["lib_qp"].where(quartiers["lib_qp"] != "", quartiers["code_qp"])),
        position,
    )
    for key in ("rattachement", "certitude"):
        axes[key] = own_axis(key, attached[key])
    return Generation(name, quartiers, attached, distance_m, join, axes, commune_of)


def rolled_up(codes: pd.Series) -> pd.Series:
    """Roll the arrondissements of Paris, Lyon and Marseille up to their commune.

    751xx to 75056, 6938x to 69123, 132xx to 13055 (Insee, code officiel géographique).
    """
    return distinct(codes).changed(roll_up).series(codes.index)


def _attached(
    points: pd.DataFrame, quartiers: gpd.GeoDataFrame | Outlines, suffix: str
) -> tuple[Mapping[str, Distinct], Floats, JoinResult | None]:
    """Take the attachment that the folder carries, or compute it."""
    if not all(f"{name}{suffix}" in points.columns for name in JOINED):
        result = attach(points, quartiers)
        return result.columns, result.distance_m, result
    # Reasons are many and seldom looked at.
    columns = {
        name: points[f"{name}{suffix}"]
        for name in (*JOINED, "motif")
        if f"{name}{suffix}" in points.columns
    }
    if "motif" not in columns:
        columns["motif"] = blank(len(points))
    metres = pd.to_numeric(columns.pop("distance_m"), errors="coerce")
    return Numbered(columns), metres.to_numpy(np.float64), None


def _commune(
    points: pd.DataFrame, position: Codes, commune_of: tuple[tuple[str, ...], ...]
) -> Distinct:
    """Give each establishment its commune; that of its neighbourhood where it says none.

    Only a neighbourhood of one commune can lend it.
    """
    single = [codes[0] if len(codes) == 1 else "" for codes in commune_of]
    last = np.int32(len(single))
    lent = Distinct([*single, ""], np.where(position >= 0, position, last))
    return distinct(points["code_commune"]).changed(roll_up).filled(lent)


def _commune_labels(
    communes: pd.DataFrame,
    quartiers: gpd.GeoDataFrame,
    commune_of: tuple[tuple[str, ...], ...],
    found: Distinct,
) -> dict[str, str]:
    """Name every commune met: from the table, else from the outlines, else not at all."""
    labels: dict[str, str] = dict(
        zip(communes["code_commune"].tolist(), communes["lib_commune"].tolist(), strict=True)
    )
    for codes, names in zip(commune_of, quartiers["lib_com"], strict=True):
        parts = [part.strip() for part in names.replace(",", ";").split(";")]
        for place, code in enumerate(codes):
            labels.setdefault(code, parts[place] if len(parts) == len(codes) else "")
    for code in found.there():
        labels.setdefault(code, "")
    labels.pop("", None)
    return labels


def _territory_axis(
    key: str, quartiers: gpd.GeoDataFrame, communes: pd.DataFrame, held: Codes
) -> Axis:
    """Give each establishment the territory of its neighbourhood, else that of its commune."""
    code, label = TERRITORY_COLUMNS[key]
    # Lists: a column of Arrow texts is walked through ten times more slowly.
    codes = communes[code].tolist()
    labels = dict.fromkeys(codes, "")
    if label in communes.columns:
        labels = dict(zip(codes, communes[label].tolist(), strict=True))
    labels |= {
        value: text
        for value, text in zip(quartiers[code], quartiers[label], strict=True)
        if text or value not in labels
    }
    if key in ("region", "departement"):
        table = nomenclatures.regions() if key == "region" else nomenclatures.departements()
        official = dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))
        labels = {value: text or official.get(value, "") for value, text in labels.items()}
    labels.pop("", None)
    axis = named_axis(key, labels)
    known = np.concatenate([places(axis.values, quartiers[code]), places(axis.values, codes)])
    return replace(axis, codes=np.append(known, np.int32(-1))[held])
