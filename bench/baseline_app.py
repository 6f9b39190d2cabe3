"""The usual page, for comparison: a choropleth and one marker an establishment, in a loop.

It is what tutorials show and public dashboards do; it reads the same folder as the app, keeps the
data in memory between reruns, and has the same filter. Nothing of it is used by the app.
"""

from __future__ import annotations

import os
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from folium.plugins import MarkerCluster
from streamlit_folium import st_folium

FOLDER = Path(os.environ["ESSGEO_DATA"])


@st.cache_resource
def load() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the neighbourhoods and the employers inside them."""
    quartiers = gpd.read_file(FOLDER / "qpv.geojson")
    points = pd.read_csv(FOLDER / "bench_dedans.csv", dtype={"siret": "str", "code_qp": "str"})
    return quartiers, points


st.title("ESS dans les QPV")
quartiers, points = load()
sectors = st.sidebar.multiselect("Secteur", sorted(points["lib_secteur"].unique()))
shown = points[points["lib_secteur"].isin(sectors)] if sectors else points
counts = shown.groupby("code_qp").size().rename("n").reset_index()

carte = folium.Map(location=[46.6, 2.4], zoom_start=6)
folium.Choropleth(
    geo_data=quartiers,
    data=counts,
    columns=["code_qp", "n"],
    key_on="feature.properties.code_qp",
    fill_color="YlGnBu",
    legend_name="Établissements employeurs",
).add_to(carte)
cluster = MarkerCluster().add_to(carte)
for row in shown.itertuples():
    folium.Marker(
        [row.latitude, row.longitude],
        popup=folium.Popup(row.denomination),
        tooltip=row.denomination,
    ).add_to(cluster)
st_folium(carte, width=900, height=600)
