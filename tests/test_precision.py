"""A count's interval from the precision of addresses, on positions measured by hand."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.build import build_from_files
from essgeo.datafolder import write_folder
from essgeo.indicators.kept import once
from essgeo.indicators.precision import (
    METHOD,
    NOT_INSIDE,
    count_interval,
    firm_and_possible,
)
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small
from tests.test_atlas import selections

#: The northern edge of QN06701M, and metres for a degree of latitude there.
EDGE, METRES = 48.58, 111_200.0

#: Metres south of the edge (inside; negative outside), quality, precision of its own, what it is.
POSITIONS = [
    (5, "11", "", "counted"),
    (22, "11", "", "firm"),
    (22, "21", "", "counted"),
    # Random in its street within half its precision: uncertain, so not counted, yet possible.
    (50, "12", "", "possible"),
    (100, "12", "", "counted"),
    (100, "12", "80", "firm"),
    (-5, "11", "", "possible"),
    (-22, "11", "", "out"),
    (-40, "", "", "possible"),
    (-250, "22", "", "out"),
    (-250, "22", "280", "possible"),
    # Beyond the band nothing is measured.
    (-400, "11", "900", "out"),
]


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    made = tables()
    made["etablissements"] = pd.DataFrame(
        {
            "siret": [f"{90000000000000 + place}" for place in range(len(POSITIONS))],
            "caractere_employeur": "O",
            "tranche_effectifs": "11",
            "code_commune": "67482",
            "longitude": "7.705",
            "latitude": [f"{EDGE - metres / METRES:.7f}" for metres, *_ in POSITIONS],
            "qualite_xy": [quality for _, quality, *_ in POSITIONS],
            "distance_precision": [own for *_, own, _ in POSITIONS],
        }
    )
    out = tmp_path_factory.mktemp("bord") / "d"
    write_folder(out, made, manifest())
    return open_atlas(out)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def test_who_stays_and_who_may_come(edges: Atlas) -> None:
    counted = edges.resolve(Selection()).mask
    found = firm_and_possible(edges, Selection())
    assert found is not None
    firm, possible = found
    state = np.select([firm, counted, possible], ["firm", "counted", "possible"], "out")
    assert state.tolist() == [expected for *_, expected in POSITIONS]
    interval = count_interval(edges, Selection())
    assert (interval.low, interval.count, interval.high) == (2, 5, 9)
    assert interval.method == METHOD
    assert interval.text == "5, de 2 à 9 selon la précision de l'adresse"


def test_other_filters_apply_to_both_bounds(edges: Atlas) -> None:
    elsewhere = count_interval(edges, parse("region=53").selection)
    assert (elsewhere.low, elsewhere.count, elsewhere.high) == (0, 0, 0)
    small = count_interval(edges, parse("taille=1-2").selection)
    assert (small.low, small.count, small.high) == (0, 0, 0)


@pytest.mark.parametrize(
    "query", ["rattachement=proche", "rattachement=dedans,proche", "certitude=sur"]
)
def test_no_interval_for_what_is_not_inside(edges: Atlas, query: str) -> None:
    found = count_interval(edges, parse(query).selection)
    assert (found.low, found.high, found.method) == (None, None, NOT_INSIDE)
    assert found.text == str(found.count)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_the_count_lies_within_its_bounds(atlas: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(atlas))
    found = count_interval(atlas, selection)
    assert found.count == int(atlas.resolve(selection).mask.sum())
    if found.low is not None and found.high is not None:
        assert found.low <= found.count <= found.high


def test_what_is_kept_is_computed_once_a_generation_and_goes_with_its_atlas(tmp_path: Path) -> None:
    asked = []

    @once
    def length(atlas: Atlas, generation: str) -> int:
        asked.append(generation)
        return len(atlas)

    atlas = open_atlas(write_small(tmp_path / "d"))
    assert [length(atlas, name) for name in ("2024", "2015", "2024")] == [12, 12, 12]
    assert asked == ["2024", "2015"]
    left = weakref.ref(atlas)
    del atlas
    gc.collect()
    assert left() is None


def test_real_structures_of_the_hexagon_within_twenty_metres(reel: Path, tmp_path: Path) -> None:
    source = pd.read_csv(reel / "siae_2020.csv", dtype="str", keep_default_na=False)
    source.assign(distance_precision="20").to_csv(tmp_path / "e.csv", index=False)
    out = tmp_path / "d"
    build_from_files(reel / "qpv2024.geojson", tmp_path / "e.csv", out)
    atlas = open_atlas(out)
    hexagon = [one for one in atlas.values("departement") if not one.startswith(("97", "98"))]
    # Nobody is left out, contradicting départements neither. Plain shapely in Lambert-93 gives the
    # same: 97 of the 416 inside and 90 outside within 20 m of an edge.
    everyone = {"certitude": ("sur", "probable", "incertain"), "departement": hexagon}
    found = count_interval(atlas, Selection().with_(**everyone))
    assert (found.count, found.low, found.high) == (416, 319, 506)
