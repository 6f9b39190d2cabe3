"""Each rule can answer: a neighbourhood apart from twelve others, made for it and counted by hand.

Most rules answer nothing of the demonstration, and some look at indicators that no folder that we
ship brings: without this they could be dead text.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from essgeo.atlas import open_atlas
from essgeo.datafolder import write_folder
from essgeo.levers import open_catalogue
from essgeo.levers.diagnosis import Diagnosis
from essgeo.levers.rules import open_rules
from essgeo.manifest import Manifest, Source

#: An employer: legal category, activity, band of employees, type of insertion structure.
Employer = tuple[str, str, str, str]

SPORT: Employer = ("9220", "93.12Z", "12", "")
SOCIAL: Employer = ("9220", "88.99B", "12", "")
SMALL: Employer = ("9220", "93.12Z", "01", "")
SCOP: Employer = ("5458", "41.20A", "12", "")
FOOD: Employer = ("9220", "56.10A", "12", "")
SCHOOL: Employer = ("9220", "85.59A", "12", "")
INSERTION: Employer = ("9220", "88.99B", "12", "ACI")

#: Lever -> employers of the neighbourhood apart, those of each of the twelve others, and those
#: that stand some 75 m outside the one apart.
COUNTED: dict[str, tuple[list[Employer], list[Employer], list[Employer]]] = {
    "lieux-partages": ([], [SPORT] * 9, []),
    "prise-en-charge-de-loyer": ([SMALL] * 2, [SMALL] * 4 + [SPORT] * 5, []),
    "bailleurs-sociaux": ([], [SPORT] * 9, [SPORT] * 12),
    "foncier-de-la-collectivite": ([], [SPORT] * 9, []),
    "conventions-pluriannuelles-d-objectifs": ([SPORT] * 12, [SPORT] * 4 + [SCOP] * 5, []),
    "fabrique-a-projet-d-utilite-sociale": ([SOCIAL] * 12, [SOCIAL] * 3 + [SPORT] * 6, []),
    "cooperatives-d-activites-et-d-emplois": ([SPORT] * 12, [SPORT] * 4 + [SCOP] * 5, []),
    "commande-publique-responsable": ([INSERTION] * 9, [INSERTION] * 2, []),
    "insertion-par-l-activite-economique": ([SPORT] * 9, [INSERTION] * 9, []),
    "conciergeries-solidaires": ([SPORT] * 9, [FOOD] * 9, []),
    "tiers-lieux": ([SOCIAL] * 9, [SPORT] * 9, []),
    "qualification": ([SOCIAL] * 9, [SCHOOL] * 9, []),
    "amo-npnru": ([], [SPORT] * 9, []),
}

#: Lever -> column of the table of neighbourhoods, its value apart, those of the twelve others.
BROUGHT: dict[str, tuple[str, str, list[str]]] = {
    "mobilite": ("part_sans_voiture", "71,5", ["25"] * 12),
    "cooperatives-jeunesse-services": ("part_jeunes", "58", ["35"] * 12),
    "associations-outils": ("commerces_alimentaires", "0", ["4"] * 12),
    "maisons-urbaines-de-sante": ("apl_medecins", "0,8", ["3,2"] * 12),
    "regies-de-quartier": ("regie", "non", ["oui"] * 12),
    "amo-npnru": ("npnru", "oui", ["non"] * 12),
    "agriculture-urbaine": ("foncier_mobilisable", "oui", ["non"] * 12),
}

RULES = open_rules(open_catalogue())
APART = "QN06700M"


def built(out: Path, levier: str, *, apart: bool = True) -> Diagnosis:
    """Return the diagnosis of thirteen neighbourhoods of 4,000 inhabitants, far from one another.

    Parameters
    ----------
    apart
        False makes the first one like the others.
    """
    mine, theirs, near = COUNTED.get(levier, ([SPORT] * 9, [SPORT] * 9, []))
    here = mine if apart else theirs
    brought = {}
    if levier in BROUGHT:
        column, value, values = BROUGHT[levier]
        brought = {column: [value if apart else values[0], *values]}
    codes = [f"QN067{place:02}M" for place in range(13)]
    quartiers = gpd.GeoDataFrame(
        {"code_qp": codes, "lib_qp": codes, "generation": "2024", "insee_com": "67482",
         "lib_com": "Strasbourg", "insee_dep": "67", "insee_reg": "44", "population": 4000.0,
         **brought},
        geometry=[box(7 + 0.02 * k, 48.5, 7.01 + 0.02 * k, 48.51) for k in range(13)],
        crs="EPSG:4326",
    )  # fmt: skip
    stand = [(7.005, one) for one in here]
    stand += [(7.005 + 0.02 * k, one) for k in range(1, 13) for one in theirs]
    stand += [(7.011, one) for one in (near if apart else [])]
    rows = pd.DataFrame(
        [
            {"siret": f"{100000000 + rank:09}00010", "denomination": "A",
             "categorie_juridique": legal, "activite_principale": naf, "tranche_effectifs": band,
             "types": kind, "caractere_employeur": "O", "code_commune": "67482",
             "longitude": lon, "latitude": 48.505, "qualite_xy": "11"}
            for rank, (lon, (legal, naf, band, kind)) in enumerate(stand)
        ]
    )  # fmt: skip
    manifest = Manifest(
        nature="officiel",
        titre="Essai",
        sources=(Source(id="essai", titre="Essai"),),
        generations=("2024",),
    )
    write_folder(out, {"quartiers": quartiers, "etablissements": rows}, manifest)
    return Diagnosis(open_atlas(out), RULES)


def test_every_rule_has_its_folder() -> None:
    assert {rule.levier for rule in RULES.regles} == {*COUNTED, *BROUGHT}
    named = {one.colonne for one in RULES.indicateurs.values() if one.colonne}
    assert {column for column, _, _ in BROUGHT.values()} <= named


@pytest.mark.parametrize("levier", [rule.levier for rule in RULES.regles])
def test_the_rule_answers_the_neighbourhood_apart_and_it_alone(tmp_path: Path, levier: str) -> None:
    found = built(tmp_path / "d", levier)
    assert levier not in found.silent()
    assert found.where(levier)["code_qp"].tolist() == [APART]
    # The same folder without what sets it apart: the rule says nothing.
    same = built(tmp_path / "same", levier, apart=False)
    assert same.where(levier).empty
