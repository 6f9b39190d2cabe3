"""What a reader found: problems collected one by one, said together at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from essgeo.errors import DataError
from essgeo.text import listing, one_line

Level = Literal["bloquant", "avertissement", "information"]
Kind = Literal["quartiers", "etablissements", "population", "dossier", "inconnu"]


@dataclass(frozen=True)
class Problem:
    """One thing found in a file, as one French line.

    Parameters
    ----------
    level
        ``bloquant`` stops the reading, ``avertissement`` deserves a look, ``information`` says
        what was done.
    message
        What was found and what to do, without the file's name.
    column
        Column of the file, when one is at fault.
    row
        Row as the file's own tools count it (line of a table, header included; number of the
        feature elsewhere, from 1), when one is at fault.
    """

    level: Level
    message: str
    column: str = ""
    row: int | None = None


@dataclass(frozen=True)
class FileReport:
    """What a file is and everything that was found in it.

    Parameters
    ----------
    path
        The file.
    kind, format
        What it holds and how it is written (``GeoJSON``, ``CSV``…).
    encoding, separator
        Only for text tables.
    rows
        Number of rows or features; None when the file could not be read that far.
    crs
        Coordinate reference system as declared (``EPSG:2154``); empty when there is none.
    extent
        West, south, east, north in WGS84 degrees, or None.
    generation
        Generations of the outlines found, comma-separated (``2015,2024``).
    columns
        Contract column -> column of the file it was read from.
    problems
        In the order they were found.
    repairs
        Kind of repair -> number of outlines repaired.
    """

    path: Path
    kind: Kind = "inconnu"
    format: str = ""
    encoding: str = ""
    separator: str = ""
    rows: int | None = None
    crs: str = ""
    extent: tuple[float, float, float, float] | None = None
    generation: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    repairs: dict[str, int] = field(default_factory=dict)

    @property
    def blocked(self) -> bool:
        """Tell whether a problem prevents the file from being used."""
        return any(problem.level == "bloquant" for problem in self.problems)


@dataclass(frozen=True)
class Reading:
    """A file read into contract columns.

    Parameters
    ----------
    table
        Contract columns, then the file's other columns; same rows, same order as the file.
    source
        The file's own columns: names, order and text as found.
    report
        What was found on the way.
    """

    table: pd.DataFrame
    source: pd.DataFrame
    report: FileReport


class Journal:
    """Collects what a reading finds; knows the file's name so that messages need not.

    Parameters
    ----------
    path
        File being read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = one_line(path.name or str(path), 120)
        self.problems: list[Problem] = []
        self.repairs: Counter[str] = Counter()
        #: Format recognised by the content, known before the rest is read.
        self.format = ""

    def inform(self, message: str, *, column: str = "", row: int | None = None) -> None:
        """Say what was done, nothing being wrong."""
        self.problems.append(Problem("information", message, column, row))

    def warn(self, message: str, *, column: str = "", row: int | None = None) -> None:
        """Say what deserves a look and does not block."""
        self.problems.append(Problem("avertissement", message, column, row))

    def block(self, message: str, *, column: str = "", row: int | None = None) -> None:
        """Note a fault that forbids using the file, and go on looking for others."""
        self.problems.append(Problem("bloquant", message, column, row))

    def error(self, message: str, *, column: str = "", row: int | None = None) -> DataError:
        """Note a fault after which nothing more can be read; the caller raises the result."""
        self.block(message, column=column, row=row)
        return DataError(f"{self.name} : {message}")

    def stop_if_blocked(self) -> None:
        """Raise when a fault was noted.

        Raises
        ------
        DataError
            Says the first fault, and how many others ``check`` would list.
        """
        faults = [problem.message for problem in self.problems if problem.level == "bloquant"]
        if not faults:
            return
        more = len(faults) - 1
        rest = ""
        if more:
            noun = "autre problème bloquant" if more == 1 else "autres problèmes bloquants"
            rest = f" (et {more} {noun})"
        raise DataError(f"{self.name} : {faults[0]}{rest}")

    def some(self, values: Iterable[object], limit: int = 5) -> str:
        """List a few values from the data, harmless and short."""
        return listing([one_line(str(value), 40) for value in values], limit)
