"""Exact intervals and tests for counts, as arrays.

Counts of neighbourhoods are small: a normal approximation would give negative bounds and call
chance a difference. Intervals here are exact (Clopper–Pearson, Garwood) or Wilson's, and a test
and its interval always agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

# The functions behind scipy.stats, whose own import would cost each command half a second.
from scipy import special

Floats = npt.NDArray[np.float64]

#: Level of intervals.
LEVEL = 0.95

#: Below it, an adjusted p-value establishes a difference.
RISK = 0.05

#: Verdict on a ratio to a reference -> what people read.
VERDICTS = {
    "plus": "plus présent",
    "moins": "moins présent",
    "indecis": "pas de différence établie",
    "": "sans donnée",
}


@dataclass(frozen=True)
class RateRatio:
    """Ratio of two rates and how sure it is; arrays of one shape.

    Parameters
    ----------
    ratio
        ``(x / n) / (other_x / other_n)``: 1 when both rates are the same; infinite when only
        the other count is zero; NaN when both are, or when a denominator is.
    low, high
        Bounds of the exact interval; ``high`` is infinite when the other count is zero.
    p
        Two-sided exact p-value of « both rates are the same »; below ``1 - level`` exactly when
        the interval leaves 1 out.
    """

    ratio: Floats
    low: Floats
    high: Floats
    p: Floats


def rate_ratio(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    other_x: npt.ArrayLike,
    other_n: npt.ArrayLike,
    level: float = LEVEL,
) -> RateRatio:
    """Compare two rates of events, exactly.

    Parameters
    ----------
    x, other_x
        Counts of events (establishments of a sector), broadcast together; 0 or more.
    n, other_n
        What they are counted in (all establishments, inhabitants); 0 or more.
    level
        Level of the interval.

    Raises
    ------
    ValueError
        A count or a denominator is negative.

    Notes
    -----
    When both rates are equal, ``x`` knowing ``x + other_x`` is binomial of probability
    ``n / (n + other_n)``: the Clopper–Pearson interval of that probability, turned into odds,
    bounds the ratio, and the p-value is twice the smaller tail (Przyborowski and Wilenski,
    1940; Clopper and Pearson, 1934). Counts are taken as Poisson, which is cautious when a
    sector is a large share of the whole: the true level is then above the one asked.
    """
    one, whole, other, other_whole = _counts(x, n, other_x, other_n)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (one / whole) / (other / other_whole)
        low, high = _clopper_pearson(one, one + other, level)
        scale = other_whole / whole
        low, high = low / (1 - low) * scale, high / (1 - high) * scale
        chance = whole / (whole + other_whole)
    at_least = np.where(one > 0, special.betainc(np.maximum(one, 1), other + 1, chance), 1.0)
    at_most = np.where(other > 0, special.betainc(np.maximum(other, 1), one + 1, 1 - chance), 1.0)
    p = np.minimum(2 * np.minimum(at_least, at_most), 1.0)
    unknown = (whole == 0) | (other_whole == 0) | (one + other == 0) | np.isnan(ratio)
    return RateRatio(*(np.where(unknown, np.nan, values) for values in (ratio, low, high, p)))


def adjusted(p: npt.ArrayLike) -> Floats:
    """Adjust p-values for the number of tests of a table (Benjamini and Hochberg, 1995).

    Calling a difference what is below 5 % after this keeps the expected share of false ones
    among those called below 5 %.

    Parameters
    ----------
    p
        P-values of one table, any shape; NaN are no test: kept, and not counted.

    Returns
    -------
    numpy.ndarray
        Adjusted p-values, same shape, never smaller than the originals.
    """
    values = np.asarray(p, dtype=np.float64)
    out = np.full(values.shape, np.nan)
    tested = ~np.isnan(values)
    found = values[tested]
    order = np.argsort(found)[::-1]
    rank = np.arange(len(found), 0, -1)
    ranked = np.minimum.accumulate(found[order] * (len(found) / rank))
    back = np.empty_like(ranked)
    back[order] = np.minimum(ranked, 1.0)
    out[tested] = back
    return out


def poisson_interval(count: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Bound the mean behind a count, exactly (Garwood, 1936).

    Parameters
    ----------
    count
        Counts, 0 or more; NaN gives NaN.
    level
        Level of the interval.

    Raises
    ------
    ValueError
        A count is negative.
    """
    (found,) = _counts(count)
    tail = (1 - level) / 2
    low = np.where(found > 0, special.gammaincinv(np.maximum(found, 1), tail), 0.0)
    high = special.gammaincinv(found + 1, 1 - tail)
    return np.where(np.isnan(found), np.nan, low), np.asarray(high, dtype=np.float64)


def wilson_interval(
    k: npt.ArrayLike, n: npt.ArrayLike, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Bound a share ``k / n`` (Wilson, 1927): always within 0 and 1.

    Parameters
    ----------
    k, n
        Counts, ``k`` among ``n``, broadcast together; the bounds are NaN when ``n`` is 0.
    level
        Level of the interval.

    Raises
    ------
    ValueError
        A count is negative, or ``k`` is larger than ``n``.
    """
    part, whole = _counts(k, n)
    if (part > whole).any():
        raise ValueError("k is larger than n")
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / whole
        centre = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
        half = z / (1 + z**2 / whole) * np.sqrt(share * (1 - share) / whole + (z / whole / 2) ** 2)
    # The bounds of nothing and of everything are exact: rounding must not leave 1e-17.
    low = np.where(part == 0, 0.0 * share, centre - half)
    high = np.where(part == whole, share, centre + half)
    return low, high


def verdict(
    ratio: npt.ArrayLike, p_adjusted: npt.ArrayLike, risk: float = RISK
) -> npt.NDArray[np.str_]:
    """Say in one word what a ratio and its adjusted p-value establish.

    Returns
    -------
    numpy.ndarray
        Slugs of :data:`VERDICTS`: ``plus`` or ``moins`` when the difference is established,
        ``indecis`` when it is not, ``""`` when nothing can be compared.
    """
    found, p = np.broadcast_arrays(
        np.asarray(ratio, dtype=np.float64), np.asarray(p_adjusted, dtype=np.float64)
    )
    sure = p < risk
    return np.select(
        [np.isnan(found) | np.isnan(p), sure & (found > 1), sure & (found < 1)],
        ["", "plus", "moins"],
        "indecis",
    )


def _counts(*values: npt.ArrayLike) -> list[Floats]:
    """Return arrays of one shape, none of them negative."""
    arrays = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in values))
    if any((one < 0).any() for one in arrays):
        raise ValueError("a count is negative")
    return list(arrays)


def _clopper_pearson(k: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Bound the probability behind ``k`` successes among ``n``, exactly."""
    tail = (1 - level) / 2
    rest = n - k
    low = np.where(k > 0, special.betaincinv(np.maximum(k, 1), rest + 1, tail), 0.0)
    high = np.where(rest > 0, special.betaincinv(k + 1, np.maximum(rest, 1), 1 - tail), 1.0)
    return low, high
