"""Sums of a visitor's list: by neighbourhood and by theme; they add up to the list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.axes import Mask
from essgeo.distinct import distinct
from essgeo.generation import Generation
from essgeo.owndata.list_table import OUTCOMES
from essgeo.readers import cells

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Amount:
    """A column of a list that is added up.

    Parameters
    ----------
    name
        Of the column.
    values
        shape (rows,): NaN where there is none, where it could not be read, and on totals.
    unread
        Filled cells that could not be read.
    """

    name: str
    values: Floats
    unread: int

    @property
    def total(self) -> float:
        """Sum over the rows counted."""
        return float(np.nansum(self.values))

    def where(self, rows: Mask) -> float:
        """Sum over some rows."""
        return float(np.nansum(self.values[rows]))


def by_quartier(
    generation: Generation, asked: Mask, added: pd.DataFrame, amounts: tuple[Amount, ...]
) -> pd.DataFrame:
    """Count a list by neighbourhood.

    Parameters
    ----------
    generation
        Outlines.
    asked
        shape (outlines,): those of the selection's territory.
    added
        What was found of each row of the list.
    amounts
        Columns to add up.

    Returns
    -------
    pandas.DataFrame
        One row a neighbourhood of the selection, or of elsewhere that has a row of the list, then
        one for what is outside, one for what is not placed: ``situation`` (quartier, hors,
        non_place), ``code_qp, lib_qp, lib_com, insee_dep, dans_selection`` (oui, non, empty),
        ``lignes`` (inside, or outside, or not placed), ``siren`` (distinct ones of these),
        ``lignes_proches`` (within the band), and for each amount two columns of sums, its name
        and « name (proches) ». Rows, near rows and sums add up to those of the list.
    """
    frame = generation.quartiers
    outcome = distinct(added["essgeo_resultat"]).among(OUTCOMES)
    place = distinct(added["essgeo_code_qp"]).among(frame["code_qp"].tolist()).astype(np.int64)
    count = len(frame)
    # Two more places stand for « outside » and « not placed ».
    inside, near = outcome == 0, outcome == 1
    at = np.where(outcome == 2, count, np.where(outcome == 3, count + 1, place))
    held = inside | (outcome == 2) | (outcome == 3)
    size = count + 2

    def counted(rows: Mask, weights: Floats | None = None) -> npt.NDArray[np.float64]:
        given = None if weights is None else weights[rows]
        return np.bincount(at[rows], given, minlength=size).astype(np.float64)

    table = pd.DataFrame(
        {
            "situation": [*["quartier"] * count, "hors", "non_place"],
            "code_qp": [*frame["code_qp"], "", ""],
            "lib_qp": [*frame["lib_qp"], "Hors des quartiers", "Non placées"],
            "lib_com": [*frame["lib_com"].str.replace(";", ", "), "", ""],
            "insee_dep": [*frame["insee_dep"], "", ""],
            "dans_selection": [*np.where(asked, "oui", "non"), "", ""],
            "lignes": counted(held).astype(np.int64),
            "siren": _distinct_sirens(added["essgeo_siren"], at, held, size),
            "lignes_proches": counted(near).astype(np.int64),
        }
    )
    for amount in amounts:
        values = np.nan_to_num(amount.values)
        table[free(amount.name, table)] = counted(held, values)
        table[free(f"{amount.name} (proches)", table)] = counted(near, values)
    shown = np.append(asked, [True, True]) | (table[["lignes", "lignes_proches"]] > 0).any(axis=1)
    return table[shown].reset_index(drop=True)


def free(name: str, table: pd.DataFrame) -> str:
    """Return a name that no column of a table bears: a list may have a column « lignes »."""
    return name if name not in table.columns else free(f"{name} (liste)", table)


def _distinct_sirens(
    siren: pd.Series, at: npt.NDArray[np.int64], held: Mask, size: int
) -> npt.NDArray[np.int64]:
    known = held & (siren != "").to_numpy(np.bool_)
    pairs = np.unique(at[known] * (len(siren) + 1) + distinct(siren).codes[known].astype(np.int64))
    return np.bincount(pairs // (len(siren) + 1), minlength=size)


def by_theme(column: pd.Series, outcomes: pd.Series, amounts: tuple[Amount, ...]) -> pd.DataFrame:
    """Count a list by the texts of a column, the most frequent first.

    Returns
    -------
    pandas.DataFrame
        ``theme`` (« sans réponse » for an empty cell), ``lignes``, then one column an outcome,
        then for each amount its sum and « name (dedans) ».
    """
    found = distinct(cells.stripped(column.reset_index(drop=True)))
    outcome = distinct(outcomes).among(OUTCOMES)
    counted = outcome < len(OUTCOMES) - 1
    names = list(dict.fromkeys(found.texts))
    at = found.among(names)

    def of(rows: Mask, weights: Floats | None = None) -> npt.NDArray[np.float64]:
        given = None if weights is None else weights[rows]
        return np.bincount(at[rows], given, minlength=len(names)).astype(np.float64)

    table = pd.DataFrame(
        {
            "theme": [name or "sans réponse" for name in names],
            "lignes": of(counted).astype(np.int64),
            **{
                name: of(outcome == place).astype(np.int64)
                for place, name in enumerate(OUTCOMES[:-1])
            },
        }
    )
    for amount in amounts:
        values = np.nan_to_num(amount.values)
        table[free(amount.name, table)] = of(counted, values)
        table[free(f"{amount.name} (dedans)", table)] = of(outcome == 0, values)
    table = table[table["lignes"] > 0]
    return table.sort_values(["lignes", "theme"], ascending=[False, True]).reset_index(drop=True)
