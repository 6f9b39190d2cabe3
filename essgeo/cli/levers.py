"""``leviers``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from essgeo.cli.console import DONE, as_text, opened_atlas, say, selection_of
from essgeo.cli.parser import Commands
from essgeo.errors import UsageError
from essgeo.settings import data_folder


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import lever_frame, lever_records
    from essgeo.levers import open_catalogue

    catalogue = open_catalogue(asked.data or data_folder())
    if asked.quartier or asked.select is not None:
        return _diagnosis(asked, catalogue)
    if asked.format == "json":
        print(json.dumps(lever_records(catalogue), ensure_ascii=False, indent=2))
    elif asked.format == "csv":
        sys.stdout.write(csv_bytes(lever_frame(catalogue)).decode("utf-8"))
    else:
        print(as_text(lever_frame(catalogue)[["id", "nature", "famille", "titre", "vigueur"]]))
    return DONE


def _diagnosis(asked: argparse.Namespace, catalogue: Any) -> int:
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import lead_frame, lead_records
    from essgeo.levers.diagnosis import Diagnosis
    from essgeo.levers.rules import open_rules

    if asked.quartier and asked.select is not None:
        raise UsageError("--quartier et --select ne vont pas ensemble.")
    atlas = opened_atlas(asked)
    asked.select = f"quartier={asked.quartier}" if asked.quartier else asked.select
    resolved = atlas.resolve(selection_of(asked, atlas))
    found = Diagnosis(atlas, open_rules(catalogue), resolved.generation.name)
    leads = found.leads(asked.quartier) if asked.quartier else found.leads_of(resolved.quartiers)
    for levier, lacking in found.silent().items():
        say(f"non évalué : {levier} ; il manque : {', '.join(lacking)}.")
    if asked.format == "json":
        print(json.dumps(lead_records(leads), ensure_ascii=False, indent=2))
    elif asked.format == "csv":
        sys.stdout.write(csv_bytes(lead_frame(catalogue, leads)).decode("utf-8"))
    else:
        print(resolved.sentence)
        for lead in leads:
            title = catalogue.leviers[lead.levier].titre
            print(f"{lead.rang}. {title} ({lead.levier})")
            for reason in lead.raisons:
                print(f"   - {reason.texte}")
        if not leads:
            print("Aucune piste : aucun chiffre ne se distingue de ceux des quartiers semblables.")
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add(
        "leviers",
        _run,
        "Donne les leviers d'une collectivité, ou les pistes d'un quartier.",
        data=True,
    )
    one.add_argument("--quartier", metavar="CODE", help="pistes à discuter pour un quartier")
    one.add_argument("--select", metavar="REQUETE", help="pistes pour les quartiers choisis")
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")
