"""XLSX: the first sheet that holds a table, every cell as text."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pandas as pd
import python_calamine

from essgeo.readers.archives import DAMAGED, check_sizes
from essgeo.readers.opening import Opened, read_bytes
from essgeo.readers.raw import Raw, scalar_text
from essgeo.readers.report import Journal
from essgeo.text import plural

#: A sheet may have 1,048,576 rows; forty columns of that are 40 million cells.
MAX_CELLS = 60_000_000

# References of cells (r="B12") and of rows (r="12").
_COLUMN = re.compile(rb'\sr=["\']([A-Za-z]{1,3})\d')
_ROW = re.compile(rb'\sr=["\'][A-Za-z]{0,3}(\d+)["\']')


def read_xlsx(opened: Opened, journal: Journal) -> Raw:
    """Read a workbook.

    Raises
    ------
    DataError
        Damaged, too big once unpacked, or without a table.
    """
    data = read_bytes(opened, journal)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_sizes(archive.infolist(), opened.request, journal)
        _check_area(archive, journal)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = list(workbook.sheet_names)
        sheets = [
            workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names
        ]
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise journal.error(
            "classeur illisible (abîmé ou protégé) ; enregistrez-le à nouveau en .xlsx."
        ) from error
    filled = [position for position, rows in enumerate(sheets) if _table_rows(rows) > 1]
    if not filled:
        raise journal.error("le classeur ne contient aucun tableau ; donnez-en un avec en-tête.")
    chosen = filled[0]
    if len(filled) > 1:
        journal.warn(
            f"la feuille « {journal.some([names[chosen]])} » est lue ; "
            f"{plural(len(filled) - 1, 'autre feuille ignorée', 'autres feuilles ignorées')}."
        )
    return _table(sheets[chosen])


def _check_area(archive: zipfile.ZipFile, journal: Journal) -> None:
    """Refuse a sheet with a cell so far away that the rectangle up to it fills the memory.

    calamine lays every sheet out in full, and dies with the process when it cannot.
    """
    for entry in archive.infolist():
        # Any entry may be a sheet: the workbook says which, and nothing here reads its XML.
        try:
            content = archive.read(entry)
        except (*DAMAGED, ValueError) as error:
            raise journal.error(
                "classeur illisible (abîmé ou protégé) ; enregistrez-le à nouveau en .xlsx."
            ) from error
        columns = max(map(_column_number, set(_COLUMN.findall(content))), default=1)
        rows = max((int(text[:9]) for text in set(_ROW.findall(content))), default=1)
        if columns * rows > MAX_CELLS:
            raise journal.error(
                f"une feuille s'étend sur {rows} lignes et {columns} colonnes ; supprimez les "
                "cellules égarées loin du tableau, ou donnez un CSV."
            )


def _column_number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _table_rows(rows: list[list[Any]]) -> int:
    return sum(any(cell not in ("", None) for cell in row) for row in rows)


def _table(rows: list[list[Any]]) -> Raw:
    """Turn the rows of a sheet into a table: header first, trailing blank rows dropped."""
    filled = [
        position for position, row in enumerate(rows) if any(c not in ("", None) for c in row)
    ]
    top, bottom = filled[0], filled[-1]
    header = [_cell(cell).strip() for cell in rows[top]]
    used = [
        position
        for position in range(len(header))
        if header[position]
        or any(row[position] not in ("", None) for row in rows[top : bottom + 1])
    ]
    body = rows[top + 1 : bottom + 1]
    source = pd.DataFrame(
        {
            number: pd.Series(
                [v if type(v := row[position]) is str else _cell(v) for row in body], dtype="str"
            )
            for number, position in enumerate(used)
        },
        index=pd.RangeIndex(len(body)),
    )
    source.columns = pd.Index([header[position] for position in used])
    return Raw(format="XLSX", source=source, first_row=top + 2, word="ligne")


def _cell(value: Any) -> str:
    """Write a cell as text; a date as ISO, a whole number without decimals."""
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return scalar_text(value)
