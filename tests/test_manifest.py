"""What a data folder says of itself."""

import json
from pathlib import Path

import pytest

from essgeo import manifest
from essgeo.errors import DataError
from essgeo.manifest import Manifest, Source, Table


def write(folder: Path, content: object) -> None:
    (folder / manifest.FILE).write_text(
        content if isinstance(content, str) else json.dumps(content), encoding="utf-8"
    )


def test_a_manifest_survives_its_file(tmp_path: Path) -> None:
    made = Manifest(
        nature="mixte",
        titre="Essai « é »",
        sources=(Source(id="a", titre="A", secret=True, lignes=3),),
        notes=("une note",),
        generations=("2024", "2015"),
        tables={"quartiers": Table("qpv.geojson", 3, "00")},
    )
    write(tmp_path, made.to_json())
    assert manifest.read(tmp_path) == made
    assert made.simulated
    assert made.secret


def test_the_caption_names_sources() -> None:
    source = Source(id="a", titre="Base Sirene", editeur="Insee", date="2024-01")
    assert Manifest("officiel", "T", sources=(source,)).caption() == "Insee, Base Sirene, 2024-01"
    assert Manifest("officiel", "T").caption() == "T"
    assert not Manifest("officiel", "T").simulated


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "pas du JSON"),
        ("[" * 100_000, "pas du JSON"),
        ([], "objet JSON"),
        ({}, "nature"),
        ({"nature": "vraie"}, "nature"),
        ({"nature": "officiel", "format": 99}, "format 99"),
        ({"nature": "officiel", "sources": [{"id": "a"}]}, "mal formée"),
        ({"nature": "officiel", "sources": 3}, "mal formée"),
        ({"nature": "officiel", "tables": {"q": {"fichier": "x"}}}, "mal formée"),
        (
            {"nature": "officiel", "tables": {"q": {"fichier": "../x", "lignes": 1, "sha256": ""}}},
            "hors du dossier",
        ),
    ],
)
def test_a_bad_manifest_is_said_in_one_line(tmp_path: Path, content: object, said: str) -> None:
    write(tmp_path, content)
    with pytest.raises(DataError, match=said) as caught:
        manifest.read(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_without_manifest_is_not_ours(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pas de manifest\.json"):
        manifest.read(tmp_path)
    with pytest.raises(DataError, match="n'existe pas"):
        manifest.read(tmp_path / "nulle part")


def test_unknown_keys_of_a_source_are_tolerated(tmp_path: Path) -> None:
    write(tmp_path, {"nature": "officiel", "sources": [{"id": "a", "titre": "A", "neuf": 1}]})
    assert manifest.read(tmp_path).sources == (Source(id="a", titre="A"),)
