"""Cells of an aggregated table: a number, a secrecy mark, or nothing; never 0 by default."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from essgeo.readers.cells import WHITE
from essgeo.text import fold, one_line

OK, SECRET, UNKNOWN = "ok", "secret", "sans_donnee"

#: Marks of statistical secrecy, in lower case.
_SECRETS = frozenset({"s", "ss", "c", "secret", "confidentiel", "conf", "secret stat",
                      "secret statistique", "masque"})  # fmt: skip
#: Marks of what is not known.
_UNKNOWNS = frozenset({"", "na", "nan", "n a", "so", "non disponible", "null", "none"})
_ASKED_ND = frozenset({"nd", "n d", "nc", "n c"})
_DASHES = frozenset("-–—‐‑−")

#: What a dash and « nd » may mean -> what people read; the first one holds until it is answered.
DASH = {UNKNOWN: "sans donnée", "zero": "zéro", SECRET: "secret"}
ND = {SECRET: "secret", UNKNOWN: "sans donnée"}

_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Cell:
    """One cell read.

    Parameters
    ----------
    value
        NaN unless ``state`` is ok.
    state
        ok, secret, or sans_donnee.
    mark
        What is written there, when it is no number.
    strange
        Whether the mark was not understood: it is then held for secret.
    """

    value: float
    state: str
    mark: str = ""
    strange: bool = False


def read_cell(text: str, answers: Mapping[str, str]) -> Cell:
    """Read one cell.

    Parameters
    ----------
    text
        As written.
    answers
        ``tiret`` and ``nd``: keys of :data:`DASH` and :data:`ND`.
    """
    bare = text.strip(WHITE)
    number = _SPACES.sub("", bare).replace(",", ".", 1)
    if _NUMBER.fullmatch(number):
        value = float(number)
        return Cell(value, OK) if math.isfinite(value) else Cell(math.nan, UNKNOWN, bare)
    mark, folded = one_line(bare, 30), fold(bare)
    if bare and set(bare) <= _DASHES:
        chosen = answers.get("tiret", UNKNOWN)
        return Cell(0.0, OK, mark) if chosen == "zero" else Cell(math.nan, chosen, mark)
    if folded in _ASKED_ND:
        return Cell(math.nan, answers.get("nd", SECRET), mark)
    if (bare and set(bare) <= {"*"}) or bare.startswith(("<", "≤")) or folded in _SECRETS:
        return Cell(math.nan, SECRET, mark)
    if folded in _UNKNOWNS:
        return Cell(math.nan, UNKNOWN, mark)
    # A mark that nobody here knows may be one of secrecy, and « 12 s » holds what it masks.
    return Cell(math.nan, SECRET, "" if re.search(r"\d", mark) else mark, strange=True)


def is_dash(text: str) -> bool:
    """Whether a cell holds nothing but a dash."""
    bare = text.strip()
    return bool(bare) and set(bare) <= _DASHES


def is_nd(text: str) -> bool:
    """Whether a cell says « nd », which may be « non diffusé » or « non disponible »."""
    return fold(text) in _ASKED_ND
