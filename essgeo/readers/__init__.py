"""Files of unknown make -> the contract's columns, safely."""

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
