"""Files of unknown make -> the contract's columns, safely.

What is listed here is imported when it is first asked for: a process that reads one CSV starts
without the libraries of maps.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from essgeo.readers.etablissements import read_etablissements
    from essgeo.readers.inspection import inspect
    from essgeo.readers.population import read_population
    from essgeo.readers.quartiers import read_quartiers
    from essgeo.readers.report import FileReport, Problem, Reading

__all__ = [
    "FileReport",
    "Problem",
    "Reading",
    "inspect",
    "read_etablissements",
    "read_population",
    "read_quartiers",
]

_WHERE = {
    "FileReport": "report",
    "Problem": "report",
    "Reading": "report",
    "inspect": "inspection",
    "read_etablissements": "etablissements",
    "read_population": "population",
    "read_quartiers": "quartiers",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _WHERE:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
