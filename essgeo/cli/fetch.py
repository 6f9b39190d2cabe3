"""``fetch``."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands

if TYPE_CHECKING:
    from essgeo.sources.territory import Territory

#: Territory that may be asked for -> what its code is.
_LEVELS = {
    "departement": "l'ESS de ce département (67), par l'API Recherche d'entreprises",
    "epci": "celle de cet EPCI (son SIREN)",
    "commune": "celle de cette commune (son code Insee)",
    "region": "celle de cette région (son code Insee)",
}
#: What goes with a territory: its neighbourhoods cannot be known without their outlines.
_WITH_TERRITORY = ("qpv-2024",)


def _run(asked: argparse.Namespace) -> int:
    from essgeo.cli.progress import Meter
    from essgeo.fetch.files import fetch_files
    from essgeo.text import size

    where = _territory(asked)
    ids = _WITH_TERRITORY if where else asked.source
    if asked.dry_run:
        return _announce(asked, where, ids)
    with Meter(size) as meter:
        fetch_files(asked.out, ids, wanted=asked.format, progress=meter, say=meter.say)
    if where:
        from essgeo.fetch.territory import fetch_territory

        with Meter() as meter:
            fetch_territory(where, asked.out, progress=meter, say=meter.say)
    elif not asked.source:
        for line in _by_hand():
            say(line)
    say(f"fichiers bruts : {asked.out}")
    return DONE


def _territory(asked: argparse.Namespace) -> Territory | None:
    """Return the territory asked for, if any."""
    from essgeo.errors import UsageError
    from essgeo.sources.territory import LEVELS, territory

    for level in LEVELS:
        code: str | None = getattr(asked, level)
        if code is not None:
            if asked.source:
                raise UsageError(
                    f"--source choisit parmi les fichiers nationaux, --{level} demande un "
                    "territoire : donnez l'un ou l'autre."
                )
            return territory(level, code)
    return None


def _announce(asked: argparse.Namespace, where: Territory | None, ids: Collection[str]) -> int:
    """Say on the standard output what would be downloaded, how much, and where."""
    from essgeo.fetch.files import plan
    from essgeo.text import size

    steps = plan(asked.out, ids, asked.format)
    states = {"nouveau": "à télécharger", "incomplet": "à reprendre", "présent": "déjà là"}
    total, unknown = 0, where is not None
    for step in steps:
        announced = step.resource.octets
        weight = "taille inconnue" if announced is None else f"environ {size(announced)}"
        there = f" ({size(step.held)} reçus)" if step.state == "incomplet" else ""
        if step.state != "présent":
            total += max((announced or 0) - step.held, 0)
            unknown = unknown or announced is None
        named = f"{step.dataset.id} : {step.dataset.titre} ({step.dataset.producteur})"
        print(f"{named}, {weight}, {states[step.state]}{there}")
        print(f"    {step.url}\n    -> {asked.out / step.resource.fichier}")
    if where:
        from essgeo.fetch.http import base_address
        from essgeo.sources import recherche_entreprises as api
        from essgeo.sources.proof import PAGES_FILE

        print(f"{where} : {api.TITRE} ({api.EDITEUR}), taille inconnue avant d'avoir demandé")
        print(f"    {base_address('ESSGEO_SITE_API')}/search\n    -> {asked.out / PAGES_FILE}")
    place = next(one for one in (asked.out, *asked.out.absolute().parents) if one.is_dir())
    free = size(shutil.disk_usage(place).free)
    weight = f"environ {size(total)}"
    if unknown:
        weight = f"{weight}, sans ce dont la taille est inconnue" if total else "taille inconnue"
    print(f"en tout : {weight} ; libre sur ce disque : {free}")
    if not asked.source and not where:
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
    where = one.add_mutually_exclusive_group()
    for level, words in _LEVELS.items():
        where.add_argument(f"--{level}", metavar="CODE", help=words)
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
