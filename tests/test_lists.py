"""A visitor's list against the loaded data: every row told apart, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.intake import Taken
from essgeo.owndata import lists
from essgeo.owndata.list_numbers import amounts_of
from essgeo.owndata.list_table import OUTCOMES, public_bodies
from essgeo.readers.raw import Raw
from essgeo.selection import Selection
from tests import small


def taken(table: dict[str, list[str]], *, totals: tuple[int, ...] = ()) -> Taken:
    """Return a list as the intake would."""
    source = pd.DataFrame(table, dtype="str")
    raw = Raw("CSV", source, first_row=2, word="ligne")
    return Taken(raw, (), "liste.csv", "0" * 64, tuple(table), totals)


def examined(atlas: Atlas, table: dict[str, list[str]], **asked: object) -> lists.Examined:
    one = taken(table)
    return lists.examine(atlas, one, lists.recognise(one), **asked)  # type: ignore[arg-type]


def with_key(digits: str) -> str:
    """Complete a number with its Luhn digit."""
    total = 0
    for place, figure in enumerate(reversed(digits)):
        value = int(figure) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def siret(head: str, place: int) -> str:
    return with_key(f"{with_key(head)}{place:04d}")


INSIDE, TWO_A, TWO_B = siret("11111111", 1), siret("22222222", 1), siret("22222222", 2)
HEAD_A, HEAD_B = siret("33333333", 1), siret("33333333", 2)
ZERO, POSTE, LOST = siret("00444444", 1), "35600000000006", siret("55555555", 1)
PUBLIC, ABSENT = siret("21670482", 1), siret("66666666", 1)

ROWS = [
    # siret, name, category, seat, commune, lon, lat
    (INSIDE, "L'Aide à domicile", "9220", "true", "67482", "7.703", "48.575"),  # QN06701M
    (TWO_A, "Deux portes", "9220", "false", "67482", "7.725", "48.575"),  # QN06702I
    (TWO_B, "Deux portes", "9220", "false", "67482", "7.8", "48.6"),  # outside
    (HEAD_A, "Siège ailleurs", "5458", "true", "67482", "7.732", "48.575"),  # near QN06702I
    (HEAD_B, "Agence", "5458", "false", "67482", "7.725", "48.576"),  # QN06702I
    (ZERO, "Perd ses zéros", "9220", "true", "35238", "-1.656", "48.125"),  # QN03501N
    (POSTE, "La Poste", "5510", "false", "67482", "7.8", "48.6"),  # outside
    (LOST, "Sans lieu", "9220", "true", "67482", "", ""),
    (PUBLIC, "Ville", "7210", "true", "67482", "7.726", "48.575"),  # QN06702I
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    names = ("siret", "denomination", "categorie_juridique", "est_siege", "code_commune",
             "longitude", "latitude")  # fmt: skip
    tables = small.tables()
    tables["etablissements"] = pd.DataFrame(ROWS, columns=names, dtype="str").assign(
        statut_diffusion="O", qualite_xy="11", caractere_employeur="O"
    )
    out = tmp_path_factory.mktemp("listes") / "d"
    small.write_folder(out, tables, small.manifest())
    return open_atlas(out)


def one(found: lists.Examined, row: int = 0) -> dict[str, object]:
    return {str(k).removeprefix("essgeo_"): v for k, v in found.added.iloc[row].items()}


def told(atlas: Atlas, **cells: str) -> dict[str, object]:
    return one(examined(atlas, {name: [cell] for name, cell in cells.items()}))


# By SIRET ------------------------------------------------------------------------------------


def test_a_siret_of_the_folder_is_where_the_folder_says(atlas: Atlas) -> None:
    found = told(atlas, siret=INSIDE)
    assert (found["resultat"], found["code_qp"], found["methode"]) == (
        "dedans", "QN06701M", "siret",
    )  # fmt: skip
    assert (found["identifiant"], found["motif"], found["certitude"]) == ("dossier", "", "sur")


def test_written_in_groups_or_as_a_number(atlas: Atlas) -> None:
    spaced = f"{INSIDE[:3]} {INSIDE[3:6]}\u00a0{INSIDE[6:9]} {INSIDE[9:]}"
    found = examined(atlas, {"SIRET": [spaced, f"{INSIDE}.0", INSIDE]})
    assert found.added["essgeo_code_qp"].tolist() == ["QN06701M"] * 3
    assert found.flags["plusieurs_fois"] == 2


def test_lost_zeros_are_restored_and_said(atlas: Atlas) -> None:
    found = told(atlas, siret=ZERO.lstrip("0"))
    assert (found["code_qp"], found["siret"], found["methode"]) == (
        "QN03501N", ZERO, "siret-zeros",
    )  # fmt: skip
    assert found["motif"] == "zéros du SIRET rétablis"


def test_la_poste_numbers_by_its_own_rule(atlas: Atlas) -> None:
    assert sum(map(int, POSTE)) % 5 == 0
    assert told(atlas, siret=POSTE)["identifiant"] == "dossier"


def test_a_number_that_a_spreadsheet_shortened_is_refused(atlas: Atlas) -> None:
    found = one(examined(atlas, {"siret": ["1,11111E+13", INSIDE]}))
    assert (found["resultat"], found["identifiant"]) == ("non_place", "abrege")
    assert "chiffres sont perdus" in str(found["motif"])
    assert found["siren"] == ""
    assert found["que_faire"]


def test_a_wrong_key_and_an_absent_number_are_told_apart(atlas: Atlas) -> None:
    wrong = INSIDE[:-1] + str((int(INSIDE[-1]) + 1) % 10)
    found = examined(atlas, {"siret": [wrong, ABSENT, INSIDE]})
    assert found.added["essgeo_cause"].tolist() == ["siret-impossible", "siret-absent", ""]
    assert found.identifiers == {"dossier": 1, "absent": 1, "impossible": 1}


def test_another_establishment_of_the_same_siren_is_not_taken_for_it(atlas: Atlas) -> None:
    found = told(atlas, siret=siret("11111111", 7))
    assert (found["resultat"], found["cause"]) == ("non_place", "siret-absent")


def test_an_establishment_without_position_says_so(atlas: Atlas) -> None:
    found = told(atlas, siret=LOST)
    assert (found["resultat"], found["cause"]) == ("non_place", "trouve-sans-position")
    assert found["nom_dossier"] == "Sans lieu"


# By SIREN and by name ------------------------------------------------------------------------


def test_a_siren_gives_its_only_establishment(atlas: Atlas) -> None:
    found = told(atlas, siren=INSIDE[:9])
    assert (found["code_qp"], found["methode"]) == ("QN06701M", "siren-seul")


def test_a_siren_of_several_gives_its_head_office_and_says_it(atlas: Atlas) -> None:
    found = told(atlas, siren=HEAD_A[:9])
    assert (found["resultat"], found["methode"], found["certitude"]) == (
        "proche", "siren-siege", "incertain",
    )  # fmt: skip
    assert "siège retenu parmi 2 établissements" in str(found["motif"])


def test_a_siren_of_several_without_head_office_is_not_placed(atlas: Atlas) -> None:
    found = told(atlas, siren=TWO_A[:9])
    assert (found["resultat"], found["cause"]) == ("non_place", "siren-plusieurs")
    assert "2 établissements dans le dossier" in str(found["motif"])


def test_the_visitor_may_refuse_head_offices(atlas: Atlas) -> None:
    given_ = taken({"siren": [HEAD_A[:9]]})
    assert [doubt.key for doubt in lists.recognise(given_).doubts] == ["siren_plusieurs"]
    roles = lists.recognise(given_, {"siren_plusieurs": "aucun"})
    assert not roles.doubts
    assert lists.examine(atlas, given_, roles).causes == {"siren-plusieurs": 1}


def test_a_siren_in_the_place_of_a_siret_is_said(atlas: Atlas) -> None:
    found = one(examined(atlas, {"siret": [INSIDE[:9], TWO_A, TWO_B]}))
    assert (found["identifiant"], found["code_qp"]) == ("siren", "QN06701M")


def test_a_name_is_matched_within_its_commune_and_doubtful(atlas: Atlas) -> None:
    found = told(atlas, nom="L’AIDE A DOMICILE", commune="Strasbourg", code_postal="67000")
    assert (found["code_qp"], found["methode"], found["certitude"]) == (
        "QN06701M", "nom-commune", "incertain",
    )  # fmt: skip
    assert "à vérifier" in str(found["motif"])


@pytest.mark.parametrize(
    ("name", "commune", "cause"),
    [
        ("L'Aide à domicile", "Rennes", "nom-inconnu"),
        ("Deux portes", "Strasbourg", "nom-plusieurs"),
        ("Deux portes", "", "nom-sans-lieu"),
        ("", "Strasbourg", "rien"),
    ],
)
def test_a_name_elsewhere_or_twice_places_nothing(
    atlas: Atlas, name: str, commune: str, cause: str
) -> None:
    found = examined(atlas, {"nom": [name, "Ville"], "commune": [commune, "Strasbourg"]})
    assert (one(found)["resultat"], one(found)["cause"]) == ("non_place", cause)


def test_a_name_is_looked_for_in_the_departement_where_the_folder_knows_no_commune(
    tmp_path: Path,
) -> None:
    tables = small.tables()
    held = tables["etablissements"]
    tables["etablissements"] = held.assign(
        code_commune=held["code_commune"].where(held["denomination"] != "Aide 1", ""),
        code_departement="67",
    )
    small.write_folder(tmp_path / "d", tables, small.manifest())
    table = {"nom": ["Aide 1", "Aide 2"], "commune": ["Haguenau", "Haguenau"]}
    found = examined(open_atlas(tmp_path / "d"), table)
    assert found.added["essgeo_methode"].tolist() == ["nom-departement", ""]


# By position ---------------------------------------------------------------------------------


def test_the_lists_own_position_comes_first_and_disagreement_is_said(atlas: Atlas) -> None:
    found = told(atlas, siret=INSIDE, longitude="7,725", latitude="48,575")
    assert (found["code_qp"], found["methode"]) == ("QN06702I", "position")
    assert found["desaccord"] == "d'après le dossier : dans QN06701M"


def test_a_row_without_position_takes_that_of_the_folder(atlas: Atlas) -> None:
    found = examined(
        atlas, {"siret": [INSIDE, INSIDE], "lon": ["", "7.725"], "lat": ["", "48.575"]}
    )
    assert found.methods == {"position": 1, "siret": 1}
    assert found.positions == {"lue": 1, "absente": 1}


@pytest.mark.parametrize(
    ("lon", "lat", "state"),
    [("0", "0", "zero"), ("2.35", "-48", "hors-france"), ("ici", "là", "illisible")],
)
def test_positions_of_no_use_are_told_apart(atlas: Atlas, lon: str, lat: str, state: str) -> None:
    found = examined(atlas, {"lon": [lon, "7.703", "7.725"], "lat": [lat, "48.575", "48.575"]})
    assert found.positions == {"lue": 2, state: 1}
    assert found.causes == {f"position-{state}": 1}


def test_swapped_coordinates_are_proposed_not_guessed(atlas: Atlas) -> None:
    swapped = taken({"lon": ["48.575", "48.575"], "lat": ["7.703", "7.8"]})
    doubt = lists.recognise(swapped).doubts[0]
    assert (doubt.key, doubt.default, doubt.harmless) == ("positions", "4326-inverse", False)
    roles = lists.recognise(swapped, {"positions": "4326-inverse"})
    assert not roles.doubts
    assert lists.examine(atlas, swapped, roles).counts["dedans"] == 1


def test_a_declared_departement_that_contradicts_is_counted(atlas: Atlas) -> None:
    found = examined(atlas, {"dep": ["40"], "lon": ["7.703"], "lat": ["48.575"]})
    assert found.flags["departement_contredit"] == 1
    assert one(found)["certitude"] == "incertain"
    assert "département déclaré 40" in str(one(found)["motif"])


def test_a_position_in_partial_diffusion_is_not_given_away(tmp_path: Path) -> None:
    atlas = open_atlas(small.write_small(tmp_path / "d"))
    found = told(atlas, siret="12121212100018")
    assert (found["resultat"], found["code_qp"]) == ("dedans", "QN06701M")
    assert np.isnan([found["longitude"], found["latitude"], found["distance_m"]]).all()


# The table -----------------------------------------------------------------------------------


def test_original_columns_come_first_untouched(atlas: Atlas) -> None:
    table = {"b": [" x "], "siret": [INSIDE], "essgeo_motif": ["ancien"], "a": ["=1+1"]}
    found = examined(atlas, table)
    assert list(found.rows.columns[:4]) == ["b", "siret", "essgeo_motif_source", "a"]
    assert found.rows.iloc[0, :4].tolist() == [" x ", INSIDE, "ancien", "=1+1"]
    assert list(found.rows.columns[4:]) == list(lists.ADDED)


def test_totals_are_kept_and_not_counted(atlas: Atlas) -> None:
    given_ = taken(
        {"siret": [INSIDE, TWO_A, ""], "montant": ["1 000,50 €", "2", "1002,50"]}, totals=(2,)
    )
    found = lists.examine(atlas, given_, lists.recognise(given_))
    assert found.counts == {"total": 2, "dedans": 2, "proche": 0, "hors": 0, "non_place": 0}
    assert found.added["essgeo_resultat"].tolist() == ["dedans", "dedans", "total"]
    assert found.amounts[0].total == 1002.5
    assert not len(found.to_mend)


def test_rows_to_mend_keep_their_columns_and_say_what_to_do(atlas: Atlas) -> None:
    found = examined(atlas, {"x1": ["a", "b"], "siret": [INSIDE, ABSENT]})
    assert list(found.to_mend) == ["x1", "siret", "essgeo_ligne", "essgeo_motif",
                                   "essgeo_que_faire"]  # fmt: skip
    assert found.to_mend.iloc[0, :3].tolist() == ["b", ABSENT, 3]


def test_neighbourhoods_with_nothing_are_named(atlas: Atlas) -> None:
    given_ = taken({"siret": [INSIDE, HEAD_A, ZERO], "subvention": ["10", "20", "40"]})
    found = lists.examine(
        atlas, given_, lists.recognise(given_), selection=Selection(region=("44",))
    )
    table = found.by_quartier.set_index("code_qp")
    assert table.loc["QN06701M", ["lignes", "siren", "subvention"]].tolist() == [1, 1, 10]
    assert table.loc["QN06702I", ["lignes", "lignes_proches", "subvention (proches)"]].tolist() == [
        0, 1, 20,
    ]  # fmt: skip
    # Outside the selection, but the list is there: the table still adds up.
    assert table.loc["QN03501N", ["dans_selection", "lignes"]].tolist() == ["non", 1]
    assert "QN98701N" not in table.index


def test_public_bodies_by_category_then_by_siren() -> None:
    category = pd.Series(["7210", "9220", "", "", "4110", ""], dtype="str")
    siren = pd.Series(["333333333", "211111111", "211111111", "", "333333333", "333333333"],
                      dtype="str")  # fmt: skip
    assert public_bodies(category, siren).tolist() == [0, 2, 1, -1, 0, 2]


def test_themes_add_up(atlas: Atlas) -> None:
    table = {"siret": [INSIDE, TWO_A, ABSENT, HEAD_A], "theme": ["a", "b", "a", ""]}
    found = examined(atlas, table)
    assert found.roles.themes == ("theme",)
    rows = found.by_theme("theme")
    assert rows["theme"].tolist() == ["a", "b", "sans réponse"]
    assert rows[list(OUTCOMES[:-1])].to_numpy().sum() == rows["lignes"].sum() == 4


# Columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "role", "column"),
    [
        ({"N° SIRET": [INSIDE]}, "siret", "N° SIRET"),
        ({"identifiant": [INSIDE, TWO_A]}, "siret", "identifiant"),
        ({"Nom de la structure": ["A"]}, "nom", "Nom de la structure"),
        ({"Ville": ["Strasbourg"]}, "commune", "Ville"),
        ({"commune": ["67482"]}, "code_commune", "commune"),
        ({"CP": ["67000"]}, "code_postal", "CP"),
        ({"Département": ["67"]}, "departement", "Département"),
    ],
)
def test_columns_are_recognised(table: dict[str, list[str]], role: str, column: str) -> None:
    assert lists.recognise(taken(table)).columns == {role: column}


def test_two_columns_of_siret_are_asked_about() -> None:
    given_ = taken({"SIRET porteur": [INSIDE], "SIRET partenaire": [TWO_A]})
    doubt = lists.recognise(given_).doubts[0]
    assert (doubt.key, doubt.harmless) == ("siret", False)
    roles = lists.recognise(given_, {"siret": "SIRET partenaire"})
    assert (roles.columns["siret"], roles.doubts) == ("SIRET partenaire", ())


def test_our_own_columns_are_not_looked_at_again() -> None:
    assert lists.recognise(taken({"essgeo_siret": [INSIDE], "a": ["x"]})).columns == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,50 €", 1234.5), ("1\u202f234,5", 1234.5), ("1.234,50", 1234.5),
        ("1,234.50", 1234.5), ("12", 12), ("-3,5 euros", -3.5), ("1'000 EUR", 1000),
    ],
)  # fmt: skip
def test_amounts_are_read(text: str, value: float) -> None:
    values, unread = amounts_of(pd.Series([text], dtype="str"))
    assert (values[0], unread[0]) == (value, False)


@pytest.mark.parametrize("text", ["12 k€", "douze", "(12)"])
def test_what_is_no_plain_amount_is_counted_as_unread(text: str) -> None:
    values, unread = amounts_of(pd.Series([text], dtype="str"))
    assert np.isnan(values[0])
    assert unread[0]


# Whatever the list ---------------------------------------------------------------------------

_CELLS = {
    "siret": st.sampled_from(["", INSIDE, TWO_A, HEAD_A[:9], ABSENT, "4,2E+13", "x", LOST, ZERO]),
    "siren": st.sampled_from(["", INSIDE[:9], TWO_A[:9], HEAD_A[:9], "123456789"]),
    "nom": st.sampled_from(["", "Agence", "Deux portes", "<b>", "\u202egauche"]),
    "commune": st.sampled_from(["", "Strasbourg", "Rennes", "Nulle part"]),
    "longitude": st.sampled_from(["", "7.703", "7.732", "0", "abc", "-1.655", "1e400"]),
    "latitude": st.sampled_from(["", "48.575", "48.125", "0", "9999"]),
    "montant": st.sampled_from(["", "10", "1 000,25", "-3", "rien"]),
}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.fixed_dictionaries(_CELLS), min_size=1, max_size=25),
    columns=st.sets(st.sampled_from(sorted(_CELLS)), min_size=1),
    totals=st.sets(st.integers(0, 24), max_size=2),
    band=st.sampled_from([0.0, 300.0]),
)
def test_every_row_has_one_outcome_and_every_sum_is_that_of_the_list(
    atlas: Atlas, rows: list[dict[str, str]], columns: set[str], totals: set[int], band: float
) -> None:
    table = {name: [row[name] for row in rows] for name in sorted(columns)}
    given_ = taken(table, totals=tuple(sorted(one for one in totals if one < len(rows))))
    choices = {name: name for name in columns if name != "montant"} | {"positions": "4326"}
    amounts = ["montant"] if "montant" in columns else []
    found = lists.examine(
        atlas, given_, lists.recognise(given_, choices, amounts=amounts), band=band
    )
    counts = dict(found.counts)
    total = counts.pop("total")
    assert total == len(rows) - len(given_.totals) == sum(counts.values())
    assert sum(found.identifiers.values()) == sum(found.positions.values()) == total
    assert sum(found.methods.values()) == total - counts["non_place"]
    assert sum(found.causes.values()) == counts["non_place"] == len(found.to_mend)
    assert found.by_quartier[["lignes", "lignes_proches"]].to_numpy().sum() == total
    pd.testing.assert_frame_equal(found.rows.iloc[:, : len(columns)], given_.raw.source)
    for amount in found.amounts:
        summed = found.by_quartier[[amount.name, f"{amount.name} (proches)"]].to_numpy().sum()
        assert summed == pytest.approx(amount.total)
    assert found.added.drop(columns=["essgeo_distance_m", "essgeo_longitude",
                                     "essgeo_latitude"]).notna().all(axis=None)  # fmt: skip
    for cause, motif in found.added[["essgeo_cause", "essgeo_motif"]].itertuples(index=False):
        assert not cause or motif.startswith(lists.CAUSES[cause][0])
    lost = found.added["essgeo_resultat"] == "non_place"
    assert (found.added.loc[lost, ["essgeo_motif", "essgeo_que_faire"]] != "").all(axis=None)
