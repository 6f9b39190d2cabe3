"""Section « Mes zones »: a visitor's own outlines, in place of the QPV or beside them."""

from __future__ import annotations

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.exports.tables import csv_bytes
from essgeo.intake import zone_limits
from essgeo.intake.proposals import name_of
from essgeo.owndata.zones import Zones
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP
from essgeo.ui import loading, style
from essgeo.ui.links import link
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import band, overlay, store
from essgeo.ui.owndata.giving import refused, upload
from essgeo.ui.tables import quartiers_frame

#: Where the zones are -> what people read.
_WHERE = {
    "cote": "À côté des QPV",
    "place": "À la place des QPV",
    "sans": "Mises de côté",
}
_WIDGET = "zones.ou"
_PROJECTION = "zones.projection"


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the section."""
    st.markdown(
        "Un quartier vécu, une veille active, un projet\u00a0: vos contours prennent la place des "
        "QPV sur toutes les pages, ou se dessinent à côté d'eux."
    )
    base = loading.base()
    found = overlay.layer("zones", base)
    problem = overlay.problem("zones")
    if problem:
        refused(problem)
        _ask_projection()
    if found is not None:
        _read(found)
        if not problem:
            _choice(base)
            if overlay.on("zones"):
                _figures(atlas, resolved)
        st.button("Oublier ces zones", key="zones.oublier", icon=":material/delete:",
                  on_click=band.forget, args=("zones", base))  # fmt: skip
    upload(
        "zones",
        f"{'Un autre fichier' if found else 'Un fichier'} de zones{NBSP}: GeoJSON, GeoPackage ou "
        "shapefile zippé",
        zone_limits(),
    )


def _ask_projection() -> None:
    """Ask how a file is written that does not say it, among what puts its zones in France."""
    readings = list(overlay.projections("zones"))
    if not readings:
        return
    asked = overlay.answer("zones", overlay.PROJECTION)
    st.session_state[_PROJECTION] = asked if asked in readings else None
    st.selectbox(
        "Comment lire les coordonnées de ces zones ?",
        readings,
        format_func=name_of,
        key=_PROJECTION,
        placeholder="À choisir",
        on_change=_projected,
    )


def _projected() -> None:
    told = store.current().choices.setdefault("zones", {})
    told[overlay.PROJECTION] = st.session_state[_PROJECTION] or ""


def _read(found: Zones) -> None:
    """Say what was read of the file, and what is doubtful in it."""
    style.reading(f"{found.name}{NBSP}: {' '.join(found.notes)}")
    doubts = [one for one in found.problems if one.level != "information"]
    for one in doubts:
        st.warning(markdown(one.message), icon=":material/warning:")
    told = [one for one in found.problems if one.level == "information"]
    if told:
        with st.expander("Ce qui a été fait à la lecture"):
            st.markdown("\n".join(f"- {markdown(one.message)}" for one in told))


def _choice(base: Atlas) -> None:
    st.session_state[_WIDGET] = band.where_zones()
    st.segmented_control(
        "Vos zones",
        list(_WHERE),
        format_func=lambda value: _WHERE.get(value, value),
        key=_WIDGET,
        on_change=lambda: band.show_zones(base, where=st.session_state[_WIDGET]),
        required=True,
    )


def _figures(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the zones with the figures that pages give of neighbourhoods, whatever is looked at."""
    asked = resolved.selection.with_(generation=(OWN_ZONES,)).without("quartier")
    zones = atlas.resolve(asked)
    table = quartiers_frame(atlas, zones).rename(columns={"Quartier": "Zone"})
    # No outline of a commune is shipped: that of a zone may not be known.
    table["Commune"] = table["Commune"].astype("str").replace("", "inconnue")
    table["État"] = table["État"].astype("str")
    style.section("Vos zones, avec les chiffres de la sélection")
    st.dataframe(table, hide_index=True, alt="Chiffres de vos zones", key="zones.tableau")
    st.download_button(
        "Ce tableau (.csv)",
        data=lambda: csv_bytes(table),
        file_name=file_name(atlas, zones, "mes-donnees", ".csv"),
        mime="text/csv",
        on_click="ignore",
        key="zones.csv",
    )
    with st.container(horizontal=True):
        link("carte", "Les voir sur la carte")
        link("territoires", "Les comparer entre elles")
