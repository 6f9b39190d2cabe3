"""Section « Corrections de terrain »: what people who were there say, with and without."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.tables import csv_bytes
from essgeo.intake import list_limits
from essgeo.owndata.correction_rows import KINDS
from essgeo.owndata.corrections import Corrections
from essgeo.text import NBSP, plural
from essgeo.ui import loading, style
from essgeo.ui.links import link
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import band, overlay
from essgeo.ui.owndata.giving import refused, upload

_WIDGET = "corrections.avec"


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the section."""
    kinds = ", ".join(f"«{NBSP}{kind}{NBSP}»" for kind in KINDS.values())
    st.markdown(
        "Ce que des personnes ont constaté sur place change les chiffres de toutes les pages, et "
        f"le dit. Une ligne par établissement\u00a0: son **SIRET**, la **correction** ({kinds}), "
        "la **source** (qui le dit) et la **date**\u00a0; pour un déménagement ou une antenne, la "
        "longitude et la latitude. Rien n'est appliqué sans que vous le voyiez ici."
    )
    base = loading.base()
    found = overlay.layer("corrections", base)
    problem = overlay.problem("corrections")
    if problem:
        refused(problem)
    if found is not None:
        style.reading(_sentence(found))
        for said in found.said:
            st.warning(markdown(said), icon=":material/warning:")
        if found.applied and not problem:
            _choice()
        _applied(base, found)
        _refused(found)
        if overlay.on("corrections") and found.applied and not problem:
            for note in atlas.also(resolved.selection, resolved.mask):
                st.markdown(markdown(note))
            link("carte", "Les chiffres corrigés, sur la carte")
        st.button("Oublier ces corrections", key="corrections.oublier", icon=":material/delete:",
                  on_click=band.forget, args=("corrections", base))  # fmt: skip
    upload(
        "corrections",
        f"{'Un autre fichier' if found else 'Un fichier'} de corrections{NBSP}: CSV ou Excel",
        list_limits(),
    )


def _sentence(found: Corrections) -> str:
    applied = plural(len(found.applied), "correction acceptée", "corrections acceptées")
    refused = plural(len(found.refused), "refusée")
    return f"{found.name}{NBSP}: {applied}, {refused}."


def _choice() -> None:
    st.session_state[_WIDGET] = overlay.on("corrections")
    st.toggle(
        "Appliquer ces corrections à toutes les pages",
        key=_WIDGET,
        on_change=lambda: overlay.switch("corrections", on=st.session_state[_WIDGET]),
    )


def _applied(base: Atlas, found: Corrections) -> None:
    if not found.applied:
        return
    points = base.folder.etablissements
    points = points[points["siret"].isin([one.siret for one in found.applied])]
    names = dict(zip(points["siret"], points["denomination"], strict=True))
    table = pd.DataFrame(
        {
            "Ligne": [one.row for one in found.applied],
            "SIRET": [one.siret for one in found.applied],
            "Établissement": [
                str(one.values.get("denomination") or names.get(one.siret, ""))
                for one in found.applied
            ],
            "Correction": [KINDS[one.kind] for one in found.applied],
            "Source": [one.source for one in found.applied],
            "Date": [one.date for one in found.applied],
            "Ce qui a été déduit": [" ".join(one.notes) for one in found.applied],
        }
    )
    _table("Corrections acceptées", table.sort_values("Ligne", ignore_index=True), "acceptees")


def _refused(found: Corrections) -> None:
    if found.refused:
        table = pd.DataFrame(
            {
                "Ligne": [one.row for one in found.refused],
                "SIRET": [one.siret for one in found.refused],
                "Pourquoi": [one.reason for one in found.refused],
            }
        )
        _table("Corrections refusées, à reprendre", table, "refusees")


def _table(title: str, table: pd.DataFrame, name: str) -> None:
    style.section(title)
    st.dataframe(table, hide_index=True, alt=title, key=f"corrections.{name}")
    st.download_button(
        "Ce tableau (.csv)",
        data=lambda: csv_bytes(table),
        file_name=f"essgeo_mes-donnees_corrections-{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"corrections.{name}.csv",
    )
