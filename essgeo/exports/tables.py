"""Tables as CSV: open data and French Excel, to the byte."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

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
    mark, end = (";", "\r\n") if excel else (",", "\n")
    out = io.StringIO()
    # The header goes through the reference; what is below it, as that would be, is Arrow's.
    csv.writer(out, delimiter=mark, lineterminator=end).writerow(
        [guard_formula(str(name)) for name in table.columns]
    )
    head = out.getvalue().encode("utf-8-sig" if excel else "utf-8")
    if not len(table) or not len(table.columns):
        return head
    columns = [
        _column(str(name), table.iloc[:, place], excel=excel, foreign=place < foreign)
        for place, name in enumerate(table.columns)
    ]
    lines = pc.binary_join_element_wise(*(_quoted(one, mark) for one in columns), _text(mark))
    # A line that would be empty is one empty cell, not no cell at all.
    lines = pc.replace_with_mask(lines, pc.equal(lines, _text("")), _text('""'))
    lines = pc.binary_join_element_wise(lines, _text(end), _text(""))
    # Texts of an array lie end to end: that is the file.
    ends = np.frombuffer(lines.buffers()[1], np.int64, len(lines) + 1)
    body: bytes = lines.buffers()[2][: int(ends[-1])].to_pybytes()
    return head + body


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


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


def _column(name: str, values: pd.Series, *, excel: bool, foreign: bool) -> pa.Array:
    """Write the cells of a column: its texts, each written once, and the text of each cell."""
    if pd.api.types.is_bool_dtype(values):
        texts = ["" if pd.isna(value) else "oui" if value else "non" for value in values]
        return pa.array(texts, pa.large_string()).dictionary_encode()
    if pd.api.types.is_numeric_dtype(values):
        return _numbers(name, values.to_numpy(dtype=np.float64, na_value=np.nan), excel=excel)
    whole = pa.array(values.fillna("").astype("str"), type=pa.large_string())
    # Tables put together keep their texts in several pieces.
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    cells = whole.dictionary_encode()
    # Few texts begin so: the exact rule, far slower, looks at these only.
    return _changed(
        cells,
        _DOUBTFUL,
        lambda text: text if foreign and _PLAIN.fullmatch(text) else guard_formula(text),
    )


def _numbers(name: str, values: np.ndarray, *, excel: bool) -> pa.Array:
    known = np.isfinite(values)
    decimals = DECIMALS.get(name)
    if decimals is None:
        whole = bool((values[known] == np.round(values[known])).all())
        decimals = 0 if whole else 6
    form = f"%.{decimals}f"
    places, found = pd.factorize(values[known])
    # Adding 0.0 turns « -0.0 » into « 0.0 ».
    texts = [form % value for value in (np.round(np.asarray(found), decimals) + 0.0).tolist()]
    if excel:
        texts = [text.replace(".", ",") for text in texts]
    at = np.full(len(values), len(texts), dtype=np.int32)
    at[known] = places
    return pa.DictionaryArray.from_arrays(at, pa.array([*texts, ""], pa.large_string()))


def _quoted(cells: pa.Array, mark: str) -> pa.Array:
    """Put between quotes what a reader of CSV would cut, and write every cell out."""
    safe = _changed(cells, rf'[{mark}"\r\n]', lambda text: '"' + text.replace('"', '""') + '"')
    return safe.dictionary.take(safe.indices)


def _changed(cells: pa.Array, pattern: str, change: Callable[[str], str]) -> pa.Array:
    """Change the texts of a column that match a pattern; each is looked at once."""
    texts = cells.dictionary
    chosen = pc.match_substring_regex(texts, pattern)
    if not pc.any(chosen).as_py():
        return cells
    new = pa.array([change(text) for text in texts.filter(chosen).to_pylist()], pa.large_string())
    return pa.DictionaryArray.from_arrays(cells.indices, pc.replace_with_mask(texts, chosen, new))
