"""A table and what it says of itself, in one file that a browser can download."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.archives import archive
from essgeo.exports.establishments import describe_export, export, selected
from essgeo.exports.metadata import file_name, metadata, metadata_json
from essgeo.exports.package import dictionary
from essgeo.exports.tables import csv_bytes
from essgeo.exports.workbook import write_workbook
from essgeo.indicators import summary
from essgeo.selection import Selection


def establishments_csv(atlas: Atlas, selection: Selection, *, excel: bool = False) -> bytes:
    """Return the selected establishments as CSV, open data or French Excel."""
    return csv_bytes(selected(atlas, selection), excel=excel)


def establishments_zip(atlas: Atlas, selection: Selection, *, excel: bool = False) -> bytes:
    """Return the selected establishments as CSV with their metadata, in one archive."""
    resolved = atlas.resolve(selection)
    table = selected(atlas, selection)
    name = file_name(atlas, resolved, "etablissements", ".csv")
    said = describe_export(atlas, resolved, len(table))
    return archive({name: csv_bytes(table, excel=excel), f"{name}.meta.json": said.encode()})


def establishments_file(atlas: Atlas, selection: Selection, suffix: str) -> bytes:
    """Return the selected establishments in a format of :func:`essgeo.exports.export`.

    Parameters
    ----------
    atlas, selection
        What to take from where.
    suffix
        « .xlsx », which holds its own metadata, or another: in an archive with them.
    """
    with TemporaryDirectory(prefix="essgeo-etablissements-") as folder:
        name = file_name(atlas, atlas.resolve(selection), "etablissements", suffix)
        out = Path(folder) / name
        export(atlas, selection, out)
        if suffix == ".xlsx":
            return out.read_bytes()
        beside = out.with_name(f"{name}.meta.json")
        return archive({one.name: one.read_bytes() for one in (out, beside)})


def summary_zip(atlas: Atlas, selection: Selection, axis: str, *, excel: bool = False) -> bytes:
    """Return the indicators along an axis as CSV with their metadata, in one archive."""
    resolved = atlas.resolve(selection)
    table = summary(atlas, selection, (axis,))
    content = f"Indicateurs par {axis}"
    return table_zip(atlas, resolved, table, stem=f"{axis}s", content=content, excel=excel)


def table_zip(
    atlas: Atlas,
    resolved: Resolved,
    table: pd.DataFrame,
    *,
    stem: str,
    content: str,
    excel: bool = False,
) -> bytes:
    """Return any table of a page as CSV with its metadata, in one archive.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    table
        As shown; a column « nature » is added when it has none.
    stem
        What the rows are, as in the name of the file.
    content
        The same in French words.
    """
    if "nature" not in table.columns:
        table = table.assign(nature=atlas.manifest.nature)
    name = file_name(atlas, resolved, stem, ".csv")
    said = metadata(atlas, resolved, rows=len(table), content=content)
    files = {
        name: csv_bytes(table, excel=excel),
        f"{name}.meta.json": metadata_json(said).encode(),
    }
    return archive(files)


def excel_workbook(
    atlas: Atlas, resolved: Resolved, tables: Mapping[str, tuple[pd.DataFrame, str]]
) -> bytes:
    """Return tables as an Excel workbook, with their dictionary and metadata.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    tables
        Name of a sheet -> its table, and the name of that table in the data dictionary.
    """
    said = metadata(
        atlas,
        resolved,
        rows=sum(len(table) for table, _ in tables.values()),
        content=", ".join(tables),
    )
    sheets = {name: table for name, (table, _) in tables.items()}
    told = [dictionary(kind, table.columns) for table, kind in tables.values()]
    sheets["Dictionnaire"] = pd.concat(told).drop_duplicates("colonne", ignore_index=True)
    with TemporaryDirectory(prefix="essgeo-classeur-") as folder:
        out = Path(folder) / "classeur.xlsx"
        write_workbook(out, sheets, said)
        return out.read_bytes()
