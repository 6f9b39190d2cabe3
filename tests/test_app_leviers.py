"""The pages Leviers and Cas as Streamlit runs them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError
from essgeo.figures.charts.matrix import matrix
from essgeo.figures.charts.place import locator
from essgeo.levers import LOCAL, open_catalogue
from essgeo.levers.cases import SHIPPED, open_cases
from essgeo.levers.diagnosis import Diagnosis
from essgeo.levers.obstacles import obstacles
from essgeo.levers.rules import open_rules
from essgeo.selection import parse
from essgeo.settings import ROOT
from essgeo.ui.leviers import choices, who
from essgeo.ui.leviers.lever import where_frame
from essgeo.words import levers as words
from tests import small as small_folder
from tests.small import write_small
from tests.test_app import Start, go, map_sent, small, start, texts  # noqa: F401 - fixtures
from tests.test_diagnosis import folder as counted

DEMO = ROOT / "data"


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Thirteen neighbourhoods whose diagnosis is recomputed by hand in test_diagnosis."""
    return counted(tmp_path_factory.mktemp("leviers") / "d")


def page(begin: Start, query: str = "", *, name: str = "leviers", **more: Path | None) -> AppTest:
    test = begin(query, **more)
    test.switch_page(f"../pages/{name}.py").run()
    assert not test.exception, [one.value for one in test.exception]
    return test


def said(test: AppTest) -> str:
    """Return all that the page says, with plain spaces."""
    every = [texts(test)]
    for kind in ("markdown", "caption", "info", "warning"):
        every += [one.value for one in test.get(kind)]
    return " ".join(every).replace("\u202f", " ").replace("\u00a0", " ").replace("\\", "")


def box(test: AppTest, key: str):
    return next(one for one in test.get("selectbox") if one.key == key)


def buttons(test: AppTest, start_: str) -> list[str]:
    return [one.key for one in test.button if one.key and one.key.startswith(start_)]


def press(test: AppTest, key: str) -> AppTest:
    next(one for one in test.button if one.key == key).click().run()
    assert not test.exception, [one.value for one in test.exception]
    return test


# --- leads --------------------------------------------------------------------------------------


def test_leads_of_one_neighbourhood_are_those_counted_by_hand(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, "quartier=QN06700M", data=by_hand.folder.path)
    text = said(test)
    assert "3 pistes à discuter pour ce quartier" in text
    assert "aucun établissement employeur de l'ESS (8,3 attendus d'après" in text
    assert "Pour décider, il manque : foncier ou locaux publics mobilisables" in text
    assert buttons(test, "leviers.piste.") == [
        "leviers.piste.lieux-partages",
        "leviers.piste.foncier-de-la-collectivite",
        "leviers.piste.tiers-lieux",
    ]
    assert "Données simulées" not in text


def test_leads_of_several_say_how_many_and_where_most(start: Start, by_hand: Atlas):  # noqa: F811
    text = said(page(start, "departement=67", data=by_hand.folder.path))
    assert "répond à 2 quartiers sur 13" in text
    assert "le plus net, Quartier QN06700M : aucun établissement employeur" in text


def test_leads_do_not_follow_other_filters_and_say_so(start: Start, by_hand: Atlas):  # noqa: F811
    plain = page(start, "quartier=QN06701M", data=by_hand.folder.path)
    test = page(start, "quartier=QN06701M&secteur=sante", data=by_hand.folder.path)
    assert buttons(test, "leviers.piste.") == buttons(plain, "leviers.piste.")
    assert "autres que le territoire n'y changent rien" in said(test)
    assert "autres que le territoire n'y changent rien" not in said(plain)


def test_nothing_significant_is_said(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, "quartier=QN06702M", data=by_hand.folder.path)
    assert "aucun chiffre de ce quartier ne se distingue" in said(test)
    assert buttons(test, "leviers.piste.") == []


def test_a_place_without_neighbourhood_has_no_lead(start: Start):  # noqa: F811
    test = page(start, "departement=35&commune=67482")
    assert "aucune piste à y discuter" in said(test)


def test_the_framework_is_said_once_and_the_silent_leads_are_named(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, data=by_hand.folder.path)
    assert len(buttons(test, "leviers.cadre.")) == len(open_rules(open_catalogue()).cadre)
    text = said(test)
    assert "Accès à la mobilité part des ménages sans voiture (Insee, recensement)" in text


