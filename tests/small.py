"""A data folder small enough to be counted by hand.

Three neighbourhoods of 2024 in two regions (two in Strasbourg, one in Rennes), one in Polynésie,
one of 2015; every establishment's place and state is written beside it.
"""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from essgeo.datafolder import write_folder
from essgeo.manifest import Manifest, Source

#: Sides of 0.01 degree: about 740 m by 1,110 m at these latitudes.
QUARTIERS = [
    # code, name, generation, commune, label, dep, lib_dep, region, lib_reg, epci, population, box
    ("QN06701M", "Ouest", "2024", "67482", "Strasbourg", "67", "Bas-Rhin", "44", "Grand Est",
     "246700488", 4000.0, box(7.70, 48.57, 7.71, 48.58)),
    ("QN06702I", "Est", "2024", "67482", "Strasbourg", "67", "Bas-Rhin", "44", "Grand Est",
     "246700488", 2000.0, box(7.72, 48.57, 7.73, 48.58)),
    ("QN03501N", "Nord <b>", "2024", "35238", "Rennes", "35", "Ille-et-Vilaine", "53", "Bretagne",
     "243500139", 1000.0, box(-1.66, 48.12, -1.65, 48.13)),
    ("QN98701N", "Atoll", "2024", "98735", "Papeete", "987", "Polynésie française", "987",
     "Polynésie française", "", 500.0, box(-149.57, -17.54, -149.56, -17.53)),
    ("QP067001", "Ouest", "2015", "67482", "Strasbourg", "67", "Bas-Rhin", "44", "Grand Est",
     "246700488", 3500.0, box(7.70, 48.57, 7.705, 48.58)),
]  # fmt: skip

#: One establishment a line; a line starting with # says where the next one stands.
ETABLISSEMENTS = """\
siret,denomination,categorie_juridique,activite_principale,tranche_effectifs,caractere_employeur,\
statut_diffusion,code_commune,longitude,latitude,qualite_xy,types
# in QN06701M, far from the edge, also in QP067001
11111111100018,Aide 1,9220,88.99B,11,O,O,67482,7.703,48.575,11,ACI
# in QN06701M, same SIREN, not in QP067001
11111111100026,Aide 2,9220,88.10A,02,O,O,67482,7.707,48.575,11,
# in QN06702I: employer of unknown headcount
22222222200014,=Sport,9220,93.12Z,NN,O,O,67482,7.725,48.575,11,
# in QN06702I: non-employer
33333333300015,Amis,9220,94.99Z,NN,N,O,67482,7.726,48.575,11,
# in QN06702I: nothing is said
44444444400016,Coop,5458,43.21A,NN,,O,67482,7.726,48.576,11,
# about 150 m east of QN06702I: near
55555555500012,Mutuelle,8210,65.12Z,21,O,O,67482,7.732,48.575,11,
# far from everything in Strasbourg
66666666600013,Loin,9300,86.10Z,12,O,O,67482,7.8,48.6,11,
# in QN03501N, but declared in Strasbourg: uncertain
77777777700014,Perdue,9220,85.59A,03,O,O,67482,-1.655,48.125,11,
# in QN03501N
88888888800015,Régie du quartier Nord,9220,81.21Z,12,O,O,35238,-1.656,48.125,11,
# random in its commune: no usable position
99999999900016,Floue,9220,90.01Z,01,O,O,35238,-1.655,48.126,33,
# no position at all
10101010100017,Sans lieu,9220,90.01Z,01,O,O,35238,,,,
# partial diffusion, in QN06701M: open band
12121212100018,Grande,9220,88.99B,53,O,P,67482,7.704,48.576,11,
"""


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the small folder."""
    quartiers = gpd.GeoDataFrame(
        [
            dict(zip(("code_qp", "lib_qp", "generation", "insee_com", "lib_com", "insee_dep",
                      "lib_dep", "insee_reg", "lib_reg", "siren_epci", "population", "geometry"),
                     row, strict=True))
            for row in QUARTIERS
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    quartiers.insert(10, "lib_epci", quartiers["siren_epci"].map(
        {"246700488": "Eurométropole de Strasbourg", "243500139": "Rennes Métropole", "": ""}
    ))  # fmt: skip
    points = pd.read_csv(
        io.StringIO(ETABLISSEMENTS), comment="#", dtype="str", keep_default_na=False
    )
    communes = pd.DataFrame(
        {
            "code_commune": ["35238", "67482"],
            "lib_commune": ["Rennes", "Strasbourg"],
            "insee_dep": ["35", "67"],
            "insee_reg": ["53", "44"],
            "siren_epci": ["243500139", "246700488"],
            "lib_epci": ["Rennes Métropole", "Eurométropole de Strasbourg"],
            "population": [220000, 290000],
        }
    )
    return {"quartiers": quartiers, "etablissements": points, "communes": communes}


def manifest(nature: str = "officiel") -> Manifest:
    """Return the manifest of the small folder."""
    return Manifest(
        nature=nature,  # type: ignore[arg-type]  # a test passes one of the three
        titre="Petit dossier d'essai",
        sources=(Source(id="essai", titre="Essai", editeur="Personne", date="2024-01-01"),),
        generations=("2024", "2015"),
    )


def write_small(out: Path, *, nature: str = "officiel", parquet: bool = False) -> Path:
    """Write the small folder and return its path."""
    write_folder(out, tables(), manifest(nature), parquet=parquet)
    return out
