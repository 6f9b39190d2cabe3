"""``leviers``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from essgeo.cli.console import DONE, as_text, records, say, selection_of
from essgeo.cli.own import add_own, with_own
from essgeo.cli.parser import Commands
from essgeo.errors import UsageError
from essgeo.settings import data_folder


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import lever_frame, lever_records
    from essgeo.levers import open_catalogue

    if asked.quartier and asked.select is not None:
        raise UsageError("--quartier et --select ne vont pas ensemble.")
    if asked.changements and not asked.regles:
        raise UsageError("--changements compare un fichier de règles aux nôtres : donnez --regles.")
    chosen = asked.quartier or asked.select is not None
    if asked.regles and not (chosen or asked.changements):
        raise UsageError("--regles demande --quartier, --select ou --changements.")
    if (asked.zones or asked.corrections) and not chosen:
        raise UsageError("--zones et --corrections demandent --quartier ou --select.")
    catalogue = open_catalogue(asked.data or data_folder())
    if asked.changements:
        return _changes(asked, catalogue)
    if chosen:
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

    rules = _rules(asked, catalogue)
    atlas, resolved = _chosen(asked)
    found = Diagnosis(atlas, rules, resolved.generation.name)
    leads = found.leads(asked.quartier) if asked.quartier else found.leads_of(resolved.quartiers)
    _silent(found)
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


def _changes(asked: argparse.Namespace, catalogue: Any) -> int:
    """Say where the leads of another file of rules differ from those of ours."""
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import change_frame
    from essgeo.levers.diagnosis import Diagnosis
    from essgeo.levers.rules import open_rules

    rules = _rules(asked, catalogue)
    atlas, resolved = _chosen(asked)
    ours, theirs = (
        Diagnosis(atlas, one, resolved.generation.name) for one in (open_rules(catalogue), rules)
    )
    _silent(theirs)
    changes = ours.changes(theirs, resolved.quartiers)
    table = change_frame(catalogue, changes, atlas.manifest.nature)
    if asked.format == "json":
        print(json.dumps(records(table), ensure_ascii=False, indent=2))
    elif asked.format == "csv":
        sys.stdout.write(csv_bytes(table).decode("utf-8"))
    else:
        print(resolved.sentence)
        moved = table[(table["gagnes"] > 0) | (table["perdus"] > 0)]
        if moved.empty:
            print("Ces règles ne changent rien : chaque piste répond aux mêmes quartiers.")
        else:
            print(as_text(moved.drop(columns=["titre", "nature"])))
    return DONE


def _rules(asked: argparse.Namespace, catalogue: Any) -> Any:
    from essgeo.levers.rules import open_rules

    return open_rules(catalogue, asked.regles) if asked.regles else open_rules(catalogue)


def _chosen(asked: argparse.Namespace) -> tuple[Any, Any]:
    """Open the data folder and what is selected of it."""
    atlas = with_own(asked)
    asked.select = f"quartier={asked.quartier}" if asked.quartier else asked.select or ""
    return atlas, atlas.resolve(selection_of(asked, atlas))


def _silent(found: Any) -> None:
    for levier, lacking in found.silent().items():
        say(f"non évalué : {levier} ; il manque : {', '.join(lacking)}.")


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add(
        "leviers",
        _run,
        "Donne les leviers d'une collectivité, ou les pistes d'un quartier.",
        data=True,
    )
    add_own(one)
    one.add_argument("--quartier", metavar="CODE", help="pistes à discuter pour un quartier")
    one.add_argument("--select", metavar="REQUETE", help="pistes pour les quartiers choisis")
    one.add_argument(
        "--regles", type=Path, metavar="FICHIER", help="règles à suivre en place des nôtres"
    )
    one.add_argument(
        "--changements",
        action="store_true",
        help="quartiers gagnés et perdus par chaque piste avec ces règles",
    )
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")
