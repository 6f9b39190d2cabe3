"""The ways out of a page: a permalink, and files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote, urlsplit, urlunsplit

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.exports.bundle import establishments_csv, establishments_zip, summary_zip
from essgeo.secrecy import REFUSED
from essgeo.selection import OWN_ZONES
from essgeo.text import plural
from essgeo.ui import state
from essgeo.ui.documents import documents


def permalink(base: str, params: Mapping[str, str]) -> str:
    """Return the address of a page with its state; commas stay commas.

    Parameters
    ----------
    base
        Address of the page, with or without a query.
    params
        Keys and values of the URL.
    """
    query = "&".join(f"{quote(key)}={quote(value, safe=',')}" for key, value in params.items())
    parts = urlsplit(base)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


@st.fragment
def ways_out(atlas: Atlas, resolved: Resolved, count: int) -> None:
    """Offer the permalink of what is on screen, and the selection as files.

    A dozen buttons cost every change of filter more than the whole sentence above the figures:
    a menu is filled once it is open, by a run of this part alone.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    count
        Establishments that the files hold.
    """
    with st.container(horizontal=True, horizontal_alignment="right"):
        share = st.popover("Partager", icon=":material/link:", key="lien.menu", on_change="rerun")
        menu = st.popover(
            "Exporter", icon=":material/download:", key="export.menu", on_change="rerun"
        )
    if share.open:
        with share:
            _link(state.current().params(), private=atlas.folder.private)
    if menu.open:
        with menu:
            _offers(atlas, resolved, count)


def _link(params: Mapping[str, str], *, private: bool) -> None:
    """Draw the permalink; ``private`` when it cannot hold all that is on screen."""
    if params.get("generation") == OWN_ZONES:
        # Codes of zones say nothing to anybody else, and are the visitor's own.
        params = {key: one for key, one in params.items() if key not in ("generation", "quartier")}
    st.markdown("**Lien vers ce que vous voyez** : la sélection et l'affichage y sont.")
    if private:
        st.caption(
            "Vos zones et vos corrections ne voyagent pas : qui ouvre ce lien voit les "
            "QPV, et les chiffres sans corrections."
        )
    st.code(permalink(st.context.url or "", params), language=None, wrap_lines=True)


def _offers(atlas: Atlas, resolved: Resolved, count: int) -> None:
    """Draw what the export menu holds."""
    selection = resolved.selection
    st.markdown(
        f"{REFUSED}."
        if atlas.manifest.secret
        else f"**{plural(count, 'établissement')}** de la sélection. L'archive contient le "
        "tableau et ses métadonnées (sélection, source, date, nature des données)."
    )
    offers = [
        (
            "CSV ouvert et métadonnées (.zip)",
            ".zip",
            partial(establishments_zip, atlas, selection),
        ),
        (
            "CSV pour Excel et métadonnées (.zip)",
            "_excel.zip",
            partial(establishments_zip, atlas, selection, excel=True),
        ),
        ("CSV ouvert seul (.csv)", ".csv", partial(establishments_csv, atlas, selection)),
        (
            "CSV pour Excel seul (.csv)",
            "_excel.csv",
            partial(establishments_csv, atlas, selection, excel=True),
        ),
    ]
    for place, (label, suffix, content) in enumerate(offers):
        st.download_button(
            label,
            data=content,
            file_name=file_name(atlas, resolved, "etablissements", suffix),
            mime="application/zip" if suffix.endswith("zip") else "text/csv",
            on_click="ignore",
            key=f"export.{place}",
            disabled=not count,
            width="stretch",
        )
    st.download_button(
        "Indicateurs par quartier (.zip)",
        data=partial(summary_zip, atlas, selection, "quartier"),
        file_name=file_name(atlas, resolved, "quartiers", ".zip"),
        mime="application/zip",
        on_click="ignore",
        key="export.quartiers",
        width="stretch",
    )
    documents(atlas, resolved)
