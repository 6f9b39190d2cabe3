"""Exact intervals and tests, against hand-checked figures, scipy.stats and their own properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from essgeo.indicators.statistics import (
    VERDICTS,
    adjusted,
    poisson_interval,
    rate_ratio,
    verdict,
    wilson_interval,
)

COUNTS = st.integers(0, 400)
WHOLES = st.integers(1, 100_000)


def test_a_ratio_by_hand() -> None:
    # 10 among 100 against 20 among 400: twice as frequent.
    found = rate_ratio(10, 100, 20, 400)
    assert found.ratio == pytest.approx(2.0)
    exact = stats.binomtest(10, 30, 100 / 500).proportion_ci(method="exact")
    assert found.low == pytest.approx(exact.low / (1 - exact.low) * 4)
    assert found.high == pytest.approx(exact.high / (1 - exact.high) * 4)
    # Twice the smaller tail: P(X >= 10) for X of B(30, 0.2).
    assert found.p == pytest.approx(2 * stats.binom.sf(9, 30, 0.2))


def test_zeros() -> None:
    none = rate_ratio(0, 100, 20, 400)
    assert none.ratio == 0
    assert none.low == 0
    assert 0 < none.high < math.inf
    only = rate_ratio(5, 100, 0, 400)
    assert only.ratio == math.inf
    assert 0 < only.low < math.inf
    assert only.high == math.inf
    assert only.p == pytest.approx(2 * 0.2**5)
    for nothing in (rate_ratio(0, 100, 0, 400), rate_ratio(0, 0, 20, 400), rate_ratio(1, 5, 0, 0)):
        for value in (nothing.ratio, nothing.low, nothing.high, nothing.p):
            assert math.isnan(value)


def test_an_unknown_count_is_no_zero() -> None:
    found = rate_ratio([math.nan, 3], 10, 4, 10)
    assert np.isnan(found.ratio).tolist() == [True, False]
    assert np.isnan(found.p).tolist() == [True, False]
    low, high = poisson_interval([math.nan, 2])
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, False]


@given(COUNTS, WHOLES, COUNTS, WHOLES)
def test_the_test_and_its_interval_agree(x: int, n: int, other_x: int, other_n: int) -> None:
    found = rate_ratio(x, n, other_x, other_n)
    if x + other_x == 0:
        assert math.isnan(found.p)
        return
    assert 0 <= found.p <= 1
    assert found.low <= found.ratio * (1 + 1e-9)
    assert found.ratio <= found.high * (1 + 1e-9)
    if abs(found.p - 0.05) > 1e-6:
        assert (found.p < 0.05) == (not found.low < 1 < found.high)


@given(COUNTS, WHOLES, COUNTS, WHOLES)
def test_swapping_both_sides_inverts_the_ratio(x: int, n: int, other_x: int, other_n: int) -> None:
    one, other = rate_ratio(x, n, other_x, other_n), rate_ratio(other_x, other_n, x, n)
    assert one.p == pytest.approx(other.p, nan_ok=True)
    if x and other_x:
        assert one.ratio == pytest.approx(1 / other.ratio)
        assert one.low == pytest.approx(1 / other.high, rel=1e-6)
        assert one.high == pytest.approx(1 / other.low, rel=1e-6)


@given(COUNTS, WHOLES, COUNTS, WHOLES)
def test_one_more_never_lowers_the_bounds(x: int, n: int, other_x: int, other_n: int) -> None:
    if x + other_x == 0:
        return
    one, more = rate_ratio(x, n, other_x, other_n), rate_ratio(x + 1, n, other_x, other_n)
    assert more.low > one.low
    assert more.high >= one.high


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    x, other = random.poisson(3, 20_000), random.poisson(12, 20_000)
    found = rate_ratio(x, 100, other, 800)  # true ratio: (3 / 100) / (12 / 800) = 2
    assert ((found.low <= 2) & (found.high >= 2)).mean() >= 0.95


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_is_benjamini_and_hochberg(p: list[float]) -> None:
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p))
    assert (adjusted(p) >= np.array(p)).all()


def test_adjusted_does_not_count_what_was_not_tested() -> None:
    found = adjusted([0.01, math.nan, 0.04])
    assert found[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert math.isnan(found[1])
    assert adjusted([]).shape == (0,)


def test_poisson_interval_by_the_tables() -> None:
    # Garwood (1936): 0 -> 0 to 3.689; 5 -> 1.623 to 11.668; 10 -> 4.795 to 18.390.
    low, high = poisson_interval([0, 5, 10])
    assert low == pytest.approx([0, 1.623, 4.795], abs=1e-3)
    assert high == pytest.approx([3.689, 11.668, 18.390], abs=1e-3)


@given(st.integers(0, 100_000), st.sampled_from([0.8, 0.95, 0.998]))
def test_poisson_interval_is_that_of_chi2(count: int, level: float) -> None:
    low, high = poisson_interval(count, level)
    tail = (1 - level) / 2
    assert high == pytest.approx(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2)
    assert low == pytest.approx(stats.chi2.ppf(tail, 2 * count) / 2 if count else 0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = wilson_interval(k, n)
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert low == pytest.approx(expected.low, abs=1e-9)
    assert high == pytest.approx(expected.high, abs=1e-9)
    assert 0 <= low <= k / n <= high <= 1


def test_a_share_of_nothing_has_no_interval() -> None:
    assert all(math.isnan(bound) for bound in wilson_interval(0, 0))


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        rate_ratio(-1, 10, 2, 10)
    with pytest.raises(ValueError, match="negative"):
        poisson_interval([3, -1])
    with pytest.raises(ValueError, match="larger"):
        wilson_interval(3, 2)


def test_verdicts() -> None:
    found = verdict([2.0, 0.5, 2.0, math.nan, 0.5, 0.0], [0.01, 0.01, 0.2, 0.01, math.nan, 0.04])
    assert found.tolist() == ["plus", "moins", "indecis", "", "", "moins"]
    assert set(found.tolist()) <= set(VERDICTS)
    assert verdict([2.0, 0.5], [0.05, 0.05]).tolist() == ["indecis", "indecis"]
