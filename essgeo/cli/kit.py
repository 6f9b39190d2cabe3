"""``kit``."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from essgeo.cli.console import DONE, say, selection_of
from essgeo.cli.own import add_own, with_own
from essgeo.cli.parser import Commands
from essgeo.errors import UsageError


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports.kit import write_kit

    if asked.out.suffix.lower() != ".zip":
        raise UsageError(f"{asked.out} : donnez un fichier .zip avec --out.")
    atlas = with_own(asked)
    files = write_kit(
        atlas,
        selection_of(asked, atlas),
        asked.out,
        made=date.today(),  # noqa: DTZ011 - the day of the person at the keyboard
        progress=lambda said, rank, total: say(f"{rank}/{total} : {said}"),
    )
    say(f"{files} fichiers écrits : {asked.out}")
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("kit", _run, "Écrit tout ce qu'un séminaire emporte.", data=True)
    add_own(one)
    one.add_argument("--select", required=True, metavar="REQUETE", help="vide : toute la France")
    one.add_argument("--out", required=True, type=Path, metavar="F.zip")
