"""Establishments completed with what reference tables say of their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Mask, places


@dataclass(frozen=True)
class Headcount:
    """Employees of each establishment, from Sirene's bands.

    Parameters
    ----------
    low, central, high
        shape (establishments,), employees: bounds and central value of the band. The open band
        has no upper bound (NaN) and its lower bound as central value; non-employers count 0.
    known
        shape (establishments,): whether the headcount is known; where it is not, the bounds
        are NaN.
    """

    low: npt.NDArray[np.float64]
    central: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    known: Mask


def completed(table: pd.DataFrame) -> pd.DataFrame:
    """Complete establishments with what reference tables say of their codes.

    Parameters
    ----------
    table
        Establishments with the columns of the data dictionary.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``famille, secteur, taille, emploi``, and régies de quartier among the
        ``types``. A family or sector that the table itself gives is kept when it is one of ours.
    """
    tranche, caractere = table["tranche_effectifs"], table["caractere_employeur"]
    types = table["types"]
    regie = nomenclatures.regies(table["denomination"]) & ~types.str.contains("REGIE", regex=False)
    types = types.where(~regie, types.where(types == "", types + ";") + "REGIE")
    return table.assign(
        famille=_keep(table, "famille", nomenclatures.familles(table["categorie_juridique"])),
        secteur=_keep(table, "secteur", nomenclatures.secteurs(table["activite_principale"])),
        taille=nomenclatures.tailles(tranche, caractere),
        emploi=nomenclatures.emplois(tranche, caractere),
        types=types,
    )


def _keep(table: pd.DataFrame, name: str, derived: pd.Series) -> pd.Series:
    """Keep what the source says where it is one of our slugs, else what the code gives."""
    if name not in table.columns:
        return derived
    known = table[name].isin(list(nomenclatures.labels(cast("nomenclatures.Axis", name))))
    return table[name].where(known, derived)


def headcount(points: pd.DataFrame) -> Headcount:
    """Read the bands of completed establishments as numbers of employees."""
    bands = nomenclatures.bandes()
    place = places(list(bands.index), points["tranche_effectifs"])
    emploi = points["emploi"].to_numpy()
    nobody = emploi == "non-employeur"
    known: Mask = nobody | ((place >= 0) & (emploi == "employeur"))

    def taken(values: pd.Series) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = np.append(values.to_numpy(np.float64), np.nan)[place]
        found[~known] = np.nan
        found[nobody] = 0.0
        return found

    return Headcount(
        low=taken(bands["min"]),
        central=taken(bands["central"].fillna(bands["min"])),
        high=taken(bands["max"]),
        known=known,
    )
