"""The command line: ``python -m essgeo …``.

Data on the standard output, everything else on the error output; exit 0 when done, 1 when the
data is at fault (the last line on the error output starts with ``erreur :``), 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import codecs
import json
import math
import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from essgeo import __version__
from essgeo.errors import DataError, EssgeoError, UsageError
from essgeo.settings import BAND_M, data_folder
from essgeo.text import one_line

DONE, DATA_AT_FAULT, WRONG_USAGE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """A parser that speaks French and gives its one line."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        said = message
        for english, french in _FRENCH:
            said = said.replace(english, french)
        say(f"erreur : {said} ; voir « python -m essgeo --help ».")
        raise SystemExit(WRONG_USAGE)


_FRENCH = (
    ("the following arguments are required:", "il manque"),
    ("unrecognized arguments:", "arguments inconnus :"),
    ("invalid choice:", "valeur inconnue :"),
    ("choose from", "au choix :"),
    ("expected one argument", "une valeur est attendue"),
    ("expected at least one argument", "au moins une valeur est attendue"),
    ("argument ", "argument "),
    ("invalid float value:", "nombre attendu, reçu"),
    ("invalid int value:", "nombre entier attendu, reçu"),
    ("not allowed with argument", "incompatible avec"),
)


def say(text: str) -> None:
    """Write a line on the error output."""
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        Arguments, those of the process by default.

    Returns
    -------
    int
        Exit code of the contract: 0, 1 or 2.
    """
    codecs.register_error("essgeo", _degrade)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="essgeo")
    try:
        asked = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(asked.run(asked))
    except UsageError as error:
        say(f"erreur : {error}")
        return WRONG_USAGE
    except EssgeoError as error:
        say(f"erreur : {error}")
        return DATA_AT_FAULT
    except BrokenPipeError:
        # The reader (« | head ») has had enough: nothing more to say, nothing went wrong.
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        say("erreur : interrompu.")
        return DATA_AT_FAULT
    except MemoryError:
        say("erreur : mémoire insuffisante ; réduisez le fichier ou la sélection.")
        return DATA_AT_FAULT


def _degrade(error: UnicodeError) -> tuple[str, int]:
    """Write what a console cannot: a Windows one in cp1252 has no narrow no-break space."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    return "".join(" " if char.isspace() else "?" for char in failed), error.end


def _check(asked: argparse.Namespace) -> int:
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


def _join(asked: argparse.Namespace) -> int:
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


def _build(asked: argparse.Namespace) -> int:
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
    for note in done.notes:
        say(note)
    for generation, result in done.joins.items():
        for line in account(result, generation):
            say(line)
    say(f"dossier de données écrit : {asked.out}")
    return DONE


def _atlas(asked: argparse.Namespace) -> Any:
    from essgeo.atlas import open_atlas

    atlas = open_atlas(asked.data or data_folder())
    for warning in atlas.folder.warnings:
        say(f"avertissement : {warning}")
    if atlas.manifest.simulated:
        say("avertissement : données simulées, pour la démonstration seulement.")
    return atlas


def _selection(asked: argparse.Namespace, atlas: Any) -> Any:
    from essgeo.selection import parse

    parsed = parse(asked.select)
    problems = [*parsed.problems, *atlas.resolve(parsed.selection).unknown]
    if problems:
        raise DataError(f"--select : {problems[0]}.")
    return parsed.selection


#: What JSON and CSV give and a table on a screen has no room for: what figures are divided by.
NOT_IN_A_TABLE = (
    "superficie_km2",
    "bande_km2",
    "denominateur_emplois",
    "denominateur_emplois_prives",
    "population_communes",
    "nature",
)


def _summary(asked: argparse.Namespace) -> int:
    from essgeo.exports import csv_bytes, summary_frame
    from essgeo.indicators import summary

    by = [axis.strip() for axis in asked.by.split(",")]
    atlas = _atlas(asked)
    selection = _selection(asked, atlas)
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
        print(_as_text(summary_frame(table).drop(columns=list(NOT_IN_A_TABLE))))
    return DONE


def _export(asked: argparse.Namespace) -> int:
    from essgeo.exports import export

    atlas = _atlas(asked)
    rows = export(atlas, _selection(asked, atlas), asked.out, excel=asked.excel)
    say(f"{rows} établissement(s) écrit(s) : {asked.out} (et {asked.out.name}.meta.json)")
    return DONE


def _levers(asked: argparse.Namespace) -> int:
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
        print(_as_text(lever_frame(catalogue)[["id", "nature", "famille", "titre", "vigueur"]]))
    return DONE


