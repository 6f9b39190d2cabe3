"""Simulated places as the tables of a data folder."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from essgeo import nomenclatures
from essgeo.demo.layout import Departement
from essgeo.join.surfaces import BAND_COLUMN, measured_band_km2

#: Départements whose agglomerations make one metropolis of public territorial establishments.
METROPOLIS = ("75", "92", "93", "94")
#: The one of them that has no such establishment.
WITHOUT_EPT = "75"
#: Collectivities without intercommunality in the official file.
NO_EPCI = ("978", "987")


def communes(everywhere: list[Departement]) -> pd.DataFrame:
    """Return the table of simulated communes, columns of the data dictionary."""
    return pd.DataFrame(
        [
            {
                "code_commune": dep.commune_code(position),
                "lib_commune": dep.commune_name(position),
                "insee_dep": dep.code,
                "insee_reg": dep.reg,
                **_groupings(dep, int(dep.communes.agglomeration[position])),
                "population": int(dep.communes.population[position]),
            }
            for dep in everywhere
            for position in range(len(dep.communes))
        ]
    )


def _groupings(dep: Departement, group: int) -> dict[str, str]:
    """Name the EPCI, the EPT and the contract of an agglomeration."""
    code = f"{dep.code:0>3}"
    found = dict.fromkeys(("siren_epci", "lib_epci", "code_ept", "lib_ept"), "")
    if dep.code in METROPOLIS:
        found["siren_epci"], found["lib_epci"] = (
            f"SM{dep.reg:0>7}",
            f"Métropole simulée, {dep.lib_reg}",
        )
        if dep.code != WITHOUT_EPT:
            found["code_ept"] = f"ST{code}{group:02d}"
            found["lib_ept"] = f"Établissement territorial simulé {group}, {dep.lib}"
    elif dep.code not in NO_EPCI:
        found["siren_epci"] = f"S{code}{group:05d}"
        found["lib_epci"] = f"Agglomération simulée {group}, {dep.lib}"
    found["code_contrat"] = f"CS{code}{group:02d}"
    found["lib_contrat"] = f"Contrat simulé {group}, {dep.lib}"
    return found


def quartiers(everywhere: list[Departement]) -> gpd.GeoDataFrame:
    """Return the table of simulated neighbourhoods, columns of the data dictionary."""
    rows = []
    for dep in everywhere:
        table = dep.quartiers
        for place, code in enumerate(table.code_qp):
            hosts = [int(one) for one in (table.commune[place], table.second[place]) if one >= 0]
            rows.append(
                {
                    "code_qp": code,
                    "lib_qp": f"Quartier simulé {place + 1}, {dep.lib}",
                    "generation": "2024",
                    "insee_com": ";".join(dep.commune_code(one) for one in hosts),
                    "lib_com": ";".join(dep.commune_name(one) for one in hosts),
                    "insee_dep": dep.code,
                    "lib_dep": dep.lib,
                    "insee_reg": dep.reg,
                    "lib_reg": dep.lib_reg,
                    **_groupings(dep, int(dep.communes.agglomeration[hosts[0]])),
                    "population": int(table.population[place]),
                    "geometry": table.degrees[place],
                }
            )
    found = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    found[BAND_COLUMN] = measured_band_km2(found).round(4)
    return found


def regions(deps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Merge the outlines of départements by region, borders exactly shared."""
    region = nomenclatures.departements().set_index("code")["insee_reg"]
    names = nomenclatures.regions().set_index("code")["lib_reg"]
    owner = region.loc[deps["code"]].to_numpy()
    shapes = deps.geometry.to_numpy()
    codes = sorted(set(owner))
    merged = [
        shapely.normalize(shapely.coverage_union_all(shapes[np.flatnonzero(owner == code)]))
        for code in codes
    ]
    return gpd.GeoDataFrame(
        {"code": codes, "libelle": [names[code] for code in codes]},
        geometry=merged,
        crs="EPSG:4326",
    )
