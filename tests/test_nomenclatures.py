"""Nomenclatures: what a code becomes, what is not known, and tables that say their source."""

from __future__ import annotations

import csv
from typing import get_args

import pandas as pd
import pytest

from essgeo import nomenclatures as n


def text(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def test_legal_categories_follow_the_law_of_2014():
    codes = text("9220", "9260", "5195", "5558", "6316", "8210", "6411", "9300", "5710", "5499")
    assert n.familles(codes).tolist() == [
        "association",
        "association",
        "association",
        "cooperative",
        "cooperative",
        "mutuelle",
        "mutuelle",
        "fondation",
        "societe-commerciale",
        "societe-commerciale",
    ]


@pytest.mark.parametrize("code", ["7361", "1000", "92", "57", "5", "57100", "abcd", "", None])
def test_other_categories_are_kept_as_unclassified(code):
    assert n.familles(text(code)).tolist() == [n.NON_CLASSE]


@pytest.mark.parametrize(
    ("code", "sector"),
    [
        ("88.99B", "action-sociale"),
        ("8899B", "action-sociale"),
        ("88.99b", "action-sociale"),
        (" 8710A ", "action-sociale"),
        ("86.10Z", "sante"),
        ("85.59A", "enseignement"),
        ("93.12Z", "sports-loisirs"),
        ("90.01Z", "arts-spectacles"),
        ("64.19Z", "finance-assurance"),
        ("56.29B", "hebergement-restauration"),
        ("81.21Z", "soutien-entreprises"),
        ("01.13Z", "commerce-industrie-construction-agriculture"),
        ("113Z", "commerce-industrie-construction-agriculture"),
        ("94.99Z", "autres-services"),
    ],
)
def test_activity_codes_come_with_and_without_the_dot(code, sector):
    assert n.secteurs(text(code)).tolist() == [sector]


@pytest.mark.parametrize(
    "code",
    [
        "56.22Y",  # a final letter of NAF 2025 that rev. 2 does not use
        "85.59G",  # idem
        "804C",  # NAF rév. 1, without its zero
        "88.99",
        "88",
        "00.00Z",
        "",
        None,
    ],
)
def test_what_is_no_sub_class_of_rev_2_is_unclassified(code):
    assert n.secteurs(text(code)).tolist() == [n.NON_CLASSE]


def test_a_column_of_another_nomenclature_is_told_by_its_share():
    rev2 = text("88.99B", "9499Z", "", None)
    assert n.hors_naf_rev2(rev2) == 0
    assert n.hors_naf_rev2(text("56.22Y", "85.59G", "9499Z", "")) == pytest.approx(2 / 3)
    assert pd.isna(n.hors_naf_rev2(text("", None)))


def test_every_sub_class_has_a_sector_and_every_sector_a_label():
    codes = pd.read_csv(n.FOLDER / "naf_rev2.csv", dtype="str")["code"]
    assert len(codes) == 732
    slugs = n.secteurs(codes)
    assert set(slugs) == set(n.labels("secteur")) - {n.NON_CLASSE}


def test_unclassified_codes_are_counted_most_frequent_first():
    codes = text("XX", "9220", "YY", "XX", None, "")
    assert n.non_classes(codes, n.familles(codes)) == {"": 2, "XX": 2, "YY": 1}
    assert list(n.non_classes(codes, n.familles(codes))) == ["", "XX", "YY"]


@pytest.mark.parametrize(
    ("tranche", "caractere", "size", "status"),
    [
        ("01", "O", "1-2", "employeur"),
        ("01", "", "1-2", "employeur"),
        ("1", "O", "1-2", "employeur"),
        ("00", "O", "0", "employeur"),
        ("53", "O", "10000-plus", "employeur"),
        ("12", "N", "sans-salarie", "non-employeur"),
        ("NN", "N", "sans-salarie", "non-employeur"),
        ("", "N", "sans-salarie", "non-employeur"),
        ("NN", "O", "inconnu", "employeur-inconnu"),
        ("", "O", "inconnu", "employeur-inconnu"),
        (None, "o", "inconnu", "employeur-inconnu"),
        ("NN", "", "inconnu", "inconnu"),
        (None, None, "inconnu", "inconnu"),
        ("99", "", "inconnu", "inconnu"),
    ],
)
def test_three_states_of_employment_and_unknown(tranche, caractere, size, status):
    bands, letters = text(tranche), text(caractere)
    assert n.tailles(bands, letters).tolist() == [size]
    assert n.emplois(bands, letters).tolist() == [status]


def test_bands_are_those_of_sirene_without_gap_nor_overlap():
    bands = n.bandes().drop("NN")
    assert len(bands) == 15
    assert (bands["min"].to_numpy()[1:] == bands["max"].to_numpy()[:-1] + 1).all()
    assert pd.isna(bands.loc["53", "max"])
    closed = bands.drop("53")
    assert (closed["central"] == (closed["min"] + closed["max"]) / 2).all()
    assert bands.loc["53", "central"] == bands.loc["53", "min"] == 10_000
    assert n.bandes().loc["NN", ["min", "max", "central"]].isna().all()
    assert set(bands["taille"]) <= set(n.labels("taille"))


def test_regies_are_told_by_both_words():
    names = text(
        "RÉGIE DE QUARTIER DE LA MEINAU",
        "regies des quartiers",
        "Re\u0301gie de quartier",  # decomposed accent
        "RÉGIE DES EAUX",
        "MAISON DE QUARTIER",
        "REGIEQUARTIER",
        "",
        None,
    )
    assert n.regies(names).tolist() == [True, True, True] + [False] * 5


def test_positions_random_in_the_commune_are_not_usable():
    table = n.qualites_xy()
    assert table.index[~table["usable"]].tolist() == ["33"]
    assert set(table.index[table["random_in_street"]]) == {"12", "22"}
    assert set(table.index[table["exact_street"]]) == {"11", "12"}
    assert table.loc[table["usable"], "precision_m"].gt(0).all()


def test_departements_have_a_region_that_exists():
    deps, regs = n.departements(), n.regions()
    assert set(deps["insee_reg"]) == set(regs["code"])
    assert deps["code"].is_unique
    assert {"01", "2A", "2B", "75", "971", "972", "973", "974", "975", "976", "978", "987"} <= set(
        deps["code"]
    )
    assert deps.set_index("code").loc[["978", "987"], "insee_reg"].tolist() == ["978", "987"]


@pytest.mark.parametrize("axis", get_args(n.Axis))
def test_labels_are_filled_and_unique(axis):
    labels = n.labels(axis)
    assert labels
    assert all(labels.values())
    assert len(set(labels.values())) == len(labels)


def test_labels_cover_every_slug_that_lookups_give():
    assert set(n._read("familles")["famille"]) | {n.NON_CLASSE} == set(n.labels("famille"))
    assert set(n._read("bandes")["taille"]) | {n.SANS_SALARIE} == set(n.labels("taille"))
    assert list(n.labels("qualite_xy")) == n.qualites_xy().index.tolist()
    with pytest.raises(KeyError):
        n.labels("couleur")  # type: ignore[arg-type]


def test_lookups_keep_the_index_and_leave_their_input_alone():
    codes = pd.Series(["9220", None, "9220"], index=[7, 7, 3], dtype="str")
    before = codes.copy()
    found = n.familles(codes)
    assert found.index.tolist() == [7, 7, 3]
    assert str(found.dtype) == "str"
    pd.testing.assert_series_equal(codes, before)


def test_tables_given_out_are_copies():
    bands, deps = n.bandes(), n.departements()
    bands.loc["01", "taille"] = "faux"
    deps.loc[0, "lib_dep"] = "faux"
    assert n.bandes().loc["01", "taille"] == "1-2"
    assert n.departements().loc[0, "lib_dep"] == "Ain"


@pytest.mark.parametrize(
    "name",
    [
        "bandes",
        "chiffres_publies",
        "departements",
        "familles",
        "libelles",
        "qualites_xy",
        "regions",
        "secteurs",
    ],
)
def test_every_row_of_a_table_says_its_source(name):
    with (n.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows
    assert "note" in rows[0]
    assert all(row["source"].strip() for row in rows)


# --- published figures ---------------------------------------------------------------------------


def published(mesure: str, **where: str) -> pd.DataFrame:
    rows = n.chiffres_publies()
    rows = rows[rows["mesure"] == mesure]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def test_published_figures_say_how_they_are_known():
    rows = n.chiffres_publies()
    assert set(rows["statut"]) == {"lu", "2nd", "calcul"}
    assert rows["valeur"].notna().all()
    assert set(rows["generation"]) == {"", "2015", "2024"}
    key = ["mesure", "modalite", "annee", "champ", "generation", "territoire"]
    assert not rows.duplicated(key).any()


def test_published_totals_are_consistent_with_each_other():
    for generation in ("2015", "2024"):
        rows = published("quartiers", generation=generation).set_index("territoire")["valeur"]
        by_region = rows.drop(["france", "hexagone"])
        assert by_region.sum() == rows["france"]
        overseas = ["01", "02", "03", "04", "06", "978", "987"]
        assert by_region.drop(overseas).sum() == rows["hexagone"]
    people = published("population").set_index("territoire")["valeur"]
    assert people.drop(["france", "hexagone"]).sum() == people["france"] == 5_435_060
    jobs = published("emplois", annee="2022")["valeur"].item()
    count = published("etablissements_employeurs", annee="2022")["valeur"].item()
    ratio = published("emplois_par_etablissement", annee="2022")["valeur"].item()
    assert jobs / count == pytest.approx(ratio, abs=0.05)
    assert published("part_taille")["valeur"].sum() == 100
