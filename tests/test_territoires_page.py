"""The page Territoires: who stands out beyond chance, and two to four side by side."""

from __future__ import annotations

import html
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.figures.charts.funnel import funnel, hover
from essgeo.figures.charts.multiples import small_multiples
from essgeo.indicators.ranking import INDICATORS, farthest, ranking, territories
from essgeo.selection import TERRITORIES, Selection, parse
from essgeo.ui.rankwords import CAUTION, compared, funnel_frame, ranking_frame, sentence
from essgeo.ui.territoires import default_level, known_levels
from tests.small import manifest, tables, write_small
from tests.test_ranking import table

SCRIPT = Path(__file__).with_name("app_script.py")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "d")


@pytest.fixture(scope="module")
def atlas(small: Path) -> Atlas:
    return open_atlas(small)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path):
    def run(query: str = "", *, data: Path | None = None) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
        test.switch_page("../pages/territoires.py")
        for pair in filter(None, query.split("&")):
            key, _, value = pair.partition("=")
            test.query_params[key] = value
        test.run()
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def said(test: AppTest) -> str:
    bodies = [one.proto.body for one in test.get("html")] + [one.value for one in test.caption]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", " ".join(bodies))).split())


def rows(test: AppTest) -> pd.DataFrame:
    """The ranking: the table with a rank and a code."""
    return next(
        one.value for one in reversed(test.dataframe) if {"Rang", "Code"} <= set(one.value.columns)
    )


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


# --- words ------------------------------------------------------------------------------------


def test_chance_alone_is_said() -> None:
    found = ranking(table([3, 400], [500, 201_000]), "taux")
    text = plain(sentence(found, "taux", "commune", named=True))
    assert "Aucune différence établie entre ces 2 communes" in text
    assert "(2,0)" in text


def test_those_that_stand_out_are_counted_and_named() -> None:
    # 20 expected everywhere (see tests/test_ranking.py).
    found = ranking(table([30, 36, 11, 7, 16], [10_000] * 5), "taux")
    text = plain(sentence(found, "taux", "epci", named=True))
    assert "Sur 5 intercommunalités, 4 s'écartent de la moyenne (2,0)" in text
    assert "dont 2 nettement ; le hasard seul en écarterait 0,3 au plus" in text
    assert "Nettement au-dessus : T01." in text
    assert "Nettement au-dessous : T03." in text
    assert "T0" not in sentence(found, "taux", "region", named=False)


def test_names_run_from_the_farthest_beyond_chance() -> None:
    # Four rates far above: the largest territory is named first, not the highest rate.
    made = table([12, 30, 90, 600, 700], [500, 2000, 10_000, 100_000, 500_000])
    found = ranking(made, "taux")
    assert found.frame["code"].iloc[0] == "T00"
    assert farthest(found.frame, "tres-haut")["code"].tolist() == ["T03", "T02", "T01", "T00"]
    text = plain(sentence(found, "taux", "commune", named=True))
    assert "Nettement au-dessus : T03 ; T02 ; T01 ; 1 autre." in text


def test_the_first_one_may_be_first_by_chance() -> None:
    found = ranking(table([3, 90, 300], [500, 20_000, 180_000]), "taux")
    text = plain(sentence(found, "taux", "quartier", named=True))
    assert found.frame["code"].iloc[0] == "T00"
    assert "celui de T00 (6,0), n'établit rien : sur 500 habitants" in text


def test_a_count_is_no_comparison_and_says_so() -> None:
    found = ranking(table([4, 9], [1000, 1000]), "etablissements")
    text = plain(sentence(found, "etablissements", "region", named=True))
    assert "de 4 (T00) à 9 (T01)" in text
    assert CAUTION["etablissements"] in text


