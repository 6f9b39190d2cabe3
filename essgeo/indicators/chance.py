"""What chance alone does to a count: the limits of a funnel plot and a place among them.

The limits are those of D. J. Spiegelhalter (« Funnel plots for comparing institutional
performance », Statistics in Medicine, 2005), from exact tails instead of an approximation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

# The functions behind scipy.stats, whose own import would cost each command half a second.
from scipy import special

Floats = npt.NDArray[np.float64]
Tail = Callable[[Floats], Floats]

#: What chance alone does to a count: ``poisson`` for a number in a population or on a surface,
#: ``binomial`` for a part of a number, empty where no such law holds.
Law = Literal["", "poisson", "binomial"]

#: Levels of the two pairs of limits, those of Spiegelhalter (two and three standard deviations).
LEVELS = (0.95, 0.998)

#: Where a territory stands in the funnel -> what people read.
PLACES = {
    "tres-haut": "nettement au-dessus",
    "haut": "au-dessus",
    "dans": "pas de différence établie",
    "bas": "au-dessous",
    "tres-bas": "nettement au-dessous",
    "": "",
}

#: Places beyond the limits at 99.8 %.
FAR = ("tres-haut", "tres-bas")

#: What halving leaves around a whole number.
ROUNDING = 1e-6


def limits(law: Law, mean: float, sizes: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the limits of a funnel, as smooth curves that agree with the exact tails.

    Counts are whole; the curves extend their tail probabilities to real numbers (incomplete gamma
    and beta functions), so that a whole count is beyond a curve exactly when its tail probability
    is under ``(1 - level) / 2``.

    Parameters
    ----------
    law
        ``poisson`` or ``binomial``.
    mean
        Common mean, numerators over denominators (not times ``per``).
    sizes
        shape (n,): denominators, above 0.
    level
        0.95 for instance.

    Returns
    -------
    tuple
        Low and high limits of the quotient, shape (n,); the low one is 0 where even a count of 0
        is not rare.
    """
    tail = (1 - level) / 2
    fewer, more = tails_of(law, mean, sizes)
    expected = mean * sizes
    nothing = np.zeros_like(sizes)
    most = expected + 10 * np.sqrt(expected) + 20 if law == "poisson" else sizes
    low = _crossing(lambda x: fewer(x) - tail, nothing, most)
    high = _crossing(lambda x: tail - more(x), nothing, most)
    return np.where(low < ROUNDING, 0, low) / sizes, high / sizes


def tails_of(law: Law, mean: float, sizes: Floats) -> tuple[Tail, Tail]:
    """Return the probabilities of a count at most, and at least, as large as each of an array."""
    if law == "poisson":
        expected = mean * sizes
        return (
            lambda x: np.asarray(special.gammaincc(x + 1, expected)),
            lambda x: np.asarray(special.gammainc(x, expected)),
        )
    return (
        lambda x: np.asarray(special.betainc(sizes - x, x + 1, 1 - mean)),
        lambda x: np.asarray(special.betainc(x, sizes - x + 1, mean)),
    )


def _crossing(rising: Tail, low: Floats, high: Floats) -> Floats:
    """Return where a rising function passes zero, by halving; an end where it does not."""
    for _ in range(50):
        if (high - low).max(initial=0.0) < ROUNDING / 100:
            break  # far finer than what a whole number is told by
        middle = (low + high) / 2
        up = rising(middle) > 0
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return (low + high) / 2


def places_of(tails: tuple[Tail, Tail], counts: Floats) -> npt.NDArray[np.str_]:
    """Return the place in the funnel of each count."""
    fewer, more = (tail(counts) for tail in tails)
    wide, narrow = ((1 - level) / 2 for level in LEVELS)
    return np.select(
        [more <= narrow, fewer <= narrow, more <= wide, fewer <= wide],
        ["tres-haut", "tres-bas", "haut", "bas"],
        "dans",
    )
