"""The app: `streamlit run app.py`, or `python lancer.py run`."""

from __future__ import annotations

import streamlit as st

from essgeo.errors import EssgeoError
from essgeo.ui import accessibility, filters, loading, logs, pages, state, style
from essgeo.ui.heading import messages
from essgeo.ui.owndata.band import band

#: Three circles, as on the map. In the address itself: an icon by name would be fetched outside.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Cg fill='%231668a8' fill-opacity='.8'%3E%3Ccircle cx='12' cy='13' r='10'/%3E"
    "%3Ccircle cx='24' cy='21' r='7'/%3E%3Ccircle cx='9' cy='27' r='4'/%3E%3C/g%3E%3C/svg%3E"
)

logs.keep_values_out()
st.set_page_config(
    page_title="essgeo : l'ESS dans les quartiers prioritaires",
    page_icon=ICON,
    layout="wide",
    initial_sidebar_state="auto",
)
style.dress()
page = pages.navigation()

atlas = None
try:
    atlas = loading.atlas()
except EssgeoError:
    # Pages that need data say what is wrong with it; the others work without.
    state.sync(None, page.stem)
else:
    now = state.sync(atlas, page.stem)
    filters.sidebar(atlas)
    state.write_url(now)
    style.simulated(atlas.manifest, published=page.published)
    # The place is kept when there is nothing to say: what follows then never moves.
    with st.container(key="essgeo-annonces", gap="small"):
        band(loading.base)
        messages()

pages.run(atlas, page)
if page.stem != "presentation":
    accessibility.foot()
