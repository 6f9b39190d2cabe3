"""What depends on a data folder and on little else: computed once, as long as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from essgeo.atlas import Atlas

_T = TypeVar("_T")
_P = ParamSpec("_P")

#: Results that :func:`recent` keeps for each function and atlas, unless told otherwise.
RECENT = 128


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


def recent(
    compute: Callable[Concatenate[Atlas, _P], _T], most: int = RECENT
) -> Callable[Concatenate[Atlas, _P], _T]:
    """Keep the last results of a function of an atlas and of hashable values, ``most`` an atlas.

    Results are shared: they must not be changed.
    """
    kept: WeakKeyDictionary[Atlas, dict[Hashable, _T]] = WeakKeyDictionary()

    @wraps(compute)
    def found(atlas: Atlas, /, *given: _P.args, **named: _P.kwargs) -> _T:
        of_atlas = kept.setdefault(atlas, {})
        key = (given, tuple(named.items()))
        try:
            # Put back at the end: the first ones are those that nobody asks for any more.
            result = of_atlas.pop(key)
        except KeyError:
            result = compute(atlas, *given, **named)
            while len(of_atlas) >= most:
                of_atlas.pop(next(iter(tuple(of_atlas)), None), None)
        of_atlas[key] = result
        return result

    return found
