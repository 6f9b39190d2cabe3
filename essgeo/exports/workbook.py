"""Tables as an Excel workbook: codes as text, metadata on a sheet of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from essgeo.exports.tables import DECIMALS

#: Rows that a sheet can hold (limit of the format), header included.
MAX_ROWS = 1_048_576

#: Widest column, in characters, of a sheet that has more than a few; height of a line in points.
_WIDEST, _FEW, _LINE = 50, 8, 15


def write_workbook(out: Path, tables: Mapping[str, pd.DataFrame], said: Mapping[str, Any]) -> None:
    """Write tables as sheets, with filters and widths, and the metadata as a last sheet.

    Parameters
    ----------
    out
        File to write, ``.xlsx``.
    tables
        Name of a sheet -> its table. Text stays text: neither numbers, nor formulas, nor links
        are read into it.
    said
        Metadata of :func:`essgeo.exports.metadata.metadata`.
    """
    # Made in memory, then written by Python: the library turns a full disk into errors of its own.
    out.write_bytes(workbook_bytes(tables, said))


def workbook_bytes(tables: Mapping[str, pd.DataFrame], said: Mapping[str, Any]) -> bytes:
    """Do as :func:`write_workbook`, and return the file."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
        "nan_inf_to_errors": False,
    }
    made = BytesIO()
    import xlsxwriter  # long to import, and only needed here

    with xlsxwriter.Workbook(made, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            widths = [
                # By its place: two columns of a visitor's list may share a name.
                max([len(str(name)), *(len(str(one)) for one in table.iloc[:200, place])])
                for place, name in enumerate(table.columns)
            ]
            for place, width in enumerate(widths):
                numeric = pd.api.types.is_numeric_dtype(table.iloc[:, place])
                most = _WIDEST if table.shape[1] > _FEW else 2 * _WIDEST
                sheet.set_column(place, place, min(width + 2, most), None if numeric else text)
            _printed(sheet, fits=table.shape[1] <= _FEW)
            sheet.repeat_rows(0)
            for place, column in enumerate(table.columns):
                sheet.write_string(0, place, str(column), bold)
            formats = [
                book.add_format({"num_format": shown}) if shown else None
                for shown in (
                    _format(str(name), table.iloc[:, place])
                    for place, name in enumerate(table.columns)
                )
            ]
            columns = [table.iloc[:, place].tolist() for place in range(table.shape[1])]
            for row, values in enumerate(zip(*columns, strict=True), start=1):
                for place, value in enumerate(values):
                    if isinstance(value, str):
                        if value:
                            sheet.write_string(row, place, value, text)
                    elif value is not None and math.isfinite(value):
                        sheet.write_number(row, place, value, formats[place])
            if len(table):
                sheet.autofilter(0, 0, len(table), table.shape[1] - 1)
        sheet = book.add_worksheet("Métadonnées")
        _printed(sheet, fits=True)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 2 * _WIDEST, wrap)
        for row, (key, value) in enumerate(said.items()):
            written = _flat(value)
            lines = sum(1 + len(line) // (2 * _WIDEST) for line in written.split("\n"))
            # Not every programme makes room by itself for a text of several lines.
            sheet.set_row(row, _LINE * lines)
            sheet.write_string(row, 0, key, bold)
            sheet.write_string(row, 1, written, wrap)
    return made.getvalue()


def _printed(sheet: Any, *, fits: bool) -> None:
    """Set a sheet for A4: on the width of one page, or on several that all name their rows."""
    sheet.set_landscape()
    sheet.set_paper(9)
    if fits:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0, 1)


def _format(name: str, values: pd.Series) -> str:
    """Return how many decimals of a column are read; the cells hold them all."""
    if values.dtype.kind != "f" or (values.dropna() % 1 == 0).all():
        return ""
    return f"#,##0.{'0' * DECIMALS.get(name, 2)}"


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} : {item}" for key, item in value.items())
    return str(value)
