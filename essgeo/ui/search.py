"""Search by name or SIRET: it leads somewhere, it never filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.secrecy import listed, publishable
from essgeo.text import fold

#: Results shown of each kind.
FEW = 5

#: A word shorter than this matches too much to be worth searching.
SHORTEST = 2

_ACCENTS = {
    "a": "aàâäáãå",
    "c": "cç",
    "e": "eéèêë",
    "i": "iîïí",
    "n": "nñ",
    "o": "oôöóõ",
    "u": "uùûüú",
    "y": "yÿ",
}


@dataclass(frozen=True)
class Found:
    """One result: what it is, where it leads, what people read."""

    kind: Literal["quartier", "commune", "etablissement"]
    value: str
    text: str


def search(atlas: Atlas, query: str, generation: str = "") -> tuple[list[Found], bool]:
    """Look for neighbourhoods, communes and establishments.

    Parameters
    ----------
    atlas
        Data folder opened.
    query
        Words of a name in any order (case and accents do not matter), a code of neighbourhood,
        or the beginning of a SIRET (nine digits at least).
    generation
        Generation of outlines; empty for the newest.

    Returns
    -------
    tuple
        Results, a few of each kind; whether there were more.
    """
    words = fold(query).split()
    digits = re.sub(r"\s", "", query)
    by_number = digits.isdigit() and len(digits) >= 9
    if not by_number and not any(len(word) >= SHORTEST for word in words):
        return [], False
    outlines = atlas.generations.get(generation, atlas.newest)
    quartiers = outlines.quartiers
    out: list[Found] = []
    more = False
    if not by_number:
        places = _matching(quartiers["lib_qp"], words)
        places |= (quartiers["code_qp"].str.lower() == digits.lower()).to_numpy()
        for place in np.flatnonzero(places)[:FEW]:
            row = quartiers.iloc[place]
            name, commune = row["lib_qp"] or row["code_qp"], row["lib_com"].replace(";", ", ")
            text = f"{name}, {commune}" if commune else name
            out.append(Found("quartier", row["code_qp"], text))
        more |= int(places.sum()) > FEW
        axis = outlines.axes["commune"]
        labels = pd.Series(axis.labels, dtype="str")
        named = _matching(labels, words)
        out += [
            Found("commune", axis.values[place], axis.labels[place])
            for place in np.flatnonzero(named)[:FEW]
        ]
        more |= int(named.sum()) > FEW
        rows = _matching(atlas.points["denomination"], words)
    else:
        rows = atlas.points["siret"].str.startswith(digits).to_numpy()
    if atlas.manifest.secret:
        return out, more
    found, hidden = _establishments(atlas, np.flatnonzero(rows), words, by_number=by_number)
    return out + found, more or hidden


def reference(atlas: Atlas, row: int) -> str:
    """Return what names an establishment in a URL: its SIRET, or its row when it has none."""
    siret = str(atlas.points["siret"].iloc[row])
    return siret or f"ligne{row}"


def row_of(atlas: Atlas, reference: str) -> int | None:
    """Return the row of an establishment named in a URL, None when there is none.

    Under statistical secrecy nobody is to know whether there is one.
    """
    if atlas.manifest.secret:
        return None
    line = re.fullmatch(r"ligne(\d{1,9})", reference)
    if line:
        row = int(line[1])
        return row if row < len(atlas) and not atlas.points["siret"].iloc[row] else None
    if not reference:
        return None
    rows = np.flatnonzero((atlas.points["siret"] == reference).to_numpy())
    return int(rows[0]) if len(rows) else None


def _establishments(
    atlas: Atlas, rows: np.ndarray, words: list[str], *, by_number: bool
) -> tuple[list[Found], bool]:
    out: list[Found] = []
    rows = rows[listed(atlas.points.iloc[rows])]
    hidden = len(rows) > FEW
    # What partial diffusion masks cannot be found by its name either.
    shown = publishable(atlas.points.iloc[rows[: 4 * FEW]])
    names, communes = shown["denomination"], atlas.newest.axes["commune"]
    for row, name in zip(rows, names, strict=False):
        if not by_number and not all(word in fold(name) for word in words):
            continue
        code = communes.codes[row]
        where = communes.labels[code] if code >= 0 else ""
        title = name or str(atlas.points["siret"].iloc[row]) or "Établissement sans nom"
        text = f"{title}, {where}" if where else title
        out.append(Found("etablissement", reference(atlas, int(row)), text))
        if len(out) == FEW:
            break
    return out, hidden


def _matching(texts: pd.Series, words: list[str]) -> np.ndarray:
    """Return which texts have a word beginning with each one, whatever case and accents."""
    out = np.ones(len(texts), dtype=bool)
    for word in words:
        letters = (f"[{_ACCENTS[one]}]" if one in _ACCENTS else one for one in word)
        # At the beginning of a word; \b would not see one that begins with an accent.
        pattern = f"(?:^|[^0-9A-Za-zÀ-ÿ]){''.join(letters)}"
        out &= texts.str.contains(pattern, case=False, regex=True).to_numpy(dtype=bool)
    return out
