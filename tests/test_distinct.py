"""Columns looked at by distinct text, against the same thing done cell by cell."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from essgeo.axes import text_codes
from essgeo.distinct import Distinct, distinct, spread

TEXTS = st.lists(st.sampled_from(["", "01", "1", "O", "N", "é"]), max_size=8)


def column(texts: list[str]) -> pd.Series:
    return pd.Series(texts, dtype="str", index=pd.RangeIndex(5, 5 + len(texts)))


@given(TEXTS)
def test_a_column_changes_and_comes_back_cell_by_cell(texts: list[str]) -> None:
    cells = column(texts)
    found = distinct(cells)
    pd.testing.assert_series_equal(found.series(cells.index), cells)
    changed = found.changed(lambda text: text.zfill(2))
    assert changed.series(cells.index).tolist() == [text.zfill(2) for text in texts]
    assert changed.isin({"01"}).tolist() == [text in ("01", "1") for text in texts]
    assert sorted(changed.there()) == sorted({text.zfill(2) for text in texts})
    known = ["N", "O"]
    assert found.among(known).tolist() == [
        known.index(text) if text in known else -1 for text in texts
    ]


@given(st.lists(st.tuples(*[st.sampled_from(["", "01", "O", "N"])] * 2), max_size=8))
def test_two_columns_make_pairs_or_fill_one_another(pairs: list[tuple[str, str]]) -> None:
    one, two = (distinct(column([pair[side] for pair in pairs])) for side in (0, 1))
    index = pd.RangeIndex(len(pairs))
    both = one.paired(two, lambda left, right: f"{left}/{right}")
    assert both.series(index).tolist() == [f"{left}/{right}" for left, right in pairs]
    assert one.filled(two).series(index).tolist() == [left or right for left, right in pairs]


def test_missing_cells_are_empty_and_no_code_is_empty() -> None:
    assert distinct(pd.Series(["a", None, "a"])).codes.tolist() == [0, 1, 0]
    assert distinct(pd.Series(["a", None])).texts == ["a", ""]
    assert spread(["x"], np.array([0, -1], np.int32), pd.RangeIndex(2)).tolist() == ["x", ""]
    assert Distinct(["seul", "jamais"], np.zeros(2, np.int32)).there() == ["seul"]


def test_siren_are_numbered_alike_whatever_their_shape() -> None:
    numbers = ["012345678", "123456780", "012345678"]
    assert text_codes(column(numbers)).tolist() == [0, 1, 0]
    # A lost zero is another text: it must not be taken for the same number.
    assert len(set(text_codes(column(["012345678", "12345678"])).tolist())) == 2
    shaped = text_codes(column(["", *numbers]))
    assert shaped[0] == -1
    assert shaped[1] == shaped[3] != shaped[2]
