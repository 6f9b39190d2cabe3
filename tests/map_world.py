"""A small invented country for tests of the map: square neighbourhoods, points in and around."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

#: Names that try to leave their text: as markup, as a script's end, as a template literal, as a
#: substitution of streamlit-folium's, as a quote.
HOSTILE = (
    "</script><img src=x onerror=parent.piege=1>",
    "${window.piege=1}",
    "`${parent.piege=1}`",
    "{{ 'piege' }}",
    '"><svg onload=parent.piege=1>',
    'L\'Écluse \\ "Nord" \u2028 & Cie',
)

SECTORS = {"sante": "Santé", "enseignement": "Enseignement", "autres-services": "Autres services"}
SIZES = {"1-2": "1 ou 2 salariés", "10-19": "10 à 19 salariés", "inconnu": "taille inconnue"}


@dataclass(frozen=True)
class World:
    quartiers: gpd.GeoDataFrame
    etablissements: pd.DataFrame
    departements: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    view: tuple[float, float, float, float] = (-2.0, 43.0, 8.2, 50.0)


def build(quartiers: int = 60, points: int = 3000, seed: int = 7) -> World:
    """Make a world; the first neighbourhoods and points bear hostile names."""
    random = np.random.default_rng(seed)
    towns = max(quartiers // 8, 2)
    town_lon = random.uniform(-1, 6, towns)
    town_lat = random.uniform(43.5, 49.5, towns)
    # The first neighbourhood is alone in its town: tests aim at it.
    town_lon[0], town_lat[0] = 7.75, 48.58
    town = np.r_[0, random.integers(1, towns, quartiers - 1)]
    lon = town_lon[town] + random.normal(0, 0.03, quartiers)
    lat = town_lat[town] + random.normal(0, 0.02, quartiers)
    lon[0], lat[0] = 7.75, 48.58
    half = random.uniform(0.002, 0.006, quartiers)
    frame = gpd.GeoDataFrame(
        {
            "code_qp": [f"QS{i:06d}" for i in range(quartiers)],
            "lib_qp": [*HOSTILE, *(f"Quartier {i}" for i in range(len(HOSTILE), quartiers))],
            "lib_com": [f"Commune simulée {one}" for one in town],
            "generation": "2024",
        },
        geometry=shapely.box(lon - half, lat - half * 0.7, lon + half, lat + half * 0.7),
        crs=4326,
    )
    owner = random.integers(0, quartiers, points)
    owner[: 6 * len(HOSTILE)] = 0
    spread = random.uniform(0.6, 2.2, points)
    point_lon = lon[owner] + random.uniform(-1, 1, points) * half[owner] * spread
    point_lat = lat[owner] + random.uniform(-1, 1, points) * half[owner] * 0.7 * spread
    inside = frame.geometry.to_numpy()[owner]
    dedans = shapely.contains_xy(inside, point_lon, point_lat)
    names = [HOSTILE[i % 6] if i < 36 else f"Association {i}" for i in range(points)]
    etablissements = pd.DataFrame(
        {
            "denomination": names,
            "secteur": random.choice(list(SECTORS), points),
            "taille": random.choice(list(SIZES), points),
            "longitude": point_lon,
            "latitude": point_lat,
            "statut_diffusion": "O",
            "code_qp": frame["code_qp"].to_numpy()[owner],
            "rattachement": np.where(dedans, "dedans", "proche"),
            "distance_m": random.uniform(0, 300, points).round(1),
        }
    )
    land = shapely.box(
        [-2.0, 3.0, -2.0, 3.0], [43.0, 43.0, 46.5, 46.5], [3, 8.2, 3, 8.2], [46.5, 46.5, 50, 50]
    )
    departements = gpd.GeoDataFrame({"lib_dep": list("ABCD")}, geometry=land, crs=4326)
    regions = gpd.GeoDataFrame({"lib_reg": ["Pays"]}, geometry=[shapely.union_all(land)], crs=4326)
    return World(frame, etablissements, departements, regions)
