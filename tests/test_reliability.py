"""The quality of a selection's figures, counted by hand (tests/small.py)."""

from pathlib import Path

import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.indicators.flags import flags
from essgeo.indicators.reliability import Reliability, reliability
from essgeo.selection import parse
from tests.small import manifest, tables, write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "d"))


def of(atlas: Atlas, query: str) -> Reliability:
    return reliability(atlas, parse(query).selection, flags(atlas))


def test_headcounts_and_certainty_are_counted(atlas: Atlas) -> None:
    found = of(atlas, "quartier=QN06701M")
    assert (found.count.count, found.headcount_unknown, found.band_open) == (3, 0, 1)
    assert found.certitude == {"sur": 3, "probable": 0, "incertain": 0}
    assert found.qualities == {"11": 3}
    assert found.edge.tolist() == []
    assert of(atlas, "quartier=QN06702I").headcount_unknown == 1


def test_what_is_left_out_for_doubt_is_told(atlas: Atlas) -> None:
    found = of(atlas, "quartier=QN03501N")
    # « Perdue » stands there and says Strasbourg.
    assert found.certitude == {"sur": 1, "probable": 0, "incertain": 1}
    assert found.count.count == 1


def test_those_at_the_edge_are_listed_nearest_first(tmp_path: Path) -> None:
    content = tables()
    points = content["etablissements"]
    # The western edge of « Ouest » is at 7.70; 0.00005° is 4 m, quality 11 is good to 10 m.
    points.loc[points["denomination"] == "Aide 1", "longitude"] = "7.70008"
    points.loc[points["denomination"] == "Aide 2", "longitude"] = "7.69995"
    points.loc[points["denomination"] == "Grande", "longitude"] = "7.7003"
    points["annee_effectifs"] = ["2022", "", "2021", *[""] * 8, "2021"]
    write_folder(tmp_path / "d", content, manifest())
    atlas = open_atlas(tmp_path / "d")
    found = of(atlas, "quartier=QN06701M")
    assert atlas.points["denomination"].iloc[found.edge].tolist() == ["Aide 2", "Aide 1"]
    assert (found.count.low, found.count.count, found.count.high) == (1, 2, 3)
    assert found.years == ("2021", "2022")


def test_a_selection_of_what_is_near_has_no_edge(atlas: Atlas) -> None:
    found = of(atlas, "quartier=QN06702I&rattachement=proche")
    assert found.edge.tolist() == []
    assert (found.count.count, found.count.low) == (1, None)


def test_an_empty_selection_is_all_zeros(atlas: Atlas) -> None:
    found = of(atlas, "quartier=QN06701M&secteur=sante")
    assert found.count.count == 0
    assert (found.shared, found.seats, found.years) == (0, 0, ())
    assert set(found.certitude.values()) == {0}
