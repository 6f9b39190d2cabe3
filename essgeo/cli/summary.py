"""``summary``."""

from __future__ import annotations

import argparse
import json
import sys

from essgeo.cli.console import DONE, as_text, records, selection_of
from essgeo.cli.own import add_own, with_own
from essgeo.cli.parser import Commands

#: What JSON and CSV give and a table on a screen has no room for: what figures are divided by.
NOT_IN_A_TABLE = (
    "superficie_km2",
    "bande_km2",
    "denominateur_emplois",
    "denominateur_emplois_prives",
    "population_communes",
    "nature",
)


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports import csv_bytes, summary_frame
    from essgeo.indicators import summary

    by = [axis.strip() for axis in asked.by.split(",")]
    atlas = with_own(asked)
    selection = selection_of(asked, atlas)
    table = summary(atlas, selection, by)
    if asked.format == "json":
        print(json.dumps(records(table), ensure_ascii=False, indent=2))
    elif asked.format == "csv":
        sys.stdout.write(csv_bytes(summary_frame(table)).decode("utf-8"))
    else:
        resolved = atlas.resolve(selection)
        print(resolved.sentence)
        for note in resolved.notes:
            print(note)
        print(as_text(summary_frame(table).drop(columns=list(NOT_IN_A_TABLE))))
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("summary", _run, "Donne les indicateurs d'une sélection.", data=True)
    add_own(one)
    one.add_argument("--select", default="", metavar="REQUETE")
    one.add_argument("--by", default="france", metavar="AXE[,AXE]")
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")
