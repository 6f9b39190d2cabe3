"""From the official files of the country to a data folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.build import contract, ledger
from essgeo.build.assemble import Assembled, assemble, by_generation, with_bands
from essgeo.build.engines import DuckDB, Engine
from essgeo.build.pipeline import Sources, Work, work
from essgeo.build.places import located
from essgeo.build.report import Report
from essgeo.build.spark import Spark
from essgeo.build.tally import Tally
from essgeo.build.workshop import unzipped, workshop
from essgeo.datafolder import REPORT, check_writable
from essgeo.errors import DataError, UsageError
from essgeo.files import sha256
from essgeo.manifest import Manifest, Source
from essgeo.readers import read_quartiers
from essgeo.sources import brut, ess_france, etablissements, geolocalisation, lists, unites_legales
from essgeo.sources.catalogue import open_sources
from essgeo.sources.columns import Kind
from essgeo.sources.recognise import (
    ESUS,
    INDICATORS,
    INSERTION,
    KINDS,
    LIBELLES,
    OUTLINES,
    UNKNOWN,
    RawTable,
    recognise,
)
from essgeo.text import listing, plural

Meter = Callable[[str, float, float | None], None]

#: Official files without which there is no folder.
NEEDED = (etablissements.KIND, unites_legales.KIND, geolocalisation.KIND)


def _unheard(_what: str, _done: float, _total: float | None) -> None:
    """Hear of progress and do nothing."""


@dataclass(frozen=True)
class RawBuilt:
    """What a build of official files did."""

    manifest: Manifest
    report: Report
    warnings: tuple[str, ...]


def build_raw(
    raw: Path | None,
    out: Path,
    *,
    engine: str = "duckdb",
    master: str = "",
    given: Mapping[str, str] | None = None,
    meter: Meter = _unheard,
) -> RawBuilt:
    """Make a data folder of official files.

    Parameters
    ----------
    raw
        Folder of raw files, recognised by their columns; those whose names start with a dot are
        not looked at.
    out
        Folder to write; absent, empty, or a data folder that is then replaced at the end.
    engine
        ``duckdb`` or ``spark``.
    master
        Address of Spark's master.
    given
        Kind of source (see `KINDS`) -> pattern or address, given to the engine as it is; it wins
        over what the folder holds.
    meter
        Told of the work's progress: what, how much, of how much.

    Raises
    ------
    DataError
        A source is missing, doubled, unreadable, or lacks a column; the text names the file.
    OutputError
        ``out`` is not ours to write, or the disk is too small.
    UsageError
        An engine or a kind of source that does not exist.
    """
    check_writable(out)
    tables = _by_kind(recognise(raw) if raw is not None else [], given or {}, raw)
    warnings = [
        f"{one.name} : pris pour une liste d'agréments ESUS, à sa seule colonne de SIREN ; "
        "retirez-le du dossier si ce n'en est pas une."
        for one in tables.get(ESUS, [])
        if not one.sure
    ]
    warnings += [
        f"{one.name} : ses colonnes ne disent pas ce que c'est ; laissé de côté."
        for one in tables.get(UNKNOWN, [])
        if Path(one.name).suffix.lower() in (".csv", ".txt", ".zip", ".xlsx", ".parquet")
    ]
    report = Report()
    with workshop(out, _zips(tables)) as shop, ThreadPoolExecutor(1) as aside:
        # Python's own work, done while the engine is at its.
        read = aside.submit(_quartiers, tables)
        outlines = aside.submit(lambda: by_generation(read.result()[0]))
        bands = aside.submit(lambda: with_bands(read.result()[0], outlines.result()))
        hashes = _hashes(tables, raw, aside)
        runner: Engine = _engine(engine, master, shop)
        try:
            meter("lecture des fichiers", 0, None)
            sources = _sources(tables, runner, shop)
            tally = Tally(outlines)
            parts = _rows(sources, runner, tally, report, tables, meter)
        except BaseException:
            aside.shutdown(cancel_futures=True)
            raise
        finally:
            runner.close()
        meter("rattachement et écriture", 0, None)
        quartiers, warned = read.result()
        made = assemble(
            bands.result(),
            contract.points(parts, _types(tables), quartiers, report),
            titre="Fichiers officiels : Sirene, géolocalisation, ESS France, quartiers",
            sources=_said(tables, raw, hashes, report),
            notes=contract.NOTES,
            denominateurs=tally.table(),
            prepared=outlines.result(),
        )
        _finish(report, made, tables)
        return RawBuilt(
            made.write(out, texts={REPORT: report.text()}), report, (*warned, *warnings)
        )


# --- what there is to read ----------------------------------------------------------------------


def _by_kind(
    found: list[RawTable], given: Mapping[str, str], raw: Path | None
) -> dict[str, list[RawTable]]:
    """Sort sources by kind; of the official files, one each."""
    tables: dict[str, list[RawTable]] = {}
    for one in found:
        tables.setdefault(one.kind, []).append(one)
    known = {kind.id: kind for kind in KINDS}
    for name, address in given.items():
        if name not in known:
            raise UsageError(f"--source : « {name} » inconnu ; au choix : {', '.join(known)}")
        form = "csv" if address.lower().split("?")[0].endswith((".csv", ".csv.gz")) else "parquet"
        delimiter = ";" if name == geolocalisation.KIND.id else ","
        tables[name] = [RawTable(name, (address,), form, delimiter)]
    for kind in KINDS:
        several = tables.get(kind.id, [])
        if len(several) > 1:
            names = listing([one.name for one in several])
            raise DataError(
                f"{raw} : {names} sont tous « {kind.libelle} » ; n'en gardez qu'un "
                "(un dossier par millésime), ou nommez-les par --source."
            )
    missing = [kind.libelle for kind in NEEDED if kind.id not in tables]
    if OUTLINES not in tables:
        missing.append(LIBELLES[OUTLINES])
    if missing:
        raise DataError(
            f"{raw} : il manque {listing(missing)} ; "
            "« python -m essgeo fetch --out DOSSIER » les télécharge."
        )
    return tables


def _quartiers(tables: Mapping[str, list[RawTable]]) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read outlines of one generation or two, and what other files say of them."""
    warnings: list[str] = []
    parts: list[pd.DataFrame] = []
    seen: dict[str, str] = {}
    for one in tables[OUTLINES]:
        reading = read_quartiers(Path(one.paths[0]))
        warnings += [
            f"{one.name} : {problem.message}"
            for problem in reading.report.problems
            if problem.level != "information"
        ]
        for generation in reading.table["generation"].unique():
            if generation in seen:
                raise DataError(
                    f"{one.name} : les quartiers de {generation} sont déjà dans "
                    f"{seen[generation]} ; gardez un seul des deux fichiers."
                )
            seen[generation] = one.name
        parts.append(reading.table)
    quartiers = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    for one in tables.get(INDICATORS, []):
        table = lists.read_indicators(Path(one.paths[0]))
        known = int(quartiers["code_qp"].isin(table.index).sum())
        if not known:
            warnings.append(f"{one.name} : aucun de ses quartiers n'est dans les contours.")
        for name in table.columns:
            found = quartiers["code_qp"].map(table[name])
            before = quartiers[name] if name in quartiers.columns else None
            if before is not None and not pd.api.types.is_numeric_dtype(before):
                continue
            quartiers[name] = found if before is None else found.fillna(before)
    return quartiers, warnings


