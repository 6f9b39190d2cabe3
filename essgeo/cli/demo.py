"""``demo``."""

from __future__ import annotations

import argparse
from pathlib import Path

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands


def _run(asked: argparse.Namespace) -> int:
    from essgeo import demo

    demo.write(asked.out, **({} if asked.seed is None else {"seed": asked.seed}))
    say(f"démonstration écrite (données simulées) : {asked.out}")
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("demo", _run, "Écrit la démonstration (données simulées).")
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")
    one.add_argument("--seed", type=int)
