"""Identifiers of a visitor's list, row by row: what each is worth, zeros restored aloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from essgeo.axes import Mask
from essgeo.distinct import arrow
from essgeo.readers import cells, codes
from essgeo.readers.identifiers import valid_siren, valid_siret

#: What the SIRET of a row is worth; the place of each is its number. One a row.
STATES = ("vide", "valide", "zeros", "siren", "abrege", "impossible")
EMPTY, VALID, ZEROS, IS_SIREN, SHORTENED, IMPOSSIBLE = range(len(STATES))

#: What a spreadsheet shows of a long number in a narrow column: digits are lost.
_SHORTENED = r"[+-]?[0-9]+([.,][0-9]+)?\s*[eE]\s*[+-]?[0-9]+"
#: How people write that there is none.
_NONE = r"(?i)[-–—./]+|n\.?/?[acd]\.?|nan|null|none|neant|néant|aucun|sans|inconnu|en cours.*"
_SPACES = "[ .\u00a0\u202f-]"


@dataclass(frozen=True)
class Keys:
    """Identifiers of a list.

    Parameters
    ----------
    siret, siren
        shape (rows,), text: as they are looked for; empty when there is none.
    state
        shape (rows,): position in :data:`STATES`.
    siren_right
        shape (rows,): whether ``siren`` has a right control digit.
    siren_zeros
        shape (rows,): whether ``siren`` had lost zeros.
    """

    siret: pd.Series
    siren: pd.Series
    state: npt.NDArray[np.int8]
    siren_right: Mask
    siren_zeros: Mask


def read_keys(siret: pd.Series, siren: pd.Series) -> Keys:
    """Read the identifiers of a list.

    Parameters
    ----------
    siret, siren
        Cells as written; empty columns when the list has none.
    """
    siret, shortened = _bare(siret)
    siren, _ = _bare(siren)
    state = np.full(len(siret), IMPOSSIBLE, np.int8)
    state[(siret == "").to_numpy(np.bool_)] = EMPTY
    state[shortened] = SHORTENED
    state[valid_siret(siret)] = VALID
    left = state == IMPOSSIBLE
    if left.any():
        siret, restored = _restored(siret, left, 14, 10)
        state[restored] = ZEROS
        nine = left & ~restored & valid_siren(siret)
        if nine.any():
            # A SIREN written where the SIRET is expected.
            siren = siren.mask(nine & (siren == ""), siret)
            siret = siret.mask(nine, "")
            state[nine] = IS_SIREN
    right = valid_siren(siren)
    siren, zeros = _restored(siren, ~right & (siren != "").to_numpy(np.bool_), 9, 5)
    return Keys(siret, siren, state, right | zeros, zeros)


def _bare(column: pd.Series) -> tuple[pd.Series, Mask]:
    """Take away spaces, points and hyphens; tell which cells are numbers that lost digits."""
    column = codes.whole(column)
    empty = not pc.any(pc.not_equal(arrow(column), "")).as_py()
    if empty or cells.digits(column, 14).all():
        return column, np.zeros(len(column), dtype=np.bool_)
    shortened = cells.matches(column, _SHORTENED)
    written = ~shortened & cells.matches(column, rf"(?:[0-9]|{_SPACES})+")
    column = column.mask(cells.matches(column, _NONE), "")
    if written.any():
        column = column.mask(written, cells.replaced(column, _SPACES, ""))
    return column, shortened


def _restored(column: pd.Series, rows: Mask, width: int, least: int) -> tuple[pd.Series, Mask]:
    """Restore the leading zeros of some rows where that gives a right number."""
    short = np.logical_or.reduce([cells.digits(column, size) for size in range(least, width)])
    short &= rows
    if not short.any():
        return column, short
    candidates = column.where(~short, column.str.zfill(width)).astype("str")
    right = valid_siret(candidates) if width == 14 else valid_siren(candidates)
    restored: Mask = short & right
    return column.where(~restored, candidates).astype("str"), restored
