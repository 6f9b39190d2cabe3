"""A person's own table made regular, aloud: names that can be told apart, rows set apart.

Nothing is lost: names as written are kept beside, and totals stay in the table, marked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from essgeo.distinct import arrow
from essgeo.readers.cells import WHITE
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal
from essgeo.text import fold, plural

#: Rows at the foot that are looked at one by one.
_FOOT = 30

_TOTAL = re.compile(r"(sous )?(total|totaux|somme|ensemble)\b.*")
_BARE_TOTAL = re.compile(r"(sous )?(total|totaux)( general| generaux)?")
_NOTE = re.compile(
    r"(source|sources|note|notes|nb|lecture|champ|extraction|mise a jour|legende|fait le)\b.*"
)
_AMOUNT = re.compile(r"[\s\d.,+\-€%()\u00a0\u202f]*")
_IDENTIFIER = re.compile(r"\d{9}|\d{14}")
# Days of Excel from 1982 to 2064, where a date is expected.
_DAYS = r"[3-5]\d{4}"


@dataclass(frozen=True)
class Tidied:
    """What was set apart.

    Parameters
    ----------
    original_names
        Names of the columns kept, as written.
    totals
        Positions of the rows that are totals, or notes at the foot.
    """

    original_names: tuple[str, ...]
    totals: tuple[int, ...]


def tidy(raw: Raw, journal: Journal) -> Tidied:
    """Make a table regular, in place.

    Blank rows, and columns without name nor cell, are left out; the other columns get names that
    are filled and different; totals are marked, days of Excel are said.

    Raises
    ------
    DataError
        Nothing but blanks.
    """
    if not raw.source.shape[1]:
        return Tidied((), ())  # points that say nothing of themselves
    filled = np.column_stack([_filled(raw.source.iloc[:, n]) for n in range(raw.source.shape[1])])
    filled = _without_blank_rows(raw, filled, journal)
    filled = _without_blank_columns(raw, filled, journal)
    written = tuple(str(name) for name in raw.source.columns)
    raw.source.columns = pd.Index(_told_apart(written, journal), dtype="str")
    totals = _totals(raw, filled, journal)
    _say_days(raw, journal)
    return Tidied(written, totals)


def _filled(cells: pd.Series) -> npt.NDArray[np.bool_]:
    trimmed = pc.utf8_trim(arrow(cells), WHITE)
    return np.asarray(pc.not_equal(trimmed, "").to_numpy(zero_copy_only=False), dtype=np.bool_)


def _without_blank_rows(
    raw: Raw, filled: npt.NDArray[np.bool_], journal: Journal
) -> npt.NDArray[np.bool_]:
    kept = filled.any(axis=1)
    if raw.shapes is not None or kept.all():
        return filled
    if not kept.any():
        raise journal.error("le tableau n'a que des lignes vides ; exportez-le à nouveau.")
    blank = int((~kept).sum())
    journal.inform(
        f"{plural(blank, 'ligne vide laissée', 'lignes vides laissées')} de côté (première : "
        f"ligne {raw.row(int(np.argmin(kept)))}).",
    )
    raw.lines = np.flatnonzero(kept) + raw.first_row
    raw.source = raw.source.take(np.flatnonzero(kept)).reset_index(drop=True)
    return filled[kept]


def _without_blank_columns(
    raw: Raw, filled: npt.NDArray[np.bool_], journal: Journal
) -> npt.NDArray[np.bool_]:
    named = np.array([bool(str(name).strip(WHITE)) for name in raw.source.columns])
    kept = named | filled.any(axis=0)
    if kept.all():
        return filled
    blank = int((~kept).sum())
    journal.inform(
        f"{plural(blank, 'colonne')} sans nom ni contenu ; laissée{'s' if blank > 1 else ''} "
        "de côté."
    )
    raw.source = raw.source.iloc[:, np.flatnonzero(kept)]
    return filled[:, kept]


def _told_apart(written: tuple[str, ...], journal: Journal) -> list[str]:
    """Return names that are filled and different, and say which were not."""
    names: list[str] = []
    taken = {name for name in written if name.strip(WHITE)}
    seen: set[str] = set()
    unnamed: list[str] = []
    twice: list[str] = []
    for place, name in enumerate(written):
        base = name if name.strip(WHITE) else f"colonne {place + 1}"
        new, count = base, 1
        while new in seen or (new != name and new in taken):
            count += 1
            new = f"{base} ({count})"
        seen.add(new)
        names.append(new)
        if not name.strip(WHITE):
            unnamed.append(new)
        elif new != name:
            twice.append(new)
    if unnamed:
        journal.warn(f"{plural(len(unnamed), 'colonne')} sans nom : {journal.some(unnamed)}.")
    if twice:
        journal.warn(
            f"colonnes de même nom, distinguées : {journal.some(twice)} ; vos noms sont remis "
            "dans les fichiers à emporter.",
            column=twice[0],
        )
    return names


def _totals(raw: Raw, filled: npt.NDArray[np.bool_], journal: Journal) -> tuple[int, ...]:
    """Return the rows that are totals or notes, and say them."""
    rows, width = filled.shape
    if width < 2:
        return ()
    totals = set(_inner_totals(raw, filled))
    notes: set[int] = set()
    for row in range(rows - 1, max(rows - 1 - _FOOT, 0), -1):
        texts = _texts(raw, row, filled)
        if row in totals or _is_total(texts, _TOTAL):
            totals.add(row)
        elif width > 2 and len(texts) == 1 and _is_note(texts[0]):
            notes.add(row)
        else:
            break
    if totals:
        lines = journal.some([str(raw.row(row)) for row in sorted(totals)])
        many = len(totals) > 1
        journal.warn(
            f"{plural(len(totals), 'ligne')} de total (ligne{'s' if many else ''} {lines}) ; "
            f"gardée{'s' if many else ''} dans le tableau, sans être comptée"
            f"{'s' if many else ''} ni rapprochée{'s' if many else ''}.",
            row=raw.row(min(totals)),
        )
    if notes:
        many = len(notes) > 1
        journal.inform(
            f"{plural(len(notes), 'note')} au pied du tableau ; gardée{'s' if many else ''}, sans "
            f"être rapprochée{'s' if many else ''}.",
            row=raw.row(min(notes)),
        )
    return tuple(sorted(totals | notes))


def _inner_totals(raw: Raw, filled: npt.NDArray[np.bool_]) -> list[int]:
    """Return the rows, anywhere, that say « total » and nothing else but amounts."""
    found = np.zeros(len(filled), dtype=np.bool_)
    for place in range(min(raw.source.shape[1], 4)):
        cells = pc.utf8_lower(pc.utf8_trim(arrow(raw.source.iloc[:, place]), WHITE))
        told = pc.match_substring_regex(cells, r"^(sous[ -])?(total|totaux)\b")
        found |= np.asarray(told.to_numpy(zero_copy_only=False), dtype=np.bool_)
    rows = np.flatnonzero(found).tolist()
    return [row for row in rows if _is_total(_texts(raw, row, filled), _BARE_TOTAL)]


def _texts(raw: Raw, row: int, filled: npt.NDArray[np.bool_]) -> list[str]:
    """Return the filled cells of a row."""
    cells = [str(cell) for cell in raw.source.iloc[row]]
    return [cells[place].strip(WHITE) for place in np.flatnonzero(filled[row])]


def _is_total(texts: list[str], pattern: re.Pattern[str]) -> bool:
    """Tell whether filled cells are those of a total: its name, then amounts alone."""
    words = [text for text in texts if not _AMOUNT.fullmatch(text)]
    amounts = [text for text in texts if _AMOUNT.fullmatch(text)]
    if any(_IDENTIFIER.fullmatch(re.sub(r"\s", "", text)) for text in amounts):
        return False
    return len(words) == 1 and pattern.fullmatch(fold(words[0])) is not None


def _is_note(text: str) -> bool:
    return text.startswith(("*", "(1)")) or _NOTE.fullmatch(fold(text)) is not None


def _say_days(raw: Raw, journal: Journal) -> None:
    """Say the columns of dates that hold days of Excel, which no eye reads."""
    for place, name in enumerate(raw.source.columns):
        if "date" not in fold(str(name)).split():
            continue
        cells = arrow(raw.source.iloc[:, place])
        filled = pc.filter(cells, pc.not_equal(cells, ""))
        if len(filled) and pc.all(pc.match_substring_regex(filled, f"^{_DAYS}$")).as_py():
            first = filled[0].as_py()
            day = (pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(first))).date()
            journal.warn(
                f"des dates sont écrites en nombres de jours ({first} pour le "
                f"{day:%d/%m/%Y}) ; laissées telles quelles.",
                column=str(name),
            )
