"""``build``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from essgeo.cli.console import DONE, say
from essgeo.cli.parser import Commands
from essgeo.cli.progress import Meter
from essgeo.errors import UsageError

if TYPE_CHECKING:
    from essgeo.join import JoinResult
    from essgeo.readers import FileReport


def _run(asked: argparse.Namespace) -> int:
    if asked.raw is not None or asked.source:
        if asked.quartiers or asked.etablissements or asked.population or asked.secret:
            raise UsageError("--raw ne va pas avec --quartiers, --etablissements, --population")
        return _raw(asked)
    missing = [f"--{name}" for name in ("quartiers", "etablissements") if not vars(asked)[name]]
    if missing:
        raise UsageError(f"il manque {' et '.join(missing)} (ou --raw, un dossier de fichiers)")
    return _files(asked)


def _files(asked: argparse.Namespace) -> int:
    from essgeo.build import build_from_files

    done = build_from_files(
        asked.quartiers,
        asked.etablissements,
        asked.out,
        population=asked.population,
        secret=asked.secret,
    )
    return _told(asked, done.reports, done.manifest.notes, done.joins)


def _told(
    asked: argparse.Namespace,
    reports: Iterable[FileReport],
    notes: Iterable[str],
    joins: Mapping[str, JoinResult],
) -> int:
    """Say what reading found and what the join did."""
    from essgeo.exports.joined import account

    for report in reports:
        for problem in report.problems:
            say(f"{report.path.name} : {problem.message}")
    for note in notes:
        say(note)
    for generation, result in joins.items():
        for line in account(result, generation):
            say(line)
    say(f"dossier de données écrit : {asked.out}")
    return DONE


def _raw(asked: argparse.Namespace) -> int:
    from essgeo.build.territory import is_territory

    if asked.raw is not None and is_territory(asked.raw):
        return _territory(asked)
    from essgeo.build.raw import build_raw

    with Meter() as meter:
        done = build_raw(
            asked.raw,
            asked.out,
            engine=asked.engine,
            master=asked.master,
            given=dict(_pair(text) for text in asked.source),
            meter=meter,
        )
    for warning in done.warnings:
        say(f"avertissement : {warning}")
    for line in done.report.summary():
        say(line)
    say(f"dossier de données écrit : {asked.out} (rapport de qualité : rapport.csv)")
    return DONE


def _territory(asked: argparse.Namespace) -> int:
    from essgeo.build.territory import build_territory

    done = build_territory(asked.raw, asked.out)
    return _told(asked, done.reports, done.manifest.notes, done.joins)


def _pair(text: str) -> tuple[str, str]:
    kind, equal, address = text.partition("=")
    if not equal or not address:
        raise UsageError(f"--source : « {text} » n'est pas de la forme NATURE=ADRESSE")
    return kind, address


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add("build", _run, "Fait un dossier de données.")
    one.add_argument("--quartiers", type=Path, metavar="Q")
    one.add_argument("--etablissements", type=Path, metavar="E")
    one.add_argument("--population", type=Path, metavar="P")
    one.add_argument(
        "--secret",
        action="store_true",
        help="établissements sous secret statistique : seuls des totaux seront donnés",
    )
    one.add_argument("--raw", type=Path, metavar="D", help="dossier des fichiers officiels")
    one.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NATURE=ADRESSE",
        help="fichier officiel ailleurs que dans --raw : motif ou adresse que le moteur lit",
    )
    one.add_argument(
        "--engine", choices=("duckdb", "spark"), default="duckdb", help="défaut : duckdb"
    )
    one.add_argument("--master", default="", metavar="URL", help="maître Spark (défaut : local[*])")
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")
