"""``build``."""

from __future__ import annotations

import argparse
from pathlib import Path

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands


def _run(asked: argparse.Namespace) -> int:
    from essgeo.build import build_from_files
    from essgeo.exports.joined import account

    done = build_from_files(
        asked.quartiers,
        asked.etablissements,
        asked.out,
        population=asked.population,
        secret=asked.secret,
    )
    for report in done.reports:
        for problem in report.problems:
            say(f"{report.path.name} : {problem.message}")
    for note in done.manifest.notes:
        say(note)
    for generation, result in done.joins.items():
        for line in account(result, generation):
            say(line)
    say(f"dossier de données écrit : {asked.out}")
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("build", _run, "Fait un dossier de données.")
    one.add_argument("--quartiers", required=True, type=Path, metavar="Q")
    one.add_argument("--etablissements", required=True, type=Path, metavar="E")
    one.add_argument("--population", type=Path, metavar="P")
    one.add_argument(
        "--secret",
        action="store_true",
        help="établissements sous secret statistique : seuls des totaux seront donnés",
    )
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")
