"""A provided table beside the figures computed here: what is shown of each, and what is not.

A cell that its publisher masked stays masked. Others of the same line are masked with it when they
would give it away (:mod:`essgeo.secrecy.provided`), and the computed figures beside masked cells
are not shown either: a total of one less figures of the other would come too close.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.indicators import summary
from essgeo.owndata.cells import OK, SECRET, UNKNOWN
from essgeo.owndata.table_columns import AXES, MEASURES, TOTAL, Axis
from essgeo.owndata.tables import FOREIGN, Provided
from essgeo.secrecy import Rule
from essgeo.secrecy.provided import Line, suppressed
from essgeo.selection import Selection

#: State of a cell that is masked so that others are not found.
INDUCED = "secret_induit"

#: Computed columns of a summary, and how they are called here.
_COMPUTED = {
    "etablissements": "etablissements_calcules",
    "effectif_min": "emplois_min",
    "effectif_estime": "emplois_estime",
    "effectif_max": "emplois_max",
}

_KEYS = ["code_qp", *AXES]


def beside(atlas: Atlas, provided: Provided) -> pd.DataFrame:
    """Put a provided table beside what is computed of the same neighbourhoods.

    Parameters
    ----------
    atlas
        Data folder opened.
    provided
        The table read.

    Returns
    -------
    pandas.DataFrame
        One row a neighbourhood, family and sector given: ``code_qp, lib_qp, famille, lib_famille,
        secteur, lib_secteur``; for each measure of the table ``<mesure>_fournis`` (NaN unless its
        ``etat_<mesure>`` is ok), ``etat_<mesure>`` (ok, secret, secret_induit, sans_donnee, absent)
        and ``marque_<mesure>``; ``etablissements_calcules, emplois_min, emplois_estime,
        emplois_max`` and ``etat_calcul`` (ok, secret, hors_champ, sans_equivalent, masque);
        ``ecart_<mesure>``, provided less computed, where both are shown; ``nature``.
    """
    cells = provided.cells.reset_index(drop=True)
    cells = cells.assign(etat=_masked(cells, provided.axes))
    table = _wide(cells)
    frame = atlas.generations[provided.generation].quartiers.set_index("code_qp")
    names = frame["lib_qp"].where(frame["lib_qp"] != "", frame.index.to_series()).to_dict()
    table.insert(1, "lib_qp", table["code_qp"].map(names))
    for axis in AXES:
        at = list(table.columns).index(axis) + 1
        table.insert(at, f"lib_{axis}", [label(axis, value) for value in table[axis]])
    table = table.merge(_computed(atlas, provided, table), how="left", on=_KEYS, validate="1:1")
    _hide_computed(table)
    for measure, mine in (
        ("etablissements", "etablissements_calcules"), ("emplois", "emplois_estime"),
    ):  # fmt: skip
        if f"{measure}_fournis" in table:
            table[f"ecart_{measure}"] = table[f"{measure}_fournis"] - table[mine]
    nature = atlas.manifest.nature
    return table.assign(nature="mixte" if nature == "simulation" else nature)


def label(axis: Axis, value: str) -> str:
    """Return what people read for a value of an axis."""
    if value == TOTAL:
        return "Ensemble"
    return nomenclatures.labels(axis).get(value, value.removeprefix(FOREIGN))


# --- what is masked -----------------------------------------------------------------------------


def _masked(cells: pd.DataFrame, axes: tuple[Axis, ...]) -> pd.Series:
    """Return the state of each cell, those that must be masked besides included."""
    states = cells["etat"].to_numpy(dtype=object, copy=True)
    secret, values = states == SECRET, cells["valeur"].to_numpy(np.float64)
    places = {axis: cells[axis].tolist() for axis in AXES}
    units = float(Rule.read().units)
    # Lines never go from one neighbourhood to another: totals of several are not shown.
    groups = cells.groupby(["code_qp", "mesure"], sort=False).indices
    measures = cells["mesure"].tolist()
    for rows in groups.values():
        if not secret[rows].any():
            continue
        of_axis = {axis: [places[axis][row] for row in rows] for axis in AXES}
        least = units if measures[rows[0]] == "etablissements" else 1.0
        found = suppressed(values[rows], secret[rows], list(_lines(of_axis, axes)), least)
        states[rows[found]] = INDUCED
    return pd.Series(states, index=cells.index)


def _lines(places: Mapping[Axis, list[str]], axes: tuple[Axis, ...]) -> Iterator[Line]:
    """Yield how the cells of one neighbourhood add up, along each axis."""
    for axis in axes:
        other = next(one for one in AXES if one != axis)
        together: dict[str, list[int]] = {}
        for row, value in enumerate(places[other]):
            together.setdefault(value, []).append(row)
        for rows in together.values():
            total = [row for row in rows if places[axis][row] == TOTAL]
            parts = tuple(row for row in rows if places[axis][row] != TOTAL)
            if total and parts:
                yield Line(total[0], parts)


def _wide(cells: pd.DataFrame) -> pd.DataFrame:
    """Bring the measures of a table side by side."""
    table = cells[_KEYS].drop_duplicates().reset_index(drop=True)
    for measure in MEASURES:
        mine = cells[cells["mesure"] == measure]
        if mine.empty:
            continue
        mine = mine[[*_KEYS, "valeur", "etat", "marque"]].rename(
            columns={"valeur": f"{measure}_fournis", "etat": f"etat_{measure}",
                     "marque": f"marque_{measure}"}
        )  # fmt: skip
        table = table.merge(mine, how="left", on=_KEYS, validate="1:1")
        table[f"etat_{measure}"] = table[f"etat_{measure}"].fillna("absent")
        table[f"marque_{measure}"] = table[f"marque_{measure}"].fillna("")
        shown = table[f"etat_{measure}"] == OK
        table[f"{measure}_fournis"] = table[f"{measure}_fournis"].where(shown)
    return table


# --- what is computed ---------------------------------------------------------------------------


def _computed(atlas: Atlas, provided: Provided, table: pd.DataFrame) -> pd.DataFrame:
    """Return the computed figures of each row, with their state."""
    asked = Selection(generation=(provided.generation,))
    held: dict[tuple[str, str, str], Mapping[Hashable, object]] = {}
    kinds = set(zip(table["famille"] != TOTAL, table["secteur"] != TOTAL, strict=True))
    whole = summary(atlas, asked, ("quartier",))
    for row in whole.to_dict(orient="records"):
        held[row["code"], TOTAL, TOTAL] = row
    if (True, False) in kinds:
        for row in summary(atlas, asked, ("quartier", "famille")).to_dict(orient="records"):
            held[row["code"][0], row["code"][1], TOTAL] = row
    if (False, True) in kinds:
        for row in summary(atlas, asked, ("quartier", "secteur")).to_dict(orient="records"):
            held[row["code"][0], TOTAL, row["code"][1]] = row
    if (True, True) in kinds:
        # A summary has two axes: the third one is a filter.
        for family in sorted(set(table["famille"]) & set(atlas.values("famille"))):
            mine = asked.with_(famille=(family,))
            for row in summary(atlas, mine, ("quartier", "secteur")).to_dict(orient="records"):
                held[row["code"][0], family, row["code"][1]] = row
    rows = []
    for code, family, sector in table[_KEYS].itertuples(index=False):
        rows.append({"code_qp": code, "famille": family, "secteur": sector,
                     **_figures(atlas, held, code, family, sector)})  # fmt: skip
    return pd.DataFrame(rows, columns=[*_KEYS, *_COMPUTED.values(), "etat_calcul"])


def _figures(
    atlas: Atlas,
    held: Mapping[tuple[str, str, str], Mapping[Hashable, object]],
    code: str,
    family: str,
    sector: str,
) -> dict[str, object]:
    nothing: dict[str, object] = dict.fromkeys(_COMPUTED.values(), math.nan)
    if family.startswith(FOREIGN) or sector.startswith(FOREIGN):
        return {**nothing, "etat_calcul": "sans_equivalent"}
    row = held.get((code, family, sector))
    if row is not None and row["etat"] != "hors_champ":
        known = {mine: row[name] for name, mine in _COMPUTED.items()}
        return {**known, "etat_calcul": str(row["etat"])}
    whole = row or held.get((code, TOTAL, TOTAL))
    state = str(whole["etat"]) if whole is not None else OK
    if atlas.manifest.secret:
        state = SECRET
    # A summary lists what it finds: what is not there counts none.
    return {**(nothing if state != OK else dict.fromkeys(_COMPUTED.values(), 0.0)),
            "etat_calcul": state}  # fmt: skip


def _hide_computed(table: pd.DataFrame) -> None:
    """Take away the computed figures beside masked cells."""
    beside_masked = np.zeros(len(table), dtype=bool)
    for measure in MEASURES:
        if f"etat_{measure}" in table:
            beside_masked |= table[f"etat_{measure}"].isin([SECRET, INDUCED]).to_numpy()
    table.loc[beside_masked, list(_COMPUTED.values())] = np.nan
    table.loc[beside_masked, "etat_calcul"] = "masque"


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Count the cells of a table put beside, by state."""
    states = pd.concat(
        [table[f"etat_{measure}"] for measure in MEASURES if f"etat_{measure}" in table]
    )
    found = states.value_counts().to_dict()
    return {state: int(found.get(state, 0)) for state in (OK, SECRET, INDUCED, UNKNOWN)}
