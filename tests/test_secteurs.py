"""The page Secteurs without a server: its charts and its sentences."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from essgeo.atlas import Atlas, Resolved, open_atlas
from essgeo.figures.charts.bars import ranked_bars
from essgeo.figures.charts.gaps import gaps
from essgeo.figures.charts.heat import heat
from essgeo.figures.charts.quotients import quotients, times
from essgeo.figures.charts.years import years
from essgeo.figures.palettes import BASE
from essgeo.indicators.statistics import VERDICTS
from essgeo.indicators.structure import Concentration, Diversity, Registrations
from essgeo.nomenclatures import labels
from essgeo.selection import Selection, parse
from essgeo.ui.secteurs import data
from essgeo.words import sectors as words
from tests.small import write_small

FRAME = {"source": "Source", "nature": "officiel", "theme": "clair"}


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "d"))


@pytest.fixture
def resolved(atlas: Atlas) -> Resolved:
    return atlas.resolve(Selection())


# --- charts -------------------------------------------------------------------------------------


def bars(**more):
    return ranked_bars(
        ["<b>Santé</b>", "Sports"],
        np.array([30.0, 10.0]),
        ["75 %", "25 %"],
        name="Emplois",
        **more,
        **FRAME,
    )


def test_bars_carry_their_intervals_and_the_reference() -> None:
    figure = bars(
        low=np.array([20.0, np.nan]),
        high=np.array([50.0, np.nan]),
        interval="bornes",
        reference=np.array([25.0, 15.0]),
        reference_name="référence",
    )
    interval = next(one for one in figure.data if one.name == "bornes")
    assert list(interval.error_x.array) == [20, 0]
    assert list(interval.error_x.arrayminus) == [10, 0]
    assert list(next(one for one in figure.data if one.name == "référence").x) == [25, 15]
    assert list(figure.layout.yaxis2.ticktext) == ["<b>75 %</b>", "<b>25 %</b>"]
    # Names from data stay text.
    names = [one.text for one in figure.layout.annotations]
    assert names == ["&lt;b&gt;Santé&lt;/b&gt;", "Sports"]
    assert figure.data[0].customdata[0][0] == names[0]


def test_without_a_reference_nothing_is_said_of_it() -> None:
    assert [one.name for one in bars().data if one.showlegend is not False] == ["Emplois"]


def test_rows_that_a_filter_has_not_chosen_turn_grey() -> None:
    figure = bars(chosen=[False, True])
    assert list(figure.data[0].marker.color) == [
        BASE["clair"]["hors_selection"], BASE["clair"]["effectif"],
    ]  # fmt: skip
    assert list(figure.layout.yaxis2.ticktext) == ["75 %", "<b>25 %</b>"]


def test_a_longer_list_makes_a_higher_picture() -> None:
    one = gaps(["a"], np.array([0.1]), np.array([0.2]), ["x"], names=("n", "m"), **FRAME)
    ten = gaps(["a"] * 10, np.ones(10) / 10, np.ones(10) / 10, ["x"] * 10, names=("n", "m"),
               **FRAME)  # fmt: skip
    assert ten.layout.height - one.layout.height == 9 * 58


def drawn(verdicts, values, low, high):
    return quotients(
        [f"ligne {place}" for place in range(len(values))],
        np.array(values),
        np.array(low),
        np.array(high),
        verdicts,
        words=VERDICTS,
        **FRAME,
    )


def test_a_verdict_is_told_by_a_shape_too() -> None:
    figure = drawn(["plus", "moins", "indecis", ""], [2, 0.5, 1, np.nan], [1.5, 0.3, 0.8, np.nan],
                   [3, 0.7, 1.2, np.nan])  # fmt: skip
    by_name = {one.name: one for one in figure.data if one.name}
    assert set(by_name) == {"plus présent", "moins présent", "pas de différence établie"}
    assert len({one.marker.symbol for one in by_name.values()}) == 3
    assert len({one.marker.color for one in by_name.values()}) == 3
    assert list(by_name["plus présent"].y) == [0]
    assert figure.layout.yaxis2.ticktext[3] == "<b>sans donnée</b>"


@pytest.mark.parametrize(
    ("value", "low", "high"), [(0.0, 0.0, 0.4), (np.inf, 3.0, np.inf), (40.0, 9.0, 900.0)]
)
def test_zero_and_infinity_stay_on_the_scale(value: float, low: float, high: float) -> None:
    figure = drawn(["plus"], [value], [low], [high])
    left, right = figure.layout.xaxis.range
    trace = next(one for one in figure.data if one.name == "plus présent")
    start, stop = trace.x[0] - trace.error_x.arrayminus[0], trace.x[0] + trace.error_x.array[0]
    assert left <= math.log10(start) <= math.log10(trace.x[0]) <= math.log10(stop) <= right
    assert figure.layout.yaxis2.ticktext[0] == f"<b>{times(value)}</b>"


@pytest.mark.parametrize(
    ("quotient", "said"),
    [(1.44, "×1,4"), (2, "×2"), (0.7, "×0,70"), (0, "×0"), (np.inf, "×∞"), (12.34, "×12,3"),
     (np.nan, "sans donnée"), (0.999, "×1,0")],
)  # fmt: skip
def test_quotients_in_words(quotient: float, said: str) -> None:
    assert times(quotient) == said


def test_a_cell_with_nothing_or_not_known_has_no_colour() -> None:
    figure = heat(
        ["a", "b"],
        ["c", "d"],
        np.array([[0.0, np.nan], [1.0, 0.3]]),
        [["0", "secret statistique"], ["7", "<3>"]],
        what="de la famille",
        **FRAME,
    )
    shown = figure.data[0]
    z = np.array(shown.z)
    assert z.tolist() == [[0, 0], [6, 5]]
    assert dict(shown.colorscale)[0.0] == BASE["clair"]["papier"]
    assert list(shown.text[1]) == ["<b>7</b>", "<b>&lt;3&gt;</b>"]


def test_years_are_named_sparingly() -> None:
    def named(before: int, first: int, last: int) -> list[str]:
        span = list(range(first, last + 1))
        figure = years(("avant", before), span, [1] * len(span), noun="s", **FRAME)
        return list(figure.layout.xaxis.tickvals)

    assert named(5, 1975, 2023) == ["avant", "1990", "2000", "2010", "2020"]
    assert named(0, 1975, 2023) == ["1980", "1990", "2000", "2010", "2020"]
    assert named(0, 2019, 2023) == ["2019", "2020", "2021", "2022", "2023"]
    assert named(0, 2000, 2000) == ["2000"]


def test_the_years_before_stand_apart() -> None:
    figure = years(("avant 1975", 12), [1975, 1976], [3, 0], noun="structure", **FRAME)
    assert list(figure.data[0].x) == ["avant 1975", "1975", "1976"]
    assert list(figure.data[0].y) == [12, 3, 0]
    assert len(set(figure.data[0].marker.color)) == 2
    assert list(years(("avant", 0), [1999], [1], noun="s", **FRAME).data[0].x) == ["1999"]


# --- figures ------------------------------------------------------------------------------------


def test_the_filter_on_the_axis_itself_is_lifted(atlas: Atlas) -> None:
    table = data.weights(atlas, parse("secteur=action-sociale").selection, "secteur")
    # The mutual society is near, not inside: it has no row.
    rows = table.set_index("code")
    # Aide 1, Aide 2, Grande; =Sport; Régie.
    assert rows["etablissements"].to_dict() == {
        "action-sociale": 3, "sports-loisirs": 1, "soutien-entreprises": 1,
    }  # fmt: skip
    assert rows["part"].to_dict() == pytest.approx(
        {"action-sociale": 0.6, "sports-loisirs": 0.2, "soutien-entreprises": 0.2}
    )
    jobs = {"action-sociale": 10018.5, "sports-loisirs": np.nan, "soutien-entreprises": 34.5}
    assert rows["part_emplois"]["action-sociale"] == pytest.approx(10018.5 / 10053)
    assert math.isnan(rows["part_emplois"]["sports-loisirs"])
    assert rows["effectif_estime"].to_dict() == pytest.approx(jobs, nan_ok=True)


def test_the_reference_is_shared_out_under_the_same_filters(atlas: Atlas) -> None:
    ouest = parse("quartier=QN06701M&reference=commune").selection
    found = data.compared(atlas, ouest, "secteur", None)
    assert found.problem == ""
    # In Strasbourg and elsewhere than in Ouest: =Sport, Mutuelle, Loin.
    counts = found.shares["etablissements"]
    assert counts[counts > 0].to_dict() == {
        "sante": 1, "sports-loisirs": 1, "finance-assurance": 1,
    }  # fmt: skip
    assert found.shares["part"]["sante"] == pytest.approx(1 / 3)
    only = data.compared(atlas, ouest.with_(famille=("mutuelle",)), "secteur", None)
    counts = only.shares["etablissements"]
    assert counts[counts > 0].to_dict() == {"finance-assurance": 1}
    # Along the axis that is filtered, the filter is lifted.
    families = data.compared(atlas, ouest.with_(famille=("mutuelle",)), "famille", None)
    assert families.shares["etablissements"].sum() == 3


def test_a_reference_with_nothing_says_why(atlas: Atlas) -> None:
    asked = parse("quartier=QN98701N").selection
    found = data.compared(atlas, asked, "secteur", None)
    assert found.problem.startswith("Rien à comparer")
    assert found.shares["part"].isna().all()


def test_another_selection(atlas: Atlas) -> None:
    found = data.compared(
        atlas, parse("region=44").selection, "secteur", parse("region=53").selection
    )
    counts = found.shares["etablissements"]
    assert counts[counts > 0].to_dict() == {"soutien-entreprises": 1}


def test_crossing_lifts_both_filters_and_keeps_the_others(atlas: Atlas) -> None:
    table = data.crossed(atlas, parse("secteur=sante&famille=mutuelle&region=44").selection)
    assert table["etablissements"].sum() == 4
    # The mutual society is near, not inside: its row is there, with nobody.
    counts = table.groupby("famille")["etablissements"].sum()
    assert counts.to_dict() == {"association": 4, "mutuelle": 0}


# --- words --------------------------------------------------------------------------------------


def test_every_sector_and_family_is_a_subject() -> None:
    known = {*labels("secteur"), *labels("famille")} - {"non-classe"}
    assert known == set(words.SUBJECTS)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Dans ces 4 quartiers"),
        ("quartier=QN06701M", "Dans ce quartier"),
        ("rattachement=dedans,proche", "Dans cette sélection"),
    ],
)
def test_where(atlas: Atlas, query: str, said: str) -> None:
    assert plain(words.place(atlas.resolve(parse(query).selection))) == said


def test_the_weight_of_a_sector_and_of_the_reference(resolved: Resolved) -> None:
    row = SimpleNamespace(code="action-sociale", libelle="Action sociale", part=0.48)
    said = words.weight(
        resolved, row, measure="emplois", reference="le reste de l'agglomération", there=0.41
    )
    assert plain(said) == (
        "Dans ces 4 quartiers, l'action sociale pèse 48 % des emplois de l'ESS, contre 41 % dans "
        "le reste de l'agglomération."
    )
    row = SimpleNamespace(code="association", libelle="Associations", part=0.004)
    assert plain(words.weight(resolved, row, measure="etablissements")) == (
        "Dans ces 4 quartiers, les associations pèsent 0,4 % des établissements de l'ESS."
    )


def table(*rows, columns) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def test_presence_in_words() -> None:
    found = table(
        ("Santé", "plus", 1.5), ("Sports", "plus", 2.0), ("Arts", "moins", 0.5),
        ("Autres", "indecis", 1.1), ("Vide", "", np.nan),
        columns=("libelle", "verdict", "quotient"),
    )  # fmt: skip
    assert plain(words.presence_said(found, "le reste de la région")) == (
        "Plus présents ici que dans le reste de la région : Sports (×2) et Santé (×1,5). "
        "Moins présent : Arts (×0,50). Pour l'autre, l'écart peut tenir au hasard."
    )
    none = plain(words.presence_said(found[3:], "X"))
    assert none == "Aucune différence établie avec X : les écarts peuvent tenir au hasard."


def test_families_in_words() -> None:
    found = table(
        ("association", "Associations", "Santé", 6), ("association", "Associations", "Sports", 3),
        ("mutuelle", "Mutuelles", "Santé", 1), ("fondation", "Fondations", "Santé", 0),
        columns=("famille", "lib_famille", "lib_secteur", "etablissements"),
    )  # fmt: skip
    assert plain(words.families(found)) == (
        "Les associations sont 90 % des 10 établissements. Premier secteur de chaque famille : "
        "Associations, santé (67 %) ; Mutuelles, santé (100 %)."
    )


def test_gaps_in_words() -> None:
    columns = ("code", "libelle", "part", "part_emplois")
    found = table(("sante", "Santé", 0.2, 0.5), ("enseignement", "", 0.8, 0.5), columns=columns)
    assert plain(words.gap(found)) == (
        "La santé compte 20 % des établissements mais 50 % des emplois ; à l'inverse, "
        "l'enseignement compte 80 % des établissements et seulement 50 % des emplois."
    )
    same = table(("sante", "Santé", 1.0, 1.0), columns=columns)
    assert words.gap(same).startswith("Les emplois se répartissent comme")
    assert words.gap(same.assign(part=np.nan)) == words.gap(same)


def test_sizes_in_words() -> None:
    found = table(("1-2", 0.5, 0.1), ("6-9", 0.3, 0.2), ("50-99", 0.2, 0.7),
                  columns=("code", "part", "part_emplois"))  # fmt: skip
    assert plain(words.sizes(found)) == (
        "50 % des établissements ont moins de 6 salariés et portent 10 % des emplois ; ceux de 50 "
        "salariés et plus sont 20 % des établissements et portent 70 % des emplois."
    )
    assert "portent" not in words.sizes(found.assign(part_emplois=np.nan))


def test_sizes_know_every_band() -> None:
    between = {"6-9", "10-19", "20-49", "sans-salarie", "inconnu"}
    assert {*words.SMALL, *words.LARGE, *between} == set(labels("taille"))


def registered(years: dict[int, int], absurd: int = 0, unknown: int = 0) -> Registrations:
    made = pd.DataFrame({"annee": list(years), "structures": list(years.values())})
    return Registrations(made, absurd, unknown)


def test_years_in_words() -> None:
    said = plain(words.since(registered({1990: 3, 1991: 0, 2005: 1, 2010: 2}, 2, 1)))
    assert said == (
        "La moitié des 6 structures datées étaient déjà immatriculées en 1990. "
        "1 structure sans date connue. 2 dates impossibles écartées."
    )
    assert words.since(registered({1990: 1})) == (
        "La seule structure datée est immatriculée depuis 1990."
    )


def test_figures_of_structure_in_words() -> None:
    found = words.structure_figures(
        Diversity(3.2, 2.5, 4), Concentration({1: 0.5, 5: np.nan, 10: np.nan}, 3, 2)
    )
    assert [title for title, _, _ in found] == [
        "Diversité", "Premier employeur", "Cinq premiers", "Dix premiers",
    ]  # fmt: skip
    assert found[0][1] == "2,5"
    assert "4 présents, d'après les emplois" in found[0][2]
    assert plain(found[1][1]) == "50 %"
    assert plain(found[2][1]) == "n. d."
    assert "3 employeurs" in plain(found[2][2])
    nothing = words.structure_figures(
        Diversity(np.nan, np.nan, 0), Concentration(dict.fromkeys((1, 5, 10), np.nan), 0, 0)
    )
    assert plain(nothing[0][1]) == "n. d."
    assert nothing[0][2] == "aucun secteur connu"


def test_two_readings_are_the_published_figures() -> None:
    said = plain(words.two_readings())
    assert "27 % de l'emploi privé (13,9 % en France)" in said
    assert "environ 2,0 établissements employeurs pour 1 000 habitants (2,8 en France)" in said
    assert Path(words.__file__).read_text(encoding="utf-8").count("13,9") == 0


def test_two_readings_of_a_selection(resolved: Resolved) -> None:
    row = {
        "poids_emplois_prives": 0.264, "poids_emplois": 0.171, "etablissements_1000hab": 1.96,
        "nature": "simulation",
    }  # fmt: skip
    assert plain(words.two_readings_here(resolved, row)) == (
        "Dans ces 4 quartiers (données simulées), l'ESS pèse 26 % de l'emploi privé, et l'on "
        "compte 2,0 établissements de l'ESS pour 1 000 habitants."
    )
    public = row | {"poids_emplois_prives": math.nan, "nature": "officiel"}
    assert "l'ESS pèse 17 % de tout l'emploi" in plain(words.two_readings_here(resolved, public))
    assert "simulées" not in words.two_readings_here(resolved, public)
    for missing in ("poids_emplois", "etablissements_1000hab"):
        assert words.two_readings_here(resolved, public | {missing: math.nan}) == ""
