"""The page Secteurs as Streamlit runs it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import open_atlas
from essgeo.datafolder import write_folder
from essgeo.exports.bundle import table_zip
from essgeo.indicators import summary
from essgeo.selection import parse
from essgeo.ui.secteurs.choices import VIEWS
from essgeo.words.sources import source_line
from tests.small import manifest, tables, write_small
from tests.test_app import Start, go, small, start, texts  # noqa: F401 - fixtures

OUEST = "quartier=QN06701M"


def page(start: Start, query: str = "", **more: Path) -> AppTest:  # noqa: F811
    test = start(query, **more)
    test.switch_page("../pages/secteurs.py").run()
    assert not test.exception, [one.value for one in test.exception]
    return test


def chart(test: AppTest) -> dict:
    found = test.get("plotly_chart")
    assert len(found) == 1
    return json.loads(found[0].proto.spec)


def has_chart(test: AppTest) -> bool:
    return bool(test.get("plotly_chart"))


def shown(test: AppTest) -> pd.DataFrame:
    test.session_state["secteurs.tableau"] = True
    test.run()
    assert not test.exception, [one.value for one in test.exception]
    return test.dataframe[0].value


def words(test: AppTest) -> str:
    """Return what the page says, with plain spaces."""
    return texts(test).replace("\u202f", " ").replace("\u00a0", " ")


def said(test: AppTest) -> str:
    return " ".join(one.value for one in test.info)


def pick(test: AppTest, key: str, value: str) -> AppTest:
    next(one for one in test.segmented_control if one.key == key).set_value(value)
    test.run()
    assert not test.exception, [one.value for one in test.exception]
    return test


@pytest.mark.parametrize("question", list(VIEWS))
@pytest.mark.parametrize("query", ["", OUEST, "region=53", "employeurs=tous&rattachement=proche"])
def test_every_question_of_every_place_has_an_answer(start: Start, question: str, query: str):  # noqa: F811
    test = page(start, f"{query}&vue.graphique={question}")
    assert has_chart(test) or said(test)
    assert "Deux lectures" in texts(test)


def test_the_sentence_names_the_first_sector(start: Start):  # noqa: F811
    assert (
        "Dans ce quartier, l'action sociale pèse 100 % des emplois de l'ESS, contre 0 % dans le "
        "reste de la commune de Strasbourg."
    ) in words(page(start, OUEST))
    assert "dans le reste des 3 communes de la sélection" in words(page(start))


def test_figures_are_those_of_summary(start: Start, small: Path):  # noqa: F811
    test = page(start, "region=44")
    official = summary(open_atlas(small), parse("region=44").selection, ("secteur",))
    table = shown(test).set_index("Code")
    for row in official[official["etablissements"] > 0].itertuples():
        assert table.loc[row.code, "Établissements"] == row.etablissements
        assert table.loc[row.code, "Emplois (minimum)"] == pytest.approx(
            row.effectif_min, nan_ok=True
        )


def test_a_choice_is_in_the_address_and_comes_back_from_it(start: Start):  # noqa: F811
    test = pick(page(start), "vue.graphique", "emplois")
    pick(test, "vue.par", "famille")
    assert test.query_params["vue.graphique"] == "emplois"
    assert test.query_params["vue.par"] == "famille"
    assert next(iter(shown(test))) == "Famille"
    again = page(start, "vue.graphique=emplois&vue.par=famille")
    assert next(iter(shown(again))) == "Famille"
    assert next(iter(shown(page(start, "vue.graphique=nawak")))) == "Secteur"


def test_measuring_establishments(start: Start):  # noqa: F811
    test = pick(page(start), "vue.mesure", "etablissements")
    assert "des établissements de l'ESS" in texts(test)
    ticks = chart(test)["layout"]["yaxis2"]["ticktext"]
    assert ticks[0].replace("\u202f", " ") == "<b>60 % · 3</b>"


def test_the_reference_is_part_of_the_selection(start: Start):  # noqa: F811
    test = page(start, OUEST)
    box = next(one for one in test.selectbox if one.key == "secteurs.reference")
    assert box.value == "commune"
    # No data here knows of EPT or of contracts.
    assert "le reste de l'EPT" not in box.options
    assert "le reste du contrat de ville" not in box.options
    box.set_value("france").run()
    assert test.query_params["reference"] == "france"
    assert "Référence" in " ".join(one.value for one in test.caption)
    assert "le reste de la France" in " ".join(one.value for one in test.caption)
    go(test, "carte")
    assert test.query_params["reference"] == "france"


def test_another_selection_by_its_link(start: Start):  # noqa: F811
    test = page(start, OUEST)
    box = next(one for one in test.text_input if one.key == "secteurs.autre")
    box.set_value("http://127.0.0.1:8501/carte?region=53&vue.table=quartiers").run()
    assert test.query_params["vue.autre"] == "region=53"
    chosen = next(one for one in test.selectbox if one.key == "secteurs.reference")
    assert chosen.value == "autre"
    assert "l'autre sélection" in " ".join(one.value for one in test.caption)
    chosen.set_value("commune").run()
    assert "vue.autre" not in test.query_params
    assert not test.exception


@pytest.mark.parametrize("wrong", ["nawak", "http://127.0.0.1/carte", "?secteurs=sante"])
def test_a_link_that_selects_nothing_is_said(start: Start, wrong: str):  # noqa: F811
    test = page(start, OUEST)
    next(one for one in test.text_input if one.key == "secteurs.autre").set_value(wrong).run()
    assert not test.exception
    assert test.warning
    assert "vue.autre" not in test.query_params


def test_an_empty_selection_is_a_sentence(start: Start):  # noqa: F811
    test = page(start, "region=53&secteur=sante")
    assert "Aucun établissement dans cette sélection" in said(test)
    assert not has_chart(test)


def test_out_of_the_field_of_sirene(start: Start):  # noqa: F811
    test = page(start, "region=987")
    assert "Hors champ de Sirene" in said(test)
    assert not has_chart(test)


def test_a_reference_with_no_data_is_said(start: Start):  # noqa: F811
    test = page(start, "region=53&reference=commune&vue.graphique=presence")
    assert "Rien à comparer" in said(test)
    weights = page(start, "region=53&reference=commune")
    assert has_chart(weights)
    assert "Rien à comparer" in " ".join(one.value for one in weights.caption)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Positions only: no sector, family, size, date, population."""
    out = tmp_path_factory.mktemp("nu") / "donnees"
    made = tables()
    made["quartiers"]["population"] = float("nan")
    kept = ["siret", "longitude", "latitude"]
    write_folder(out, made | {"etablissements": made["etablissements"][kept]}, manifest())
    return out


