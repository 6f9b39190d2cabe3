"""What a person adds to the data folder from the command line: own zones, corrections."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from essgeo.cli.console import opened_atlas, say
from essgeo.errors import DataError, UsageError

File = TypeVar("File")


def with_own(asked: argparse.Namespace) -> Any:
    """Open the data folder that was asked for, with ``--zones`` and ``--corrections`` over it."""
    atlas = opened_atlas(asked)
    if asked.zones is None and asked.projection_zones is not None:
        raise UsageError("--projection-zones ne va qu'avec --zones.")
    if asked.zones is None and asked.corrections is None:
        return atlas
    from essgeo.owndata.corrections import read_corrections
    from essgeo.owndata.overlay import overlaid
    from essgeo.owndata.zones import read_zones_file

    zones = corrections = None
    if asked.zones is not None:
        zones = read_as(
            partial(read_zones_file, read_bytes(asked.zones), asked.zones.name),
            asked.projection_zones,
            "--projection-zones",
        )
        for line in (*(one.message for one in zones.problems), *zones.notes):
            say(f"{zones.name} : {line}")
        say("vos zones se choisissent avec --select generation=zones.")
    if asked.corrections is not None:
        corrections = read_corrections(atlas, read_bytes(asked.corrections), asked.corrections.name)
        for line in (*corrections.said, *corrections.notes, *corrections.details):
            say(f"{corrections.name} : {line}")
        for one in corrections.refused:
            say(f"{corrections.name} : correction refusée, {one}.")
    return overlaid(atlas, zones, corrections)


def read_as(read: Callable[..., File], answer: str | None, option: str) -> File:
    """Read a file of shapes; where its coordinates are doubtful, as the option answers.

    Raises
    ------
    DataError
        They are doubtful and the option does not say what they are.
    """
    from essgeo.intake import ProjectionError

    if answer is not None:
        return read(read_as=answer)
    try:
        return read()
    except ProjectionError as error:
        known = ", ".join(error.projections)
        raise DataError(f"{error} Répondez avec {option} CLE ({known}).") from None


def read_bytes(path: Path) -> bytes:
    """Read a person's file whole."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path} : lecture impossible ({error.strerror}) ; vérifiez le chemin."
        ) from error


def add_own(command: argparse.ArgumentParser) -> None:
    """Declare the options of :func:`with_own`."""
    command.add_argument(
        "--zones",
        type=Path,
        metavar="F",
        help="vos zones (GeoJSON, GeoPackage, shapefile zippé), avec --select generation=zones",
    )
    command.add_argument(
        "--projection-zones",
        metavar="CLE",
        help="comment lire les coordonnées de vos zones (2154, 4326-inverse…)",
    )
    command.add_argument(
        "--corrections", type=Path, metavar="F", help="corrections de terrain (CSV, XLSX)"
    )