def test_simulated_figures_say_that_they_diagnose_no_real_place(start: Start):  # noqa: F811
    test = page(start, "departement=67", data=DEMO)
    assert words.SIMULATED in said(test)
    assert buttons(test, "leviers.piste.")
    test = page(start, "departement=67&vue.levier=foncier-de-la-collectivite", data=DEMO)
    assert "ne disent rien d'un lieu réel" in said(test)
    assert set(test.dataframe[0].value["Nature"]) == {"simulation"}


# --- what is missing ----------------------------------------------------------------------------


def stripped(out: Path, **columns: object) -> Atlas:
    """Return the small folder with some columns of its neighbourhoods or points changed."""
    tables = small_folder.tables()
    for name, value in columns.items():
        table = tables["quartiers" if name in tables["quartiers"] else "etablissements"]
        table[name] = value
    write_folder(out, tables, small_folder.manifest())
    return open_atlas(out)


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"population": np.nan}, "la population des quartiers"),
        (
            {"caractere_employeur": "", "tranche_effectifs": ""},
            "l'indication des établissements qui emploient",
        ),
        ({"activite_principale": ""}, "le secteur d'activité"),
        ({"categorie_juridique": ""}, "la famille juridique"),
        ({"types": ""}, "le type des structures"),
    ],
)
def test_what_a_folder_lacks_is_named(tmp_path: Path, columns: dict[str, object], missing: str):
    whole = open_atlas(write_small(tmp_path / "entier"))
    assert not any(missing in one for one in obstacles(whole, whole.newest))
    atlas = stripped(tmp_path / "d", **columns)
    assert any(missing in one for one in obstacles(atlas, atlas.newest))


def test_without_population_the_page_says_what_is_missing(start: Start, tmp_path: Path):  # noqa: F811
    atlas = stripped(tmp_path / "d", population=np.nan)
    test = page(start, data=atlas.folder.path)
    text = said(test)
    assert "Aucune piste ne peut être évaluée sur ces données : il manque la population" in text
    assert buttons(test, "leviers.piste.") == []
    # The catalogue does not need them.
    assert len(buttons(test, "leviers.fiche.")) == len(open_catalogue().leviers)
    test = page(start, "vue.levier=lieux-partages", data=atlas.folder.path)
    assert "Indicateur inconnu : établissement employeur de l'ESS. Il manque d'abord : la" in said(
        test
    )


def test_a_source_under_secrecy_is_not_diagnosed(start: Start, tmp_path: Path):  # noqa: F811
    source = replace(small_folder.manifest().sources[0], secret=True)
    manifest = replace(small_folder.manifest(), sources=(source,))
    write_folder(tmp_path / "d", small_folder.tables(), manifest)
    test = page(start, data=tmp_path / "d")
    assert "secret statistique" in said(test)
    assert buttons(test, "leviers.piste.") == []
    assert not page(start, "vue.levier=tiers-lieux", data=tmp_path / "d").dataframe


# --- the catalogue ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("famille", "financement", "fonds-europeens"),
        ("nature", "objet", "tiers-lieux"),
        ("objectif", "mixite-image", "habitat-participatif"),
        ("acteur", "bailleurs-sociaux", "bailleurs-sociaux"),
        ("financement", "fse", "fonds-europeens"),
        ("initiative", "cae", "cooperatives-d-activites-et-d-emplois"),
        ("lieu", "rennes-maurepas", "cooperative-ephemere-de-territoire"),
        ("document", "fiche6", "regies-de-quartier"),
    ],
)
def test_every_filter_keeps_what_it_says(start: Start, key: str, value: str, kept: str):  # noqa: F811
    test = page(start)
    box(test, f"vue.{key}").set_value(value).run()
    assert test.query_params[f"vue.{key}"] in (value, [value])
    shown = {one.rpartition(".")[2] for one in buttons(test, "leviers.fiche.")}
    catalogue = open_catalogue()
    assert kept in shown
    assert 0 < len(shown) < len(catalogue.leviers)
    assert all(value in choices.FILTERS[key].values(catalogue.leviers[one]) for one in shown)
    # The address gives the same back.
    again = page(start, f"vue.{key}={value}")
    assert {one.rpartition(".")[2] for one in buttons(again, "leviers.fiche.")} == shown
    press(again, "leviers.tout")
    assert len(buttons(again, "leviers.fiche.")) == len(catalogue.leviers)