def test_equal_figures_single_nobody_out() -> None:
    found = ranking(table([0, 0, 9], [1000] * 3), "etablissements")
    text = plain(sentence(found, "etablissements", "region", named=True))
    assert "3 régions : de 0 à 9 (T02)." in text
    found = ranking(table([0, 0], [1000] * 2), "emplois")
    text = plain(sentence(found, "emplois", "region", named=True))
    assert "0 pour chacun, rien à classer" in text


def test_one_territory_is_not_compared() -> None:
    found = ranking(table([4], [1000]), "taux")
    assert "rien à comparer" in sentence(found, "taux", "region", named=True)


def test_tables_keep_what_is_unknown_unknown() -> None:
    made = table([4, 3], [1000, 1000]).assign(quartiers=1)
    made.loc[1, "etat"] = "secret"
    shown = ranking_frame(ranking(made, "taux"), made, "quartier").set_index("Code")
    assert shown.loc["T01", "État"] == "secret statistique"
    for column in ("Rang", "Établissements", "Emplois (estimation)"):
        assert math.isnan(shown.loc["T01", column])
    assert shown.loc["T00", "Établissements"] == 4
    assert math.isnan(funnel_frame(ranking(made, "taux"), "quartier")["Établissements"].iloc[1])


def test_side_by_side_says_the_figures_of_the_summary(atlas: Atlas) -> None:
    made = territories(atlas, Selection(), "region")
    whole = {"effectif_min": 33.0, "effectif_max": 99.0, "etablissements": 5,
             "etablissements_1000hab": 5 / 7.5, "population": 7500.0,
             "quartiers": 4, "effectif_estime": 10053.0}  # fmt: skip
    found = dict(compared(made, ["44", "987"], whole))
    assert [plain(cell) for cell in found["Établissements"]] == ["4", "hors champ de Sirene", "5"]
    assert plain(found["Emplois situés là (estimation)"][0]) == "10 000"
    spans = [plain(cell) for cell in found["Emplois, selon les tranches d'effectifs"]]
    assert spans[0] == "au moins 10 013 (une tranche n'a pas de maximum)"
    assert spans[2] == "entre 33 et 99"
    assert [plain(cell) for cell in found["Habitants des quartiers"]] == ["6 000", "500", "7 500"]
    assert "Part" not in " ".join(found)


@pytest.mark.parametrize(
    ("query", "level"),
    [
        ("", "region"),
        ("region=44", "departement"),
        ("region=44,53", "region"),
        ("region=44&departement=67", "epci"),
        ("epci=246700488", "commune"),
        ("commune=67482", "quartier"),
        ("quartier=QN06701M", "quartier"),
    ],
)
def test_the_level_follows_the_selection(atlas: Atlas, query: str, level: str) -> None:
    resolved = atlas.resolve(parse(query).selection)
    levels = known_levels(resolved)
    assert "ept" not in levels
    assert default_level(resolved, levels) == level


# --- figures ------------------------------------------------------------------------------------


def test_a_funnel_carries_points_limits_source_and_mark() -> None:
    found = ranking(table([30, 36, 11, 7, 16], [10_000, 9_999, 10_001, 10_000, 10_000]), "taux")
    figure = funnel(found, chosen=["T02"], source="Essai 2024", nature="simulation")
    drawn = [one for one in figure.data if one.mode == "markers"]
    assert sum(len(one.x) for one in drawn) == 5
    assert len({one.marker.symbol for one in drawn}) == 5
    lines = [one for one in figure.data if one.mode == "lines"]
    assert len(lines) == 5
    assert lines[-1].y[0] == pytest.approx(2.0, rel=1e-3)
    named = " ".join(text for one in figure.data if "text" in one.mode for text in one.text)
    assert all(name in named for name in ("T01", "T02", "T03"))
    assert "T04" not in named
    whole = str(figure.layout)
    assert "Essai 2024" in whole
    assert "SIMULÉES" in whole


def test_an_indicator_without_a_law_has_no_funnel() -> None:
    with pytest.raises(ValueError, match="entonnoir"):
        funnel(ranking(table([1, 2], [10, 10]), "emplois"), source="", nature="officiel")


