"""Binary geometries of a foreign file, looked through before GEOS follows them to their end."""

from __future__ import annotations

import struct

#: Collections within collections. GEOS calls itself for each: some ten thousand end the process.
MAX_DEPTH = 16

#: Bytes of the header and the count of one collection.
_HEADER = 9
# Types of ISO 19125 and of its SQL/MM curves, without the thousands that tell Z and M.
_POINT, _LINES, _POLYGON = 1, (2, 8), 3
_OF_PARTS = (4, 5, 6, 7, 9, 10, 11, 12)


def check_depth(wkb: bytes) -> None:
    """Refuse collections nested too deep.

    Parameters
    ----------
    wkb
        Well-known binary, ISO or extended. What else may be wrong in it is left for GEOS to say.

    Raises
    ------
    ValueError
        More than `MAX_DEPTH` collections within each other, or more parts than bytes.
    """
    if len(wkb) <= _HEADER * MAX_DEPTH:
        return
    at = 0
    # Parts that remain to be read, in each of the collections that are open.
    left = [1]
    try:
        while left:
            if not left[-1]:
                left.pop()
                continue
            left[-1] -= 1
            order = "<" if wkb[at] == 1 else ">"
            (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
            at += 9 if code & 0x2000_0000 else 5  # extended: followed by a SRID
            kind, dimensions = code & 0xFFFF, 2 + (code >> 31) + (code >> 30 & 1)
            dimensions += (0, 1, 1, 2)[kind // 1000 % 4]
            kind %= 1000
            if kind == _POINT:
                at += 8 * dimensions
                continue
            (count,) = struct.unpack_from(f"{order}I", wkb, at)
            at += 4
            if kind in _LINES:
                at += count * 8 * dimensions
            elif kind == _POLYGON:
                for _ in range(count):
                    (points,) = struct.unpack_from(f"{order}I", wkb, at)
                    at += 4 + points * 8 * dimensions
            elif kind in _OF_PARTS:
                left.append(count)
                if len(left) > MAX_DEPTH:
                    raise ValueError("nested too deep")
            else:
                return
    except (struct.error, IndexError) as error:
        raise ValueError("cut short") from error
