"""Text columns at the speed of Arrow: pandas falls back on Python for most expressions.

Patterns are RE2's: ASCII classes, no look-around.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.distinct import arrow, distinct, remembered

Mask = npt.NDArray[np.bool_]

#: White space found around cells, no-break spaces and byte order marks included.
WHITE = " \t\r\n\u00a0\u202f\ufeff"


def series(values: pa.Array, like: pd.Series) -> pd.Series:
    """Return a text column with the index of another."""
    return pd.Series(pd.array(values, dtype="str"), index=like.index)


def matches(cells: pd.Series, pattern: str) -> Mask:
    """Tell which cells a pattern matches from end to end."""
    found = pc.match_substring_regex(arrow(cells), rf"^(?:{pattern})$")
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def has(cells: pd.Series, text: str) -> bool:
    """Tell whether any cell holds a text."""
    return bool(pc.any(pc.match_substring(arrow(cells), text)).as_py())


def replaced(cells: pd.Series, pattern: str, by: str) -> pd.Series:
    """Replace a pattern in every cell."""
    return series(pc.replace_substring_regex(arrow(cells), pattern, by), cells)


def by_value(cells: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Change every cell by its text, once for each different text."""
    found = distinct(cells)
    changed = found.changed(change)
    return cells if changed.texts == found.texts else changed.series(cells.index)


def count_changed(before: pd.Series, after: pd.Series) -> int:
    """Count the cells that differ."""
    if before is after:
        return 0
    return int(pc.sum(pc.not_equal(arrow(before), arrow(after))).as_py() or 0)


def stripped(cells: pd.Series) -> pd.Series:
    """Return cells without white space around them (no-break spaces included).

    A column of numbers has none.
    """
    if cells.dtype == np.float64:
        return cells
    if remembered(cells) is not None:
        return by_value(cells, lambda text: text.strip(WHITE))
    text = arrow(cells)
    trimmed = pc.utf8_trim(text, WHITE)
    return cells if trimmed.equals(text) else series(trimmed, cells)


def digits(cells: pd.Series, width: int) -> Mask:
    """Tell which cells are ASCII digits, as many as ``width``."""
    text = arrow(cells)
    found = pc.and_(pc.equal(pc.binary_length(text), width), pc.ascii_is_decimal(text))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def bytes_of(cells: pd.Series, width: int) -> npt.NDArray[np.uint8]:
    """Return cells of one width in bytes as an array of shape (rows, width)."""
    text = arrow(cells).cast(pa.binary()).cast(pa.binary(width))
    # A filtered array starts at 0, but a slice need not.
    whole = np.frombuffer(text.buffers()[1], np.uint8)
    return whole[text.offset * width : (text.offset + len(text)) * width].reshape(-1, width)


def mended(cells: pd.Series) -> pd.Series:
    """Put back letters of Windows-1252 that a conversion left as control characters.

    « œ » becomes U+009C when a text is taken for Latin-1; no text means that control.
    """
    text = arrow(cells).buffers()[2]
    # In UTF-8 these controls are two bytes; looked for as bytes, several times faster.
    if text is None or not re.search(rb"\xc2[\x80-\x9f]", text):
        return cells
    return by_value(cells, lambda text: text.translate(_CONTROLS))


_CONTROLS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
