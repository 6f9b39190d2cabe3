"""SIRET and SIREN: counted and reported, never a reason to refuse a row.

The control digits are checked for whole columns at once, because a file may hold millions;
the tests compare with python-stdnum, number by number.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.distinct import arrow
from essgeo.readers import cells, codes
from essgeo.readers.report import Journal
from essgeo.text import one_line, plural

# La Poste numbers its establishments by a rule of its own (Insee): the sum of the digits is a
# multiple of 5, its head office excepted.
_LA_POSTE = b"356000000"
_LA_POSTE_HEAD = "35600000000048"
_SPACES = " \u00a0\u202f"
# A SIREN begins with four zeros at most.
_SHORT = (10, 11, 12, 13)
# 4,2E+13: what a spreadsheet shows of a long number in a narrow column.
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?\s*[eE]\s*[+-]?\d+")


def luhn(figures: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Check the Luhn digits of numbers of one length.

    Parameters
    ----------
    figures
        Digits, shape (rows, length).
    """
    total = np.zeros(len(figures), np.uint8)  # 9 at most for each of 14 digits
    # Column by column when they lie so: numpy adds bytes that follow one another far faster.
    for place, figure in enumerate(figures.T[::-1]):
        total += figure * np.uint8(2) - np.uint8(9) * (figure > 4) if place % 2 else figure
    return np.asarray(total % 10 == 0)


def valid_siret(numbers: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which cells are SIRET with right control digits, La Poste's rule included."""
    shaped = cells.digits(numbers, 14)
    valid = np.zeros(len(numbers), dtype=np.bool_)
    if not shaped.any():
        return valid
    chosen = numbers if shaped.all() else numbers[shaped]
    figures = np.asfortranarray(cells.bytes_of(chosen, 14)) - np.uint8(48)
    right = luhn(figures)
    # The nine first digits tell La Poste; only its rows, and few, are looked at as text.
    poste = (figures[:, :9] == np.frombuffer(_LA_POSTE, np.uint8) - np.uint8(48)).all(axis=1)
    if poste.any():
        rows = np.flatnonzero(poste)
        rows = rows[(chosen.iloc[rows] != _LA_POSTE_HEAD).to_numpy(np.bool_)]
        right[rows] = figures[rows].sum(axis=1, dtype=np.int64) % 5 == 0
    valid[shaped] = right & luhn(figures[:, :9])
    return valid


def valid_siren(numbers: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which cells are SIREN with a right control digit."""
    valid = cells.digits(numbers, 9)
    if valid.any():
        valid[valid] = luhn(cells.bytes_of(numbers[valid], 9) - np.uint8(48))
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
    siret, siren = _bare(siret, 14), _bare(siren, 9)
    filled = (siret != "").to_numpy(np.bool_)
    missing = int((~filled).sum())
    if filled.any():
        siret, valid = _lost_zeros(siret, journal, column)
        wrong = int((filled & ~valid).sum())
        if wrong:
            journal.warn(
                f"{plural(wrong, 'SIRET impossible', 'SIRET impossibles')} (longueur ou clé de "
                "contrôle) ; les lignes sont gardées.",
                column=column,
            )
        twice = _repeated(siret[filled] if missing else siret)
        if twice:
            journal.warn(
                f"{plural(twice, 'ligne')} de plus pour un SIRET déjà présent ; "
                "toutes les lignes sont gardées.",
                column=column,
            )
        if missing:
            journal.inform(
                f"{plural(missing, 'ligne')} sans SIRET ; gardée{'s' if missing > 1 else ''}.",
                column=column,
            )
    if not cells.digits(siren, 9).all():
        siren, _ = codes.padded(siren, 9)
    derive = (siren == "").to_numpy(np.bool_) & cells.digits(siret, 14)
    if derive.all():
        siren = siret.str.slice(0, 9)
    elif derive.any():
        siren = siren.mask(derive, siret.str.slice(0, 9))
    return siret, siren


def _repeated(siret: pd.Series) -> int:
    """Count the rows whose number stands in a row before."""
    shaped = cells.digits(siret, 14)
    numbers = arrow(siret if shaped.all() else siret[shaped]).cast(pa.int64()).to_numpy()
    if (numbers[1:] < numbers[:-1]).any():
        numbers = np.sort(numbers)
    others = 0 if shaped.all() else int(siret[~shaped].duplicated().sum())
    return int(np.count_nonzero(numbers[1:] == numbers[:-1])) + others


def _bare(column: pd.Series, width: int) -> pd.Series:
    """Take spaces out of identifiers written in groups."""
    if cells.digits(column, width).all():
        return column
    column = codes.whole(column)
    if not any(cells.has(column, space) for space in _SPACES):
        return column
    spaced = cells.matches(column, f"[0-9{_SPACES}]+")
    return column.mask(spaced, cells.replaced(column, f"[{_SPACES}]", ""))


def _lost_zeros(
    siret: pd.Series, journal: Journal, column: str
) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """Restore leading zeros where that gives a right SIRET, and tell which are right."""
    valid = valid_siret(siret)
    lengths = np.asarray(pc.binary_length(arrow(siret)))
    short = (lengths >= _SHORT[0]) & (lengths <= _SHORT[-1])
    if short.any():
        short = np.logical_or.reduce([cells.digits(siret, width) for width in _SHORT])
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


def unreadable_siret(text: str) -> str:
    """Say why a text is no SIRET: a French reason, "" when it is one.

    A SIRET whose leading zeros a spreadsheet ate is one, as `read_identifiers` restores them.

    Parameters
    ----------
    text
        A cell as written.
    """
    written = text.strip(cells.WHITE)
    if not written:
        return "SIRET absent"
    if _SCIENTIFIC.fullmatch(written):
        return (
            f"« {one_line(written, 30)} » est un nombre abrégé par un tableur : ses derniers "
            "chiffres sont perdus ; reprenez le SIRET à sa source, dans une colonne de texte"
        )
    bare = re.sub(f"[{_SPACES}.]", "", codes.whole_code(written))
    if not (bare.isascii() and bare.isdigit()):
        return "un SIRET ne s'écrit qu'avec des chiffres"
    if len(bare) == 9:
        return "9 chiffres : c'est un SIREN, il manque les 5 chiffres de l'établissement"
    if len(bare) != 14 and len(bare) not in _SHORT:
        return f"{plural(len(bare), 'chiffre')} au lieu de 14"
    if valid_siret(pd.Series([bare.zfill(14)], dtype="str"))[0]:
        return ""
    if len(bare) < 14:
        return f"{plural(len(bare), 'chiffre')} au lieu de 14"
    return "clé de contrôle fausse : un chiffre est mal recopié"
