"""A page with the map and a few filters, run by the browser tests in a folder of its own."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit_folium import st_folium

from essgeo.figures.assets import served
from essgeo.figures.classes import quantiles
from essgeo.figures.map import (
    RETURNED_OBJECTS,
    BaseMap,
    InlinePoints,
    Layer,
    MapState,
    Measure,
    read_click,
)
from essgeo.figures.static_layers import drawable, write_layers

HERE = Path(__file__).resolve().parent
st.set_page_config(layout="wide", page_title="Banc de la carte")


@st.cache_resource
def prepare():
    world, sectors, sizes = pickle.loads((HERE / "world.pkl").read_bytes())  # noqa: S301 - written by the test that runs this
    shown = drawable(world.etablissements, np.ones(len(world.etablissements), dtype=bool))
    layers = write_layers(
        HERE / "static",
        world.quartiers,
        world.etablissements,
        shown,
        fingerprint="banc",
        departements=world.departements,
        regions=world.regions,
        sectors=sectors,
        sizes=sizes,
    )
    known = {code: i for i, code in enumerate(layers.codes)}
    owner = world.etablissements["code_qp"].map(known).fillna(-1).to_numpy(np.int64)
    return world, sectors, served(HERE / "static"), layers, owner


world, sectors, assets, layers, owner = prepare()
start = time.perf_counter()
with st.sidebar:
    sector = st.selectbox("Secteur", ["tous", *sectors])
    indicator = st.radio("Indicateur", ["effectif", "taux"])
    zone = st.selectbox("Zone", ["pays", "ville", "aucune"])
    theme = st.selectbox("Thème", ["auto", "clair", "sombre"])
    basemap = st.selectbox("Fond", ["aucun", "ign", "osm"])
    listed = st.checkbox("Liste")
    around = st.checkbox("Bande", value=True)

table = world.etablissements
mask = np.ones(len(table), dtype=bool)
if sector != "tous":
    mask &= (table["secteur"] == sector).to_numpy()


def counts(rows):
    inside = rows & (table["rattachement"] == "dedans").to_numpy() & (owner >= 0)
    return np.bincount(owner[inside], minlength=len(layers.codes)).astype(float)


clicked = read_click(st.session_state.get("carte"), layers)
whole = counts(np.ones(len(table), dtype=bool))
values = counts(mask)
population = 1000.0 + 10 * np.arange(len(values)) % 3000
rate = np.round(1000 * values / population, 1)
states = np.full(len(values), "ok", dtype="<U14")
if len(states) >= 10:
    states[[-1, -2, -3, -4]] = ["sans_donnee", "secret", "hors_champ", "hors_selection"]
first = world.quartiers.geometry.iloc[0].buffer(0.02).bounds
state = MapState(
    counts=Measure(
        "Établissements employeurs",
        ("établissement employeur", "établissements employeurs"),
        values,
    ),
    largest=float(whole.max()),
    states=states,
    source="Source : données inventées pour les essais, 2024",
    rate=Measure(
        "Établissements employeurs pour 1 000 habitants",
        ("pour 1 000 habitants", "pour 1 000 habitants"),
        rate,
        decimals=1,
    )
    if indicator == "taux"
    else None,
    classes=quantiles(np.round(1000 * whole / population, 1), 5, 1)
    if indicator == "taux"
    else None,
    rows=mask,
    bounds={"pays": world.view, "ville": first, "aucune": None}[zone],
    selected=clicked.quartier if clicked else None,
    band=300.0 if around else 0.0,
    inline=InlinePoints(
        lon=np.array([first[0] + 0.01]), lat=np.array([first[1] + 0.01]), names=["<b>liste</b>"]
    )
    if listed
    else None,
    theme=theme,
    basemap="" if basemap == "aucun" else basemap,
)
layer = Layer(state.payload(layers))
base = BaseMap(assets, layers, "simulation")
returned = st_folium(
    base,
    key="carte",
    height=620,
    use_container_width=True,
    returned_objects=RETURNED_OBJECTS,
    feature_group_to_add=layer,
)
click = read_click(returned, layers)
runs = st.session_state["passages"] = st.session_state.get("passages", 0) + 1
st.text(f"clic={click.code_qp if click else ''} ligne={click.row if click else ''}")
st.text(f"passages={runs}")
st.text(f"ms={1000 * (time.perf_counter() - start):.1f} octets={len(layer.payload)}")
