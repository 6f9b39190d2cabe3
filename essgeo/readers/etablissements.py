"""Establishments: any file of points -> the contract's columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from essgeo.readers import cells, codes
from essgeo.readers.columns import key, recognise, report_names, with_extras
from essgeo.readers.identifiers import read_identifiers
from essgeo.readers.loading import load
from essgeo.readers.positions import read_positions
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal, Reading
from essgeo.readers.reporting import make_report
from essgeo.readers.request import OFFICIAL
from essgeo.text import plural

#: The contract's columns, in its order; always there, "" (NaN for the position) when unknown.
COLUMNS = (
    "siret",
    "siren",
    "denomination",
    "categorie_juridique",
    "famille",
    "activite_principale",
    "secteur",
    "tranche_effectifs",
    "annee_effectifs",
    "caractere_employeur",
    "est_siege",
    "statut_diffusion",
    "motif_ess",
    "date_creation",
    "code_commune",
    "longitude",
    "latitude",
    "qualite_xy",
    "plg_qp",
    "types",
)
#: What the join uses when the file has it.
OPTIONAL = ("plg_qp24", "plg_qp15", "distance_precision", "geocoding_score")
#: Read as numbers wherever they come from.
_NUMBERS = frozenset({"distance_precision", "geocoding_score", "distance_m", "distance_m_2015"})
#: Said once when the file has none of them; the others are of less use or derived.
_EXPECTED = (
    "siret",
    "denomination",
    "categorie_juridique",
    "activite_principale",
    "tranche_effectifs",
    "caractere_employeur",
    "date_creation",
    "code_commune",
    "qualite_xy",
)
_IDENTIFIERS = ("siret", "siren")
_POSITION = ("longitude", "latitude")
_TRUE = ("true", "vrai", "oui", "1", "o", "t", "yes")
_JOINS = re.compile(r"[,;|/\[\]'\"]+")
_FALSE = ("false", "faux", "non", "0", "n", "f", "no")


def read_etablissements(path: Path, *, source: bool = True) -> Reading:
    """Read establishments with their positions.

    Parameters
    ----------
    path
        CSV, XLSX, Parquet, GeoParquet, GeoJSON, GeoPackage or zipped shapefile of points.
    source
        Whether the file's own cells are wanted, as text: to write millions of numbers as text and
        read them again takes as long as all the rest.

    Returns
    -------
    Reading
        ``table`` has `COLUMNS`, those of `OPTIONAL` that the file has, ``insee_dep``, then the
        file's other columns; longitude and latitude in WGS84 degrees, NaN without a position.
        ``source`` has no column when it is not wanted.

    Raises
    ------
    DataError
        Every fault listed in docs/fichiers.md. Identifiers are none.
    """
    journal = Journal(Path(path))
    request = OFFICIAL if source else replace(OFFICIAL, numbers=_NUMBERS.union(_POSITION))
    reading = build_etablissements(load(Path(path), journal, request), journal)
    journal.stop_if_blocked()
    return reading if source else replace(reading, source=reading.source.iloc[:, :0])


def build_etablissements(raw: Raw, journal: Journal) -> Reading:
    """Bring a file already read to the contract."""
    report_names(raw.source, journal)
    used = recognise(raw.source, "etablissements")
    rows = len(raw.source)
    nothing = codes.blank(rows)

    def column_of(column: str) -> pd.Series:
        if column not in used:
            return nothing
        return cells.stripped(raw.source.iloc[:, used[column]])

    def changed(column: str, change: Callable[[str], str]) -> pd.Series:
        if column not in used:
            return nothing
        return cells.by_value(raw.source.iloc[:, used[column]], change)

    def name(column: str) -> str:
        return str(raw.source.columns[used[column]]) if column in used else ""

    def read(column: str) -> pd.Series:
        return changed(column, _BY_VALUE[column]) if column in _BY_VALUE else column_of(column)

    def identified(noted: Journal) -> tuple[pd.Series, pd.Series]:
        return read_identifiers(read("siret"), read("siren"), noted, name("siret"))

    at, noted = len(journal.problems), Journal(journal.path)
    # Arrow leaves Python: identifiers are checked while everything else is read.
    with ThreadPoolExecutor(2) as pool:
        identifiers = pool.submit(identified, noted)
        try:
            others = [one for one in COLUMNS if one not in (*_IDENTIFIERS, *_POSITION)]
            found = dict(zip(others, pool.map(read, others), strict=True))
            for column, width in (("code_commune", 5), ("tranche_effectifs", 2)):
                if column in used:
                    found[column] = _restored(found[column], width, name(column), journal)
            if "nomenclature_activite" in used:
                found["activite_principale"] = _rev2_only(
                    found, column_of("nomenclature_activite"), journal
                )
            found["denomination"] = cells.mended(found["denomination"])
            departement = codes.departement_of_commune(found["code_commune"])
            for column, derive in (
                ("insee_dep", codes.normal_departement),
                ("code_postal", codes.departement_of_postcode),
            ):
                if column in used and (departement == "").any():
                    departement = departement.where(departement != "", derive(column_of(column)))
            lon, lat = read_positions(raw, used, departement, journal)
        finally:
            siret, siren = identifiers.result()
            journal.problems[at:at] = noted.problems
    found |= {"siret": siret, "siren": siren}
    found |= {"longitude": pd.Series(lon), "latitude": pd.Series(lat)}
    found = {column: found[column] for column in COLUMNS}
    found |= {column: column_of(column) for column in OPTIONAL if column in used}
    found["insee_dep"] = departement
    table = with_extras(pd.DataFrame(found, index=pd.RangeIndex(rows)), raw.source, used)
    for column in _NUMBERS.intersection(table.columns):
        table[column] = codes.numbers(cells.stripped(table[column]))[0]
    _say_missing(used, journal)
    extent = None
    located = np.isfinite(lon) & np.isfinite(lat) & ((lon != 0) | (lat != 0))
    if located.any():
        x, y = lon[located], lat[located]
        extent = (x.min(), y.min(), x.max(), y.max())
    report = make_report(raw, journal, kind="etablissements", used=used, extent=extent)
    return Reading(table, raw.source, report)


def _restored(texts: pd.Series, width: int, column: str, journal: Journal) -> pd.Series:
    """Restore leading zeros and say how many."""
    texts, restored = codes.padded(texts, width)
    if restored:
        journal.inform(
            f"{plural(restored, 'code')} sans zéro initial ; rétabli{'s' if restored > 1 else ''}.",
            column=column,
        )
    return texts


def _rev2_only(found: dict[str, pd.Series], nomenclature: pd.Series, journal: Journal) -> pd.Series:
    """Leave out activities that the file itself says are of another nomenclature."""
    activity = found["activite_principale"]
    other = cells.by_value(
        nomenclature, lambda text: "" if key(text) in ("", "nafrev2") else "autre"
    )
    apart = (other != "") & (activity != "")
    if not apart.any():
        return activity
    journal.warn(
        f"{plural(int(apart.sum()), 'activité')} d'une autre nomenclature que la NAF rév. 2 ; "
        "laissées de côté.",
        column="nomenclatureActivitePrincipaleEtablissement",
    )
    return activity.mask(apart, "")


def _truth(text: str) -> str:
    """Write yes and no as ``true`` and ``false``; anything else is kept as it is."""
    text = text.strip(cells.WHITE)
    lowered = text.lower()
    return "true" if lowered in _TRUE else "false" if lowered in _FALSE else text


def _employer(text: str) -> str:
    """Write O or N; anything else is kept, upper case."""
    text = text.strip(cells.WHITE)
    lowered = text.lower()
    return "O" if lowered in _TRUE else "N" if lowered in _FALSE else text.upper()


def _types(text: str) -> str:
    """Join several types with « ; », whatever joined them in the file."""
    parts = (part.strip(cells.WHITE) for part in _JOINS.split(text))
    return ";".join(part for part in parts if part)


#: Columns of few texts, each changed once. The others are only stripped.
_BY_VALUE: dict[str, Callable[[str], str]] = {
    "categorie_juridique": codes.whole_code,
    "annee_effectifs": codes.whole_code,
    "qualite_xy": codes.whole_code,
    "est_siege": _truth,
    "caractere_employeur": _employer,
    "types": _types,
}


def _say_missing(used: dict[str, int], journal: Journal) -> None:
    """Say once which optional columns the file does not have."""
    missing = [column for column in _EXPECTED if column not in used]
    if missing:
        journal.inform(
            f"colonnes facultatives absentes : {', '.join(missing)} ; "
            "ce qui en dépend sera « inconnu »."
        )
