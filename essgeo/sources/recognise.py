"""What each file of a folder of raw files is, from its columns, whatever its name."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from essgeo.errors import DataError
from essgeo.readers.columns import Table, aliases, key
from essgeo.sources import brut, ess_france, etablissements, geolocalisation, unites_legales
from essgeo.sources.columns import Kind

#: Files with columns of their own. A new one is one more module.
KINDS: tuple[Kind, ...] = (
    etablissements.KIND,
    unites_legales.KIND,
    geolocalisation.KIND,
    ess_france.KIND,
)
#: Share of the columns of a kind that a file must have to be taken for one.
ALIKE = 0.5

#: What the others are.
OUTLINES, INDICATORS, INSERTION, ESUS, UNKNOWN = (
    "quartiers",
    "indicateurs",
    "insertion",
    "esus",
    "inconnu",
)
LIBELLES = {
    **{kind.id: kind.libelle for kind in KINDS},
    OUTLINES: "contours de quartiers",
    INDICATORS: "population ou indicateurs par quartier",
    INSERTION: "structures d'insertion",
    ESUS: "liste d'agréments ESUS",
    UNKNOWN: "non reconnu",
}

#: Words of other files of Sirene (history, successions, doubles): never a list of agreements.
_OF_SIRENE = ("unitelegale", "etablissement", "doublon")
#: Signs that a list of SIREN is one of agreements.
_AGREED = ("esus", "agrement", "solidaire")

_HEAD = 1 << 16
_DELIMITERS = ",;\t|"
_SHAPES = (".shp", ".geojson", ".json", ".gpkg")


@dataclass(frozen=True)
class RawTable:
    """One source, recognised.

    Parameters
    ----------
    kind
        ``id`` of one of `KINDS`, or one of the other words of this module.
    paths
        Files, patterns or addresses; one file for what was found in a folder.
    form
        ``parquet``, ``csv``, ``zip`` (of one CSV), or ``""`` for what only our readers open.
    delimiter
        Of the CSV.
    sure
        False for a list of SIREN that nothing but its SIREN makes a list of agreements.
    """

    kind: str
    paths: tuple[str, ...]
    form: str = ""
    delimiter: str = ","
    sure: bool = True

    @property
    def name(self) -> str:
        """Return the name of the file, for messages."""
        return Path(self.paths[0]).name


def recognise(folder: Path) -> list[RawTable]:
    """Say what each file of a folder is.

    Returns
    -------
    list
        In the order of names; our own notes and unfinished downloads are left out.

    Raises
    ------
    DataError
        The folder is missing or cannot be read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise DataError(
            f"{folder} : dossier illisible ({error.strerror}) ; donnez avec --raw celui où sont "
            "les fichiers officiels (voir « python -m essgeo fetch »)."
        ) from error
    wanted = [
        path
        for path in files
        if not path.name.startswith(".") and path.suffix != ".part" and path.name != brut.FILE
    ]
    return [recognise_file(path) for path in wanted]


def recognise_file(path: Path) -> RawTable:
    """Say what a file is: see `RawTable`."""
    where = (str(path),)
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
        if head[:4] == b"PAR1":
            names = pq.read_schema(path).names
            if "geometry" in names:
                return RawTable(OUTLINES, where)
            return _told(names, path, "parquet")
        if head[:2] == b"PK":
            return _zipped(path)
    except (OSError, pa.ArrowException, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} : lecture impossible ({type(error).__name__}) ; reprenez-le à sa source."
        ) from error
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" or head[:15] == b"SQLite format 3":
        return RawTable(OUTLINES, where)
    if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
        return RawTable(UNKNOWN, where)
    names, delimiter = _header(head)
    return _told(names, path, "csv", delimiter)


def _told(names: Sequence[str], path: Path, form: str, delimiter: str = ",") -> RawTable:
    """Say what a table with these columns is, and how sure that is."""
    kind = _kind(names)
    signs = [key(path.stem), *(key(name) for name in names)]
    sure = kind != ESUS or any(word in sign for sign in signs for word in _AGREED)
    return RawTable(kind, (str(path),), form, delimiter, sure)


def _zipped(path: Path) -> RawTable:
    where = (str(path),)
    with zipfile.ZipFile(path) as archive:
        names = [one for one in archive.namelist() if not one.endswith("/")]
        tables = [one for one in names if one.lower().endswith(".csv")]
        if any(one.lower().endswith(_SHAPES) for one in names):
            return RawTable(OUTLINES, where)
        if "xl/workbook.xml" in names:
            return _told(_first_cells(path), path, "")
        if len(tables) != 1:
            return RawTable(UNKNOWN, where)
        with archive.open(tables[0]) as handle:
            columns, delimiter = _header(handle.read(_HEAD))
    return _told(columns, path, "zip", delimiter)


def _first_cells(path: Path) -> Sequence[str]:
    """Read the header of a workbook, as the readers do."""
    from essgeo.readers.loading import load
    from essgeo.readers.report import Journal

    return [str(name) for name in load(path, Journal(path)).source.columns]


def _header(head: bytes) -> tuple[list[str], str]:
    """Read the names of the columns of a CSV, and what separates them."""
    line = head.decode("utf-8-sig", errors="replace").partition("\n")[0].rstrip("\r")
    delimiter = max(_DELIMITERS, key=line.count)
    names = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
    return [name.strip() for name in names], delimiter


def _kind(names: Sequence[str]) -> str:
    """Say of what kind a table with these columns is."""
    best = max(KINDS, key=lambda kind: kind.likeness(names))
    if best.likeness(names) >= ALIKE:
        return best.id
    keys = {key(name) for name in names}

    def has(table: Table, column: str) -> bool:
        return any(alias in keys for alias in aliases(table)[column])

    if has("population", "code_qp"):
        return INDICATORS
    if has("etablissements", "siret") and has("etablissements", "types"):
        return INSERTION
    if any("siren" in one for one in keys) and not any(
        word in one for one in keys for word in _OF_SIRENE
    ):
        return ESUS
    return UNKNOWN
