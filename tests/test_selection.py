"""The selection: query string and object, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.selection import DEFAULTS, KEYS, SINGLE, VOCABULARY, Selection, parse

WHOLE = (
    "region=44&departement=67&epci=246700488&ept=T1&contrat=C1&commune=67482&quartier=QN06701M"
    "&secteur=action-sociale&famille=association&taille=10-19&types=ACI&employeurs=tous"
    "&champ=insee&generation=2015&rattachement=dedans,proche&certitude=sur&reference=commune"
)


def test_the_empty_query_is_the_default() -> None:
    parsed = parse("")
    assert parsed.selection == Selection()
    assert parsed.selection.query() == ""
    assert parsed.selection.employeurs == ("oui",)
    assert parsed.selection.rattachement == ("dedans",)
    assert parsed.selection.certitude == ("sur", "probable")


def test_every_key_of_the_contract_is_read_and_written_back() -> None:
    parsed = parse(WHOLE)
    assert parsed.problems == ()
    assert parsed.selection.query() == WHOLE
    assert {key for key, _ in parsed.selection.items()} == set(KEYS)


def test_commas_and_repeated_keys_mean_the_same() -> None:
    assert parse("region=44,53").selection == parse("region=53&region=44").selection
    assert parse("?region=44").selection == parse("region=44").selection


def test_order_and_repetition_do_not_matter() -> None:
    assert parse("certitude=probable,sur,sur").selection == Selection()


def test_unknown_keys_and_values_are_named_and_ignored() -> None:
    parsed = parse("couleur=rouge&certitude=sur,exact&region=44")
    assert parsed.selection == Selection(region=("44",), certitude=("sur",))
    assert len(parsed.problems) == 2
    assert "couleur" in parsed.problems[0]
    assert "exact" in parsed.problems[1]


@pytest.mark.parametrize("key", SINGLE)
def test_a_single_key_keeps_its_first_value_and_says_so(key: str) -> None:
    first, second = VOCABULARY[key][:2]
    parsed = parse(f"{key}={second},{first}")
    assert parsed.selection.get(key) == (second,)
    assert key in parsed.problems[0]


def test_the_view_is_kept_apart() -> None:
    parsed = parse("vue.indicateur=emplois&region=44")
    assert parsed.view == {"indicateur": "emplois"}
    assert parsed.problems == ()
    assert parsed.selection == Selection(region=("44",))


def test_an_empty_value_is_the_default() -> None:
    assert parse("region=&employeurs=&certitude=,").selection == Selection()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            key: st.lists(
                st.sampled_from(VOCABULARY[key])
                if key in VOCABULARY
                else st.text(
                    st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1
                ).filter(lambda text: text == text.strip()),
                min_size=1,
                max_size=1 if key in SINGLE else 4,
            )
            for key in KEYS
        },
    )
)
def test_any_selection_survives_its_query(values: dict[str, list[str]]) -> None:
    pairs = [(key, ",".join(one)) for key, one in values.items()]
    selection = parse(pairs).selection
    again = parse(selection.query())
    assert again.selection == selection
    assert again.problems == ()
    assert parse(list(selection.params().items())).selection == selection


def test_without_goes_back_to_defaults() -> None:
    assert parse(WHOLE).selection.without(*KEYS) == Selection()
    assert dict(DEFAULTS)["employeurs"] == ("oui",)