def test_words_are_searched_without_accents_or_case(start: Start):  # noqa: F811
    test = page(start)
    next(one for one in test.text_input if one.key == "vue.mots").set_value("PEPINIERE").run()
    assert buttons(test, "leviers.fiche.") == ["leviers.fiche.pepiniere-d-entreprises"]
    assert "vue.mots" in test.query_params
    test = page(start, "vue.mots=nullepart")
    assert "Aucun levier ne répond à ces filtres" in said(test)
    assert buttons(test, "leviers.fiche.") == []


def test_values_that_no_filter_knows_are_let_go(start: Start):  # noqa: F811
    test = page(start, "vue.famille=<b>&vue.levier=nawak&vue.forme=nawak&vue.cas=nawak")
    assert len(buttons(test, "leviers.fiche.")) == len(open_catalogue().leviers)
    assert not page(start, "vue.cas=nawak", name="cas").exception


def test_the_table_holds_the_same_and_counts_neighbourhoods(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, data=by_hand.folder.path)
    next(one for one in test.segmented_control if one.key == "vue.forme").set_value("tableau").run()
    table = next(one.value for one in test.dataframe if "Quartiers de la sélection" in one.value)
    table = table.set_index("Levier")
    found = Diagnosis(by_hand, open_rules(open_catalogue()))
    counts = found.counts(np.ones(len(found.generation.quartiers), dtype=bool))
    catalogue = open_catalogue()
    assert len(table) == len(catalogue.leviers)
    for one, lever in catalogue.leviers.items():
        assert table.loc[lever.titre, "Quartiers de la sélection"] == pytest.approx(
            counts.get(one, np.nan), nan_ok=True
        )
    assert table.loc["Organiser des formations croisées", "Lecture"].startswith("cadre")
    assert table.loc["Accès à la mobilité", "Lecture"].startswith("non évalué")
    assert "répond à 2\u00a0quartiers sur 13" in set(table["Lecture"])


def test_counts_are_those_of_where(by_hand: Atlas):
    found = Diagnosis(by_hand, open_rules(open_catalogue()))
    chosen = np.zeros(len(found.generation.quartiers), dtype=bool)
    chosen[:2] = True
    counts = found.counts(chosen)
    assert counts["lieux-partages"] == 2
    for one, count in counts.items():
        assert len(found.where(one, chosen)) == count
    assert "mobilite" not in counts


# --- a lever's own view -------------------------------------------------------------------------


def test_a_click_opens_a_lever_and_goes_back(start: Start):  # noqa: F811
    test = press(page(start), "leviers.fiche.pepiniere-d-entreprises")
    assert test.query_params["vue.levier"] in (
        "pepiniere-d-entreprises",
        ["pepiniere-d-entreprises"],
    )
    text = said(test)
    assert "Outil : Pépinière d'entreprises" in text
    assert "RTES, fin 2020 ou 2021, l. 82" in text
    assert "closes fin 2025" in text
    assert words.ADDED in text
    press(test, "leviers.revenir")
    assert buttons(test, "leviers.fiche.")
    assert "vue.levier" not in test.query_params


@pytest.mark.parametrize("lever", list(open_catalogue().leviers))
def test_every_lever_has_its_view(start: Start, by_hand: Atlas, lever: str):  # noqa: F811
    test = page(start, f"vue.levier={lever}", data=by_hand.folder.path)
    text = said(test)
    assert open_catalogue().leviers[lever].titre in text
    assert "Ce qu'en disent les documents, champ par champ" in text
    assert "non vérifié depuis" in text


def test_fields_that_no_document_says_are_empty_and_additions_marked():
    catalogue = open_catalogue()
    rows = {name: (text, source) for name, text, source in words.fields(
        catalogue, catalogue.leviers["commande-publique-responsable"])}  # fmt: skip
    assert rows["Types d'initiative"][1] == words.ADDED
    assert rows["Financement"] == (words.NOT_SAID, "")
    assert rows["Objectif"][1].endswith("l. 26")
    for lever in catalogue.leviers.values():
        for name, text, source in words.fields(catalogue, lever):
            if name != "En vigueur ?":
                assert bool(source) == (text != words.NOT_SAID), (lever.id, name)


