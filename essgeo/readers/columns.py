"""Which column of a file is which: the aliases of ``aliases.csv``, read in order of preference.

Names are compared without case, accents or punctuation. A column is taken for a code only when
its cells look like that code: « commune » holds codes in one file and names in the next.
"""

from __future__ import annotations

import csv
import fnmatch
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

from essgeo.readers.report import Journal
from essgeo.text import fold

Table = Literal["quartiers", "population", "etablissements"]

#: What the cells of an aliased column look like, when another column may bear the same name.
PATTERNS: dict[str, re.Pattern[str]] = {
    "insee_com": re.compile(r"\d[\dAB]?\d{2,3}([,;/| ]+\d[\dAB]?\d{2,3})*", re.IGNORECASE),
    "code_commune": re.compile(r"\d[\dAB]?\d{2,3}(\.0)?", re.IGNORECASE),
    "insee_dep": re.compile(r"\d{1,3}(\.0)?|2[AB]", re.IGNORECASE),
    "insee_reg": re.compile(r"\d{1,3}(\.0)?"),
    "siren_epci": re.compile(r"\d{9}(\.0)?"),
    "code_ept": re.compile(r"\d{9}(\.0)?|T\d+|EPT.*", re.IGNORECASE),
    "population": re.compile(r"[-+]?[\d\s.,\u00a0\u202f]+"),
    "lib_com": re.compile(r".*[^\W\d].*"),
    "lib_dep": re.compile(r".*[^\W\d_]{2}.*"),
    "lib_reg": re.compile(r".*[^\W\d_]{2}.*"),
    "lib_epci": re.compile(r".*[^\W\d_]{2}.*"),
}

_SAMPLE = 500
#: Share of the sampled cells that must look right; the others are faults to report, not a veto.
_ALIKE = 0.5


def key(name: str) -> str:
    """Return what two spellings of a column's name have in common."""
    return fold(name).replace(" ", "")


@cache
def aliases(table: Table) -> dict[str, tuple[str, ...]]:
    """Return contract column -> aliases in order of preference, as `key` writes them."""
    found: dict[str, list[str]] = {}
    path = Path(__file__).with_name("aliases.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["table"] == table:
                star = "*" if row["alias"].endswith("*") else ""
                found.setdefault(row["colonne"], []).append(key(row["alias"]) + star)
    return {column: tuple(names) for column, names in found.items()}


def recognise(source: pd.DataFrame, table: Table) -> dict[str, int]:
    """Find the contract columns of a file.

    Parameters
    ----------
    source
        The file's columns, as text.
    table
        Which contract.

    Returns
    -------
    dict
        Contract column -> position of the file's column. A column may serve two (``plg_qp24``).
    """
    keys = [key(str(name)) for name in source.columns]
    return {
        column: position
        for column, names in aliases(table).items()
        if (position := _find(source, keys, column, names)) is not None
    }


def _find(source: pd.DataFrame, keys: list[str], column: str, names: tuple[str, ...]) -> int | None:
    for name in names:
        for position, found in enumerate(keys):
            if not fnmatch.fnmatchcase(found, name):
                continue
            # A column that bears the contract's own name is what it says.
            if name == key(column) or _looks_right(source.iloc[:, position], column):
                return position
    return None


def _looks_right(cells: pd.Series, column: str) -> bool:
    pattern = PATTERNS.get(column)
    if pattern is None:
        return True
    sample = [text for cell in cells.head(_SAMPLE) if (text := cell.strip())]
    alike = sum(pattern.fullmatch(text) is not None for text in sample)
    return not sample or alike >= _ALIKE * len(sample)


def report_names(source: pd.DataFrame, journal: Journal) -> None:
    """Warn of column names that appear twice: only the first is looked at."""
    counts = Counter(str(name) for name in source.columns if str(name))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        journal.warn(
            f"colonnes en double : {journal.some(twice)} ; la première de chaque nom est lue.",
            column=twice[0],
        )


def with_extras(contract: pd.DataFrame, source: pd.DataFrame, used: dict[str, int]) -> pd.DataFrame:
    """Add to contract columns the file's other columns, as text, under their own names."""
    taken = set(used.values())
    extras: dict[str, pd.Series] = {}
    for position, name in enumerate(source.columns):
        if position not in taken and str(name) and name not in contract.columns:
            extras.setdefault(str(name), source.iloc[:, position])
    if not extras:
        return contract
    # Columns are shared, which concatenating would not do: what is known of them stays known.
    columns: dict[str, pd.Series] = {str(name): cells for name, cells in contract.items()}
    return pd.DataFrame(columns | extras, index=contract.index)
