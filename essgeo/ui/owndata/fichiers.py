"""A table of « Mes données » to take away: two kinds of CSV and a workbook, made on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name, metadata
from essgeo.exports.bundle import table_zip
from essgeo.exports.workbook import workbook_bytes


def files(
    atlas: Atlas,
    resolved: Resolved,
    table: Callable[[], pd.DataFrame],
    *,
    section: str,
    stem: str,
    content: str,
    notes: Sequence[str] = (),
) -> None:
    """Offer a table as files; each is made when it is asked for.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    table
        Makes the table.
    section
        Of the page: begins the keys of the widgets.
    stem, content
        What the rows are, in the names of the files and in French words.
    notes
        What the workbook says besides of the table.
    """

    def zipped(excel: bool) -> bytes:
        return table_zip(atlas, resolved, table(), stem=stem, content=content, excel=excel)

    def book() -> bytes:
        made = table()
        said = metadata(atlas, resolved, rows=len(made), content=content)
        said["notes"] = [*said["notes"], *notes]
        return workbook_bytes({"Table": made}, said)

    offered = (
        ("CSV pour Excel", ".zip", partial(zipped, True)),
        ("CSV ouvert", ".zip", partial(zipped, False)),
        ("XLSX", ".xlsx", book),
    )
    with st.container(horizontal=True):
        for label, suffix, make in offered:
            st.download_button(
                label,
                data=make,
                file_name=file_name(atlas, resolved, stem, suffix),
                on_click="ignore",
                icon=":material/download:",
                key=f"{section}.{label}",
            )
