"""The section « Une adresse » as Streamlit runs it, and ``essgeo point``."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import open_atlas
from essgeo.cli import main
from essgeo.figures.map import read_place
from essgeo.owndata import geocoder
from essgeo.owndata.coordinates import read_list
from essgeo.owndata.places import answers, ground
from essgeo.ui.owndata import store
from essgeo.ui.owndata.adresse import ASKED, CLICKED
from essgeo.ui.owndata.reponse import MAP, downloads
from tests.small import write_small
from tests.test_geocoder import ADDRESS, collection, feature
from tests.web import Site, reply, serving

SCRIPT = Path(__file__).with_name("section_script.py")
INSIDE = "48,575000 ; 7,703000"

Start = Callable[..., AppTest]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Start:
    # The sheet is another page of the app: this script has only one.
    monkeypatch.setattr("essgeo.ui.owndata.reponse.link", lambda *_, **__: None)

    def run(way: str = "coordonnees", data: Path | None = None) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        test.query_params["vue.section"] = "adresse"
        test.query_params["vue.par"] = way
        test.run()
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as running:
        monkeypatch.setenv(geocoder.SITE, running.address)
        yield running


def said(test: AppTest) -> str:
    """Return all that the page says, without marks of Markdown and HTML."""
    bodies = [re.sub(r"<[^>]+>", " ", one.proto.body) for one in test.get("html")]
    kinds = ("markdown", "caption", "warning", "error", "info")
    bodies += [one.value for kind in kinds for one in getattr(test, kind)]
    text = html.unescape(" ".join(bodies)).replace("\\", "")
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def sent(test: AppTest) -> str:
    content: dict[str, str] = json.loads(test.get("component_instance")[0].proto.json_args)
    return content["feature_group"]


def field(test: AppTest, kind: str, key: str) -> Any:
    return next(one for one in test.get(kind) if one.key == key)


def test_coordinates_are_answered_and_shown(start: Start) -> None:
    test = start()
    assert not test.get("component_instance")
    field(test, "text_input", "adresse.coordonnees").set_value(INSIDE).run()
    assert not test.exception
    assert "Contours 2024 : Oui, dans le quartier Ouest, Strasbourg (QN06701M), à 221 m" in said(
        test
    )
    assert "Contours 2015 : Oui, dans le quartier Ouest, Strasbourg (QP067001)" in said(test)
    assert "Sûr : position connue à 10 m près" in said(test)
    assert "n'a pas de valeur officielle" in said(test)
    assert '"lon":[7.703]' in sent(test)
    assert '"pick"' not in sent(test)
    # What was typed is in no address of the page.
    assert set(test.query_params) <= {"vue.section", "vue.par"}


def test_a_doubt_waits_for_an_answer(start: Start) -> None:
    test = start()
    field(test, "text_input", "adresse.coordonnees").set_value("7,703000 ; 48,575000").run()
    assert "une fois longitude et latitude échangées" in said(test)
    assert not test.get("component_instance")
    field(test, "radio", "adresse.proposition").set_value("inverse").run()
    assert "QN06701M" in said(test)


def test_what_is_no_position_says_so(start: Start) -> None:
    test = start()
    field(test, "text_input", "adresse.coordonnees").set_value("<b>ici</b> :red[x]").run()
    assert "Deux nombres sont attendus" in said(test)


def test_a_pasted_list(start: Start) -> None:
    test = start("liste")
    text = "Ici ; 48,575000 ; 7,703000\n7,725000 ; 48,575000\nrien\n=1+1;48,575000;7,732000"
    field(test, "text_area", "adresse.liste").set_value(text).run()
    assert not test.exception
    assert "Sur 4 lignes : 1 dedans, 1 tout près, 0 ailleurs, 2 sans position lue" in said(test)
    table = test.dataframe[0].value
    assert table["Ligne"].tolist() == [1, 2, 3, 4]
    assert table["Réponse"].iloc[0] == "Oui"
    assert table["Réponse"].iloc[2].startswith("Sans position")
    field(test, "radio", "adresse.propositions").set_value("inverse").run()
    assert "2 dedans, 1 tout près" in said(test)
    assert '"names":["Ici",' in sent(test)


def test_a_click_chooses_a_place(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    test = start("carte")
    assert "Approchez, puis cliquez" in said(test)
    assert '"pick":true' in sent(test)
    # AppTest runs no JavaScript: what the map would say of a click is put in its place.
    click = {"clic": 12, "lon": 7.703, "lat": 48.575, "pixel": 5.0}
    monkeypatch.setattr(
        "essgeo.ui.owndata.adresse.read_place",
        lambda _: read_place({"last_active_drawing": {"properties": click}}),
    )
    test.run()
    assert "QN06701M" in said(test)
    assert "position connue à 20 m près" in said(test)
    click |= {"clic": 13, "lon": 30.0}
    test.run()
    assert "hors de tout territoire français" in said(test)
    assert "QN06701M" not in said(test)


@pytest.mark.parametrize(
    "properties",
    [
        {}, {"clic": 1}, {"clic": 1, "lon": "7", "lat": 48, "pixel": 1},
        {"clic": 1, "lon": float("nan"), "lat": 48, "pixel": 1},
        {"clic": 1, "lon": 7, "lat": 91, "pixel": 1}, {"clic": 1, "lon": 7, "lat": 48, "pixel": 0},
        {"clic": -1, "lon": 7, "lat": 48, "pixel": 1},
        {"clic": 1, "lon": True, "lat": 48, "pixel": 1},
    ],
)  # fmt: skip
def test_a_click_from_a_browser_is_believed_when_it_makes_sense(properties: Any) -> None:
    assert read_place({"last_active_drawing": {"properties": properties}}) is None
    assert read_place({"last_active_drawing": properties}) is None
    assert read_place(None) is None


def test_simulated_outlines_are_worth_nothing(start: Start, tmp_path: Path) -> None:
    test = start(data=write_small(tmp_path / "simule", nature="simulation"))
    field(test, "text_input", "adresse.coordonnees").set_value(INSIDE).run()
    assert "ne vaut rien dans la réalité" in said(test)


# --- the geocoder -------------------------------------------------------------------------------


def test_nothing_leaves_before_it_is_allowed(start: Start, site: Site) -> None:
    test = start("adresse")
    assert "127.0.0.1" in said(test)
    assert field(test, "text_input", "adresse.texte").disabled
    assert next(one for one in test.button if one.label == "Chercher").disabled
    field(test, "checkbox", "adresse.autorise").check().run()
    field(test, "text_input", "adresse.texte").set_value(ADDRESS).run()
    assert not site.asked


def ask(test: AppTest) -> None:
    field(test, "checkbox", "adresse.autorise").check().run()
    field(test, "text_input", "adresse.texte").set_value(ADDRESS)
    next(one for one in test.button if one.label == "Chercher").click().run()
    assert not test.exception


def test_an_address_is_asked_once_and_answered(start: Start, site: Site) -> None:
    site.on("/search", reply(collection(feature("12 Rue du Secret 67000 Strasbourg"))))
    test = start("adresse")
    ask(test)
    assert len(site.asked) == 1
    assert "Oui, dans le quartier Ouest" in said(test)
    test.run()
    assert len(site.asked) == 1
    field(test, "checkbox", "adresse.autorise").uncheck().run()
    assert "Oui, dans" not in said(test)
    assert ASKED not in test.session_state["essgeo.mes_donnees"].made


def test_several_addresses_are_asked_about(start: Start, site: Site) -> None:
    hostile = feature("<img src=x onerror=alert(1)> :red[x]", where=[7.725, 48.575])
    site.on("/search", reply(collection(feature("12 Rue A"), hostile)))
    test = start("adresse")
    ask(test)
    assert "Oui, dans" not in said(test)
    choice = field(test, "radio", "adresse.laquelle")
    assert choice.value is None
    assert "\\<img" in choice.options[1]
    choice.set_value(1).run()
    assert "Oui, dans le quartier Est" in said(test)
    assert "<img" not in sent(test)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(collection()), "Aucune adresse trouvée"),
        (reply(status=429), "trop de demandes"),
        (reply(status=500), "en panne"),
        (reply(b"<html>"), "pas celle du géocodeur"),
    ],
)
def test_a_failure_is_said(start: Start, site: Site, answer: Any, words: str) -> None:
    site.on("/search", answer)
    test = start("adresse")
    ask(test)
    assert words in said(test)


def test_what_is_given_can_be_forgotten() -> None:
    own = store.OwnData(made={CLICKED: 1, ASKED: 2, "liste.examen": 3})
    own.forget("adresse")
    assert own.made == {"liste.examen": 3}
    assert MAP.startswith("adresse.")


# --- from the command line ----------------------------------------------------------------------


def point(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["point", *arguments])
    done = capsys.readouterr()
    return code, done.out.replace("\u00a0", " "), done.err


def test_a_point_in_each_way(
    capsys: pytest.CaptureFixture[str], small: Path, tmp_path: Path
) -> None:
    data = ["--data", str(small)]
    code, out, err = point(capsys, *data, "--lon", "7.703000", "--lat", "48.575000")
    assert code == 0
    assert "contours 2024 : Oui, dans le quartier Ouest, Strasbourg (QN06701M), à 221 m" in out
    assert "valeur officielle" in err
    code, out, _ = point(capsys, *data, "--coordonnees", INSIDE, "--format", "json")
    (row,) = json.loads(out)
    assert (row["rattachement"], row["code_qp"], row["certitude"]) == ("dedans", "QN06701M", "sur")
    assert row["code_qp_2015"] == "QP067001"
    pasted = tmp_path / "points.txt"
    pasted.write_text(f"{INSIDE}\n=1+1 ; rien\n", encoding="utf-8")
    code, out, _ = point(capsys, *data, "--fichier", str(pasted), "--format", "csv")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("ligne,texte,nom,latitude,longitude,precision_m,code_qp")
    assert "'=1+1" in lines[2]
    assert "non_localise" in lines[2]


def test_own_zones_are_one_more_answer(
    capsys: pytest.CaptureFixture[str], small: Path, tmp_path: Path
) -> None:
    ring = [[7.70, 48.57], [7.704, 48.57], [7.704, 48.58], [7.70, 48.58], [7.70, 48.57]]
    zone = {"type": "Feature", "properties": {"nom": "Vécu"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}), encoding="utf-8")
    code, out, _ = point(
        capsys, "--data", str(small), "--coordonnees", INSIDE, "--zones", str(path)
    )
    assert code == 0
    assert [line.split(" : ")[1] for line in out.splitlines()] == [
        "contours 2024", "contours 2015", "vos zones",
    ]  # fmt: skip
    assert "Oui, dans la zone Vécu" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said_"),
    [
        ([], 2, "donnez --lon et --lat"),
        (["--lon", "7"], 2, "vont ensemble"),
        (["--coordonnees", "x", "--adresse", "y"], 2, "donnez --lon et --lat"),
        (["--adresse", "12 rue du Port"], 2, "ajoutez --geocodeur"),
        (["--coordonnees", "x", "--geocodeur"], 2, "vont avec --adresse"),
        (["--coordonnees", "7,703 ; 48,575"], 1, "vouliez-vous dire longitude et latitude inv"),
        (["--coordonnees", "1050000 ; 6840000"], 1, "Lambert-93 (EPSG:2154)"),
        (["--coordonnees", "ici"], 1, "deux nombres sont attendus"),
        (["--fichier", "/nulle/part"], 1, "illisible"),
    ],
)
def test_a_wrong_call_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said_: str
) -> None:
    found, out, err = point(capsys, *arguments)
    assert found == code
    assert out == ""
    assert err.splitlines()[-1].startswith("erreur : ")
    assert said_ in err.splitlines()[-1].replace("\u00a0", " ")


def test_a_file_without_any_position(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for content, words in (
        (b"", "est vide"), (b"a\nb", "ligne 1"), (b"a\0b", "un texte"),
        (b"48.5 7.7\n" * 2005, "5 lignes de trop"),
    ):  # fmt: skip
        (tmp_path / "f.txt").write_bytes(content)
        code, _, err = point(capsys, "--fichier", str(tmp_path / "f.txt"))
        assert code == 1
        assert words in err


def test_an_address_from_the_command_line(
    capsys: pytest.CaptureFixture[str], small: Path, site: Site
) -> None:
    both = collection(feature("12 Rue A"), feature("12 Rue B", where=[7.725, 48.575]))
    site.on("/search", reply(both))
    asked = ["--data", str(small), "--adresse", ADDRESS, "--geocodeur"]
    code, out, err = point(capsys, *asked)
    assert (code, out) == (1, "")
    assert "2. 12 Rue B (numéro dans la voie)" in err
    assert "--choix" in err.splitlines()[-1]
    code, out, _ = point(capsys, *asked, "--choix", "2")
    assert code == 0
    assert "12 Rue B : contours 2024 : Oui, dans le quartier Est" in out
    assert point(capsys, *asked, "--choix", "3")[0] == 1


# --- files --------------------------------------------------------------------------------------


def test_answers_are_taken_away(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    atlas = open_atlas(small)
    lines = read_list(f"=1+1 ; {INSIDE}\nrien")
    grounds = {name: ground(atlas, name) for name in atlas.generations}
    found = answers([line.place for line in lines if line.place], grounds)
    offered: dict[str, tuple[str, Callable[[], bytes]]] = {}

    def button(label: str, *, data: Callable[[], bytes], file_name: str, **_: Any) -> None:
        offered[label] = (file_name, data)

    monkeypatch.setattr("essgeo.ui.owndata.fichiers.st.download_button", button)
    downloads(atlas, lines, found)
    name, make = offered["CSV pour Excel"]
    assert name == "essgeo_mes-donnees_points_france_2024.zip"
    packed = zipfile.ZipFile(io.BytesIO(make()))
    content = packed.read("essgeo_mes-donnees_points_france_2024.csv").decode("utf-8-sig")
    assert "'=1+1 ; 48,575000 ; 7,703000" in content
    assert "QN06701M" in content
    book = openpyxl.load_workbook(io.BytesIO(offered["XLSX"][1]()))
    assert book["Table"].max_row == 3
    assert "valeur officielle" in str([cell.value for cell in book["Métadonnées"]["B"]])
