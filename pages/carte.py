import streamlit as st

from essgeo.ui import cards, loading, map, state, tables  # noqa: A004 - the module's own name
from essgeo.ui.heading import heading
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
heading(atlas, resolved, "L'économie sociale et solidaire dans les quartiers prioritaires")

picture, pointed = st.columns([7, 3], gap="medium")
with picture:
    map.choices(atlas)
    map.draw(atlas, resolved)
with pointed:
    cards.beside(atlas, resolved)

tables.tables(atlas, resolved)
