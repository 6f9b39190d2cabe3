"""The folder beside the one that is being made, for what is temporary."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from essgeo.errors import DataError, OutputError
from essgeo.files import cannot_write
from essgeo.text import size

#: Bytes that a build needs on disk besides what it unzips: spilled rows, the folder.
SPARE = 3_000_000_000


@contextmanager
def workshop(out: Path, zips: Sequence[Path]) -> Iterator[Path]:
    """Give a folder beside ``out`` for what is temporary; that of a killed build is removed.

    Parameters
    ----------
    out
        Folder that is being made.
    zips
        Archives that will be unzipped there.

    Raises
    ------
    OutputError
        Nothing can be written there, or the disk is too small for what is zipped.
    """
    shop = out.with_name(f".{out.name}.travail")
    shutil.rmtree(shop, ignore_errors=True)
    for left in out.parent.glob(f".{out.name}.*.partiel"):
        shutil.rmtree(left, ignore_errors=True)
    wanted = sum(_octets(path) for path in zips)
    wanted += SPARE if wanted else 0
    try:
        shop.mkdir(parents=True)
        free = shutil.disk_usage(shop).free
    except OSError as error:
        raise OutputError(cannot_write(shop, error)) from error
    try:
        if free < wanted:
            raise OutputError(
                f"{out.parent} : il y faut {size(wanted)} de libre pour décompresser "
                "les fichiers ; faites de la place, ou prenez-les en Parquet."
            )
        yield shop
    finally:
        shutil.rmtree(shop, ignore_errors=True)


def _octets(archive: Path) -> int:
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())


def unzipped(path: Path, shop: Path) -> Path:
    """Unzip the only CSV of an archive under a name of ours.

    Raises
    ------
    DataError
        The archive is damaged.
    OutputError
        The CSV cannot be written.
    """
    target = shop / f"{path.stem}.csv"
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next(one for one in archive.infolist() if one.filename.lower().endswith(".csv"))
            with archive.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 22)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path} : archive abîmée ; téléchargez-la à nouveau.") from error
    except OSError as error:
        raise OutputError(cannot_write(target, error)) from error
    return target
