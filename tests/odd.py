"""What a file of the corpus of odd files is, and the limits under which all are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from essgeo.intake import Limits

#: Small, so that what goes beyond them is quick to make.
SMALL = Limits(
    octets=3_000_000, rows=3_000, columns=350, vertices=60_000, seconds=20, memory=2_500_000_000
)


@dataclass(frozen=True)
class Odd:
    """A file and what becomes of it.

    Parameters
    ----------
    name
        As the visitor gives it.
    make
        Its bytes; the folder is for libraries that write only to the disk.
    rows
        Rows or zones read; None when the file is refused.
    says
        Expression found in the refusal, or in what is told of an accepted file; for those, empty
        means that nothing at all is told.
    sheet
        Sheet asked for.
    cells
        Cells that must be there as they are: (row, column) -> text.
    totals
        Positions of the rows set apart.
    """

    name: str
    make: Callable[[Path], bytes]
    rows: int | None = None
    says: str = ""
    sheet: str | None = None
    cells: dict[tuple[int, str], str] | None = None
    totals: tuple[int, ...] = ()


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], bytes]:
    return lambda _: content.encode(encoding)


def octets(data: bytes) -> Callable[[Path], bytes]:
    return lambda _: data


def book(fill: Callable[[Any], None], **options: Any) -> Callable[[Path], bytes]:
    """A workbook that a function fills."""

    def make(_: Path) -> bytes:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as made:
            fill(made)
        return target.getvalue()

    return make


def sheet(*rows: list[Any]) -> Callable[[Path], bytes]:
    """A workbook of one sheet."""

    def fill(made: Any) -> None:
        page = made.add_worksheet()
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)

    return book(fill)


def edited(
    make: Callable[[Path], bytes], part: str, change: Callable[[bytes], bytes | None]
) -> Callable[[Path], bytes]:
    """A zip with one entry changed, added (when it is not there) or, with None, taken out."""

    def again(folder: Path) -> bytes:
        target = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(make(folder))) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            names = old.namelist()
            for name in [*names, *([] if part in names else [part])]:
                data = old.read(name) if name in names else b""
                kept = change(data) if name == part else data
                if kept is not None:
                    new.writestr(name, kept)
        return target.getvalue()

    return again


def locked(data: bytes) -> bytes:
    """A zip with the mark of a password on every entry."""
    marked = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(magic)
        while at >= 0:
            marked[at + offset] |= 1
            at = marked.find(magic, at + 4)
    return bytes(marked)
