"""Codes and numbers out of text: leading zeros restored, nothing invented."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.distinct import Distinct, arrow, distinct, remember, remembered
from essgeo.nomenclatures import departements
from essgeo.readers.cells import WHITE, by_value, count_changed, has, replaced, stripped

_DOT_ZERO = re.compile(r"^([0-9]+)\.0+$")
_COMMUNE = re.compile(r"\d[\dAB]\d{3}")
_SPLIT = re.compile(r"[,;/|\s]+")
_CODE_QP = re.compile(r"Q[A-Z](?P<dep>\d{3}|02[AB])")

# Codes of neighbourhoods (Insee): of 2015, of 2024; those of the demonstration begin with QS.
_GENERATIONS = (
    (re.compile(r"QP(\d{3}|02[AB])\d{3}"), "2015"),
    (re.compile(r"QN(\d{3}|02[AB])\d{2}[MINC]"), "2024"),
)


def blank(rows: int, index: pd.Index | None = None) -> pd.Series:
    """Return a text column of empty cells."""
    cells = (
        pd.Series([""], dtype="str")
        .repeat(rows)
        .set_axis(pd.RangeIndex(rows) if index is None else index)
    )
    remember(cells, Distinct([""], np.zeros(rows, np.int32)))
    return cells


def padded(cells: pd.Series, width: int) -> tuple[pd.Series, int]:
    """Restore the leading zeros that a spreadsheet ate from codes of digits.

    Parameters
    ----------
    cells
        Codes as text; letters (2A, 2B) and longer codes are left as they are.
    width
        Digits of a whole code.

    Returns
    -------
    Series, int
        The codes, and how many were restored.
    """
    found = distinct(cells)
    bare = found.changed(whole_code)
    after = bare.changed(lambda code: code.zfill(width) if _digits(code) else code)
    short = np.array([one != two for one, two in zip(bare.texts, after.texts, strict=True)], bool)
    column = cells if after.texts == found.texts else after.series(cells.index)
    return column, int(short[found.codes].sum())


def _digits(code: str) -> bool:
    return code.isascii() and code.isdigit()


def whole(cells: pd.Series) -> pd.Series:
    """Take away the « .0 » that a code gets when its column once was numeric."""
    cells = stripped(cells)  # a column of numbers has no few distinct texts: no by_value here
    return replaced(cells, r"^(\d+)\.0+$", r"\1") if has(cells, ".0") else cells


def whole_code(text: str) -> str:
    """Do as :func:`whole` for one text, white space around it included."""
    text = text.strip(WHITE)
    return _DOT_ZERO.sub(r"\1", text) if ".0" in text else text


def numbers(cells: pd.Series) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read numbers written the French way or not.

    Returns
    -------
    values, unread
        float64, NaN where there is none; and which non-empty cells could not be read.
    """
    plain = plain_numbers(cells)
    if plain is not None:
        return plain, np.zeros(len(cells), dtype=np.bool_)
    text = pc.replace_substring_regex(arrow(cells), "[\\s\u00a0\u202f]+", "")
    text = pc.replace_substring_regex(text, r"^([+-]?\d*),(\d+)$", r"\1.\2")
    readable = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    unread = ~np.asarray(readable) & ~np.asarray(pc.equal(text, ""))
    return _finite(pc.cast(pc.if_else(readable, text, None), pa.float64())), unread


def plain_numbers(
    cells: pd.Series, missing: tuple[str, ...] = ("",)
) -> npt.NDArray[np.float64] | None:
    """Read numbers with a decimal point; None as soon as one cell is neither that nor missing.

    A column that holds numbers already is what it says.
    """
    if cells.dtype == np.float64:
        return _finite(cells)
    known = remembered(cells)
    if known is not None:
        values = plain_numbers(pd.Series(known.texts, dtype=object), missing)
        return None if values is None else values[known.codes]
    text = arrow(cells)
    nothing = pc.is_in(text, value_set=pa.array(missing, text.type))
    try:
        return _finite(pc.cast(pc.if_else(nothing, None, text), pa.float64()))
    except pa.ArrowInvalid:
        return None


def _finite(values: pa.Array | pd.Series) -> npt.NDArray[np.float64]:
    found = np.array(values, dtype=np.float64)
    found[~np.isfinite(found)] = np.nan
    return found


def several_communes(cells: pd.Series) -> tuple[pd.Series, int]:
    """Join the codes of several communes with « ; » and restore lost zeros.

    Returns
    -------
    Series, int
        ``01053;01344``, and the number of rows in which a zero was restored.
    """
    split = by_value(cells, lambda text: ";".join(_communes(text)))
    joined = by_value(
        split, lambda text: ";".join(c.zfill(5) if c else "" for c in text.split(";"))
    )
    return joined, count_changed(split, joined)


def _communes(text: str) -> list[str]:
    return [code.removesuffix(".0").upper() for code in _SPLIT.split(text.strip()) if code]


def generation(codes: pd.Series) -> pd.Series:
    """Return the generation that the shape of a code tells, "" when it tells none."""
    return by_value(
        codes,
        lambda code: next((year for shape, year in _GENERATIONS if shape.fullmatch(code)), ""),
    )


def departement_of_quartier(codes: pd.Series) -> pd.Series:
    """Return the département written in the codes of neighbourhoods: QP001… is 01."""

    def one(code: str) -> str:
        match = _CODE_QP.match(code)
        return _departement(match["dep"]) if match else ""

    return by_value(codes, one)


def departement_of_commune(codes: pd.Series) -> pd.Series:
    """Return the département of Insee codes of communes (97x and 98x have three digits)."""

    def one(code: str) -> str:
        return _two_or_three(code) if _COMMUNE.fullmatch(code) else ""

    return by_value(codes, one)


def departement_of_postcode(codes: pd.Series) -> pd.Series:
    """Return the département of post codes; Corsica's are 200xx–201xx (2A) and 202xx–206xx (2B).

    A post code may cross a département's border: this is for lack of anything better.
    """

    def one(text: str) -> str:
        code = text.zfill(5)
        if not _digits(code) or len(code) != 5:
            return ""
        # Saint-Barthélemy and Saint-Martin keep post codes of Guadeloupe.
        special = {"97133": "977", "97150": "978"}.get(code)
        if special is None and code.startswith("20"):
            special = "2A" if code[2] in "01" else "2B"
        return special or _departement(_two_or_three(code))

    return by_value(whole(codes), one)


def normal_departement(cells: pd.Series) -> pd.Series:
    """Return codes of départements whole and upper case, "" for what is none."""
    return by_value(whole(cells), lambda text: _departement(text.upper().zfill(2)))


def _two_or_three(code: str) -> str:
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def _departement(text: str) -> str:
    """Return a known département's code (001 and 02A lose their zero), "" otherwise."""
    code = text[1:] if len(text) == 3 and text[0] == "0" else text
    return code if code in _known_departements() else ""


@cache
def _known_departements() -> frozenset[str]:
    return frozenset(departements()["code"])
