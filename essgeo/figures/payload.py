"""Compact writing of what is sent to the map at each change of the selection."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Characters that mean something to HTML, to a JavaScript template literal, or to the substitutions
# that streamlit-folium makes in scripts ({{ '…' }}). In JSON they only stand inside strings.
_RISKY = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&'`$"})


def to_script(content: object) -> str:
    """Write JSON that can stand in a script whatever the data says."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return text.translate(_RISKY)


def members(positions: NDArray[np.int32], total: int) -> dict[str, Any]:
    """Write a set of positions the shortest way.

    Parameters
    ----------
    positions
        Members, any order, without duplicates, from 0 to ``total - 1``.
    total
        Size of the whole.

    Returns
    -------
    dict
        ``kind`` « aucun », « tous », « bits » (lowest bit first, from ``first`` on) or « ecarts »
        (LEB128 differences from ``first`` on), and ``data`` in base64.
    """
    if len(positions) == 0:
        return {"kind": "aucun"}
    if len(positions) == total:
        return {"kind": "tous"}
    ordered = np.sort(positions).astype(np.int64)
    first, last = int(ordered[0]), int(ordered[-1])
    gaps = _leb128(np.diff(ordered, prepend=first))
    if len(gaps) * 8 <= last - first + 1:
        return {"kind": "ecarts", "first": first, "data": base64.b64encode(gaps).decode()}
    flags = np.zeros(last - first + 1, dtype=np.bool_)
    flags[ordered - first] = True
    bits = np.packbits(flags, bitorder="little").tobytes()
    return {"kind": "bits", "first": first, "data": base64.b64encode(bits).decode()}


def _leb128(values: NDArray[np.int64]) -> bytes:
    """Write whole numbers seven bits at a time, the lowest first."""
    lengths = np.ones(len(values), dtype=np.int64)
    for shift in (7, 14, 21, 28):
        lengths += values >= 1 << shift
    ends = np.cumsum(lengths)
    out = np.zeros(int(ends[-1]), dtype=np.uint8)
    for step in range(int(lengths.max())):
        longer = lengths > step
        byte = (values[longer] >> (7 * step)) & 127
        more = (lengths[longer] > step + 1).astype(np.int64) << 7
        out[ends[longer] - lengths[longer] + step] = byte | more
    return out.tobytes()


def numbers(values: NDArray[np.float64], decimals: int) -> list[float]:
    """Write rounded values, whole ones without a point; NaN becomes 0 (its state says why)."""
    rounded = np.round(np.nan_to_num(values), decimals)
    if decimals == 0:
        return [int(value) for value in rounded]
    return [int(value) if value == int(value) else value for value in rounded.tolist()]
