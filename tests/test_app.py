"""The app as Streamlit runs it, without a browser: pages, filters, URL, figures."""

from __future__ import annotations

import html
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import open_atlas
from essgeo.cli import main
from essgeo.exports.bundle import establishments_csv
from essgeo.indicators import totals
from essgeo.selection import KEYS, Selection, parse
from essgeo.text import number
from essgeo.ui.pages import PAGES
from essgeo.words.figures import rounded
from tests.small import manifest, tables, write_small

SCRIPT = Path(__file__).with_name("app_script.py")

Start = Callable[..., AppTest]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Start:
    def run(query: str = "", *, data: Path | None = None, page: str = "") -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in parse_qsl(query, keep_blank_values=True):
            test.query_params[key] = value
        test.run()
        if page:
            go(test, page)
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def go(test: AppTest, page: str) -> AppTest:
    """Go to a page as a visitor does: Streamlit empties the URL on the way."""
    test.query_params.clear()
    return test.switch_page(f"../pages/{page}.py").run()


def texts(test: AppTest) -> str:
    """Return what the page says in its own HTML blocks, tags taken away."""
    bodies = [one.proto.body for one in test.get("html")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", " ".join(bodies))).split())


def figures(test: AppTest) -> dict[str, str]:
    """Return the key figures, title -> figure."""
    body = next(
        one.proto.body for one in test.get("html") if "essgeo-chiffres" in one.proto.body
        and "<style>" not in one.proto.body
    )  # fmt: skip
    found = re.findall(r"<dt>(.*?)</dt><dd class='valeur'>(.*?)</dd>", body)
    return {
        html.unescape(name).replace("\u202f", " "): html.unescape(value).replace("\u202f", "")
        for name, value in found
    }


def map_sent(test: AppTest) -> dict[str, str]:
    """Return what is sent to the map."""
    component = test.get("component_instance")[0].proto
    content: dict[str, str] = json.loads(component.json_args)
    return content


def widget(test: AppTest, kind: str, key: str):
    return next(one for one in test.get(kind) if one.key == f"filtre.{key}")


def url(test: AppTest) -> Selection:
    pairs = [(key, one) for key, value in test.query_params.items()
             for one in ([value] if isinstance(value, str) else value)]  # fmt: skip
    return parse(pairs).selection


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [info.stem for info in PAGES])
def test_every_page_shows_its_title_and_the_sidebar(start: Start, page: str):
    test = start(page="" if page == PAGES[0].stem else page)
    bodies = [one.proto.body for one in test.get("html")]
    assert sum("<h1" in body for body in bodies) == 1
    assert widget(test, "multiselect", "region").options


@pytest.mark.parametrize("page", [info.stem for info in PAGES])
def test_every_page_file_starts_with_the_guard(page: str):
    source = next(info.path for info in PAGES if info.stem == page).read_text(encoding="utf-8")
    statements = [
        line for line in source.splitlines() if line and not line.startswith(("import", "from"))
    ]
    assert statements[0] == "guard()"


def test_every_page_file_is_in_the_navigation():
    folder = PAGES[0].path.parent
    assert {path.stem for path in folder.glob("*.py")} == {info.stem for info in PAGES}


@pytest.mark.parametrize("page", [info.stem for info in PAGES])
@pytest.mark.parametrize(
    ("nature", "said"), [("simulation", True), ("mixte", True), ("officiel", False)]
)
def test_simulated_data_is_said_on_every_page(
    start: Start, tmp_path: Path, page: str, nature: str, said: bool
):
    data = write_small(tmp_path / "d", nature=nature)
    test = start(data=data, page="" if page == PAGES[0].stem else page)
    assert ("SIMULÉES" in texts(test)) is said


def test_simulated_data_is_in_file_names_and_columns(start: Start, tmp_path: Path):
    atlas = open_atlas(write_small(tmp_path / "d", nature="simulation"))
    test = start("vue.table=quartiers", data=atlas.folder.path)
    assert set(test.dataframe[0].value["Nature"]) == {"simulation"}
    sent = establishments_csv(atlas, Selection()).decode()
    assert set(pd.read_csv(io.StringIO(sent), dtype="str")["nature"]) == {"simulation"}


