"""A visitor's list against the reference load: numbers examined, points joined."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from bench.reference import QUICK_ROWS, ROWS
from bench.report import Measure, Part
from essgeo import demo
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
fichier CSV lu dans son processus à part, démarrage compris, en temps d'horloge.
"""


def run(*, quick: bool = False) -> Part:
    """Measure; ``quick`` uses a tenth of the rows."""
    share = 10 if quick else 1
    sirets, points = SIRETS // share, POINTS // share
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        demo.write(Path(folder) / "d", etablissements=rows)
        atlas = open_atlas(Path(folder) / "d")
        numbers, places = lists(atlas, sirets, points)
        text = numbers.to_csv(index=False).encode()
        read_s, taken = _clock(lambda: read_table(text, "liste.csv"))
        first = _processor(lambda: _examined(atlas, taken))
        again = statistics.median(
            _processor(lambda: _examined(atlas, taken)) for _ in range(_TIMES)
        )
        given = as_taken(places)
        joined = [_clock(lambda: _examined(atlas, given))[0] for _ in range(_TIMES)]
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
        sirets=number(sirets), points=number(points), rows=number(rows), times=_TIMES
    )
    return Part("mes_donnees", "Mes données", introduction, [("", measures)])


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
