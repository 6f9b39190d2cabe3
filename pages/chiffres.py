import streamlit as st

from essgeo.errors import EssgeoError
from essgeo.ui import loading, published, style
from essgeo.ui.pages import guard

guard()

style.title("Chiffres publiés")
st.markdown(
    "Ce que des études ont compté de l'ESS dans les quartiers prioritaires. **Ces chiffres sont "
    "réels**, même quand le reste de l'application montre des données simulées. Ils ne se "
    "comparent entre eux qu'à champ et contours égaux : lisez les colonnes «\u00a0Champ\u00a0» et "
    "«\u00a0Contours\u00a0»."
)
published.weights()
try:
    published.tables(loading.atlas())
except EssgeoError:
    # Published figures need no data folder.
    published.tables()
published.silences()
