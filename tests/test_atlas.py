"""The atlas on a folder counted by hand (tests/small.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.generation import rolled_up
from essgeo.selection import KEYS, SINGLE, VOCABULARY, Selection, parse
from essgeo.sentences import describe
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def names(atlas: Atlas, query: str) -> list[str]:
    parsed = parse(query)
    assert parsed.problems == ()
    resolved = atlas.resolve(parsed.selection)
    assert resolved.unknown == ()
    return atlas.points["denomination"][resolved.mask].tolist()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Aide 1", "Aide 2", "=Sport", "Régie du quartier Nord", "Grande"]),
        ("region=44", ["Aide 1", "Aide 2", "=Sport", "Grande"]),
        ("departement=35", ["Régie du quartier Nord"]),
        ("commune=67482", ["Aide 1", "Aide 2", "=Sport", "Grande"]),
        ("epci=243500139", ["Régie du quartier Nord"]),
        ("quartier=QN06701M", ["Aide 1", "Aide 2", "Grande"]),
        ("quartier=QN06701M,QN06702I", ["Aide 1", "Aide 2", "=Sport", "Grande"]),
        ("generation=2015", ["Aide 1", "Grande"]),
        ("taille=10-19", ["Aide 1"]),
        ("types=ACI", ["Aide 1"]),
        ("types=REGIE", ["Régie du quartier Nord"]),
        ("famille=association&region=44", ["Aide 1", "Aide 2", "=Sport", "Grande"]),
        ("secteur=sports-loisirs", ["=Sport"]),
        ("secteur=action-sociale&quartier=QN06702I", []),
        ("employeurs=tous&quartier=QN06702I", ["=Sport", "Amis", "Coop"]),
        ("certitude=incertain", ["Perdue"]),
        ("certitude=sur,probable,incertain&departement=35", ["Perdue", "Régie du quartier Nord"]),
        ("rattachement=proche", ["Mutuelle"]),
        ("rattachement=dedans,proche&quartier=QN06702I", ["=Sport", "Mutuelle"]),
        ("rattachement=hors", ["Loin"]),
        ("rattachement=hors&region=44", ["Loin"]),
        ("rattachement=hors&region=53", []),
        ("rattachement=non_localise", ["Floue", "Sans lieu"]),
    ],
)
def test_a_selection_takes_what_it_says(atlas: Atlas, query: str, expected: list[str]) -> None:
    assert names(atlas, query) == expected


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "",
            "Établissements employeurs de l'ESS situés dans 4\u00a0quartiers prioritaires, "
            "contours 2024.",
        ),
        (
            "region=44&secteur=action-sociale,sante",
            "Établissements employeurs de l'ESS situés dans 2\u00a0quartiers prioritaires "
            "(région Grand Est), contours 2024\u00a0; "
            "secteurs\u00a0: Action sociale et Santé.",
        ),
        (
            "quartier=QN06701M&rattachement=dedans,proche&employeurs=tous",
            "Établissements de l'ESS, employeurs ou non, situés dans 1\u00a0quartier prioritaire "
            "ou à moins de 300\u00a0m (quartier Ouest), contours 2024.",
        ),
    ],
)
def test_the_selection_is_said_in_words(atlas: Atlas, query: str, sentence: str) -> None:
    assert atlas.resolve(parse(query).selection).sentence == sentence


def test_a_name_that_says_what_it_is_is_not_said_twice() -> None:
    names = {"44": "Région Est", "QS1": "Quartier simulé 1"}
    said = describe(
        Selection(region=("44",), quartier=("QS1",), generation=("2024",)),
        label=lambda _, value: names[value],
        quartiers=1,
    )
    assert "(Région Est, Quartier simulé 1)" in said


def test_what_the_folder_does_not_hold_is_named(atlas: Atlas) -> None:
    resolved = atlas.resolve(Selection(region=("44", "99"), quartier=("QN99999N",)))
    assert len(resolved.unknown) == 2
    assert "99" in resolved.unknown[0]
    assert resolved.selection.region == ("44",)
    assert resolved.selection.quartier == ()


def test_facets_count_what_choosing_a_value_would_give(atlas: Atlas) -> None:
    facets = atlas.facets(parse("region=44").selection)
    assert facets["region"] == {"53": 1, "44": 4, "987": 0}
    assert facets["quartier"] == {
        "QN06701M": 3, "QN06702I": 1, "QN03501N": 0, "QN98701N": 0,
    }  # fmt: skip
    assert facets["famille"]["association"] == 4
    assert facets["types"]["ACI"] == 1
    assert facets["rattachement"]["proche"] == 1


def test_what_defaults_leave_out_is_counted(atlas: Atlas) -> None:
    assert atlas.left_out(Selection()) == {
        "incertains": 1,
        "non_employeurs": 1,
        "emploi_inconnu": 1,
        "effectif_inconnu": 1,
        "non_localises": 2,
    }


def test_a_folder_that_knows_no_employer_counts_everybody(tmp_path: Path) -> None:
    from essgeo.datafolder import write_folder
    from tests.small import manifest, tables

    made = tables()
    made["etablissements"] = made["etablissements"].drop(
        columns=["tranche_effectifs", "caractere_employeur"]
    )
    write_folder(tmp_path / "d", made, manifest())
    atlas = open_atlas(tmp_path / "d")
    resolved = atlas.resolve(Selection())
    assert int(resolved.mask.sum()) == 7
    assert "qui emploie" in resolved.notes[0]
    assert resolved.sentence.startswith("Établissements situés")


def test_text_and_parquet_folders_are_the_same_atlas(atlas: Atlas, tmp_path: Path) -> None:
    other = open_atlas(write_small(tmp_path / "data", parquet=True))
    for query in ("", "rattachement=hors", "generation=2015"):
        assert names(other, query) == names(atlas, query)


def test_arrondissements_roll_up() -> None:
    import pandas as pd

    codes = pd.Series(["75101", "75120", "69381", "13216", "67482", "", "69123"], dtype="str")
    assert rolled_up(codes).tolist() == [
        "75056", "75056", "69123", "13055", "67482", "", "69123",
    ]  # fmt: skip


def selections(atlas: Atlas) -> st.SearchStrategy[Selection]:
    def one(key: str) -> st.SearchStrategy[list[str]]:
        values = VOCABULARY.get(key) or atlas.values(key) or ("aucun",)
        return st.lists(st.sampled_from(values), max_size=1 if key in SINGLE else 3)

    return st.fixed_dictionaries({}, optional={key: one(key) for key in KEYS}).map(
        lambda values: parse([(key, ",".join(one)) for key, one in values.items()]).selection
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_facets_agree_with_selections(atlas: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(atlas))
    facets = atlas.facets(selection)
    key = data.draw(st.sampled_from([key for key in facets if facets[key]]))
    value = data.draw(st.sampled_from(list(facets[key])))
    chosen = atlas.resolve(atlas.known(selection)[0].with_(**{key: (value,)}))
    count = int(chosen.mask.sum())
    if key == "certitude":
        # Points without a position stay whatever the certainty asked for.
        unlocated = chosen.generation.axes["certitude"].codes < 0
        count -= int((chosen.mask & unlocated).sum())
    assert facets[key][value] == count


@pytest.fixture(autouse=True)
def _read_only(atlas: Atlas) -> Iterator[None]:
    """Selecting never changes the atlas."""
    before = atlas.points.copy(deep=True)
    yield
    assert before.equals(atlas.points)
