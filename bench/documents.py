"""What a seminar takes away: how long each document takes, and who waits meanwhile.

The demonstration of 220,000 establishments; documents are made as the menu makes them. The kit is
asked for in a real Chromium while another visitor changes filters.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from bench.app import published_apart, walk
from bench.reference import Reference, reference
from bench.report import Measure, Part
from bench.visitor import ROOT, Visitor, chromium, serving
from essgeo.atlas import Atlas, open_atlas
from essgeo.exports import selected
from essgeo.exports.bundle import establishments_csv, excel_workbook
from essgeo.exports.kit import kit_bytes
from essgeo.exports.pdf import story_pdf
from essgeo.exports.pptx import story_pptx
from essgeo.indicators import summary
from essgeo.selection import Selection, parse
from essgeo.story import fiche, tell
from essgeo.text import number

PACKAGES = ("typst", "python-pptx", "python-docx", "matplotlib", "xlsxwriter")

APP = ROOT / "app.py"

#: Slides of the presentation that is timed, title included, and rows of the workbook.
SLIDES = ("france", "region", "ville", "quartier", "secteurs", "comparaison", "manques",
          "leviers", "publies")  # fmt: skip
ROWS = 10_000

INTRODUCTION = """\
{rows} établissements simulés. Chaque document est fait {runs} fois, à partir de la sélection, dans
un programme déjà chargé ; la durée est la meilleure. La fiche est celle du quartier le plus fourni,
le kit celui d'une ville. « Pendant un kit »{colon} un visiteur en demande sans cesse dans Chromium,
un autre change de filtre sur la carte.
"""


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    runs = 1 if quick else 3
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name, chromium() as browser:
        folder = Path(name)
        load = reference(folder / "donnees", quick=quick)
        atlas = open_atlas(load.folder)
        made = _documents(atlas, load, runs)
        with published_apart():
            others = _meanwhile(browser, load, folder, 6 if quick else 20)
    return Part(
        key="documents",
        title="Documents",
        introduction=INTRODUCTION.format(
            rows=number(load.etablissements), runs=runs, colon="\u00a0:"
        ),
        tables=[("Durées", made), ("Les autres visiteurs", others)],
    )


def _documents(atlas: Atlas, load: Reference, runs: int) -> list[Measure]:
    largest = str(
        summary(atlas, Selection(), ("quartier",)).nlargest(1, "etablissements")["code"].iloc[0]
    )
    one = parse(f"quartier={largest}").selection
    city = parse(load.city_query).selection
    everyone = parse("employeurs=tous&rattachement=dedans,proche,hors,non_localise").selection
    rows = selected(atlas, everyone, limit=ROWS)
    resolved = atlas.resolve(everyone)
    works: list[tuple[str, float, Callable[[], object]]] = [
        (
            f"diaporama de {len(SLIDES) + 1} diapositives (PPTX)",
            6,
            lambda: story_pptx(atlas, tell(atlas, one, SLIDES)),
        ),
        ("fiche d'un quartier (PDF)", 4, lambda: story_pdf(atlas, fiche(atlas, largest))),
        (
            f"classeur de {number(len(rows))} lignes (XLSX)",
            3,
            lambda: excel_workbook(atlas, resolved, {"Établissements": (rows, "etablissements")}),
        ),
        (
            f"CSV de {number(int(resolved.mask.sum()))} lignes",
            2,
            lambda: establishments_csv(atlas, everyone),
        ),
        ("kit d'une ville", 30, lambda: kit_bytes(atlas, city, made=date(2026, 1, 1))),
    ]
    return [Measure(name, _best(work, runs), "s", limit, decimals=2) for name, limit, work in works]


def _best(work: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _meanwhile(browser: Browser, load: Reference, folder: Path, times: int) -> list[Measure]:
    """Change filters while the server makes kits for somebody else."""
    with serving(APP, load.folder, folder) as server:
        waiting = Visitor.arrive(browser, server)
        waiting.first_map("")
        address = f"{server.url}/?{load.city_query}"
        asking = subprocess.Popen(
            [sys.executable, "-m", "bench.kit_visitor", address],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert asking.stdout is not None
            assert asking.stdout.readline().strip() == "demandé"
            changes = list(walk(waiting, load.national, times))
            assert asking.poll() is None, "le visiteur qui demande des kits s'est arrêté"
        finally:
            asking.terminate()
            asking.wait()
        waiting.leave()
    wall = [change.seconds * 1000 for change in changes]
    return [
        Measure("changement de filtre pendant un kit, p50", float(np.percentile(wall, 50)), "ms"),
        Measure(
            "changement de filtre pendant un kit, p95", float(np.percentile(wall, 95)), "ms", 500
        ),
    ]