def test_neighbourhoods_of_a_lever_are_on_the_map_and_in_the_table(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, "vue.levier=lieux-partages", data=by_hand.folder.path)
    table = test.dataframe[0].value
    assert list(table["Code"]) == ["QN06700M", "QN06701M"]
    assert "8,3" in table["Pourquoi"].iloc[0]
    assert "Répond à 2 quartiers sur 13" in said(test)
    sent = json.dumps(map_sent(test))
    counts = re.search(r'\\"counts\\": ?\[([^\]]*)\]', sent) or re.search(
        r"counts[^\[]*\[([^\]]*)\]", sent
    )
    assert counts is not None
    # 4,000 inhabitants in the two where it answers, nothing drawn elsewhere.
    assert sorted(counts.group(1).replace(" ", "").split(","))[-2:] == ["4000", "4000"]
    assert set(counts.group(1).replace(" ", "").split(",")[2:]) == {"0"}


def test_the_framework_and_levers_without_rule_say_so(start: Start, by_hand: Atlas):  # noqa: F811
    path = by_hand.folder.path
    assert "concerne la collectivité tout entière" in said(
        page(start, "vue.levier=formations-croisees", data=path)
    )
    assert "Aucune règle ne relie ce levier" in said(
        page(start, "vue.levier=sem-immobiliere", data=path)
    )
    assert "part des ménages sans voiture" in said(page(start, "vue.levier=mobilite", data=path))


def test_the_file_of_a_lever_says_what_it_is(by_hand: Atlas):
    found = Diagnosis(by_hand, open_rules(open_catalogue()))
    resolved = by_hand.resolve(parse("").selection)
    table = where_frame(by_hand, resolved, found.where("lieux-partages", resolved.quartiers))
    assert list(table["Commune"]) == ["Strasbourg", "Strasbourg"]
    assert "Nature" not in table


# --- the data folder's own catalogue ------------------------------------------------------------


def test_a_wrong_file_is_said_and_the_shipped_catalogue_is_used(start: Start, tmp_path: Path):  # noqa: F811
    data = write_small(tmp_path / "d")
    (data / LOCAL).write_text("leviers:\n  - id: x\n    nature: <b>levier\n", encoding="utf-8")
    test = page(start, data=data)
    warned = said(test)
    assert "leviers.yaml du dossier de données est laissé de côté : leviers.yaml, ligne" in warned
    assert len(buttons(test, "leviers.fiche.")) == len(open_catalogue().leviers)
    assert not page(start, data=data, name="cas").exception


def test_a_lever_of_the_folder_is_shown_and_marked(start: Start, tmp_path: Path):  # noqa: F811
    data = write_small(tmp_path / "d")
    (data / LOCAL).write_text(
        "documents:\n  - {id: d, titre: 'Un <script>', cite: cité en 2026}\n"
        "acteurs:\n  - {id: maison, titre: 'Maison <b>gras'}\n"
        "leviers:\n  - id: bourse\n    nature: outil\n    famille: foncier-immobilier\n"
        "    titre: 'Bourse *aux* <i>locaux'\n    acteurs: [maison]\n    source: [d]\n",
        encoding="utf-8",
    )
    test = page(start, "vue.mots=bourse", data=data)
    assert buttons(test, "leviers.fiche.") == ["leviers.fiche.bourse"]
    bodies = " ".join(one.proto.body for one in test.get("html"))
    assert "ajout de votre dossier de données" in bodies
    assert "<i>locaux" not in bodies
    test = page(start, "vue.levier=bourse", data=data)
    bodies = " ".join(one.proto.body for one in test.get("html"))
    assert "Maison &lt;b&gt;gras" in bodies
    assert "<script>'" not in bodies
    assert "cité en 2026 ; non vérifié depuis" in said(test)


# --- who does what ------------------------------------------------------------------------------


