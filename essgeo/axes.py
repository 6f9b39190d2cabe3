"""Axes: what each establishment is, as one integer an axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo import nomenclatures
from essgeo.distinct import Codes as Codes
from essgeo.distinct import Distinct, arrow, distinct, spread
from essgeo.text import fold

Mask = npt.NDArray[np.bool_]

#: Masks kept by an axis: a byte an establishment each.
RECENT_MASKS = 16

#: As many values are compared one by one sooner than looked up.
COMPARED = 3


@dataclass(frozen=True)
class Axis:
    """One way to sort establishments.

    Parameters
    ----------
    name
        Key of the selection.
    values, labels
        Codes or slugs and what people read, same order, same length.
    codes
        shape (establishments,): position in ``values``, -1 for none.
    """

    name: str
    values: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes

    def position(self, value: str) -> int:
        """Return the position of a value, -1 when unknown."""
        return self._positions.get(value, -1)

    def label(self, value: str) -> str:
        """Return what people read for a value; the value itself when unknown."""
        place = self.position(value)
        return self.labels[place] if place >= 0 else value

    def series(self, index: pd.Index) -> pd.Series:
        """Return the value of each establishment as text, ``""`` for none."""
        return spread(self.values, self.codes, index)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {value: place for place, value in enumerate(self.values)}

    @cached_property
    def _recent(self) -> dict[tuple[str, ...], Mask]:
        return {}

    def mask(self, wanted: Iterable[str]) -> Mask:
        """Return which establishments have one of the wanted values; not to be changed.

        ``""`` stands for those that have none.
        The last ones asked for are kept: most of a selection stays when one filter changes.
        """
        values = tuple(wanted)
        recent = self._recent
        found = recent.get(values)
        if found is None:
            places = [place for value in values if (place := self.position(value)) >= 0]
            places += [-1] * ("" in values)
            if len(places) <= COMPARED:
                found = np.zeros(len(self.codes), dtype=bool)
                for place in places:
                    found |= self.codes == place
            else:
                allowed = np.zeros(len(self.values) + 1, dtype=bool)  # the last stands for -1
                allowed[places] = True
                found = allowed[self.codes]
            found.setflags(write=False)
            if len(recent) >= RECENT_MASKS:
                recent.clear()
            recent[values] = found
        return found


def own_axis(name: str, slugs: Distinct) -> Axis:
    """Make the axis of a nomenclature, in its order, from the slug of each establishment."""
    labels = nomenclatures.labels(cast("nomenclatures.Axis", name))
    return Axis(name, tuple(labels), tuple(labels.values()), slugs.among(list(labels)))


def types_bits(types: Distinct) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Turn « ACI;EI » into one bit a type; types of the data follow those of the nomenclature."""
    parts = [set(text.split(";")) - {""} for text in types.texts]
    found = {part for text in types.there() for part in text.split(";") if part}
    known = list(nomenclatures.labels("types"))
    values = (*known, *sorted(found - set(known)))[:62]
    bits = [sum(1 << values.index(part) for part in one if part in values) for one in parts]
    return values, np.array(bits, dtype=np.int64)[types.codes]


def text_codes(texts: pd.Series) -> Codes:
    """Give each distinct text a number; -1 for an empty one.

    Numbers of one width, as SIREN are, are told apart as numbers, several times faster.
    """
    cells = arrow(texts)
    if cells.null_count == 0 and _nine_digits(cells):
        numbers = cells.cast(pa.int32()).to_numpy()
        steps = np.diff(numbers, prepend=numbers[:1])
        if (steps >= 0).all():  # in order, as a build writes them
            return np.cumsum(steps > 0, dtype=np.int32)
        return np.asarray(pd.factorize(numbers)[0], dtype=np.int32)
    known = distinct(texts)
    empty = list(known.texts).index("") if "" in known.texts else -1
    return np.where(known.codes == empty, np.int32(-1), known.codes)


def _nine_digits(cells: pa.Array) -> bool:
    """Whether every text is made of nine digits: no leading zero is lost as numbers of 32 bits."""
    shaped = pc.and_(pc.equal(pc.binary_length(cells), 9), pc.ascii_is_decimal(cells))
    return bool(pc.all(shaped).as_py())


def places(known: Sequence[str] | pd.Series, texts: Sequence[str] | pd.Series) -> Codes:
    """Return the position of each text among the known ones, -1 for none.

    Arrow does it on the strings as they are; pandas would first make a Python object of each.
    """
    found = pc.index_in(arrow(texts), value_set=arrow(known))
    codes: Codes = found.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes


def named_axis(name: str, labels: Mapping[str, str]) -> Axis:
    """Order the values of an axis by their labels, as French people do; unnamed ones last.

    Parameters
    ----------
    name
        Key of the selection.
    labels
        Code -> label, empty when there is none.

    Returns
    -------
    Axis
        Without establishments yet.
    """
    ordered = sorted(labels, key=lambda code: (not labels[code], fold(labels[code]), code))
    texts = tuple(labels[code] or code for code in ordered)
    return Axis(name, tuple(ordered), texts, np.empty(0, dtype=np.int32))
