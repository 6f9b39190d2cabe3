"""What depends on a data folder and on a generation of outlines only: computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from essgeo.atlas import Atlas

_T = TypeVar("_T")


def once(compute: Callable[[Atlas, str], _T]) -> Callable[[Atlas, str], _T]:
    """Keep what a function of an atlas and of a generation's name returns, as long as the atlas.

    Results are shared: they must not be changed.
    """
    kept: WeakKeyDictionary[Atlas, dict[str, _T]] = WeakKeyDictionary()

    @wraps(compute)
    def found(atlas: Atlas, generation: str) -> _T:
        of_atlas = kept.setdefault(atlas, {})
        if generation not in of_atlas:
            of_atlas[generation] = compute(atlas, generation)
        return of_atlas[generation]

    return found
