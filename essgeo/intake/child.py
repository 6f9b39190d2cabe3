"""The process that reads: limits itself, then imports, reads, answers.

``python -m essgeo.intake.child FOLDER``, started by `essgeo.intake.process` only.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from essgeo.intake.limits import Limits
from essgeo.intake.process import MEMORY_EXIT


def restrain(limits: Limits) -> None:
    """Set what the system will not let this process go beyond.

    Where Python has no ``resource`` (Windows) only the clock of the server limits it.
    """
    try:
        import resource
    except ImportError:
        return
    # The pages of the other visitors come first.
    os.nice(5)
    seconds = int(limits.seconds) + 1
    for kind, limit in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.memory // 2),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        # Out of time, the process is told (SIGXCPU) before it is killed as by anyone else.
        last = most + 1 if kind == resource.RLIMIT_CPU and hard != most else most
        resource.setrlimit(kind, (most, last))


def main(folder: Path) -> int:
    """Read the file of a folder and write the answer there."""
    asked: dict[str, Any] = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    limits = Limits(**asked["limits"])
    restrain(limits)
    try:
        from essgeo.errors import DataError
        from essgeo.intake import answers

        try:
            answers.write(folder, asked, limits)
        except DataError as error:
            line = str(error).removeprefix(f"{asked['name']} : ")
            answers.refuse(folder, line, getattr(error, "projections", ()))
    except (MemoryError, RecursionError):
        return MEMORY_EXIT
    return 0


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    # Nothing to tidy: the folder is the server's.
    os._exit(code)
