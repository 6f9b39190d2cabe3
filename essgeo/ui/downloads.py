"""A table to take away with its metadata, in two kinds of CSV, made when asked for."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.exports.bundle import table_zip


def table_files(
    atlas: Atlas, resolved: Resolved, table: pd.DataFrame, *, title: str, stem: str, key: str
) -> None:
    """Offer a table as zipped CSV files.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    table
        With French headers.
    title, stem
        What the rows are, in French words (plain text) and in the names of the files.
    key
        Of the widgets.
    """
    for label, excel in (("CSV ouvert (.zip)", False), ("CSV pour Excel (.zip)", True)):
        st.download_button(
            label,
            data=partial(table_zip, atlas, resolved, table, stem=stem, content=title, excel=excel),
            file_name=file_name(atlas, resolved, stem, "_excel.zip" if excel else ".zip"),
            mime="application/zip",
            on_click="ignore",
            key=f"{key}.{'excel' if excel else 'csv'}",
            width="stretch",
        )
