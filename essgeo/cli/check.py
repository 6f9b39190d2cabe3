"""``check``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands
from essgeo.errors import DataError


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports.checks import conservation, folder_lines, report_json, report_lines
    from essgeo.readers import inspect

    reports = [inspect(path) for path in asked.fichiers]
    blocking = [
        f"{report.path} : {problem.message}"
        for report in reports
        for problem in report.problems
        if problem.level == "bloquant"
    ]
    joined = [] if blocking else conservation(reports)
    if asked.format == "json":
        content = [report_json(report) for report in reports]
        print(json.dumps(content, ensure_ascii=False, indent=2))
        for line in joined:
            say(line)
    else:
        for report in reports:
            for line in report_lines(report):
                print(line)
            if report.kind == "dossier":
                for line in folder_lines(report.path):
                    print(line)
        for line in joined:
            print(line)
    if blocking:
        raise DataError(blocking[0])
    return DONE


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("check", _run, "Dit ce qu'est chaque fichier et ce qui ne va pas.")
    one.add_argument("fichiers", nargs="+", type=Path, metavar="FICHIER")
    one.add_argument("--format", choices=("texte", "json"), default="texte")
