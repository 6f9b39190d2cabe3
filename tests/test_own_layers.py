"""What a visitor's own data adds to the map: over published files, in memory, nothing written."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from map_world import SECTORS, SIZES, build
from shapely.geometry import box

from essgeo.figures.map import read_click
from essgeo.figures.own_layers import own_layers
from essgeo.figures.static_layers import SCALE, write_layers

POINTS = 200


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Return published layers, those of one's own, and both tables of establishments."""
    world = build(10, POINTS)
    published = world.etablissements.assign(siret=[f"{i:014d}" for i in range(POINTS)])
    static: Path = tmp_path_factory.mktemp("static")
    everyone = np.ones(POINTS, dtype=bool)
    base = write_layers(
        static,
        world.quartiers,
        published,
        everyone,
        fingerprint="essai",
        departements=world.departements,
        regions=world.regions,
        sectors=SECTORS,
        sizes=SIZES,
    )
    written = sorted(static.rglob("*"))
    # The first one is closed, the second one moved, one is added at the end.
    now = published.drop(index=0)
    now.loc[1, ["longitude", "latitude"]] = [2.35, 48.85]
    added = now.iloc[[-1]].assign(siret="9" * 14, denomination="<b>Ajoutée</b>", longitude=2.36)
    now = pd.concat([now, added], ignore_index=True)
    zones = gpd.GeoDataFrame(
        {
            "code_qp": ["Z1", "Z2"],
            "lib_qp": ["<script>alert(1)</script>", "Seconde"],
            "lib_com": ["Paris", ""],
            "generation": "zones",
        },
        geometry=[box(2.3, 48.8, 2.4, 48.9), box(7.7, 48.5, 7.8, 48.6)],
        crs=4326,
    )
    near = now["longitude"].between(2.3, 2.4) & now["latitude"].between(48.8, 48.9)
    now = now.assign(
        code_qp_zones=np.where(near, "Z1", ""),
        rattachement_zones=np.where(near, "dedans", "hors"),
        distance_m_zones=0.0,
    )
    own = own_layers(
        base,
        published,
        zones,
        now,
        np.ones(len(now), dtype=bool),
        suffixes={"2024": "", "zones": "_zones"},
        sectors=SECTORS,
        sizes=SIZES,
    )
    assert sorted(static.rglob("*")) == written
    return base, own, published, now


def content(layers) -> dict:
    return json.loads(layers.own)


def test_each_establishment_has_one_place_and_the_published_ones_keep_theirs(made):
    base, own, _published, now = made
    assert own.total == base.total + 2
    assert own.folder == base.version
    assert own.version != base.version
    kept = own.positions[1:-1]
    assert (kept == base.positions[2:]).all()
    assert sorted(own.positions.tolist()) == [
        place for place in range(own.total) if own.rows[place] >= 0
    ]
    assert (own.rows[own.positions] == np.arange(len(now))).all()
    # The one that closed and the place that the moved one has left are nobody's.
    gone = [int(base.positions[0]), int(base.positions[1])]
    assert own.rows[gone].tolist() == [-1, -1]
    assert read_click(click(gone[0]), own) is None
    assert read_click(click(int(own.positions[0])), own).row == 0


def click(point: int) -> dict:
    return {"last_active_drawing": {"properties": {"clic": 1, "point": point}}}


def test_only_what_is_ones_own_is_sent(made):
    base, own, _, now = made
    sent = content(own)
    assert sent["total"] == own.total
    assert sent["codes"] == ["Z1", "Z2"]
    files = sent["files"]
    points = [file for name, file in files.items() if name.startswith("points-")]
    names = [one for file in points for one in file["names"]]
    assert sorted(names) == sorted(now["denomination"].iloc[[0, -1]])
    assert sorted(file["start"] for file in points) == [base.total, base.total + 1]
    shapes = [file for name, file in files.items() if name.startswith("quartiers-")]
    assert sorted(i for file in shapes for i in file["index"]) == [
        len(base.codes),
        len(base.codes) + 1,
    ]
    told = {str(cell["id"]) for cell in sent["cells"]}
    assert all(name.partition("-")[2].removesuffix(".json") in told for name in files)
    assert [round(x / SCALE, 2) for x in accumulate(sent["lon"])] == [2.35, 7.75]


def test_ties_with_zones_are_those_of_whoever_is_there(made):
    base, own, _, now = made
    ties = content(own)["ties"]["zones"]
    inside = np.flatnonzero(now["rattachement_zones"] == "dedans")
    assert list(accumulate(ties["places"])) == sorted(own.positions[inside].tolist())
    assert set(ties["kind"]) == {1}
    assert set(ties["quartier"]) == {len(base.codes)}


def test_two_visitors_never_share_an_address(made):
    """A content's address is a hash of it: a draw stands first in it."""
    _, own, _published, _now = made
    sent = own.own[:60].decode()
    assert sent.startswith('{"cle":"')
    assert len(content(own)["cle"]) == 32
    assert own.version.endswith(content(own)["cle"])


def test_twins_are_told_apart(made):
    """Two establishments alike in all that is drawn are two places, whichever is which."""
    base, _own, published, now = made
    twice = pd.concat([now, now.iloc[[5]]], ignore_index=True)
    found = own_layers(
        base,
        published,
        gpd.GeoDataFrame(
            {"code_qp": [], "lib_qp": [], "lib_com": [], "generation": []}, geometry=[], crs=4326
        ),
        twice,
        np.ones(len(twice), dtype=bool),
        suffixes={"2024": ""},
        sectors=SECTORS,
        sizes=SIZES,
    )
    assert len(set(found.positions.tolist())) == len(twice)
    assert content(found)["ties"] == {}
    assert content(found)["codes"] == []
