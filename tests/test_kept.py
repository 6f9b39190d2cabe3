"""What is computed once for an atlas."""

from functools import partial
from pathlib import Path

import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.indicators import kept
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
