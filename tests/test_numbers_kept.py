"""What is read without being written as text first: the same tables, whatever the file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.axes import text_codes
from essgeo.distinct import Numbered
from essgeo.readers import read_etablissements

LONGITUDES = [2.35, -0.0, None, float("nan"), 0.0, -4.49, float("inf"), 2.350001]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.string(), pa.large_string()])
@pytest.mark.parametrize("groups", [None, 3])
def test_the_same_table_with_or_without_the_files_own_cells(
    tmp_path: Path, kind: pa.DataType, groups: int | None
) -> None:
    rows = len(LONGITUDES)
    file = tmp_path / "e.parquet"
    longitude = pa.array(LONGITUDES, pa.float64()).cast(kind)
    table = pa.table(
        {
            "longitude": longitude,
            "latitude": pa.array([48.85] * rows, pa.float64()).cast(kind),
            "distance_m": longitude,
            "distance_precision": longitude,
            "mesure": longitude,
            "siret": [f"{row:014d}" for row in range(rows)],
        }
    )
    pq.write_table(table, file, row_group_size=groups)
    one, other = (read_etablissements(file, source=source) for source in (True, False))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.report == other.report
    assert list(one.source.columns) == table.column_names
    assert one.source.shape == (rows, 6)
    assert other.source.shape == (rows, 0)
    # Only what is read as a number is left as one: another column stays the text of its cells.
    assert other.table["mesure"].tolist() == one.source["mesure"].tolist()


@given(st.lists(st.sampled_from(["000000000", "000000019", "005520135", "999999999"]), min_size=1))
def test_numbers_in_order_are_told_apart_as_any_others(texts: list[str]) -> None:
    for some in (texts, sorted(texts)):
        codes = text_codes(pd.Series(some, dtype="str"))
        assert codes.dtype == np.int32
        assert codes.tolist() == [list(dict.fromkeys(some)).index(text) for text in some]


def test_a_column_is_numbered_when_it_is_looked_at() -> None:
    columns = Numbered({"a": pd.Series(["x", "", "x"], dtype="str")})
    assert list(columns) == ["a"]
    assert len(columns) == 1
    assert columns["a"].texts == ["x", ""]
    assert columns["a"] is columns["a"]
    with pytest.raises(KeyError):
        columns["b"]
