import streamlit as st

from essgeo.selection import OWN_ZONES
from essgeo.ui import cards, loading, state, tables
from essgeo.ui.heading import heading
from essgeo.ui.leviers import answering
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
where = "vos zones" if resolved.generation.name == OWN_ZONES else "les quartiers prioritaires"
heading(atlas, resolved, f"L'économie sociale et solidaire dans {where}")

picture, pointed = st.columns([7, 3], gap="medium")
with picture:
    answering.draw(atlas, resolved)
with pointed:
    cards.beside(atlas, resolved)

tables.tables(atlas, resolved)
