"""Tables as CSV: open data and French Excel, to the byte."""

from __future__ import annotations

import numpy as np
import pandas as pd

from essgeo.text import FORMULA, guard_formula

#: Decimals of numeric columns; the others are written whole when they hold whole numbers.
DECIMALS = {
    "longitude": 6,
    "latitude": 6,
    "distance_m": 1,
    "effectif_estime": 1,
    "etablissements_1000hab": 2,
    "superficie_km2": 4,
    "etablissements_km2": 2,
    "quotient": 3,
    "quotient_min": 3,
    "quotient_max": 3,
    "bande_km2": 4,
    "proches_km2": 2,
    "emplois_1000hab": 2,
    "poids_emplois": 4,
    "poids_emplois_prives": 4,
}

#: A plain number, as files write it.
NUMBER = r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"


def csv_bytes(table: pd.DataFrame, *, excel: bool = False, foreign: int = 0) -> bytes:
    """Write a table as CSV.

    Parameters
    ----------
    table
        Text and numbers; NaN is written as an empty cell. Two columns may share a name.
    excel
        False: open data (``,``, point, UTF-8 without BOM, lines ended by LF). True: French Excel
        (``;``, decimal comma, UTF-8 with BOM, lines ended by CR LF).
    foreign
        Number of leading columns that are somebody else's text as read from a file: a cell that
        is a plain number, such as a longitude of ``-1.55``, is not taken for a formula there.

    Returns
    -------
    bytes
        The whole file. A text cell or a header that a spreadsheet would run is prefixed with an
        apostrophe in both flavours; numbers are not touched.
    """
    columns = [
        _column(str(name), table.iloc[:, place], excel=excel, foreign=place < foreign)
        for place, name in enumerate(table.columns)
    ]
    ready = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    ready.columns = pd.Index([guard_formula(str(name)) for name in table.columns])
    text = ready.to_csv(
        index=False, sep=";" if excel else ",", lineterminator="\r\n" if excel else "\n"
    )
    return text.encode("utf-8-sig" if excel else "utf-8")


def summary_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Flatten a summary along two axes: one column for each code and label."""
    if not len(table) or not isinstance(table["code"].iloc[0], list):
        return table
    out = table.copy()
    for name in ("libelle", "code"):
        pairs = out.pop(name)
        out.insert(0, f"{name}_2", [pair[1] for pair in pairs])
        out.insert(0, f"{name}_1", [pair[0] for pair in pairs])
    return out[
        [
            "code_1",
            "libelle_1",
            "code_2",
            "libelle_2",
            *[c for c in out.columns if c[-2:] not in ("_1", "_2")],
        ]
    ]


def _column(name: str, values: pd.Series, *, excel: bool, foreign: bool) -> pd.Series:
    values = values.reset_index(drop=True)
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "oui", False: "non"})
    if pd.api.types.is_numeric_dtype(values):
        return _numbers(name, values.to_numpy(dtype=np.float64, na_value=np.nan), excel=excel)
    text = values.fillna("").astype("str")
    risky = text.str.match(FORMULA)
    if foreign and risky.any():
        risky &= ~text.str.fullmatch(NUMBER)
    return text.where(~risky, "'" + text)


def _numbers(name: str, values: np.ndarray, *, excel: bool) -> pd.Series:
    known = np.isfinite(values)
    decimals = DECIMALS.get(name)
    if decimals is None:
        whole = bool((values[known] == np.round(values[known])).all())
        decimals = 0 if whole else 6
    out = np.full(len(values), "", dtype=object)
    # Adding 0.0 turns « -0.0 » into « 0.0 ».
    texts = np.char.mod(f"%.{decimals}f", np.round(values[known], decimals) + 0.0)
    out[known] = np.char.replace(texts, ".", ",") if excel else texts
    return pd.Series(out, dtype="str")