# --- engine and sources --------------------------------------------------------------------------


def _engine(name: str, master: str, shop: Path) -> Engine:
    if name == "duckdb":
        return DuckDB(shop)
    if name == "spark":
        return Spark(master or "local[*]")
    raise UsageError(f"--engine : « {name} » inconnu ; au choix : duckdb, spark")


def _sources(tables: Mapping[str, list[RawTable]], engine: Engine, shop: Path) -> Sources:
    """Open every official file and bring it to common columns."""

    def found(kind: Kind) -> tuple[ir.Table, str]:
        one = tables[kind.id][0]
        paths, form = list(one.paths), one.form
        if form == "zip":
            paths, form = [str(unzipped(Path(paths[0]), shop))], "csv"
        wanted = {name.lower() for name in (*kind.needed, *kind.optional)}
        table = engine.read(paths, "csv" if form == "csv" else "parquet", one.delimiter, wanted)
        return table, one.name

    esus = None
    if ESUS in tables:
        lines = pa.concat_tables(lists.read_siren(Path(one.paths[0])) for one in tables[ESUS])
        esus = ess_france.of_siren(engine.table(lines))
    return Sources(
        etablissements=etablissements.opened(*found(etablissements.KIND)),
        unites=unites_legales.opened(*found(unites_legales.KIND)),
        positions=geolocalisation.opened(*found(geolocalisation.KIND)),
        liste=(
            ess_france.opened(*found(ess_france.KIND)) if ess_france.KIND.id in tables else None
        ),
        esus=esus,
    )


def _zips(tables: Mapping[str, list[RawTable]]) -> list[Path]:
    """List the archives that will be unzipped."""
    return [
        Path(one.paths[0]) for several in tables.values() for one in several if one.form == "zip"
    ]


