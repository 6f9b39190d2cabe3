"""Files written whole or not at all, and their fingerprints."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from essgeo.errors import OutputError
from essgeo.text import one_line


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` to write to, renamed over it only when all went well.

    The temporary name keeps the suffix, because writers choose a format by it.

    Parameters
    ----------
    target
        File to write; its folder must exist.

    Raises
    ------
    OutputError
        The folder is missing or refuses writing, or the disk is full. ``target`` is untouched.
    """
    beside = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.partiel{target.suffix}")
    try:
        yield beside
        with beside.open("rb+") as handle:
            os.fsync(handle.fileno())
        beside.replace(target)
    except OutputError:
        raise  # of a file written inside this one: already said, and about that file
    except OSError as error:
        raise OutputError(cannot_write(target, error)) from error
    finally:
        beside.unlink(missing_ok=True)


def cannot_write(target: Path, error: OSError) -> str:
    """Say in one French line why a file could not be written and what to do."""
    reason = one_line(error.strerror or str(error))
    if error.errno == 28:  # ENOSPC
        return (
            f"{target} : le disque est plein, rien n'a été écrit ; "
            "libérez de la place ou choisissez un autre emplacement."
        )
    if isinstance(error, FileNotFoundError):
        return f"{target} : le dossier « {target.parent} » n'existe pas ; créez-le d'abord."
    if isinstance(error, PermissionError):
        return (
            f"{target} : écriture refusée ({reason}) ; choisissez un emplacement "
            "où vous avez le droit d'écrire."
        )
    return f"{target} : écriture impossible ({reason}) ; choisissez un autre emplacement."
