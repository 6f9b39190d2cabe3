"""Draws one section of « Mes données » by itself: the name of the section is in the address."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from essgeo.ui import loading, state

atlas = loading.atlas_or_stop()
state.sync(atlas, "mes_donnees")
resolved = atlas.resolve(state.current().selection)
section = import_module(f"essgeo.ui.owndata.{st.query_params['vue.section']}")
section.draw(atlas, resolved)
