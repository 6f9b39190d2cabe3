"""The command line: ``python -m essgeo …``.

Data on the standard output, everything else on the error output; exit 0 when done, 1 when the
data is at fault (the last line on the error output starts with ``erreur :``), 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import codecs
import sys
from collections.abc import Sequence

from essgeo.cli import (
    build,
    check,
    compare,
    demo,
    export,
    fetch,
    join,
    kit,
    levers,
    liste,
    point,
    summary,
)
from essgeo.cli.console import DATA_AT_FAULT, DONE, WRONG_USAGE, degrade, records, say
from essgeo.cli.parser import Commands
from essgeo.errors import EssgeoError, UsageError

__all__ = ["main", "records"]

#: One module a command, in the order of the help; each has ``add(commands)``.
COMMANDS = (
    check,
    join,
    point,
    liste,
    fetch,
    build,
    summary,
    compare,
    export,
    kit,
    levers,
    demo,
)


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
    codecs.register_error("essgeo", degrade)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="essgeo")
    try:
        asked = _parsed(argv)
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


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    commands = Commands()
    for module in COMMANDS:
        module.add(commands)
    return commands.parser.parse_args(argv)