def test_a_share_is_drawn_as_a_percentage() -> None:
    made = table([30, 60], [1, 1]).assign(part=[0.3, 0.6], etablissements_tous=[100, 100])
    figure = funnel(ranking(made, "part"), source="", nature="officiel")
    points = [float(y) for one in figure.data if one.mode == "markers" for y in one.y]
    assert sorted(points) == pytest.approx([30, 60])
    assert figure.layout.yaxis.ticksuffix.endswith("%")


def test_hostile_names_stay_text() -> None:
    made = table([3, 400], [500, 1000])
    made["libelle"] = "<img onerror=1>"
    found = ranking(made, "taux")
    assert "<img" not in hover(INDICATORS["taux"], found.frame.iloc[0].to_dict())
    figure = funnel(found, chosen=["T00"], source="<s>", nature="officiel")
    assert "<img" not in str(figure.to_dict())
    panels = [("<img>", [0.5]), ("b", [0.5])]
    small = small_multiples(
        panels, ["<img>"], [0.5], whole_label="<img>", source="", nature="officiel"
    )
    assert "<img" not in str(small.to_dict())


def test_small_charts_share_one_scale_and_do_not_draw_the_unknown() -> None:
    figure = small_multiples(
        [("A", [0.5, np.nan]), ("B", [0.1, 0.2]), ("C", [0.1, 0.2])], ["Un", "Deux"], [0.3, 0.3],
        whole_label="tout", source="Essai", nature="mixte",
    )  # fmt: skip
    bars = [one for one in figure.data if one.type == "bar"]
    assert [list(one.x) for one in bars] == [[50, None], [10, 20], [10, 20]]
    ranges = {tuple(figure.layout[name].range) for name in ("xaxis", "xaxis2", "xaxis3")}
    assert len(ranges) == 1
    assert "EN PARTIE SIMULÉES" in str(figure.layout).replace("<br>", " ")
    with pytest.raises(ValueError, match="2 parts"):
        small_multiples([("A", [1.0])], ["Un", "Deux"], [1.0, 0.0], whole_label="", source="",
                        nature="officiel")  # fmt: skip


# --- the page -----------------------------------------------------------------------------------


def test_the_page_ranks_and_agrees_with_the_summary(start, atlas: Atlas) -> None:
    test = start("vue.niveau=quartier&vue.indicateur=etablissements")
    shown = rows(test)
    assert dict(zip(shown["Code"], shown["Établissements"], strict=True)) | {"QN98701N": 0} == {
        "QN06701M": 3, "QN06702I": 1, "QN03501N": 1, "QN98701N": 0,
    }  # fmt: skip
    assert shown["Code"].iloc[0] == "QN06701M"

    assert CAUTION["etablissements"] in said(test)


def test_level_and_indicator_are_chosen_and_kept_in_the_address(start) -> None:
    test = start()
    test.selectbox(key="territoires.niveau").select("commune").run()
    test.selectbox(key="territoires.indicateur").select("densite").run()
    assert not test.exception
    assert test.query_params["vue.niveau"] in ("commune", ["commune"])
    assert test.query_params["vue.indicateur"] in ("densite", ["densite"])
    assert "Établissements au km², par commune" in said(test)


def test_two_territories_side_by_side(start) -> None:
    test = start("vue.niveau=quartier")
    assert "Toute la sélection" not in said(test)
    test.multiselect(key="territoires.cote").set_value(["QN06702I", "QN03501N"]).run()
    assert not test.exception
    assert test.query_params["vue.cote"] in ("QN06702I,QN03501N", ["QN06702I,QN03501N"])
    bodies = " ".join(one.proto.body for one in test.get("html"))
    head = re.search(r"Indicateur</th>(.*?)</tr>", bodies)
    assert head is not None
    assert re.findall(r">([^<]+)</th>", head[1]) == ["Est", "Nord &lt;b&gt;", "Toute la sélection"]


