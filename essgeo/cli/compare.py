"""``compare``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from essgeo.cli.console import DONE, as_text, opened_atlas, records, say, selection_of
from essgeo.cli.parser import Commands


def _run(asked: argparse.Namespace) -> int:
    from essgeo.atlas import open_atlas
    from essgeo.exports import csv_bytes
    from essgeo.indicators.vintages import compare

    after = open_atlas(asked.after)
    for warning in after.folder.warnings:
        say(f"avertissement : {warning}")
    before = opened_atlas(asked)
    done = compare(before, after, selection_of(asked, after), asked.by)
    for note in done.notes:
        say(note)
    if asked.format == "json":
        print(json.dumps(records(done.table), ensure_ascii=False, indent=2))
    elif asked.format == "csv":
        sys.stdout.write(csv_bytes(done.table).decode("utf-8"))
    else:
        print(done.sentence)
        print(as_text(done.table))
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add(
        "compare", _run, "Compare deux millésimes : ouvertures, fermetures, déménagements.",
        data=True,
    )  # fmt: skip
    one.add_argument(
        "--with",
        dest="after",
        required=True,
        type=Path,
        metavar="DOSSIER",
        help="le plus récent des deux",
    )
    one.add_argument("--select", default="", metavar="REQUETE")
    one.add_argument("--by", default="quartier", metavar="AXE")
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")
