"""Text columns, each distinct text looked at once.

A column of codes holds a handful of texts a million times. Arrow numbers them without making a
Python object of each cell; what is then asked of a column is asked of its texts.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

#: Positions in a list of texts, -1 for none.
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Distinct:
    """A text column as its distinct texts and the place of each cell among them.

    Parameters
    ----------
    texts
        Texts; after :meth:`changed` one may stand several times.
    codes
        shape (rows,): position of each cell in ``texts``.
    """

    texts: Sequence[str]
    codes: Codes

    def changed(self, change: Callable[[str], str]) -> Distinct:
        """Change every cell by its text."""
        return Distinct([change(text) for text in self.texts], self.codes)

    def paired(self, other: Distinct, change: Callable[[str, str], str]) -> Distinct:
        """Make a cell of each pair of cells; two columns of few texts, of the same rows."""
        texts = [change(one, two) for one in self.texts for two in other.texts]
        return Distinct(texts, self.codes * np.int32(len(other.texts)) + other.codes)

    def text(self, row: int) -> str:
        """Return the text of a cell."""
        return self.texts[int(self.codes[row])]

    def there(self) -> list[str]:
        """Return the texts that stand in some cell, once each."""
        seen = np.zeros(len(self.texts), dtype=bool)
        seen[self.codes] = True
        return list(dict.fromkeys(self.texts[place] for place in np.flatnonzero(seen).tolist()))

    def at(self, rows: npt.NDArray[np.integer]) -> Distinct:
        """Return the cells of some rows."""
        return Distinct(self.texts, self.codes[rows])

    def filled(self, other: Distinct) -> Distinct:
        """Take another column of the same rows where this one is ``""``."""
        empty = np.array([text == "" for text in self.texts], dtype=bool)[self.codes]
        codes = np.where(empty, other.codes + np.int32(len(self.texts)), self.codes)
        return Distinct([*self.texts, *other.texts], codes)

    def isin(self, wanted: Collection[str]) -> npt.NDArray[np.bool_]:
        """Return which cells are one of some texts."""
        found: npt.NDArray[np.bool_] = np.array([text in wanted for text in self.texts], bool)
        return found[self.codes]

    def among(self, values: Sequence[str]) -> Codes:
        """Return the position of each cell in a list of texts, -1 for none."""
        known = {value: place for place, value in enumerate(values)}
        places = np.array([known.get(text, -1) for text in self.texts], dtype=np.int32)
        found: Codes = places[self.codes]
        return found

    def series(self, index: pd.Index) -> pd.Series:
        """Write the texts in every row."""
        return spread(self.texts, self.codes, index)


def arrow(cells: pd.Series | Sequence[str]) -> pa.Array:
    """Return a text column as one Arrow array of strings, the one behind it when it has one."""
    found = pa.array(cells if isinstance(cells, pd.Series) else list(cells), from_pandas=True)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found.cast(pa.large_string())


#: Columns that were read numbered, by the identity of the Arrow column, as long as one lives.
_NUMBERED: dict[int, tuple[weakref.ref[pa.ChunkedArray], Distinct]] = {}


def remember(cells: pd.Series, numbered: Distinct) -> None:
    """Note the numbers that a text column was read with, so that nobody numbers it again.

    They are those of its Arrow column, which never changes: copies of the pandas one share it,
    and what pandas makes of it is another.

    Parameters
    ----------
    cells
        Column without a missing cell.
    numbered
        The same cells; no text twice.
    """
    column = _behind(cells)
    if column is not None:
        key = id(column)
        gone = weakref.ref(column, lambda _: _NUMBERED.pop(key, None))
        _NUMBERED[key] = (gone, numbered)


def remembered(cells: pd.Series) -> Distinct | None:
    """Return the numbers that a column was read with, None without any."""
    column = _behind(cells)
    held, numbered = _NUMBERED.get(id(column), (None, None))
    return numbered if held is not None and held() is column else None


def _behind(cells: pd.Series) -> pa.ChunkedArray | None:
    """Return the Arrow column behind a pandas one, None for one of Python objects."""
    kind = cells.dtype
    if not (isinstance(kind, pd.StringDtype) and kind.storage == "pyarrow"):
        return None
    column = cells.array.__arrow_array__()
    return column if isinstance(column, pa.ChunkedArray) else None


def distinct(cells: pd.Series) -> Distinct:
    """Give each text of a column a number; a missing cell is ``""``.

    Of a column read numbered, ``texts`` may hold some that no cell has.
    """
    known = remembered(cells)
    if known is not None:
        return known
    found = arrow(cells)
    coded = (found.fill_null("") if found.null_count else found).dictionary_encode()
    return Distinct(coded.dictionary.to_pylist(), coded.indices.to_numpy())


class Numbered(Mapping[str, Distinct]):
    """Text columns, each numbered when it is first looked at.

    Parameters
    ----------
    columns
        Columns of the same rows by name.
    """

    def __init__(self, columns: Mapping[str, pd.Series]) -> None:
        self._columns = columns
        self._known: dict[str, Distinct] = {}

    def __getitem__(self, name: str) -> Distinct:
        """Return the numbers of a column."""
        if name not in self._known:
            self._known[name] = distinct(self._columns[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names of columns."""
        return iter(self._columns)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self._columns)


def spread(texts: Sequence[str], codes: Codes, index: pd.Index) -> pd.Series:
    """Write a text in every row, ``""`` where the code is -1."""
    last = np.int32(len(texts))
    known = pa.array([*texts, ""], pa.large_string())
    taken = known.take(pa.array(np.where(codes < 0, last, codes)))
    return pd.Series(pd.array(taken, dtype="str"), index=index)