def test_the_largest_ones_stand_side_by_side_in_one_click(start) -> None:
    test = start("vue.niveau=region")
    test.button(key="territoires.cote.premiers").click().run()
    assert not test.exception
    asked = str(test.query_params["vue.cote"])
    assert "44" in asked
    assert "53" in asked
    assert "Toute la sélection" in said(test)


def test_one_goes_inside_a_territory(start) -> None:
    test = start("vue.niveau=region&vue.cote=44,53")
    test.button(key="territoires.dedans.0").click().run()
    assert not test.exception
    assert test.query_params["region"] in ("44", ["44"])
    assert test.selectbox(key="territoires.niveau").value == "departement"


def test_one_goes_to_the_sheet_of_a_neighbourhood(start) -> None:
    test = start("vue.niveau=quartier&vue.cote=QN06702I,QN03501N")
    test.button(key="territoires.quartier.0").click().run()
    assert not test.exception
    assert test.query_params["quartier"] in ("QN06702I", ["QN06702I"])


@pytest.mark.parametrize("level", TERRITORIES)
def test_any_view_and_an_empty_selection_are_answered(start, level: str) -> None:
    start(f"vue.niveau={level}&vue.indicateur=inconnu&vue.cote=rien,du-tout")
    test = start(f"vue.niveau={level}&secteur=finance-assurance&region=53")
    assert "Aucun établissement" in said(test)


@pytest.mark.parametrize("name", list(INDICATORS))
def test_every_indicator_has_its_page(start, name: str) -> None:
    test = start(f"vue.niveau=quartier&vue.indicateur={name}&secteur=action-sociale")
    assert INDICATORS[name].label in test.selectbox(key="territoires.indicateur").options


def test_without_population_the_page_says_why(start, tmp_path: Path) -> None:
    made = tables()
    made["quartiers"]["population"] = math.nan
    write_folder(tmp_path / "d", made, manifest())
    test = start(data=tmp_path / "d")
    assert "population des quartiers inconnue" in said(test)


def test_real_towns_are_never_ranked_on_partly_simulated_figures(start, tmp_path: Path) -> None:
    data = write_small(tmp_path / "d", nature="mixte")
    test = start("vue.niveau=commune", data=data)
    assert any("aucune commune" in one.value for one in test.info)
    assert not any("Rang" in one.value.columns for one in test.dataframe)
    assert "Rennes" not in said(test)


def test_simulated_figures_name_no_region(start, tmp_path: Path) -> None:
    data = write_small(tmp_path / "d", nature="simulation")
    test = start("vue.niveau=region&vue.indicateur=etablissements", data=data)
    bodies = [one.proto.body for one in test.get("html")]
    reading = [one for one in bodies if 'class="essgeo-lecture"' in one]
    assert "Les noms sont réels, les chiffres ne le sont pas" in reading[0]
    assert "Grand Est" not in reading[0]
    assert set(rows(test)["Nature"]) == {"simulation"}


def test_nothing_at_all_in_several_territories_is_a_sentence(start) -> None:
    beside = "vue.cote=QN06701M,QN06702I"
    test = start(f"vue.niveau=quartier&secteur=finance-assurance&types=ACI&{beside}")
    assert "Aucun établissement à répartir" in said(test)


def test_nothing_is_said_of_a_real_region_on_simulated_figures(start, tmp_path: Path):
    """Regions bear their real names in the demonstration: official figures alone describe them."""
    query = "vue.niveau=region&vue.cote=44,53"
    assert "Premier secteur en établissements" in said(start(query))
    simulated = write_small(tmp_path / "simule", nature="simulation")
    shown = said(start(query, data=simulated))
    assert "Premier secteur en établissements" not in shown
    assert "La part de chaque secteur dans chacun" in shown
