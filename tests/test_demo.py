"""The demonstration: what it is calibrated on, and that nothing in it passes for real."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from essgeo import demo, nomenclatures
from essgeo.atlas import Atlas
from essgeo.datafolder import DataFolder, read_folder
from essgeo.demo import establishments, places, positions, reference, tables, traits
from essgeo.errors import OutputError, UsageError
from essgeo.indicators import summary, totals
from essgeo.join import attach
from essgeo.join.surfaces import BAND_COLUMN, measured_band_km2
from essgeo.selection import parse
from essgeo.settings import ROOT

DATA = ROOT / "data"
MEGABYTE = 1_000_000

#: Everybody, wherever they are.
EVERYWHERE = "rattachement=dedans,proche,hors,non_localise&certitude=sur,probable,incertain"


@pytest.fixture(scope="module")
def folder() -> DataFolder:
    return read_folder(DATA)


@pytest.fixture(scope="module")
def atlas(folder: DataFolder) -> Atlas:
    return Atlas(folder)


@pytest.fixture(scope="module")
def points(folder: DataFolder) -> pd.DataFrame:
    """Establishments as shipped, with where they fall and what they are."""
    table = folder.etablissements
    found = attach(table, folder.quartiers).table
    status = nomenclatures.emplois(table["tranche_effectifs"], table["caractere_employeur"])
    central = nomenclatures.bandes()["central"].to_dict()
    return table.assign(
        **{name: found[name] for name in ("code_qp", "rattachement", "distance_m", "certitude")},
        employeur=status.isin(["employeur", "employeur-inconnu"]),
        emploi=status,
        jobs=table["tranche_effectifs"].map(central).fillna(0.0).to_numpy(),
        famille=nomenclatures.familles(table["categorie_juridique"]),
        secteur=nomenclatures.secteurs(table["activite_principale"]),
        taille=nomenclatures.tailles(table["tranche_effectifs"], table["caractere_employeur"]),
    )


@pytest.fixture(scope="module")
def inside(points: pd.DataFrame) -> pd.DataFrame:
    """What the default selection looks at."""
    certain = points["certitude"].isin(["sur", "probable"])
    return points[(points["rattachement"] == "dedans") & certain & points["employeur"]]


def published(mesure: str, **where: str) -> pd.DataFrame:
    rows = nomenclatures.chiffres_publies()
    rows = rows[rows["mesure"] == mesure]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


# --- calibration ---------------------------------------------------------------------------------


def test_as_many_employers_inside_as_published(inside):
    assert len(inside) == 10_808
    assert len(inside) == published("etablissements_employeurs", annee="2022")["valeur"].item()


def test_as_many_jobs_inside_as_published(inside):
    target = published("emplois", annee="2022")["valeur"].item()
    assert inside["jobs"].sum() == pytest.approx(target, rel=0.001)


def test_what_the_central_value_of_a_band_changes(atlas):
    # docs/methode.md says so: bounds, and 6 % less with the geometric mean of the bounds.
    found = totals(atlas, parse("").selection)
    assert (found["effectif_min"], found["effectif_max"]) == (75_091, 154_329)
    chosen = atlas.resolve(parse("").selection).mask & atlas.headcount.known
    low, high = atlas.headcount.low[chosen], atlas.headcount.high[chosen]
    assert atlas.headcount.central[chosen] == pytest.approx((low + high) / 2)
    assert np.sqrt(low * high).sum() / found["effectif_estime"] == pytest.approx(0.94, abs=0.005)


def test_sizes_inside_are_the_published_ones(inside):
    sizes = inside["taille"].value_counts()
    small = sizes[["1-2", "3-5", "6-9"]].sum()
    middle = sizes["10-19"]
    large = sizes.drop(["1-2", "3-5", "6-9", "10-19", "0", "inconnu"]).sum()
    total = small + middle + large
    assert total > 0.97 * len(inside)
    shares = np.array([small, middle, large]) / total * 100
    assert shares == pytest.approx([72, 13, 15], abs=0.1)
    # Also among all of them, those of unknown headcount included.
    everyone = np.array([small, middle, large]) / len(inside) * 100
    assert everyone == pytest.approx([72, 13, 15], abs=2)


def test_families_inside_are_the_published_ones(inside):
    shares = inside["famille"].value_counts(normalize=True) * 100
    rows = published("part_famille", champ="qpv").set_index("modalite")
    assert shares["association"] == pytest.approx(rows.loc["association", "valeur_haute"], abs=1)
    for family in ("cooperative", "mutuelle", "fondation"):
        assert shares[family] == pytest.approx(rows.loc[family, "valeur"], abs=0.15)
    assert 0 < shares["societe-commerciale"] < 1


def test_social_work_has_its_published_share_of_jobs(inside):
    share = inside.groupby("secteur")["jobs"].sum() / inside["jobs"].sum() * 100
    target = published("part_secteur_emplois", champ="qpv")["valeur"].item()
    assert share["action-sociale"] == pytest.approx(target, abs=0.3)
    assert set(share.index) == set(nomenclatures.labels("secteur")) - {"non-classe"}


@pytest.mark.parametrize(("field", "query"), [("qpv", ""), ("france", EVERYWHERE)])
def test_weights_of_the_ess_in_all_jobs_are_the_published_ones(atlas, field, query):
    found = totals(atlas, parse(query).selection)
    for measure, column in (
        ("poids_emploi_total", "poids_emplois"),
        ("poids_emploi_prive", "poids_emplois_prives"),
    ):
        target = published(measure, champ=field)["valeur"].item() / 100
        assert found[column] == pytest.approx(target, abs=1e-4)


def test_no_territory_has_more_jobs_of_the_ess_than_jobs(atlas):
    for axis, query in (("quartier", ""), ("commune", EVERYWHERE)):
        table = summary(atlas, parse(query).selection, (axis,))
        table = table[table["denominateur_emplois"].notna()]
        assert len(table) > 1400
        assert (table["effectif_estime"].fillna(0) <= table["denominateur_emplois_prives"]).all()
        assert (table["denominateur_emplois_prives"] <= table["denominateur_emplois"]).all()


def test_a_commune_has_the_jobs_of_its_neighbourhoods(folder):
    table = folder.denominateurs.set_index(["niveau", "code"])["emplois"]
    quartiers = folder.quartiers[~folder.quartiers["insee_com"].str.contains(";")]
    inside = quartiers["code_qp"].map(table["quartier"]).groupby(quartiers["insee_com"]).sum()
    assert (inside <= table["commune"].reindex(inside.index, fill_value=0.0)).all()


def test_bands_of_the_demonstration_are_those_measured(folder):
    some = folder.quartiers[folder.quartiers["insee_dep"] == "67"].reset_index(drop=True)
    said = some[BAND_COLUMN].astype("float64").to_numpy()
    assert said == pytest.approx(measured_band_km2(some), abs=1e-4)


def test_as_many_near_as_real_structures_show(points, inside):
    near = points[(points["rattachement"] == "proche") & points["employeur"]]
    assert len(near) / len(inside) == pytest.approx(1.2, abs=0.01)
    assert near["certitude"].isin(["sur", "probable"]).all()
    # Real ones: 90 within 20 m outside for 416 inside; 16 % within 20 m of the edge, 32 % of 50 m.
    assert (near["distance_m"] < 20).sum() / len(inside) == pytest.approx(90 / 416, abs=0.04)
    assert (inside["distance_m"] < 20).mean() == pytest.approx(0.16, abs=0.04)
    assert (inside["distance_m"] < 50).mean() == pytest.approx(0.32, abs=0.04)


def test_neighbourhoods_by_region_are_those_of_2024(folder):
    rows = published("quartiers", generation="2024").set_index("territoire")["valeur"]
    counts = folder.quartiers["insee_reg"].value_counts()
    expected = rows.drop(["france", "hexagone"])
    assert counts.reindex(expected.index).to_dict() == expected.to_dict()
    assert len(folder.quartiers) == rows["france"] == 1584
    assert set(folder.quartiers["generation"]) == {"2024"}


def test_populations_of_neighbourhoods(folder):
    people = folder.quartiers["population"]
    rows = published("population_quartier").set_index("modalite")["valeur"]
    assert people.sum() == pytest.approx(5_435_060, rel=0.02)
    for name, rank in (("P10", 0.1), ("mediane", 0.5), ("P90", 0.9), ("max", 1.0)):
        assert people.quantile(rank) == pytest.approx(rows[name], rel=0.03)


def test_areas_of_neighbourhoods(folder):
    hectares = folder.quartiers.to_crs("ESRI:54034").area / 1e4
    rows = published("surface_quartier").set_index("modalite")["valeur"]
    assert hectares.median() == pytest.approx(rows["mediane"], rel=0.03)
    assert hectares.min() == pytest.approx(rows["min"], rel=0.1)


def test_rates_compare_with_france(points, folder, inside):
    quartiers, communes = folder.quartiers, folder.communes
    rates = published("etablissements_1000hab").set_index(["champ", "annee"])["valeur"]
    rate = 1000 * len(inside) / quartiers["population"].sum()
    assert rate == pytest.approx(rates["qpv", "2022"], abs=0.05)
    elsewhere = points["employeur"].sum() - len(inside)
    people = communes["population"].sum() - quartiers["population"].sum()
    assert 1000 * elsewhere / people == pytest.approx(rates["france", "2019"], abs=0.2)
    assert 1000 * points["jobs"].sum() / communes["population"].sum() == pytest.approx(35, abs=3)


def test_every_case_that_a_reader_must_meet_is_there(points, folder):
    assert (points["emploi"] == "non-employeur").sum() > 3_000
    assert (points["emploi"] == "inconnu").sum() > 1_000
    assert (points["emploi"] == "employeur-inconnu").sum() > 500
    assert (points["certitude"] == "incertain").sum() == 180
    lost = points[points["rattachement"] == "non_localise"]
    assert (lost["qualite_xy"] == "33").sum() == 300
    assert (lost["statut_diffusion"] == "P").sum() == 120
    assert len(lost) == 540
    assert set(points["qualite_xy"]) == {"", "11", "12", "21", "22", "33"}
    assert nomenclatures.regies(points["denomination"]).sum() == 110
    assert set(points["types"].str.split(";").explode()) >= {"ACI", "EI", "AI", "ETTI", "GEIQ"}
    assert points["siren"].duplicated().sum() > 5_000
    located = points[points["rattachement"] != "non_localise"]
    assert located.duplicated(["longitude", "latitude"]).sum() > 1_000
    assert folder.quartiers["insee_com"].str.contains(";").sum() > 120
    assert (folder.quartiers.geom_type == "MultiPolygon").sum() > 60


def test_some_neighbourhoods_overlap_and_no_total_depends_on_it(points, folder):
    shapes = folder.quartiers.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert (one < other).sum() > 30
    usable = points[points["rattachement"].isin(["dedans", "proche", "hors"])]
    spots = shapely.points(usable["longitude"], usable["latitude"])
    held = shapely.STRtree(shapes).query(spots, predicate="intersects")[0]
    assert len(np.unique(held)) == len(held)


def test_a_third_of_neighbourhoods_hold_few_establishments(inside, folder):
    covered = folder.quartiers[folder.quartiers["insee_dep"] != "987"]
    counts = inside["code_qp"].value_counts().reindex(covered["code_qp"]).fillna(0)
    # 27 to 46 % of the real ones, by the studies' own account, have less than three.
    assert 0.27 < (counts < 3).mean() < 0.46
    assert (counts == 0).any()


def test_polynesia_is_out_of_the_field(points, folder):
    there = folder.quartiers[folder.quartiers["insee_dep"] == "987"]
    assert len(there) == 88
    assert not points["code_qp"].isin(there["code_qp"]).any()
    assert not points["code_commune"].str.startswith("987").any()


# --- nothing passes for real ---------------------------------------------------------------------


def luhn_right(number: str) -> bool:
    digits = [int(char) for char in reversed(number)]
    odd = sum(digits[0::2])
    even = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (odd + even) % 10 == 0


def test_the_check_of_luhn_used_here_accepts_real_numbers():
    assert luhn_right("732829320")
    assert luhn_right("73282932000074")
    assert not luhn_right("73282932000075")


def test_no_siret_nor_siren_can_be_real(points):
    sirets = points["siret"]
    assert sirets.is_unique
    assert sirets.str.fullmatch(r"\d{14}").all()
    assert not any(luhn_right(siret) for siret in sirets)
    assert not any(luhn_right(siren) for siren in sirets.str[:9].unique())
    # La Poste's establishments are checked by the sum of their digits, a multiple of five.
    assert all(sum(map(int, siret)) % 5 for siret in sirets)


def test_simulated_codes_cannot_be_official(folder):
    quartiers, communes = folder.quartiers, folder.communes
    assert quartiers["code_qp"].str.fullmatch(r"QS(0\d[1-9AB]|\d{3})\d{3}").all()
    assert quartiers["code_qp"].is_unique
    assert communes["code_commune"].str.fullmatch(r"(\d[\dAB]S\d\d|9[78]\dS[1-9A-Z])").all()
    assert communes["code_commune"].is_unique
    for column in ("siren_epci", "code_ept", "code_contrat"):
        codes = pd.concat([quartiers[column], communes[column]])
        assert codes[codes != ""].str.contains("S").all()
    assert communes["siren_epci"][communes["siren_epci"] != ""].str.fullmatch(r"S.{8}").all()


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("siren_epci", "lib_epci"),
        ("code_ept", "lib_ept"),
        ("code_contrat", "lib_contrat"),
        ("code_commune", "lib_commune"),
    ],
)
def test_a_simulated_code_names_one_thing(folder, code, label):
    pairs = folder.communes[[code, label]].drop_duplicates()
    assert pairs[code].is_unique
    assert pairs[label].is_unique


def test_simulated_names_say_so(folder, points):
    quartiers, communes = folder.quartiers, folder.communes
    names = [
        quartiers["lib_qp"],
        quartiers["lib_com"].str.split(";").explode(),
        *(frame[name] for frame in (quartiers, communes) for name in ("lib_epci", "lib_ept")),
        *(frame["lib_contrat"] for frame in (quartiers, communes)),
        communes["lib_commune"],
        points["denomination"],
    ]
    for name in names:
        assert name[name != ""].str.contains(r"\bsimulée?s?\b").all()


def test_regions_and_departements_are_real(folder):
    deps = nomenclatures.departements().set_index("code")
    regs = nomenclatures.regions().set_index("code")["lib_reg"]
    table = folder.quartiers
    assert (deps.loc[table["insee_dep"], "lib_dep"].to_numpy() == table["lib_dep"]).all()
    assert (deps.loc[table["insee_dep"], "insee_reg"].to_numpy() == table["insee_reg"]).all()
    assert (regs[table["insee_reg"]].to_numpy() == table["lib_reg"]).all()


def test_neighbourhoods_lie_on_the_land_of_their_departement(folder):
    land = folder.contours_departements.set_index("code").geometry
    table = folder.quartiers
    inside = shapely.within(table.geometry.to_numpy(), land[table["insee_dep"]].to_numpy())
    assert inside.all()
    assert table.geometry.is_valid.all()
    sizes = shapely.get_num_coordinates(table.geometry.to_numpy())
    assert 20 <= np.median(sizes) <= 60


def test_establishments_lie_on_the_land_of_their_departement(points, folder):
    land = folder.contours_departements.set_index("code").geometry
    usable = points[points["rattachement"].isin(["dedans", "proche", "hors"])]
    usable = usable[usable["certitude"] != "incertain"]
    code = usable["code_commune"]
    dep = code.str[:2].where(~code.str.startswith("97"), code.str[:3])
    spots = shapely.points(usable["longitude"], usable["latitude"])
    # Rounding to 5 decimals (about a metre) may carry a point on the shore into the sea.
    away = shapely.distance(spots, land[dep].to_numpy())
    assert away.max() < 1e-5


def test_communes_and_neighbourhoods_agree(folder):
    communes = folder.communes.set_index("code_commune")
    table = folder.quartiers
    for code, epci, contract in zip(
        table["insee_com"], table["siren_epci"], table["code_contrat"], strict=True
    ):
        for one in code.split(";"):
            assert communes.loc[one, "siren_epci"] == epci
            assert communes.loc[one, "code_contrat"] == contract
    hosts = table["insee_com"].str.split(";").str[0]
    people = table["population"].groupby(hosts).sum()
    assert (people < communes.loc[people.index, "population"]).all()


# --- files ---------------------------------------------------------------------------------------


def test_files_are_small_enough():
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert sum(sizes.values()) <= 12 * MEGABYTE
    assert max(sizes.values()) <= 6 * MEGABYTE


def test_the_manifest_says_it_is_a_simulation(folder):
    assert folder.manifest.nature == "simulation"
    assert folder.manifest.generations == ("2024",)
    assert set(folder.manifest.tables) == {
        "quartiers",
        "etablissements",
        "communes",
        "denominateurs",
        "contours_regions",
        "contours_departements",
    }
    for table in folder.manifest.tables.values():
        digest = hashlib.sha256((DATA / table.fichier).read_bytes()).hexdigest()
        assert digest == table.sha256
    assert all(source.titre and source.editeur for source in folder.manifest.sources)


def test_outlines_share_their_borders(folder):
    for outlines in (folder.contours_departements, folder.contours_regions):
        assert shapely.coverage_is_valid(outlines.geometry.to_numpy())
    assert len(folder.contours_departements) == 103
    assert len(folder.contours_regions) == 20


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_shipped_folder_is_what_the_program_writes(tmp_path):
    """Another process, with another hash seed, writes the shipped bytes in less than a minute."""
    script = "import sys; from pathlib import Path; from essgeo import demo; " + (
        "demo.write(Path(sys.argv[1]))"
    )
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path / "demo")],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
    )
    assert time.perf_counter() - start < 60
    shipped = digests(DATA)
    assert shipped.pop("LICENCE.md")
    assert digests(tmp_path / "demo") == shipped


def test_another_seed_is_another_simulation_on_the_same_totals(tmp_path):
    demo.write(tmp_path / "autre", seed=7)
    folder = read_folder(tmp_path / "autre")
    assert digests(tmp_path / "autre")["qpv.geojson"] != digests(DATA)["qpv.geojson"]
    table = folder.etablissements
    found = attach(table, folder.quartiers).table
    status = nomenclatures.emplois(table["tranche_effectifs"], table["caractere_employeur"])
    kept = (found["rattachement"] == "dedans") & found["certitude"].isin(["sur", "probable"])
    kept &= status.isin(["employeur", "employeur-inconnu"])
    assert kept.sum() == 10_808
    assert (
        folder.quartiers["insee_reg"].value_counts().to_dict() == places.region_counts().to_dict()
    )


def test_larger_sets_for_benches_keep_what_is_inside():
    everywhere = places.simulate(demo.SEED)
    assert tables.quartiers(everywhere)["code_qp"].tolist() == [
        feature["properties"]["code_qp"]
        for feature in json.loads((DATA / "qpv.geojson").read_text(encoding="utf-8"))["features"]
    ]
    numbers = {total: positions.wanted(demo.SEED, everywhere, total) for total in (65_460, 219_460)}
    for usual, larger in zip(*numbers.values(), strict=True):
        assert (usual.inside == larger.inside).all()
        assert (usual.near == larger.near).all()
    rows = establishments.simulate(demo.SEED, everywhere, 80_000)
    assert len(rows) == 80_000
    assert rows["siret"].is_unique
    with pytest.raises(ValueError, match="too few"):
        positions.wanted(demo.SEED, everywhere, 20_000)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("à moi", encoding="utf-8")
    with pytest.raises(OutputError, match=r"manifest\.json"):
        demo.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_negative_seed_is_said_to_be_so(tmp_path):
    with pytest.raises(UsageError, match="--seed -1"):
        demo.write(tmp_path / "demo", seed=-1)
    assert not (tmp_path / "demo").exists()


# --- pieces --------------------------------------------------------------------------------------


def test_shares_always_add_up():
    rng = np.random.default_rng(3)
    for total in (0, 1, 7, 1_000):
        parts = reference.shares(rng.random(13), total)
        assert parts.sum() == total
        assert parts.min() >= 0
    assert reference.shares(np.array([1.0, 1.0, 0.0]), 3).tolist() == [2, 1, 0]


def test_wrong_numbers_are_unique_and_wrong():
    sirens = traits.wrong_siren(np.arange(50_000))
    assert len(np.unique(sirens)) == 50_000
    assert not any(luhn_right(str(one)) for one in sirens[:2_000])
    sirets = traits.wrong_siret(sirens, np.arange(50_000) % 900)
    assert len(np.unique(sirets)) == 50_000
    assert (sirets // 100_000 == sirens).all()


def test_reference_sizes_name_no_commune():
    rows = reference.table("tailles_communes")
    assert list(rows.columns) == ["insee_dep", "agglomeration", "population"]
    assert rows["population"].str.fullmatch(r"\d+00").all()


@pytest.mark.parametrize(
    "name",
    ["activites", "calage", "departements", "familles", "quartiers", "secteurs", "tranches"],
)
def test_every_parameter_says_where_it_comes_from(name):
    rows = reference.table(name)
    assert (rows["source"] != "").all()
    assert rows["source"].str.contains(re.compile("publiés|hypothèse|ANCT|NAF|insertion")).all()


def test_the_documentation_names_every_table_of_parameters():
    text = (ROOT / "docs" / "demonstration.md").read_text(encoding="utf-8")
    for file in reference.FOLDER.glob("*.csv"):
        assert f"`{file.name}`" in text
    for name in reference.parameters():
        assert f"`{name}`" in text


def test_a_structure_has_one_year_of_registration_or_none(folder):
    table = folder.etablissements
    siren = table["siret"].str[:9]
    assert (table["date_creation"].groupby(siren).nunique() == 1).all()
    known = table.loc[table["date_creation"] != "", "date_creation"].astype(int)
    assert 0.6 < len(known) / len(table) < 0.7
    # A declining exponential of 18 years: half of the known ones are younger than 18 ln 2.
    assert 2023 - known.median() == pytest.approx(18 * np.log(2), abs=1)
    assert known.max() == 2023
