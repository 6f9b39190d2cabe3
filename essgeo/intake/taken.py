"""What comes out of a visitor's file: a table of texts, and what was found on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from essgeo.errors import DataError

if TYPE_CHECKING:
    from essgeo.readers.raw import Raw
    from essgeo.readers.report import Problem


class ProjectionError(DataError):
    """A file of shapes does not say how its coordinates are written, or says it wrong.

    Parameters
    ----------
    message
        As for any `DataError`.
    projections
        Keys of the readings that would put more than half of the shapes in France, best first
        (see `essgeo.intake.proposals`): what the visitor may choose among, as ``read_as`` of
        `read_table` and `read_zones`.
    """

    def __init__(self, message: str, projections: tuple[str, ...]) -> None:
        super().__init__(message)
        self.projections = projections


@dataclass(frozen=True)
class Taken:
    """A list as its owner gave it.

    Parameters
    ----------
    raw
        Its cells as text. Names of columns are unique and not empty; shapes are points in WGS84
        degrees, or there are none.
    problems
        What was found, in order: one French line each, without the file's name.
    name
        Name of the file as given, made printable.
    sha256
        Fingerprint of its bytes.
    original_names
        Names of the columns as written, where two may be the same and some empty.
    totals
        Positions of the rows that are totals of others, or notes at the foot: kept in the table,
        matched with nothing.
    """

    raw: Raw
    problems: tuple[Problem, ...]
    name: str
    sha256: str
    original_names: tuple[str, ...] = ()
    totals: tuple[int, ...] = ()

    @property
    def sheets(self) -> tuple[str, ...]:
        """Sheets of the workbook that hold a table; ``raw.sheet`` is the one that was read."""
        return self.raw.sheets
