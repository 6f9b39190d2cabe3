import streamlit as st

from essgeo.ui import loading, owndata, state, style
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
style.title("Mes données")
st.markdown(
    "Vos fichiers sont lus sur l'ordinateur qui fait tourner l'application, dans la mémoire de "
    "votre visite\u00a0: **rien n'en est gardé ni envoyé**, et personne d'autre ne les voit. "
    "Seule une adresse tapée part à un service public, si vous l'autorisez."
)
owndata.draw(atlas, resolved, owndata.choice())
