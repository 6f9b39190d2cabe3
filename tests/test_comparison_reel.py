"""Comparisons on real public files (ESSGEO_REEL), which lack employment and legal categories."""

from pathlib import Path

import numpy as np
import pytest

from essgeo import cli
from essgeo.atlas import Atlas, open_atlas
from essgeo.indicators.missing import missing
from essgeo.indicators.presence import presence
from essgeo.indicators.references import KINDS, reference
from essgeo.indicators.similar import similar
from essgeo.selection import Selection, parse


def build(reel: Path, out: Path, generation: str, *more: str) -> Atlas:
    argv = ["build", "--quartiers", str(reel / f"qpv{generation}.geojson"),
            "--etablissements", str(reel / "siae_2020.csv"), "--out", str(out), *more]  # fmt: skip
    assert cli.main(argv) == 0
    return open_atlas(out)


@pytest.fixture(scope="module")
def without_population(reel: Path, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return build(reel, tmp_path_factory.mktemp("reel") / "d", "2024")


@pytest.fixture(scope="module")
def with_population(reel: Path, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    people = str(reel / "population_qpv2015.csv")
    return build(reel, tmp_path_factory.mktemp("reel") / "d", "2015", "--population", people)


@pytest.mark.parametrize("query", ["", "region=44", "departement=987", "departement=93"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_gives_a_table_or_says_why(
    without_population: Atlas, query: str, kind: str
) -> None:
    selection = parse(query).selection
    found = reference(without_population, selection, kind)
    assert found.mask.any() == (not found.problem)
    families = presence(without_population, selection, "famille", kind)
    assert (families["verdict"] == "").all()
    assert families["texte"].str.contains("sans donnée").all()
    sectors = presence(without_population, selection, "secteur", kind)
    known = sectors[sectors["code"] != "non-classe"]
    if found.problem:
        assert sectors["texte"].str.contains("sans donnée").all()
    else:
        assert known["reference_part"].sum() == pytest.approx(1)


def test_files_without_communes_have_no_rest_of_a_commune(without_population: Atlas) -> None:
    found = reference(without_population, parse("region=44").selection, "commune")
    assert "à aucun territoire de ce niveau" in found.problem
    assert reference(without_population, Selection(), "france").mask.sum() > 3000


def test_without_population_nothing_is_missing(without_population: Atlas) -> None:
    table = missing(without_population, without_population.newest.quartiers["code_qp"].iloc[0])
    assert table["texte"].str.contains("Population inconnue").all()


def test_real_neighbourhoods_have_similar_ones(with_population: Atlas) -> None:
    table = with_population.newest.quartiers
    told = 0
    for code in ("QP974001", "QP067010", "QP093001"):
        found = similar(with_population, "2015", [code])
        row = table.set_index("code_qp").loc[code]
        near = table.set_index("code_qp").loc[list(found.codes)]
        assert len(near) == 30
        assert np.abs(np.log2(near["population"] / row["population"])).max() < 2.5
        assert (near["insee_dep"].str.len() == len(row["insee_dep"])).all()
        sectors = missing(with_population, code)
        known = sectors["attendu"].notna().all()
        told += known
        assert known or sectors["texte"].str.contains("dans les quartiers semblables").all()
        assert not sectors["texte"].str.contains("employeur").any()  # the file does not say
    assert told
