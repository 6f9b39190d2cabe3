"""One generation of outlines, with the establishments joined to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Axis, named_axis, own_axis, places
from essgeo.datafolder import DataFolder
from essgeo.distinct import Codes, distinct
from essgeo.join import JoinResult, attach
from essgeo.nomenclatures.fusions import roll_up
from essgeo.selection import VOCABULARY

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
        ``2015`` or ``2024``.
    quartiers
        One row an outline, RangeIndex.
    joined
        One row an establishment: ``code_qp, rattachement, distance_m, certitude, motif``.
    join
        The join's own account, None when the folder was already joined.
    axes
        Axes of this generation by key.
    commune_of
        Rolled-up codes of the communes that each outline covers, in the order of ``quartiers``.
    """

    name: str
    quartiers: gpd.GeoDataFrame
    joined: pd.DataFrame
    join: JoinResult | None
    axes: Mapping[str, Axis]
    commune_of: tuple[tuple[str, ...], ...]

    def conservation(self) -> dict[str, int]:
        """Count the rows in all (``total``) and by ``rattachement``; the four add up to it."""
        counts = self.joined["rattachement"].value_counts()
        found = {name: int(counts.get(name, 0)) for name in VOCABULARY["rattachement"]}
        return {"total": len(self.joined), **found}


def read_generation(
    folder: DataFolder, name: str, own: Mapping[str, Axis], *, suffix: str
) -> Generation:
    """Join a data folder's establishments to one generation of its outlines.

    Parameters
    ----------
    folder
        Data folder read.
    name
        ``2015`` or ``2024``.
    own
        Axes that do not depend on outlines.
    suffix
        Of the joined columns in the folder: empty for the newest generation.
    """
    everything, communes = folder.quartiers, folder.communes
    quartiers = everything[everything["generation"] == name].reset_index(drop=True)
    joined, join = _joined(folder.etablissements, quartiers, suffix)
    position = places(quartiers["code_qp"], joined["code_qp"])
    commune_of = tuple(
        tuple(dict.fromkeys(roll_up(code) for code in codes.split(";") if code))
        for codes in quartiers["insee_com"]
    )
    commune = _commune(folder.etablissements, position, commune_of)
    at = places(communes["code_commune"], commune)
    axes = dict(own)
    for key in TERRITORY_COLUMNS:
        axes[key] = _territory_axis(key, quartiers, position, communes, at)
    labels = _commune_labels(communes, quartiers, commune_of, commune)
    axis = named_axis("commune", labels)
    axes["commune"] = replace(axis, codes=places(axis.values, commune))
    axes["quartier"] = Axis(
        "quartier",
        tuple(quartiers["code_qp"]),
        tuple(quartiers["lib_qp"].where(quartiers["lib_qp"] != "", quartiers["code_qp"])),
        position,
    )
    for key in ("rattachement", "certitude"):
        axes[key] = own_axis(key, distinct(joined[key]))
    return Generation(name, quartiers, joined, join, axes, commune_of)


def rolled_up(codes: pd.Series) -> pd.Series:
    """Roll the arrondissements of Paris, Lyon and Marseille up to their commune.

    751xx to 75056, 6938x to 69123, 132xx to 13055 (Insee, code officiel géographique).
    """
    return codes.map({code: roll_up(code) for code in codes.unique()}).astype("str")


def _joined(
    points: pd.DataFrame, quartiers: gpd.GeoDataFrame, suffix: str
) -> tuple[pd.DataFrame, JoinResult | None]:
    """Take the attachment that the folder carries, or compute it."""
    if all(f"{name}{suffix}" in points.columns for name in JOINED):
        table = pd.DataFrame({name: points[f"{name}{suffix}"] for name in JOINED})
        table["distance_m"] = pd.to_numeric(table["distance_m"], errors="coerce")
        motif = f"motif{suffix}"
        table["motif"] = points[motif] if motif in points.columns else ""
        return table, None
    result = attach(points, quartiers)
    return result.table, result


def _commune(
    points: pd.DataFrame, position: Codes, commune_of: tuple[tuple[str, ...], ...]
) -> pd.Series:
    """Give each establishment its commune; that of its neighbourhood where it says none.

    Only a neighbourhood of one commune can lend it.
    """
    own = rolled_up(points["code_commune"])
    single = np.array(
        [codes[0] if len(codes) == 1 else "" for codes in commune_of] + [""], dtype=object
    )
    lent = pd.Series(single[position], index=own.index, dtype="str")
    return own.where(own != "", lent)


def _commune_labels(
    communes: pd.DataFrame,
    quartiers: gpd.GeoDataFrame,
    commune_of: tuple[tuple[str, ...], ...],
    found: pd.Series,
) -> dict[str, str]:
    """Name every commune met: from the table, else from the outlines, else not at all."""
    labels: dict[str, str] = dict(
        zip(communes["code_commune"], communes["lib_commune"], strict=True)
    )
    for codes, names in zip(commune_of, quartiers["lib_com"], strict=True):
        parts = [part.strip() for part in names.replace(",", ";").split(";")]
        for place, code in enumerate(codes):
            labels.setdefault(code, parts[place] if len(parts) == len(codes) else "")
    for code in found.unique():
        labels.setdefault(code, "")
    labels.pop("", None)
    return labels


def _territory_axis(
    key: str, quartiers: gpd.GeoDataFrame, position: Codes, communes: pd.DataFrame, at: Codes
) -> Axis:
    """Give each establishment the territory of its neighbourhood, else that of its commune."""
    code, label = TERRITORY_COLUMNS[key]
    labels = dict.fromkeys(communes[code], "")
    if label in communes.columns:
        labels = dict(zip(communes[code], communes[label], strict=True))
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
    of_quartier = np.append(places(axis.values, quartiers[code]), -1)
    of_commune = np.append(places(axis.values, communes[code]), -1)
    return replace(axis, codes=np.where(position >= 0, of_quartier[position], of_commune[at]))
