"""Coordinates that are not degrees: what they may be is proposed, with how many fall in France."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.intake.proposals import propose
from essgeo.readers.identifiers import unreadable_siret
from essgeo.readers.projections import PROJECTIONS, in_degrees
from essgeo.readers.raw import Raw

#: Longitudes and latitudes in each territory.
STRASBOURG, LIMOGES, CAYENNE = (7.75, 48.58), (1.26, 45.83), (-52.33, 4.93)


def table(x: object, y: object) -> Raw:
    cells = {"x": pd.Series(x, dtype="str"), "y": pd.Series(y, dtype="str")}
    return Raw(format="CSV", source=pd.DataFrame(cells))


def metres(epsg: int, *places: tuple[float, float]) -> tuple[list[str], list[str]]:
    turn = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform
    turned = [turn(*place) for place in places]
    return [f"{x:.2f}" for x, _ in turned], [f"{y:.2f}".replace(".", ",") for _, y in turned]


@pytest.mark.parametrize(
    ("epsg", "place"), [(2154, LIMOGES), (27572, LIMOGES), (3948, STRASBOURG), (2972, CAYENNE)]
)
@pytest.mark.parametrize("swapped", [False, True])
def test_a_projection_is_proposed_and_gives_the_place_back(epsg, place, swapped):
    x, y = metres(epsg, place, place)
    raw = table(y, x) if swapped else table(x, y)
    found = {one.key: one for one in propose(raw, "x", "y")}
    one = found[f"{epsg}-inverse" if swapped else str(epsg)]
    assert (one.in_france, one.total) == (2, 2)
    lon, lat = one.positions(raw, "x", "y")
    assert np.allclose(lon, place[0], atol=1e-4)
    assert np.allclose(lat, place[1], atol=1e-4)


def test_lambert_two_is_the_only_reading_of_its_metres():
    x, y = metres(27572, LIMOGES, STRASBOURG, (2.35, 48.85))
    (one,) = propose(table(x, y), "x", "y")
    assert one.label == "Lambert II étendu (EPSG:27572) : 3 positions sur 3 en France"


def test_swapped_degrees_are_proposed_and_right_ones_are_not():
    lon, lat = ["7,75", "1.26", "", "0"], ["48.58", "45.83", "3", "0"]
    (one,) = propose(table(lat, lon), "x", "y")
    assert one.key == "4326-inverse"
    assert (one.in_france, one.total) == (2, 2)
    assert propose(table(lon, lat), "x", "y") == ()


def test_nothing_is_proposed_for_what_lies_nowhere_in_france():
    assert propose(table(["120", "inf", "abc"], ["-45", "3", ""]), "x", "y") == ()
    assert propose(table([], []), "x", "y") == ()


@given(st.sampled_from(sorted(PROJECTIONS)), st.floats(), st.floats())
def test_any_metres_are_converted_or_left(epsg: int, x: float, y: float) -> None:
    lon, lat = in_degrees(epsg, np.array([x]), np.array([y]))
    assert np.isnan(lon[0]) == np.isnan(lat[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4.2E+13", "derniers chiffres sont perdus"),
        ("4,20001E+13", "derniers chiffres sont perdus"),
        ("", "absent"),
        ("356000000", "SIREN"),
        ("73282932000075", "clé de contrôle"),
        ("7328293200007", "13\u00a0chiffres au lieu de 14"),
        ("732829320000741", "15\u00a0chiffres"),
        ("à venir", "chiffres"),
        ("73282932000074", ""),
        (" 732 829 320 00074 ", ""),
        ("732.829.320.00074", ""),
        ("5550000300011", ""),  # 05550000300011 without its zero
        ("73282932000074.0", ""),
    ],
)
def test_a_cell_that_is_no_siret_is_explained(text: str, words: str) -> None:
    found = unreadable_siret(text)
    assert words in found
    assert bool(found) == bool(words)
