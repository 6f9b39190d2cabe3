"""Well-known binary that nobody has checked: how deep it goes, before GEOS follows it."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pytest
import shapely
from hypothesis import given

from essgeo.readers.wkb import MAX_DEPTH, check_depth

#: As many as end a process that lets GEOS read them.
_DEEP = 200_000


def nested(depth: int, kind: int = 7, order: str = "<") -> bytes:
    """A point within so many collections of one part."""
    mark = b"\x01" if order == "<" else b"\x00"
    point = mark + struct.pack(f"{order}Idd", 1, 7.7, 48.5)
    return (mark + struct.pack(f"{order}II", kind, 1)) * depth + point


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [4, 7, 1007, 3007, 0x8000_0007, 11])
def test_depth_is_counted(kind: int, order: str):
    check_depth(nested(MAX_DEPTH - 1, kind, order))
    with pytest.raises(ValueError, match="deep"):
        check_depth(nested(MAX_DEPTH, kind, order))


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_what_is_cut_short_is_refused(cut: int):
    line = shapely.to_wkb(shapely.LineString([(place, 0) for place in range(50)]))
    check_depth(line)
    parts = shapely.to_wkb(shapely.MultiPoint([(place, 0) for place in range(50)]))
    check_depth(parts)
    with pytest.raises(ValueError, match="short"):
        check_depth(parts[: -21 * cut])


_PLACES = st.tuples(st.floats(-5, 9, width=32), st.floats(41, 51, width=32))
_RINGS = st.lists(_PLACES, min_size=4, max_size=9).map(lambda ring: [*ring, ring[0]])
_AREAS = st.lists(_RINGS, min_size=1, max_size=4).map(
    lambda rings: shapely.Polygon(rings[0], rings[1:])
)
_SHAPES = st.recursive(
    st.one_of(_PLACES.map(shapely.Point), _RINGS.map(shapely.LineString), _AREAS),
    lambda inner: st.lists(inner, min_size=1, max_size=9).map(shapely.GeometryCollection),
    max_leaves=30,
)


def _depth(shape: shapely.Geometry) -> int:
    if shape.geom_type != "GeometryCollection":
        return 0
    return 1 + max((_depth(part) for part in shape.geoms), default=0)


@given(_SHAPES, st.sampled_from(["iso", "extended"]), st.booleans(), st.booleans())
def test_honest_geometries_pass(shape: shapely.Geometry, flavor: str, high: bool, srid: bool):
    if high:
        shape = shapely.force_3d(shape)
    if srid:
        shape = shapely.set_srid(shape, 2154)
    wkb = shapely.to_wkb(
        shape, flavor=flavor, include_srid=srid and flavor == "extended", byte_order=srid
    )
    if _depth(shape) < MAX_DEPTH:
        check_depth(wkb)


def _geopackage(path: Path) -> None:
    gpd.GeoDataFrame(
        {"code_qp": ["QN06701M"]}, geometry=[shapely.box(7, 48, 8, 49)], crs=4326
    ).to_file(path)
    base = sqlite3.connect(path)
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{name}"')
    head = base.execute("SELECT geom FROM q").fetchone()[0][:40]
    base.execute("UPDATE q SET geom = ?", (head + nested(_DEEP),))
    base.commit()
    base.close()


def _geoparquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    gpd.GeoDataFrame(
        {"code_qp": ["QN06701M"]}, geometry=[shapely.box(7, 48, 8, 49)], crs=4326
    ).to_parquet(path)
    table = pq.read_table(path)
    cells = pa.array([nested(_DEEP)], pa.binary())
    where = table.column_names.index("geometry")
    pq.write_table(
        table.set_column(where, table.schema.field(where).with_type(pa.binary()), cells), path
    )


@pytest.mark.parametrize(("name", "make"), [("q.gpkg", _geopackage), ("q.parquet", _geoparquet)])
def test_a_deep_file_is_one_line_and_the_process_lives(tmp_path: Path, name: str, make):
    path = tmp_path / name
    make(path)

    told = subprocess.run(
        [sys.executable, "-m", "essgeo", "check", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert told.stderr.count("\n") <= 2
    assert "mal formée" in told.stderr
