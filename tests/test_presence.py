"""Shares compared with a reference, and what a neighbourhood lacks (tests/town.py)."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from essgeo.atlas import Atlas, open_atlas
from essgeo.cli import records
from essgeo.datafolder import write_folder
from essgeo.errors import UsageError
from essgeo.indicators import COLUMNS as SUMMARY
from essgeo.indicators import summary
from essgeo.indicators.missing import VERDICTS as MISSING_VERDICTS
from essgeo.indicators.missing import missing
from essgeo.indicators.presence import COLUMNS, EXPECTED, QUOTIENTS, _ratio, presence
from essgeo.indicators.references import reference
from essgeo.indicators.statistics import VERDICTS, rate_ratio
from essgeo.manifest import Source
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small
from tests.test_atlas import selections
from tests.town import Counts, Quartier, code, write_town


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def town(tmp_path: Path, *quartiers: Quartier, outside: Counts | None = None, **more: str) -> Atlas:
    return open_atlas(write_town(tmp_path / "data", quartiers, outside, **more))


def rows(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {str(row["code"]): row for row in table.to_dict(orient="records")}


def chosen(query: str) -> Selection:
    parsed = parse(query)
    assert parsed.problems == ()
    return parsed.selection


# Presence --------------------------------------------------------------------------------


def test_presence_counted_by_hand(tmp_path: Path) -> None:
    made = town(
        tmp_path,
        Quartier(1000, {"action-sociale": 30, "sante": 10}),
        outside={"action-sociale": 20, "sante": 70, "enseignement": 10},
    )
    table = presence(made, Selection(), "secteur")
    assert list(table.columns) == list(COLUMNS)
    found = rows(table)
    social = found["action-sociale"]
    assert (social["etablissements"], social["reference_etablissements"]) == (30, 20)
    assert (social["part"], social["reference_part"]) == (0.75, 0.2)
    assert social["quotient"] == pytest.approx(3.75)
    # Given 50 in all, 30 or more here, twice; three sectors were tested, this one the clearest.
    assert social["p"] == pytest.approx(2 * stats.binom.sf(29, 50, 40 / 140))
    assert social["p_corrige"] == pytest.approx(3 * social["p"])
    assert social["verdict"] == "plus"
    assert found["sante"]["verdict"] == "moins"
    assert found["sante"]["quotient"] == pytest.approx(0.25 / 0.7)
    assert "75\u202f% des établissements employeurs (30 sur 40)" in social["texte"]
    assert "contre 20\u202f% dans le reste de la commune" in social["texte"]
    assert "plus présent (quotient 3,75, de" in social["texte"]
    # 10 % of 40: 4 expected, none found; nothing established, and nothing called absent.
    assert found["enseignement"]["verdict"] == "indecis"
    assert math.isnan(found["sports-loisirs"]["quotient"])
    assert found["sports-loisirs"]["verdict"] == ""
    assert "aucun établissement ici, ni dans" in found["sports-loisirs"]["texte"]
    assert "non-classe" not in found


def test_few_expected_is_no_absence(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(1000, {"sante": 10}), outside={"sante": 90, "enseignement": 10})
    found = rows(presence(made, Selection(), "secteur"))["enseignement"]
    assert found["quotient"] == 0
    assert found["verdict"] == "indecis"
    assert "1,0 attendu, absence non significative" in found["texte"]


def test_a_single_establishment_establishes_nothing(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(40000, {"sante": 1}), outside={"sante": 1, "enseignement": 300})
    found = rows(presence(made, Selection(), "secteur"))
    assert found["sante"]["part"] == 1
    assert found["sante"]["quotient"] == pytest.approx(301)
    assert found["sante"]["verdict"] == "indecis"
    assert found["enseignement"]["quotient"] == 0


def test_what_nobody_else_has_has_an_infinite_quotient(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(1000, {"sante": 20}), outside={"enseignement": 20})
    found = rows(presence(made, Selection(), "secteur"))["sante"]
    assert found["quotient"] == math.inf
    assert found["quotient_max"] == math.inf
    assert 1 < found["quotient_min"] < math.inf
    assert found["verdict"] == "plus"
    assert found["texte"].endswith("plus présent.")


def test_unknown_sectors_are_no_denominator(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(1000, {"sante": 2, "non-classe": 6}),
                outside={"sante": 1, "enseignement": 1})  # fmt: skip
    found = rows(presence(made, Selection(), "secteur"))
    assert found["sante"]["part"] == 1
    assert found["non-classe"]["etablissements"] == 6
    assert math.isnan(found["non-classe"]["part"])
    assert found["non-classe"]["verdict"] == ""
    assert "sans donnée" in found["non-classe"]["texte"]


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [
        ({}, {"sante": 3}, "La sélection ne contient aucun"),
        ({"non-classe": 3}, {"sante": 3}, "La sélection ne contient aucun"),
        ({"sante": 3}, {"non-classe": 3}, "Aucun établissement dont on connaisse son secteur"),
        ({"sante": 3}, {}, "Rien à comparer"),
        ({}, {}, "Rien à comparer"),
    ],
)
def test_nothing_to_compare_is_said_on_each_row(
    tmp_path: Path, inside: Counts, outside: Counts, said: str
) -> None:
    made = town(tmp_path, Quartier(1000, inside), Quartier(1000, {"sante": 1}, departement="45"),
                outside=outside)  # fmt: skip
    table = presence(made, chosen(f"quartier={code(0)}"), "secteur")
    table = table[table["code"] != "non-classe"]
    assert len(table) == 10
    assert (table["verdict"] == "").all()
    assert table["quotient"].isna().all()
    assert table["texte"].str.contains("sans donnée").all()
    assert table["texte"].str.contains(said).all()


def test_filters_apply_to_both_sides_but_that_of_the_axis(small: Atlas) -> None:
    # In Strasbourg: 3 of action sociale in « Ouest »; =Sport, Mutuelle, Loin are around.
    every = rows(presence(small, chosen("quartier=QN06701M"), "secteur"))
    same = rows(presence(small, chosen("quartier=QN06701M&secteur=sante"), "secteur"))
    assert str(every) == str(same)
    assert every["action-sociale"]["etablissements"] == 3
    assert sum(row["reference_etablissements"] for row in every.values()) == 3
    associations = chosen("quartier=QN06701M&famille=association")
    assert sum(
        row["reference_etablissements"]
        for row in rows(presence(small, associations, "secteur")).values()
    ) == 1  # fmt: skip


def test_another_selection_lends_its_place_only(small: Atlas) -> None:
    asked = chosen("quartier=QN06701M&famille=association")
    plain = presence(small, asked, "secteur", other=chosen("quartier=QN06702I"))
    other = chosen("quartier=QN06702I&famille=cooperative&types=ACI&employeurs=tous")
    pd.testing.assert_frame_equal(plain, presence(small, asked, "secteur", other=other))
    # =Sport, an association that employs.
    assert plain["reference_etablissements"].sum() == 1


def test_denominators_are_employers(small: Atlas) -> None:
    query = "quartier=QN06702I"
    employers = presence(small, chosen(query), "famille")
    everybody = presence(small, chosen(f"{query}&employeurs=tous"), "famille")
    pd.testing.assert_frame_equal(employers, everybody)
    # =Sport alone: « Amis » does not employ, « Coop » says nothing.
    assert employers["etablissements"].sum() == 1


def test_every_neighbourhood_selected_has_no_similar_one(small: Atlas) -> None:
    table = presence(small, Selection(), "secteur", "semblables")
    assert table["texte"].str.contains("Tous les quartiers sont dans la sélection").all()


shares = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _compare(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float, float]:
    arrays = [np.array([value]) for value in (*one, *other)]
    found = _ratio(*arrays)
    return tuple(float(values[0]) for values in (found.ratio, found.low, found.high, found.p))  # type: ignore[return-value]


@given(shares, shares)
def test_swapping_both_sides_inverts_the_quotient(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    ratio, low, high, p = _compare(one, other)
    back, back_low, back_high, same_p = _compare(other, one)
    if one[0] + other[0] == 0:
        assert math.isnan(ratio)
        assert math.isnan(p)
        return
    assert p == pytest.approx(same_p)
    assert low <= ratio <= high or math.isinf(ratio)
    if ratio not in (0, math.inf):
        assert back == pytest.approx(1 / ratio)
    if math.isfinite(high):
        assert back_low == pytest.approx(1 / high)
    if math.isfinite(back_high):
        assert low == pytest.approx(1 / back_high)
    # The test and its interval agree; beyond half of the whole the test is the more cautious.
    most = 2 * (one[0] + other[0]) > one[1] + other[1]
    if p < 0.05 - 1e-6:
        assert not low <= 1 <= high
    elif p > 0.05 + 1e-6 and not most:
        assert low <= 1 <= high


def test_a_family_that_is_nearly_all_can_be_told_from_another() -> None:
    # 189 associations of 211, against 2,000 of 2,600: taken as Poisson, 1 is in the interval.
    direct = rate_ratio(189, 211, 2000, 2600)
    assert direct.low < 1 < direct.high
    ratio, low, high, p = _compare((189, 211), (2000, 2600))
    assert ratio == pytest.approx(float(direct.ratio))
    assert p < 0.001
    # Katz's interval, on the logarithm, is a fair one for counts as large as these.
    half = 1.96 * math.sqrt(22 / 211 / 189 + 600 / 2600 / 2000)
    assert low == pytest.approx(ratio * math.exp(-half), abs=0.01)
    assert high == pytest.approx(ratio * math.exp(half), abs=0.01)


@given(shares, shares)
def test_one_more_never_makes_it_less_present(one: tuple[int, int], other: tuple[int, int]) -> None:
    count, total = one
    if count == total or count + other[0] == 0:
        return
    ratio, low, high, _ = _compare(one, other)
    more, more_low, more_high, _ = _compare((count + 1, total), other)
    assert more > ratio or math.isinf(ratio)
    # Beyond half of the whole another interval is used: within one rule both bounds rise.
    if 2 * (count + 1 + other[0]) <= total + other[1]:
        assert more_low >= low
        assert more_high >= high or math.isinf(high)


@given(shares, shares)
def test_less_present_always_means_that_three_were_expected(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    ratio, _, _, p = _compare(one, other)
    if ratio < 1 and p < 0.05:
        assert one[1] * other[0] / other[1] >= EXPECTED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_presence_of_any_selection(small: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(small))
    axis = data.draw(st.sampled_from(["secteur", "famille"]))
    other = data.draw(st.none() | selections(small))
    table = presence(small, selection, axis, other=other)
    assert set(table["verdict"]) <= set(VERDICTS)
    assert (table["texte"] != "").all()
    known = table[table["code"] != "non-classe"]
    for name in ("part", "reference_part"):
        assert known[name].isna().all() or known[name].sum() == pytest.approx(1)
    assert (table["quotient"].isna() == table["p"].isna()).all()


def test_secrecy_leaves_nothing_to_compare(tmp_path: Path) -> None:
    source = Source(id="x", titre="X", editeur="X", date="2024-01-01", secret=True)
    made = manifest()
    write_folder(tmp_path / "data", tables(), replace(made, sources=(*made.sources, source)))
    secret = open_atlas(tmp_path / "data")
    for table in (
        presence(secret, chosen("region=44"), "secteur"),
        presence(secret, chosen("region=44"), "famille", other=chosen("region=53")),
        missing(secret, "QN06701M"),
    ):
        said = table.drop(columns=["code", "libelle", "verdict", "texte"])
        assert said.isna().all(axis=None)
        assert (table["verdict"] == "").all()
        assert table["texte"].str.contains("secret statistique").all()
        # Not even which rows there are says what was counted.
        assert len(table) in (6, 11)
    assert not reference(secret, chosen("region=44")).mask.any()


# What a neighbourhood lacks --------------------------------------------------------------


def similar_town(tmp_path: Path, first: Quartier, each: Counts, count: int = 10) -> Atlas:
    """Return a town of one neighbourhood and of ten others, alike in each sector."""
    return town(tmp_path, first, *[Quartier(1000, each)] * count, outside={"sante": 1})


def test_missing_counted_by_hand(tmp_path: Path) -> None:
    each = {"action-sociale": 4, "sante": 8, "enseignement": 8, "sports-loisirs": 2}
    made = similar_town(
        tmp_path,
        Quartier(2000, {"action-sociale": 8, "arts-spectacles": 3}, near={"sante": 2}),
        each,
    )
    found = rows(missing(made, code(0)))
    assert {name: row["attendu"] for name, row in found.items()} == {
        "action-sociale": 8, "sante": 16, "enseignement": 16, "sports-loisirs": 4,
        "arts-spectacles": 0, "finance-assurance": 0, "hebergement-restauration": 0,
        "soutien-entreprises": 0, "commerce-industrie-construction-agriculture": 0,
        "autres-services": 0,
    }  # fmt: skip
    assert {name: row["verdict"] for name, row in found.items() if row["attendu"]} == {
        "action-sociale": "indecis",
        "sante": "absent_proche",
        "enseignement": "absent",
        # 4 expected, none found: chance alone would do that to 2 or 3 in 100, twice.
        "sports-loisirs": "indecis",
    }
    assert found["sante"]["proches"] == 2
    assert "À moins de 300\u00a0m\u00a0: 2." in found["sante"]["texte"]
    assert "aucun." in found["enseignement"]["texte"]
    assert "aucun établissement employeur, 16,0 attendus" in found["enseignement"]["texte"]
    assert found["arts-spectacles"]["verdict"] == "plus"
    assert found["autres-services"]["verdict"] == "non_significatif"
    low, high = found["action-sociale"]["attendu_min"], found["action-sociale"]["attendu_max"]
    assert 2 <= low < 8 < high <= 16


def test_the_law_is_a_negative_binomial_one(tmp_path: Path) -> None:
    others = [Quartier(1000, {"sante": count}) for count in (0, 0, 12, 0, 18)]
    made = town(tmp_path, Quartier(1000, {"sante": 1}), *others, outside={"sante": 1})
    found = rows(missing(made, code(0)))["sante"]
    # 6 each on average; chi-square (36 + 36 + 36 + 36 + 144) / 6 over 4: 12, a fifth of it.
    mean, ratio = 6.0, 1 + (36 + 36 + 36 + 36 + 144) / 6 / 4 / 5
    law = stats.nbinom(mean / (ratio - 1), 1 / ratio)
    assert law.mean() == pytest.approx(mean)
    assert law.var() == pytest.approx(mean * ratio)
    assert found["attendu"] == mean
    assert found["p_corrige"] == pytest.approx(2 * law.cdf(1))
    assert (found["attendu_min"], found["attendu_max"]) == (law.ppf(0.025), law.ppf(0.975))


def test_fewer_than_expected_but_not_none(tmp_path: Path) -> None:
    made = similar_town(tmp_path, Quartier(1000, {"sante": 3}), {"sante": 15})
    found = rows(missing(made, code(0)))["sante"]
    assert found["verdict"] == "moins"
    assert "3\u00a0établissements employeurs, 15,0 attendus" in found["texte"]
    assert "peu présent" in found["texte"]


def test_below_three_expected_nothing_is_absent(tmp_path: Path) -> None:
    made = similar_town(tmp_path, Quartier(1000), {"sante": 2}, count=28)
    found = rows(missing(made, code(0)))["sante"]
    assert found["attendu"] == 2
    assert found["verdict"] == "non_significatif"
    assert "absence non significative" in found["texte"]


def test_the_band_is_that_of_the_outline_even_inside_another(tmp_path: Path) -> None:
    made = similar_town(tmp_path, Quartier(1000), {"sante": 12})
    assert rows(missing(made, code(0)))["sante"]["verdict"] == "absent"
    # A second outline, that same place: what stands there is near, and counted elsewhere.
    made = similar_town(tmp_path / "b", Quartier(1000, near={"sante": 1}), {"sante": 12})
    assert rows(missing(made, code(0)))["sante"]["verdict"] == "absent_proche"


def test_a_neighbourhood_of_40000_inhabitants(tmp_path: Path) -> None:
    made = similar_town(tmp_path, Quartier(40000, {"sante": 100}), {"sante": 3})
    found = rows(missing(made, code(0)))["sante"]
    assert found["attendu"] == 120
    assert found["attendu_min"] < 120 < found["attendu_max"]
    assert found["verdict"] == "indecis"


@pytest.mark.parametrize(
    ("first", "each", "count", "said"),
    [
        (Quartier(float("nan"), {"sante": 1}), {"sante": 3}, 10, "Population inconnue"),
        (Quartier(1000, {"sante": 1}), {"sante": 3}, 4, "Seulement 4\u00a0quartiers semblables"),
        (Quartier(1000, {"sante": 1}), {"non-classe": 3}, 10, "Aucun établissement de secteur"),
        (Quartier(1000, {"non-classe": 1}), {"sante": 3}, 10, "de ce quartier n'est pas connu"),
        (Quartier(1000, departement="987", region="987"), {"sante": 3}, 10, "Hors champ"),
    ],
)
def test_what_cannot_be_expected_is_said(
    tmp_path: Path, first: Quartier, each: Counts, count: int, said: str
) -> None:
    made = similar_town(tmp_path, first, each, count)
    table = missing(made, code(0, first.departement))
    table = table[table["code"] != "non-classe"]
    assert len(table) == 10
    assert (table["verdict"] == "").all()
    assert table[["attendu", "attendu_min", "attendu_max", "p_corrige"]].isna().all(axis=None)
    assert table["texte"].str.contains(said).all()


def test_an_unknown_neighbourhood_is_refused(small: Atlas) -> None:
    with pytest.raises(UsageError, match="QN00000N"):
        missing(small, "QN00000N")


def test_the_other_generation(small: Atlas) -> None:
    table = missing(small, "QP067001", "2015")
    assert rows(table)["action-sociale"]["etablissements"] == 2
    assert (table["verdict"] == "").all()
    assert set(table["verdict"]) <= set(MISSING_VERDICTS)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    here=st.integers(0, 30),
    there=st.lists(st.integers(0, 30), min_size=5, max_size=12),
    people=st.integers(100, 60000),
    near=st.integers(0, 2),
)
def test_absent_and_few_keep_their_promises(
    here: int, there: list[int], people: int, near: int
) -> None:
    from essgeo.indicators.missing import _expected, _verdicts
    from essgeo.indicators.statistics import adjusted, verdict

    count, table = np.array([here]), np.array(there)[:, None]
    found = _expected(count, float(people), table, np.full(len(there), 1000.0), np.array([True]))
    assert found.low[0] <= found.mean[0] <= max(found.high[0], found.mean[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        compared = verdict(count / found.mean, adjusted(found.p))
    if here < 3:
        assert _verdicts(count, np.array([near]), found.mean, compared)[0] != "plus"
    (slug,) = _verdicts(count, np.array([near]), found.mean, compared)
    if slug in ("moins", "absent", "absent_proche"):
        assert found.mean[0] >= 3
        assert here < found.mean[0]
    if slug == "absent":
        assert (here, near) == (0, 0)
    if slug == "absent_proche":
        assert here == 0 < near
    if slug == "plus":
        assert here > found.mean[0]
    # The interval and the test agree.
    if found.mean[0] > 0:
        assert (found.p[0] <= 0.05) == (not found.low[0] <= here <= found.high[0])


# In a summary ----------------------------------------------------------------------------


def test_a_summary_with_a_reference_says_the_quotients(tmp_path: Path) -> None:
    made = town(
        tmp_path,
        Quartier(1000, {"action-sociale": 30, "sante": 10}),
        outside={"action-sociale": 20, "sante": 70, "enseignement": 10},
    )
    query = "reference=commune"
    table = summary(made, chosen(query), ("secteur",))
    assert list(table.columns) == [*SUMMARY, *QUOTIENTS]
    compared = presence(made, chosen(query), "secteur").set_index("code")
    assert table["code"].tolist() == ["action-sociale", "sante"]
    for name in QUOTIENTS:
        assert table[name].tolist() == compared.loc[table["code"], name].tolist()
    # Elsewhere there is nothing to compare.
    assert list(summary(made, Selection(), ("secteur",)).columns) == list(SUMMARY)
    for by in (("taille",), ("commune",), ("secteur", "famille")):
        assert list(summary(made, chosen(query), by).columns) == list(SUMMARY)


def test_what_cannot_be_written_in_json_is_null(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(1000, {"sante": 20, "non-classe": 1}),
                outside={"enseignement": 20})  # fmt: skip
    found = {
        row["code"]: row for row in records(summary(made, chosen("reference=france"), ("secteur",)))
    }
    assert found["sante"]["quotient"] is None
    assert found["sante"]["quotient_min"] > 1
    assert found["sante"]["verdict"] == "plus"
    assert found["non-classe"]["quotient"] is None
    assert found["non-classe"]["verdict"] is None
