"""What is computed once for an atlas."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.indicators import kept
from essgeo.indicators.precision import firm_and_possible
from essgeo.indicators.summary import _looked_at
from essgeo.selection import parse
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "d"))


def test_the_last_results_are_kept_and_the_oldest_forgotten(
    atlas: Atlas,
) -> None:
    asked: list[int] = []

    @partial(kept.recent, most=2)
    def double(atlas: Atlas, number: int) -> int:
        asked.append(number)
        return 2 * number

    assert [double(atlas, number) for number in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    # 2 was asked for before 1 when 3 came: it is the one forgotten.
    assert asked == [1, 2, 3, 2]


def test_an_atlas_has_its_own_results(atlas: Atlas, tmp_path: Path) -> None:
    other = open_atlas(write_small(tmp_path / "d"))
    asked: list[Atlas] = []

    @kept.recent
    def size(atlas: Atlas) -> int:
        asked.append(atlas)
        return len(atlas)

    assert size(atlas) == size(other) == size(atlas)
    assert asked == [atlas, other]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "region=44",
        "departement=67",
        "region=44&employeurs=tous&rattachement=dedans,proche,hors",
        "quartier=QN06701M&secteur=action-sociale",
        "commune=67482&certitude=sur",
    ],
)
def test_a_territory_takes_of_what_all_hold_what_its_own_mask_says(
    atlas: Atlas, query: str
) -> None:
    resolved = atlas.resolve(parse(query).selection)
    selection = resolved.selection
    around = atlas.mask(selection.with_(rattachement=("proche",)))
    wanted = [resolved.mask, around, *(firm_and_possible(atlas, selection) or ())]
    found = _looked_at(atlas, selection)
    assert len(found) == len(wanted)
    for rows, mask in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(rows, np.flatnonzero(mask))
