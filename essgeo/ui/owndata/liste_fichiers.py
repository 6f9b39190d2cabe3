"""A visitor's list and what was found of it, to take away: files made when they are asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from essgeo.atlas import Atlas
from essgeo.exports.archives import archive
from essgeo.exports.metadata import metadata_json
from essgeo.exports.owndata import Content, list_bytes, list_metadata, list_name
from essgeo.owndata.lists import Examined
from essgeo.ui.owndata.liste_donnees import SECTION

#: Label -> suffix, what is in the file, whether it is for a French Excel.
_FIRST: dict[str, tuple[str, Content, bool]] = {
    "XLSX": (".xlsx", "liste", False),
    "CSV pour Excel": (".csv", "liste", True),
}
_MEND: dict[str, tuple[str, Content, bool]] = {
    "Les lignes à corriger (CSV)": (".csv", "a-corriger", True),
}
_OTHERS: dict[str, tuple[str, Content, bool]] = {
    "CSV ouvert": (".csv", "liste", False),
    "GeoJSON": (".geojson", "liste", False),
    "GeoPackage": (".gpkg", "liste", False),
    "GeoParquet": (".parquet", "liste", False),
    "Par quartier (CSV pour Excel)": (".csv", "quartiers", True),
    "Par quartier (CSV ouvert)": (".csv", "quartiers", False),
    "Par quartier (XLSX)": (".xlsx", "quartiers", False),
    "Les lignes à corriger (XLSX)": (".xlsx", "a-corriger", False),
}


def downloads(atlas: Atlas, found: Examined) -> None:
    """Offer the result as files."""
    lost = bool(found.counts["non_place"])
    with st.container(horizontal=True):
        for label, wanted in (_FIRST | (_MEND if lost else {})).items():
            _offer(atlas, found, label, *wanted)
        with st.popover("Autres formats", icon=":material/download:"):
            for label, wanted in _OTHERS.items():
                if lost or wanted[1] != "a-corriger":
                    _offer(atlas, found, label, *wanted)


def _offer(
    atlas: Atlas, found: Examined, label: str, suffix: str, content: Content, excel: bool
) -> None:
    # What is to be mended is mended and given again: it comes alone.
    told = suffix == ".csv" and content != "a-corriger"
    st.download_button(
        label,
        data=partial(_file, atlas, found, suffix, content, excel=excel, told=told),
        file_name=list_name(atlas, found, ".zip" if told else suffix, content),
        on_click="ignore",
        icon=":material/download:",
        key=f"{SECTION}.fichier.{content}.{suffix}.{excel}",
    )


def _file(
    atlas: Atlas, found: Examined, suffix: str, content: Content, *, excel: bool, told: bool
) -> bytes:
    """Make a file; a CSV that says what it is comes with its metadata in one archive."""
    made = list_bytes(atlas, found, suffix, content=content, excel=excel)
    if not told:
        return made
    name = list_name(atlas, found, suffix, content)
    said = metadata_json(list_metadata(atlas, found, content))
    return archive({name: made, f"{name}.meta.json": said.encode()})
