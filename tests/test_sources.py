"""The catalogue of official sources, and what a folder of raw files says of itself."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from essgeo.errors import DataError, OutputError
from essgeo.sources import brut, ess_france, etablissements, geolocalisation, unites_legales
from essgeo.sources.brut import Raw, RawFile
from essgeo.sources.catalogue import SHIPPED, open_sources


def test_the_shipped_catalogue_holds_what_the_build_needs() -> None:
    found = open_sources()
    by_file = [one.id for one in found.values() if one.ressources]
    assert by_file == [
        "stock-etablissement", "stock-unite-legale", "geolocalisation", "ess-france", "qpv-2024",
    ]  # fmt: skip
    for one in found.values():
        # What was not checked is said; what can be downloaded is recognised by its columns.
        assert one.licence or "licence" in one.non_verifie or "colonnes" in one.non_verifie
        assert bool(one.ressources) <= bool(one.colonnes)
        assert one.ressources or "fichier" in one.non_verifie


def test_a_format_is_chosen_where_there_is_a_choice() -> None:
    found = open_sources()
    stock = found["stock-etablissement"]
    assert stock.resource("parquet").fichier == "StockEtablissement_utf8.parquet"
    assert stock.resource("csv").format == "csv.zip"
    assert stock.resource("csv").path == "/api/1/datasets/r/0651fb76-bcf3-4f6a-a38d-bc04fa708576"
    assert found["qpv-2024"].resource("csv").format == "geojson.zip"


@pytest.mark.parametrize("module", [etablissements, unites_legales, geolocalisation, ess_france])
def test_fetch_asks_for_the_columns_that_build_needs(module: ModuleType) -> None:
    """Neither keeps a file that the other refuses."""
    assert set(open_sources()[module.KIND.id].colonnes) == set(module.KIND.needed)


def write(folder: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = folder / "mien.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: stock-unite-legale", "id: stock-etablissement", "sert déjà"),
        ("StockUniteLegale_utf8.parquet", "StockEtablissement_utf8.parquet", "sert déjà"),
        ("StockUniteLegale_utf8.parquet", "../ailleurs.parquet", "fichier : écriture inattendue"),
        ("page: https://www.data", "page: file:///www.data", "page : écriture inattendue"),
        ("a29c1297-1f92", "../a29c1297-1f92", "id : écriture inattendue"),
        ("producteur: Insee", "productrice: Insee", "il manque producteur|champ inconnu"),
        ("format: parquet", "format: exe", "« exe » inconnu"),
    ],
)
def test_a_wrong_catalogue_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DataError, match=rf"mien\.yaml, ligne \d+ : .*({said})"):
        open_sources(write(tmp_path, old, new))


# --- brut.json ----------------------------------------------------------------------------------

ONE = RawFile("a.csv", url="https://a/1", modifie="Sun, 01 Nov 2026 23:30:00 GMT", octets=3)


def test_what_is_known_is_read_back(tmp_path: Path) -> None:
    raw = brut.prepare(tmp_path / "neuf" / "brut").begun("x", ONE).completed("y", ONE)
    brut.write(tmp_path / "neuf" / "brut", raw)
    assert brut.prepare(tmp_path / "neuf" / "brut") == raw
    assert raw.source_of("a.csv") == ("y", ONE)
    assert raw.source_of("b.csv") is None
    assert raw.completed("x", ONE).partiels == {}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos.txt").write_text("x")
    with pytest.raises(OutputError, match="n'est pas vide"):
        brut.prepare(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["photos.txt"]
    with pytest.raises(OutputError, match=r"photos\.txt"):
        brut.prepare(tmp_path / "photos.txt")


def test_what_a_killed_writing_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".brut.0a1b2c3d.partiel.json").write_text("{")
    assert brut.prepare(tmp_path) == Raw()
    assert [item.name for item in tmp_path.iterdir()] == [brut.FILE]


def test_the_date_is_the_source_s() -> None:
    assert ONE.date == "2026-11-01"
    assert RawFile("a", modifie="hier").date == ""
    assert RawFile("a").date == ""


def test_a_version_without_a_mark_is_never_the_same() -> None:
    assert ONE.same_version(ONE)
    assert not RawFile("a.csv", url="u", octets=3).same_version(RawFile("a.csv", url="u", octets=3))
    assert not ONE.same_version(RawFile("a.csv", url="https://a/1", modifie=ONE.modifie, octets=4))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"format": 99, "fichiers": {}, "partiels": {}}',
        '{"format": 1}',
        '{"format": 1, "fichiers": {"x": {}}, "partiels": {}}',
        json.dumps({"format": 1, "fichiers": {"x": {"fichier": "../a"}}, "partiels": {}}),
    ],
)
def test_a_damaged_one_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / brut.FILE).write_text(text)
    with pytest.raises(DataError, match=r"brut\.json : "):
        brut.read(tmp_path)


def test_no_folder_knows_nothing(tmp_path: Path) -> None:
    assert brut.read(tmp_path / "rien") == Raw()
