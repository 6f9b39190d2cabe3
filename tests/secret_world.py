"""A folder under statistical secrecy, small enough for every one of its tables to be attacked."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from essgeo.datafolder import write_folder
from essgeo.manifest import Manifest, Source

#: code -> communes, département, EPCI, region.
QUARTIERS = {
    "QN06701M": ("67482", "67", "246700488", "44"),
    "QN06702I": ("67482", "67", "246700488", "44"),
    "QN06703I": ("67482", "67", "246700488", "44"),
    # Over two communes.
    "QN06704I": ("67482;67218", "67", "246700488", "44"),
    "QN06705N": ("67218", "67", "246700488", "44"),
    "QN06801N": ("68224", "68", "200066009", "44"),
    "QN06802N": ("68224", "68", "200066009", "44"),
    "QN03501N": ("35238", "35", "243500139", "53"),
    "QN03502N": ("35238", "35", "243500139", "53"),
    "QN98701N": ("98735", "987", "", "987"),
}

#: NAF code of each sector used.
ACTIVITIES = ("88.99B", "93.12Z", "85.59A", "90.01Z")
CATEGORIES = ("9220", "5458")
BANDS = ("01", "02", "03", "11", "12", "21")
#: How often each band is met: a few large ones dominate.
WEIGHTS = (0.3, 0.25, 0.2, 0.12, 0.08, 0.05)
#: How many establishments each neighbourhood counts, on average.
MEANS = (14, 8, 2, 9, 1, 12, 0, 6, 3, 0)


def quartiers() -> gpd.GeoDataFrame:
    """Return the outlines: those of 2024, and one of 2015 over the first."""
    rows = []
    for place, (code, (communes, dep, epci, region)) in enumerate(QUARTIERS.items()):
        west = 7 + place / 20
        rows.append((code, code, "2024", communes, dep, region, epci, 1000.0 * (place + 1),
                     box(west, 48, west + 0.01, 48.01)))  # fmt: skip
    rows.append(("QP067001", "Ancien", "2015", "67482", "67", "44", "246700488", 900.0,
                 box(7, 48, 7.005, 48.01)))  # fmt: skip
    names = ("code_qp", "lib_qp", "generation", "insee_com", "insee_dep", "insee_reg",
             "siren_epci", "population", "geometry")  # fmt: skip
    return gpd.GeoDataFrame([dict(zip(names, row, strict=True)) for row in rows], crs="EPSG:4326")


def drawn(seed: int) -> pd.DataFrame:
    """Draw establishments: several of one SIREN, doubtful ones, non-employers, strays."""
    rng = np.random.default_rng(seed)
    rows = []
    for code, mean in zip(QUARTIERS, MEANS, strict=True):
        communes = QUARTIERS[code][0].split(";")
        for attachment, count in (
            ("dedans", rng.poisson(mean)),
            ("proche", rng.poisson(mean / 2)),
        ):
            rows.extend(
                {
                    "siren": f"{rng.integers(40):09d}",
                    "activite_principale": rng.choice(ACTIVITIES, p=(0.5, 0.25, 0.15, 0.1)),
                    "categorie_juridique": rng.choice(CATEGORIES, p=(0.8, 0.2)),
                    "tranche_effectifs": rng.choice(BANDS, p=WEIGHTS),
                    "caractere_employeur": rng.choice(["O", "N"], p=(0.9, 0.1)),
                    "code_commune": rng.choice(communes)
                    if rng.random() < 0.95
                    else rng.choice(["67482", "68224", "35238"]),
                    "code_qp": code,
                    "rattachement": attachment,
                    "certitude": rng.choice(["sur", "probable", "incertain"], p=(0.7, 0.2, 0.1)),
                }
                for _ in range(count)
            )
    return pd.DataFrame(rows)


def every_cell() -> pd.DataFrame:
    """Return one establishment for each thing that a question can tell apart."""
    rows = [
        {
            "siren": "",
            "activite_principale": activity,
            "categorie_juridique": category,
            "tranche_effectifs": band,
            "caractere_employeur": "O",
            "code_commune": commune,
            "code_qp": code,
            "rattachement": attachment,
            "certitude": "sur",
        }
        for code, (communes, *_) in QUARTIERS.items()
        for commune, activity, category, band, attachment in itertools.product(
            communes.split(";"), ACTIVITIES, CATEGORIES, ("01", "21"), ("dedans", "proche")
        )
    ]
    return pd.DataFrame(rows)


def write(out: Path, establishments: pd.DataFrame, *, secret: bool) -> Path:
    """Write a folder, joined already, and return its path."""
    place = [list(QUARTIERS).index(code) for code in establishments["code_qp"]]
    points = establishments.assign(
        siret=[f"{n:014d}" for n in range(len(establishments))],
        denomination="Sans nom",
        statut_diffusion="O",
        longitude=[7 + one / 20 + 0.005 for one in place],
        latitude=48.005,
        qualite_xy="11",
        distance_m=1.0,
        types="",
    )
    source = Source(id="flores", titre="Commande Flores", editeur="Insee", date="2022")
    said = Manifest(
        nature="officiel",
        titre="Dossier sous secret",
        sources=(replace(source, secret=secret),),
        generations=("2024", "2015"),
    )
    write_folder(out, {"quartiers": quartiers(), "etablissements": points}, said)
    return out
