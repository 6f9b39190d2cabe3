"""The official files of the country made into a data folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from essgeo import manifest
from essgeo.atlas import open_atlas
from essgeo.build.raw import RawBuilt, build_raw
from essgeo.cli import main
from essgeo.datafolder import read_folder
from essgeo.errors import DataError, OutputError, UsageError
from essgeo.files import sha256
from essgeo.indicators import summary
from essgeo.selection import parse
from essgeo.sources.recognise import recognise, recognise_file
from tests.official_world import NAMES, write_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("officiel") / "brut")


@pytest.fixture(scope="module")
def built(world: Path) -> tuple[RawBuilt, Path]:
    out = world.parent / "dossier"
    return build_raw(world, out), out


@pytest.fixture(scope="module")
def rows(built: tuple[RawBuilt, Path]) -> pd.DataFrame:
    return pd.read_parquet(built[1] / "etablissements.parquet").set_index("siret")


def said(built: tuple[RawBuilt, Path], part: str, measure: str) -> int | str:
    return built[0].report.value(part, measure)


# --- recognition --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "csv", "zip"])
def test_files_are_recognised_by_their_columns(tmp_path: Path, form: str):
    found = {Path(one.name).stem: one.kind for one in recognise(write_world(tmp_path / "b", form))}
    assert found == {
        "a": "stock-etablissement",
        "b": "stock-unite-legale",
        "c": "geolocalisation",
        "d": "ess-france",
        "e": "esus",
        "f": "insertion",
        "g2015": "quartiers",
        "g2024": "quartiers",
        "h": "indicateurs",
        "lisez-moi": "inconnu",
    }


def test_a_list_of_siren_is_taken_for_agreements_with_a_warning_or_a_sign(tmp_path: Path):
    headers = {
        "esus_2026.csv": ("siren;nom", "esus", True),
        "x.csv": ("SIREN;Date d'agrément", "esus", True),
        "y.csv": ("siren;nom", "esus", False),
        # Other files of Sirene: a unit of theirs is not of the ESS.
        "z.csv": ("siren,sirenDoublon", "inconnu", True),
        "h.csv": ("siren,siret,etatAdministratifEtablissement", "inconnu", True),
    }
    for name, (header, kind, sure) in headers.items():
        (tmp_path / name).write_text(f"{header}\n123456789\n", encoding="utf-8")
        found = recognise_file(tmp_path / name)
        assert (found.kind, found.sure) == (kind, sure), name


def test_a_missing_column_is_named_with_its_file(tmp_path: Path):
    raw = write_world(tmp_path / "b")
    file = raw / f"{NAMES['unites']}.parquet"
    pq.write_table(pq.read_table(file).drop(["categorieJuridiqueUniteLegale"]), file)
    with pytest.raises(DataError, match=r"b\.parquet : « categorieJuridiqueUniteLegale » manque"):
        build_raw(raw, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_a_missing_source_and_a_doubled_one_are_said(tmp_path: Path):
    raw = write_world(tmp_path / "b")
    positions = raw / f"{NAMES['positions']}.parquet"
    twin = raw / "autre.parquet"
    twin.write_bytes(positions.read_bytes())
    with pytest.raises(DataError, match=r"autre\.parquet et c\.parquet sont tous"):
        build_raw(raw, tmp_path / "out")
    twin.unlink()
    positions.unlink()
    with pytest.raises(DataError, match="il manque géolocalisation des établissements"):
        build_raw(raw, tmp_path / "out")


def test_a_siret_that_stands_twice_is_refused(tmp_path: Path):
    raw = write_world(tmp_path / "b")
    file = raw / f"{NAMES['positions']}.parquet"
    table = pq.read_table(file)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), file)
    with pytest.raises(DataError, match="figure deux fois"):
        build_raw(raw, tmp_path / "out")


# --- who is there -------------------------------------------------------------------------------


def test_only_open_establishments_of_the_ess_are_kept_each_with_its_reasons(rows: pd.DataFrame):
    traps = rows[~rows["siren"].str.startswith("40000")]
    assert traps["motif_ess"].to_dict() == {
        "00552013500011": "liste d'ESS France ; indicateur ESS de Sirene (Insee)",
        "22222222200037": "indicateur ESS de Sirene (Insee)",
        "33333333300019": "agrément ESUS",
        "44444444400019": "liste d'ESS France",
        "55555555500019": "indicateur ESS de Sirene (Insee)",
        "88888888800019": "liste d'ESS France ; indicateur ESS de Sirene (Insee)",
        "99999999900019": "indicateur ESS de Sirene (Insee)",
        "10101010100019": "indicateur ESS de Sirene (Insee)",
        "12121212100019": "liste d'ESS France ; indicateur ESS de Sirene (Insee)",
        "14141414100019": "indicateur ESS de Sirene (Insee)",
        "15151515100019": "indicateur ESS de Sirene (Insee)",
        "16161616100019": "indicateur ESS de Sirene (Insee)",
    }


def test_an_insertion_structure_is_not_of_the_ess_by_itself(built, rows: pd.DataFrame):
    assert "26666666600019" not in rows.index
    assert rows.loc["00552013500011", "types"] == "ACI;EI"
    assert said(built, "insertion", "laissées : hors ESS ou fermées") == 1


def test_family_and_sector_come_from_official_codes_only(rows: pd.DataFrame):
    assert rows.loc["22222222200037", "famille"] == "cooperative"
    assert rows.loc["33333333300019", "famille"] == "societe-commerciale"
    assert rows.loc["12121212100019", "famille"] == "fondation"
    assert rows.loc["00552013500011", "activite_principale"] == "88.99B"
    # NAF 1993 is not read as NAF rev. 2, and NAF 2025 is not read at all.
    assert rows.loc["99999999900019", "activite_principale"] == ""
    assert rows.loc["99999999900019", "secteur"] == "non-classe"


# --- bands --------------------------------------------------------------------------------------


def test_a_moved_seat_takes_the_band_left_at_its_former_address(built, rows: pd.DataFrame):
    seat = rows.loc["22222222200037"]
    assert (seat["tranche_effectifs"], seat["annee_effectifs"]) == ("12", "2023")
    assert seat["effectif_repris_de"] == "22222222200011"
    assert (rows["effectif_repris_de"] != "").sum() == 1
    measure = "de l'ESS : effectif repris de l'établissement fermé"
    assert said(built, "stock-etablissement", measure) == 1


def test_an_employer_of_unknown_headcount_stays_one(rows: pd.DataFrame):
    one = rows.loc["16161616100019"]
    assert (one["tranche_effectifs"], one["caractere_employeur"]) == ("NN", "O")
    assert rows.loc["33333333300019", "caractere_employeur"] == "N"


# --- where they are -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("siret", "place"),
    [
        ("00552013500011", (7.703, 48.575)),
        # (0, 0) in the géolocalisation: the stock's metres.
        ("33333333300019", (7.76, 48.61)),
        ("14141414100019", (-61.53, 16.24)),
        ("15151515100019", (7.75, 48.60)),
    ],
)
def test_positions_are_degrees_else_metres_of_the_territory(rows: pd.DataFrame, siret, place):
    found = tuple(rows.loc[siret, ["longitude", "latitude"]])
    assert found == pytest.approx(place, abs=2e-5)


@pytest.mark.parametrize("siret", ["44444444400019", "55555555500019"])
def test_partial_diffusion_has_no_position_even_when_a_file_gives_it(rows: pd.DataFrame, siret):
    one = rows.loc[siret]
    assert one["statut_diffusion"] == "P"
    assert pd.isna(one["longitude"])
    assert one["rattachement"] == "non_localise"


def test_partial_diffusion_masks_the_name_of_persons_only(rows: pd.DataFrame):
    assert rows.loc["44444444400019", "denomination"] == "[ND]"
    assert rows.loc["55555555500019", "denomination"] == "ASSOCIATION DISCRETE"


def test_a_position_at_random_in_the_commune_is_in_no_neighbourhood(rows: pd.DataFrame):
    assert rows.loc["88888888800019", "rattachement"] == "non_localise"


def test_both_generations_are_joined_and_reconciled_with_insee(built, rows: pd.DataFrame):
    one = rows.loc["00552013500011"]
    assert (one["code_qp"], one["code_qp_2015"], one["plg_qp"]) == (
        "QN06701M",
        "QP067001",
        "QN06701M",
    )
    # HZ and CSZ are no codes.
    assert rows.loc["12121212100019", "plg_qp"] == ""
    part = "rattachement 2024"
    assert said(built, part, "réconciliation : même quartier que l'Insee") == 3
    # The one at random and the one in partial diffusion: Insee places them, we do not.
    assert said(built, part, "réconciliation : dans un quartier pour l'Insee seul") == 2
    assert said(built, part, "écart de conservation") == 0


def test_slips_of_the_pen_are_erased_and_counted(built, rows: pd.DataFrame):
    assert set(rows.loc[["10101010100019", "16161616100019"], "date_creation"]) == {""}
    assert said(built, "établissements", "dates de création aberrantes, effacées") == 2


def test_indicators_reach_the_neighbourhoods(built):
    quartiers = read_folder(built[1]).quartiers.set_index("code_qp")
    assert quartiers.loc["QN06701M", "population"] == 4100
    assert quartiers.loc["QN06701M", "tx_pauvrete"] == "43.5"
    assert quartiers["population"].notna().sum() == 2


# --- counts -------------------------------------------------------------------------------------


#: The same counts, said over again in plain SQL on the same files.
RECOUNT = """
WITH ess AS (
    SELECT lpad(SIREN, 9, '0') AS siren FROM read_csv('{raw}/d.csv', all_varchar=true)
    WHERE regexp_full_match(SIREN, '[0-9]+')
    UNION SELECT siren FROM '{raw}/b.parquet' WHERE economieSocialeSolidaireUniteLegale = 'O'
    UNION SELECT '333333333'
)
SELECT CASE WHEN x_longitude < 7.71 THEN 'QN06701M' ELSE 'QN06702I' END AS code,
    count(*) AS etablissements, count(DISTINCT e.siren) AS structures
