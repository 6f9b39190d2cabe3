"""Complementary suppression: no masked cell is found from what is shown; tried by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from essgeo.secrecy.provided import Line, suppressed

NAN = float("nan")


def added(values: list[float], masked: list[int], lines: list[Line], least: float = 3) -> list[int]:
    mask = np.zeros(len(values), bool)
    mask[masked] = True
    found = suppressed(np.array(values), mask, lines, least)
    assert not (found & mask).any()
    return np.flatnonzero(found).tolist()


def test_a_lone_masked_cell_gets_company() -> None:
    line = [Line(0, (1, 2, 3))]
    # 15 - 8 - 4 = 3: the smallest of the others goes too.
    assert added([15, 8, 4, NAN], [3], line) == [2]
    # Two are masked, for 7 in all: enough.
    assert added([15, 8, NAN, NAN], [2, 3], line) == []
    # The total is masked as well: nothing is found.
    assert added([NAN, 8, 4, NAN], [0, 3], line) == []
    # Without a total nothing adds up.
    assert added([NAN, 8, 4, NAN], [3], line) == []
    assert added([8, 4, NAN], [2], []) == []


def test_masked_cells_add_up_to_three_units_at_least() -> None:
    line = [Line(0, (1, 2, 3, 4))]
    assert added([14, 8, 4, NAN, NAN], [3, 4], line) == [2]
    assert added([14, 8, 4, NAN, NAN], [3, 4], line, least=1) == []
    # Nothing left for them: both are 0.
    assert added([12, 8, 4, NAN, NAN], [3, 4], line, least=1) == [2]


def test_zeros_go_last() -> None:
    assert added([5, 0, 0, NAN], [3], [Line(0, (1, 2, 3))]) == [0]


def test_a_masked_total_is_protected_too() -> None:
    assert added([NAN, 8, 4], [0], [Line(0, (1, 2))]) == [2]


def test_an_unknown_cell_hides_as_well_as_a_masked_one() -> None:
    assert added([15, 8, NAN, NAN], [3], [Line(0, (1, 2, 3))]) == []


def grid(rows: int, columns: int) -> tuple[int, list[Line]]:
    """Return the lines of a table with totals on both sides; the corner is cell 0."""
    number = {}
    for row, column in itertools.product(range(rows + 1), range(columns + 1)):
        number[row, column] = len(number)
    lines = [
        Line(number[row, 0], tuple(number[row, column] for column in range(1, columns + 1)))
        for row in range(rows + 1)
    ]
    lines += [
        Line(number[0, column], tuple(number[row, column] for row in range(1, rows + 1)))
        for column in range(columns + 1)
    ]
    return len(number), lines


def test_two_ways_need_a_rectangle() -> None:
    _, lines = grid(2, 2)
    #        total  a   b
    values = [20, 9, 11, 12, NAN, 7, 8, 4, 4]
    assert len(added(values, [4], lines)) == 3


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_masked_cell_can_be_found(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    count, lines = grid(rows, columns)
    inner = np.zeros((rows + 1, columns + 1))
    inner[1:, 1:] = np.reshape(
        data.draw(st.lists(st.integers(0, 12), min_size=rows * columns, max_size=rows * columns)),
        (rows, columns),
    )
    inner[0, 1:] = inner[1:, 1:].sum(axis=0)
    inner[:, 0] = inner[:, 1:].sum(axis=1)
    true = inner.ravel()
    masked = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    values = np.where(masked, np.nan, true)
    more = suppressed(values, masked, lines, 1)
    hidden = masked | more
    assert np.array_equal(hidden & ~masked, more)
    # The attacker knows the lines and that nothing is negative.
    equations, right = [], []
    for line in lines:
        row = np.zeros(count)
        row[list(line.parts)], row[line.total] = 1, -1
        equations.append(row)
        right.append(0.0)
    bounds = [(0, None) if hidden[at] else (true[at], true[at]) for at in range(count)]
    for cell in np.flatnonzero(masked):
        aim = np.zeros(count)
        aim[cell] = 1
        low, high = (
            linprog(sign * aim, A_eq=np.array(equations), b_eq=right, bounds=bounds)
            for sign in (1, -1)
        )
        assert low.status == 0
        if high.status == 3:
            continue
        span = -high.fun - low.fun
        if span <= 1e-6:
            # Found by signs alone, and only as 0: see below.
            assert true[cell] == 0


@pytest.mark.parametrize("size", [4])
def test_many_cells_end(size: int) -> None:
    count, lines = grid(size, size)
    masked = np.zeros(count, bool)
    masked[count // 2] = True
    values = np.where(masked, np.nan, 10.0)
    assert 0 < suppressed(values, masked, lines, 3).sum() < count