def _diagnosis(asked: argparse.Namespace, catalogue: Any) -> int:
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import lead_frame, lead_records
    from essgeo.levers.diagnosis import Diagnosis
    from essgeo.levers.rules import open_rules

    if asked.quartier and asked.select is not None:
        raise UsageError("--quartier et --select ne vont pas ensemble.")
    atlas = _atlas(asked)
    asked.select = f"quartier={asked.quartier}" if asked.quartier else asked.select
    resolved = atlas.resolve(_selection(asked, atlas))
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


def _demo(asked: argparse.Namespace) -> int:
    from essgeo import demo

    demo.write(asked.out, **({} if asked.seed is None else {"seed": asked.seed}))
    say(f"démonstration écrite (données simulées) : {asked.out}")
    return DONE


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into JSON rows: whole numbers without a point, what is not known as null."""
    return [
        {str(key): _json_value(value) for key, value in row.items()}
        for row in table.to_dict(orient="records")
    ]


def _json_value(value: Any) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else round(value, 4)
    return value


def _as_text(table: pd.DataFrame) -> str:
    from essgeo.exports.tables import DECIMALS
    from essgeo.text import number

    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_numeric_dtype(shown[name]):
            decimals = min(DECIMALS.get(name, 0), 3)
            shown[name] = [number(value, decimals) for value in shown[name]]
        else:
            texts = shown[name].where(shown[name].notna(), "")
            shown[name] = [one_line(str(value), 40) for value in texts]
    return "\n".join(" ".join(cells) for cells in zip(*map(_aligned, shown.items()), strict=True))


def _aligned(column: tuple[Hashable, pd.Series]) -> list[str]:
    """Align a name and its texts to the right; pandas, which does more, takes far longer."""
    name, texts = column
    cells = [str(name), *texts]
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="essgeo",
        description="L'économie sociale et solidaire dans les quartiers prioritaires.",
    )
    parser.add_argument("--version", action="version", version=f"essgeo {__version__}")
    commands = parser.add_subparsers(
        title="commandes", dest="commande", required=True, metavar="COMMANDE"
    )

    def command(name: str, run: Any, help_: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help_, description=help_)
        one.set_defaults(run=run)
        return one

    one = command("check", _check, "Dit ce qu'est chaque fichier et ce qui ne va pas.")
    one.add_argument("fichiers", nargs="+", type=Path, metavar="FICHIER")
    one.add_argument("--format", choices=("texte", "json"), default="texte")

    one = command("join", _join, "Rattache des établissements aux quartiers.")
    one.add_argument("--quartiers", required=True, type=Path, metavar="Q")
    one.add_argument("--etablissements", required=True, type=Path, metavar="E")
    one.add_argument("--out", required=True, type=Path, metavar="F")
    one.add_argument("--band", type=_band, default=BAND_M, help="largeur de la bande, en mètres")
    one.add_argument("--generation", help="2015 ou 2024, quand Q tient les deux")

    one = command("build", _build, "Fait un dossier de données.")
    one.add_argument("--quartiers", required=True, type=Path, metavar="Q")
    one.add_argument("--etablissements", required=True, type=Path, metavar="E")
    one.add_argument("--population", type=Path, metavar="P")
    one.add_argument(
        "--secret",
        action="store_true",
        help="établissements sous secret statistique : seuls des totaux seront donnés",
    )
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")

    for name, run, help_ in (
        ("summary", _summary, "Donne les indicateurs d'une sélection."),
        ("export", _export, "Écrit les établissements d'une sélection."),
    ):
        one = command(name, run, help_)
        one.add_argument("--data", type=Path, metavar="DOSSIER", help="défaut : ESSGEO_DATA")
        one.add_argument("--select", default="", metavar="REQUETE")
        if name == "summary":
            one.add_argument("--by", default="france", metavar="AXE[,AXE]")
            one.add_argument("--format", choices=("table", "json", "csv"), default="table")
        else:
            one.add_argument("--out", required=True, type=Path, metavar="F")
            one.add_argument("--excel", action="store_true", help="CSV pour Excel français")

    one = command(
        "leviers", _levers, "Donne les leviers d'une collectivité, ou les pistes d'un quartier."
    )
    one.add_argument("--data", type=Path, metavar="DOSSIER", help="défaut : ESSGEO_DATA")
    one.add_argument("--quartier", metavar="CODE", help="pistes à discuter pour un quartier")
    one.add_argument("--select", metavar="REQUETE", help="pistes pour les quartiers choisis")
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")

    one = command("demo", _demo, "Écrit la démonstration (données simulées).")
    one.add_argument("--out", required=True, type=Path, metavar="DOSSIER")
    one.add_argument("--seed", type=int)
    return parser


def _band(text: str) -> float:
    try:
        width = float(text.replace(",", "."))
    except ValueError:
        width = math.nan
    if not 0 <= width <= 5000:
        raise argparse.ArgumentTypeError(
            f"un nombre de mètres de 0 à 5000 est attendu, pas « {one_line(text, 40)} »"
        )
    return width