def test_actors_are_crossed_with_families_then_with_levers():
    catalogue = open_catalogue()
    levers = list(catalogue.leviers.values())
    rows, columns, cells = who.crossed(catalogue, levers)
    assert columns == [one.titre for one in catalogue.sections["familles"].values()]
    assert rows[0] == "Communes, intercommunalités et autres collectivités locales"
    assert rows[-1] == who.NOBODY
    pairs = sum(max(len(one.acteurs), 1) for one in levers)
    assert sum(len(cell) for line in cells for cell in line) == pairs
    assert len(who.who_frame(catalogue, levers)) == pairs
    finance = [one for one in levers if one.famille == "financement"]
    _, columns, cells = who.crossed(catalogue, finance)
    assert columns == [one.titre for one in finance]
    assert all(len(cell) <= 1 for line in cells for cell in line)


def test_the_picture_escapes_names_and_writes_counts():
    figure = matrix(["<b>a"], ["c", "d"], [[["x", "<i>y"], []]], source="s", nature="officiel")
    (trace,) = figure.data
    assert list(trace.text) == ["<b>2</b>"]
    assert "&lt;b&gt;a" in trace.customdata[0]
    assert "&lt;i&gt;y" in trace.customdata[0]
    assert (list(trace.x), list(trace.y)) == ([0], [0])
    assert len(matrix([], [], [], source="s", nature="officiel").data[0].x) == 0


def test_who_does_what_is_drawn_for_the_levers_shown(start: Start):  # noqa: F811
    test = page(start, "vue.famille=financement")
    chart = json.loads(test.get("plotly_chart")[0].proto.spec)
    assert len(chart["layout"]["xaxis"]["ticktext"]) == 6
    assert "SIMUL" not in json.dumps(chart)
    table = next(one.value for one in test.dataframe if "Acteur" in one.value)
    assert set(table["Famille"]) == {"Financement"}
    test = page(start, "vue.mots=nullepart")
    assert not test.get("plotly_chart")


# --- cases --------------------------------------------------------------------------------------


def test_every_sentence_of_a_case_has_lines_of_its_document_or_is_ours():
    last = {"fiche6": 75, "diaporama": 94}
    cases = open_cases(open_catalogue())
    assert [one.id for one in cases] == ["strasbourg", "le-bon-maurepas"]
    for case in cases:
        assert case.chapeau.source
        for step in case.etapes:
            for one in step.dits:
                ours = step.titre == "Ce que le document ne dit pas"
                assert bool(one.source) is not ours
                for source in one.source:
                    document, _, lines = source.partition(":")
                    first, _, end = lines.partition("-")
                    assert 1 <= int(first) <= int(end or first) <= last[document]


def test_the_case_of_strasbourg_tells_every_lever_of_strasbourg():
    catalogue = open_catalogue()
    case = open_cases(catalogue)[0]
    there = {one.id for one in catalogue.leviers.values() if one.territoire == "strasbourg"}
    assert there <= set(case.leviers)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("leviers: [fonds-europeens]", "leviers: [fonds-perdus]", "« fonds-perdus » inconnu"),
        ('source: ["diaporama:44"]', 'source: ["roman:44"]', "« roman » inconnu"),
        ("territoire: rennes-maurepas", "territoire: lyon", "« lyon » inconnu"),
        ('source: ["diaporama:44"]', "source: [diaporama]", "écriture inattendue"),
        ("ajout: true", "texte2: true", "champ inconnu"),
    ],
)
def test_wrong_cases_are_refused_with_their_line(tmp_path: Path, old: str, new: str, what: str):
    text = SHIPPED.read_text("utf-8")
    assert old in text
    wrong = tmp_path / "cases.yaml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(what)) as caught:
        open_cases(open_catalogue(), wrong)
    assert re.match(r"cases\.yaml, ligne \d+ : ", str(caught.value))


def test_cases_are_told_with_their_lines_and_no_simulated_figure(start: Start):  # noqa: F811
    test = page(start, name="cas", data=DEMO)
    text = said(test)
    for word in ("LOCUSEM", "en cours de délibération", "Alsace Active", "l. 51–52", "FEDER"):
        assert word in text
    assert "remarque de notre part" in text
    assert "essgeo-chiffres" not in " ".join(
        one.proto.body for one in test.get("html") if "<style>" not in one.proto.body
    )
    chart = json.loads(test.get("plotly_chart")[0].proto.spec)
    assert "Eurométropole de Strasbourg" in json.dumps(chart, ensure_ascii=False)
    next(one for one in test.segmented_control if one.key == "vue.cas").set_value(
        "le-bon-maurepas"
    ).run()
    assert test.query_params["vue.cas"] in ("le-bon-maurepas", ["le-bon-maurepas"])
    assert "restauration-traiteur" in said(test)
    assert "LOCUSEM" not in said(test)


