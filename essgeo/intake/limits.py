"""How much of a visitor's file is read: bytes, rows, columns, outlines, time and memory."""

from __future__ import annotations

from dataclasses import dataclass

from essgeo.settings import SETTINGS


@dataclass(frozen=True)
class Limits:
    """What one file may be and cost.

    Parameters
    ----------
    octets
        Size of the file, in bytes.
    rows
        Rows of a list, or zones of a file of zones.
    columns
        Columns of either.
    vertices
        Points of all the outlines together.
    seconds
        Time of the clock, and of the processor, before the reading is given up.
    memory
        Address space of the process that reads, in bytes.
    """

    octets: int
    rows: int
    columns: int
    vertices: int
    seconds: float
    memory: int

    @property
    def unpacked(self) -> int:
        """Bytes that an archive may hold once open: workbooks shrink about ten times."""
        return 10 * self.octets


def list_limits() -> Limits:
    """Return the limits in force for lists (see the settings)."""
    return _limits("ESSGEO_DEPOT_LIGNES")


def zone_limits() -> Limits:
    """Return the limits in force for zones."""
    return _limits("ESSGEO_DEPOT_ZONES")


def together() -> int:
    """Return how many files are read at the same time at most."""
    return max(1, int(_number("ESSGEO_DEPOT_ENSEMBLE")))


def _limits(rows: str) -> Limits:
    return Limits(
        octets=int(_number("ESSGEO_DEPOT_MO") * 1_000_000),
        rows=int(_number(rows)),
        columns=int(_number("ESSGEO_DEPOT_COLONNES")),
        vertices=int(_number("ESSGEO_DEPOT_SOMMETS")),
        seconds=_number("ESSGEO_DEPOT_SECONDES"),
        memory=int(_number("ESSGEO_DEPOT_MEMOIRE_MO") * 1_000_000),
    )


def _number(name: str) -> float:
    """Read a setting that is a number; what is none, or not above 0, leaves its default."""
    setting = SETTINGS[name]
    try:
        value = float(setting.read().replace(",", "."))
    except ValueError:
        return float(setting.default)
    return value if 0 < value < float("inf") else float(setting.default)
