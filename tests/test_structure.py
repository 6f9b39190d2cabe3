"""Weights, diversity, concentration and years of registration, counted by hand."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.indicators import summary
from essgeo.indicators.structure import (
    LARGEST,
    concentration,
    diversity,
    registrations,
    shares,
)
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small
from tests.test_atlas import selections

#: All in QN06701M but the last: (SIRET, NAF, band, employs, date).
POINTS = """\
siret,activite_principale,tranche_effectifs,caractere_employeur,date_creation,longitude
11111111100018,88.99B,11,O,1998-03-01,7.703
11111111100026,88.10A,02,O,2015-01-01,7.703
22222222200014,85.59A,01,O,0004-07-02,7.703
33333333300015,85.59A,NN,O,,7.703
44444444400016,,03,O,2999-01-01,7.703
# the same SIREN as above and far from any neighbourhood: its date is the structure's
44444444400024,88.99B,03,O,01/02/2001,7.8
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    points = pd.read_csv(io.StringIO(POINTS), comment="#", dtype="str", keep_default_na=False)
    points["latitude"] = "48.575"
    out = tmp_path_factory.mktemp("structure") / "data"
    write_folder(out, tables() | {"etablissements": points}, manifest())
    return open_atlas(out)


def test_shares_of_establishments_and_jobs(atlas: Atlas) -> None:
    resolved = atlas.resolve(Selection())
    found = shares(atlas, resolved.generation, resolved.mask)
    # Bands: 14.5 + 4 in social work, 1.5 and unknown in teaching, 7.5 unclassed.
    assert found["etablissements"].sum() == 5
    assert found.loc["action-sociale", "etablissements"] == 2
    assert found.loc["action-sociale", "part"] == 0.4
    assert found.loc["action-sociale", "emplois"] == 18.5
    assert found.loc["enseignement", "emplois"] == 1.5
    assert found.loc["action-sociale", "part_emplois"] == pytest.approx(18.5 / 27.5)
    assert found.loc["sante", "part"] == 0


def test_shares_of_nothing_are_not_known(atlas: Atlas) -> None:
    resolved = atlas.resolve(parse("region=53").selection)
    found = shares(atlas, resolved.generation, resolved.mask)
    assert found["etablissements"].sum() == 0
    assert found["part"].isna().all()
    assert found["part_emplois"].isna().all()


def test_diversity_leaves_out_what_is_not_classed(atlas: Atlas) -> None:
    found = diversity(atlas, atlas.resolve(Selection()))
    # Two and two establishments: exactly two sectors; jobs are nearly all in one.
    assert found.secteurs == 2
    assert found.etablissements == pytest.approx(2)
    assert 1 < found.emplois < 1.5


def test_diversity_of_nothing_is_not_known(atlas: Atlas) -> None:
    found = diversity(atlas, atlas.resolve(parse("region=53").selection))
    assert math.isnan(found.etablissements)
    assert math.isnan(found.emplois)
    assert found.secteurs == 0


def test_an_employer_is_a_siren(atlas: Atlas) -> None:
    found = concentration(atlas, atlas.resolve(Selection()))
    # 111111111 has two establishments: 18.5 jobs of 27.5; three employers in all.
    assert found.employeurs == 3
    assert found.sans_effectif == 1
    assert found.parts[1] == pytest.approx(18.5 / 27.5)
    assert math.isnan(found.parts[5])
    assert math.isnan(found.parts[10])


def test_a_single_establishment_has_no_concentration(atlas: Atlas) -> None:
    found = concentration(atlas, atlas.resolve(parse("taille=10-19").selection))
    assert found.employeurs == 1
    assert all(math.isnan(part) for part in found.parts.values())


def test_years_are_the_structures(atlas: Atlas) -> None:
    found = registrations(atlas, atlas.resolve(Selection()), last_year=2020)
    years = found.table.set_index("annee")["structures"]
    # 111111111 in 1998 (its first), 444444444 in 2001 (elsewhere, and 2999 is absurd).
    assert years.to_dict() == {1998: 1, 1999: 0, 2000: 0, 2001: 1}
    assert found.aberrantes == 1
    assert found.inconnues == 1


def test_no_date_at_all(small: Atlas) -> None:
    found = registrations(small, small.resolve(Selection()))
    assert found.table.empty
    assert found.inconnues == 4
    assert registrations(small, small.resolve(parse("taille=0").selection)).inconnues == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_what_holds_for_any_selection(small: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(small))
    resolved = small.resolve(selection)
    table = shares(small, resolved.generation, resolved.mask)
    # The same figures as `summary`.
    official = summary(small, selection, ("secteur",)).set_index("code")
    jobs = official["effectif_estime"].fillna(0)
    for code in official.index:
        assert table.loc[code, "etablissements"] == official.loc[code, "etablissements"]
        assert table.loc[code, "emplois"] == pytest.approx(jobs[code])
    diverse = diversity(small, resolved)
    if diverse.secteurs:
        assert 1 <= diverse.etablissements <= diverse.secteurs + 1e-9
    held = [concentration(small, resolved).parts[count] for count in LARGEST]
    known = [part for part in held if not math.isnan(part)]
    assert known == sorted(known)
    assert all(0 < part < 1 for part in known)
    when = registrations(small, resolved)
    structures = len(np.unique(small.siren_codes[resolved.mask]))
    assert when.table["structures"].sum() + when.aberrantes + when.inconnues == structures


def test_the_demonstration_is_as_diverse_as_its_sectors(tmp_path: Path) -> None:
    from essgeo.settings import ROOT

    atlas = open_atlas(ROOT / "data")
    resolved = atlas.resolve(Selection())
    found = diversity(atlas, resolved)
    assert found.secteurs == 10
    assert 5 < found.emplois < found.etablissements < 10
    largest = concentration(atlas, resolved)
    assert 0 < largest.parts[1] < largest.parts[10] < 0.05
