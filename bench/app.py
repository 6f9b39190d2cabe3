"""The app under its reference load, beside the usual page, in one run.

1,600 neighbourhoods and 220,000 establishments, simulated. A visitor in a real Chromium changes
one filter at a time; the server writes down how long each script run takes and what it sends.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser

from bench.reference import FILTERS, Choices, Reference, reference
from bench.report import Measure, Part
from bench.visitor import ROOT, Change, Server, Visitor, chromium, serving
from essgeo.selection import parse
from essgeo.text import number

PACKAGES = ("streamlit", "streamlit-folium", "folium", "geopandas", "pandas")

APP = ROOT / "app.py"
BASELINE = ROOT / "bench" / "baseline_app.py"

#: Where the app publishes what browsers fetch once, by content.
PUBLISHED = ROOT / "static" / "essgeo"

#: Same seed, same changes of filter.
SEED = 2024

INTRODUCTION = """\
Charge de référence : {quartiers} quartiers, {etablissements} établissements simulés, dont {dedans}
employeurs comptés dans les quartiers. Un visiteur, dans Chromium sans réseau, ajoute ou retire une
valeur de filtre à la fois (secteur, famille, taille), {changes} fois par vue, en passant d'une
sélection jamais vue à une autre : rien n'est gardé d'avance. Le temps du serveur va du début du
script à l'envoi de son dernier message, et compte les relances que la carte demanderait elle-même ;
le temps de processeur est celui de tout le serveur pendant ce temps. Les octets sont ceux de la
connexion et des fichiers que le navigateur demande en plus. La page habituelle est
`bench/baseline_app.py` (`Choropleth` et `MarkerCluster` dans une boucle, données gardées en
mémoire), sur les mêmes données et les mêmes ajouts de secteurs. « Démarrage à froid » part du
lancement du serveur.
"""


@dataclass(frozen=True)
class Session:
    """What a visitor measured at one view."""

    changes: list[Change]
    remounted: bool


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name, chromium() as browser:
        folder = Path(name)
        load = reference(folder / "donnees", quick=quick)
        with published_apart():
            return _measure(browser, load, folder, quick=quick)


@contextmanager
def published_apart() -> Iterator[None]:
    """Remove afterwards what the app has published for the reference load."""
    before = set(PUBLISHED.glob("*"))
    try:
        yield
    finally:
        for folder in set(PUBLISHED.glob("*")) - before:
            shutil.rmtree(folder)


def _measure(browser: Browser, load: Reference, folder: Path, *, quick: bool) -> Part:
    times = 12 if quick else 30
    with serving(APP, load.folder, folder) as server:
        very_first = _first_map(browser, server, since=server.started)
    cold = []
    # One start in five takes a second more, whatever the program.
    for _ in range(0 if quick else 2):
        with serving(APP, load.folder, folder) as server:
            cold.append(_first_map(browser, server, since=server.started))
    with serving(APP, load.folder, folder) as server:
        cold.append(_first_map(browser, server, since=server.started))
        warm = [_first_map(browser, server) for _ in range(2 if quick else 7)]
        national = _session(browser, server, "", load.national, times)
        table = _session(browser, server, "vue.table=quartiers", load.national, times)
        city = _session(browser, server, load.city_query, load.city, times)
    with serving(APP, load.folder, folder) as server:
        one, each = _memory(browser, server, load, visitors=2 if quick else 5)
    sectors = list(load.national["Secteur"].values())[: 2 if quick else 4]
    with serving(APP, load.folder, folder) as server:
        ours = _sectors(browser, server, sectors, mapped=True)
    with serving(BASELINE, load.folder, folder) as server:
        theirs = _sectors(browser, server, sectors, mapped=False)

    return Part(
        key="app",
        title="Application",
        introduction=INTRODUCTION.format(
            quartiers=number(load.quartiers),
            etablissements=number(load.etablissements),
            dedans=number(load.inside),
            changes=times,
        ),
        tables=[
            (
                "Changement de filtre, vue nationale",
                _table(national, "sans tableau", 200, timed=True),
            ),
            (
                "Changement de filtre, vue nationale et tableau des quartiers ouvert",
                _table(table, "avec tableau", 350, timed=False),
            ),
            ("Changement de filtre, une ville", _table(city, "sans tableau", 300, timed=True)),
            ("Face à la page habituelle, vue nationale", _ratios(ours, theirs)),
            (
                "Première carte dans un navigateur neuf",
                [
                    Measure("serveur déjà lancé, médiane", _p(warm, 50), "s", 3, decimals=2),
                    Measure("démarrage à froid, médiane", _p(cold, 50), "s", 8, decimals=2),
                    Measure("tout premier démarrage sur ces données", very_first, "s", decimals=2),
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


def _table(session: Session, what: str, kilobytes: float, *, timed: bool) -> list[Measure]:
    """Return the measures of a view; only those of the map alone promise a time."""
    wall = [change.seconds * 1000 for change in session.changes]
    cpu = [change.cpu * 1000 for change in session.changes]
    sizes = [change.bytes / 1000 for change in session.changes]
    runs = [float(change.runs) for change in session.changes]
    return [
        Measure("temps du serveur, p50", _p(wall, 50), "ms", 100 if timed else None),
        Measure("temps du serveur, p95", _p(wall, 95), "ms", 250 if timed else None),
        Measure("temps de processeur, p50", _p(cpu, 50), "ms"),
        Measure(f"octets envoyés {what}, maximum", max(sizes), "ko", kilobytes),
        Measure(f"octets envoyés {what}, médiane", _p(sizes, 50), "ko"),
        Measure("exécutions du script par changement", float(np.mean(runs)), "", decimals=2),
        Measure("cartes remontées", float(session.remounted), "", 0),
    ]


def _ratios(ours: list[Change], theirs: list[Change]) -> list[Measure]:
    wall = [float(np.median([change.seconds for change in one])) for one in (ours, theirs)]
    sizes = [float(np.median([change.bytes for change in one])) for one in (ours, theirs)]
    return [
        Measure("page habituelle, temps du serveur, médiane", wall[1], "s", decimals=1),
        Measure("essgeo, temps du serveur, médiane", wall[0], "s", decimals=3),
        Measure("page habituelle, octets envoyés, médiane", sizes[1] / 1000, "ko"),
        Measure("essgeo, octets envoyés, médiane", sizes[0] / 1000, "ko"),
        Measure("temps du serveur", wall[1] / wall[0], "fois moins", at_least=100),
        Measure("octets envoyés", sizes[1] / sizes[0], "fois moins", at_least=20),
    ]


def _first_map(browser: Browser, server: Server, since: float | None = None) -> float:
    visitor = Visitor.arrive(browser, server)
    known = len(server.runs())
    seconds = visitor.first_map(since=since)
    visitor.settle(known)
    visitor.leave()
    return seconds


def _session(browser: Browser, server: Server, query: str, choices: Choices, times: int) -> Session:
    """Open a view and change filters, from one unseen selection to another."""
    visitor = Visitor.arrive(browser, server)
    known = len(server.runs())
    visitor.first_map(query)
    visitor.settle(known)
    frame = visitor.map_frame()
    assert frame is not None, "la carte a disparu avant le premier changement"
    frame.evaluate("window.essgeoBench = 1")
    changes = list(walk(visitor, choices, times))
    after = visitor.map_frame()
    remounted = after is None or after.evaluate("window.essgeoBench") != 1
    visitor.leave()
    return Session(changes, remounted)


def walk(visitor: Visitor, choices: Choices, times: int) -> Iterator[Change]:
    """Add or take away one value at a time, preferring selections that were not seen yet."""
    rng = random.Random(SEED)  # noqa: S311 - nothing secret
    seen = set()
    for _ in range(times):
        # The address is read back: it says what is chosen now, in the app's own order.
        now = parse(urlsplit(visitor.page.url).query).selection
        state = {label: now.get(key) for label, key in FILTERS.items()}
        seen.add(_key(state))
        steps: list[tuple[str, str | None, bool]] = []
        for label, chosen in state.items():
            added = [slug for slug in choices[label] if slug not in chosen]
            # Three values at most in a filter: a visitor rarely wants more.
            steps += [
                (label, slug, _key(state | {label: (*chosen, slug)}) in seen)
                for slug in (added if len(chosen) < 3 else [])
            ]
            if chosen:
                steps.append((label, None, _key(state | {label: chosen[:-1]}) in seen))
        rng.shuffle(steps)
        steps.sort(key=lambda step: step[2])
        for label, slug, _ in steps:
            text = None if slug is None else choices[label][slug]
            if text is None or visitor.offers(label, text):
                yield visitor.choose(label, text)
                break


def _key(state: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(values)) for values in state.values())


def _memory(
    browser: Browser, server: Server, load: Reference, visitors: int
) -> tuple[float, float]:
    """Return megabytes with one visitor, and for each further one, after some changes each."""
    sizes, present = [], []
    for _ in range(visitors):
        visitor = Visitor.arrive(browser, server)
        known = len(server.runs())
        visitor.first_map()
        visitor.settle(known)
        list(walk(visitor, load.national, 6))
        present.append(visitor)
        sizes.append(server.memory())
    for visitor in present:
        visitor.leave()
    return sizes[0], (sizes[-1] - sizes[0]) / (len(sizes) - 1)


def _sectors(browser: Browser, server: Server, sectors: list[str], *, mapped: bool) -> list[Change]:
    """Add sectors one after the other on the app (`mapped`) or on the usual page.

    The map of the usual page stays blank without network; its server works all the same.
    """
    visitor = Visitor.arrive(browser, server)
    known = len(server.runs())
    if mapped:
        visitor.first_map()
    else:
        visitor.page.goto(server.url, wait_until="commit")
    visitor.settle(known, wait=300)
    found = [visitor.choose("Secteur", sector, wait=300) for sector in sectors]
    visitor.leave()
    return found