FROM '{raw}/a.parquet' e JOIN '{raw}/b.parquet' u USING (siren) JOIN '{raw}/c.parquet' USING (siret)
WHERE e.siren IN (SELECT siren FROM ess) AND etatAdministratifEtablissement = 'A'
    AND statutDiffusionEtablissement = 'O' AND qualite_xy <> '33'
    AND x_longitude BETWEEN 7.7 AND 7.73 AND y_latitude BETWEEN 48.57 AND 48.58
    AND (caractereEmployeurEtablissement = 'O' OR (caractereEmployeurEtablissement IS NULL
        AND trancheEffectifsEtablissement <> 'NN'))
    {field}
GROUP BY 1 ORDER BY 1
"""


@pytest.mark.parametrize(
    ("query", "field"),
    [("champ=insee", "AND categorieJuridiqueUniteLegale <> 5499"), ("champ=loi2014", "")],
)
def test_the_summary_is_what_plain_sql_counts(built, world: Path, query: str, field: str):
    atlas = open_atlas(built[1])
    found = summary(atlas, parse(query).selection, by=("quartier",))
    found = found[found["etablissements"] > 0].set_index("code")
    expected = duckdb.sql(RECOUNT.format(raw=world, field=field)).fetchall()
    assert len(expected) == 2
    counted = {code: (int(n), int(m)) for code, n, m in expected}
    columns = found[["etablissements", "structures"]].itertuples()
    assert {code: (n, m) for code, n, m in columns} == counted


def test_all_employers_make_the_denominators(built, world: Path):
    table = pd.read_parquet(built[1] / "denominateurs.parquet").set_index(["niveau", "code"])
    sql = """
    SELECT count(*) FROM '{0}/a.parquet' WHERE etatAdministratifEtablissement = 'A'
        AND codeCommuneEtablissement = '67482'
        AND (caractereEmployeurEtablissement = 'O' OR (caractereEmployeurEtablissement IS NULL
            AND trancheEffectifsEtablissement <> 'NN'))"""
    ((count,),) = duckdb.sql(sql.format(world)).fetchall()
    assert table.loc[("commune", "67482"), "etablissements"] == count
    # Arrondissements are rolled up; the seat in Paris has 6 to 9 employees.
    assert table.loc[("commune", "75056"), "emplois"] == 7.5
    assert table.loc[("region", "01"), "etablissements"] == 1
    france = table.loc[("france", "france")]
    assert france["etablissements"] == count + 2
    # Public law is apart: the communal centre, and the units drawn in category 7210.
    assert 0 < france["emplois_prives"] < france["emplois"]


# --- the folder ---------------------------------------------------------------------------------


def test_two_builds_give_the_same_bytes(built, world: Path, tmp_path: Path):
    build_raw(world, tmp_path / "encore")
    first, second = (
        {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in (built[1], tmp_path / "encore")
    )
    assert first == second
    assert built[0].warnings == (
        "e.csv : pris pour une liste d'agréments ESUS, à sa seule colonne de SIREN ; "
        "retirez-le du dossier si ce n'en est pas une.",
    )


@pytest.mark.parametrize("form", ["csv", "zip"])
def test_text_and_parquet_give_the_same_tables(built, tmp_path: Path, form: str):
    build_raw(write_world(tmp_path / "b", form), tmp_path / "out")
    for name in ("etablissements", "quartiers", "denominateurs", "communes"):
        file = f"{name}.parquet"
        assert sha256(tmp_path / "out" / file) == sha256(built[1] / file), name


def test_the_manifest_names_sources_and_no_date_of_build(built):
    found = manifest.read(built[1])
    assert found.nature == "officiel"
    by_id = {source.id: source for source in found.sources}
    stock = by_id["stock-etablissement"]
    assert (stock.editeur, stock.date, stock.fichier) == ("Insee", "", "a.parquet")
    assert stock.lignes == said(built, "stock-etablissement", "lignes")
    assert len(stock.sha256) == 64


def test_files_may_be_given_as_patterns(built, world: Path, tmp_path: Path):
    raw = write_world(tmp_path / "b")
    parts = tmp_path / "parts"
    parts.mkdir()
    table = pq.read_table(raw / "a.parquet")
    for place in (0, 100):
        length = 100 if not place else len(table)
        pq.write_table(table.slice(place, length), parts / f"p{place}.parquet")
    (raw / "a.parquet").unlink()
    build_raw(raw, tmp_path / "out", given={"stock-etablissement": f"{parts}/*.parquet"})
    assert sha256(tmp_path / "out" / "etablissements.parquet") == sha256(
        built[1] / "etablissements.parquet"
    )
    with pytest.raises(UsageError, match="inconnu"):
        build_raw(raw, tmp_path / "out", given={"stock": "x"})


def test_a_damaged_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    raw = write_world(tmp_path / "b")
    file = raw / "a.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    assert main(["build", "--raw", str(raw), "--out", str(tmp_path / "out")]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("erreur : ")
    assert "a.parquet" in last
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


@pytest.mark.parametrize("form", ["parquet", "zip"])
def test_a_file_damaged_inside_is_one_line_too(tmp_path: Path, form: str):
    raw = write_world(tmp_path / "b", form)
    file = raw / f"a.{form}"
    content = bytearray(file.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 400] = bytes(400)
    file.write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.{form}.* : "):
        build_raw(raw, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_a_disk_too_small_is_said_before_unzipping(tmp_path: Path, monkeypatch):
    raw = write_world(tmp_path / "b", "zip")
    monkeypatch.setattr("essgeo.build.workshop.SPARE", 10**18)
    with pytest.raises(OutputError, match="de libre pour décompresser"):
        build_raw(raw, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_the_command_refuses_to_mix_its_two_ways(tmp_path: Path):
    both = ["build", "--raw", str(tmp_path), "--quartiers", "q", "--out", str(tmp_path / "o")]
    assert main(both) == 2
    assert main(["build", "--out", str(tmp_path / "o")]) == 2


def whole(folder: Path) -> str:
    """Check a folder against its manifest and return what identifies its content."""
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for table in found["tables"].values():
        assert sha256(folder / table["fichier"]) == table["sha256"]
    return sha256(folder / "manifest.json")


def test_killed_at_any_moment_the_previous_folder_stays_whole(built, world, tmp_path: Path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "essgeo", "build", "--raw", str(world), "--out", str(out)]
    start = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    lasting = time.monotonic() - start
    before = whole(out)
    chance = np.random.default_rng(5)
    for _ in range(10):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 1.0) * lasting)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert whole(out) == before
    subprocess.run(command, check=True, capture_output=True)
    assert whole(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
