"""``join``."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands
from essgeo.settings import BAND_M
from essgeo.text import one_line


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports.joined import join_files

    done = join_files(
        asked.quartiers,
        asked.etablissements,
        asked.out,
        band=asked.band,
        generation=asked.generation,
    )
    for line in done:
        say(line)
    return DONE


def width(text: str) -> float:
    """Read the width of a band, in metres."""
    try:
        metres = float(text.replace(",", "."))
    except ValueError:
        metres = math.nan
    if not 0 <= metres <= 5000:
        raise argparse.ArgumentTypeError(
            f"un nombre de mètres de 0 à 5000 est attendu, pas « {one_line(text, 40)} »"
        )
    return metres


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("join", _run, "Rattache des établissements aux quartiers.")
    one.add_argument("--quartiers", required=True, type=Path, metavar="Q")
    one.add_argument("--etablissements", required=True, type=Path, metavar="E")
    one.add_argument("--out", required=True, type=Path, metavar="F")
    one.add_argument("--band", type=width, default=BAND_M, help="largeur de la bande, en mètres")
    one.add_argument("--generation", help="2015 ou 2024, quand Q tient les deux")
