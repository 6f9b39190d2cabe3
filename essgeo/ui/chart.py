"""One chart on a page: its title, what it says in words, the picture, its table, its files."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.exports.bundle import table_zip
from essgeo.ui import style
from essgeo.ui.markdown import markdown
from essgeo.words.figures import MISSING

#: Formats of the picture -> what people read.
FORMATS = {"png": "PNG (diaporama)", "svg": "SVG (impression, retouche)"}

#: Pixels of the picture taken away for one on screen: sharp on a projector and in print.
_SCALE = 3

#: Plotly's own words, in French.
_FRENCH = {
    "Download plot as a PNG": "Télécharger l'image (PNG)",
    "Download plot": "Télécharger l'image (SVG)",
    "Preparing image - this may take a few seconds": "Préparation de l'image…",
    "Image download succeeded": "Image enregistrée",
    "Sorry, there was a problem downloading your image!": "L'image n'a pas pu être enregistrée.",
}


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
    style.section(title)
    if sentence:
        style.reading(sentence)
    chosen = st.session_state.get(_image(key), "png")
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key=f"{key}.figure",
        config=_config(chosen, file_name(atlas, resolved, stem, "")),
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


def _image(key: str) -> str:
    """Name where the format of the picture is kept while the menu that sets it is closed."""
    return f"{key}.image"


def _config(image: str, name: str) -> dict[str, Any]:
    return {
        "locale": "fr",
        "locales": {"fr": {"dictionary": _FRENCH}},
        "displaylogo": False,
        # Seen without hovering: a touch screen has no pointer to reveal it.
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "doubleClick": False,
        "scrollZoom": False,
        "toImageButtonOptions": {"format": image, "filename": name, "scale": _SCALE},
    }


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
    image, menu = _image(key), f"{key}.format"
    st.session_state[menu] = st.session_state.get(image, "png")
    st.segmented_control(
        "Image : format du bouton « appareil photo » du graphique",
        list(FORMATS),
        format_func=lambda value: FORMATS.get(value, value),
        key=menu,
        required=True,
        on_change=lambda: st.session_state.update({image: st.session_state[menu]}),
    )
