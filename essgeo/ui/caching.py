"""Results kept for all visitors; those of a visitor's own data, for him alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from essgeo.atlas import Atlas
from essgeo.text import fold

_T = TypeVar("_T")
_P = ParamSpec("_P")

#: The caches of sessions, to be emptied when a visitor forgets his data.
_own: list[Any] = []


def by_atlas(
    *, max_entries: int, show_spinner: bool | str = False
) -> Callable[[Callable[Concatenate[Atlas, str, _P], _T]], Callable[Concatenate[Atlas, _P], _T]]:
    """Keep what a function makes of an atlas: for all visitors, or for this session alone.

    What is made of a private atlas stays in the session, and goes with it. Results are shared:
    they must not be changed.

    Parameters
    ----------
    max_entries
        Results kept, for all visitors and again in each session that has a private atlas.
    show_spinner
        What is said while one is made.

    Returns
    -------
    decorator
        Of a function of ``_atlas``, of ``fingerprint`` (which tells two atlases apart in the
        cache, and is given by the decorator), and of what Streamlit can read to tell results
        apart; parameters whose name begins with an underscore do not.
    """

    def decorate(
        make: Callable[Concatenate[Atlas, str, _P], _T],
    ) -> Callable[Concatenate[Atlas, _P], _T]:
        options: dict[str, Any] = {"max_entries": max_entries, "show_spinner": show_spinner}
        everyone = st.cache_resource(**options)(make)
        alone = st.cache_resource(scope="session", **options)(make)
        _own.append(alone)
        # Streamlit reads the signature of the function anew for each argument without its name.
        names = tuple(signature(make).parameters)

        @wraps(make)
        def found(atlas: Atlas, /, *more: _P.args, **named: _P.kwargs) -> _T:
            given = dict(zip(names, (atlas, atlas.folder.fingerprint, *more), strict=False))
            kept: Callable[..., Any] = everyone
            if atlas.folder.private:
                # A file made as it is downloaded is made outside of any session.
                kept = make if get_script_run_ctx(suppress_warning=True) is None else alone
            return cast("_T", kept(**given, **named))

        return found

    return decorate


def forget() -> None:
    """Forget what this session has kept of private atlases, and the names folded for it."""
    for cache in _own:
        cache.clear()
    fold.cache_clear()
