"""Columns read numbered: what is known of one is never said of another."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from essgeo import distinct as module
from essgeo.distinct import Distinct, distinct, remember, remembered
from essgeo.readers import read_etablissements
from essgeo.readers.cells import WHITE, stripped
from essgeo.readers.codes import blank, numbers, padded, plain_numbers
from essgeo.readers.loading import load
from essgeo.readers.report import Journal

TEXTS = st.lists(st.sampled_from(["", "01", "1", " O\u00a0", "é"]), min_size=2, max_size=8)


def numbered(texts: list[str]) -> pd.Series:
    """Make a column as the reader of Parquet does, one of its numbers standing for no cell."""
    known = ["jamais", *dict.fromkeys(texts)]
    cells = pd.Series(pa.array(texts, pa.large_string()), dtype="str")
    codes = np.array([known.index(text) for text in texts], np.int32)
    remember(cells, Distinct(known, codes))
    return cells


def changed(cells: pd.Series) -> pd.Series:
    cells.iloc[0] = "autre"
    return cells


CHANGES: list[Callable[[pd.Series], pd.Series]] = [
    lambda cells: cells,
    lambda cells: cells.copy(),
    lambda cells: cells.iloc[1:],
    lambda cells: cells[::-1],
    lambda cells: cells[cells != ""],
    lambda cells: cells.mask(cells == "01", "x"),
    lambda cells: cells.str.upper(),
    lambda cells: pd.concat([cells, cells], ignore_index=True),
    lambda cells: pd.DataFrame({"a": cells, "b": 1}).assign(c="")["a"],
    lambda cells: pd.DataFrame({"a": cells}).sort_values("a")["a"],
    lambda cells: changed(pd.DataFrame({"a": cells})["a"].copy()),
    changed,
    stripped,
    lambda cells: padded(cells, 2)[0],
]


@settings(deadline=None)
@given(TEXTS, st.sampled_from(CHANGES))
def test_what_pandas_makes_of_a_column_is_numbered_anew(
    texts: list[str], change: Callable[[pd.Series], pd.Series]
) -> None:
    before = numbered(texts)
    after = change(before)
    pd.testing.assert_series_equal(distinct(after).series(after.index), after, check_names=False)
    assert distinct(before).series(before.index).tolist() == before.tolist()


@settings(deadline=None)
@given(TEXTS)
def test_a_numbered_column_is_stripped_and_padded_as_any_other(texts: list[str]) -> None:
    cells = numbered(texts)
    assert stripped(cells).tolist() == [text.strip(WHITE) for text in texts]
    plain = pd.Series(texts, dtype="str")
    for one, other in zip(padded(cells, 2), padded(plain, 2), strict=True):
        assert list(np.atleast_1d(one)) == list(np.atleast_1d(other))


def test_nothing_is_remembered_of_a_column_that_is_gone() -> None:
    gc.collect()
    before = len(module._NUMBERED)
    cells = numbered(["a", "b"])
    assert remembered(cells.copy()) is not None
    assert len(module._NUMBERED) == before + 1
    del cells
    gc.collect()
    assert len(module._NUMBERED) == before


def test_columns_of_python_objects_are_never_remembered() -> None:
    cells = pd.Series(["a", "b"], dtype=object)
    remember(cells, Distinct(["z"], np.zeros(2, np.int32)))
    assert remembered(cells) is None
    assert distinct(cells).texts == ["a", "b"]


def test_a_blank_column_is_known_as_such() -> None:
    cells = blank(3)
    assert cells.tolist() == ["", "", ""]
    assert distinct(cells).texts == [""]
    assert distinct(cells).codes.tolist() == [0, 0, 0]


@pytest.mark.parametrize("groups", [None, 300])
def test_a_parquet_table_reads_as_its_text(tmp_path: Path, groups: int | None) -> None:
    rows = 1000
    generator = np.random.default_rng(7)
    table = {
        "code_commune": generator.choice(["1001", "01002", "75056"], rows),
        "tranche_effectifs": generator.choice(["", "1", "11", "NN"], rows),
        "types": generator.choice(["", "ACI|EI", "EA"], rows),
        "rattachement": generator.choice(["dedans", "hors"], rows),
        "longitude": np.full(rows, "2.3"),
        "latitude": np.full(rows, "48.8"),
    }
    text, file = tmp_path / "e.csv", tmp_path / "e.parquet"
    pd.DataFrame(table).to_csv(text, index=False)
    pq.write_table(pa.table(table), file, row_group_size=groups)
    one, other = (read_etablissements(path) for path in (text, file))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.source, other.source)
    assert one.report.problems == other.report.problems
    assert remembered(other.table["rattachement"]) is not None
    for column in other.table.columns:
        if other.table[column].dtype == "str":
            cells = other.table[column]
            assert distinct(cells).series(cells.index).tolist() == cells.tolist()


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_numbers_repeated_or_not_are_written_alike(tmp_path: Path, kind: pa.DataType) -> None:
    some = [4138.0, 12.5, -0.0, 0.0, None, float("nan"), 1e20, 250.0]
    rows = 40
    table = {
        "repete": pa.array(some * rows, kind),
        "divers": pa.array([*some, *(row + 0.25 for row in range(len(some) * (rows - 1)))], kind),
    }
    file = tmp_path / "x.parquet"
    pq.write_table(pa.table(table), file)
    found = load(file, Journal(file)).source
    assert found["repete"].tolist() == found["divers"].tolist()[: len(some)] * rows
    assert found["repete"].tolist()[:6] == ["4138", "12.5", "-0", "0", "", ""]
    one, other = (numbers(found[name])[0][: len(some)] for name in table)
    np.testing.assert_array_equal(one, other)
    known = plain_numbers(found["repete"])
    assert known is not None
    np.testing.assert_array_equal(known[: len(some)], one)
