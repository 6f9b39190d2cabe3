"""A parser that speaks French, and where commands declare themselves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from essgeo import __version__
from essgeo.cli.console import WRONG_USAGE, say


class Parser(argparse.ArgumentParser):
    """A parser that speaks French and gives its one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one French line, and leave."""
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


class Commands:
    """The commands of a parser."""

    def __init__(self) -> None:
        self.parser = Parser(
            prog="essgeo",
            description="L'économie sociale et solidaire dans les quartiers prioritaires.",
        )
        self.parser.add_argument("--version", action="version", version=f"essgeo {__version__}")
        self._commands = self.parser.add_subparsers(
            title="commandes", dest="commande", required=True, metavar="COMMANDE"
        )

    def add(
        self,
        name: str,
        run: Callable[[argparse.Namespace], int],
        text: str,
        *,
        data: bool = False,
    ) -> argparse.ArgumentParser:
        """Declare a command and return its parser; ``data`` gives it ``--data``."""
        one: argparse.ArgumentParser = self._commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        if data:
            one.add_argument("--data", type=Path, metavar="DOSSIER", help="défaut : ESSGEO_DATA")
        return one
