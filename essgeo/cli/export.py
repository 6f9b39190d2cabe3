"""``export``."""

from __future__ import annotations

import argparse
from pathlib import Path

from essgeo.cli.console import DONE, say, selection_of
from essgeo.cli.own import add_own, with_own
from essgeo.cli.parser import Commands


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports import export

    atlas = with_own(asked)
    rows = export(atlas, selection_of(asked, atlas), asked.out, excel=asked.excel)
    say(f"{rows} établissement(s) écrit(s) : {asked.out} (et {asked.out.name}.meta.json)")
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("export", _run, "Écrit les établissements d'une sélection.", data=True)
    add_own(one)
    one.add_argument("--select", default="", metavar="REQUETE")
    one.add_argument("--out", required=True, type=Path, metavar="F")
    one.add_argument("--excel", action="store_true", help="CSV pour Excel français")