@pytest.mark.parametrize("question", list(VIEWS))
def test_data_that_says_little_gives_reasons(start: Start, bare: Path, question: str):  # noqa: F811
    test = page(start, f"vue.graphique={question}", data=bare)
    assert "Sans donnée" in said(test) or "Rien à comparer" in said(test)
    assert not has_chart(test)


def test_years_of_dated_structures(start: Start, tmp_path: Path):  # noqa: F811
    made = tables()
    made["etablissements"]["date_creation"] = "1999-05-01"
    write_folder(tmp_path / "d", made, manifest())
    test = page(start, "vue.graphique=annees", data=tmp_path / "d")
    assert "La moitié des 4 structures datées" in words(test)
    assert shown(test)["Structures encore actives"].tolist() == [4]
    assert "Ce ne sont pas des créations" in " ".join(one.value for one in test.caption)


@pytest.mark.parametrize("nature", ["simulation", "mixte", "officiel"])
def test_simulated_figures_are_marked_everywhere(start: Start, tmp_path: Path, nature):  # noqa: F811
    folder = write_small(tmp_path / "d", nature=nature)
    test = page(start, data=folder)
    picture = json.dumps(chart(test), ensure_ascii=False)
    simulated = nature != "officiel"
    assert ("SIMULÉES" in picture) == simulated
    assert ("Nature" in shown(test)) == simulated


def test_a_chart_takes_its_data_and_their_description_away(small: Path):  # noqa: F811
    atlas = open_atlas(small)
    resolved = atlas.resolve(parse(OUEST).selection)
    table = pd.DataFrame({"Secteur": ["=Santé"], "Part (%)": [12.5]})
    made = table_zip(atlas, resolved, table, stem="poids", content="Ce que pèse", excel=False)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        data, described = archive.namelist()
        assert (
            archive.read(data).decode() == "Secteur,Part (%),nature\n'=Santé,12.500000,officiel\n"
        )
        said = json.loads(archive.read(described))
    assert said["contenu"] == "Ce que pèse"
    assert said["selection"] == resolved.sentence


def test_the_foot_of_a_picture_says_outlines_and_field(small: Path):  # noqa: F811
    atlas = open_atlas(small)
    said = source_line(atlas, atlas.resolve(parse("champ=insee&generation=2015").selection))
    assert "Essai" in said
    assert "Contours 2015" in said
    assert said.endswith("ESS au sens de l'Insee, établissements employeurs.")