def _hashes(
    tables: Mapping[str, list[RawTable]], raw: Path | None, aside: ThreadPoolExecutor
) -> dict[str, Future[str]]:
    """Have the fingerprints of local files computed meanwhile; a known one is not done again."""
    known = brut.read(raw).fichiers.values() if raw is not None else ()
    said = {one.fichier: one for one in known if one.sha256}
    found = {}
    for several in tables.values():
        for one in several:
            path = Path(one.paths[0])
            note = said.get(path.name)
            if note is not None and raw is not None and path.parent == raw:
                found[one.paths[0]] = aside.submit(str, note.sha256)
            elif path.is_file():
                found[one.paths[0]] = aside.submit(sha256, path)
    return found


# --- rows ---------------------------------------------------------------------------------------


def _rows(
    sources: Sources,
    engine: Engine,
    tally: Tally,
    report: Report,
    tables: Mapping[str, list[RawTable]],
    meter: Meter,
) -> list[pa.Table]:
    """Run the expression; return the establishments of the ESS, and count all employers."""
    steps = iter(range(1, 100))

    def keep(table: ir.Table) -> ir.Table:
        meter("construction, étapes", next(steps), ledger.STEPS)
        tally.check()
        return engine.keep(table)

    asked: Work = work(sources, keep)
    expected = ledger.write(report, sources, asked, engine, lambda: _counted(meter, steps))
    ways, parts, seen = Counter[str](), [], 0
    for batch in _ahead(engine.batches(asked.lignes)):
        meter("établissements situés", seen, expected)
        seen += batch.num_rows
        lon, lat, how = located(batch)
        ways += how
        placed = contract.placed(batch, lon, lat)
        tally.add(contract.employers(placed))
        parts.append(placed.filter(pc.field("ess")))
    if seen != expected:
        raise DataError(
            f"{_names(tables)} : {plural(seen - expected, 'ligne')} de trop une fois rapprochés ; "
            "un SIRET ou un SIREN y figure deux fois, reprenez les fichiers à leur source."
        )
    report.add_all("positions", {way: ways[way] for way in contract.WAYS})
    return parts


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Have the engine prepare a batch while the one before is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _types(tables: Mapping[str, list[RawTable]]) -> list[pd.Series]:
    """Read the lists of insertion structures: SIRET -> types."""
    return [lists.read_types(Path(one.paths[0])) for one in tables.get(INSERTION, [])]


def _counted(meter: Meter, steps: Iterator[int]) -> None:
    """Say that one more step begins."""
    meter("construction, étapes", next(steps), ledger.STEPS)


def _names(tables: Mapping[str, list[RawTable]]) -> str:
    return ", ".join(tables[kind.id][0].name for kind in NEEDED)


# --- what is said of it -------------------------------------------------------------------------


def _said(
    tables: Mapping[str, list[RawTable]],
    raw: Path | None,
    hashes: Mapping[str, Future[str]],
    report: Report,
) -> list[Source]:
    """Describe the sources in the order of importance."""
    noted = brut.read(raw) if raw is not None else brut.Raw()
    catalogue = open_sources()
    order = [*(kind.id for kind in KINDS), ESUS, INSERTION, OUTLINES, INDICATORS]
    found = []
    for kind in order:
        for one in tables.get(kind, []):
            name = one.name
            pair = noted.source_of(name)
            entry = catalogue.get(pair[0] if pair else kind)
            rows = next((v for p, m, v, _ in report.lines if p == kind and m == "lignes"), None)
            hashed = hashes.get(one.paths[0])
            found.append(
                Source(
                    id=pair[0] if pair else kind,
                    titre=entry.titre if entry else LIBELLES[kind],
                    editeur=entry.producteur if entry else "",
                    date=pair[1].date if pair else "",
                    licence=entry.licence if entry else "",
                    url=entry.page if entry else "",
                    lignes=rows if isinstance(rows, int) else None,
                    sha256=hashed.result() if hashed else "",
                    fichier=name,
                )
            )
    return found


def _finish(report: Report, made: Assembled, tables: Mapping[str, list[RawTable]]) -> None:
    """Add to the report what is known at the end."""
    for generation, result in made.joins.items():
        report.join(generation, result)
    report.classes(made.tables["etablissements"])
    report.add("établissements", "dossier de données", len(made.tables["etablissements"]))
    report.add("établissements", "réunis à un autre de même SIRET", made.merged)
    for kind, several in tables.items():
        for one in several:
            if kind == UNKNOWN:
                report.add("fichiers", one.name, "non reconnu", "laissé de côté")
            else:
                report.add("fichiers", one.name, LIBELLES[kind])
