"""Every page and the summary of a folder as large as all the ESS of France.

1.3 million establishments, employers and not, simulated. A visitor in a real Chromium changes one
filter at a time on each page in turn; the command line is timed from its launch to its end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from bench.app import published_apart, walk
from bench.reference import Choices, choices
from bench.report import Measure, Part
from bench.visitor import ROOT, Change, Server, Visitor, chromium, serving
from essgeo import demo
from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.generation import JOINED
from essgeo.indicators import summary
from essgeo.join import attach
from essgeo.selection import parse
from essgeo.text import number
from essgeo.ui.pages import PAGES

PACKAGES = ("streamlit", "pandas", "pyarrow", "numpy")

APP = ROOT / "app.py"

#: Establishments of the load, and of the smaller one that tells how costs grow.
ROWS, FEWER = 1_300_000, 130_000
QUICK_ROWS, QUICK_FEWER = 100_000, 70_000

#: Axes whose cost is followed from one load to the other.
FOLLOWED = ("quartier", "commune", "secteur", "france")

INTRODUCTION = """\
{rows} établissements simulés, employeurs ou non, en Parquet. Sur chaque page, un visiteur, dans
Chromium sans réseau, ajoute ou retire une valeur de filtre à la fois, {changes} fois, en passant
d'une sélection jamais vue à une autre ; le temps du serveur va du début du script à l'envoi de son
dernier message, celui de processeur est celui de tout le serveur pendant ce temps. La fiche est
celle d'un quartier choisi. La commande part du lancement de Python et va jusqu'à sa fin, lecture
des tables comprise, la meilleure de {runs}, sur un dossier tel que `build` les écrit, qui porte le
rattachement, puis sur le même dossier sans lui, qu'il faut alors calculer. La croissance compare,
dans un même processus, le temps d'indicateurs jamais demandés sur {rows} et sur {fewer}
établissements.
"""


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    rows, fewer = (QUICK_ROWS, QUICK_FEWER) if quick else (ROWS, FEWER)
    times, runs = (6, 1) if quick else (20, 5)
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name, chromium() as browser:
        folder = Path(name)
        large, small = (_written(folder / str(count), count) for count in (rows, fewer))
        bare = _written(folder / "nu", rows, attached=False)
        with published_apart():
            pages = _pages(browser, large, folder, times)
        command = [_command(one, runs) for one in (large, bare, small)]
        growth = _growth(open_atlas(large), open_atlas(small))
    return Part(
        key="analyses",
        title="Analyses",
        introduction=INTRODUCTION.format(
            rows=number(rows), fewer=number(fewer), changes=times, runs=runs
        ),
        tables=[
            ("Changement de filtre, page par page", pages),
            (
                "`python -m essgeo summary --by quartier`",
                [
                    Measure(f"{number(rows)} établissements", command[0], "s", 3, decimals=2),
                    Measure(
                        f"{number(rows)} établissements à rattacher", command[1], "s", 3, decimals=2
                    ),
                    Measure(f"{number(fewer)} établissements", command[2], "s", decimals=2),
                ],
            ),
            (
                f"Croissance de {number(fewer)} à {number(rows)} établissements",
                [
                    Measure(f"indicateurs par {axis}", ratio, "fois", 12, decimals=1)
                    for axis, ratio in growth.items()
                ],
            ),
        ],
    )


def _written(folder: Path, rows: int, *, attached: bool = True) -> Path:
    """Write a demonstration of so many establishments as Parquet, attached as a build does."""
    tables = dict(demo.simulate(etablissements=rows))
    if attached:
        points = tables["etablissements"]
        found = attach(points, tables["quartiers"]).table
        tables["etablissements"] = points.assign(
            **{name: found[name] for name in (*JOINED, "motif")}
        )
    write_folder(folder, tables, demo.manifest(), parquet=True)
    return folder


# --- pages --------------------------------------------------------------------------------------


def _pages(browser: Browser, data: Path, folder: Path, times: int) -> list[Measure]:
    atlas = open_atlas(data)
    national = choices(atlas, parse("").selection)
    largest = summary(atlas, parse("").selection, ("quartier",)).nlargest(1, "etablissements")
    of_one = f"quartier={largest['code'].iloc[0]}"
    del atlas
    measures = []
    with serving(APP, data, folder) as server:
        # The first visitor opens the data: not what is measured here.
        _walked(browser, server, PAGES[0].stem, "", national, 1)
        # The presentation has no filter: its steps are kept, and its cost is that of documents.
        for page in (one for one in PAGES if one.stem != "presentation"):
            query = of_one if page.stem == "quartier" else ""
            changes = _walked(browser, server, page.stem, query, national, times)
            wall = [change.seconds * 1000 for change in changes]
            cpu = [change.cpu * 1000 for change in changes]
            measures += [
                Measure(f"{page.title}, p50", float(np.percentile(wall, 50)), "ms", 150),
                Measure(f"{page.title}, p95", float(np.percentile(wall, 95)), "ms", 400),
                Measure(f"{page.title}, processeur, p50", float(np.percentile(cpu, 50)), "ms"),
            ]
    return measures


def _walked(
    browser: Browser, server: Server, stem: str, query: str, offered: Choices, times: int
) -> list[Change]:
    """Open a page, change filters, and return what each change cost."""
    visitor = Visitor.arrive(browser, server)
    known = len(server.runs())
    if stem == PAGES[0].stem:
        visitor.first_map(query)
    else:
        visitor.page.goto(f"{server.url}/{stem}?{query}", wait_until="commit")
    visitor.settle(known)
    changes = list(walk(visitor, offered, times))
    visitor.leave()
    return changes


# --- the command line and what it calls ---------------------------------------------------------


def _command(data: Path, runs: int) -> float:
    """Return the seconds of the command from launch to end, the best of some runs."""
    call = [sys.executable, "-m", "essgeo", "summary", "--by", "quartier", "--data", str(data)]
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(call, cwd=ROOT, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _growth(large: Atlas, small: Atlas) -> dict[str, float]:
    """Return by axis how many times longer the indicators of the larger load take."""
    return {axis: _cost(large, axis) / _cost(small, axis) for axis in FOLLOWED}


def _cost(atlas: Atlas, axis: str) -> float:
    """Return the median seconds of indicators along an axis, on selections never seen."""
    summary(atlas, parse("").selection, (axis,))  # what is computed once is computed here
    seconds = []
    for secteur, employeurs in product(atlas.values("secteur"), ("oui", "tous")):
        selection = parse(f"secteur={secteur}&employeurs={employeurs}").selection
        start = time.perf_counter()
        summary(atlas, selection, (axis,))
        seconds.append(time.perf_counter() - start)
        atlas.resolve.cache_clear()
    return float(np.median(seconds))
