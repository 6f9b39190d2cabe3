"""What calls for a lever: rules on data counted by hand, and on the demonstration."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError, UsageError
from essgeo.levers import open_catalogue
from essgeo.levers.diagnosis import MOST, Diagnosis
from essgeo.levers.measures import measures
from essgeo.levers.rules import SHIPPED, Rules, open_rules
from essgeo.manifest import Manifest, Source
from essgeo.settings import ROOT

#: Employers of each of thirteen neighbourhoods of 4,000 inhabitants, far from one another, and how
#: many of them have 1 or 2 employees; the others have 20 to 49.
EMPLOYERS = {
    "QN06700M": (0, 0),  # none, where twelve others have 100: 8.3 expected
    "QN06701M": (2, 2),  # few, and all small
    "QN06702M": (7, 1),  # a little fewer than the others: chance does that
    **{f"QN067{place:02}M": (place, place // 2) for place in (8, 9, 10)},
    "QN06711M": (9, 4),
    "QN06712M": (9, 4),
    "QN06713M": (9, 4),
    "QN06714M": (9, 4),
    "QN06715M": (9, 4),
    "QN06716M": (9, 4),
    "QN06717M": (10, 5),
}


def folder(out: Path, *, more: dict[str, object] | None = None, secret: bool = False) -> Atlas:
    codes = list(EMPLOYERS)
    quartiers = gpd.GeoDataFrame(
        {
            "code_qp": codes,
            "lib_qp": [f"Quartier {code}" for code in codes],
            "generation": "2024",
            "insee_com": "67482",
            "lib_com": "Strasbourg",
            "insee_dep": "67",
            "insee_reg": "44",
            "population": 4000.0,
            **(more or {}),
        },
        geometry=[box(7 + 0.02 * k, 48.5, 7.01 + 0.02 * k, 48.51) for k in range(len(codes))],
        crs="EPSG:4326",
    )
    rows = [
        {
            "siret": f"{100000000 + 1000 * place + one:09}00010",
            "denomination": "A",
            "categorie_juridique": "9220",
            "activite_principale": "88.99B" if one % 2 else "93.12Z",
            "tranche_effectifs": "01" if one < small else "12",
            "caractere_employeur": "O",
            "code_commune": "67482",
            "longitude": 7.005 + 0.02 * place,
            "latitude": 48.505,
            "qualite_xy": "11",
        }
        for place, (count, small) in enumerate(EMPLOYERS.values())
        for one in range(count)
    ]
    manifest = Manifest(
        nature="officiel",
        titre="Essai",
        sources=(Source(id="essai", titre="Essai", secret=secret),),
        generations=("2024",),
    )
    write_folder(out, {"quartiers": quartiers, "etablissements": pd.DataFrame(rows)}, manifest)
    return open_atlas(out)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return folder(tmp_path_factory.mktemp("leviers") / "d")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return open_rules(open_catalogue())


@pytest.fixture(scope="module")
def diagnosis(atlas: Atlas, rules: Rules) -> Diagnosis:
    return Diagnosis(atlas, rules)


def test_none_where_others_have_many(diagnosis: Diagnosis) -> None:
    """None at all: 100 employers in the twelve others, 48,000 inhabitants, so 8.3 expected."""
    leads = diagnosis.leads("QN06700M")
    # Of the twelve others 54 are sports clubs: 4.5 expected, none found.
    assert [lead.levier for lead in leads] == [
        "lieux-partages",
        "foncier-de-la-collectivite",
        "tiers-lieux",
    ]
    assert leads[0].raisons[0].texte == (
        "aucun établissement employeur de l'ESS (8,3 attendus d'après les quartiers semblables)"
    )
    # Beyond every similar one: the whole weight of the rule.
    assert leads[0].score == 2.0
    assert leads[1].manquants == ("foncier ou locaux publics mobilisables (la collectivité)",)


def test_few_and_small(diagnosis: Diagnosis) -> None:
    """2 for 4,000 where 98 in the 48,000 inhabitants of the others make 8.2 expected."""
    leads = diagnosis.leads("QN06701M")
    assert [lead.levier for lead in leads] == [
        "prise-en-charge-de-loyer",
        "lieux-partages",
        "foncier-de-la-collectivite",
    ]
    few, small = leads[0].raisons
    assert few.valeur == 0.5
    # Quartiers of the others: 0, 7, 8, then seven of 9, and two of 10, for 4,000 inhabitants:
    # 8.75 and 9.
    assert few.texte == (
        "0,50 établissement employeur de l'ESS pour 1\xa0000\xa0habitants, dans le quart le plus "
        "bas des quartiers semblables (la moitié d'entre eux\xa0: de 2,2 à 2,2)"
    )
    assert small.texte.startswith(
        "part des établissements de 1 à 5 salariés\xa0: 100\u202f%, dans la "
    )
    # One of the twelve is lower: 1/12 of the way over a quarter; none has more small ones.
    assert leads[0].score == pytest.approx(2 * (1 + ((1 - (1 / 12) / 0.25) + 1) / 2) / 2, abs=1e-3)


def test_two_and_more_are_plural(tmp_path: Path, rules: Rules) -> None:
    """4,0 is written in the plural, as French writes it; 1,9 would be singular."""
    found = Diagnosis(folder(tmp_path / "d", more={"population": 500.0}), rules)
    texts = [text for rule in rules.regles for text in found.where(rule.levier)["texte"]]
    assert texts
    for value, noun in re.findall(r"([\d,]+) (établissements?) employeur", " ".join(texts)):
        assert noun.endswith("s") == (float(value.replace(",", ".")) >= 2)
    assert any("4,0 établissements employeurs de l'ESS" in text for text in texts)


def test_what_chance_explains_says_nothing(diagnosis: Diagnosis) -> None:
    """7 where 7.75 are expected is among the lowest quarter, and means nothing."""
    assert diagnosis.leads("QN06702M") == []


def test_a_changed_threshold_shows_what_changes(
    atlas: Atlas, rules: Rules, diagnosis: Diagnosis, tmp_path: Path
) -> None:
    rule = "- levier: lieux-partages\n    quand: [{indicateur: etablissements, sens: bas, seuil: "
    text = SHIPPED.read_text("utf-8").replace(f"{rule}0.25", f"{rule}0.05")
    changed = tmp_path / "rules.yaml"
    changed.write_text(text, encoding="utf-8")
    after = Diagnosis(atlas, open_rules(open_catalogue(), changed))
    told = diagnosis.changes(after).set_index("levier")
    # QN06701M has one lower neighbourhood in twelve: more than 5 %.
    assert told.loc["lieux-partages"].to_dict() == {
        "avant": 2, "apres": 1, "gagnes": 0, "perdus": 1,
    }  # fmt: skip
    assert (told.drop("lieux-partages")[["gagnes", "perdus"]] == 0).all(axis=None)


def test_the_inverse_view_agrees(diagnosis: Diagnosis) -> None:
    for rule in diagnosis.rules.regles:
        where = diagnosis.where(rule.levier)
        told = {
            code
            for code in EMPLOYERS
            if rule.levier in [lead.levier for lead in diagnosis.leads(code)]
        }
        assert set(where["code_qp"]) == told
        assert where["score"].is_monotonic_decreasing
    assert diagnosis.where("lieux-partages")["code_qp"].tolist() == ["QN06700M", "QN06701M"]
    assert diagnosis.where("transversalite").empty


def test_a_selection_counts_where_it_answers(diagnosis: Diagnosis) -> None:
    lead = diagnosis.leads_of(np.ones(len(EMPLOYERS), bool))[0]
    assert lead.levier == "lieux-partages"
    assert lead.raisons[0].texte == "répond à 2\xa0quartiers sur 13"
    assert diagnosis.leads_of(np.zeros(len(EMPLOYERS), bool)) == []


def test_what_is_not_known_is_said_and_never_fires(atlas: Atlas, diagnosis: Diagnosis) -> None:
    lacking = diagnosis.silent()
    assert lacking["mobilite"] == ("part des ménages sans voiture (Insee, recensement)",)
    # No insertion structure is told in this folder: it says nothing of them, neither few nor many.
    assert "insertion-par-l-activite-economique" in lacking
    for levier in lacking:
        assert diagnosis.where(levier).empty


def test_columns_of_a_source_are_read(rules: Rules, tmp_path: Path) -> None:
    cars = [str(value) for value in (90, *range(20, 32))]
    npnru = ["oui", "oui", *["non"] * 11]
    found = Diagnosis(
        folder(tmp_path / "d", more={"part_sans_voiture": cars, "npnru": npnru}), rules
    )
    assert "mobilite" not in found.silent()
    where = found.where("mobilite")
    assert where["code_qp"].tolist()[0] == "QN06700M"
    assert (
        where["texte"].iloc[0].startswith("part des ménages sans voiture\xa0: 90,0, dans le quart")
    )
    # Both conditions must hold.
    assert set(found.where("amo-npnru")["code_qp"]) == {"QN06700M", "QN06701M"}


def test_a_source_under_secrecy_is_never_diagnosed(rules: Rules, tmp_path: Path) -> None:
    found = Diagnosis(folder(tmp_path / "d", secret=True), rules)
    assert not found.answers.any()
    assert "lieux-partages" in found.silent()


def test_without_population_nothing_is_compared(rules: Rules, tmp_path: Path) -> None:
    found = Diagnosis(folder(tmp_path / "d", more={"population": np.nan}), rules)
    assert not found.answers.any()


def test_unknown_neighbourhood(diagnosis: Diagnosis) -> None:
    with pytest.raises(UsageError, match="QN99999M"):
        diagnosis.leads("QN99999M")


def test_around_counts_the_band_of_each_outline(tmp_path: Path, rules: Rules) -> None:
    """Two outlines 100 m apart: what stands in one is around the other, and counted once there."""
    quartiers = gpd.GeoDataFrame(
        {"code_qp": ["QN06701M", "QN06702M"], "lib_qp": "Q", "generation": "2024",
         "insee_com": "67482", "population": 1000.0},
        geometry=[box(7, 48.5, 7.01, 48.51), box(7.0114, 48.5, 7.02, 48.51)],
        crs="EPSG:4326",
    )  # fmt: skip
    points = pd.DataFrame(
        {
            "siret": ["1", "2", "3"],
            "tranche_effectifs": "01",
            "caractere_employeur": "O",
            # In the first and near the second; deep in the first; out of both, near both.
            "longitude": [7.0099, 7.002, 7.0107],
            "latitude": 48.505,
            "qualite_xy": "11",
        }
    )
    manifest = Manifest(nature="officiel", titre="E", sources=(), generations=("2024",))
    write_folder(tmp_path / "d", {"quartiers": quartiers, "etablissements": points}, manifest)
    atlas = open_atlas(tmp_path / "d")
    found = measures(atlas, atlas.newest, {"a": rules.indicateurs["alentour"]})["a"]
    assert found is not None
    assert found.count is not None
    assert found.count.tolist() == [3.0, 2.0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{indicateur: sans-voiture,", "{indicateur: voitures,", "« voitures » inconnu"),
        ("- levier: mobilite", "- levier: mobilites", "« mobilites » inconnu"),
        ("- levier: mobilite", "- levier: qualification", "deux règles pour « qualification »"),
        ("compte: famille=association", "compte: famile=association", "clé inconnue « famile »"),
        (
            "seuil: 0.25}]\n    utiles: [foncier]",
            "seuil: 0.9}]\n    utiles: [foncier]",
            "seuil, de",
        ),
        ("id: associations,", "id: etablissements,", "indicateur en double"),
        ("sens: absent}", "sens: nul}", "« nul » inconnu (au choix : bas, haut, absent, present)"),
        ("    poids: 3\n", "", "il manque poids"),
        ("  - transversalite", "  - transversalites", "« transversalites » inconnu"),
    ],
)
def test_wrong_rules_are_refused_with_their_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "rules.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(said)) as caught:
        open_rules(open_catalogue(), path)
    assert re.match(r"rules\.yaml, ligne \d+ : ", str(caught.value))


def test_no_rule_answers_most_neighbourhoods(rules: Rules) -> None:
    """A lever proposed everywhere says nothing: a third of the demonstration at most."""
    found = Diagnosis(open_atlas(ROOT / "data"), rules)
    share = found.answers.mean(axis=1)
    assert share.max() <= 1 / 3
    assert 0.05 < found.answers.any(axis=0).mean() < 0.6
    assert all(len(found.leads(code)) <= MOST for code in found.generation.quartiers["code_qp"])


def test_every_lever_with_a_rule_stands_out_of_the_frame(rules: Rules) -> None:
    assert not {rule.levier for rule in rules.regles} & set(rules.cadre)
