"""XLSX: the first sheet that holds a table, every cell as text."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pandas as pd
import python_calamine

from essgeo.readers.archives import DAMAGED, check_sizes
from essgeo.readers.headings import (
    LOOKED_AT,
    check_names,
    header_place,
    is_data,
    made_names,
    say_title,
)
from essgeo.readers.opening import Opened, read_bytes
from essgeo.readers.raw import Raw, scalar_text
from essgeo.readers.report import Journal
from essgeo.readers.request import Request
from essgeo.text import plural

#: A sheet may have 1,048,576 rows; forty columns of that are 40 million cells.
MAX_CELLS = 60_000_000

# References of cells (r="B12") and of rows (r="12").
_COLUMN = re.compile(rb'\sr=["\']([A-Za-z]{1,3})\d')
_ROW = re.compile(rb'\sr=["\'][A-Za-z]{0,3}(\d+)["\']')
# A cell whose value is an error.
_ERROR = re.compile(rb'<c\s[^>]*\bt="e"')
# A formula that is the last thing in its cell: no value comes with it.
_UNCOMPUTED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")


def read_xlsx(opened: Opened, journal: Journal) -> Raw:
    """Read a workbook.

    Raises
    ------
    DataError
        Damaged, too big once unpacked, without a table, or without the sheet that is asked for.
    """
    request = opened.request
    data = read_bytes(opened, journal)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_sizes(archive.infolist(), request, journal)
        _check_contents(archive, journal)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [
            _sheet(workbook, about.name, about.visible == python_calamine.SheetVisibleEnum.Visible)
            for about in workbook.sheets_metadata
            if about.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise journal.error(
            "classeur illisible (abîmé ou protégé) ; enregistrez-le à nouveau en .xlsx."
        ) from error
    filled = [sheet for sheet in found if _table_rows(sheet.rows) > 1]
    if not filled:
        raise journal.error("le classeur ne contient aucun tableau ; donnez-en un avec en-tête.")
    if request.loose:
        # What its owner has hidden is not what he means to give.
        filled.sort(key=lambda sheet: not sheet.visible)
    chosen = _chosen(filled, request, journal)
    raw = _table(chosen, request, journal)
    raw.sheets, raw.sheet = tuple(sheet.name for sheet in filled), chosen.name
    return raw


@dataclass(frozen=True)
class _Sheet:
    """A sheet laid out in full, from its first cell."""

    name: str
    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    visible: bool


def _sheet(workbook: python_calamine.CalamineWorkbook, name: str, visible: bool) -> _Sheet:
    sheet = workbook.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    return _Sheet(name, rows, list(sheet.merged_cell_ranges or ()), visible)


def _chosen(filled: list[_Sheet], request: Request, journal: Journal) -> _Sheet:
    """Return the sheet that is asked for, else the first, and say so.

    Raises
    ------
    DataError
        No such sheet; those that there are are named.
    """
    if request.sheet is not None:
        for sheet in filled:
            if sheet.name == request.sheet:
                return sheet
        raise journal.error(
            f"pas de tableau dans une feuille « {journal.some([request.sheet])} » ; "
            f"feuilles : {journal.some([sheet.name for sheet in filled])}."
        )
    if len(filled) > 1:
        journal.warn(
            f"la feuille « {journal.some([filled[0].name])} » est lue ; "
            f"{plural(len(filled) - 1, 'autre feuille ignorée', 'autres feuilles ignorées')}."
        )
    return filled[0]


def _check_contents(archive: zipfile.ZipFile, journal: Journal) -> None:
    """Look into the entries before calamine does.

    Refuses a sheet with a cell so far away that the rectangle up to it fills the memory: calamine
    lays every sheet out in full, and dies with the process when it cannot. Says formulas that
    nothing has computed, and macros, which nothing reads.
    """
    formulas = errors = 0
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
        if b"<f" in content:
            formulas += len(_UNCOMPUTED.findall(content))
        errors += len(_ERROR.findall(content))
        if entry.filename.lower().endswith("vbaproject.bin"):
            journal.inform("le classeur contient des macros ; elles ne sont ni lues ni gardées.")
    if formulas:
        journal.warn(
            f"{plural(formulas, 'formule')} sans résultat enregistré, lue"
            f"{'s' if formulas > 1 else ''} comme du vide ; ouvrez le classeur dans votre tableur "
            "et enregistrez-le, ou remplacez les formules par leurs valeurs."
        )
    if errors:
        journal.warn(
            f"{plural(errors, 'cellule')} en erreur (#N/A, #REF!…), lue"
            f"{'s' if errors > 1 else ''} comme du vide."
        )


def _column_number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _table_rows(rows: list[list[Any]]) -> int:
    return sum(any(cell not in ("", None) for cell in row) for row in rows)


def _table(sheet: _Sheet, request: Request, journal: Journal) -> Raw:
    """Turn the rows of a sheet into a table: header first, trailing blank rows dropped."""
    rows = sheet.rows
    filled = [
        position for position, row in enumerate(rows) if any(c not in ("", None) for c in row)
    ]
    top, bottom = filled[0], filled[-1]
    names: list[str] | None = None
    if request.loose:
        head = [[_cell(cell) for cell in row] for row in rows[: top + LOOKED_AT]]
        top = header_place(head)
        say_title(head[:top], journal)
        if is_data(head[top]):
            names = made_names(head[top], journal)
        else:
            check_names(head[top], journal)
    header = names or [_cell(cell).strip() for cell in rows[top]]
    start = top if names else top + 1
    request.check_rows(bottom + 1 - start, journal)
    used = [
        position
        for position in range(len(header))
        if header[position]
        or any(row[position] not in ("", None) for row in rows[top : bottom + 1])
    ]
    request.check_columns(len(used), journal)
    body = rows[start : bottom + 1]
    if request.loose:
        _repeat_merged(sheet, start, journal)
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
    return Raw(format="XLSX", source=source, first_row=start + 1, word="ligne")


def _repeat_merged(sheet: _Sheet, start: int, journal: Journal) -> None:
    """Write the text of cells merged downwards on each of their rows, in place.

    A number stays on the first one: an amount over three rows is not three times that amount.
    Identifiers, which are of 9 or 14 figures, are texts.
    """
    repeated = kept = 0
    for (top, left), (bottom, _) in sheet.merged:
        rows = range(max(top, start), min(bottom + 1, len(sheet.rows)))
        if len(rows) < 2 or top < start or left >= len(sheet.rows[top]):
            continue
        value = sheet.rows[top][left]
        if value in ("", None):
            continue
        text = _cell(value)
        if isinstance(value, (int, float)) and not re.fullmatch(r"\d{9}|\d{14}", text):
            kept += 1
            continue
        repeated += 1
        for row in rows[1:]:
            sheet.rows[row][left] = value
    if repeated:
        noun = plural(repeated, "cellule fusionnée", "cellules fusionnées")
        journal.inform(f"{noun} sur plusieurs lignes ; leur texte est répété sur chacune.")
    if kept:
        noun = plural(kept, "nombre fusionné", "nombres fusionnés")
        journal.warn(
            f"{noun} sur plusieurs lignes, gardé{'s' if kept > 1 else ''} sur la première "
            "seulement ; répartissez-les si chaque ligne a le sien."
        )


def _cell(value: Any) -> str:
    """Write a cell as text; a date as ISO, a whole number without decimals."""
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return scalar_text(value)
