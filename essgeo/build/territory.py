"""From what was asked of the public API for a territory to a data folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from essgeo.build.assemble import assemble, with_population
from essgeo.datafolder import check_writable
from essgeo.errors import DataError
from essgeo.join import JoinResult
from essgeo.manifest import Manifest, Source
from essgeo.readers import FileReport, read_population, read_quartiers
from essgeo.readers.etablissements import build_etablissements
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal
from essgeo.sources import brut
from essgeo.sources import recherche_entreprises as api
from essgeo.sources.brut import RawFile
from essgeo.sources.catalogue import open_sources
from essgeo.sources.kept import answers
from essgeo.sources.proof import PAGES_FILE, Proof, read_proof
from essgeo.sources.territory import Territory, outlines_within
from essgeo.text import NBSP, number, plural

#: Sources of outlines in the catalogue of files.
OUTLINES = ("qpv-2024", "qpv-2015")
#: Files that people put beside: the inhabitants of neighbourhoods.
_TABLES = (".csv", ".xlsx")

#: What the API leaves out or does not say.
LIMITS = (
    "Ce que l'API ne donne pas : les sociétés commerciales de l'ESS et les entreprises agréées "
    "ESUS y sont en partie absentes, les unités non diffusibles toujours ; le type d'insertion "
    "est celui de la structure, pour tous ses établissements ; la qualité des positions n'est pas "
    "dite.",
    "Sans dénominateurs : tous les emplois du territoire n'étant pas connus, le poids de l'ESS "
    "dans l'emploi n'est pas calculé.",
)
WITHOUT_POPULATION = (
    "Sans population des quartiers : aucun taux pour 1 000 habitants ; posez le fichier de "
    "l'Insee (population des quartiers, .csv ou .xlsx) dans le dossier brut et refaites."
)


@dataclass(frozen=True)
class TerritoryBuilt:
    """What a build of a territory did."""

    manifest: Manifest
    joins: dict[str, JoinResult]
    reports: tuple[FileReport, ...]


def is_territory(raw: Path) -> bool:
    """Whether a folder of raw files is that of a territory."""
    return read_proof(raw) is not None


def build_territory(raw: Path, out: Path) -> TerritoryBuilt:
    """Make a data folder of a territory.

    Parameters
    ----------
    raw
        Folder made by ``fetch`` for a territory: pages of the API, outlines of neighbourhoods,
        and a table of their inhabitants if somebody put one there.
    out
        Folder to write; absent, empty, or a data folder that is then replaced.

    Raises
    ------
    DataError
        The folder is not that of a territory, or is not complete; the territory has no
        neighbourhood, or no establishment of the ESS.
    OutputError
        ``out`` is not ours to write.
    """
    check_writable(out)
    proof = read_proof(raw)
    known = brut.read(raw).fichiers
    if proof is None or not proof.complete or api.ID not in known:
        raise DataError(
            f"{raw} : la lecture du territoire n'est pas terminée ; relancez « python -m essgeo "
            "fetch » avec le même dossier, ce qui est lu ne sera pas redemandé."
        )
    where = proof.territory
    outlines, said, reports = territory_outlines(raw, where)
    notes = [said]
    for path in _tables(raw):
        outlines, told = with_population(outlines, read_population(path), path)
        notes.append(told)
    if outlines["population"].isna().all():
        notes.append(WITHOUT_POPULATION)
    points, report = _points(raw, where)
    first = (
        f"{where}{NBSP}: {plural(len(points), 'établissement ouvert', 'établissements ouverts')} "
        f"de l'ESS, lus le {known[api.ID].date} par l'API Recherche d'entreprises."
    )
    made = assemble(
        outlines,
        points,
        titre=f"ESS de {where}, API Recherche d'entreprises",
        sources=_sources(known, proof),
        notes=[first, proof.sentence(), *notes, *LIMITS],
    )
    return TerritoryBuilt(made.write(out), dict(made.joins), (report, *reports))


def territory_outlines(
    raw: Path, where: Territory
) -> tuple[gpd.GeoDataFrame, str, tuple[FileReport, ...]]:
    """Read the neighbourhoods of a territory from a folder of raw files.

    Returns
    -------
    tuple
        The outlines, a French sentence on which they are, and what reading found.

    Raises
    ------
    DataError
        No outlines in the folder, or none in the territory.
    """
    known = brut.read(raw).fichiers
    readings = [read_quartiers(raw / known[one].fichier) for one in OUTLINES if one in known]
    if not readings:
        raise DataError(
            f"{raw} : les contours des quartiers n'y sont pas ; relancez « python -m essgeo fetch »"
            " avec le même dossier."
        )
    whole = gpd.GeoDataFrame(
        pd.concat([one.table for one in readings], ignore_index=True), crs="EPSG:4326"
    )
    kept = outlines_within(whole, where)
    if kept.empty:
        raise DataError(
            f"{where} : aucun quartier prioritaire n'y est ; choisissez un territoire plus grand "
            "(le département, par exemple)."
        )
    said = (
        f"Quartiers{NBSP}: {number(len(kept))} sur {number(len(whole))}, ceux dont une commune est "
        "du territoire ; ailleurs, rien n'a été demandé."
    )
    return kept, said, tuple(one.report for one in readings)


def _tables(raw: Path) -> Iterator[Path]:
    """Find the tables that somebody put in the folder."""
    yield from sorted(path for path in raw.iterdir() if path.suffix.lower() in _TABLES)


def _points(raw: Path, where: Territory) -> tuple[pd.DataFrame, FileReport]:
    path = raw / PAGES_FILE
    rows = api.establishments(answers(path), where)
    if rows.empty:
        raise DataError(
            f"{where} : l'API n'y connaît aucun établissement ouvert de l'ESS ; choisissez un "
            "territoire plus grand."
        )
    journal = Journal(path)
    reading = build_etablissements(Raw("JSON", rows, word="établissement"), journal)
    journal.stop_if_blocked()
    return reading.table, reading.report


def _sources(known: Mapping[str, RawFile], proof: Proof) -> list[Source]:
    catalogue = open_sources()
    found = []
    for name in (api.ID, *OUTLINES):
        if name not in known:
            continue
        one = known[name]
        found.append(
            Source(
                id=name,
                titre=one.titre,
                editeur=one.editeur,
                date=one.date,
                licence=one.licence,
                url=catalogue[name].page if name in catalogue else one.page,
                lignes=proof.units if name == api.ID else None,
                sha256=one.sha256,
                fichier=one.fichier,
            )
        )
    return found
