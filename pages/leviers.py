import streamlit as st

from essgeo.ui import leviers, loading, state
from essgeo.ui.heading import heading
from essgeo.ui.links import link
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
heading(atlas, resolved, "Leviers : que peut-on faire ?")

lever = leviers.chosen()
if lever:
    leviers.draw_lever(atlas, resolved, lever)
else:
    leviers.leads(atlas, resolved)
    shown = leviers.browse(atlas, resolved)
    leviers.draw_who(shown)
    leviers.documents()
    with st.container(horizontal=True):
        link("quartier", "Les pistes d'un quartier, sur sa fiche")
        link("cas", "Les cas : Strasbourg, Le Bon Maurepas")
