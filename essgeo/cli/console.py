"""What commands share: what they say, open, and print."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

import pandas as pd

from essgeo.errors import DataError
from essgeo.settings import data_folder
from essgeo.text import one_line

DONE, DATA_AT_FAULT, WRONG_USAGE = 0, 1, 2


def say(text: str) -> None:
    """Write a line on the error output."""
    print(text, file=sys.stderr, flush=True)


def degrade(error: UnicodeError) -> tuple[str, int]:
    """Write what a console cannot: a Windows one in cp1252 has no narrow no-break space."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    return "".join(" " if char.isspace() else "?" for char in failed), error.end


def opened_atlas(asked: argparse.Namespace) -> Any:
    """Open the data folder that was asked for, and say what there is to know of it."""
    from essgeo.atlas import open_atlas

    atlas = open_atlas(asked.data or data_folder())
    for warning in atlas.folder.warnings:
        say(f"avertissement : {warning}")
    if atlas.manifest.simulated:
        say("avertissement : données simulées, pour la démonstration seulement.")
    return atlas


def selection_of(asked: argparse.Namespace, atlas: Any) -> Any:
    """Read ``--select``; what it names and the data does not know is an error."""
    from essgeo.selection import parse

    parsed = parse(asked.select)
    problems = [*parsed.problems, *atlas.resolve(parsed.selection).unknown]
    if problems:
        raise DataError(f"--select : {problems[0]}.")
    return parsed.selection


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into JSON rows: whole numbers without a point, what is not known as null."""
    return [
        {str(key): _json_value(value) for key, value in row.items()}
        for row in table.to_dict(orient="records")
    ]


def _json_value(value: Any) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else round(value, 4)
    return value


def as_text(table: pd.DataFrame) -> str:
    """Lay a table out for a screen: French numbers, texts on one line, columns to the right."""
    from essgeo.exports.tables import DECIMALS
    from essgeo.text import number

    columns = []
    for name, values in table.items():
        # As a list: cells of an Arrow column are slow to come by one at a time.
        if pd.api.types.is_numeric_dtype(values):
            decimals = min(DECIMALS.get(str(name), 0), 3)
            cells = [number(value, decimals) for value in values.tolist()]
        else:
            texts = values.where(values.notna(), "").tolist()
            cells = [one_line(str(value), 40) for value in texts]
        columns.append(_aligned([str(name), *cells]))
    return "\n".join(" ".join(cells) for cells in zip(*columns, strict=True))


def _aligned(cells: list[str]) -> list[str]:
    """Align a name and its texts to the right; pandas, which does more, takes far longer."""
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]
