"""Where the header of a person's own table stands, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from essgeo.readers.cells import WHITE
from essgeo.readers.report import Journal
from essgeo.text import plural

#: A title and its notes stand within that many rows.
LOOKED_AT = 40

# A cell of at most so many filled ones may be a title, or « Extraction du : | 3 mars ».
_TITLE_CELLS = 2
_NUMBER = re.compile(r"[\s\d.,+\-/€%\u00a0\u202f]*\d[\s\d.,+\-/€%\u00a0\u202f]*")
_YEAR = re.compile(r"(19|20)\d\d")
_SIRET = re.compile(r"\d{14}|\d{3}[ \u00a0\u202f]\d{3}[ \u00a0\u202f]\d{3}[ \u00a0\u202f]\d{5}")


def header_place(rows: Sequence[Sequence[str]]) -> int:
    """Return the position of the header among the first rows of a table.

    The header is the first row that is filled, unless it and those after it are a title: one or
    two cells above a table at least twice as wide, whose names then are not numbers.

    Parameters
    ----------
    rows
        At least one of them has a filled cell.
    """
    counts = [sum(bool(cell.strip(WHITE)) for cell in row) for row in rows]
    filled = [place for place, count in enumerate(counts) if count]
    first, width = filled[0], max(counts)
    for place in filled:
        if counts[place] > min(_TITLE_CELLS, width / 2):
            return place if place == first or _names(rows[place]) else first
    return first


def _names(row: Sequence[str]) -> bool:
    """Tell whether cells may name columns: no number, years set apart."""
    found = [text for cell in row if (text := cell.strip(WHITE))]
    return all(_YEAR.fullmatch(text) or not _NUMBER.fullmatch(text) for text in found)


def check_names(row: Sequence[str], journal: Journal) -> None:
    """Refuse a header of nothing but numbers.

    Raises
    ------
    DataError
        Says to add one.
    """
    if all(re.fullmatch(r"[\d\s.,+-]*", cell) for cell in row):
        raise journal.error(
            "la première ligne ne contient que des nombres ; ajoutez un en-tête qui nomme "
            "les colonnes."
        )


def is_data(row: Sequence[str]) -> bool:
    """Tell whether what stands in the header's place is a row of data: it holds a SIRET."""
    return any(_SIRET.fullmatch(cell.strip(WHITE)) for cell in row)


def made_names(row: Sequence[str], journal: Journal) -> list[str]:
    """Name the columns of a table without header, and say so."""
    journal.warn(
        "pas d'en-tête : la première ligne contient un SIRET ; les colonnes sont nommées "
        "d'après leur rang."
    )
    told = [bool(_SIRET.fullmatch(cell.strip(WHITE))) for cell in row]
    siret = told.index(True)
    return ["siret" if place == siret else f"colonne {place + 1}" for place in range(len(row))]


def say_title(rows: Sequence[Sequence[str]], journal: Journal) -> None:
    """Say what stands above the header and is left out."""
    texts = [text for row in rows for cell in row if (text := cell.strip(WHITE))]
    if not texts:
        return
    lines = sum(any(cell.strip(WHITE) for cell in row) for row in rows)
    journal.inform(
        f"{plural(lines, 'ligne')} au-dessus de l'en-tête (« {journal.some(texts[:1])} ») ; "
        f"laissée{'s' if lines > 1 else ''} de côté."
    )
