"""Points attached to neighbourhoods, beside SedonaDB and geopandas, in one run.

Five million points drawn in three ways, all the outlines of one generation. Each contender starts
from two arrays of coordinates and ends with the attributed rows (row of the point, code of the
neighbourhood); all must give the same once ties are settled. `python -m bench.join MIX COUNT`
prints the peak memory of one process that does our part alone.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from bench.report import ROOT, Measure, Part
from essgeo.join import Outlines, attach
from essgeo.settings import BAND_M
from essgeo.text import number, percent

PACKAGES = ("shapely", "numpy", "geopandas", "sedonadb")

Floats = NDArray[np.float64]

#: Points of the reference load, and of a quick trial.
POINTS, QUICK_POINTS = 5_000_000, 200_000
#: Each contender's time is the best of so many runs, taken in turn.
ROUNDS = 3
SEED = 2024

#: How points are drawn: name -> what it stands for.
MIXES = {
    "établissements": "un cinquième des points à quelques centaines de mètres du centre d'un "
    "quartier, les autres à quelques kilomètres : les parts dedans et proche des structures "
    "d'insertion réelles",
    "quartiers": "tous à moins de deux kilomètres environ du centre d'un quartier",
    "emprises": "tous dans le rectangle d'un quartier, là où le contour compte le plus",
}

INTRODUCTION = """\
{points} points tirés au hasard, {quartiers} contours ({source}), rattachement « dedans ». Chaque
concurrent part de deux tableaux de coordonnées et finit par les lignes attribuées (rang du point,
code du quartier) : toutes pour essgeo, qui prépare aussi ses contours, celles qui sont dedans pour
les autres. Les résultats sont comparés : après le même départage (plus petit code), ils sont
identiques. Durées : la meilleure de {rounds}, chacun son tour. « Bande et distance » : pour les
mêmes points, bords et abords à préparer compris, le quartier le plus proche à {band} m de ceux qui
ne sont pas dedans et la distance au bord de tous ceux qui sont dedans ou proches, rapportés au
temps du rattachement.

Les limites valent pour le tirage « établissements ». Tirages : {mixes}.
"""


def neighbourhoods() -> tuple[gpd.GeoDataFrame, str]:
    """Return the outlines to measure on, and what they are."""
    folder = os.environ.get("ESSGEO_REEL", "").strip()
    if folder:
        from essgeo.readers import read_quartiers

        table = read_quartiers(Path(folder) / "qpv2024.geojson").table
        source = "réels, de 2024"
    else:
        from essgeo.datafolder import read_folder

        table = read_folder(ROOT / "data").quartiers
        table = table[table["generation"] == table["generation"].max()]
        source = "simulés, de la démonstration : ESSGEO_REEL n'indique aucun contour réel"
    return table[["code_qp", "geometry"]].reset_index(drop=True), source


def draw(mix: str, areas: gpd.GeoDataFrame, count: int) -> tuple[Floats, Floats]:
    """Draw the points of a mix; the same ones each time."""
    rng = np.random.default_rng(SEED)
    outlines = areas.geometry.to_numpy()
    which = rng.integers(0, len(outlines), count)
    if mix == "emprises":
        west, south, east, north = shapely.bounds(outlines)[which].T
        return west + (east - west) * rng.random(count), south + (north - south) * rng.random(count)
    center = shapely.get_coordinates(shapely.centroid(outlines))[which]
    spread = np.full(count, 0.01)
    if mix == "établissements":
        spread = np.where(rng.random(count) < 0.2, 0.005, 0.05)
    lon = center[:, 0] + rng.normal(0, 1, count) * spread
    return lon, center[:, 1] + rng.normal(0, 0.7, count) * spread


# --- contenders ---------------------------------------------------------------------------------


def rows_of_essgeo(areas: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> pd.DataFrame:
    """Attribute the points, outlines to prepare: every row is kept, ``""`` when in none."""
    position, _ = Outlines(areas).inside(lon, lat)
    codes = pd.concat([areas["code_qp"], pd.Series([""], dtype="str")], ignore_index=True)
    # The place after the last neighbourhood is that of none: -1 counts from the end.
    found = codes.astype("str").take(position % len(codes)).reset_index(drop=True)
    return pd.DataFrame({"row": np.arange(lon.size), "code_qp": found})


def rows_of_sedona(areas: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> pd.DataFrame:
    """Attribute the points with SedonaDB, ties not settled."""
    import sedonadb

    session = sedonadb.connect()
    table = pa.table({"row": np.arange(lon.size), "lon": lon, "lat": lat})
    session.create_data_frame(table).to_view("points", overwrite=True)
    session.create_data_frame(areas).to_view("areas", overwrite=True)
    query = (
        "SELECT points.row, areas.code_qp FROM points JOIN areas ON ST_Intersects("
        "areas.geometry, ST_SetSRID(ST_Point(points.lon, points.lat), 4326))"
    )
    # Through Arrow's own interface: to_pandas() asks for one more package.
    found: pd.DataFrame = pa.table(session.sql(query)).to_pandas()
    return found


def points_of_geopandas(lon: Floats, lat: Floats) -> gpd.GeoDataFrame:
    """Build the points that geopandas needs."""
    return gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)


def rows_of_geopandas(areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Attribute ready points with geopandas, ties not settled."""
    found = gpd.sjoin(places, areas, predicate="intersects")
    return pd.DataFrame({"row": found.index.to_numpy(), "code_qp": found["code_qp"].to_numpy()})


