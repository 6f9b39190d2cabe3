"""Classes of rates and steps of counts, computed on the whole data.

They are computed once, on everything, never on what a filter leaves: colours and sizes keep their
meaning when the selection moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from essgeo.text import number

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Classes of a rate.

    Parameters
    ----------
    inner
        Bounds between classes, strictly increasing; a value equal to one belongs to the class
        above.
    decimals
        Decimals written in labels; bounds are rounded to them, so a label says the true bound.
    """

    inner: tuple[float, ...]
    decimals: int = 0

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.inner) + 1

    def place(self, values: Floats) -> NDArray[np.int8]:
        """Return the class of each value, -1 where it is NaN."""
        placed = np.searchsorted(np.asarray(self.inner), values, side="right").astype(np.int8)
        placed[np.isnan(values)] = -1
        return placed

    def labels(self) -> tuple[str, ...]:
        """Return the words of each class, from little to much."""
        written = [number(bound, self.decimals) for bound in self.inner]
        between = [f"de {low} à moins de {high}" for low, high in pairwise(written)]
        return (f"moins de {written[0]}", *between, f"{written[-1]} et plus")


def quantiles(values: Floats, count: int = 5, decimals: int = 0) -> Classes | None:
    """Return classes that hold about as many values each, with rounded bounds.

    Parameters
    ----------
    values
        All values of the data, not of a selection; NaN are left out.
    count
        Number of classes wanted; fewer come out when rounded bounds meet.
    decimals
        Decimals of the bounds.

    Returns
    -------
    Classes or None
        None when the values cannot make two classes: a single colour is then the honest one.
    """
    known = values[~np.isnan(values)]
    if known.size == 0:
        return None
    cuts = np.quantile(known, np.arange(1, count) / count)
    bounds = sorted({round(float(cut), decimals) for cut in cuts})
    # A bound that leaves nothing below it would make an empty class.
    inner = tuple(bound for bound in bounds if known.min() < bound <= known.max())
    return Classes(inner, decimals) if inner else None


def steps(largest: float) -> tuple[float, ...]:
    """Return round values (1, 2, 5 × 10ⁿ) up to ``largest``, for the circles of a legend."""
    if not math.isfinite(largest) or largest < 1:
        return (1.0,)
    power = math.floor(math.log10(largest))
    series = [factor * 10.0**exponent for exponent in range(power + 1) for factor in (1, 2, 5)]
    return tuple(step for step in series if step <= largest)
