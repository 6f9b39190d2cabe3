"""Official files, drawn: ``python -m bench.officiel --out D [--part 0.01] [--format csv]``.

The columns, the types, the sizes and the traps of Insee's and ESS France's files, with made-up
units in them: 44 million establishments of which 16.7 are active, 30 million legal units, 38
million positions, a list of 1.13 million ESS units. Real outlines (ESSGEO_REEL) or those of the
demonstration lie beside, and positions fall in and around them as real ones do. The same share
draws the same bytes with the same version of DuckDB. Nothing here is ever a figure: SIREN and
names are drawn too.

Widths and types of columns: Insee's descriptions of the files; the types of dates and years in
Parquet are assumed (DATE, INTEGER), those of ``categorieJuridiqueUniteLegale`` (integer) and of
``etablissementSiege`` (boolean) are known.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray

from bench.report import ROOT
from essgeo.datafolder import read_outlines
from essgeo.join import Outlines
from essgeo.nomenclatures.communes import communes
from essgeo.nomenclatures.territoires import territoires, territory_index
from essgeo.readers import read_quartiers
from essgeo.readers.sidetables import read_communes

#: Legal units of the whole country, in and out of activity (Insee, July 2026).
UNITS = 30_000_000
#: Addresses that establishments share, for as many units.
PLACES = 4_000_000
SEED = 2024

#: Files written, by what they are.
NAMES = {
    "etablissements": "StockEtablissement_utf8",
    "unites": "StockUniteLegale_utf8",
    "positions": "GeolocalisationEtablissement_Sirene_pour_etudes_statistiques_utf8",
}

#: Codes of activity that ESS units have, the frequent ones several times.
ESS_NAF = [
    code
    for code, times in (
        ("94.99Z", 5), ("93.12Z", 3), ("90.01Z", 2), ("88.99B", 2), ("93.29Z", 1), ("85.59A", 1),
        ("85.59B", 1), ("88.10A", 1), ("88.91A", 1), ("87.30A", 1), ("86.10Z", 1), ("85.31Z", 1),
        ("85.52Z", 1), ("65.12Z", 1), ("64.19Z", 1), ("47.11F", 1), ("81.21Z", 1), ("55.20Z", 1),
        ("38.31Z", 1), ("43.21A", 1), ("71.12B", 1),
    )
    for _ in range(times)
]  # fmt: skip

#: Insee's districts of the three cities that Sirene knows by district only.
DISTRICTS = {"75056": (75101, 20), "69123": (69381, 9), "13055": (13201, 16)}

MACROS = """
CREATE MACRO twice(d) AS 2 * d - 9 * (d > 4)::BIGINT;
CREATE MACRO digit(n, i) AS (n // (10::BIGINT ** i)::BIGINT) % 10;
-- Luhn's check digit of a number: every other digit from the right is doubled.
CREATE MACRO check_of_8(n) AS (10 - (
    twice(n % 10) + (n // 10) % 10 + twice((n // 100) % 10) + (n // 1000) % 10
    + twice((n // 10000) % 10) + (n // 100000) % 10 + twice((n // 1000000) % 10)
    + (n // 10000000) % 10) % 10) % 10;
CREATE MACRO check_of_13(n) AS (10 - (
    twice(n % 10) + (n // 10) % 10 + twice((n // 100) % 10) + (n // 1000) % 10
    + twice((n // 10000) % 10) + (n // 100000) % 10 + twice((n // 1000000) % 10)
    + (n // 10000000) % 10 + twice((n // 100000000) % 10) + (n // 1000000000) % 10
    + twice((n // 10000000000) % 10) + (n // 100000000000) % 10
    + twice((n // 1000000000000) % 10)) % 10) % 10;
CREATE MACRO nic_of(siren, rank) AS
    lpad(((rank + 1) * 10 + check_of_13(siren * 10000 + rank + 1))::VARCHAR, 5, '0');
-- A share of a hash, drawn from 0 to 9,999, independent for each salt.
CREATE MACRO draw(h, salt) AS (hash(h, salt) % 10000)::INTEGER;
CREATE MACRO band(d) AS CASE
    WHEN d < 500 THEN '00' WHEN d < 4200 THEN '01' WHEN d < 6000 THEN '02' WHEN d < 7300 THEN '03'
    WHEN d < 8600 THEN '11' WHEN d < 9480 THEN '12' WHEN d < 9780 THEN '21' WHEN d < 9920 THEN '22'
    WHEN d < 9960 THEN '31' WHEN d < 9980 THEN '32' WHEN d < 9990 THEN '41' WHEN d < 9995 THEN '42'
    WHEN d < 9997 THEN '51' WHEN d < 9999 THEN '52' ELSE '53' END;
"""

#: One row a legal unit. The shares make the totals of the whole country.
UNITS_SQL = """
CREATE TABLE drawn AS
WITH bare AS (
    SELECT range AS u, 500000 + (range * 95000000) // {units} AS base, hash(range, {seed}) AS h
    FROM range({units})
), open AS (
    SELECT u, base * 10 + check_of_8(base) AS siren, h, draw(h, 1) < 4800 AS active FROM bare
)
SELECT *,
    -- 1.13 million on the list of ESS France, a few of them closed since.
    CASE WHEN active THEN draw(h, 2) < 777 ELSE draw(h, 2) < 7 END AS listed,
    -- Commercial companies that Insee alone knows; agreed ones that nobody else lists.
    draw(h, 3) < 15 AND active AS flagged,
    hash(h, 4) % 100000 < {agreed} AND active AS esus,
    CASE WHEN draw(h, 5) < 7200 THEN 1 WHEN draw(h, 5) < 9000 THEN 2 WHEN draw(h, 5) < 9600 THEN 3
        WHEN draw(h, 5) < 9900 THEN 4 WHEN draw(h, 5) < 9990 THEN 6 WHEN draw(h, 5) < 9999 THEN 20
        ELSE 147 END AS places,
    draw(h, 6) AS kind
FROM open;
CREATE VIEW unit AS
SELECT *, (listed OR flagged OR esus) AS ess,
    CASE WHEN draw(h, 7) < 3000 THEN 0 ELSE places - 1 END AS seat,
    NOT (listed OR flagged OR esus) AND kind < 6000 AS person,
    CASE
        WHEN listed THEN CASE WHEN kind < 9000 THEN 9220 WHEN kind < 9200 THEN 9221
            WHEN kind < 9300 THEN 9222 WHEN kind < 9450 THEN 9260 WHEN kind < 9600 THEN 5458
            WHEN kind < 9700 THEN 6317 WHEN kind < 9760 THEN 8210 WHEN kind < 9800 THEN 9300
            WHEN kind < 9900 THEN 5710 ELSE 5499 END
        WHEN flagged OR esus THEN CASE WHEN kind < 5000 THEN 5710 ELSE 5499 END
        WHEN kind < 6000 THEN 1000 WHEN kind < 7800 THEN 5499 WHEN kind < 8700 THEN 5710
        WHEN kind < 9700 THEN 6540 WHEN kind < 9740 THEN 7210 WHEN kind < 9760 THEN 4110
        WHEN kind < 9900 THEN 9220 ELSE 2110 END AS legal,
    CASE WHEN draw(h, 8) < CASE
        WHEN NOT (listed OR flagged OR esus) AND kind < 6000 THEN 1500 ELSE 400 END
        THEN 'P' ELSE 'O' END AS spread,
    CASE WHEN listed THEN list_extract({ess_naf}, 1 + draw(h, 9) % {ess_nafs})
        ELSE list_extract({naf}, 1 + draw(h, 9) % {nafs}) END AS ape
FROM drawn;
"""

#: One row an establishment: the seat of an active unit is active.
PLACES_SQL = """
CREATE VIEW establishment AS
WITH every AS (SELECT *, unnest(range(places)) AS rank FROM unit), known AS (
    SELECT *, hash(h, 100 + rank) AS g,
        active AND (rank = seat OR draw(h, 200 + rank) < 3420) AS open,
        lpad(siren::VARCHAR, 9, '0') AS siren9, nic_of(siren, rank) AS nic
    FROM every
), tenure AS (
    -- The seat of an employer that moved: the headcount stayed with the closed one.
    SELECT *, ess AND open AND places > 1 AND rank = seat AND draw(g, 2) < 500 AS moved,
        ess AND active AND NOT open AND abs(rank - seat) = 1 AS left_behind,
        DATE '2023-01-01' + draw(h, 60) % 900 AS move
    FROM known
), hired AS (
    SELECT *, moved OR (
        open AND draw(g, 1) < CASE WHEN ess THEN 1500 WHEN person THEN 300 ELSE 2500 END
        ) AS employer
    FROM tenure
)
SELECT *, siren9 || nic AS siret, (g % {anchors})::BIGINT AS anchor, CASE
    WHEN employer AND (moved OR draw(g, 3) < 600) THEN 'NN'
    WHEN employer OR left_behind THEN band(draw(g, 4))
    WHEN open OR draw(g, 3) < 5000 THEN 'NN' END AS headcount
FROM hired;
CREATE VIEW located AS
SELECT establishment.*, place.* EXCLUDE (anchor)
FROM establishment JOIN place ON establishment.anchor = place.anchor;
"""

UNITS_FILE = """
SELECT lpad(siren::VARCHAR, 9, '0') AS siren, spread AS statutDiffusionUniteLegale,
    CASE WHEN NOT active AND draw(h, 20) < 3000 THEN true END AS unitePurgeeUniteLegale,
    CASE WHEN draw(h, 21) = 0 THEN DATE '0004-01-01' WHEN draw(h, 21) = 1 THEN DATE '2218-05-01'
        ELSE DATE '1970-01-01' + draw(h, 21) * 2 END AS dateCreationUniteLegale,
    CASE WHEN NOT person AND draw(h, 22) < 2000 AND spread = 'O' THEN 'SG' || u % 1000
        WHEN NOT person AND spread = 'P' THEN '[ND]' END AS sigleUniteLegale,
    CASE WHEN person THEN CASE WHEN spread = 'P' THEN '[ND]' WHEN draw(h, 23) < 5000 THEN 'M'
        ELSE 'F' END END AS sexeUniteLegale,
    CASE WHEN person THEN CASE WHEN spread = 'P' THEN '[ND]' ELSE 'PRENOM' || u % 500 END END
        AS prenom1UniteLegale,
    NULL::VARCHAR AS prenom2UniteLegale, NULL::VARCHAR AS prenom3UniteLegale,
    NULL::VARCHAR AS prenom4UniteLegale,
    CASE WHEN person THEN CASE WHEN spread = 'P' THEN '[ND]' ELSE 'PRENOM' || u % 500 END END
        AS prenomUsuelUniteLegale,
    NULL::VARCHAR AS pseudonymeUniteLegale,
    CASE WHEN legal = 9220 AND draw(h, 24) < 6000
        THEN 'W' || lpad((hash(h, 24) % 1000000000)::VARCHAR, 9, '0') END
        AS identifiantAssociationUniteLegale,
    CASE WHEN active AND draw(h, 25) < 1500 THEN band(draw(h, 26)) ELSE 'NN' END
        AS trancheEffectifsUniteLegale,
    CASE WHEN active AND draw(h, 25) < 1500 THEN 2023 END AS anneeEffectifsUniteLegale,
    TIMESTAMP '2026-06-01 08:00:00' AS dateDernierTraitementUniteLegale,
    1 + draw(h, 27) % 9 AS nombrePeriodesUniteLegale,
    CASE WHEN active THEN 'PME' END AS categorieEntreprise,
    CASE WHEN active THEN 2023 END AS anneeCategorieEntreprise,
    DATE '2000-01-01' + draw(h, 28) % 9000 AS dateDebut,
    CASE WHEN active THEN 'A' ELSE 'C' END AS etatAdministratifUniteLegale,
    CASE WHEN person THEN CASE WHEN spread = 'P' THEN '[ND]' ELSE 'NOM' || u % 90000 END END
        AS nomUniteLegale,
    NULL::VARCHAR AS nomUsageUniteLegale,
    CASE WHEN NOT person
        THEN CASE WHEN ess THEN 'STRUCTURE TIREE ' ELSE 'ENTREPRISE TIREE ' END || u
        END AS denominationUniteLegale,
    NULL::VARCHAR AS denominationUsuelle1UniteLegale,
    NULL::VARCHAR AS denominationUsuelle2UniteLegale,
    NULL::VARCHAR AS denominationUsuelle3UniteLegale, legal AS categorieJuridiqueUniteLegale,
    CASE WHEN active OR draw(h, 29) < 5000 THEN ape ELSE '{old_naf}' END
        AS activitePrincipaleUniteLegale,
    CASE WHEN active OR draw(h, 29) < 5000 THEN 'NAFRev2' ELSE 'NAF1993' END
        AS nomenclatureActivitePrincipaleUniteLegale,
    nic_of(siren, seat) AS nicSiegeUniteLegale,
    CASE WHEN flagged OR (listed AND draw(h, 30) < 8500) THEN 'O' WHEN draw(h, 30) < 5000 THEN 'N'
        END AS economieSocialeSolidaireUniteLegale,
    CASE WHEN draw(h, 31) < 3 THEN 'O' WHEN draw(h, 31) < 5000 THEN 'N' END
        AS societeMissionUniteLegale,
    CASE WHEN active THEN 'N' END AS caractereEmployeurUniteLegale,
    '00.00Y' AS activitePrincipaleNAF25UniteLegale
FROM unit
"""

PLACES_FILE = """
SELECT siren9 AS siren, nic, siret, spread AS statutDiffusionEtablissement,
    CASE WHEN moved THEN move ELSE DATE '1980-01-01' + draw(g, 20) * 17 // 10 END
        AS dateCreationEtablissement,
    headcount AS trancheEffectifsEtablissement,
    CASE WHEN headcount <> 'NN' THEN 2023 END AS anneeEffectifsEtablissement,
    NULL::VARCHAR AS activitePrincipaleRegistreMetiersEtablissement,
    TIMESTAMP '2026-06-01 08:00:00' AS dateDernierTraitementEtablissement,
    rank = seat AS etablissementSiege, 1 + draw(g, 21) % 9 AS nombrePeriodesEtablissement,
    NULL::VARCHAR AS complementAdresseEtablissement,
    CASE WHEN spread = 'P' THEN '[ND]' ELSE (1 + draw(g, 22) % 200)::VARCHAR END
        AS numeroVoieEtablissement,
    NULL::VARCHAR AS indiceRepetitionEtablissement,
    NULL::VARCHAR AS dernierNumeroVoieEtablissement,
    NULL::VARCHAR AS indiceRepetitionDernierNumeroVoieEtablissement,
    CASE WHEN spread = 'P' THEN '[ND]' ELSE 'RUE' END AS typeVoieEtablissement,
    CASE WHEN spread = 'P' THEN '[ND]' ELSE 'DE LA VOIE ' || anchor % 50000 END
        AS libelleVoieEtablissement,
    CASE WHEN draw(g, 23) = 0 THEN 'SW1A 1AA' ELSE left(commune, 2) || '000' END
        AS codePostalEtablissement,
    lib_commune AS libelleCommuneEtablissement,
    NULL::VARCHAR AS libelleCommuneEtrangerEtablissement,
    NULL::VARCHAR AS distributionSpecialeEtablissement,
    CASE WHEN draw(g, 23) > 0 THEN commune END AS codeCommuneEtablissement,
    NULL::VARCHAR AS codeCedexEtablissement, NULL::VARCHAR AS libelleCedexEtablissement,
    NULL::VARCHAR AS codePaysEtrangerEtablissement,
    NULL::VARCHAR AS libellePaysEtrangerEtablissement,
    CASE WHEN spread = 'O' THEN commune || '_' || lpad((anchor % 10000)::VARCHAR, 4, '0') END
        AS identifiantAdresseEtablissement,
    CASE WHEN spread = 'P' THEN '[ND]' ELSE x::VARCHAR END
        AS coordonneeLambertAbscisseEtablissement,
    CASE WHEN spread = 'P' THEN '[ND]' ELSE y::VARCHAR END
        AS coordonneeLambertOrdonneeEtablissement,
    {second_address},
    CASE WHEN left_behind THEN move + draw(g, 24) % 40 ELSE DATE '2000-01-01' + draw(g, 24) % 9000
        END AS dateDebut,
    CASE WHEN open THEN 'A' ELSE 'F' END AS etatAdministratifEtablissement,
    CASE WHEN open AND draw(g, 25) < 1000 AND spread = 'O' THEN 'ENSEIGNE ' || anchor % 9999 END
        AS enseigne1Etablissement,
    NULL::VARCHAR AS enseigne2Etablissement, NULL::VARCHAR AS enseigne3Etablissement,
    NULL::VARCHAR AS denominationUsuelleEtablissement,
    CASE WHEN open OR draw(g, 26) < 5000 THEN ape ELSE '{old_naf}' END
        AS activitePrincipaleEtablissement,
    CASE WHEN open OR draw(g, 26) < 5000 THEN 'NAFRev2' ELSE 'NAF1993' END
        AS nomenclatureActivitePrincipaleEtablissement,
    CASE WHEN employer THEN 'O' WHEN open THEN 'N' END AS caractereEmployeurEtablissement,
    '00.00Y' AS activitePrincipaleNAF25Etablissement
FROM located
"""

#: Most persons who asked for partial diffusion have no position; the few that do are a trap.
POSITIONS_FILE = """
SELECT siret, CASE WHEN draw(g, 40) = 0 THEN 0 ELSE x END::FLOAT AS x,
    CASE WHEN draw(g, 40) = 0 THEN 0 ELSE y END::FLOAT AS y,
    CASE WHEN draw(g, 41) < 7200 THEN '11' WHEN draw(g, 41) < 8200 THEN '12'
        WHEN draw(g, 41) < 8700 THEN '21' WHEN draw(g, 41) < 9000 THEN '22' ELSE '33' END
        AS qualite_xy,
    epsg, CASE WHEN draw(g, 42) < 50 THEN 'HZ' ELSE qp24 END AS plg_qp24,
    '0101' AS plg_iris, CASE WHEN qp24 = 'CSZ' THEN 'CSZ' END AS plg_zus,
    CASE WHEN draw(g, 42) < 50 THEN 'HZ' ELSE qp15 END AS plg_qp15, NULL::VARCHAR AS plg_qva,
    commune AS plg_code_commune, (draw(g, 43) / 50)::FLOAT AS distance_precision,
    CASE WHEN draw(g, 41) < 8200 THEN '1' WHEN draw(g, 41) < 9000 THEN '2' ELSE '3' END
        AS qualite_qp24,
    '1' AS qualite_iris, NULL::VARCHAR AS qualite_zus,
    CASE WHEN draw(g, 41) < 8200 THEN '1' WHEN draw(g, 41) < 9000 THEN '2' ELSE '3' END
        AS qualite_qp15,
    NULL::VARCHAR AS qualite_qva,
    CASE WHEN draw(g, 40) = 0 THEN 0 ELSE latitude END::FLOAT AS y_latitude,
    CASE WHEN draw(g, 40) = 0 THEN 0 ELSE longitude END::FLOAT AS x_longitude
FROM located
WHERE draw(g, 44) < CASE WHEN person AND spread = 'P' THEN 300 ELSE 9457 END
"""

#: The list of ESS France: SIREN without their zeros at the head, a few that Sirene no longer has.
LIST_FILE = """
SELECT CASE WHEN draw(h, 50) < 10 THEN 990000000 + u ELSE siren END AS "SIREN",
    'STRUCTURE TIREE ' || u AS "Nom ou raison sociale de l'entreprise",
    CASE WHEN legal IN (9220, 9221, 9222, 9260) THEN 'Associations'
        WHEN legal IN (5458, 6317) THEN 'Coopératives' WHEN legal = 8210 THEN 'Mutuelles'
        WHEN legal = 9300 THEN 'Fondations' END AS "Famille juridique de l'entreprise",
    left(commune, 2) || '000' AS "Code postal",
    upper(lib_commune) AS "Libellé de la commune de l'établissement",
    left(commune, 2) AS "Code du département de l'établissement",
    NULL::VARCHAR AS "Département de l'établissement", NULL::VARCHAR AS "Région de l'établissement"
FROM located WHERE listed AND rank = seat
"""

ESUS_FILE = """
SELECT lpad(siren::VARCHAR, 9, '0') AS "SIREN", 'STRUCTURE TIREE ' || u AS "Dénomination"
FROM unit WHERE esus
"""


def write(out: Path, part: float = 1.0, form: str = "parquet") -> Path:
    """Draw the official files into a folder.

    Parameters
    ----------
    out
        Folder to make; outside the project.
    part
        Share of the whole country's units, 1 for all.
    form
        ``parquet``, or ``csv`` for the three files of Insee.

    Returns
    -------
    Path
        The folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    units = max(1000, round(UNITS * part))
    with duckdb.connect(":memory:") as base:
        spill = out / ".duckdb"
        base.execute(f"SET temp_directory = '{_quoted(spill)}'; SET memory_limit = '6GB'")
        # Establishments go past the addresses, never the reverse.
        base.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        base.execute(MACROS)
        places = addresses(max(2000, round(PLACES * part)), out)
        base.register("addresses", pa.Table.from_pandas(places, preserve_index=False))
        base.execute("CREATE TABLE place AS SELECT * FROM addresses")
        naf = pd.read_csv(ROOT / "essgeo" / "nomenclatures" / "naf_rev2.csv", dtype="str")["code"]
        dotted = [f"{code[:2]}.{code[2:]}" for code in naf]
        # Some three thousand in the country; a few dozen in a small share of it.
        fills = {"agreed": max(20, 4_000_000 // units)}
        fills |= {"units": units, "seed": SEED, "anchors": len(places), "old_naf": "74.8K"}
        fills |= {"ess_naf": ESS_NAF, "ess_nafs": len(ESS_NAF), "naf": dotted, "nafs": len(dotted)}
        fills["second_address"] = _empty(
            "complementAdresse2 numeroVoie2 indiceRepetition2 typeVoie2 libelleVoie2 codePostal2 "
            "libelleCommune2 libelleCommuneEtranger2 distributionSpeciale2 codeCommune2 "
            "codeCedex2 libelleCedex2 codePaysEtranger2 libellePaysEtranger2"
        )
        base.execute(UNITS_SQL.format(**fills))
        base.execute(PLACES_SQL.format(**fills))
        names = {kind: out / f"{name}.{form}" for kind, name in NAMES.items()}
        files = [
            (names["etablissements"], PLACES_FILE, ","),
            (names["positions"], POSITIONS_FILE, ";"),
            (names["unites"], UNITS_FILE, ","),
            (out / "entreprisesess.csv", LIST_FILE, ","),
            (out / "liste_esus.csv", ESUS_FILE, ";"),
        ]
        # One thread a file keeps the order of its rows, which joins lose otherwise.
        base.execute("SET threads = 1")
        with ThreadPoolExecutor(2) as pool:
            copies = [
                pool.submit(_copy, base.cursor(), query.format(**fills), file, delimiter)
                for file, query, delimiter in files
            ]
            for copy in copies:
                copy.result()
    shutil.rmtree(spill, ignore_errors=True)
    return out


def drawn(part: float) -> Path:
    """Return a folder of official files in the temporary files, drawn if it is not there yet.

    Drawing the whole country takes minutes and 2 GB: the same program finds it again.
    """
    made_by = f"{Path(__file__).read_text(encoding='utf-8')}{os.environ.get('ESSGEO_REEL')}"
    made_by += duckdb.__version__
    mark = hashlib.sha256(made_by.encode()).hexdigest()[:12]
    out = Path(tempfile.gettempdir()) / f"essgeo-officiel-{part:g}-{mark}"
    if not out.exists():
        write(out.with_suffix(".partiel"), part).rename(out)
    return out


def _empty(names: str) -> str:
    return ", ".join(f"NULL::VARCHAR AS {name}Etablissement" for name in names.split())


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _copy(base: duckdb.DuckDBPyConnection, query: str, file: Path, delimiter: str) -> None:
    form = "FORMAT parquet, COMPRESSION zstd"
    if file.suffix == ".csv":
        form = f"FORMAT csv, HEADER, DELIMITER '{delimiter}'"
    base.execute(f"COPY ({query}) TO '{_quoted(file)}' ({form})")


# --- where establishments are ---------------------------------------------------------------------


def outlines(out: Path) -> dict[str, gpd.GeoDataFrame]:
    """Put the outlines (and populations) of neighbourhoods beside the files, and read them."""
    folder = os.environ.get("ESSGEO_REEL", "").strip()
    if folder:
        names = ("qpv2024.geojson", "qpv2015.geojson", "population_qpv2015.csv")
        files = [Path(folder) / name for name in names]
    else:
        files = [ROOT / "data" / "qpv.geojson"]
    for file in files:
        shutil.copyfile(file, out / file.name)
    tables = [
        gpd.GeoDataFrame(read_quartiers(file).table) for file in files if file.suffix == ".geojson"
    ]
    return {
        str(generation): part.reset_index(drop=True)
        for table in tables
        for generation, part in table.groupby("generation")
    }


def addresses(count: int, out: Path) -> pd.DataFrame:
    """Draw addresses: in communes by their population, closer to a neighbourhood where one is.

    Returns
    -------
    pandas.DataFrame
        ``anchor, longitude, latitude`` (WGS84 degrees), ``x, y`` (metres in the projection
        ``epsg``), ``commune, lib_commune, qp24, qp15`` in the words of the official file.
    """
    rng = np.random.default_rng(SEED)
    quartiers = outlines(out)
    newest = quartiers[max(quartiers)]
    real = "ESSGEO_REEL" in os.environ and bool(os.environ["ESSGEO_REEL"].strip())
    towns = communes().reset_index() if real else read_communes(ROOT / "data" / "communes.csv")
    departments = read_outlines(ROOT / "data" / "contours_departements.geojson")
    if departments is None:
        raise FileNotFoundError("contours_departements.geojson")
    lands = dict(zip(departments["code"], departments.geometry, strict=True))
    centers = shapely.get_coordinates(shapely.centroid(newest.geometry.to_numpy()))
    inside: dict[str, list[int]] = {}
    for row, codes in enumerate(newest["insee_com"]):
        inside.setdefault(codes.split(";")[0], []).append(row)
    # Sirene knows of Polynésie little more than its administrations.
    known = towns["insee_dep"].isin(lands.keys() - {"987"})
    towns = towns[known & (towns["population"].fillna(0) > 0)].reset_index(drop=True)
    weight = towns["population"].to_numpy(float)
    town = rng.choice(len(towns), count, p=weight / weight.sum())
    middle = _somewhere(towns["insee_dep"], lands, rng)
    # A neighbourhood of the commune, by turns; the commune's own middle where it has none.
    spread = np.where(rng.random(count) < 0.12, 0.004, 0.03)
    own = [inside.get(code, []) for code in towns["code_commune"]]
    counts = np.array([len(rows) for rows in own])
    starts = np.cumsum(counts) - counts
    flat = np.array([row for rows in own for row in rows] or [0])
    has = counts[town] > 0
    pick = starts[town] + rng.integers(0, 1 << 30, count) % np.maximum(counts[town], 1)
    at = np.where(has[:, None], centers[flat[np.where(has, pick, 0)]], middle[town])
    lon = at[:, 0] + rng.normal(0, 1, count) * np.where(has, spread, 0.015)
    lat = at[:, 1] + rng.normal(0, 0.7, count) * np.where(has, spread, 0.015)
    x, y, epsg = projected(lon, lat)
    code = towns["code_commune"].to_numpy(object)[town]
    for city, (first, number) in DISTRICTS.items():
        here = code == city
        code[here] = (first + rng.integers(0, number, int(here.sum()))).astype(str)
    return pd.DataFrame(
        {
            "anchor": np.arange(count),
            "longitude": lon,
            "latitude": lat,
            "x": x.round(2),
            "y": y.round(2),
            "epsg": epsg,
            "commune": code,
            "lib_commune": towns["lib_commune"].to_numpy(object)[town],
            "qp24": _zone(quartiers.get("2024"), lon, lat, has),
            "qp15": _zone(quartiers.get("2015"), lon, lat, has),
        }
    )


def _somewhere(
    departments: pd.Series, lands: dict[str, shapely.Geometry], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Give each commune a middle drawn in its département."""
    found = np.zeros((len(departments), 2))
    for code, rows in departments.groupby(departments).groups.items():
        land = lands[str(code)]
        west, south, east, north = land.bounds
        shapely.prepare(land)
        drawn = np.empty((0, 2))
        while len(drawn) < len(rows):
            tried = rng.uniform((west, south), (east, north), (4 * len(rows) + 50, 2))
            drawn = np.vstack([drawn, tried[shapely.contains_xy(land, tried)]])
        found[rows.to_numpy()] = drawn[: len(rows)]
    return found


def projected(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Project positions in the legal projection of their territory; ``2154`` outside of all."""
    which = np.maximum(territory_index(lon, lat), 0)
    codes = territoires()["epsg"].to_numpy()[which]
    x, y = np.empty_like(lon), np.empty_like(lat)
    for code in np.unique(codes):
        here = codes == code
        change = pyproj.Transformer.from_crs(4326, int(code), always_xy=True)
        x[here], y[here] = change.transform(lon[here], lat[here])
    return x, y, codes.astype(str).astype(object)


def _zone(
    areas: gpd.GeoDataFrame | None,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    zoned: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Say in which neighbourhood positions are: its code, ``HZ``, or ``CSZ`` where none is."""
    found = np.where(zoned, "HZ", "CSZ").astype(object)
    if areas is not None:
        position, _ = Outlines(areas[["code_qp", "geometry"]]).inside(lon, lat)
        codes = areas["code_qp"].to_numpy(object)
        found[position >= 0] = codes[position[position >= 0]]
    return found


def main(arguments: list[str]) -> int:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.officiel", description=__doc__)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--part", type=float, default=0.01, help="1 : tout le pays")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    asked = parser.parse_args(arguments)
    if asked.out.resolve().is_relative_to(ROOT):
        parser.error("--out : un dossier hors du projet")
    print(write(asked.out, asked.part, asked.format))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
