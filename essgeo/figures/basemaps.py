"""Backgrounds of tiles that a visitor may ask the network for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Basemap:
    """Tiles from a public service; off by default, for they need the network."""

    label: str
    url: str
    attribution: str
    max_native_zoom: int = 19


BASEMAPS: dict[str, Basemap] = {
    "ign": Basemap(
        "Plan IGN",
        "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
        "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png"
        "&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}",
        "Plan IGN, Géoplateforme",
        18,
    ),
    "osm": Basemap(
        "OpenStreetMap",
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        "Contributeurs OpenStreetMap, ODbL",
    ),
}
