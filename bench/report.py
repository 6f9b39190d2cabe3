"""What a bench says, and how it is written down."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from essgeo.text import number

ROOT = Path(__file__).resolve().parent.parent
PERFORMANCE = ROOT / "docs" / "performance.md"

HEAD = """\
# Performances

Ce fichier est écrit par `make bench` : chaque partie dit sa date et la machine qui a mesuré. Les
rapports (« fois plus vite que… ») sont pris dans une même exécution ; ils voyagent mieux d'une
machine à l'autre que les durées. Une limite est ce que le projet s'engage à tenir. Le « repère »
est la durée d'une boucle toujours la même, avant et après la mesure : une machine partagée va d'une
heure à l'autre plus ou moins vite, et les durées ne se comparent qu'à repère égal.
"""

#: Turns of the loop that tells the pace of the machine.
_TURNS = 1_000_000


@dataclass(frozen=True)
class Measure:
    """One figure of a bench.

    Parameters
    ----------
    name
        What is measured, in French.
    value, unit
        Figure and its unit (« ms », « ko », « fois »…).
    at_most, at_least
        Limit that the project promises, if it promises one.
    decimals
        Decimals shown.
    """

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    decimals: int = 0

    @property
    def held(self) -> bool:
        """Say whether the promise holds; a figure without a promise always does."""
        return not (
            (self.at_most is not None and not self.value <= self.at_most)
            or (self.at_least is not None and not self.value >= self.at_least)
        )

    def row(self) -> list[str]:
        """Return the cells of a table: what, how much, limit, held or not."""
        limit = verdict = ""
        if self.at_most is not None:
            limit = f"≤ {number(self.at_most, decimals=_decimals(self.at_most))}"
        elif self.at_least is not None:
            limit = f"≥ {number(self.at_least, decimals=_decimals(self.at_least))}"
        if limit:
            limit += f" {self.unit}"
            verdict = "tenu" if self.held else "**non tenu**"
        return [
            self.name,
            f"{number(self.value, decimals=self.decimals)} {self.unit}",
            limit,
            verdict,
        ]


@dataclass(frozen=True)
class Part:
    """One part of docs/performance.md.

    Parameters
    ----------
    key, title
        Name of the bench on the command line; title of the part, in French.
    introduction
        Paragraphs (Markdown, French): what is measured, on what, and how.
    tables
        Titles and measures.
    """

    key: str
    title: str
    introduction: str
    tables: Sequence[tuple[str, Sequence[Measure]]]

    @property
    def measures(self) -> list[Measure]:
        """Return all the measures of the part."""
        return [measure for _, measures in self.tables for measure in measures]

    def markdown(self, packages: Iterable[str], paces: Sequence[float]) -> str:
        """Return the part as Markdown, with today's date, the machine's shape and its pace.

        Parameters
        ----------
        packages
            Libraries whose version matters.
        paces
            What :func:`pace` said before and after.
        """
        told = " puis ".join(number(one) for one in paces)
        lines = [f"## {self.title}", "", f"{today()} ; {machine(packages)} ; repère {told} ms.", ""]
        lines += [self.introduction.strip(), ""]
        for title, measures in self.tables:
            if title:
                lines += [f"### {title}", ""]
            lines += ["| Mesure | Valeur | Limite | |", "|---|---:|---:|---|"]
            lines += ["| " + " | ".join(measure.row()) + " |" for measure in measures]
            lines.append("")
        return "\n".join(lines)


def _decimals(value: float) -> int:
    """Return the decimals that a limit needs: none for 3, one for 1.3."""
    return 0 if float(value).is_integer() else 1


def today() -> str:
    """Return today's date as 2026-11-22."""
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def machine(packages: Iterable[str]) -> str:
    """Say in one line what the machine is: cores, memory, system, Python, libraries."""
    import psutil

    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cœurs {platform.machine()}, {number(memory, decimals=0)} Go de mémoire, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def pace() -> float:
    """Return the milliseconds of a loop that never changes, the median of nine times."""
    found = []
    for _ in range(9):
        start, total = time.perf_counter(), 0
        for turn in range(_TURNS):
            total += turn * turn
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def write(path: Path, key: str, text: str) -> None:
    """Put one part into the file, in place of the same part of an earlier run."""
    mark = f"<!-- {key} -->\n"
    old = path.read_text(encoding="utf-8") if path.exists() else HEAD
    found = re.search(re.escape(mark) + r".*?(?=^<!-- |\Z)", old, re.DOTALL | re.MULTILINE)
    part = mark + text.rstrip() + "\n"
    if found:
        new = old[: found.start()] + part + "\n" + old[found.end() :]
    else:
        new = old.rstrip() + "\n\n" + part
    path.write_text(new.rstrip() + "\n", encoding="utf-8")
