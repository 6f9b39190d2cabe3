"""The sheet of one neighbourhood as Streamlit runs it, and its words."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.indicators import totals
from essgeo.indicators.flags import flags
from essgeo.indicators.missing import missing
from essgeo.indicators.reliability import reliability
from essgeo.indicators.sheet import landmarks
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT
from essgeo.ui import quartier_data, tables
from essgeo.words import quartier as words
from tests import secret_world
from tests import small as contents
from tests.small import write_small
from tests.test_app import HOSTILE, SCRIPT, figures, go, map_sent, pick, press, texts, url

Start = Callable[..., AppTest]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture(scope="module")
def atlas(small: Path) -> Atlas:
    return open_atlas(small)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Start:
    def run(query: str = "", *, data: Path | None = None, page: str = "quartier") -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in parse_qsl(query, keep_blank_values=True):
            test.query_params[key] = value
        test.run()
        go(test, page)
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def bodies(test: AppTest, mark: str) -> list[str]:
    return [one.proto.body for one in test.get("html") if mark in one.proto.body]


def table(test: AppTest, caption: str) -> list[list[str]]:
    """Return the cells of a table of the page, head left out."""
    body = next(body for body in bodies(test, "<caption>") if f"<caption>{caption}" in body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)[1:]
    return [
        [
            re.sub(r"\s+", " ", re.sub("<[^>]+>", "", cell))
            for cell in re.findall("<td.*?</td>", row)
        ]
        for row in rows
    ]


def widget(test: AppTest, kind: str, key: str) -> Any:
    return next(one for one in test.get(kind) if one.key == key)


# --- the page -----------------------------------------------------------------------------------


def test_a_sheet_shows_what_the_summary_says(start: Start, atlas: Atlas) -> None:
    test = start("quartier=QN06701M")
    wanted = totals(atlas, Selection(quartier=("QN06701M",)))
    assert figures(test)["Établissements employeurs"] == str(int(wanted["employeurs"])) == "3"
    assert "Fiche quartier : Ouest, Strasbourg" in texts(test)
    rows = table(test, "Repères")
    assert [row[:3] for row in rows] == [
        ["Ce quartier", "3", "0,8"],
        ["Les quartiers de la commune (Strasbourg)", "4", "0,7"],
        ["Les quartiers du département (Bas-Rhin)", "4", "0,7"],
        ["Les quartiers de France", "5", "0,7"],
        ["Toute la commune (Strasbourg)", "7", "0,0"],
        ["Tout le département (Bas-Rhin)", "6", "0,0"],
        ["Toute la France", "10", "0,0"],
    ]
    assert rows[0][-1] == ""
    assert all("présent" in row[-1] or "établie" in row[-1] for row in rows[1:])


def test_the_map_is_the_same_component_with_the_points_around(start: Start) -> None:
    sent = map_sent(start("quartier=QN06702I"))
    assert '"selected":1' in sent["feature_group"]
    # =Sport inside, and Mutuelle outside but within the band.
    assert '"band":300' in sent["feature_group"]


def test_establishments_are_listed_inside_around_and_at_the_edge(start: Start) -> None:
    test = start("quartier=QN06702I")
    # A list is made once somebody opens it.
    assert not test.dataframe
    widget(test, "button_group", "vue.liste").set_value("dedans").run()
    assert test.dataframe[0].value["Dénomination"].tolist() == ["=Sport"]
    choice = widget(test, "button_group", "vue.liste")
    assert [re.sub(r"\s", " ", one) for one in choice.options] == [
        "Dans le quartier (1)", "À moins de 300 m (1)", "Au bord (0)",
    ]  # fmt: skip
    choice.set_value("autour").run()
    assert not test.exception
    assert test.query_params["vue.liste"] in ("autour", ["autour"])
    around = test.dataframe[0].value
    assert around["Dénomination"].tolist() == ["Mutuelle"]
    assert around["Compté dans"].tolist() == ["aucun quartier"]
    assert around["Distance au bord (m)"].iloc[0] == pytest.approx(148, abs=2)
    widget(test, "button_group", "vue.liste").set_value("bord").run()
    assert not test.dataframe
    assert any("Aucun établissement" in one.value for one in test.caption)
    widget(test, "button_group", "vue.liste").set_value(None).run()
    assert "vue.liste" not in test.query_params
    assert not [one for one in test.get("selectbox") if one.key == "fiche.siret"]


def test_non_employers_are_counted_not_listed(start: Start) -> None:
    test = start("quartier=QN06702I&employeurs=tous&vue.liste=dedans")
    assert figures(test)["Établissements employeurs"] == "1"
    listed = test.dataframe[0].value["Dénomination"].tolist()
    assert listed == ["=Sport", "Coop"]
    assert any("Non employeur" in one.value for one in test.caption)
    assert "Amis" not in texts(test)


def test_why_this_siret(start: Start) -> None:
    test = start("quartier=QN06701M&vue.liste=dedans")
    box = widget(test, "selectbox", "fiche.siret")
    assert box.value is None
    box.set_value("11111111100018").run()
    assert not test.exception
    said = texts(test)
    assert "Aide 1" in said
    assert "association : de l'ESS par son statut" in said
    assert re.search(r"dedans, à \d+ m du bord", said)
    assert "Voie et numéro sûrs précision supposée : 10 m" in said
    assert test.query_params["vue.etablissement"] in ("11111111100018", ["11111111100018"])
    press(test, "etablissement.fermer")
    assert widget(test, "selectbox", "fiche.siret").value is None


def test_a_ticked_row_is_the_establishment_looked_at(atlas: Atlas, monkeypatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(tables.state, "look", lambda *, etablissement: looked.append(etablissement))
    monkeypatch.setattr(tables.st, "session_state", {"t": Ticked([1]), "n": Ticked([])})
    rows = quartier_data.shown(atlas, atlas.resolve(Selection()).mask.nonzero()[0])
    tables.pointed(atlas, rows, "t")
    tables.pointed(atlas, rows, "n")
    assert looked == ["11111111100026", ""]


def test_partial_diffusion_is_masked_in_the_list_and_on_the_card(start: Start) -> None:
    test = start("quartier=QN06701M&vue.etablissement=12121212100018")
    row = test.dataframe[0].value.set_index("Dénomination").loc["Grande"]
    assert math.isnan(row["Distance au bord (m)"])
    assert not re.search(r"Grande.*à \d+ m du bord", texts(test))


@pytest.mark.parametrize("query", ["", "region=44", "quartier=QN06701M,QN06702I", "region=11"])
def test_without_one_neighbourhood_the_page_offers_some(start: Start, query: str) -> None:
    test = start(query)
    assert not test.get("component_instance")
    box = widget(test, "selectbox", "fiche.choix")
    if query in ("region=44", "quartier=QN06701M,QN06702I"):
        assert box.options == ["Est, Strasbourg (QN06702I)", "Ouest, Strasbourg (QN06701M)"]
        box.set_value("QN06702I").run()
        assert not test.exception
        assert url(test).quartier == ("QN06702I",)
        assert "Fiche quartier : Est" in texts(test)
        press(test, "fiche.autre")
        assert url(test).quartier == ()
        assert widget(test, "selectbox", "fiche.choix").value is None


def test_the_first_ones_lead_to_their_sheet(start: Start) -> None:
    test = pick(start("region=44"), "QN06701M", "Ouest")
    assert "Fiche quartier : Ouest" in texts(test)
    assert url(test) == Selection(region=("44",), quartier=("QN06701M",))


@pytest.mark.parametrize(
    "query",
    [
        "quartier=QN06701M&secteur=sante",
        "quartier=QN06701M&rattachement=proche",
        "quartier=QN06701M&rattachement=dedans,proche,hors,non_localise&employeurs=tous",
        "quartier=QN06701M&certitude=incertain",
        "quartier=QN06701M&region=53",
        "quartier=QN98701N",
        "quartier=QP067001&generation=2015",
        "quartier=QN03501N&types=REGIE&taille=20-49&champ=insee",
    ],
)
def test_any_selection_gives_a_page(start: Start, query: str) -> None:
    test = start(query)
    assert len(bodies(test, "<h1")) == 1
    assert table(test, "Repères")[0][0] == "Ce quartier"


def test_what_sirene_does_not_cover_is_no_zero(start: Start) -> None:
    test = start("quartier=QN98701N")
    assert table(test, "Repères")[0][1] == "hors champ de Sirene"
    assert any("Hors champ" in one.value for one in test.info)
    assert not [one for one in test.get("button_group") if one.key == "vue.liste"]


def test_links_take_the_selection_along(start: Start) -> None:
    test = start("quartier=QN06701M&secteur=action-sociale")
    links = {one.proto.label: one.proto for one in test.get("page_link")}
    assert "quartier=QN06701M" in links["Ce quartier sur la carte"].query_string
    assert "secteur=action-sociale" in links["Ce quartier sur la carte"].query_string
    card = start("quartier=QN06701M", page="carte")
    assert "Ouvrir la fiche du quartier" in [one.proto.label for one in card.get("page_link")]


class Ticked:
    """What a table says of its ticked rows."""

    def __init__(self, rows: list[int]) -> None:
        self.selection = type("S", (), {"rows": rows})()


def test_a_ticked_neighbourhood_is_chosen(atlas: Atlas, monkeypatch) -> None:
    picked: list[str] = []
    monkeypatch.setattr(tables, "select", lambda atlas, code: picked.append(code))
    ticked = {"one": Ticked([1]), "none": Ticked([]), "nowhere": Ticked([2])}
    monkeypatch.setattr(tables.st, "session_state", ticked)
    for key in ticked:
        tables.chosen(atlas, ["QN06701M", "QN06702I", ""], key)
    assert picked == ["QN06702I"]


def test_hostile_names_stay_text(start: Start, tmp_path: Path) -> None:
    made = contents.tables()
    for name, column in (
        ("quartiers", "lib_qp"), ("quartiers", "lib_com"), ("quartiers", "lib_dep"),
        ("communes", "lib_commune"), ("etablissements", "denomination"),
    ):  # fmt: skip
        made[name][column] = HOSTILE
    made["etablissements"]["motif_ess"] = HOSTILE
    made["etablissements"]["annee_effectifs"] = HOSTILE
    write_folder(tmp_path / "d", made, contents.manifest())
    for query in ("", "quartier=QN06701M&vue.etablissement=11111111100018"):
        test = start(query, data=tmp_path / "d")
        for body in (one.proto.body for one in test.get("html")):
            assert "<img" not in body
            assert "${" not in body
        for one in [*test.markdown, *test.caption]:
            assert not re.search(r"(?<!\\)[<`$]|(?<!\\)\[l", one.value), one.value


@pytest.fixture(scope="session")
def real(reel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from essgeo.build import build_from_files

    out = tmp_path_factory.mktemp("reel") / "d"
    build_from_files(reel / "qpv2024.geojson", reel / "siae_2020.csv", out)
    return out


@pytest.mark.parametrize("liste", ["", "&vue.liste=dedans", "&vue.liste=autour", "&vue.liste=bord"])
def test_real_files_without_sector_band_or_population(start: Start, real: Path, liste: str) -> None:
    atlas = open_atlas(real)
    axis = atlas.newest.axes["quartier"]
    here = axis.codes[atlas.resolve(Selection()).mask]
    code = axis.values[int(pd.Series(here[here >= 0]).mode()[0])]
    test = start(f"quartier={code}{liste}", data=real)
    said = texts(test)
    assert "Pas de taux par habitant" in said
    assert "Ce qui manque ne peut pas être dit" in said
    assert int(figures(test)["Établissements"]) > 1


def test_under_secrecy_nothing_but_totals(start: Start, tmp_path: Path) -> None:
    data = secret_world.write(tmp_path / "d", secret_world.drawn(0), secret=True)
    test = start("quartier=QN06701M", data=data)
    assert not [one for one in test.get("button_group") if one.key == "vue.liste"]
    assert not test.dataframe
    assert not [one for one in test.get("selectbox") if one.key == "fiche.siret"]
    assert any("secret statistique" in one.value for one in test.info)
    atlas = open_atlas(data)
    row = totals(atlas, Selection(quartier=("QN06701M",)))
    shown = table(test, "Repères")[0][1]
    printed = row["etat"] == "ok"
    assert shown == (f"{int(row['etablissements'])}" if printed else "secret statistique")


# --- words --------------------------------------------------------------------------------------


def records(atlas: Atlas, code: str, query: str = "") -> pd.DataFrame:
    return landmarks(atlas, parse(query).selection, code)


def plain(text: str) -> str:
    return re.sub(r"\s", " ", text)


def test_a_neighbourhood_is_put_into_words(atlas: Atlas) -> None:
    said = plain(words.against(records(atlas, "QN06701M")))
    assert said.startswith(
        "Ici, 0,8 établissement pour 1 000 habitants, contre 0,7 dans les quartiers de la commune"
    )
    assert said.endswith(
        "L'écart n'est établi qu'avec toute la commune, tout le département et toute la France."
    )


def test_no_difference_is_said_as_such(atlas: Atlas) -> None:
    few = records(atlas, "QN06701M").iloc[:4]
    assert words.against(few).endswith("Ces écarts peuvent tenir au hasard.")


def test_surface_and_densities_are_put_into_words(atlas: Atlas) -> None:
    row = records(atlas, "QN06701M").iloc[0]
    # 740 m by 1,110 m.
    area, dense = words.surface(row)
    assert plain(area) == "82 ha"
    assert plain(dense) == "3,7 établissements au km², 0,0 dans la bande"
    row["superficie_km2"] = 1.26
    assert plain(words.surface(row)[0]) == "1,3 km²"
    row["etablissements_km2"] = math.nan
    assert words.surface(row)[1] == ""
    row["superficie_km2"] = math.nan
    assert words.surface(row) == ("", "")


def test_unknown_inhabitants_are_put_into_words(atlas: Atlas) -> None:
    table = records(atlas, "QN06701M")
    table.loc[0, ["etablissements_1000hab", "population"]] = math.nan
    table.loc[0, "probleme"] = "population inconnue d'au moins un quartier"
    assert plain(words.against(table)) == (
        "Pas de taux par habitant : population inconnue d'au moins un quartier."
    )


def test_the_two_readings_are_said_together_when_both_are_established() -> None:
    table = records(open_atlas(ROOT / "data"), "QS067001")
    told = {}
    for verdict in ("moins", "indecis", "plus"):
        table.loc[table.index[-1], "verdict"] = verdict
        told[verdict] = plain(words.weights(table))
    assert "Les deux sont vrais" in told["moins"]
    # A difference that chance explains is not called « rarer ».
    assert "Les deux sont vrais" not in told["indecis"] + told["plus"]
    assert all("contre 10,4 % dans toute la France" in one for one in told.values())


def test_a_weight_that_is_not_known_is_not_said(atlas: Atlas) -> None:
    assert words.weights(records(atlas, "QN06701M")) == ""


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"motif_ess": "liste ESS France", "famille": "association"}, "liste ESS France"),
        ({"motif_ess": "", "famille": "mutuelle"}, "mutuelle : de l'ESS par son statut"),
        ({"motif_ess": "", "famille": "societe-commerciale"}, "société commerciale"),
        ({"motif_ess": "", "famille": "non-classe"}, "non précisé"),
    ],
)
def test_the_reason_of_belonging(point: dict[str, str], said: str) -> None:
    assert plain(words.belonging(point)[0]) == said


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"qualite_xy": "11"}, "précision supposée : 10 m"),
        ({"qualite_xy": "11", "distance_precision": 3.0}, "précise à 3 m près, d'après la source"),
        ({"qualite_xy": "11", "distance_precision": math.nan}, "précision supposée : 10 m"),
        ({"qualite_xy": "33"}, "aucune précision"),
        ({"qualite_xy": "77"}, "précision supposée : 50 m"),
    ],
)
def test_the_precision_of_a_position(point: dict[str, Any], said: str) -> None:
    assert plain(words.position(point)[1]) == said


def test_what_is_missing_is_put_into_words() -> None:
    atlas = open_atlas(ROOT / "data")
    table = missing(atlas, "QS067002")
    said = plain(words.lacking(table))
    for name in table.loc[table["verdict"] == "plus", "libelle"]:
        assert name in said
    assert said.startswith("Plus présents qu'attendu :")
    table["verdict"] = "indecis"
    assert "peuvent tenir au hasard" in words.lacking(table)
    table.loc[0, "verdict"] = "absent_proche"
    assert plain(words.lacking(table)) == (
        f"Absents du quartier, présents à côté : {table['libelle'].iloc[0]}."
    )


def test_quality_is_put_into_words(atlas: Atlas) -> None:
    def said(query: str) -> str:
        found = reliability(atlas, parse(query).selection, flags(atlas))
        return plain(" ".join(words.quality(found, knows_employment=True)))

    text = said("quartier=QN06701M")
    assert "Établissements : 3, quelle que soit la précision de l'adresse." in text
    assert "Positions : 3 sûres, 0 probable, 0 incertaine." in text
    assert "sans maximum (10 000 et plus) : 1" in text
    assert "Effectif inconnu : 1 sur 1" in said("quartier=QN06702I")
    assert "1 incertaine" in said("quartier=QN03501N")


def test_a_sheet_leaves_as_a_workbook(atlas: Atlas) -> None:
    resolved = atlas.resolve(Selection(quartier=("QN06701M",)))
    found = quartier_data.sheet(atlas, resolved.selection, "QN06701M")
    listed = quartier_data.establishments(
        atlas,
        resolved,
        quartier_data.shown(atlas, found.inside),
        atlas.newest.joined["distance_m"].to_numpy()[found.inside],
        "",
    )
    made = quartier_data.workbook(atlas, resolved, {"Repères": found.landmarks, "Dedans": listed})
    sheets = pd.read_excel(io.BytesIO(made), sheet_name=None, engine="calamine", dtype="str")
    assert list(sheets) == ["Repères", "Dedans", "Métadonnées"]
    assert sheets["Dedans"]["SIRET"].tolist() == [
        "11111111100018", "11111111100026", "12121212100018",
    ]  # fmt: skip
    assert set(sheets["Repères"]["Nature"]) == {"officiel"}


def test_a_long_list_says_that_it_is_cut(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("essgeo.ui.quartier_lists.LIMIT", 2)
    test = start("quartier=QN06701M&vue.liste=dedans")
    assert len(test.dataframe[0].value) == 2
    assert any("Les 2 premiers" in one.value for one in test.caption)
    assert len(widget(test, "selectbox", "fiche.siret").options) == 2


@pytest.mark.parametrize(
    ("page", "told"),
    [("carte", "territoire"), ("quartier", "la sélection y ajoute un autre filtre de territoire")],
)
def test_a_neighbourhood_out_of_the_chosen_territory_is_said(
    start: Start, page: str, told: str
) -> None:
    """A permalink may hold both: Rennes is not in Strasbourg."""
    test = start("commune=67482&quartier=QN03501N", page=page)
    assert not test.exception
    said = " ".join(one.value for one in (*test.info, *test.caption, *test.markdown))
    assert told in (texts(test) if page == "quartier" else said)


def test_the_sheet_leads_to_levers(start: Start) -> None:
    test = start("quartier=QN06701M")
    assert not test.exception
    assert bodies(test, "Que peut-on faire ? Pistes à discuter")
