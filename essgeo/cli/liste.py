"""``liste``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from essgeo.cli.console import DONE, as_text, records, say, selection_of
from essgeo.cli.join import width
from essgeo.cli.own import add_own, read_as, read_bytes, with_own
from essgeo.cli.parser import Commands
from essgeo.errors import DataError, UsageError
from essgeo.settings import BAND_M

#: Doubt -> the option that answers it.
_OPTIONS = {
    "feuille": "--feuille NOM",
    "positions": "--positions CLE",
    "siren_plusieurs": "--siren siege ou aucun",
}


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports.owndata import SUFFIXES, TABLE_SUFFIXES, write_list
    from essgeo.intake import read_table
    from essgeo.owndata.lists import examine
    from essgeo.words.owndata import MIXED_NOTICE, lines

    wanted: dict[str, Path] = {}
    for content, out, known in (
        ("liste", asked.out, SUFFIXES),
        ("quartiers", asked.quartiers, TABLE_SUFFIXES),
        ("a-corriger", asked.a_corriger, TABLE_SUFFIXES),
    ):
        if out is None:
            continue
        if out.suffix.lower() not in known:
            raise UsageError(f"{out} : format inconnu ; au choix : {', '.join(known)}.")
        if asked.excel and out.suffix.lower() != ".csv":
            raise UsageError(f"{out} : --excel ne concerne que les fichiers .csv.")
        wanted[content] = out
    choices, amounts = _choices(asked)
    given = read_bytes(asked.fichier)
    read = partial(read_table, given, asked.fichier.name, sheet=asked.feuille)
    taken = read_as(read, asked.projection, "--projection")
    for problem in taken.problems:
        say(f"{taken.name} : {problem.message}")
    roles = _roles(taken, choices, amounts)
    atlas = with_own(asked)
    found = examine(
        atlas,
        taken,
        roles,
        generation=_generation(asked, atlas),
        band=asked.band,
        selection=selection_of(asked, atlas),
    )
    said = lines(found)
    for content, out in wanted.items():
        write_list(atlas, found, out, content=content, excel=asked.excel)  # type: ignore[arg-type]
    if asked.format == "json":
        print(json.dumps(_summary(found, said), ensure_ascii=False, indent=2))
    else:
        for line in said:
            print(line)
        table = found.by_quartier
        shown = table[(table["lignes"] > 0) | (table["lignes_proches"] > 0)]
        print(as_text(shown.drop(columns=["situation", "dans_selection"])))
    if atlas.manifest.simulated:
        say(f"avertissement : {MIXED_NOTICE}")
    for out in wanted.values():
        say(f"écrit : {out}")
    return DONE


def _choices(asked: argparse.Namespace) -> tuple[dict[str, str], list[str] | None]:
    """Read ``--colonne`` and the answers to doubts."""
    from essgeo.owndata.lists import ROLES

    choices: dict[str, str] = {}
    amounts: list[str] = []
    for text in asked.colonne:
        role, equal, name = text.partition("=")
        if not equal or role not in (*ROLES, "montant"):
            raise UsageError(
                f"--colonne {text} : ROLE=NOM est attendu ; rôles : {', '.join(ROLES)}, montant."
            )
        if role == "montant":
            amounts.append(name)
        else:
            choices[role] = name
    for key, value in (
        ("feuille", asked.feuille),
        ("positions", asked.positions),
        ("siren_plusieurs", asked.siren),
    ):
        if value is not None:
            choices[key] = "" if value == "aucune" else value
    return choices, amounts or None


def _roles(taken: Any, choices: dict[str, str], amounts: Sequence[str] | None) -> Any:
    """Recognise columns; what only the user can tell is said, and refused when it matters."""
    from essgeo.owndata.lists import ROLES, recognise

    columns = [str(name) for name in taken.raw.source.columns]
    asked = [(f"--colonne {role}", choices[role]) for role in ROLES if choices.get(role)]
    asked += [("--colonne montant", name) for name in amounts or ()]
    for option, name in asked:
        if name not in columns:
            raise DataError(
                f"{taken.name} : {option}={name} : pas de colonne de ce nom "
                f"(colonnes : {', '.join(columns[:12])}{'…' if len(columns) > 12 else ''})."
            )
    roles = recognise(taken, choices, amounts=amounts)
    if not roles.columns and taken.raw.shapes is None:
        raise DataError(
            f"{taken.name} : aucune colonne reconnue (SIRET, SIREN, nom, position…) ; "
            "désignez-les avec --colonne ROLE=NOM."
        )
    known = ", ".join(f"{ROLES[role]} « {name} »" for role, name in roles.columns.items())
    say(f"{taken.name} : colonnes reconnues : {known or 'points du fichier'}.")
    for doubt in roles.doubts:
        option = _OPTIONS.get(doubt.key, f"--colonne {doubt.key}=NOM")
        for value, label in doubt.choices.items():
            say(f"  {value or 'aucune'} : {label}")
        if not doubt.harmless:
            raise DataError(f"{taken.name} : {doubt.question} Répondez avec {option}.")
        say(f"{taken.name} : {doubt.question} Sans réponse ({option}) : {doubt.default}.")
    return roles


def _generation(asked: argparse.Namespace, atlas: Any) -> str | None:
    if asked.generation is not None and asked.generation not in atlas.generations:
        raise DataError(
            f"--generation {asked.generation} : absente de ce dossier de données "
            f"(présentes : {', '.join(atlas.generations)})."
        )
    given: str | None = asked.generation
    return given


def _summary(found: Any, said: list[str]) -> dict[str, Any]:
    return {
        "liste": {"nom": found.taken.name, "sha256": found.taken.sha256},
        "generation": found.generation.name,
        "bande_m": found.band,
        "nature": found.added["essgeo_nature"].iloc[0] if len(found.added) else "",
        "colonnes": dict(found.roles.columns),
        "resultats": dict(found.counts),
        "identifiants": dict(found.identifiers),
        "positions": dict(found.positions),
        "methodes": dict(found.methods),
        "causes": dict(found.causes),
        "organismes_publics": dict(found.public),
        "a_regarder": dict(found.flags),
        "montants": {one.name: round(one.total, 2) for one in found.amounts},
        "quartiers": records(found.by_quartier),
        "compte_rendu": said,
    }


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add(
        "liste", _run, "Rapproche une liste (SIRET, noms, positions) des quartiers.", data=True
    )
    one.add_argument("fichier", type=Path, metavar="FICHIER", help="CSV, XLSX ou points")
    add_own(one)
    one.add_argument("--select", default="", metavar="REQUETE", help="territoire regardé")
    one.add_argument("--generation", help="2024, 2015 ou zones")
    one.add_argument("--band", type=width, default=BAND_M, help="largeur de la bande, en mètres")
    one.add_argument("--feuille", metavar="NOM", help="feuille du classeur")
    one.add_argument(
        "--colonne",
        action="append",
        default=[],
        metavar="ROLE=NOM",
        help="siret=…, siren=…, nom=…, commune=…, longitude=…, montant=… ; rôle vide : ROLE=",
    )
    one.add_argument(
        "--projection", metavar="CLE", help="comment lire des points (2154, 4326-inverse…)"
    )
    one.add_argument(
        "--positions", metavar="CLE", help="comment lire x et y (2154, 4326-inverse, aucune…)"
    )
    one.add_argument(
        "--siren", choices=("siege", "aucun"), help="SIREN de plusieurs établissements"
    )
    one.add_argument("--out", type=Path, metavar="F", help="la liste : csv, xlsx, gpkg, geojson…")
    one.add_argument("--quartiers", type=Path, metavar="F", help="par quartier : csv, xlsx")
    one.add_argument("--a-corriger", type=Path, metavar="F", help="non placées : csv, xlsx")
    one.add_argument("--excel", action="store_true", help="CSV pour Excel français")
    one.add_argument("--format", choices=("table", "json"), default="table")
