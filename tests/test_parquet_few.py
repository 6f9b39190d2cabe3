"""Columns of few texts are read numbered: the cells are the same, however the file is encoded."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from essgeo.readers.loading import load
from essgeo.readers.report import Journal

CELLS = {
    "texte": ["Été", "", None, "Été"] * 500,
    "point.dans.le.nom": ["b"] * 2000,
    "rien": pa.array([None] * 2000, pa.string()),
    "long": pa.array(["c", "d"] * 1000, pa.large_string()),
    "rang": [str(row) for row in range(2000)],
    "liste": [["u", "v"]] * 2000,
}


@pytest.mark.parametrize("groups", [None, 300])
@pytest.mark.parametrize("encoding", [None, "PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_same_cells_however_encoded(
    tmp_path: Path, encoding: str | None, groups: int | None
) -> None:
    columns = [name for name in CELLS if name != "liste"]
    asked = {} if encoding is None else dict.fromkeys(columns, encoding)
    file = tmp_path / "x.parquet"
    pq.write_table(
        pa.table(CELLS),
        file,
        row_group_size=groups,
        use_dictionary=encoding is None,
        column_encoding=asked or None,
    )
    found = load(file, Journal(file)).source
    assert found["texte"].tolist() == ["Été", "", "", "Été"] * 500
    assert set(found["point.dans.le.nom"]) == {"b"}
    assert set(found["rien"]) == {""}
    assert found["long"].tolist() == ["c", "d"] * 1000
    assert found["rang"].tolist() == CELLS["rang"]
    assert set(found["liste"]) == {"u;v"}
