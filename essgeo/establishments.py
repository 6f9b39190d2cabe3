"""What each establishment is, from what reference tables say of its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Axis, Mask, own_axis
from essgeo.distinct import Distinct, distinct


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


@dataclass(frozen=True)
class Traits:
    """What establishments are, as numbers: none of this depends on outlines.

    Parameters
    ----------
    axes
        ``famille, secteur, taille, emploi``. A family or sector that the table itself gives is
        kept when it is one of ours.
    types
        Types of each establishment, « ; »-joined, régies de quartier among them.
    headcount
        Employees of each establishment.
    """

    axes: Mapping[str, Axis]
    types: Distinct
    headcount: Headcount

    def complete(self, table: pd.DataFrame) -> pd.DataFrame:
        """Write the traits as columns of the table that they were read from."""
        columns = {name: axis.series(table.index) for name, axis in self.axes.items()}
        return table.assign(**columns, types=self.types.series(table.index))


def traits(table: pd.DataFrame) -> Traits:
    """Read the traits of establishments with the columns of the data dictionary."""
    tranche, caractere = (
        distinct(table[name]) for name in ("tranche_effectifs", "caractere_employeur")
    )
    emploi = own_axis("emploi", tranche.paired(caractere, nomenclatures.emploi))
    return Traits(
        axes={
            "famille": _kept(table, "famille", "categorie_juridique", nomenclatures.famille),
            "secteur": _kept(table, "secteur", "activite_principale", nomenclatures.secteur),
            "taille": own_axis("taille", tranche.paired(caractere, nomenclatures.taille)),
            "emploi": emploi,
        },
        types=_types(table),
        headcount=_headcount(tranche, emploi),
    )


def _kept(table: pd.DataFrame, name: str, code: str, derive: Callable[[str], str]) -> Axis:
    """Keep what the source says where it is one of our slugs, else what the code gives."""
    derived = own_axis(name, distinct(table[code]).changed(derive))
    if name not in table.columns:
        return derived
    said = own_axis(name, distinct(table[name]))
    return replace(derived, codes=np.where(said.codes >= 0, said.codes, derived.codes))


def _types(table: pd.DataFrame) -> Distinct:
    types = distinct(table["types"])
    regie = nomenclatures.regies(table["denomination"]).to_numpy()
    also = [
        text if "REGIE" in text else f"{text};REGIE" if text else "REGIE" for text in types.texts
    ]
    return Distinct(
        [*types.texts, *also], types.codes + np.where(regie, np.int32(len(also)), np.int32(0))
    )


def _headcount(tranche: Distinct, emploi: Axis) -> Headcount:
    """Read bands as numbers of employees."""
    bands = nomenclatures.bandes()
    place = tranche.among(list(bands.index))
    nobody = emploi.mask(("non-employeur",))
    known: Mask = nobody | ((place >= 0) & emploi.mask(("employeur",)))

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
