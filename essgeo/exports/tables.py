"""Tables as CSV: open data and French Excel, to the byte."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.text import guard_formula

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
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")

#: Wider than what a spreadsheet runs (:data:`essgeo.text.FORMULA`), in the words of RE2, which
#: knows fewer white spaces: nothing but signs before one that begins a formula, or a break.
_DOUBTFUL = r"^[^\pL\pN]*[=+\-@|%]|^[\t\r\n]"


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
    out = io.StringIO()
    lines = csv.writer(
        out, delimiter=";" if excel else ",", lineterminator="\r\n" if excel else "\n"
    )
    lines.writerow([guard_formula(str(name)) for name in table.columns])
    lines.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig" if excel else "utf-8")


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


def _column(name: str, values: pd.Series, *, excel: bool, foreign: bool) -> list[str]:
    """Write the cells of a column."""
    if pd.api.types.is_bool_dtype(values):
        return ["" if pd.isna(value) else "oui" if value else "non" for value in values]
    if pd.api.types.is_numeric_dtype(values):
        return _numbers(name, values.to_numpy(dtype=np.float64, na_value=np.nan), excel=excel)
    # Each text is looked at once, however many cells hold it.
    whole = pa.array(values.fillna("").astype("str"), type=pa.large_string())
    # Tables put together keep their texts in several pieces.
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    cells = whole.dictionary_encode()
    texts = np.array([*cells.dictionary.to_pylist(), ""], dtype=object)
    # Few texts begin so: the exact rule, far slower, looks at these only.
    doubtful = pc.match_substring_regex(cells.dictionary, _DOUBTFUL)
    for place in np.flatnonzero(doubtful.to_numpy(zero_copy_only=False)).tolist():
        if not (foreign and _PLAIN.fullmatch(texts[place])):
            texts[place] = guard_formula(texts[place])
    written: list[str] = texts[cells.indices.to_numpy()].tolist()
    return written


def _numbers(name: str, values: np.ndarray, *, excel: bool) -> list[str]:
    known = np.isfinite(values)
    decimals = DECIMALS.get(name)
    if decimals is None:
        whole = bool((values[known] == np.round(values[known])).all())
        decimals = 0 if whole else 6
    form = f"%.{decimals}f"
    places, found = pd.factorize(values[known])
    # Adding 0.0 turns « -0.0 » into « 0.0 ».
    texts = [form % value for value in np.round(np.asarray(found), decimals) + 0.0]
    if excel:
        texts = [text.replace(".", ",") for text in texts]
    out = np.full(len(values), "", dtype=object)
    out[known] = np.array([*texts, ""], dtype=object)[places]
    written: list[str] = out.tolist()
    return written