def test_published_figures_need_no_data(start: Start, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("ESSGEO_DATA", str(tmp_path / "nulle-part"))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    go(test, "chiffres")
    assert not test.exception
    assert "10 808" in texts(test)


def test_method_accounts_for_every_establishment(start: Start, small: Path):
    said = texts(start(page="methode"))
    atlas = open_atlas(small)
    for generation in atlas.generations.values():
        counts = generation.joined["rattachement"].value_counts()
        kinds = ("dedans", "proche", "hors", "non_localise")
        row = [len(atlas), *(int(counts.get(kind, 0)) for kind in kinds)]
        assert row[0] == sum(row[1:])
        assert f"{generation.name} {' '.join(map(str, row))}" in said


# --- data at fault ------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["absent", "sans-manifeste", "manifeste-illisible", "table"])
def test_a_fault_in_the_data_is_one_line_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
):
    folder = tmp_path / "d_[x](y)"
    if fault != "absent":
        write_small(folder)
    if fault == "sans-manifeste":
        (folder / "manifest.json").unlink()
    if fault == "manifeste-illisible":
        (folder / "manifest.json").write_text("{", encoding="utf-8")
    if fault == "table":
        (folder / "qpv.geojson").unlink()
    monkeypatch.setenv("ESSGEO_DATA", str(folder))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    assert not test.exception
    assert len(test.error) == 1
    assert "\n" not in test.error[0].value
    assert not test.get("component_instance")


def test_a_folder_that_changes_is_read_again(start: Start, tmp_path: Path):
    data = write_small(tmp_path / "d")
    test = start(data=data)
    before = figures(test)["Établissements employeurs"]
    table = tables()["etablissements"]
    table.iloc[:1].to_csv(data / "etablissements.csv", index=False)
    test.run()
    assert before != figures(test)["Établissements employeurs"] == "1"


# --- one selection, the same figures ------------------------------------------------------------

