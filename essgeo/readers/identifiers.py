"""SIRET and SIREN: counted and reported, never a reason to refuse a row.

The control digits are checked for whole columns at once, because a file may hold millions;
the tests compare with python-stdnum, number by number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.readers import codes
from essgeo.readers.report import Journal
from essgeo.text import plural

# La Poste numbers its establishments by a rule of its own (Insee): the sum of the digits is a
# multiple of 5, its head office excepted.
_LA_POSTE = "356000000"
_LA_POSTE_HEAD = "35600000000048"


def luhn(numbers: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Check the Luhn digits of numbers of one length.

    Parameters
    ----------
    numbers
        Digits, shape (rows, length).
    """
    doubled = numbers[:, -2::-2].astype(np.int16) * 2
    doubled -= 9 * (doubled > 9)
    return np.asarray((numbers[:, ::-2].sum(axis=1) + doubled.sum(axis=1)) % 10 == 0)


def valid_siret(cells: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which cells are SIRET with right control digits, La Poste's rule included."""
    shaped = cells.str.fullmatch(r"[0-9]{14}").to_numpy(dtype=np.bool_)
    valid = np.zeros(len(cells), dtype=np.bool_)
    if not shaped.any():
        return valid
    chosen = cells[shaped]
    digits = chosen.to_numpy(dtype="S14").view(np.uint8).reshape(-1, 14) - np.uint8(48)
    right = luhn(digits)
    poste = (chosen.str.startswith(_LA_POSTE) & (chosen != _LA_POSTE_HEAD)).to_numpy(np.bool_)
    if poste.any():
        right[poste] = digits[poste].sum(axis=1, dtype=np.int64) % 5 == 0
    valid[shaped] = right & luhn(digits[:, :9])
    return valid


def read_identifiers(
    siret: pd.Series, siren: pd.Series, journal: Journal, column: str
) -> tuple[pd.Series, pd.Series]:
    """Return SIRET and SIREN, lost zeros restored when the control digits agree.

    Parameters
    ----------
    siret, siren
        The file's, "" when it has none.
    journal
        Receives one line a kind of fault.
    column
        The file's own name of the SIRET column.
    """
    siret, siren = _bare(siret), _bare(siren)
    filled = siret != ""
    if filled.any():
        siret, valid = _lost_zeros(siret, journal, column)
        wrong = int((filled.to_numpy(np.bool_) & ~valid).sum())
        if wrong:
            journal.warn(
                f"{plural(wrong, 'SIRET impossible', 'SIRET impossibles')} (longueur ou clé de "
                "contrôle) ; les lignes sont gardées.",
                column=column,
            )
        twice = int(siret[filled].duplicated().sum())
        if twice:
            journal.warn(
                f"{plural(twice, 'ligne')} de plus pour un SIRET déjà présent ; "
                "toutes les lignes sont gardées.",
                column=column,
            )
        missing = int((~filled).sum())
        if missing:
            journal.inform(
                f"{plural(missing, 'ligne')} sans SIRET ; gardée{'s' if missing > 1 else ''}.",
                column=column,
            )
    siren, _ = codes.padded(siren, 9)
    whole = siret.str.fullmatch(r"[0-9]{14}")
    derive = (siren == "") & whole
    if derive.any():
        siren = siren.mask(derive, siret.str.slice(0, 9))
    return siret, siren


def _bare(cells: pd.Series) -> pd.Series:
    """Take spaces out of identifiers written in groups."""
    cells = codes.whole(cells)
    spaced = cells.str.fullmatch("[0-9\\s\u00a0\u202f]*[\\s\u00a0\u202f][0-9\\s\u00a0\u202f]*")
    if not spaced.any():
        return cells
    return cells.mask(spaced, cells.str.replace("[\\s\u00a0\u202f]", "", regex=True))


def _lost_zeros(
    siret: pd.Series, journal: Journal, column: str
) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """Restore leading zeros where that gives a right SIRET, and tell which are right."""
    valid = valid_siret(siret)
    short = siret.str.fullmatch(r"[0-9]{10,13}").to_numpy(np.bool_)
    if short.any():
        candidates = siret.where(~short, siret.str.zfill(14))
        restored = short & valid_siret(candidates)
        if restored.any():
            siret = siret.where(~restored, candidates)
            valid = valid | restored
            journal.inform(
                f"{plural(int(restored.sum()), 'SIRET')} sans zéro initial ; rétabli.",
                column=column,
            )
    return siret, valid
