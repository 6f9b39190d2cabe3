"""Whatever the bytes, a reading ends in a table or in one line: never in another exception."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from essgeo.errors import DataError
from essgeo.intake import reading
from tests import corpus
from tests.odd import SMALL, sheet
from tests.odd_lists import LISTS

REQUEST = reading.request_of(SMALL)
SUFFIXES = (".csv", ".tsv", ".xlsx", ".geojson", ".gpkg", ".zip", ".parquet", "")


def outcome(data: bytes, suffix: str) -> None:
    """Read bytes as a list and as zones; only DataError may come out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"fichier{suffix}")
        path.write_bytes(data)
        for take in (
            lambda journal: reading.take_list(path, journal, REQUEST),
            lambda journal: reading.take_zones(path, journal, REQUEST, SMALL.vertices),
        ):
            line = ""
            try:
                take(reading.journal_of(path, "nom.csv"))
            except DataError as refused:
                line = str(refused)
            assert not line or line.startswith("nom.csv : ")
            assert "\n" not in line


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
def test_any_bytes(data: bytes, suffix: str) -> None:
    outcome(data, suffix)


#: What tables are made of, so that most texts look like one.
PIECES = st.sampled_from(
    [
        *("nom", "siret", "Total", "Sous-total", "Source : x", "73282932000074", "3,5", "é"),
        *(';;;;,,\t|"\n\n\n\r= \u00a0\u202e\x01'),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
def test_any_table(pieces: list[str], encoding: str) -> None:
    outcome("".join(pieces).encode(encoding, errors="ignore"), ".csv")


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(max_size=5) | FINITE | st.integers() | st.booleans() | st.just("Total"),
            max_size=5,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_workbook(rows: list[list[object]]) -> None:
    outcome(sheet(*rows)(Path()), ".xlsx")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(-200, 200),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)
KINDS = ("Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon", "GeometryCollection", "X")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), JSON, st.dictionaries(st.text(max_size=4), JSON, max_size=3))
def test_any_geometry(kind: str, coordinates: object, properties: dict[str, object]) -> None:
    geometry = {"type": kind, "coordinates": coordinates, "geometries": coordinates}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    outcome(corpus.dump(corpus.collection(feature)), ".geojson")


WHOLE: dict[str, Callable[[Path], bytes]] = {
    ".xlsx": LISTS["cellules-fusionnees"].make,
    ".gpkg": lambda folder: corpus.geopackage(folder),
    ".zip": lambda _: corpus.shapefile(),
    ".parquet": LISTS["parquet"].make,
    ".geojson": lambda _: corpus.dump(corpus.collection(corpus.feature())),
}


@pytest.mark.parametrize("suffix", WHOLE)
def test_any_damage(suffix: str, tmp_path: Path) -> None:
    whole = WHOLE[suffix](tmp_path)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=6))))
    def damage(changes: list[tuple[int, bytes]]) -> None:
        data = bytearray(whole)
        for place, new in changes:
            data[place : place + len(new)] = new
        outcome(bytes(data), suffix)

    damage()