def settled(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the lowest code of each row, in the order of rows."""
    lowest = rows.sort_values(["row", "code_qp"]).drop_duplicates("row")
    return lowest.astype({"row": "int64", "code_qp": "str"}).reset_index(drop=True)


# --- measures -----------------------------------------------------------------------------------


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def _around(outlines: Outlines, position: NDArray[np.int32], lon: Floats, lat: Floats) -> int:
    """Find who is near and measure everyone's distance; return how many are near."""
    place, _ = outlines.around(lon, lat, position, BAND_M)
    return int((place >= 0).sum() - (position >= 0).sum())


def _measured(mix: str, areas: gpd.GeoDataFrame, count: int) -> tuple[str, list[Measure]]:
    """Measure one mix and return its table."""
    lon, lat = draw(mix, areas, count)
    best: dict[str, float] = {}

    def keep(name: str, seconds: float) -> None:
        best[name] = min(seconds, best.get(name, np.inf))

    near = inside = 0
    for turn in range(ROUNDS):
        seconds, theirs = _timed(lambda: rows_of_sedona(areas, lon, lat))
        keep("sedona", seconds)
        built, places = _timed(lambda: points_of_geopandas(lon, lat))
        seconds, usual = _timed(lambda places=places: rows_of_geopandas(areas, places))
        keep("ready", seconds)
        keep("geopandas", built + seconds)
        del places
        seconds, ours = _timed(lambda: rows_of_essgeo(areas, lon, lat))
        keep("essgeo", seconds)
        # Fresh outlines: their edges and surroundings are to prepare too.
        outlines = Outlines(areas)
        position, _ = outlines.inside(lon, lat)
        seconds, near = _timed(
            lambda outlines=outlines, position=position: _around(outlines, position, lon, lat)
        )
        keep("band", seconds)
        held_rows = ours[ours["code_qp"] != ""].reset_index(drop=True)
        inside = len(held_rows)
        if turn == 0:
            for name, rows in (("SedonaDB", theirs), ("geopandas", usual)):
                if not settled(rows).equals(held_rows):
                    raise RuntimeError(f"{name} n'attribue pas les mêmes lignes (tirage {mix})")
    points = pd.DataFrame({"longitude": lon, "latitude": lat})
    whole, _ = _timed(lambda: attach(points, areas))
    # The promise is made for the mix that looks like establishments, which comes first.
    held = mix == next(iter(MIXES))
    ours_s = best["essgeo"]
    title = f"Tirage « {mix} » : {percent(inside / count)} dedans, {percent(near / count)} proches"
    return title, [
        Measure("essgeo, des coordonnées aux lignes", ours_s, "s", decimals=2),
        Measure("SedonaDB", best["sedona"], "s", decimals=2),
        Measure("geopandas, points à construire", best["geopandas"], "s", decimals=2),
        Measure("geopandas, points prêts", best["ready"], "s", decimals=2),
        Measure(
            "plus vite que SedonaDB", best["sedona"] / ours_s, "fois", decimals=1,
            at_least=1.3 if held else None,
        ),
        Measure(
            "plus vite que geopandas, points à construire", best["geopandas"] / ours_s, "fois",
            decimals=1, at_least=4.0 if held else None,
        ),
        Measure(
            "plus vite que geopandas, points prêts", best["ready"] / ours_s, "fois", decimals=1,
            at_least=2.0 if held else None,
        ),
        Measure(
            "bande et distance, rapportées au rattachement", best["band"] / ours_s, "fois",
            decimals=1, at_most=3.0 if held else None,
        ),
        Measure("rattachement complet (`attach`), une fois", whole, "s", decimals=1),
        Measure(
            "mémoire au plus haut, rattachement, bande et distance", _peak(mix, count), "Mo",
            at_most=2000.0,
        ),
    ]  # fmt: skip


# --- memory -------------------------------------------------------------------------------------


def _peak(mix: str, count: int) -> float:
    """Return the peak memory, in megabytes, of a process that does our part alone."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.join", mix, str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return float(done.stdout)


def alone(mix: str, count: int) -> float:
    """Do our part and return the peak memory of this process, in megabytes."""
    areas, _ = neighbourhoods()
    lon, lat = draw(mix, areas, count)
    rows_of_essgeo(areas, lon, lat)
    outlines = Outlines(areas)
    _around(outlines, outlines.inside(lon, lat)[0], lon, lat)
    return peak()


def peak() -> float:
    """Return the peak memory of this process so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: its peak starts from that of the parent process.
        found = re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024 / 1e6
    memory = psutil.Process().memory_info()
    # Windows keeps the peak; elsewhere what is in use at the end stands for it.
    return float(getattr(memory, "peak_wset", memory.rss)) / 1e6


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    areas, source = neighbourhoods()
    count = QUICK_POINTS if quick else POINTS
    tables = [_measured(mix, areas, count) for mix in MIXES]
    return Part(
        key="join",
        title="Rattacher des points aux quartiers",
        introduction=INTRODUCTION.format(
            points=number(count),
            quartiers=number(len(areas)),
            source=source,
            rounds=ROUNDS,
            band=number(BAND_M),
            mixes=" ; ".join(f"« {name} », {text}" for name, text in MIXES.items()),
        ),
        tables=tables,
    )


if __name__ == "__main__":
    print(alone(sys.argv[1], int(sys.argv[2])))