#: A selection for each key of the contract, and some together.
QUERIES = [
    "",
    "region=44",
    "region=44,53",
    "departement=67",
    "epci=243500139",
    "commune=67482",
    "quartier=QN06701M",
    "quartier=QN06701M,QN06702I",
    "secteur=action-sociale",
    "famille=association,mutuelle",
    "taille=1-2,10-19",
    "types=ACI",
    "types=REGIE",
    "employeurs=tous",
    "champ=insee",
    "generation=2015",
    "rattachement=dedans,proche",
    "rattachement=hors",
    "rattachement=dedans,proche,hors,non_localise&employeurs=tous",
    "certitude=sur,probable,incertain",
    "certitude=incertain",
    "reference=commune",
    "region=44&secteur=sports-loisirs&employeurs=tous&rattachement=dedans,proche",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_url_gives_the_same_selection_widgets_and_figures_everywhere(
    start: Start, small: Path, query: str
):
    wanted = parse(query).selection
    test = start(query)
    assert not test.warning
    assert url(test) == wanted
    if "filtre.champ" not in {one.key for one in test.get("selectbox")}:
        with_more_filters(test)
    same_widgets(test, wanted)
    # The page, the summary and the export say the same.
    atlas = open_atlas(small)
    row = totals(atlas, wanted)
    table = pd.read_csv(
        io.BytesIO(establishments_csv(atlas, wanted)), dtype="str", keep_default_na=False
    )
    shown = figures(test)
    assert int(shown["Établissements employeurs"]) == row["employeurs"]
    assert row["etablissements"] == len(table)
    if not math.isnan(row["effectif_min"]):
        assert pd.to_numeric(table["effectif_min"]).sum() == row["effectif_min"]
    concerned = table.loc[table["code_qp"] != "", "code_qp"].nunique()
    assert int(shown["Quartiers concernés"]) == concerned


def same_widgets(test: AppTest, wanted: Selection) -> None:
    """Check that each widget shows what the selection holds."""
    seen = 0
    for key in KEYS:
        for kind in ("multiselect", "selectbox"):
            for one in test.get(kind):
                if one.key == f"filtre.{key}":
                    value = one.value.split(",") if isinstance(one.value, str) else one.value
                    assert tuple(value) == wanted.get(key), key
                    seen += 1
    assert seen >= 11


def test_the_table_of_neighbourhoods_sums_to_the_figures(start: Start, small: Path):
    query = "employeurs=tous&rattachement=dedans,proche,hors"
    test = start(f"{query}&vue.table=quartiers")
    table = test.dataframe[0].value
    row = totals(open_atlas(small), parse(query).selection)
    assert table["Établissements"].sum() == row["etablissements"]
    assert table["Emplois (minimum)"].sum() == row["effectif_min"]
    inside = (table["Établissements"] > 0) & (table["Code"] != "")
    assert int(figures(test)["Quartiers concernés"]) == inside.sum()


def test_out_of_field_is_not_zero(start: Start):
    table = start("vue.table=quartiers").dataframe[0].value.set_index("Code")
    assert table.loc["QN98701N", "État"] == "hors champ de Sirene"
    assert pd.isna(table.loc["QN98701N", "Établissements"])


def test_an_empty_selection_is_a_sentence(start: Start):
    test = start("secteur=arts-spectacles")
    assert "Aucun établissement ne correspond" in texts(test)
    assert figures(test)["Établissements employeurs"] == "0"


# --- filters ------------------------------------------------------------------------------------


def with_more_filters(test: AppTest) -> AppTest:
    """Open « Plus de filtres », whose content is drawn once it is open."""
    keys = {one.key for kind in ("multiselect", "selectbox") for one in test.get(kind)}
    assert not {"filtre.certitude", "filtre.champ"} & keys
    test.session_state["filtre.plus"] = True
    return test.run()


def test_a_filter_that_is_chosen_is_drawn_wherever_it_is_kept(start: Start):
    test = start("champ=insee")
    assert widget(test, "selectbox", "champ").value == "insee"
    assert widget(test, "multiselect", "certitude").value == ["sur", "probable"]


CHANGES = [
    ("region", ["53"]),
    ("departement", ["67"]),
    ("epci", ["246700488"]),
    ("commune", ["35238"]),
    ("quartier", ["QN06701M", "QN06702I"]),
    ("secteur", ["action-sociale"]),
    ("famille", ["cooperative"]),
    ("taille", ["1-2", "10-19"]),
    ("types", ["ACI"]),
    ("certitude", ["incertain"]),
]


@pytest.mark.parametrize(("key", "values"), CHANGES)
def test_a_filter_changes_url_figures_and_map(start: Start, small: Path, key: str, values: list):
    everyone = Selection(employeurs=("tous",))
    test = with_more_filters(start(everyone.query()))
    before = map_sent(test)
    widget(test, "multiselect", key).set_value(values).run()
    assert not test.exception
    wanted = everyone.with_(**{key: values})
    assert url(test).get(key) == tuple(sorted(values))
    assert (
        int(figures(test)["Établissements employeurs"])
        == (totals(open_atlas(small), wanted)["employeurs"])
    )
    after = map_sent(test)
    assert after["feature_group"] != before["feature_group"]
    # The component is the same one: another key would make the frame anew.
    assert (after["script"], after["id"]) == (before["script"], before["id"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("employeurs", "tous"),
        ("rattachement", "dedans,proche"),
        ("champ", "insee"),
        ("generation", "2015"),
    ],
)
def test_a_choice_changes_url_and_comes_back(start: Start, key: str, value: str):
    test = with_more_filters(start())
    kind = "button_group" if key == "generation" else "selectbox"
    box = widget(test, kind, key)
    default = box.value
    box.set_value(value).run()
    assert not test.exception
    assert url(test).get(key) == tuple(value.split(","))
    widget(test, kind, key).set_value(default).run()
    assert url(test) == Selection()


def test_filters_narrow_each_other_and_say_counts(start: Start):
    test = start("region=44")
    options = widget(test, "multiselect", "departement").options
    assert [one.split("\u00a0")[0] for one in options] == ["Bas-Rhin"]
    # A larger territory can still be changed.
    assert len(widget(test, "multiselect", "region").options) == 2
    assert "Action sociale\u00a0(3)" in widget(test, "multiselect", "secteur").options


def test_a_choice_without_establishment_is_hidden_unless_chosen(start: Start):
    hidden = widget(start(), "multiselect", "secteur").options
    assert not any(one.startswith("Arts et spectacles") for one in hidden)
    chosen = widget(start("secteur=arts-spectacles"), "multiselect", "secteur")
    assert "Arts et spectacles\u00a0(0)" in chosen.options


def test_changing_the_region_lets_go_of_what_lies_elsewhere_and_says_so(start: Start):
    test = start("region=44&departement=67&quartier=QN06701M")
    widget(test, "multiselect", "region").set_value(["53"]).run()
    assert url(test) == Selection(region=("53",))
    assert "Bas" in test.warning[0].value
    widget(test, "multiselect", "secteur").set_value(["action-sociale"]).run()
    assert not test.warning


def test_unknown_keys_and_values_are_named_and_ignored(start: Start):
    test = start("couleur=rouge&region=44,99&secteur=zzz&employeurs=peut-etre")
    said = test.warning[0].value
    for name in ("couleur", "99", "zzz", "peut"):
        assert name in said
    assert url(test) == Selection(region=("44",))


def test_repeated_keys_are_read(start: Start, monkeypatch, small: Path):
    monkeypatch.setenv("ESSGEO_DATA", str(small))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.query_params["region"] = ["44", "53"]
    test.run()
    assert url(test) == Selection(region=("44", "53"))
    assert test.query_params["region"] in ("44,53", ["44,53"])


def test_reset_forgets_the_selection_and_keeps_the_view(start: Start):
    test = start("region=44&secteur=action-sociale&vue.table=quartiers")
    next(one for one in test.button if one.key == "filtre.reinitialiser").click().run()
    assert dict(test.query_params) in (
        {"vue.table": "quartiers"},
        {"vue.table": ["quartiers"]},
    )


def test_the_selection_survives_a_change_of_page(start: Start):
    test = start("region=44&secteur=action-sociale&vue.indicateur=emplois&vue.autre=7")
    go(test, "methode")
    assert url(test) == Selection(region=("44",), secteur=("action-sociale",))
    go(test, "carte")
    assert url(test) == Selection(region=("44",), secteur=("action-sociale",))
    assert "vue.autre" in test.query_params
    assert widget(test, "multiselect", "region").value == ["44"]


# --- search, cards, map -------------------------------------------------------------------------


def find(test: AppTest, text: str) -> list[str]:
    test.text_input[0].set_value(text).run()
    assert not test.exception
    return [one.label for one in test.button if str(one.key).startswith("resultat.")]


def press(test: AppTest, key: str) -> AppTest:
    next(one for one in test.button if one.key == key).click().run()
    assert not test.exception
    return test


def pick(test: AppTest, value: str, reads: str) -> AppTest:
    """Pick the first neighbourhood of the list beside the map, known by its code and its name."""
    pills = next(one for one in test.get("button_group") if one.key == "carte.premiers")
    assert reads in pills.options[0]
    pills.set_value(value).run()
    assert not test.exception
    return test


def test_search_leads_to_a_neighbourhood_and_never_filters(start: Start):
    test = start("secteur=action-sociale")
    before = figures(test)
    assert find(test, "ouest") == ["Ouest, Strasbourg"]
    assert figures(test) == before
    press(test, "resultat.0")
    assert url(test) == Selection(secteur=("action-sociale",), quartier=("QN06701M",))
    assert test.text_input[0].value == ""


def test_search_leads_to_a_commune_whatever_accents_and_case(start: Start):
    test = start("region=44")
    find(test, "RÉNNES")
    press(test, "resultat.0")
    assert url(test) == Selection(commune=("35238",))


def test_search_shows_an_establishment_by_name_or_siret(start: Start):
    test = start()
    before = figures(test)
    for text in ("aide 2", "111 111 111 00026"):
        assert len(find(test, text)) == 1
        press(test, "resultat.0")
        assert test.query_params["vue.etablissement"] in ("11111111100026", ["11111111100026"])
        assert "11111111100026" in texts(test)
        assert figures(test) == before
        press(test, "etablissement.fermer")
        assert "vue.etablissement" not in test.query_params


def test_a_search_without_result_says_so(start: Start):
    test = start()
    assert find(test, "introuvable") == []
    assert any("Rien de ce nom" in one.value for one in test.caption)


def test_a_neighbourhood_is_chosen_from_the_list_and_left(start: Start):
    test = start("region=44")
    pick(test, "QN06701M", "Ouest")
    assert url(test).quartier == ("QN06701M",)
    assert "À moins de 300 m" in texts(test)
    press(test, "carte.revenir")
    assert url(test) == Selection(region=("44",))


def test_the_indicator_and_the_background_change_the_map_only(start: Start):
    test = start()
    before = figures(test), map_sent(test)
    for kind, key, value in (
        ("button_group", "vue.indicateur", "emplois"),
        ("selectbox", "vue.fond", "ign"),
    ):
        next(one for one in test.get(kind) if one.key == key).set_value(value).run()
        assert not test.exception
        assert value in str(test.query_params[key])
    assert figures(test) == before[0]
    assert map_sent(test)["script"] == before[1]["script"]
    assert "data.geopf.fr" in map_sent(test)["feature_group"]
    assert "data.geopf.fr" not in before[1]["feature_group"]


@pytest.mark.parametrize("table", ["quartiers", "etablissements"])
def test_a_table_is_sent_only_when_it_is_open(start: Start, table: str):
    test = start()
    assert not test.dataframe
    next(one for one in test.get("button_group") if one.key == "tableaux").set_value(table).run()
    assert len(test.dataframe) == 1
    assert table in str(test.query_params["vue.table"])


# --- hostile names ------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)} [l](javascript:x) `c` $x$ :red[r] **g**"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    from essgeo.datafolder import write_folder

    content = tables()
    content["quartiers"]["lib_qp"] = HOSTILE
    content["quartiers"]["lib_com"] = HOSTILE
    content["quartiers"]["lib_reg"] = HOSTILE
    content["communes"]["lib_commune"] = HOSTILE
    content["etablissements"]["denomination"] = HOSTILE
    write_folder(tmp_path / "d", content, manifest())
    return tmp_path / "d"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "region=44",
        "quartier=QN06701M",
        "vue.etablissement=11111111100018",
        "quartier=<b>&x=<i>",
    ],
)
def test_hostile_names_stay_text(start: Start, hostile: Path, query: str):
    test = start(query, data=hostile)
    find(test, "img")
    for body in (one.proto.body for one in test.get("html")):
        assert "<img" not in body
        assert "${" not in body
    for label in [one.label for one in test.button] + [one.value for one in test.warning]:
        assert not re.search(r"(?<!\\)[<\[`$]", label), label
    assert "<img" not in map_sent(test)["feature_group"]


