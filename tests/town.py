"""A data folder made to measure: a row of square neighbourhoods with chosen numbers of each sector.

Neighbourhood ``i`` is a square of 0.01 degree; ``near`` establishments stand about 100 m east of
it, the ``outside`` ones of a commune some 20 km north of every neighbourhood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from essgeo.datafolder import write_folder
from tests.small import manifest

#: Sector -> an activity of it.
NAF = {
    "action-sociale": "88.99B",
    "sante": "86.10Z",
    "enseignement": "85.59A",
    "sports-loisirs": "93.12Z",
    "arts-spectacles": "90.01Z",
    "non-classe": "",
}

#: Family -> a legal category of it.
CATEGORIES = {"association": "9220", "cooperative": "5458"}

#: Where squares stand: département -> first longitude, latitude.
PLACES = {"37": (0.0, 47.0), "45": (2.0, 47.8), "974": (55.3, -21.1), "987": (-149.6, -17.6)}

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Quartier:
    """One neighbourhood: inhabitants and establishments by sector, inside and near."""

    population: float
    inside: Counts = field(default_factory=dict)
    near: Counts = field(default_factory=dict)
    departement: str = "37"
    region: str = "24"
    poverty: float | None = None
    commune: str = ""


def write_town(
    out: Path,
    quartiers: Sequence[Quartier],
    outside: Counts | None = None,
    *,
    famille: str = "association",
) -> Path:
    """Write the folder; codes of neighbourhoods are ``code(place, departement)``."""
    outlines, points = [], []
    for place, one in enumerate(quartiers):
        lon, lat = PLACES[one.departement]
        lon += 0.04 * place
        commune = one.commune or f"{one.departement}{place + 100:0{5 - len(one.departement)}d}"[:5]
        outlines.append(
            {
                "code_qp": code(place, one.departement),
                "lib_qp": f"Quartier {place}",
                "generation": "2024",
                "insee_com": commune,
                "lib_com": f"Ville {commune}",
                "insee_dep": one.departement,
                "lib_dep": f"Département {one.departement}",
                "insee_reg": one.region,
                "lib_reg": f"Région {one.region}",
                "population": one.population,
                "geometry": box(lon, lat, lon + 0.01, lat + 0.01),
            }
            | ({} if one.poverty is None else {"TP60": one.poverty})
        )
        for counts, at in ((one.inside, lon + 0.005), (one.near, lon + 0.0113)):
            points += _points(counts, at, lat + 0.005, commune, famille)
    first = outlines[0]
    points += _points(outside or {}, 0.005, 47.2, str(first["insee_com"]), famille)
    columns = ["categorie_juridique", "activite_principale", "tranche_effectifs",
               "caractere_employeur", "statut_diffusion", "code_commune", "longitude", "latitude",
               "qualite_xy", "types"]  # fmt: skip
    table = pd.DataFrame(points, columns=columns, dtype="str")
    table.insert(0, "siret", [f"{10**13 + 7 * row:014d}" for row in range(len(table))])
    table.insert(1, "denomination", [f"Structure {row}" for row in range(len(table))])
    communes = pd.DataFrame(outlines)[["insee_com", "lib_com", "insee_dep", "insee_reg"]]
    communes = communes.drop_duplicates("insee_com").rename(
        columns={"insee_com": "code_commune", "lib_com": "lib_commune"}
    )
    communes = communes.assign(siren_epci="", lib_epci="", population=100000)
    made = {
        "quartiers": gpd.GeoDataFrame(outlines, crs="EPSG:4326"),
        "etablissements": table,
        "communes": communes,
    }
    write_folder(out, made, manifest())
    return out


def code(place: int, departement: str = "37") -> str:
    """Return the code of the neighbourhood of a place in the row."""
    return f"QN{departement.zfill(3)}{place:02d}N"


def _points(
    counts: Counts, lon: float, lat: float, commune: str, famille: str
) -> list[tuple[str, ...]]:
    return [
        (CATEGORIES[famille], NAF[sector], "11", "O", "O", commune, str(lon), str(lat), "11", "")
        for sector, count in counts.items()
        for _ in range(count)
    ]