def test_the_place_of_a_case_leaves_as_a_picture(start: Start):  # noqa: F811
    test = page(start, name="cas", data=DEMO)
    test.session_state["cas.image"] = True
    test.run()
    assert not test.exception
    labels = [one.proto.label for one in test.get("download_button")]
    assert [label for label in labels if label.startswith("Carte")] == [
        "Carte PNG (300 points par pouce)",
        "Carte SVG (impression, retouche)",
    ]


def test_cases_need_no_data(start: Start, tmp_path: Path):  # noqa: F811
    """A folder without outlines of départements, or none at all: told all the same."""
    text = said(page(start, name="cas"))
    assert "Pas de fond de carte dans ce dossier" in text
    (tmp_path / "vide").mkdir()
    text = said(page(start, name="cas", data=tmp_path / "vide"))
    assert "LOCUSEM" in text


def test_the_place_is_a_known_outline():
    outlines = open_atlas(DEMO).folder.contours_departements
    figure = locator(outlines, "67", "<b>ici")
    assert figure.layout.annotations[0].text == "<b>&lt;b&gt;ici</b>"
    east = [value for value in figure.data[1].x if value is not None]
    assert min(east) > 6.5
    with pytest.raises(ValueError, match="contour inconnu : 00"):
        locator(outlines, "00", "nulle part")


# --- from page to page --------------------------------------------------------------------------

LEADS = """
import streamlit as st
from essgeo.ui import leads, loading, state
from essgeo.ui.pages import navigation
navigation()
atlas = loading.atlas()
resolved = atlas.resolve(state.current().selection)
leads.leads(atlas, resolved, "{code}")
"""


def test_the_sheet_can_show_its_leads(monkeypatch: pytest.MonkeyPatch, by_hand: Atlas):
    monkeypatch.setenv("ESSGEO_DATA", str(by_hand.folder.path))
    monkeypatch.chdir(ROOT)
    test = AppTest.from_string(LEADS.format(code="QN06700M"), default_timeout=60).run()
    assert not test.exception, [one.value for one in test.exception]
    text = said(test)
    assert "3 pistes à discuter pour ce quartier" in text
    assert "8,3 attendu" in text
    links = [one.proto.query_string for one in test.get("page_link")]
    assert any("vue.levier=lieux-partages" in one for one in links)
    test = AppTest.from_string(LEADS.format(code="QN99999Z"), default_timeout=60).run()
    assert "n'est pas dans les contours 2024" in said(test)


def test_a_permalink_opens_a_lever_with_its_selection(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, "quartier=QN06701M&vue.levier=lieux-partages", data=by_hand.folder.path)
    assert "Répond à 1 quartier sur 1" in said(test)
    assert test.query_params["quartier"] in ("QN06701M", ["QN06701M"])


def test_a_permalink_to_an_unknown_lever_is_said(start: Start, by_hand: Atlas):  # noqa: F811
    test = page(start, "vue.levier=<b>inconnu</b>", data=by_hand.folder.path)
    assert "que le catalogue n'a pas" in said(test)
    assert buttons(test, "leviers.fiche.")


def test_every_actor_is_shown(start: Start):  # noqa: F811
    """Those that no lever names are authors and publishers: said with the documents."""
    text = said(page(start))
    for name in ("ANCT", "CNCRESS et CGET", "Citego"):
        assert f" {name} RTES, septembre 2020" in text


def test_files_of_the_catalogue_hold_what_is_shown(start: Start):  # noqa: F811
    from essgeo.exports import csv_bytes
    from essgeo.exports.levers import lever_frame

    rows = list(csv.DictReader(io.StringIO(csv_bytes(lever_frame(open_catalogue())).decode())))
    assert len(rows) == len(open_catalogue().leviers)
    labels = {one.label for one in page(start).get("download_button")}
    assert {"CSV ouvert", "CSV pour Excel", "JSON"} <= labels
    assert pd.DataFrame(rows)["source"].str.contains("l. ").all()
