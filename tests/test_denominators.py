"""What counts and jobs are divided by, on the small folder with figures chosen by hand."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import read_folder, write_folder
from essgeo.errors import DataError
from essgeo.indicators import AXES, summary, totals
from essgeo.join.surfaces import BAND_COLUMN, measured_band_km2
from essgeo.selection import parse
from tests.small import manifest, tables, write_small
from tests.test_atlas import selections

#: Level, code, generation, all jobs, private jobs; Rennes' private jobs are not known.
DENOMINATEURS = """\
niveau,code,generation,emplois,emplois_prives,source
quartier,QN06701M,2024,20000,12000,essai
quartier,QN06702I,2024,1000,500,essai
quartier,QN03501N,,500,,essai
quartier,QP067001,2015,15000,9000,essai
commune,67482,,200000,150000,essai
commune,35238,,120000,,essai
departement,67,,500000,400000,essai
france,france,,26000000,20000000,essai
"""

EVERYWHERE = (
    "rattachement=dedans,proche,hors,non_localise&certitude=sur,probable,incertain&employeurs=tous"
)


def folder(out: Path, text: str = DENOMINATEURS) -> Path:
    write_small(out)
    (out / "denominateurs.csv").write_text(text, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(folder(tmp_path_factory.mktemp("denominateurs") / "d"))


def rows(atlas: Atlas, query: str, *by: str) -> dict[Any, dict[str, Any]]:
    table = summary(atlas, parse(query).selection, by)
    return {
        tuple(row["code"]) if isinstance(row["code"], list) else row["code"]: row
        for row in table.to_dict(orient="records")
    }


def test_weight_of_what_is_inside(atlas: Atlas) -> None:
    found = rows(atlas, "", "quartier")
    ouest = found["QN06701M"]
    assert ouest["denominateur_emplois"] == 20000
    assert ouest["poids_emplois"] == pytest.approx((14.5 + 4 + 10000) / 20000)
    assert ouest["poids_emplois_prives"] == pytest.approx((14.5 + 4 + 10000) / 12000)
    # A line without generation is that of every one; its private jobs are not known.
    nord = found["QN03501N"]
    assert nord["poids_emplois"] == pytest.approx(34.5 / 500)
    assert math.isnan(nord["poids_emplois_prives"])
    # « =Sport » is alone there, of unknown headcount: no weight, though all jobs are known.
    assert found["QN06702I"]["denominateur_emplois"] == 1000
    assert math.isnan(found["QN06702I"]["poids_emplois"])
    assert math.isnan(found["QN98701N"]["poids_emplois"])


def test_a_weight_is_unknown_as_soon_as_a_neighbourhood_is(atlas: Atlas, tmp_path: Path) -> None:
    # Polynésie, where Sirene does not cover the ESS, is on neither side of the weight.
    assert totals(atlas, parse("").selection)["denominateur_emplois"] == 21500
    less = DENOMINATEURS.replace("quartier,QN06702I,2024,1000,500,essai\n", "")
    missing = open_atlas(folder(tmp_path / "d", less))
    assert math.isnan(totals(missing, parse("").selection)["denominateur_emplois"])
    assert totals(missing, parse("region=53").selection)["denominateur_emplois"] == 500
    alsace = rows(atlas, "", "region")["44"]
    assert alsace["denominateur_emplois"] == 21000
    assert alsace["poids_emplois"] == pytest.approx(10018.5 / 21000)


def test_weights_of_sectors_share_one_denominator(atlas: Atlas) -> None:
    found = rows(atlas, "region=44", "secteur")
    assert {row["denominateur_emplois"] for row in found.values()} == {21000}
    assert found["action-sociale"]["poids_emplois"] == pytest.approx(10018.5 / 21000)


def test_another_generation_has_its_own_jobs(atlas: Atlas) -> None:
    assert rows(atlas, "generation=2015", "quartier")["QP067001"]["denominateur_emplois"] == 15000


def test_whole_territories_are_divided_by_their_communes(atlas: Atlas) -> None:
    found = rows(atlas, EVERYWHERE, "commune")
    # All employers of Strasbourg of known headcount, wherever they stand.
    jobs = 14.5 + 4 + 74.5 + 34.5 + 7.5 + 10000
    assert found["67482"]["denominateur_emplois"] == 200000
    assert found["67482"]["poids_emplois"] == pytest.approx(jobs / 200000)
    assert math.isnan(found["35238"]["poids_emplois_prives"])
    # No line for an EPCI: its communes are added up.
    assert rows(atlas, EVERYWHERE, "epci")["246700488"]["denominateur_emplois"] == 200000


def test_what_is_said_of_a_territory_wins_over_its_communes(atlas: Atlas) -> None:
    assert rows(atlas, EVERYWHERE, "departement")["67"]["denominateur_emplois"] == 500000
    assert rows(atlas, EVERYWHERE, "france")["france"]["denominateur_emplois"] == 26000000
    one = rows(atlas, EVERYWHERE + "&departement=67", "secteur")
    assert {row["denominateur_emplois"] for row in one.values()} == {500000}
    # A part of the country is not the country, nor two départements one of them.
    assert rows(atlas, EVERYWHERE + "&departement=67", "france")["france"][
        "denominateur_emplois"
    ] == pytest.approx(500000)
    assert rows(atlas, EVERYWHERE + "&departement=67,35", "france")["france"][
        "denominateur_emplois"
    ] == pytest.approx(320000)
    # A commune's row within a département keeps to the commune.
    both = rows(atlas, EVERYWHERE + "&departement=67", "commune")
    assert both["67482"]["denominateur_emplois"] == 200000
    pairs = rows(atlas, EVERYWHERE, "departement", "commune")
    assert pairs["67", "67482"]["denominateur_emplois"] == 200000


@pytest.mark.parametrize(
    "query",
    ["rattachement=proche", "rattachement=dedans,proche", EVERYWHERE + "&quartier=QN06701M"],
)
def test_no_weight_where_nothing_fair_divides(atlas: Atlas, query: str) -> None:
    found = totals(atlas, parse(query).selection)
    assert math.isnan(found["denominateur_emplois"])
    assert math.isnan(found["poids_emplois"])


def test_inhabitants_of_communes(atlas: Atlas) -> None:
    assert totals(atlas, parse("").selection)["population_communes"] == 510000
    assert rows(atlas, "", "region")["53"]["population_communes"] == 220000
    assert math.isnan(rows(atlas, "", "quartier")["QN06701M"]["population_communes"])
    assert totals(atlas, parse("region=44").selection)["population_communes"] == 290000


def test_densities(atlas: Atlas) -> None:
    quartiers = atlas.newest.quartiers
    area = quartiers.to_crs("ESRI:54034").area.to_numpy() / 1e6
    found = rows(atlas, "", "quartier")
    ouest = found["QN06701M"]
    assert ouest["superficie_km2"] == pytest.approx(area[0], rel=1e-4)
    assert ouest["etablissements_km2"] == pytest.approx(3 / area[0], rel=1e-4)
    metric = quartiers.to_crs(2154).geometry.iloc[1]
    band = (shapely.buffer(metric, 300).area - metric.area) / 1e6
    assert found["QN06702I"]["bande_km2"] == pytest.approx(band, rel=0.02)
    assert found["QN06702I"]["proches_km2"] == pytest.approx(1 / band, rel=0.02)
    assert totals(atlas, parse("").selection)["superficie_km2"] == pytest.approx(area.sum())
    # What is not covered has a surface, not a density.
    assert found["QN98701N"]["superficie_km2"] > 0
    assert math.isnan(found["QN98701N"]["etablissements_km2"])
    near = totals(atlas, parse("rattachement=proche").selection)
    assert math.isnan(near["etablissements_km2"])
    assert near["proches_km2"] > 0


def test_jobs_per_inhabitant(atlas: Atlas) -> None:
    assert rows(atlas, "", "quartier")["QN03501N"]["emplois_1000hab"] == pytest.approx(34.5)
    assert math.isnan(totals(atlas, parse("rattachement=proche").selection)["emplois_1000hab"])


def test_bounds_add_up_along_every_axis(atlas: Atlas) -> None:
    whole = totals(atlas, parse("").selection)
    assert whole["etablissements_bas"] <= whole["etablissements"] <= whole["etablissements_haut"]
    for axis in ("region", "commune", "quartier", "secteur", "famille", "taille", "contrat"):
        table = summary(atlas, parse("").selection, (axis,))
        for name in ("etablissements_bas", "etablissements", "etablissements_haut"):
            assert table[name].sum() == whole[name], (axis, name)
    assert math.isnan(totals(atlas, parse("rattachement=proche").selection)["etablissements_bas"])


def test_a_folder_without_denominators_says_so(tmp_path: Path) -> None:
    read = read_folder(write_small(tmp_path / "d"))
    assert read.denominateurs.empty
    found = totals(open_atlas(tmp_path / "d"), parse("").selection)
    assert math.isnan(found["poids_emplois"])


@pytest.mark.parametrize("parquet", [False, True])
def test_denominators_survive_being_written(tmp_path: Path, parquet: bool) -> None:
    table = read_folder(folder(tmp_path / "a")).denominateurs
    made = tables() | {"denominateurs": table}
    write_folder(tmp_path / "b", made, manifest(), parquet=parquet)
    again = read_folder(tmp_path / "b").denominateurs
    pd.testing.assert_frame_equal(again[list(table.columns)], table)
    assert "denominateurs" in read_folder(tmp_path / "b").manifest.tables


def test_denominators_put_by_hand_outlive_a_rebuild(tmp_path: Path) -> None:
    out = folder(tmp_path / "d")
    write_small(out, parquet=True)
    assert len(read_folder(out).denominateurs) == 8
    # Those that the program wrote go with what they were written for.
    made = tables() | {"denominateurs": read_folder(out).denominateurs}
    write_folder(out, made, manifest())
    write_small(out)
    assert read_folder(out).denominateurs.empty
    # What cannot be told apart is ours.
    (folder(out) / "manifest.json").write_text("{", encoding="utf-8")
    write_small(out)
    assert read_folder(out).denominateurs.empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,emplois\n67482,3\n", "« niveau »"),
        ("niveau,code,emplois\nville,67482,3\n", "niveau « ville » inconnu"),
        ("niveau,code,emplois\ncommune,67482,3\ncommune,67482,4\n", "deux fois"),
        ("niveau,code,emplois\ncommune,67482,beaucoup\n", "« beaucoup »"),
        ("niveau,code,emplois\ncommune,67482,-3\n", "« -3 »"),
    ],
)
def test_faulty_denominators_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_folder(folder(tmp_path / "d", text))


def test_a_band_known_by_the_folder_is_not_measured_again(tmp_path: Path) -> None:
    made = tables()
    quartiers = made["quartiers"]
    newest = (quartiers["generation"] == "2024").to_numpy()
    quartiers[BAND_COLUMN] = 2.0
    write_folder(tmp_path / "d", made, manifest())
    atlas = open_atlas(tmp_path / "d")
    assert totals(atlas, parse("").selection)["bande_km2"] == 2.0 * newest.sum()
    measured = measured_band_km2(quartiers[newest].reset_index(drop=True))
    assert measured.sum() != pytest.approx(2.0 * newest.sum())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_is_selected_figures_hold_together(atlas: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(atlas)).with_(reference=())
    axis = data.draw(st.sampled_from([one for one in AXES if one not in ("types", "generation")]))
    whole, table = totals(atlas, selection), summary(atlas, selection, (axis,))
    for name in ("etablissements_bas", "etablissements_haut"):
        assert table[name].sum() == whole[name] or math.isnan(whole[name])
    assert not (table["etablissements_bas"] > table["etablissements"]).any()
    assert not (table["etablissements_haut"] < table["etablissements"]).any()
    for rate, count, by, per in (
        ("etablissements_km2", "etablissements", "superficie_km2", 1),
        ("proches_km2", "etablissements_proches", "bande_km2", 1),
        ("emplois_1000hab", "effectif_estime", "population", 1000),
        ("poids_emplois", "effectif_estime", "denominateur_emplois", 1),
        ("poids_emplois_prives", "effectif_estime", "denominateur_emplois_prives", 1),
    ):
        known = table[table[rate].notna()]
        assert (known[by] > 0).all()
        assert (known[rate] * known[by] / per).to_numpy() == pytest.approx(
            known[count].to_numpy(float)
        )
        assert not np.isinf(table[rate].to_numpy(float)).any()
