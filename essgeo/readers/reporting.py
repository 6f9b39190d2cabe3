"""The report of a file, once read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from essgeo.readers.crs import label
from essgeo.readers.raw import Raw
from essgeo.readers.report import FileReport, Journal, Kind


def make_report(
    raw: Raw,
    journal: Journal,
    *,
    kind: Kind,
    used: dict[str, int],
    extent: Sequence[float] | npt.NDArray[np.float64] | None = None,
    generation: str = "",
) -> FileReport:
    """Gather what a raw file says of itself and what the journal collected.

    Parameters
    ----------
    extent
        West, south, east, north in degrees; left out when it holds a missing value.
    """
    box = None
    if extent is not None and np.isfinite(extent).all():
        west, south, east, north = (float(side) for side in extent)
        box = (west, south, east, north)
    return FileReport(
        path=journal.path,
        kind=kind,
        format=raw.format,
        encoding=raw.encoding,
        separator=raw.separator,
        rows=len(raw.source),
        crs=label(raw.crs) or raw.crs_label,
        extent=box,
        generation=generation,
        columns={column: str(raw.source.columns[place]) for column, place in used.items()},
        problems=tuple(journal.problems),
        repairs=dict(journal.repairs),
    )
