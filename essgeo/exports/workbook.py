"""Tables as an Excel workbook: codes as text, metadata on a sheet of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

#: Rows that a sheet can hold (limit of the format), header included.
MAX_ROWS = 1_048_576


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
                sheet.set_column(place, place, min(width + 2, 50), None if numeric else text)
            for place, column in enumerate(table.columns):
                sheet.write_string(0, place, str(column), bold)
            columns = [table.iloc[:, place].tolist() for place in range(table.shape[1])]
            for row, values in enumerate(zip(*columns, strict=True), start=1):
                for place, value in enumerate(values):
                    if isinstance(value, str):
                        if value:
                            sheet.write_string(row, place, value, text)
                    elif value is not None and math.isfinite(value):
                        sheet.write_number(row, place, value)
            if len(table):
                sheet.autofilter(0, 0, len(table), table.shape[1] - 1)
        sheet = book.add_worksheet("Métadonnées")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100, wrap)
        for row, (key, value) in enumerate(said.items()):
            sheet.write_string(row, 0, key, bold)
            sheet.write_string(row, 1, _flat(value), wrap)
    return made.getvalue()


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} : {item}" for key, item in value.items())
    return str(value)
