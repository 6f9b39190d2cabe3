"""What a person adds to the data folder from the command line: own zones, corrections."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from essgeo.cli.console import opened_atlas, say
from essgeo.errors import DataError


def with_own(asked: argparse.Namespace) -> Any:
    """Open the data folder that was asked for, with ``--zones`` and ``--corrections`` over it."""
    atlas = opened_atlas(asked)
    if asked.zones is None and asked.corrections is None:
        return atlas
    from essgeo.owndata.corrections import read_corrections
    from essgeo.owndata.overlay import overlaid
    from essgeo.owndata.zones import read_zones_file

    zones = corrections = None
    if asked.zones is not None:
        zones = read_zones_file(read_bytes(asked.zones), asked.zones.name)
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
        "--corrections", type=Path, metavar="F", help="corrections de terrain (CSV, XLSX)"
    )
