"""Rows of a visitor's list and establishments of the data folder: who is who, and how it is known.

A row is matched by its SIRET; failing one, by its SIREN; failing both, by its name within its
commune (or its département). Only the SIRET is certain. A valid SIRET that the folder does not
hold is matched with nothing: another establishment of the same SIREN is somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.distinct import arrow, distinct
from essgeo.nomenclatures.fusions import roll_up
from essgeo.owndata.list_keys import EMPTY, IS_SIREN, ZEROS, Keys
from essgeo.readers.codes import departement_of_commune

#: How a row was matched; the place of each is its number, 0 for none.
WAYS = ("", "siret", "siret-zeros", "siren-seul", "siren-siege", "nom-commune", "nom-departement")
NONE, BY_SIRET, BY_ZEROS, BY_SIREN, BY_HEAD, BY_NAME, BY_NAME_DEP = range(len(WAYS))

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """What the folder knows of each row.

    Parameters
    ----------
    row
        shape (rows,): row of the establishment in the folder, -1 for none.
    way
        shape (rows,): position in :data:`WAYS`.
    of_siren
        shape (rows,): establishments of the row's SIREN in the folder.
    namesakes
        shape (rows,): establishments that bear the row's name where it says it is, when they
        were looked for.
    """

    row: Ints
    way: npt.NDArray[np.int8]
    of_siren: Ints
    namesakes: Ints


@dataclass(frozen=True)
class Names:
    """Names and places of a list; every column has one cell a row, empty when unknown."""

    name: pd.Series
    code_commune: pd.Series
    departement: pd.Series


def match(atlas: Atlas, keys: Keys, names: Names, *, several: str) -> Match:
    """Match the rows of a list with the establishments of a folder.

    Parameters
    ----------
    atlas
        Data folder.
    keys, names
        What the list says.
    several
        ``siege``: the head office stands for a SIREN of several establishments; ``aucun``: none
        does.
    """
    table = atlas.folder.etablissements
    rows = len(keys.siret)
    found, way = np.full(rows, -1, np.int64), np.zeros(rows, np.int8)
    at = _places(keys.siret, table["siret"])
    found[at >= 0] = at[at >= 0]
    way[at >= 0] = np.where(keys.state[at >= 0] == ZEROS, BY_ZEROS, BY_SIRET)
    bare = (keys.state == EMPTY) | (keys.state == IS_SIREN)
    code = _siren_codes(atlas, keys)
    count = np.bincount(atlas.siren_codes + 1, minlength=atlas.siren_count + 1)
    count[0] = 0
    of_siren = count[code + 1]
    by_siren = bare & (code >= 0) & keys.siren_right
    if by_siren.any():
        _by_siren(atlas, code, by_siren, of_siren, several, found, way)
    namesakes = np.zeros(rows, np.int64)
    unnumbered = (
        bare & (keys.siren == "").to_numpy(np.bool_) & (names.name != "").to_numpy(np.bool_)
    )
    for held, scope, which in _scopes(table, names):
        asked = unnumbered & (namesakes == 0) & (scope != "").to_numpy(np.bool_)
        if asked.any():
            _by_name(table, names.name, held, scope, asked, which, found, way, namesakes)
    return Match(found, way, of_siren, namesakes)


def _places(wanted: pd.Series, held: pd.Series) -> Ints:
    """Return the first row that holds each text, -1 for none and for an empty text."""
    texts = arrow(wanted)
    if not pc.any(pc.not_equal(texts, "")).as_py():
        return np.full(len(wanted), -1, np.int64)  # numbering what the folder holds takes long
    at = pc.index_in(pc.if_else(pc.equal(texts, ""), None, texts), value_set=arrow(held))
    # What is null is looked for too: an Arrow column of texts holds none.
    return np.asarray(pc.fill_null(at, -1).to_numpy(zero_copy_only=False), np.int64)


def _siren_codes(atlas: Atlas, keys: Keys) -> Ints:
    """Return the folder's number of each row's SIREN, -1 for none."""
    at = _places(keys.siren, atlas.folder.etablissements["siren"])
    return np.where(at >= 0, atlas.siren_codes[at], -1).astype(np.int64)


def _by_siren(
    atlas: Atlas,
    code: Ints,
    asked: Mask,
    of_siren: Ints,
    several: str,
    found: Ints,
    way: npt.NDArray[np.int8],
) -> None:
    """Give a SIREN its only establishment, or its only head office."""
    codes = atlas.siren_codes
    first = np.full(atlas.siren_count + 1, -1, np.int64)
    first[codes[::-1] + 1] = np.arange(len(codes))[::-1]
    alone = asked & (of_siren == 1)
    found[alone] = first[code[alone] + 1]
    way[alone] = BY_SIREN
    if several != "siege":
        return
    seat = distinct(atlas.folder.etablissements["est_siege"]).isin({"true"})
    seats = np.bincount(codes[seat] + 1, minlength=atlas.siren_count + 1)
    place = np.full(atlas.siren_count + 1, -1, np.int64)
    place[codes[seat] + 1] = np.flatnonzero(seat)
    headed = asked & (of_siren > 1) & (seats[code + 1] == 1)
    found[headed] = place[code[headed] + 1]
    way[headed] = BY_HEAD


def _by_name(
    table: pd.DataFrame,
    names: pd.Series,
    held: pd.Series,
    scope: pd.Series,
    asked: Mask,
    which: int,
    found: Ints,
    way: npt.NDArray[np.int8],
    namesakes: Ints,
) -> None:
    """Match exact names, once normalised, within a commune or a département."""
    wanted = set(distinct(scope[asked]).there()) - {""}
    near = np.flatnonzero(distinct(held).isin(wanted))
    theirs = _joined(table["denomination"].iloc[near], held.iloc[near])
    mine = _joined(names[asked], scope[asked])
    texts = pc.value_counts(theirs)
    total = pc.take(texts.field("counts"), pc.index_in(mine, value_set=texts.field("values")))
    many = np.asarray(pc.fill_null(total, 0).to_numpy(zero_copy_only=False), np.int64)
    rows = np.flatnonzero(asked)
    named = np.asarray(pc.not_equal(pc.utf8_slice_codeunits(mine, 0, 1), "|"))
    namesakes[rows] = np.where(named, many, 0)
    one = named & (many == 1)
    at = pc.index_in(mine.filter(pa.array(one)), value_set=theirs)
    found[rows[one]] = near[np.asarray(at.to_numpy(zero_copy_only=False), np.int64)]
    way[rows[one]] = which


def _scopes(table: pd.DataFrame, names: Names) -> Iterator[tuple[pd.Series, pd.Series, int]]:
    """Give the places of establishments and of rows, side by side, in the order of the search.

    A name that its commune does not hold is looked for in the département among those whose
    commune the folder does not know, and nowhere else.
    """
    commune = distinct(table["code_commune"]).changed(roll_up)
    asked = distinct(names.code_commune).changed(roll_up).series(names.code_commune.index)
    yield commune.series(table.index), asked, BY_NAME
    departement = (
        table["insee_dep"]
        if "insee_dep" in table.columns
        else departement_of_commune(table["code_commune"])
    )
    said = names.code_commune != ""
    lost = departement.where(commune.isin({""}), "")
    yield lost, names.departement.where(said, ""), BY_NAME_DEP
    yield departement, names.departement.where(~said, ""), BY_NAME_DEP


def _joined(names: pd.Series, scope: pd.Series) -> pa.Array:
    return pc.binary_join_element_wise(
        folded(names), arrow(scope), pa.scalar("|", pa.large_string())
    )


def folded(names: pd.Series) -> pa.Array:
    """Write names without case, accents or punctuation, a whole column at once."""
    text = pc.utf8_normalize(pc.utf8_lower(arrow(names)), "NFKD")
    text = pc.replace_substring_regex(text, r"\pM+", "")
    for letters, plain in (("œ", "oe"), ("æ", "ae")):
        text = pc.replace_substring(text, letters, plain)
    return pc.utf8_trim(pc.replace_substring_regex(text, "[^0-9a-z]+", " "), " ")