# --- real files ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real(reel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder without sector, band nor population."""
    from essgeo.build import build_from_files

    out = tmp_path_factory.mktemp("reel") / "d"
    build_from_files(reel / "qpv2024.geojson", reel / "siae_2020.csv", out)
    return out


@pytest.mark.parametrize(
    "query", ["", "region=44&vue.table=quartiers", "types=ACI&vue.table=etablissements",
              "vue.indicateur=taux", "quartier=QN06701M"]
)  # fmt: skip
def test_real_files_without_sector_band_or_population(start: Start, real: Path, query: str):
    test = start(query, data=real)
    shown = figures(test)
    assert shown["Pour 1 000 habitants"].replace("\u00a0", " ") == "n. d."
    assert int(shown["Établissements"]) > 0 or "quartier" in query


@pytest.mark.parametrize("page", [info.stem for info in PAGES if info.stem != "carte"])
@pytest.mark.parametrize("query", ["", "region=44", "quartier=QN06701M"])
def test_every_page_on_real_files(start: Start, real: Path, page: str, query: str):
    test = start(query, data=real, page=page)
    assert not test.error
    assert "<h1" in " ".join(one.proto.body for one in test.get("html"))


@pytest.mark.parametrize("query", ["", "region=44", "quartier=QN06701M"])
@pytest.mark.parametrize("page", ["", "secteurs", "territoires", "quartier"])
def test_key_figures_of_every_page_are_those_of_summary(
    start: Start, small: Path, capsys: pytest.CaptureFixture[str], page: str, query: str
):
    test = start(query, page=page)
    shown = {name: value.replace("\u00a0", " ") for name, value in figures(test).items()}

    def written(value: float | None, digits: int = 0) -> str:
        return "n. d." if value is None else number(value, digits).replace("\u202f", "")

    command = ["summary", "--data", str(small), "--select", query, "--format", "json"]
    assert main(command) == 0
    (row,) = json.loads(capsys.readouterr().out)
    jobs = row["effectif_estime"]
    assert shown["Établissements employeurs"] == written(row["employeurs"])
    assert shown["Emplois situés là"] == written(jobs if jobs is None else rounded(jobs))
    assert shown["Pour 1 000 habitants"] == written(row["etablissements_1000hab"], 1)
