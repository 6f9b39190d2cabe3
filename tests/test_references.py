"""What a selection is compared with (tests/small.py, tests/town.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import UsageError
from essgeo.indicators.references import KINDS, _rest_of, reference
from essgeo.indicators.similar import similar
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small
from tests.test_atlas import selections
from tests.town import Quartier, code, write_town


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def chosen(query: str) -> Selection:
    parsed = parse(query)
    assert parsed.problems == ()
    return parsed.selection


@pytest.mark.parametrize(
    ("query", "kind", "names", "label"),
    [
        (
            "quartier=QN06701M", "commune", ["=Sport", "Mutuelle", "Loin"],
            "le reste de la commune de Strasbourg",
        ),
        # Not employers, and not sure enough by default: « Amis », « Coop », « Perdue ».
        (
            "quartier=QN06701M&employeurs=tous", "commune",
            ["=Sport", "Amis", "Coop", "Mutuelle", "Loin"], "le reste de la commune de Strasbourg",
        ),
        (
            "quartier=QN06701M&certitude=sur,probable,incertain", "commune",
            ["=Sport", "Mutuelle", "Loin", "Perdue"], "le reste de la commune de Strasbourg",
        ),
        # What establishments are says nothing of the reference.
        (
            "quartier=QN06701M&secteur=sante&famille=mutuelle&taille=10-19&types=ACI", "commune",
            ["=Sport", "Mutuelle", "Loin"], "le reste de la commune de Strasbourg",
        ),
        (
            "quartier=QN06701M&rattachement=dedans,proche", "epci", ["=Sport", "Mutuelle", "Loin"],
            "le reste de l'intercommunalité (Eurométropole de Strasbourg)",
        ),
        (
            "region=44&rattachement=dedans,proche", "region", ["Loin"],
            "le reste de la région (Grand Est)",
        ),
        ("region=44", "departement", ["Mutuelle", "Loin"], "le reste du département (Bas-Rhin)"),
        (
            "region=44", "france", ["Mutuelle", "Loin", "Régie du quartier Nord"],
            "le reste de la France",
        ),
        ("", "commune", ["Mutuelle", "Loin"], "le reste des 3 communes de la sélection"),
        (
            "quartier=QN06701M", "semblables", ["=Sport", "Régie du quartier Nord"],
            "2 quartiers semblables",
        ),
        # Compared with neighbourhoods, a band is compared with bands.
        (
            "quartier=QN06701M&rattachement=proche", "semblables", ["Mutuelle"],
            "2 quartiers semblables",
        ),
    ],
)  # fmt: skip
def test_a_reference_holds_what_is_around(
    atlas: Atlas, query: str, kind: str, names: list[str], label: str
) -> None:
    found = reference(atlas, chosen(query), kind)
    assert sorted(atlas.points["denomination"][found.mask]) == sorted(names)
    assert found.label.replace("\u00a0", " ") == label
    assert (found.problem, found.kind) == ("", kind)


def test_the_kind_is_the_argument_then_the_selection_then_the_commune(atlas: Atlas) -> None:
    assert reference(atlas, chosen("reference=france")).kind == "france"
    assert reference(atlas, chosen("reference=france"), "region").kind == "region"
    assert reference(atlas, Selection()).kind == "commune"
    with pytest.raises(UsageError, match="pays"):
        reference(atlas, Selection(), "pays")


@pytest.mark.parametrize("kind", KINDS)
def test_a_note_says_the_reference_and_the_sentence_does_not(atlas: Atlas, kind: str) -> None:
    plain, compared = (atlas.resolve(Selection(reference=one)) for one in ((), (kind,)))
    assert compared.sentence == plain.sentence  # what is counted does not depend on it
    (note,) = set(compared.notes) - set(plain.notes)
    assert note.startswith("Comparaisons faites avec ")


@pytest.mark.parametrize("kind", ["commune", "france", "semblables"])
def test_the_rules_of_counting_are_those_of_the_selection(atlas: Atlas, kind: str) -> None:
    asked = chosen("quartier=QN06701M&champ=insee&employeurs=tous&certitude=sur&taille=10-19")
    found = reference(atlas, asked, kind).selection
    assert found is not None
    assert (found.champ, found.employeurs, found.certitude) == (("insee",), ("tous",), ("sur",))
    assert found.taille == ()


def test_another_selection_is_a_place_counted_by_the_same_rules(atlas: Atlas) -> None:
    other = chosen("region=53&employeurs=tous&secteur=sante&certitude=incertain")
    found = reference(atlas, chosen("region=44"), other=other)
    assert atlas.points["denomination"][found.mask].tolist() == ["Régie du quartier Nord"]
    assert found.kind == "autre"
    assert "Bretagne" in found.note
    # France holds the selection: what is left of it is compared.
    france = reference(atlas, chosen("region=44"), other=Selection())
    assert atlas.points["denomination"][france.mask].tolist() == ["Régie du quartier Nord"]


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        ("region=44", "ept", "établissements publics territoriaux"),
        ("region=44&rattachement=dedans,proche,hors", "region", "aucun établissement"),
        ("region=53&rattachement=dedans,proche,hors", "commune", "aucun établissement"),
        ("", "semblables", "Tous les quartiers"),
        ("departement=987", "semblables", "Hors champ"),
        ("region=44&departement=35", "commune", "aucun des territoires"),
        ("region=44&departement=35", "semblables", "Aucun quartier dans la sélection"),
    ],
)
def test_nothing_to_compare_with_is_said(atlas: Atlas, query: str, kind: str, said: str) -> None:
    found = reference(atlas, chosen(query), kind)
    assert said in found.problem
    assert found.label
    assert not found.mask.any()


@pytest.mark.parametrize("kind", ["commune", "epci", "departement", "region"])
def test_what_is_outside_must_say_where_it_is(tmp_path: Path, kind: str) -> None:
    made = tables()
    points = made["etablissements"]
    points["code_commune"] = ""
    made["communes"] = made["communes"].iloc[:0]
    write_folder(tmp_path / "data", made, manifest())
    lost = open_atlas(tmp_path / "data")
    # « Mutuelle » is near and known to be in Strasbourg: it alone is no « rest of Strasbourg ».
    found = reference(lost, chosen("quartier=QN06701M"), kind)
    assert "1 des 1 établissements situés hors des quartiers" in found.problem
    assert not found.mask.any()
    assert reference(lost, chosen("quartier=QN06701M"), "france").problem == ""


def test_the_few_outside_that_are_nowhere_are_counted(tmp_path: Path) -> None:
    made = tables()
    points = made["etablissements"]
    again = points[points["denomination"] == "Loin"].assign(siret="66666666600021", code_commune="")
    made["etablissements"] = pd.concat([points, again], ignore_index=True)
    write_folder(tmp_path / "data", made, manifest())
    found = reference(open_atlas(tmp_path / "data"), chosen("quartier=QN06701M"), "commune")
    assert found.problem == ""
    assert found.mask.sum() == 3
    assert "faute de commune connue\u00a0: 1\u00a0établissement hors des quartiers" in found.note


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_reference_never_holds_the_selection(atlas: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(atlas))
    other = data.draw(st.none() | selections(atlas))
    found = reference(atlas, selection, data.draw(st.sampled_from(KINDS)), other)
    assert found.mask.shape == (len(atlas),)
    assert not (found.mask & atlas.resolve(selection).mask).any()
    assert found.mask.any() == (not found.problem)
    if found.quartiers is not None:
        codes = atlas.resolve(selection).generation.quartiers["code_qp"]
        inside = atlas.resolve(selection).generation.joined["code_qp"][found.mask]
        assert set(inside) <= set(codes[found.quartiers]) | {""}


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("commune", "Strasbourg", "le reste de la commune de Strasbourg"),
        ("commune", "Angers", "le reste de la commune d'Angers"),
        ("commune", "Évry", "le reste de la commune d'Évry"),
        ("commune", "Le Havre", "le reste de la commune du Havre"),
        ("commune", "Les Mureaux", "le reste de la commune des Mureaux"),
        ("commune", "Commune simulée 3, Ain", "le reste de la commune simulée 3, Ain"),
        ("commune", "99999", "le reste de la commune (99999)"),
        ("departement", "Bas-Rhin", "le reste du département (Bas-Rhin)"),
    ],
)
def test_the_rest_of_a_territory_in_french(kind: str, name: str, said: str) -> None:
    assert _rest_of(kind, name, "99999") == said


# Similar neighbourhoods ------------------------------------------------------------------


def town(tmp_path: Path, *quartiers: Quartier) -> Atlas:
    return open_atlas(write_town(tmp_path / "data", quartiers, {"sante": 1}))


def test_similar_ones_are_nearest_in_population(tmp_path: Path) -> None:
    people = [2000, 1000, 2100, 8000, 1900, 4000]
    made = town(tmp_path, *[Quartier(one) for one in people])
    found = similar(made, "2024", [code(0)], 3)
    # log2 of 2100/2000, 1900/2000, then 4000/2000 as far as 1000/2000: the first of the table.
    assert found.codes == (code(2), code(4), code(1))
    assert found.problem == ""
    assert "de 1\u202f000 à 2\u202f100" in found.rule
    assert "3 dans la même région" in found.rule
    assert "taux de pauvreté n'est pas dans ces données" in found.rule


def test_another_region_costs_as_much_as_41_percent_more_inhabitants(tmp_path: Path) -> None:
    def order(other_size: float, folder: str) -> tuple[str, ...]:
        made = town(tmp_path / folder, Quartier(2000), Quartier(2000, region="11"),
                    Quartier(other_size))  # fmt: skip
        return similar(made, "2024", [code(0)], 2).codes

    assert order(2000 * 1.40, "less") == (code(2), code(1))
    assert order(2000 * 1.43, "more") == (code(1), code(2))


def test_poverty_counts_when_it_is_known(tmp_path: Path) -> None:
    made = town(tmp_path, Quartier(2000, poverty=40), Quartier(2000, poverty=60),
                Quartier(3000, poverty=41), Quartier(2500, poverty=float("nan")))  # fmt: skip
    found = similar(made, "2024", [code(0)], 3)
    # 0.58 and 0.1 apart; unknown: 0.32 of population alone; 20 points: 2.
    assert found.codes == (code(3), code(2), code(1))
    assert "de 41,0 à 60,0" in found.rule
    assert "(ici\u00a0: 40,0" in found.rule


def test_hexagon_and_overseas_are_never_mixed(tmp_path: Path) -> None:
    away = Quartier(2000, departement="974", region="04")
    made = town(tmp_path, Quartier(2000), away, Quartier(9000), away,
                Quartier(2000, departement="987", region="987"))  # fmt: skip
    assert similar(made, "2024", [code(0)]).codes == (code(2),)
    assert similar(made, "2024", [code(1, "974")]).codes == (code(3, "974"),)
    # Polynesia is never taken: Sirene does not cover it.
    both = similar(made, "2024", [code(0), code(1, "974")])
    assert set(both.codes) == {code(2), code(3, "974")}
    assert "chacun de son côté" in both.rule


def test_alone_on_its_side_is_said(tmp_path: Path) -> None:
    away = Quartier(2000, departement="974", region="04")
    assert "outre-mer" in similar(town(tmp_path, Quartier(2000), away), "2024", [code(0)]).problem


def test_each_of_several_has_its_nearest(tmp_path: Path) -> None:
    people = [1000, 32000, 1010, 1020, 1030, 31000]
    made = town(tmp_path, *[Quartier(one) for one in people])
    found = similar(made, "2024", [code(0), code(1)], 2)
    assert found.codes == (code(2), code(5))
    # As many as those given, at least.
    assert len(similar(made, "2024", [code(0), code(1)], 1).codes) == 2


def test_unknown_population_is_said(tmp_path: Path) -> None:
    unknown = Quartier(float("nan"))
    made = town(tmp_path, unknown, Quartier(1000), unknown)
    assert "Population inconnue" in similar(made, "2024", [code(0)]).problem
    assert "autres quartiers inconnue" in similar(made, "2024", [code(1)]).problem
    assert similar(made, "2024", [code(0), code(2)]).codes == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_similar_ones_are_never_those_given(atlas: Atlas, data: st.DataObject) -> None:
    codes = atlas.newest.quartiers["code_qp"].tolist()
    given_codes = data.draw(st.lists(st.sampled_from(codes), unique=True))
    count = data.draw(st.integers(1, 5))
    found = similar(atlas, "2024", given_codes, count)
    assert not set(found.codes) & set(given_codes)
    assert len(set(found.codes)) == len(found.codes) <= max(count, len(given_codes))
    assert bool(found.codes) == (not found.problem) == bool(found.rule)
    assert np.isin(found.codes, codes).all()
