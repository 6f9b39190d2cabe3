"""Section « Modèles, sauvegarde, confidentialité »."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.exports.tables import csv_bytes
from essgeo.exports.workbook import workbook_bytes
from essgeo.intake import list_limits
from essgeo.owndata import session
from essgeo.owndata.templates import TEMPLATES, Template, zones_example
from essgeo.settings import ROOT
from essgeo.text import NBSP, listing, one_line
from essgeo.ui import loading, style
from essgeo.ui.owndata import band, store
from essgeo.ui.owndata.giving import refused, upload

#: Section of the store where a session to reopen is dropped; it holds nothing afterwards.
SECTION = "garde"

_PROBLEM = f"{SECTION}.probleme"

#: Words of the sections that a session keeps.
_NAMES = {
    "liste": "la liste",
    "zones": "les zones",
    "corrections": "les corrections",
    "tableaux": "le tableau agrégé",
}

#: What is said of privacy, here and in the documentation.
TEXT = Path("docs") / "confidentialite.md"


def draw(_atlas: Atlas, _resolved: Resolved) -> None:
    """Draw the section."""
    _reopen()
    _templates()
    _saving()
    style.section("Confidentialité")
    st.markdown(privacy())


def privacy() -> str:
    """Return the text on privacy without its title; those of its parts are bold, not larger."""
    text = (ROOT / TEXT).read_text(encoding="utf-8")
    return re.sub(r"(?m)^## (.+)$", r"**\1**", text.partition("\n")[2]).strip()


# --- templates ----------------------------------------------------------------------------------


def _templates() -> None:
    style.section("Modèles à remplir")
    st.markdown(
        "Des colonnes prêtes, des lignes d'exemple inventées à remplacer, et dans le classeur une "
        "feuille qui dit ce que chaque colonne contient. Vos propres colonnes peuvent s'y ajouter."
    )
    for one in TEMPLATES:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{one.title}**", width=200)
            for label, suffix in (("XLSX", ".xlsx"), ("CSV", ".csv")):
                st.download_button(
                    label,
                    data=partial(_template, one, suffix),
                    file_name=f"essgeo_modele_{one.name}{suffix}",
                    on_click="ignore",
                    icon=":material/download:",
                    key=f"{SECTION}.{one.name}{suffix}",
                )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Zones**", width=200)
        st.download_button(
            "GeoJSON",
            data=zones_example(),
            file_name="essgeo_modele_zones.geojson",
            mime="application/geo+json",
            on_click="ignore",
            icon=":material/download:",
            key=f"{SECTION}.zones",
        )


def _template(one: Template, suffix: str) -> bytes:
    if suffix == ".csv":
        return csv_bytes(one.table, excel=True)
    sheets: dict[str, pd.DataFrame] = {"À remplir": one.table, "Dictionnaire": one.dictionary}
    return workbook_bytes(sheets, {"contenu": f"Modèle : {one.title}", "exemples": "inventés"})


# --- saving -------------------------------------------------------------------------------------


def _saving() -> None:
    style.section("Enregistrer, rouvrir, oublier")
    own = store.current()
    held = [name for name in session.SECTIONS if name in own.files]
    if held:
        st.markdown(
            f"Dans votre visite{NBSP}: {listing([_NAMES[name] for name in held])}. Un seul "
            "fichier, sur votre ordinateur, garde vos fichiers tels que donnés et vos réponses. "
            "Il n'est pas chiffré\u00a0: rangez-le comme vous rangez ces fichiers."
        )
        with st.container(horizontal=True):
            st.download_button(
                "Enregistrer ma session",
                data=partial(session.save, dict(own.files), dict(own.choices)),
                file_name="essgeo_mes-donnees_session.zip",
                mime="application/zip",
                on_click="ignore",
                icon=":material/save:",
                key=f"{SECTION}.enregistrer",
            )
            st.button(
                "Tout oublier",
                key=f"{SECTION}.oublier",
                icon=":material/delete_forever:",
                on_click=forget_all,
            )
    else:
        st.markdown("Rien de vous n'est en mémoire.")
    if said := own.made.pop(SECTION, ""):
        st.success(str(said), icon=":material/check:")
    if problem := own.made.pop(_PROBLEM, ""):
        refused(str(problem))
    limits = list_limits()
    upload(
        SECTION,
        "Rouvrir une session enregistrée, à la place de ce qui est là",
        replace(limits, octets=len(session.SECTIONS) * limits.octets),
    )


def forget_all() -> None:
    """Forget all that the visitor has given, and leave what hangs on it."""
    base = loading.base()
    for section in ("zones", "corrections"):
        band.forget(section, base)
    store.forget_all()
    store.current().made[SECTION] = "Tout est oublié."


def _reopen() -> None:
    """Take what a session that was just dropped holds; a wrong one changes nothing."""
    own = store.current()
    if SECTION not in own.files:
        return
    name, content = own.files[SECTION]
    own.forget(SECTION)
    try:
        files, choices = session.reopen(content, one_line(name, 120), most=list_limits().octets)
    except EssgeoError as error:
        own.made[_PROBLEM] = str(error)
        return
    for section in session.SECTIONS:
        own.forget(section)
        if section in files:
            own.give(section, *files[section])
            own.choices[section] = choices[section]
    held = listing([_NAMES[section] for section in files])
    own.made[SECTION] = f"Session rouverte{NBSP}: {held}." if held else "Cette session est vide."
    st.rerun()
