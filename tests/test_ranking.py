"""Rankings and funnels: by hand, by exact laws, and as a whole."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from essgeo.atlas import Atlas, open_atlas
from essgeo.indicators.chance import FAR, LEVELS, PLACES, Law, limits
from essgeo.indicators.ranking import COLUMNS, INDICATORS, ranking, standing, territories
from essgeo.selection import TERRITORIES, parse
from tests.small import manifest, tables, write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def table(counts: list[float], people: list[float], etat: str = "ok") -> pd.DataFrame:
    """A summary reduced to what a ranking reads."""
    count, population = np.array(counts, float), np.array(people, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(population > 0, count / population * 1000, np.nan)
    names = [f"T{place:02d}" for place in range(len(counts))]
    return pd.DataFrame(
        {
            "code": names,
            "libelle": names,
            "etablissements": count,
            "effectif_estime": count * 3,
            "population": population,
            "etablissements_1000hab": rate,
            "etat": etat,
        }
    )


def by_code(found: pd.DataFrame, column: str) -> dict[str, object]:
    return dict(zip(found["code"], found[column], strict=True))


# --- by hand ------------------------------------------------------------------------------------


def test_a_small_territory_leads_by_its_rate_not_beyond_chance() -> None:
    # Mean 2 for 1,000 inhabitants: 403 / 201,500. In 500 inhabitants 1 is expected and 3 or more
    # come by chance once in twelve (0.0803): first, but nothing is established.
    found = ranking(table([3, 400], [500, 201_000]), "taux")
    assert found.mean == pytest.approx(2.0)
    assert by_code(found.frame, "rang") == {"T00": 1, "T01": 2}
    assert by_code(found.frame, "place") == {"T00": "dans", "T01": "dans"}
    assert found.frame["attendu"].tolist() == pytest.approx([1, 402])
    # P(X <= 3 | 1) = 0.981 >= 0.975 > P(X <= 2 | 1) = 0.920; a count of 0 is not rare.
    assert found.frame[["attendu_min", "attendu_max"]].iloc[0].tolist() == [0, 3]
    assert found.outside == (0, 0)


def test_the_same_rate_in_a_large_territory_is_beyond_chance() -> None:
    found = ranking(table([60, 343], [10_000, 191_500]), "taux")
    assert found.mean == pytest.approx(2.0)
    assert by_code(found.frame, "place")["T00"] == "tres-haut"
    assert found.outside[1] >= 1


def test_both_levels_on_both_sides() -> None:
    # 20 expected everywhere. Exact tails of Poisson(20): P(X >= 30) = 0.0218, P(X >= 36) = 0.00091,
    # P(X <= 11) = 0.0214, P(X <= 7) = 0.00078; the fifth row brings the mean back to 20.
    counts = [30, 36, 11, 7, 16]
    found = ranking(table(counts, [10_000] * 5), "taux")
    assert found.mean == pytest.approx(2.0)
    assert by_code(found.frame, "place") == {
        "T00": "haut", "T01": "tres-haut", "T02": "bas", "T03": "tres-bas", "T04": "dans",
    }  # fmt: skip
    assert found.outside == (4, 2)
    assert found.chance == pytest.approx((0.25, 0.01))
    assert set(found.frame["attendu_min"]) == {12}
    assert set(found.frame["attendu_max"]) == {29}


def test_equal_figures_share_a_rank_and_unknown_ones_have_none() -> None:
    found = ranking(table([4, 4, 1, 9], [1000, 1000, 1000, math.nan]), "taux")
    assert found.frame["code"].tolist() == ["T00", "T01", "T02", "T03"]
    assert found.frame["rang"].tolist()[:3] == [1, 1, 3]
    last = found.frame.iloc[3]
    assert math.isnan(last["rang"])
    assert math.isnan(last["valeur"])
    assert last["etat"] == "sans_donnee"
    assert last["place"] == ""
    # What has no denominator is not in the mean either: 9 / 3,000.
    assert found.mean == pytest.approx(3.0)


def test_no_inhabitants_is_no_division() -> None:
    found = ranking(table([4, 2], [0, 1000]), "taux")
    assert found.frame["etat"].tolist() == ["ok", "sans_donnee"]
    assert found.mean == pytest.approx(2.0)


def test_jobs_and_counts_have_no_funnel() -> None:
    for name in ("emplois", "etablissements"):
        found = ranking(table([4, 400], [1000, 1000]), name)
        assert math.isnan(found.mean)
        assert set(found.frame["place"]) == {""}
        assert found.outside == (0, 0)
        assert found.frame["code"].tolist() == ["T01", "T00"]


@pytest.mark.parametrize(
    ("made", "name", "said"),
    [
        (table([], []), "taux", "Aucun territoire"),
        (table([3], [math.nan]), "taux", "population"),
        (table([3], [10]), "part", "choisir un secteur"),
        (table([3], [10]), "poids", "denominateurs.csv"),
        (table([3], [10], "secret"), "etablissements", "secret statistique"),
        (table([0], [10], "hors_champ"), "etablissements", "hors du champ"),
    ],
)
def test_what_has_no_figure_says_why(made: pd.DataFrame, name: str, said: str) -> None:
    found = ranking(made, name)
    assert said in found.problem
    assert found.frame["valeur"].isna().all()
    assert list(found.frame.columns) == list(COLUMNS)


def test_a_masked_row_gives_nothing_away() -> None:
    made = table([30, 400, 10], [1000, 200_000, 5000])
    made.loc[0, "etat"] = "secret"
    found = ranking(made, "taux")
    hidden = found.frame[found.frame["code"] == "T00"].iloc[0]
    assert hidden["etat"] == "secret"
    assert hidden[["rang", "valeur", "numerateur", "attendu"]].isna().all()
    assert found.mean == pytest.approx(410 / 205)
    assert found.problem == ""


def test_all_at_zero_or_all_at_one_is_no_difference() -> None:
    assert set(ranking(table([0, 0], [1000, 10]), "taux").frame["place"]) == {""}
    whole = table([3, 5], [1000, 1000]).assign(part=1.0, etablissements_tous=[3, 5])
    found = ranking(whole, "part")
    assert found.frame["valeur"].tolist() == [1, 1]
    assert found.outside == (0, 0)


# --- the limits against the laws -------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    size=st.integers(1, 60_000),
    mean=st.floats(1e-4, 0.02),
    level=st.sampled_from(LEVELS),
    count=st.integers(0, 1000),
)
def test_poisson_curves_agree_with_exact_tails(
    size: int, mean: float, level: float, count: int
) -> None:
    (low,), (high,) = limits("poisson", mean, np.array([float(size)]), level)
    law, tail = stats.poisson(mean * size), (1 - level) / 2
    if min(abs(count - low * size), abs(count - high * size)) < 1e-6:
        return
    assert (count > high * size) == (law.sf(count - 1) <= tail)
    assert (count < low * size) == (law.cdf(count) <= tail)


@settings(max_examples=200, deadline=None)
@given(
    size=st.integers(1, 3000),
    mean=st.floats(0.01, 0.99),
    level=st.sampled_from(LEVELS),
    share=st.floats(0, 1),
)
def test_binomial_curves_agree_with_exact_tails(
    size: int, mean: float, level: float, share: float
) -> None:
    count = round(share * size)
    (low,), (high,) = limits("binomial", mean, np.array([float(size)]), level)
    law, tail = stats.binom(size, mean), (1 - level) / 2
    assert 0 <= low <= mean <= high <= 1 or size * min(mean, 1 - mean) < 1
    if min(abs(count - low * size), abs(count - high * size)) < 1e-6:
        return
    assert (count > high * size) == (law.sf(count - 1) <= tail)
    assert (count < low * size) == (law.cdf(count) <= tail)


@pytest.mark.parametrize(("law", "mean"), [("poisson", 0.002), ("binomial", 0.3)])
def test_a_funnel_narrows_and_its_levels_nest(law: Law, mean: float) -> None:
    sizes = np.geomspace(50, 50_000, 40).round()
    (low95, high95), (low998, high998) = (limits(law, mean, sizes, level) for level in LEVELS)
    assert (low998 <= low95).all()
    assert (high998 > high95).all()
    assert (np.diff(high95) < 0).all()
    assert (np.diff(low95) >= 0).all()
    assert (low95 < mean).all()
    assert (high95 > mean).all()


def test_chance_alone_rarely_passes_the_limits() -> None:
    random = np.random.default_rng(7)
    people = random.integers(1000, 10_000, 3000)
    found = ranking(table(random.poisson(people * 0.002).tolist(), people.tolist()), "taux")
    assert 0 < found.outside[0] <= found.chance[0]
    assert found.outside[1] <= found.chance[1] * 3


# --- properties on any table -----------------------------------------------------------------

rows = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 50_000) | st.just(math.nan)), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(rows=rows, name=st.sampled_from(list(INDICATORS)))
def test_any_table_is_ranked(rows: list[tuple[int, float]], name: str) -> None:
    made = table([count for count, _ in rows], [people for _, people in rows])
    found = ranking(made, name)
    assert sorted(found.frame["code"]) == sorted(made["code"])
    known = found.frame[found.frame["valeur"].notna()]
    assert known["valeur"].is_monotonic_decreasing
    assert known["rang"].is_monotonic_increasing
    assert found.frame["valeur"].notna().tolist() == sorted(
        found.frame["valeur"].notna(), reverse=True
    )
    assert set(found.frame["place"]) <= set(PLACES)
    assert bool(found.problem) == known.empty
    judged = found.frame[found.frame["place"] != ""]
    inside = judged["numerateur"].between(judged["attendu_min"], judged["attendu_max"])
    assert ((judged["place"] == "dans") == inside).all()
    assert found.outside == (int((~inside).sum()), int(judged["place"].isin(FAR).sum()))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(1, 99), st.integers(1, 50_000)), min_size=2, max_size=9))
def test_one_more_establishment_never_lowers_a_rank(rows: list[tuple[int, int]]) -> None:
    counts, people = [one for one, _ in rows], [float(two) for _, two in rows]
    before = by_code(ranking(table(counts, people), "taux").frame, "rang")["T00"]
    counts[0] += 1
    after = by_code(ranking(table(counts, people), "taux").frame, "rang")["T00"]
    assert after <= before  # type: ignore[operator]


# --- from the atlas -----------------------------------------------------------------------------


def test_territories_leave_out_what_is_none(atlas: Atlas) -> None:
    found = territories(atlas, parse("rattachement=dedans,hors").selection, "quartier")
    assert "" not in set(found["code"])
    assert len(found) == 4
    with pytest.raises(ValueError, match="secteur"):
        territories(atlas, parse("").selection, "secteur")


def test_a_part_needs_a_choice_and_counts_what_it_is_a_part_of(atlas: Atlas) -> None:
    assert "part" not in territories(atlas, parse("region=44").selection, "region")
    found = territories(atlas, parse("secteur=action-sociale").selection, "region")
    # Grand Est: Aide 1, Aide 2 and Grande among four employers; Bretagne: none of one.
    grand_est = found[found["code"] == "44"].iloc[0]
    assert (grand_est["etablissements"], grand_est["etablissements_tous"]) == (3, 4)
    assert grand_est["part"] == pytest.approx(0.75)
    assert found[found["code"] == "53"]["part"].item() == 0
    assert math.isnan(found[found["code"] == "987"]["part"].item())
    ranked = ranking(found, "part")
    assert ranked.mean == pytest.approx(3 / 5)
    assert ranked.frame["code"].tolist() == ["44", "53", "987"]


@pytest.mark.parametrize("axis", TERRITORIES)
@pytest.mark.parametrize("query", ["", "secteur=sante", "rattachement=proche", "generation=2015"])
def test_every_indicator_of_every_level_answers(atlas: Atlas, axis: str, query: str) -> None:
    made = territories(atlas, parse(query).selection, axis)
    for name in INDICATORS:
        found = ranking(made, name)
        assert len(found.frame) == len(made)
        assert bool(found.problem) == bool(found.frame["valeur"].isna().all()), name


def test_the_mean_is_that_of_the_whole_selection(atlas: Atlas) -> None:
    # Polynésie (500 inhabitants) is out of Sirene's field: 5 establishments for 7,000.
    for axis in ("region", "quartier"):
        found = ranking(territories(atlas, parse("").selection, axis), "taux")
        assert found.mean == pytest.approx(5 / 7)


def test_without_population_only_rates_are_missing(tmp_path: Path) -> None:
    from essgeo.datafolder import write_folder

    made = tables()
    made["quartiers"]["population"] = math.nan
    write_folder(tmp_path / "d", made, manifest())
    found = territories(open_atlas(tmp_path / "d"), parse("").selection, "quartier")
    assert "population" in ranking(found, "taux").problem
    assert ranking(found, "etablissements").problem == ""


# --- some of them, without the others -----------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60) | st.just(math.nan),
            st.integers(0, 5000) | st.just(math.nan),
            st.sampled_from(["ok", "ok", "ok", "secret"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(list(INDICATORS)),
    st.randoms(use_true_random=False),
)
def test_where_some_stand_is_what_the_ranking_says_of_them(rows, name, random) -> None:
    given_table = table([row[0] for row in rows], [row[1] for row in rows])
    given_table["etat"] = [row[2] for row in rows]
    asked = np.array(random.sample(range(len(rows)), random.randint(1, len(rows))), dtype=np.intp)
    found, whole = standing(given_table, name, asked), ranking(given_table, name)
    frame = whole.frame.set_index("code").loc[given_table["code"].iloc[asked]]
    np.testing.assert_array_equal(found.values, frame["valeur"])
    assert (found.places, found.states) == (tuple(frame["place"]), tuple(frame["etat"]))
    np.testing.assert_equal(found.mean, whole.mean)
    assert found.problem == whole.problem
