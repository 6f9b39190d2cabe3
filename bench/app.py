"""The app under its reference load, beside the usual page, in one run.

1,600 neighbourhoods and 220,000 establishments, simulated. A visitor in a real Chromium changes
one filter at a time; the server writes down how long each script run takes and what it sends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from bench.reference import Reference, reference
from bench.report import Measure, Part
from bench.visitor import ROOT, Change, Server, Visitor, chromium, serving

PACKAGES = ("streamlit", "streamlit-folium", "folium", "geopandas", "pandas")

APP = ROOT / "app.py"
BASELINE = ROOT / "bench" / "baseline_app.py"

INTRODUCTION = """\
Charge de référence : {quartiers} quartiers, {etablissements} établissements simulés, dont {dedans}
employeurs dans les quartiers. Un visiteur, dans Chromium sans réseau, ajoute ou retire une valeur
de filtre à la fois (secteur, famille, taille) ; {changes} changements par vue. Le temps du serveur
va du début du script à l'envoi de son dernier message, et compte les relances que la carte
demanderait elle-même ; les octets sont ceux de la connexion et des fichiers demandés en plus. La
référence est la page habituelle (`bench/baseline_app.py` : `Choropleth` et `MarkerCluster` dans une
boucle, données gardées en mémoire), sur les mêmes données et les mêmes changements de secteur.
« Démarrage à froid » part du lancement du serveur.
"""


@dataclass(frozen=True)
class Session:
    """What a visitor measured at one view."""

    changes: list[Change]
    sectors: list[Change]
    remounted: bool


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name, chromium() as browser:
        folder = Path(name)
        load = reference(folder / "donnees", quick=quick)
        return _measure(browser, load, folder, quick=quick)


def _measure(browser: Browser, load: Reference, folder: Path, *, quick: bool) -> Part:
    cache = folder / "cache"
    views = {"nationale": "", "ville": load.city_query}
    with serving(APP, load.folder, folder, cache) as server:
        very_first = _first_map(browser, server, since=server.started)
    with serving(APP, load.folder, folder, cache) as server:
        cold = _first_map(browser, server, since=server.started)
        warm = [_first_map(browser, server) for _ in range(2 if quick else 5)]
        sessions = {
            view: _session(browser, server, query, load, quick=quick)
            for view, query in views.items()
        }
    with serving(APP, load.folder, folder, cache) as server:
        one, each = _memory(browser, server, load, visitors=2 if quick else 8)
    with serving(BASELINE, load.folder, folder, cache) as server:
        baseline = _baseline(browser, server, load, changes=2 if quick else 4)

    counted = min(len(session.changes) for session in sessions.values())
    return Part(
        key="app",
        title="Application",
        introduction=INTRODUCTION.format(
            quartiers=load.quartiers,
            etablissements=load.etablissements,
            dedans=load.inside,
            changes=counted,
        ),
        tables=[
            ("Changement de filtre, vue nationale", _table(sessions["nationale"], national=True)),
            ("Changement de filtre, une ville", _table(sessions["ville"], national=False)),
            ("Face à la page habituelle", _ratios(sessions["nationale"].sectors, baseline)),
            (
                "Première carte dans un navigateur neuf",
                [
                    Measure("serveur déjà lancé, médiane", _p(warm, 50), "s", 3, decimals=2),
                    Measure("démarrage à froid", cold, "s", 8, decimals=2),
                    Measure(
                        "tout premier démarrage (rattachements à calculer)",
                        very_first,
                        "s",
                        decimals=2,
                    ),
                ],
            ),
            (
                "Mémoire du serveur",
                [
                    Measure("un visiteur", one, "Mo", 500),
                    Measure("chaque visiteur de plus", each, "Mo", 8, decimals=1),
                ],
            ),
        ],
    )


def _p(values: list[float], rank: float) -> float:
    return float(np.percentile(values, rank))


def _table(session: Session, *, national: bool) -> list[Measure]:
    milliseconds = [change.seconds * 1000 for change in session.changes]
    bare = [change.without_tables / 1000 for change in session.changes]
    full = [change.bytes / 1000 for change in session.changes]
    rows = [
        Measure("temps du serveur, p50", _p(milliseconds, 50), "ms", 100),
        Measure("temps du serveur, p95", _p(milliseconds, 95), "ms", 250),
    ]
    if national:
        rows += [
            Measure("octets envoyés sans le tableau, maximum", max(bare), "ko", 200),
            Measure("octets envoyés avec le tableau, maximum", max(full), "ko", 350),
        ]
    else:
        rows.append(Measure("octets envoyés, maximum", max(full), "ko", 300))
    rows += [
        Measure("octets envoyés, médiane", _p(full, 50), "ko"),
        Measure(
            "relances du script, moyenne",
            float(np.mean([c.runs for c in session.changes])),
            "",
            decimals=2,
        ),
        Measure("cartes remontées", float(session.remounted), "", 0),
    ]
    return rows


def _ratios(ours: list[Change], theirs: list[Change]) -> list[Measure]:
    seconds = [float(np.median([c.seconds for c in changes])) for changes in (ours, theirs)]
    sizes = [float(np.median([c.bytes for c in changes])) for changes in (ours, theirs)]
    return [
        Measure("page habituelle, temps du serveur, médiane", seconds[1], "s", decimals=1),
        Measure("page habituelle, octets envoyés, médiane", sizes[1] / 1e6, "Mo", decimals=2),
        Measure("temps du serveur", seconds[1] / seconds[0], "fois moins", at_least=100),
        Measure("octets envoyés", sizes[1] / sizes[0], "fois moins", at_least=20),
    ]


def _first_map(browser: Browser, server: Server, since: float | None = None) -> float:
    visitor = Visitor.arrive(browser, server)
    seconds = visitor.first_map(since=since)
    visitor.settle()
    visitor.leave()
    return seconds


def _steps(load: Reference, times: int) -> Iterator[tuple[str, str | None]]:
    """Give the changes: each filter in turn, values added up to three then taken away."""
    for _ in range(times):
        for label, values in load.filters.items():
            for value in values:
                yield label, value
            for _ in values:
                yield label, None


def _session(
    browser: Browser, server: Server, query: str, load: Reference, *, quick: bool
) -> Session:
    visitor = Visitor.arrive(browser, server)
    visitor.first_map(query)
    visitor.settle()
    frame = visitor.map_frame()
    assert frame is not None, "la carte a disparu avant le premier changement"
    frame.evaluate("window.essgeoBench = 1")
    changes, sectors = [], []
    for label, value in _steps(load, 1 if quick else 3):
        change = visitor.choose(label, value)
        changes.append(change)
        if label == "Secteur":
            sectors.append(change)
    after = visitor.map_frame()
    remounted = after is None or after.evaluate("window.essgeoBench") != 1
    visitor.leave()
    return Session(changes, sectors, remounted)


def _memory(
    browser: Browser, server: Server, load: Reference, visitors: int
) -> tuple[float, float]:
    """Return megabytes with one visitor, and for each further one, after some changes each."""
    sizes, present = [], []
    for _ in range(visitors):
        visitor = Visitor.arrive(browser, server)
        visitor.first_map()
        visitor.settle()
        for label, value in _steps(load, 1):
            visitor.choose(label, value)
        present.append(visitor)
        sizes.append(server.memory())
    for visitor in present:
        visitor.leave()
    return sizes[0], (sizes[-1] - sizes[0]) / (len(sizes) - 1)


def _baseline(browser: Browser, server: Server, load: Reference, changes: int) -> list[Change]:
    """Measure the usual page: without network its map stays blank, its server works as usual."""
    visitor = Visitor.arrive(browser, server)
    visitor.page.goto(server.url, wait_until="commit")
    visitor.settle(wait=300)
    values = load.filters["Secteur"]
    steps = [*values, *[None] * len(values)][:changes]
    found = [visitor.choose("Secteur", value, wait=300) for value in steps]
    visitor.leave()
    return found
