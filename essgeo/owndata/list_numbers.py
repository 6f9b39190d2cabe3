"""Amounts as people write them: « 1 234,50 € »."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.distinct import arrow
from essgeo.readers import codes
from essgeo.readers.cells import WHITE, series

#: What stands after an amount and changes nothing.
_UNITS = r"(?i)\s*(€|eur|euros?)(\s*(ht|ttc))?\.?$"
#: What stands for nothing.
_NOTHING = ("", "-", "–", "—", "nd", "n.d.", "nc", "n.c.", "na", "n/a", "so", "s.o.")


def amounts_of(cells: pd.Series) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read amounts written the French way or not.

    Spaces (narrow ones too) and apostrophes separate thousands; so does a point or a comma when
    the other one follows (« 1.234,50 », « 1,234.50 »); a comma alone is decimal. Thousands of
    euros (« 12 k€ ») are not read: nothing is multiplied unseen.

    Returns
    -------
    values, unread
        float64, NaN where there is none; and which filled cells could not be read.
    """
    text = pc.utf8_trim(arrow(cells), WHITE)
    nothing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(_NOTHING, text.type))
    text = pc.if_else(nothing, "", text)
    text = pc.replace_substring_regex(text, _UNITS, "")
    text = pc.replace_substring_regex(text, r"^€\s*", "")
    text = pc.replace_substring_regex(text, "[\\s\u00a0\u202f'’]+", "")
    french = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(\.\d{3})+,\d+$")
    english = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(,\d{3})+\.\d+$")
    text = pc.if_else(french, pc.replace_substring(text, ".", ""), text)
    text = pc.if_else(english, pc.replace_substring(text, ",", ""), text)
    return codes.numbers(series(text, cells))
