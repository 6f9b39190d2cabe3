"""A file as it is: its cells as text, its shapes, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from essgeo.readers.report import Journal
from essgeo.readers.request import Request
from essgeo.text import plural

#: What is said of curves, which shapely does not read.
CURVES = (
    "les formes ont des courbes ; transformez-les en polygones (segmentez-les dans votre logiciel "
    "de cartographie)."
)

Shapes = npt.NDArray[np.object_]


@dataclass
class Raw:
    """What any format is brought to before columns are recognised.

    Parameters
    ----------
    format
        Name of the format for people.
    source
        Columns of the file, names and order kept, every cell as text, "" when missing.
    shapes
        shapely geometries (None when absent) in the file's own CRS, or None for a plain table.
    crs
        Declared CRS; None when none is declared or it is unknown.
    crs_label
        What the file declares, for messages.
    encoding, separator
        Only for text tables.
    first_row
        What the file's own tools call its first row of data (2 under a header).
    word
        ``ligne`` or ``entité``, what a row is called in messages.
    lines
        The file's own number of each row, when blank ones between them were left out.
    sheets, sheet
        Sheets of a workbook that hold a table, and the one that was read.
    """

    format: str
    source: pd.DataFrame
    shapes: Shapes | None = None
    crs: pyproj.CRS | None = None
    crs_label: str = ""
    encoding: str = ""
    separator: str = ""
    first_row: int = 1
    word: str = "entité"
    lines: npt.NDArray[np.int64] | None = None
    sheets: tuple[str, ...] = ()
    sheet: str = ""

    def row(self, position: int) -> int:
        """Return the file's own number of the row at a position counted from 0."""
        if self.lines is not None:
            return int(self.lines[position])
        return int(position) + self.first_row


def empty_shapes(count: int) -> Shapes:
    """Return an array of ``count`` missing shapes."""
    return np.full(count, None, dtype=object)


def flat(shapes: Shapes, request: Request, journal: Journal) -> Shapes:
    """Leave heights out; of a person's own file it is said."""
    high = int(shapely.has_z(shapes).sum())
    if high and request.loose:
        journal.inform(f"{plural(high, 'forme')} avec des altitudes ; elles sont laissées de côté.")
    return np.asarray(shapely.force_2d(shapes), dtype=object)


def scalar_text(value: Any) -> str:
    """Write a JSON or SQLite or spreadsheet value as the text a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:  # NaN
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, tuple)):
        return ";".join(scalar_text(item) for item in value)
    return str(value)
