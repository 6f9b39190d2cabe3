"""The kit of a seminar, the described package, the map that opens alone."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package

from essgeo.atlas import Atlas, open_atlas
from essgeo.cli import main
from essgeo.datafolder import write_folder
from essgeo.exports.html import story_html
from essgeo.exports.kit import kit_bytes
from essgeo.exports.package import dictionary, package_files
from essgeo.indicators import summary
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT
from essgeo.story import note
from tests.secret_world import drawn, write
from tests.small import manifest, tables, write_small

MADE = date(2026, 3, 1)

HOSTILE = '</script><script>window.pris=1</script><img src=x onerror="window.pris=1">${1}'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees"))


@pytest.fixture(scope="module")
def kit(small: Atlas) -> zipfile.ZipFile:
    content, _ = kit_bytes(small, parse("quartier=QN06701M").selection, made=MADE)
    return zipfile.ZipFile(io.BytesIO(content))


def suffixes(archive: zipfile.ZipFile) -> set[str]:
    return {name.rpartition(".")[2] for name in archive.namelist()}


def test_a_kit_holds_every_format_and_its_own_description(kit: zipfile.ZipFile):
    assert {"csv", "xlsx", "gpkg", "geojson", "parquet", "png", "svg", "pdf", "docx", "pptx",
            "html", "txt", "json"} <= suffixes(kit)  # fmt: skip
    assert any("/essgeo_fiche_" in name for name in kit.namelist())
    said = kit.read("LISEZMOI.txt").decode()
    assert "Sources :" in said
    assert "Licence Ouverte" in said


def test_the_kit_sums_to_summary(small: Atlas, kit: zipfile.ZipFile):
    name = next(
        one
        for one in kit.namelist()
        if re.search(r"etablissements_[^/]*\.csv$", one) and "excel" not in one
    )
    table = pd.read_csv(io.BytesIO(kit.read(name)), dtype="str")
    count = int(summary(small, parse("quartier=QN06701M").selection)["etablissements"].iloc[0])
    assert len(table) == count == 3


def test_a_kit_says_how_far_it_is(small: Atlas):
    seen: list[tuple[str, int, int]] = []
    kit_bytes(small, Selection(), made=MADE, progress=lambda *step: seen.append(step))
    assert [rank for _, rank, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for *_, total in seen} == {len(seen)}


def test_files_of_simulated_data_say_so_in_their_names(tmp_path: Path):
    atlas = open_atlas(write_small(tmp_path / "simule", nature="simulation"))
    content, _ = kit_bytes(atlas, Selection(), made=MADE)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    own = [name for name in names if "/essgeo" in name]
    assert own
    assert all("/essgeo_SIMULE_" in name for name in own)
    assert "n'existent" in zipfile.ZipFile(io.BytesIO(content)).read("LISEZMOI.txt").decode()


def test_a_kit_of_a_source_under_secrecy_lists_nobody(tmp_path: Path):
    points = drawn(3)
    names = [f"Structure{place}" for place in range(len(points))]
    atlas = open_atlas(write(tmp_path / "s", points.assign(denomination=names), secret=True))
    content, _ = kit_bytes(atlas, Selection(), made=MADE)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert not [name for name in archive.namelist() if "etablissements" in name]
    for name in archive.namelist():
        if name.endswith((".csv", ".html", ".json", ".svg", ".txt")):
            assert not re.search(r"Structure\d", archive.read(name).decode("utf-8-sig")), name


def test_the_command_writes_the_archive_whole(
    small: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "kit.zip"
    data = str(small.folder.path)
    assert main(["kit", "--data", data, "--select", "region=44", "--out", str(out)]) == 0
    assert zipfile.ZipFile(out).testzip() is None
    said = capsys.readouterr()
    assert said.out == ""
    assert "fichiers écrits" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--select", "region=44", "--out", "kit.tar"], 2, ".zip"),
        (["--select", "region=4444", "--out", "kit.zip"], 1, "4444"),
        (["--select", "", "--out", "absent/kit.zip"], 1, "absent"),
    ],
)
def test_a_wrong_call_is_one_line(
    small: Atlas,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
):
    monkeypatch.chdir(tmp_path)
    assert main(["kit", "--data", str(small.folder.path), *arguments]) == code
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("erreur : ")
    assert said in last
    assert list(tmp_path.iterdir()) == []


def test_a_broken_model_of_the_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_small(tmp_path / "donnees")
    (folder / "modeles").mkdir()
    (folder / "modeles" / "diaporama.pptx").write_bytes(b"rien")
    out = tmp_path / "kit.zip"
    assert main(["kit", "--data", str(folder), "--select", "", "--out", str(out)]) == 1
    assert "diaporama.pptx" in capsys.readouterr().err.strip().splitlines()[-1]
    assert not out.exists()


def test_the_package_is_valid_and_described(small: Atlas, tmp_path: Path):
    from essgeo.exports.establishments import selected

    resolved = small.resolve(Selection())
    frames = {
        "etablissements": selected(small, Selection()),
        "summary": summary(small, Selection(), ("quartier",)),
    }
    for name, content in package_files(small, resolved, frames).items():
        (tmp_path / name).write_bytes(content)
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "message"])
    told = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    for resource in told["resources"]:
        for field in resource["schema"]["fields"]:
            assert field.get("description"), (resource["name"], field["name"])


def test_every_exported_column_is_in_the_dictionary(small: Atlas):
    table = summary(small, parse("reference=france").selection, ("secteur",))
    found = dictionary("summary", table.columns)
    assert list(found.loc[found["description"] == "", "colonne"]) == []


# --- the map that opens alone -------------------------------------------------------------------


def page_of(atlas: Atlas, out: Path, query: str = "", made: date = MADE) -> str:
    story = note(atlas, parse(query).selection)
    out.write_bytes(story_html(atlas, story, made))
    return out.as_uri()


def test_the_page_is_french_has_headings_and_tables_and_fetches_nothing(
    small: Atlas, tmp_path: Path
):
    page_of(small, tmp_path / "carte.html")
    text = (tmp_path / "carte.html").read_text("utf-8")
    assert '<html lang="fr">' in text
    assert "<caption>" in text
    assert 'scope="col"' in text
    assert "default-src 'none'" in text
    outside_scripts = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    assert "<table>" in outside_scripts
    assert not re.search(r'(?:src|href)="', outside_scripts)


def test_nobody_in_partial_diffusion_is_in_the_page(tmp_path: Path):
    given = tables()
    given["etablissements"] = given["etablissements"].assign(
        statut_diffusion="P", denomination="Zzyzx"
    )
    write_folder(tmp_path / "p", given, manifest())
    page_of(open_atlas(tmp_path / "p"), tmp_path / "carte.html")
    assert "Zzyzx" not in (tmp_path / "carte.html").read_text("utf-8")


@pytest.mark.parametrize(("age", "old"), [(10, False), (200, True)])
def test_the_map_is_drawn_searched_and_says_when_it_is_old(
    small: Atlas, tmp_path: Path, page, js_errors: list[str], age: int, old: bool
):
    from playwright.sync_api import expect

    today = date.today()  # noqa: DTZ011 - what the browser compares with
    page.goto(page_of(small, tmp_path / "carte.html", "region=44", today - timedelta(days=age)))
    assert page.evaluate("window.essgeo") == {"quartiers": 2, "points": 3}
    assert page.locator("#carte path").count() >= 2
    if old:
        expect(page.locator("#perime")).to_be_visible()
    else:
        expect(page.locator("#perime")).to_be_hidden()
    page.locator("#recherche").fill("ouest")
    page.locator("#trouves button").first.click()
    expect(page.locator(".leaflet-popup-content")).to_contain_text("Ouest")
    assert js_errors == []


def test_hostile_names_stay_text_in_the_page(tmp_path: Path, page, js_errors: list[str]):
    given = tables()
    given["etablissements"] = given["etablissements"].assign(denomination=HOSTILE)
    given["quartiers"] = given["quartiers"].assign(lib_qp=HOSTILE, lib_com=HOSTILE)
    write_folder(tmp_path / "h", given, manifest())
    page.goto(page_of(open_atlas(tmp_path / "h"), tmp_path / "carte.html"))
    page.locator("#recherche").fill("onerror")
    page.locator("#trouves button").first.click()
    assert page.evaluate("window.pris") is None
    assert js_errors == []


def test_the_simulated_mark_is_inside_the_map(tmp_path: Path, page, js_errors: list[str]):
    from playwright.sync_api import expect

    page.goto(page_of(open_atlas(ROOT / "data"), tmp_path / "carte.html", "region=44"))
    expect(page.locator("#carte .marque")).to_have_text("DONNÉES SIMULÉES")
    assert js_errors == []
