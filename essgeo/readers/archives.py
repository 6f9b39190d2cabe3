"""Zip files from unknown hands: listed and measured before a byte is unpacked."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from essgeo.errors import DataError
from essgeo.readers.report import Journal
from essgeo.readers.request import Request

#: A real workbook or shapefile has a few dozen entries.
MAX_ENTRIES = 2_000
#: Empty text fields of a .dbf compress about 100 times; nothing honest and big goes beyond this.
MAX_RATIO = 300
#: Below this size a high ratio is harmless.
RATIO_MATTERS_FROM = 20_000_000

_CHUNK = 1 << 20

#: What zipfile and the decompressors raise on damaged bytes (RuntimeError: a password, a method
#: that is not there; IndexError and struct.error: nonsense in the list of entries).
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    RuntimeError,
)


def list_entries(path: Path, journal: Journal) -> list[zipfile.ZipInfo]:
    """List the files of a zip.

    Raises
    ------
    DataError
        The list of entries cannot be read (truncated) or is too long.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (*DAMAGED, ValueError) as error:
        raise journal.error(
            "archive zip incomplète ou abîmée ; téléchargez-la à nouveau."
        ) from error
    if len(entries) > MAX_ENTRIES:
        raise journal.error(
            f"l'archive contient {len(entries)} fichiers, plus que {MAX_ENTRIES} ; "
            "refaites-la avec les seuls fichiers utiles."
        )
    return [entry for entry in entries if not entry.is_dir()]


def check_sizes(entries: list[zipfile.ZipInfo], request: Request, journal: Journal) -> None:
    """Refuse an archive that would unpack to too much.

    Parameters
    ----------
    entries
        Those that will be unpacked.
    request
        Says how many bytes they may have once unpacked, in all.

    Raises
    ------
    DataError
        Too big once unpacked, or compressed beyond what real data does (zip bomb).
    """
    total = sum(entry.file_size for entry in entries)
    if total > request.most:
        raise journal.error(
            f"l'archive pèserait {total / 1e6:.0f} Mo une fois ouverte, plus que la limite de "
            f"{request.most / 1e6:.0f} Mo ; {request.advice}."
        )
    for entry in entries:
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > RATIO_MATTERS_FROM and ratio > MAX_RATIO:
            raise journal.error(
                "l'archive est compressée au-delà de ce que donnent de vraies données "
                f"({ratio:.0f} fois) ; refusée, refaites-la depuis les fichiers d'origine."
            )


def copy_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: IO[bytes], journal: Journal
) -> None:
    """Unpack one entry, never more bytes than it announces.

    Raises
    ------
    DataError
        Encrypted, truncated, wrong checksum, or longer than announced.
    """
    if entry.flag_bits & 0x1:
        raise journal.error("l'archive est protégée par un mot de passe ; refaites-la sans.")
    left = entry.file_size
    try:
        with archive.open(entry) as handle:
            while chunk := handle.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise journal.error(
                        "l'archive contient plus qu'elle n'annonce ; refusée, refaites-la."
                    )
                target.write(chunk)
    except DataError:
        raise
    except (*DAMAGED, ValueError) as error:
        raise journal.error(
            "archive zip incomplète ou abîmée ; téléchargez-la à nouveau."
        ) from error
    if left > 0:
        raise journal.error("archive zip incomplète ; téléchargez-la à nouveau.")
