"""One neighbourhood beside those around it, counted by hand (tests/small.py)."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import UsageError
from essgeo.indicators import totals
from essgeo.indicators.sheet import COLUMNS, around, landmarks
from essgeo.indicators.statistics import rate_ratio
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT
from tests.small import manifest, tables, write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "d"))


@pytest.fixture(scope="module")
def demonstration() -> Atlas:
    return open_atlas(ROOT / "data")


def written(path: Path, **changed: pd.DataFrame) -> Atlas:
    write_folder(path, tables() | changed, manifest())
    return open_atlas(path)


def rows(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    records = table.to_dict(orient="records")
    return {(str(one["niveau"]), str(one["perimetre"])): one for one in records}


# --- landmarks ----------------------------------------------------------------------------------


def test_a_neighbourhood_stands_beside_its_commune_departement_and_france(atlas: Atlas) -> None:
    table = landmarks(atlas, Selection(), "QN06701M")
    assert tuple(table.columns) == COLUMNS
    found = rows(table)
    assert {key: (one["etablissements"], one["population"]) for key, one in found.items()} == {
        ("quartier", "quartiers"): (3, 4000),
        ("commune", "quartiers"): (4, 6000),
        ("departement", "quartiers"): (4, 6000),
        ("france", "quartiers"): (5, 7500),
        # Aide 1, Aide 2, =Sport, Mutuelle, Loin, Perdue (which says Strasbourg), Grande
        ("commune", "ensemble"): (7, 290000),
        # « Perdue » stands in a neighbourhood of Rennes
        ("departement", "ensemble"): (6, 290000),
        # and Régie, Floue, Sans lieu
        ("france", "ensemble"): (10, 510000),
    }
    assert found["quartier", "quartiers"]["etablissements_1000hab"] == pytest.approx(0.75)
    assert found["france", "ensemble"]["etablissements_1000hab"] == pytest.approx(10 / 510)
    assert set(table["probleme"]) == {""}
    # Surfaces are those of neighbourhoods: not of what is around them.
    measured = table["superficie_km2"].notna()
    assert measured.tolist() == (table["perimetre"] == "quartiers").tolist()
    assert found["quartier", "quartiers"]["superficie_km2"] == pytest.approx(0.82, abs=0.01)
    assert [found[level, "ensemble"]["libelle"] for level in ("commune", "departement")] == [
        "Strasbourg", "Bas-Rhin",
    ]  # fmt: skip


def test_it_is_compared_with_the_rest_never_with_itself(atlas: Atlas) -> None:
    found = rows(landmarks(atlas, Selection(), "QN06701M"))
    assert math.isnan(found["quartier", "quartiers"]["quotient"])
    assert found["quartier", "quartiers"]["verdict"] == ""
    mates = found["commune", "quartiers"]
    alone = rate_ratio(3, 4000, 1, 2000)
    assert mates["quotient"] == pytest.approx(1.5)
    assert mates["quotient_min"] == pytest.approx(float(alone.low))
    assert mates["quotient_max"] == pytest.approx(float(alone.high))
    assert mates["verdict"] == "indecis"
    whole = found["commune", "ensemble"]
    assert whole["quotient"] == pytest.approx((3 / 4000) / (4 / 286000))
    assert whole["verdict"] == "plus"


def test_the_only_neighbourhood_of_its_commune_has_no_mates(atlas: Atlas) -> None:
    found = rows(landmarks(atlas, Selection(), "QN03501N"))
    assert ("commune", "quartiers") not in found
    # It is the whole of its département's neighbourhoods: nothing is left to compare with.
    assert math.isnan(found["departement", "quartiers"]["quotient"])
    assert found["departement", "quartiers"]["etablissements"] == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("secteur=action-sociale", 3),
        ("types=ACI", 1),
        ("secteur=sante", 0),
        ("region=53&quartier=QN03501N&rattachement=proche,hors", 3),
    ],
)
def test_filters_on_establishments_hold_and_territories_do_not(
    atlas: Atlas, query: str, count: int
) -> None:
    found = rows(landmarks(atlas, parse(query).selection, "QN06701M"))
    assert found["quartier", "quartiers"]["etablissements"] == count
    assert found["commune", "quartiers"]["population"] == 6000


def test_each_figure_is_that_of_the_summary(demonstration: Atlas) -> None:
    quartiers = demonstration.newest.quartiers
    selection = parse("secteur=action-sociale").selection
    for code in quartiers["code_qp"].iloc[[0, 500, 1000, 1400]]:
        departement = quartiers.set_index("code_qp").loc[code, "insee_dep"]
        found = rows(landmarks(demonstration, selection, code))
        for level, where in (
            ("quartier", {"quartier": (code,)}),
            ("departement", {"departement": (departement,)}),
            ("france", {}),
        ):
            wanted = totals(demonstration, selection.with_(**where))
            row = found[level, "quartiers"]
            for name in ("etablissements", "effectif_estime", "population"):
                assert row[name] == wanted[name], (code, level, name)


def test_the_totals_of_france_may_be_kept_by_the_caller(atlas: Atlas) -> None:
    asked: list[Selection] = []

    def total(atlas: Atlas, selection: Selection) -> Mapping[str, Any]:
        asked.append(selection)
        return totals(atlas, selection)

    table = landmarks(atlas, Selection(), "QN06701M", total=total)
    assert len(asked) == len(table)
    assert Selection() in asked


def test_unknown_inhabitants_are_said(tmp_path: Path) -> None:
    quartiers = tables()["quartiers"]
    quartiers.loc[quartiers["code_qp"] == "QN06702I", "population"] = float("nan")
    communes = tables()["communes"]
    communes["population"] = communes["population"].astype("float64")
    communes.loc[communes["code_commune"] == "67482", "population"] = float("nan")
    atlas = written(tmp_path / "d", quartiers=quartiers, communes=communes)
    found = rows(landmarks(atlas, Selection(), "QN06701M"))
    assert found["quartier", "quartiers"]["etablissements_1000hab"] == pytest.approx(0.75)
    for key in (("commune", "quartiers"), ("commune", "ensemble"), ("france", "ensemble")):
        assert math.isnan(found[key]["etablissements_1000hab"]), key
        assert "inconnue" in found[key]["probleme"], key
        assert found[key]["verdict"] == "", key
        assert found[key]["etablissements"] > 0, key


def test_without_communes_a_whole_commune_cannot_be_counted(tmp_path: Path) -> None:
    points = tables()["etablissements"].drop(columns="code_commune")
    communes = tables()["communes"].iloc[:0]
    # All the jobs are known, but not who stands where: no weight can be told.
    jobs = pd.DataFrame(
        {"niveau": ["commune", "departement"], "code": ["67482", "67"], "emplois": [1000, 1000]}
    )
    atlas = written(tmp_path / "d", etablissements=points, communes=communes, denominateurs=jobs)
    found = rows(landmarks(atlas, Selection(), "QN06701M"))
    for level in ("commune", "departement"):
        row = found[level, "ensemble"]
        assert row["etat"] == "sans_donnee"
        for name in ("etablissements", "effectif_estime", "emplois_1000hab", "poids_emplois"):
            assert math.isnan(row[name]), name
        assert "sans" in row["probleme"]
    assert found["commune", "quartiers"]["etablissements"] == 4


def test_a_folder_of_neighbourhoods_alone_knows_nothing_else(tmp_path: Path) -> None:
    points = tables()["etablissements"].iloc[:3]
    found = rows(landmarks(written(tmp_path / "d", etablissements=points), Selection(), "QN06701M"))
    assert found["france", "ensemble"]["etat"] == "sans_donnee"
    assert "hors des quartiers" in found["france", "ensemble"]["probleme"]
    assert found["quartier", "quartiers"]["etablissements"] == 2


def test_what_sirene_does_not_cover_is_said(atlas: Atlas) -> None:
    found = rows(landmarks(atlas, Selection(), "QN98701N"))
    assert found["quartier", "quartiers"]["etat"] == "hors_champ"
    assert {one["probleme"] for one in found.values()} == {"hors champ de Sirene"}
    assert {one["verdict"] for one in found.values()} == {""}
    assert math.isnan(found["quartier", "quartiers"]["etablissements_1000hab"])
    # France is told, and not compared with what nobody knows.
    assert found["france", "ensemble"]["etablissements"] == 10


@pytest.mark.parametrize("code", ["QN00000N", "", "QP067001"])
def test_an_unknown_neighbourhood_is_refused(atlas: Atlas, code: str) -> None:
    with pytest.raises(UsageError):
        landmarks(atlas, Selection(), code)
    with pytest.raises(UsageError):
        around(atlas, Selection(), code)


# --- surroundings -------------------------------------------------------------------------------


def test_the_band_holds_what_its_neighbours_hold(tmp_path: Path) -> None:
    quartiers = tables()["quartiers"]
    quartiers = quartiers[quartiers["generation"] == "2024"].copy()
    # « Est » moved to about 150 m east of « Ouest ».
    quartiers.loc[quartiers["code_qp"] == "QN06702I", "geometry"] = gpd.GeoSeries(
        [box(7.712, 48.57, 7.722, 48.58)], index=[1]
    )
    places = {
        "deep in Ouest": 7.705,
        "between, nearer to Ouest": 7.7105,
        "between, nearer to Est": 7.7115,
        "in Est, near its western edge": 7.713,
        "deep in Est": 7.717,
    }
    points = pd.DataFrame(
        {
            "denomination": list(places),
            "longitude": list(places.values()),
            "latitude": 48.575,
            "qualite_xy": "11",
        }
    )
    atlas = written(tmp_path / "d", quartiers=quartiers, etablissements=points)
    found = around(atlas, Selection(), "QN06701M")
    assert found.rows.tolist() == [1, 2, 3]
    assert found.elsewhere.tolist() == [False, False, True]
    degree = 111_320 * math.cos(math.radians(48.575))
    expected = [0.0005 * degree, 0.0015 * degree, 0.003 * degree]
    assert found.distance_m == pytest.approx(expected, rel=0.01)
    # Totals give each of them to one neighbourhood only.
    near = totals(atlas, parse("quartier=QN06701M&rattachement=proche").selection)
    assert near["etablissements"] == 1
    assert around(atlas, Selection(), "QN06701M", 60).rows.tolist() == [1]


def test_filters_hold_around_too(atlas: Atlas) -> None:
    assert around(atlas, Selection(), "QN06702I").rows.tolist() == [5]
    assert around(atlas, parse("secteur=sante").selection, "QN06702I").rows.tolist() == []
    whole = parse("quartier=QN03501N&rattachement=dedans&secteur=finance-assurance").selection
    assert around(atlas, whole, "QN06702I").rows.tolist() == [5]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_band_of_one_outline_holds_its_share_of_the_totals(
    demonstration: Atlas, data: st.DataObject
) -> None:
    generation = demonstration.newest
    code = data.draw(st.sampled_from(generation.axes["quartier"].values))
    found = around(demonstration, Selection(), code)
    near = demonstration.resolve(Selection(quartier=(code,), rattachement=("proche",))).mask
    distance = generation.joined["distance_m"].to_numpy()
    told = dict(zip(found.rows.tolist(), found.distance_m.tolist(), strict=True))
    for row in np.flatnonzero(near).tolist():
        assert told[row] == distance[row]
    inside = demonstration.resolve(Selection(quartier=(code,))).mask
    assert not set(np.flatnonzero(inside).tolist()) & set(told)
    assert (np.diff(found.distance_m) >= 0).all()
    assert ((found.distance_m >= 0) & (found.distance_m <= 300)).all()
    # Others of the band are nearer to another outline, or in it.
    others = [row for row in told if not near[row]]
    state = generation.joined["rattachement"].to_numpy()
    assert all(state[row] == "dedans" or distance[row] <= told[row] for row in others)
