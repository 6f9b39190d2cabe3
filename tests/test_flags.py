"""Shared addresses and head offices, counted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.indicators.flags import flags
from tests.small import manifest, tables

#: siret, est_siege, statut_diffusion, longitude, latitude, qualite_xy
ROWS = [
    # Three structures at one point, one of them twice.
    ("11111111100018", "true", "O", 7.703, 48.575, "11"),
    ("22222222200014", "false", "O", 7.703, 48.575, "11"),
    ("33333333300015", "", "O", 7.703, 48.575, ""),
    ("11111111100026", "false", "O", 7.703, 48.575, "11"),
    # Alone, head office of nothing else.
    ("44444444400016", "true", "O", 7.704, 48.575, "11"),
    # At the same point as the next one, which was drawn at random in its street.
    ("55555555500012", "", "O", 7.705, 48.575, "11"),
    ("66666666600013", "", "O", 7.705, 48.575, "12"),
    # At the same point as the next one, whose address is masked.
    ("77777777700014", "", "O", 7.706, 48.575, "11"),
    ("88888888800015", "", "P", 7.706, 48.575, "11"),
    # One metre and a half away from the first ones.
    ("99999999900016", "", "O", 7.70302, 48.575, "11"),
    # No position, no SIREN.
    ("10101010100017", "", "O", float("nan"), float("nan"), ""),
    ("", "true", "O", 7.703, 48.575, "11"),
]


EVERYONE = np.arange(len(ROWS))


def opened(path: Path, rows: list[tuple[object, ...]]) -> Atlas:
    names = ("siret", "est_siege", "statut_diffusion", "longitude", "latitude", "qualite_xy")
    points = pd.DataFrame(rows, columns=list(names))
    points["denomination"] = "X"
    write_folder(path, tables() | {"etablissements": points}, manifest())
    return open_atlas(path)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return opened(tmp_path_factory.mktemp("signes") / "d", ROWS)


def test_structures_at_one_point_are_counted_once_each(atlas: Atlas) -> None:
    assert flags(atlas).sharing.tolist() == [3, 3, 3, 3, 1, 1, 0, 1, 0, 1, 0, 0]
    assert np.flatnonzero(flags(atlas).shared(EVERYONE)).tolist() == [0, 1, 2, 3]


def test_a_head_office_is_flagged_when_its_structure_has_other_sites(atlas: Atlas) -> None:
    found = flags(atlas)
    assert found.sites.tolist() == [2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 0]
    assert np.flatnonzero(found.seat).tolist() == [0, 4, 11]
    assert np.flatnonzero(found.several_sites(EVERYONE)).tolist() == [0]


def test_flags_are_said_in_words(atlas: Atlas) -> None:
    said = [text.replace("\u00a0", " ") for text in flags(atlas).texts(np.array([0, 1, 4, 11]))]
    assert said == [
        "même point que 2 autres structures ; siège de 2 établissements",
        "même point que 2 autres structures",
        "",
        "",
    ]


def test_nothing_known_flags_nothing(tmp_path: Path) -> None:
    rows = [("", "", "", 7.703, 48.575, ""), ("", "", "", 7.703, 48.575, "")]
    found = flags(opened(tmp_path / "d", rows))
    assert not found.shared(EVERYONE[:2]).any()
    assert not found.several_sites(EVERYONE[:2]).any()
    assert found.sites.tolist() == [0, 0]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_order_of_the_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(ROWS))))
    atlas = opened(tmp_path_factory.mktemp("ordre") / "d", [ROWS[place] for place in order])
    found = flags(atlas)
    expected = [3, 3, 3, 3, 1, 1, 0, 1, 0, 1, 0, 0]
    assert found.sharing.tolist() == [expected[place] for place in order]
