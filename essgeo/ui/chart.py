"""One chart on a page: its title, what it says in words, the picture, its table, its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.ui import style
from essgeo.ui.downloads import table_files
from essgeo.ui.markdown import markdown
from essgeo.ui.pictures import pictures
from essgeo.words.figures import MISSING

if TYPE_CHECKING:
    from essgeo.figures.print.paper import Format

#: A chart is looked at: its picture is made on the server, where it is legible in print.
STILL = {"displayModeBar": False, "doubleClick": False, "scrollZoom": False}


def panel(
    atlas: Atlas,
    resolved: Resolved,
    figure: go.Figure,
    table: pd.DataFrame,
    *,
    title: str,
    sentence: str,
    stem: str,
    key: str,
) -> None:
    """Draw a chart with all that goes with it.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    figure
        Already framed (:func:`essgeo.figures.charts.framed`).
    table
        The same figures, with French headers; NaN is what is not known.
    title
        Title of this part of the page (plain text).
    sentence
        What the picture says, in words (plain text); also what screen readers say of it.
    stem
        What the files are, as in their names: « secteurs ».
    key
        Of the widgets; one a page.
    """
    with style.together():
        style.section(title)
        if sentence:
            style.reading(sentence)
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key=f"{key}.figure",
        config=STILL,
        alt=sentence or title,
    )
    # What is folded away is drawn once open: each change of filter does without it.
    with st.container(horizontal=True, vertical_alignment="top"):
        rows = st.expander(
            "Voir les chiffres en tableau",
            icon=":material/table_rows:",
            key=f"{key}.tableau",
            on_change="rerun",
        )
        if rows.open:
            with rows:
                _table(atlas, table, title)
        files = st.popover(
            "Télécharger", icon=":material/download:", key=f"{key}.fichiers", on_change="rerun"
        )
        if files.open:
            with files:
                _download(atlas, resolved, table, title=title, stem=stem, key=key)
                pictures(
                    partial(_drawn, atlas, resolved, figure, title=title, sentence=sentence),
                    file_name(atlas, resolved, stem, ""),
                    key=key,
                )


def real(figure: go.Figure, fmt: Format, *, title: str, sentence: str, source: str) -> bytes:
    """Draw a chart of published facts, whatever the data folder."""
    from essgeo.figures.print import plotted_bytes

    return plotted_bytes(
        figure, title=title, sentence=sentence, source=source, nature="officiel", fmt=fmt
    )


def _drawn(
    atlas: Atlas,
    resolved: Resolved,
    figure: go.Figure,
    fmt: Format,
    *,
    title: str,
    sentence: str,
) -> bytes:
    # Here and not above: what draws is long to import, and most visitors never ask for it.
    from essgeo.exports.pictures import chart_picture

    return chart_picture(atlas, resolved, figure, fmt, title=title, sentence=sentence)


def _table(atlas: Atlas, table: pd.DataFrame, title: str) -> None:
    shown = table
    if atlas.manifest.simulated and "Nature" not in table:
        shown = table.assign(Nature=atlas.manifest.nature)
    st.dataframe(
        shown,
        hide_index=True,
        height=420 if len(table) > 10 else "auto",
        column_config={
            str(name): st.column_config.NumberColumn(format="localized")
            for name in table.select_dtypes(np.number).columns
        },
        placeholder=MISSING,
        alt=title,
    )


def _download(
    atlas: Atlas, resolved: Resolved, table: pd.DataFrame, *, title: str, stem: str, key: str
) -> None:
    st.markdown(
        f"**{markdown(title)}** : les chiffres du tableau et leurs métadonnées (sélection, "
        "source, date, nature)."
    )
    table_files(atlas, resolved, table, title=title, stem=stem, key=key)
