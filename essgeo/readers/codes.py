"""Codes and numbers out of text: leading zeros restored, nothing invented."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.nomenclatures import departements

_SPLIT = re.compile(r"[,;/|\s]+")
_CODE_QP = re.compile(r"Q[A-Z](?P<dep>\d{3}|02[AB])")

# Codes of neighbourhoods (Insee): of 2015, of 2024; those of the demonstration begin with QS.
_GENERATIONS = (
    (re.compile(r"QP(\d{3}|02[AB])\d{3}"), "2015"),
    (re.compile(r"QN(\d{3}|02[AB])\d{2}[MINC]"), "2024"),
)


def blank(rows: int, index: pd.Index | None = None) -> pd.Series:
    """Return a text column of empty cells."""
    return (
        pd.Series([""], dtype="str")
        .repeat(rows)
        .set_axis(pd.RangeIndex(rows) if index is None else index)
    )


def stripped(cells: pd.Series) -> pd.Series:
    """Return text cells without surrounding white space."""
    text = pa.array(cells)
    if pc.any(pc.match_substring_regex(text, "^\\s|\\s$|\u00a0")).as_py():
        return cells.str.replace("\u00a0", " ").str.strip()
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
    cells = whole(cells)
    short = cells.str.fullmatch(rf"\d{{1,{width - 1}}}")
    if not short.any():
        return cells, 0
    return cells.mask(short, cells.str.zfill(width)), int(short.sum())


def whole(cells: pd.Series) -> pd.Series:
    """Take away the « .0 » that a code gets when its column once was numeric."""
    cells = stripped(cells)
    if pc.any(pc.match_substring_regex(pa.array(cells), r"^\d+\.0+$")).as_py():
        return cells.str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    return cells


def numbers(cells: pd.Series) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read numbers written the French way or not.

    Returns
    -------
    values, unread
        float64, NaN where there is none; and which non-empty cells could not be read.
    """
    text = pa.array(cells)
    empty = pc.equal(text, "")
    try:
        values = pc.cast(pc.if_else(empty, None, text), pa.float64())
        unread = np.zeros(len(cells), dtype=np.bool_)
    except pa.ArrowInvalid:
        text = pc.replace_substring_regex(text, "[\\s\u00a0\u202f]+", "")
        text = pc.replace_substring_regex(text, r"^([+-]?\d*),(\d+)$", r"\1.\2")
        readable = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        values = pc.cast(pc.if_else(readable, text, None), pa.float64())
        unread = ~np.asarray(readable) & ~np.asarray(pc.equal(text, ""))
    found = values.to_numpy(zero_copy_only=False).astype("float64", copy=True)
    found[~np.isfinite(found)] = np.nan
    return found, unread


def several_communes(cells: pd.Series) -> tuple[pd.Series, int]:
    """Join the codes of several communes with « ; » and restore lost zeros.

    Returns
    -------
    Series, int
        ``01053;01344``, and the number of rows in which a zero was restored.
    """
    restored = 0
    written = []
    for cell in cells:
        codes = [code.removesuffix(".0") for code in _SPLIT.split(cell.strip()) if code]
        whole_codes = [code.zfill(5) if code.isdigit() else code.upper() for code in codes]
        restored += codes != whole_codes
        written.append(";".join(whole_codes))
    return pd.Series(written, dtype="str", index=cells.index), restored


def generation(codes: pd.Series) -> pd.Series:
    """Return the generation that the shape of a code tells, "" when it tells none."""
    found = blank(len(codes), codes.index)
    for pattern, year in _GENERATIONS:
        found = found.mask(codes.str.fullmatch(pattern.pattern), year)
    return found


def departement_of_quartier(codes: pd.Series) -> pd.Series:
    """Return the département written in the codes of neighbourhoods: QP001… is 01."""
    known = set(departements()["code"])

    def one(code: str) -> str:
        match = _CODE_QP.match(code)
        if match is None:
            return ""
        text = match["dep"]
        text = text if text[0] != "0" else text[1:]
        return text if text in known else ""

    return pd.Series([one(code) for code in codes], dtype="str", index=codes.index)


def departement_of_commune(codes: pd.Series) -> pd.Series:
    """Return the département of Insee codes of communes (97x and 98x have three digits)."""
    long = codes.str.match(r"9[78]\d")
    found = codes.str.slice(0, 2).mask(long, codes.str.slice(0, 3))
    return found.where(codes.str.fullmatch(r"\d[\dAB]\d{3}"), "")


def departement_of_postcode(codes: pd.Series) -> pd.Series:
    """Return the département of post codes; Corsica's are 200xx–201xx (2A) and 202xx–206xx (2B).

    A post code may cross a département's border: this is for lack of anything better.
    """
    codes, _ = padded(codes, 5)
    found = codes.str.slice(0, 2)
    found = found.mask(codes.str.match(r"9[78]\d"), codes.str.slice(0, 3))
    found = found.mask(codes.str.match("20[01]"), "2A").mask(codes.str.match("20[2-6]"), "2B")
    # Saint-Barthélemy and Saint-Martin keep post codes of Guadeloupe.
    found = found.mask(codes == "97133", "977").mask(codes == "97150", "978")
    return found.where(codes.str.fullmatch(r"\d{5}") & found.isin(departements()["code"]), "")


def normal_departement(cells: pd.Series) -> pd.Series:
    """Return codes of départements whole and upper case, "" for what is none."""
    codes, _ = padded(cells.str.upper(), 2)
    codes = codes.str.replace(r"^0(\d\d|2[AB])$", r"\1", regex=True)
    return codes.where(codes.isin(departements()["code"]), "")
