"""``point``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from essgeo.cli.console import DONE, opened_atlas, records, say
from essgeo.cli.parser import Commands
from essgeo.errors import DataError, UsageError
from essgeo.text import NBSP, one_line

#: Largest file of positions, in bytes: some two thousand lines.
_MOST_BYTES = 1_000_000


def _run(asked: argparse.Namespace) -> int:
    from essgeo.exports import csv_bytes
    from essgeo.owndata.places import answers, answers_frame, ground
    from essgeo.words import places as words

    lines = _lines(asked)
    atlas = _opened(asked)
    grounds = {name: ground(atlas, name) for name in atlas.generations}
    found = answers([line.place for line in lines if line.place], grounds)
    if asked.format == "table":
        left = iter(found)
        for line in lines:
            if line.place is None:
                print(f"{line.text}{NBSP}: {line.problem}")
                continue
            for one in next(left):
                print(f"{line.text}{NBSP}: {words.perimeter(one.generation).lower()}{NBSP}: "
                      f"{words.sentence(one)} {words.certainty(one)}")  # fmt: skip
        for text in words.warnings(atlas.manifest):
            say(text)
        return DONE
    table = answers_frame(lines, found, atlas.manifest.nature)
    if asked.format == "json":
        print(json.dumps(records(table), ensure_ascii=False, indent=2))
    else:
        sys.stdout.write(csv_bytes(table).decode("utf-8"))
    return DONE


def _opened(asked: argparse.Namespace) -> Any:
    """Open the data folder, with the zones that were given over it."""
    atlas = opened_atlas(asked)
    if asked.zones is None:
        return atlas
    from essgeo.owndata.overlay import overlaid
    from essgeo.owndata.zones import read_zones_file

    zones = read_zones_file(_bytes(asked.zones), asked.zones.name)
    for line in (*(one.message for one in zones.problems), *zones.notes):
        say(f"{zones.name} : {line}")
    return overlaid(atlas, zones)


def _lines(asked: argparse.Namespace) -> list[Any]:
    """Return what was asked for as lines, at least one of them with a place."""
    from essgeo.owndata import coordinates

    pair = asked.lon is not None or asked.lat is not None
    ways = [pair, asked.coordonnees is not None, bool(asked.fichier), asked.adresse is not None]
    if sum(ways) != 1:
        raise UsageError("donnez --lon et --lat, ou --coordonnees, ou --fichier, ou --adresse.")
    if asked.adresse is None and (asked.geocodeur or asked.choix):
        raise UsageError("--geocodeur et --choix vont avec --adresse.")
    if asked.adresse is not None:
        return [_geocoded(asked)]
    if pair:
        if asked.lon is None or asked.lat is None:
            raise UsageError("--lon et --lat vont ensemble.")
        return [_read(f"{asked.lat} ; {asked.lon}")]
    if asked.coordonnees is not None:
        return [_read(asked.coordonnees)]
    text = _text(asked.fichier)
    lines = list(coordinates.read_list(text))
    beyond = coordinates.too_many(text)
    if beyond:
        raise DataError(
            f"{asked.fichier} : {beyond} lignes de trop ; {coordinates.MOST_LINES} au plus."
        )
    if not any(line.place for line in lines):
        first = f"ligne {lines[0].number}, {lines[0].problem}" if lines else "le fichier est vide"
        raise DataError(f"{asked.fichier} : aucune position lue ({first}).")
    return lines


def _read(text: str) -> Any:
    """Read one position; what it may mean is said, not supposed."""
    from essgeo.owndata.coordinates import read_line
    from essgeo.words.places import written

    line = read_line(text)
    if line.place is None:
        meant = " ou ".join(f"{one.label} ({written(one.place)})" for one in line.proposals)
        more = f" ; vouliez-vous dire {meant} ?" if meant else ""
        raise DataError(f"« {one_line(text, 80)} » : {line.problem}{more}")
    return line


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} : illisible ({error.strerror or error}).") from error


def _text(path: Path) -> str:
    data = _bytes(path)
    if len(data) > _MOST_BYTES or b"\0" in data:
        raise DataError(
            f"{path} : un texte d'une position par ligne est attendu, d'un mégaoctet au plus ; "
            "pour un tableau, voyez « join »."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _geocoded(asked: argparse.Namespace) -> Any:
    """Ask the public geocoder; several candidates are listed, none is supposed."""
    from essgeo.owndata import geocoder
    from essgeo.owndata.coordinates import Line

    if not asked.geocodeur:
        raise UsageError(
            f"--adresse envoie l'adresse tapée au géocodeur public ({geocoder.site()}) : "
            "ajoutez --geocodeur pour l'autoriser."
        )
    found = geocoder.geocode(asked.adresse)
    if not found:
        raise DataError(
            "adresse introuvable ; ajoutez la commune ou le code postal, ou donnez des coordonnées."
        )
    if len(found) > 1 and not asked.choix:
        for place, one in enumerate(found, start=1):
            say(f"{place}. {one.label} ({one.kind})")
        raise DataError("plusieurs adresses possibles ; relancez avec --choix et un numéro.")
    choice = asked.choix or 1
    if not 1 <= choice <= len(found):
        raise DataError(f"--choix : un numéro de 1 à {len(found)} est attendu.")
    chosen = found[choice - 1]
    return Line(1, chosen.label, chosen.place)


def add(commands: Commands) -> None:
    """Declare the command."""
    one = commands.add(
        "point", _run, "Dit si une position, une liste ou une adresse est en quartier.", data=True
    )
    # Kept as text: the precision of the answer is that of what is written.
    one.add_argument("--lon", metavar="DEGRES", help="longitude, avec --lat")
    one.add_argument("--lat", metavar="DEGRES", help="latitude, avec --lon")
    one.add_argument("--coordonnees", metavar="TEXTE", help="par exemple « 48,5734 ; 7,7521 »")
    one.add_argument("--fichier", type=Path, metavar="F", help="une position par ligne")
    one.add_argument("--adresse", metavar="TEXTE", help="demandée au géocodeur public")
    one.add_argument(
        "--geocodeur", action="store_true", help="autorise l'envoi de l'adresse au géocodeur public"
    )
    one.add_argument("--choix", type=int, metavar="N", help="laquelle des adresses proposées")
    one.add_argument("--zones", type=Path, metavar="F", help="vos zones, à côté des quartiers")
    one.add_argument("--format", choices=("table", "json", "csv"), default="table")
