"""A visitor's list against the reference load: examined, joined, on screen, and who waits."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, expect

from bench.app import published_apart
from bench.list_visitor import dropped
from bench.reference import Reference, reference
from bench.report import Measure, Part
from bench.visitor import ROOT, Visitor, chromium, serving
from essgeo.atlas import Atlas, open_atlas
from essgeo.intake import Taken, read_table
from essgeo.owndata.lists import examine, recognise
from essgeo.readers.raw import Raw
from essgeo.text import number

T = TypeVar("T")

PACKAGES = ("numpy", "pandas", "pyarrow", "shapely")

#: Rows of the two lists, as promised.
SIRETS, POINTS = 10_000, 200_000

_TIMES = 5

INTRODUCTION = """\
Une liste de {sirets} SIRET et une liste de {points} positions, tirées des {rows} établissements
simulés de la charge de référence et de leurs quartiers. « Examinée » : colonnes reconnues, SIRET
vérifiés et rapprochés, rattachement, compte par quartier ; en temps de processeur, médiane de
{times} passages. La première fois paie la préparation des contours, gardée ensuite. « Lue » : le
fichier CSV lu dans son processus à part, démarrage compris, en temps d'horloge. « À l'écran » : du
fichier déposé dans Chromium, sur une page neuve, aux chiffres affichés. « Pendant une liste » : un
visiteur en dépose sans cesse, un autre filtre la carte puis réinitialise ; durée prise au serveur,
comme pour les pages, puis vue du navigateur, du choix à la phrase changée : deux Chromium et le
serveur s'y partagent alors la machine.
"""


def run(*, quick: bool = False) -> Part:
    """Measure; ``quick`` uses a tenth of the rows."""
    share = 10 if quick else 1
    sirets, points = SIRETS // share, POINTS // share
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name, chromium() as browser:
        folder = Path(name)
        load = reference(folder / "donnees", quick=quick)
        atlas = open_atlas(load.folder)
        numbers, places = lists(atlas, sirets, points)
        text = numbers.to_csv(index=False).encode()
        read_s, taken = _clock(lambda: read_table(text, "liste.csv"))
        first = _processor(lambda: _examined(atlas, taken))
        again = statistics.median(
            _processor(lambda: _examined(atlas, taken)) for _ in range(_TIMES)
        )
        given = as_taken(places)
        joined = [_clock(lambda: _examined(atlas, given))[0] for _ in range(_TIMES)]
        with published_apart():
            seen = _on_screen(browser, load, folder, text, 6 if quick else 20)
    measures = [
        Measure(f"{number(sirets)} SIRET : fichier lu", read_s * 1000, "ms"),
        Measure(f"{number(sirets)} SIRET : examinés la première fois", first * 1000, "ms"),
        Measure(f"{number(sirets)} SIRET : examinés ensuite", again * 1000, "ms", at_most=300),
        Measure(
            f"{number(points)} positions : rattachées (temps d'horloge)",
            statistics.median(joined),
            "s",
            at_most=3,
            decimals=2,
        ),
    ]
    introduction = INTRODUCTION.format(
        sirets=number(sirets),
        points=number(points),
        rows=number(load.etablissements),
        times=_TIMES,
    )
    return Part(
        "mes_donnees",
        "Mes données",
        introduction,
        [("Dans le programme", measures), ("Dans un navigateur", seen)],
    )


def _on_screen(
    browser: Browser, load: Reference, folder: Path, text: bytes, times: int
) -> list[Measure]:
    """Drop the list in a browser, then change filters while somebody else drops it."""
    file = folder / "liste.csv"
    file.write_bytes(text)
    with serving(ROOT / "app.py", load.folder, folder) as server:
        waiting = Visitor.arrive(browser, server)
        waiting.first_map("")
        alone = waiting.settle()
        first, *others = [dropped(browser, server.url, file.name, text) for _ in range(_TIMES)]
        asking = subprocess.Popen(
            [sys.executable, "-m", "bench.list_visitor", server.url, str(file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert asking.stdout is not None
            asking.stdout.readline()
            known = len(server.runs())
            wall = _changes(waiting, load, times)
            runs = server.runs()[known:]
            assert asking.poll() is None, "le visiteur qui dépose des listes s'est arrêté"
        finally:
            asking.terminate()
            asking.wait()
        waiting.leave()
    reruns = [run["seconds"] * 1000 for run in runs if run["session"] == alone[0]["session"]]
    assert len(reruns) >= len(wall), "des passages du visiteur qui attend manquent"
    count = number(len(text.splitlines()) - 1)
    return [
        Measure(f"{count} SIRET à l'écran, la première fois", first, "s", decimals=2),
        Measure(f"{count} SIRET à l'écran, médiane", statistics.median(others), "s", 2, decimals=2),
        *(
            Measure(
                f"changement de filtre pendant une liste, au serveur, p{rank}",
                float(np.percentile(reruns, rank)),
                "ms",
                at_most,
            )
            for rank, at_most in ((50, None), (95, 500))
        ),
        *(
            Measure(
                f"changement de filtre pendant une liste, vu du navigateur, p{rank}",
                float(np.percentile(wall, rank)),
                "ms",
            )
            for rank in (50, 95)
        ),
    ]


def _changes(waiting: Visitor, load: Reference, times: int) -> list[float]:
    """Choose a value, then reset, and so on; return the milliseconds until each is on screen."""
    found = []
    choices = [(label, text) for label, held in load.national.items() for text in held.values()]
    for label, text in choices[:times]:
        found.append(waiting.read(label, text) * 1000)
        waiting.page.get_by_role("button", name="Réinitialiser").click()
        expect(waiting.page.get_by_role("button", name="Réinitialiser")).to_be_disabled(
            timeout=60_000
        )
    return found


def lists(atlas: Atlas, sirets: int, points: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a list of numbers with amounts, and a list of positions."""
    held = atlas.folder.etablissements
    chance = np.random.default_rng(7)
    some = chance.choice(len(held), sirets, replace=False)
    numbers = pd.DataFrame(
        {
            "siret": held["siret"].to_numpy()[some],
            "structure": held["denomination"].to_numpy()[some],
            "montant": [f"{count} 000,50 €" for count in chance.integers(1, 90, sirets)],
        },
        dtype="str",
    )
    located = np.flatnonzero(held["longitude"].notna() & held["latitude"].notna())
    some = chance.choice(located, points)
    places = pd.DataFrame(
        {name: held[name].to_numpy()[some].astype(str) for name in ("longitude", "latitude")},
        dtype="str",
    )
    return numbers, places


def as_taken(table: pd.DataFrame) -> Taken:
    """Return a table as the intake would."""
    raw = Raw("CSV", table, first_row=2, word="ligne")
    return Taken(raw, (), "liste.csv", "", tuple(table.columns))


def _examined(atlas: Atlas, taken: Taken) -> None:
    found = examine(atlas, taken, recognise(taken))
    if sum(found.counts.values()) != 2 * len(taken.raw.source):
        raise AssertionError("rows lost")


def _processor(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _clock(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done
