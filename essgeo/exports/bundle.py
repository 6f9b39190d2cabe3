"""A table and what it says of itself, in one file that a browser can download."""

from __future__ import annotations

import io
import zipfile

import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.establishments import describe_export, selected
from essgeo.exports.metadata import file_name, metadata, metadata_json
from essgeo.exports.tables import csv_bytes
from essgeo.indicators import summary
from essgeo.selection import Selection

#: Date written in archives: the same content must give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def establishments_csv(atlas: Atlas, selection: Selection, *, excel: bool = False) -> bytes:
    """Return the selected establishments as CSV, open data or French Excel."""
    return csv_bytes(selected(atlas, selection), excel=excel)


def establishments_zip(atlas: Atlas, selection: Selection, *, excel: bool = False) -> bytes:
    """Return the selected establishments as CSV with their metadata, in one archive."""
    resolved = atlas.resolve(selection)
    table = selected(atlas, selection)
    name = file_name(atlas, resolved, "etablissements", ".csv")
    said = describe_export(atlas, resolved, len(table))
    return _archive({name: csv_bytes(table, excel=excel), f"{name}.meta.json": said.encode()})


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
    return _archive(files)


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()
