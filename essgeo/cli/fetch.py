"""``fetch``."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands


def _run(asked: argparse.Namespace) -> int:
    from essgeo.cli.progress import Meter
    from essgeo.fetch.files import fetch_files
    from essgeo.text import size

    if asked.dry_run:
        return _announce(asked)
    with Meter(size) as meter:
        fetch_files(asked.out, asked.source, wanted=asked.format, progress=meter, say=meter.say)
    if not asked.source:
        for line in _by_hand():
            say(line)
    say(f"fichiers bruts : {asked.out}")
    return DONE


def _announce(asked: argparse.Namespace) -> int:
    """Say on the standard output what would be downloaded, how much, and where."""
    from essgeo.fetch.files import plan
    from essgeo.text import size

    steps = plan(asked.out, asked.source, asked.format)
    states = {"nouveau": "à télécharger", "incomplet": "à reprendre", "présent": "déjà là"}
    total = 0
    for step in steps:
        announced = step.resource.octets
        weight = "taille inconnue" if announced is None else f"environ {size(announced)}"
        there = f" ({size(step.held)} reçus)" if step.state == "incomplet" else ""
        if announced is not None and step.state != "présent":
            total += max(announced - step.held, 0)
        named = f"{step.dataset.id} : {step.dataset.titre} ({step.dataset.producteur})"
        print(f"{named}, {weight}, {states[step.state]}{there}")
        print(f"    {step.url}\n    -> {asked.out / step.resource.fichier}")
    place = next(one for one in (asked.out, *asked.out.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(place).free
    print(f"en tout : environ {size(total)} ; libre sur ce disque : {size(free)}")
    if not asked.source:
        for line in _by_hand():
            print(line)
    return DONE


def _by_hand() -> list[str]:
    """Name the sources that have no address of a file."""
    from essgeo.sources.catalogue import open_sources

    return [
        f"à prendre vous-même, facultatif : {one.titre} ({one.producteur}), {one.page}"
        for one in open_sources().values()
        if not one.ressources
    ]


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("fetch", _run, "Télécharge les données officielles.")
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")
    one.add_argument(
        "--source",
        nargs="+",
        action="extend",
        default=[],
        metavar="ID",
        help="ces sources seulement (--dry-run les nomme)",
    )
    one.add_argument(
        "--format",
        choices=("parquet", "csv"),
        default="parquet",
        help="parquet (défaut) ou CSV zippé, là où les deux existent",
    )
    one.add_argument(
        "--dry-run",
        action="store_true",
        help="dit ce qui serait téléchargé, combien et où, sans rien demander au réseau",
    )
