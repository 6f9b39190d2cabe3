"""National = sum of regions = sum of neighbourhoods (plus what is not attached)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.build import build_from_files
from essgeo.indicators import summary
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT

#: Sums over establishments.
COUNTS = (
    "etablissements",
    "employeurs",
    "effectif_inconnu",
    "etablissements_proches",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "etablissements_bas",
    "etablissements_haut",
)
#: Sums over neighbourhoods.
PLACES = ("quartiers", "population", "superficie_km2", "bande_km2")

#: Every establishment is on one row of these axes, and on one only.
AXES = ("region", "departement", "epci", "ept", "contrat", "commune", "quartier",
        "secteur", "famille", "taille", "rattachement", "certitude")  # fmt: skip
#: Every neighbourhood is on one row of these axes, and on one only.
NESTED = ("region", "departement", "epci", "ept", "contrat", "quartier")

QUERIES = (
    "",
    "rattachement=dedans,proche,hors,non_localise&certitude=sur,probable,incertain&employeurs=tous",
    "rattachement=proche&secteur=action-sociale",
    "champ=insee&famille=association,cooperative",
    "region=44",
    "departement=974",
)


def check(atlas: Atlas, query: str) -> None:
    selection = parse(query).selection
    (whole,) = summary(atlas, selection).to_dict(orient="records")
    assert whole["etablissements"] == int(atlas.resolve(selection).mask.sum()) > 0
    for axis in AXES:
        table = summary(atlas, selection, (axis,))
        for name in COUNTS:
            # What a row does not know (an open band) the whole does not know either.
            same(table[name], whole[name], f"{query} {axis} {name}")
    for axis in NESTED:
        table = summary(atlas, selection, (axis,))
        for name in PLACES:
            same(table[name], whole[name], f"{query} {axis} {name}")
    pairs = summary(atlas, selection, ("region", "secteur"))
    by_region = pairs.groupby(pairs["code"].str[0])["etablissements"].sum()
    regions = summary(atlas, selection, ("region",)).set_index("code")["etablissements"]
    assert by_region.reindex(regions.index, fill_value=0).tolist() == regions.tolist()


def same(parts: pd.Series, whole: float, what: str) -> None:
    values = parts.to_numpy(np.float64)
    # Nothing is known of a place out of the field of Sirene, where nothing is counted.
    assert np.nansum(values) == pytest.approx(whole, rel=1e-9) or np.isnan(whole), what
    if np.isnan(whole):
        assert np.isnan(values).any(), what


def check_not_attached(atlas: Atlas) -> None:
    """What is in no neighbourhood is counted, on a row of its own."""
    everybody = parse(QUERIES[1]).selection
    kept = atlas.newest.conservation()
    table = summary(atlas, everybody, ("quartier",)).set_index("code")["etablissements"]
    assert table.sum() == len(atlas) == kept["total"]
    assert table[""] == kept["hors"] + kept["non_localise"]
    inside = summary(atlas, Selection(), ("quartier",)).set_index("code")["etablissements"]
    assert inside.get("", 0) == 0


@pytest.fixture(scope="module")
def demonstration() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module", params=["2015", "2024"])
def real(
    request: pytest.FixtureRequest, reel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Atlas:
    out = tmp_path_factory.mktemp("reel") / "d"
    build_from_files(reel / f"qpv{request.param}.geojson", reel / "siae_2020.csv", out)
    return open_atlas(out)


@pytest.mark.parametrize("query", QUERIES)
def test_the_demonstration_adds_up(demonstration: Atlas, query: str) -> None:
    check(demonstration, query)


def test_nobody_of_the_demonstration_is_lost(demonstration: Atlas) -> None:
    check_not_attached(demonstration)


# Real structures say neither sector nor family nor size: they are one row, and still add up.
@pytest.mark.parametrize("query", [QUERIES[0], QUERIES[1], "rattachement=proche", *QUERIES[4:]])
def test_real_structures_add_up(real: Atlas, query: str) -> None:
    check(real, query)


def test_no_real_structure_is_lost(real: Atlas) -> None:
    check_not_attached(real)
