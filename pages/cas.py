import streamlit as st

from essgeo.ui import cas, style
from essgeo.ui.links import link
from essgeo.ui.pages import guard

guard()

style.title("Deux cas : Strasbourg, Le Bon Maurepas")
st.markdown(
    "Une lecture guidée de ce que les documents racontent. Chaque phrase a ses lignes, et mène aux "
    "leviers du catalogue. **Rien ici ne vient des données de l'application.**"
)
cas.draw(cas.chosen())
link("leviers", "Le catalogue, et les pistes de la sélection")
