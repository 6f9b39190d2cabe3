"""What each establishment is, from what reference tables say of its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Axis, Mask, own_axis
from essgeo.distinct import Distinct, distinct

#: Employment statuses of those who employ: of known headcount or not.
EMPLOYER = ("employeur", "employeur-inconnu")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bands:
    """What is told of an establishment by its band: one entry a band.

    Parameters
    ----------
    low, central, high
        Employees, NaN where unknown: bounds and central value. The open band has no upper bound
        and its lower bound as central value; non-employers count 0.
    known
        Whether the headcount is known.
    employer
        Whether it employs, be it an unknown number.
    """

    low: Floats
    central: Floats
    high: Floats
    known: Mask
    employer: Mask


@dataclass(frozen=True)
class Headcount:
    """Employees of each establishment, from Sirene's bands.

    Parameters
    ----------
    band
        shape (establishments,): position in ``bands``. Establishments counted by band once give
        all sums.
    bands
        What each band tells.
    """

    band: npt.NDArray[np.int8]
    bands: Bands

    @cached_property
    def low(self) -> Floats:
        """Lower bound of each establishment, NaN where unknown."""
        return self.bands.low[self.band]

    @cached_property
    def central(self) -> Floats:
        """Central value of each establishment, NaN where unknown."""
        return self.bands.central[self.band]

    @cached_property
    def high(self) -> Floats:
        """Upper bound of each establishment, NaN where unknown or open."""
        return self.bands.high[self.band]

    @cached_property
    def known(self) -> Mask:
        """Whether the headcount of each establishment is known."""
        return self.bands.known[self.band]


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
    size = len(bands)
    nobody, somebody, unknown = size, size + 1, size + 2
    place = tranche.among(list(bands.index))
    # Of those who employ the band is told; of the others it says nothing.
    at = np.full(len(place), unknown, dtype=np.int8)
    at[emploi.mask(EMPLOYER)] = somebody
    told = (place >= 0) & emploi.mask(("employeur",))
    at[told] = place[told]
    at[emploi.mask(("non-employeur",))] = nobody

    def with_others(values: pd.Series) -> Floats:
        return np.append(values.to_numpy(np.float64), [0.0, np.nan, np.nan])

    every = np.arange(size + 3)
    return Headcount(
        at,
        Bands(
            low=with_others(bands["min"]),
            central=with_others(bands["central"].fillna(bands["min"])),
            high=with_others(bands["max"]),
            known=every <= nobody,
            employer=(every < size) | (every == somebody),
        ),
    )
