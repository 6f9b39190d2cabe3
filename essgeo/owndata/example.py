"""A list to try with, made of the loaded folder: its SIRET, with amounts and faults made up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas, Resolved

#: Rows taken of the folder.
ROWS = 200

THEMES = ("Emploi", "Cadre de vie", "Alimentation", "Culture et sport")


def example_list(atlas: Atlas, resolved: Resolved) -> pd.DataFrame:
    """Return a list to try with.

    Parameters
    ----------
    atlas
        Data folder.
    resolved
        Establishments are taken evenly among those of its territory, half of them in or near a
        neighbourhood where there are enough.

    Returns
    -------
    pandas.DataFrame
        ``SIRET, Structure, Code commune, Thème (inventé), Montant (inventé, €)``; the last
        rows have the faults that lists have: a lost zero, an impossible SIRET, nothing but a name.
    """
    points = atlas.folder.etablissements
    everywhere = resolved.selection.with_(rattachement=("dedans", "proche", "hors"))
    chosen = np.flatnonzero(atlas.resolve(everywhere).mask)
    state = resolved.generation.joined["rattachement"].iloc[chosen].to_numpy()
    close = np.isin(state, ["dedans", "proche"])
    rows = np.union1d(_evenly(chosen[close], ROWS // 2), _evenly(chosen[~close], ROWS // 2))
    table = pd.DataFrame(
        {
            "SIRET": points["siret"].iloc[rows].astype("str").to_numpy(),
            "Structure": points["denomination"].iloc[rows].astype("str").to_numpy(),
            "Code commune": points["code_commune"].iloc[rows].astype("str").to_numpy(),
        }
    )
    table = table[table["SIRET"] != ""].reset_index(drop=True)
    zeros = np.flatnonzero(table["SIRET"].str.startswith("0"))
    if len(zeros):
        table.loc[zeros[0], "SIRET"] = str(table["SIRET"].iat[int(zeros[0])]).lstrip("0")
    faults = pd.DataFrame(
        [("12345678900000", "SIRET inventé", ""), ("", "Nom seul, sans lieu", "")],
        columns=list(table.columns),
    )
    table = pd.concat([table, faults], ignore_index=True)
    place = np.arange(len(table))
    table["Thème (inventé)"] = np.array(THEMES)[place % len(THEMES)]
    table["Montant (inventé, €)"] = 500 * (2 + 7 * place % 37)
    return table


def _evenly(rows: np.ndarray, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]
