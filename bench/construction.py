"""The country's official files, built into a data folder: time, memory, and beside bare DuckDB.

``python -m bench.construction build|bare|open FOLDER [OUT]`` does one of the works alone and
prints what it measured of itself; the bench starts one such process a measure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from bench.join import peak
from bench.officiel import NAMES, drawn
from bench.report import ROOT, Measure, Part
from essgeo.text import number, percent

PACKAGES = ("duckdb", "ibis-framework", "pyarrow", "pandas", "geopandas")

#: Shares of the country: the whole and a quarter of it; for a quick trial, ten thousand times less.
WHOLE, QUARTER = 1.0, 0.25
QUICK = (0.004, 0.001)
#: An opening is measured in so many processes, each new.
OPENINGS = 3

INTRODUCTION = """\
Fichiers tirés au hasard par `bench/officiel.py`, aux colonnes, types et proportions des fichiers
officiels, en Parquet : {etablissements} établissements, {unites} unités légales, {positions}
positions, {liste} lignes de liste d'ESS France ; contours de quartiers {source}. La construction
est celle de `python -m essgeo build --raw`, du lancement du programme au dossier écrit, dans un
processus à elle ; « le travail nu » est ce que DuckDB met, dans un autre processus et dans la même
exécution, à seulement lire, filtrer et rapprocher les mêmes colonnes des mêmes lignes ({retenus}
établissements de l'ESS ou employeurs), sans situer, rattacher, contrôler ni écrire. Les fichiers
sont déjà dans la mémoire du système, pour l'un comme pour l'autre. « Ouverture à froid » : un
programme neuf, dont les bibliothèques sont chargées, ouvre comme l'application le dossier fait
({ess} établissements de l'ESS) ; « en mémoire » : le visiteur suivant.
"""

#: The same columns of the same rows, and nothing else.
BARE = """
CREATE TEMP TABLE member AS
    SELECT lpad("SIREN", 9, '0') AS siren FROM read_csv('{liste}', all_varchar = true)
    UNION SELECT "SIREN" FROM read_csv('{esus}', all_varchar = true)
    UNION SELECT siren FROM '{unites}' WHERE economieSocialeSolidaireUniteLegale = 'O';
CREATE TEMP TABLE kept AS
    SELECT siret, siren, statutDiffusionEtablissement, dateCreationEtablissement,
        trancheEffectifsEtablissement, anneeEffectifsEtablissement, etablissementSiege,
        codeCommuneEtablissement, activitePrincipaleEtablissement, caractereEmployeurEtablissement,
        nomenclatureActivitePrincipaleEtablissement, coordonneeLambertAbscisseEtablissement,
        coordonneeLambertOrdonneeEtablissement
    FROM '{etablissements}'
    WHERE etatAdministratifEtablissement = 'A' AND (
        caractereEmployeurEtablissement = 'O' OR siren IN (SELECT siren FROM member));
CREATE TEMP TABLE unit AS
    SELECT siren, statutDiffusionUniteLegale, denominationUniteLegale, sigleUniteLegale,
        categorieJuridiqueUniteLegale, denominationUsuelle1UniteLegale, nomUniteLegale,
        nomUsageUniteLegale, prenom1UniteLegale, prenomUsuelUniteLegale
    FROM '{unites}' WHERE siren IN (SELECT siren FROM kept);
"""
BARE_ROWS = """
SELECT * FROM kept LEFT JOIN unit USING (siren) LEFT JOIN (
    SELECT siret, x_longitude, y_latitude, x, y, epsg, qualite_xy, plg_qp24, plg_qp15,
        plg_code_commune, distance_precision
    FROM '{positions}') USING (siret)
"""


def run(*, quick: bool = False) -> Part:
    """Measure everything and return the part of docs/performance.md."""
    whole, quarter = (drawn(part) for part in (QUICK if quick else (WHOLE, QUARTER)))
    with tempfile.TemporaryDirectory(prefix="essgeo-bench-") as name:
        work = Path(name)
        # The smaller first: what the first one pays (a library's own files) counts for neither.
        small = alone("build", quarter, work / "quart")
        bare = alone("bare", whole, work)
        built = alone("build", whole, work / "pays")
        opened = [alone("open", work / "pays", work) for _ in range(1 if quick else OPENINGS)]
    cold = sorted(one["cold"] for one in opened)[len(opened) // 2]
    again = max(one["again"] for one in opened)
    # Small data says whether the bench works, not what the project holds.
    promised = not quick

    def limit(value: float) -> float | None:
        return value if promised else None

    sizes = {kind: rows(whole / f"{stem}.parquet") for kind, stem in NAMES.items()}
    with (whole / "entreprisesess.csv").open(encoding="utf-8") as lines:
        listed = sum(1 for _ in lines) - 1
    return Part(
        key="construction",
        title="Construire le dossier du pays",
        introduction=INTRODUCTION.format(
            **{kind: number(count) for kind, count in sizes.items()},
            liste=number(listed),
            source="réels" if os.environ.get("ESSGEO_REEL", "").strip() else "simulés",
            retenus=number(bare["rows"]),
            ess=number(opened[0]["rows"]),
        ),
        tables=[
            (
                "Construction",
                [
                    Measure("construction complète", built["seconds"], "s", limit(90.0)),
                    Measure("mémoire au plus haut", built["peak"], "Mo", limit(3000.0)),
                    Measure("temps de processeur", built["cpu"], "s"),
                    Measure(
                        f"un quart du pays ({percent(QUARTER)} des lignes)", small["seconds"], "s",
                        decimals=1,
                    ),
                    Measure(
                        "le pays, rapporté à son quart", built["seconds"] / small["seconds"],
                        "fois", limit(4.4), decimals=2,
                    ),
                    Measure("le travail nu, DuckDB", bare["seconds"], "s"),
                    Measure("le travail nu, mémoire au plus haut", bare["peak"], "Mo"),
                    Measure(
                        "construction, rapportée au travail nu",
                        built["seconds"] / bare["seconds"], "fois", limit(2.5), decimals=2,
                    ),
                ],
            ),
            (
                "Le dossier dans l'application",
                [
                    Measure("ouverture à froid", cold, "s", limit(4.0), decimals=1),
                    Measure("ouverture en mémoire", again, "s", limit(1.0), decimals=3),
                ],
            ),
        ],
    )  # fmt: skip


def rows(file: Path) -> int:
    """Count the rows of a Parquet file."""
    return int(pq.read_metadata(file).num_rows)


# --- one process a measure ------------------------------------------------------------------------


def alone(work: str, folder: Path, out: Path) -> dict[str, float]:
    """Do a work in a process of its own; what it says, and ``seconds`` from start to end."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.construction", work, str(folder), str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {"seconds": time.perf_counter() - start, **said}


def build(raw: Path, out: Path) -> dict[str, float]:
    """Build as a person would."""
    from essgeo import cli

    if cli.main(["build", "--raw", str(raw), "--out", str(out)]):
        raise RuntimeError(f"la construction de {raw} a échoué")
    return {}


def bare(raw: Path, work: Path) -> dict[str, float]:
    """Scan, filter and join the same columns, and hand the rows over."""
    files = {kind: raw / f"{stem}.parquet" for kind, stem in NAMES.items()}
    files |= {"liste": raw / "entreprisesess.csv", "esus": raw / "liste_esus.csv"}
    spill = work / "nu"
    spill.mkdir(parents=True)
    count = 0
    with duckdb.connect(":memory:") as base:
        base.execute(f"SET temp_directory = '{spill}'; SET memory_limit = '2GB'")
        base.execute("SET preserve_insertion_order = false")
        base.execute(BARE.format(**files))
        for batch in base.execute(BARE_ROWS.format(**files)).to_arrow_reader(500_000):
            count += batch.num_rows
    shutil.rmtree(spill, ignore_errors=True)
    return {"rows": count}


def opening(folder: Path, _out: Path) -> dict[str, float]:
    """Open a data folder as the app does, twice."""
    os.environ["ESSGEO_DATA"] = str(folder)
    from essgeo.ui.loading import atlas

    start = time.perf_counter()
    opened = atlas()
    cold = time.perf_counter() - start
    start = time.perf_counter()
    atlas()
    return {"cold": cold, "again": time.perf_counter() - start, "rows": len(opened)}


WORKS = {"build": build, "bare": bare, "open": opening}


if __name__ == "__main__":
    found = WORKS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({**found, "peak": peak(), "cpu": time.process_time()}))
