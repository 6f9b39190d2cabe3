"""Two vintages compared: every move of a small world, counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from essgeo import cli
from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError, UsageError
from essgeo.indicators import summary
from essgeo.indicators.vintages import IN, OUT, SAME, compare, flows, moves
from essgeo.selection import Selection, parse
from tests.small import manifest, tables, write_small

#: What happened to establishments of the small folder, one line each.
SIRET_CHANGED = {
    # in QN06701M, moves to QN06702I
    "11111111100026": ("11111111100034", 7.725, 48.575),
    # in QN06701M, moves within it; partial diffusion does not change how it is counted
    "12121212100018": ("12121212100026", 7.705, 48.577),
    # in Strasbourg, far from everything, moves to QN03501N
    "66666666600013": ("66666666600021", -1.655, 48.126),
}
CLOSED = ["22222222200014"]  # in QN06702I
HIRES = ["33333333300015"]  # in QN06702I: counted from now on
HIRES_NO_MORE = ["88888888800015"]  # in QN03501N: counted no more


def later() -> dict[str, pd.DataFrame]:
    """Return the tables of the small folder, a vintage later."""
    made = tables()
    points = made["etablissements"].set_index("siret", drop=False)
    for siret, (renewed, lon, lat) in SIRET_CHANGED.items():
        points.loc[siret, ["siret", "longitude", "latitude"]] = [renewed, str(lon), str(lat)]
    points.loc["66666666600013", "code_commune"] = "35238"
    points.loc[HIRES, ["tranche_effectifs", "caractere_employeur"]] = ["01", "O"]
    points.loc[HIRES_NO_MORE, ["tranche_effectifs", "caractere_employeur"]] = ["NN", "N"]
    new = points.loc[["88888888800015"]].assign(
        siret="13131313100019", denomination="Neuve", tranche_effectifs="01",
        caractere_employeur="O",
    )  # fmt: skip
    points = pd.concat([points.drop(index=CLOSED), new])
    made["etablissements"] = points.reset_index(drop=True)
    return made


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("millesimes")
    write_folder(root / "apres", later(), manifest())
    return write_small(root / "avant"), root / "apres"


@pytest.fixture(scope="module")
def atlases(folders: tuple[Path, Path]) -> tuple[Atlas, Atlas]:
    return open_atlas(folders[0]), open_atlas(folders[1])


def rows(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    return {
        row["code"]: {name: row[name] for name in ("avant", *SAME, *IN, *OUT, "apres") if row[name]}
        for row in table.to_dict(orient="records")
    }


def test_each_neighbourhood_says_what_opened_closed_and_moved(atlases: tuple[Atlas, Atlas]):
    done = compare(*atlases, Selection())
    assert rows(done.table) == {
        # Aide 1 stays, Grande moves within, Aide 2 leaves
        "QN06701M": {"avant": 3, "restes": 1, "deplaces": 1, "partis": 1, "apres": 2},
        # =Sport closes, Aide 2 arrives, Amis hires
        "QN06702I": {"avant": 1, "fermes": 1, "arrives": 1, "entres": 1, "apres": 2},
        # Régie employs no more, Loin arrives, Neuve opens
        "QN03501N": {"avant": 1, "sortis": 1, "arrives": 1, "ouverts": 1, "apres": 2},
    }
    assert done.table["solde"].tolist() == [1, -1, 1]
    assert done.table["libelle"].tolist() == ["Nord <b>", "Ouest", "Est"]
    assert set(done.table["nature"]) == {"officiel"}
    assert "avant" in done.sentence
    assert len(done.notes) == 1


def test_a_move_between_neighbourhoods_stays_within_their_departement(
    atlases: tuple[Atlas, Atlas],
):
    found = rows(compare(*atlases, Selection(), "departement").table)
    assert found["67"] == {
        "avant": 4, "restes": 1, "deplaces": 2, "fermes": 1, "entres": 1, "apres": 4,
    }  # fmt: skip
    whole = rows(compare(*atlases, Selection(), "france").table)
    assert whole == {
        "france": {
            "avant": 5, "restes": 1, "deplaces": 2, "entres": 1, "arrives": 1, "ouverts": 1,
            "sortis": 1, "fermes": 1, "apres": 6,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    "query", ["", "employeurs=tous", "secteur=action-sociale", "commune=35238"]
)
@pytest.mark.parametrize("by", ["quartier", "region", "commune"])
def test_before_and_after_are_what_a_summary_counts(
    atlases: tuple[Atlas, Atlas], query: str, by: str
):
    selection = parse(query).selection
    table = compare(*atlases, selection, by).table.set_index("code")
    for atlas, name in zip(atlases, ("avant", "apres"), strict=True):
        counted = summary(atlas, selection, [by]).set_index("code")["etablissements"]
        assert counted[counted > 0].to_dict() == table.loc[table[name] > 0, name].to_dict()


def test_an_outline_that_grows_opens_nothing(folders: tuple[Path, Path], tmp_path: Path):
    made = tables()
    grown = made["quartiers"].copy()
    # The neighbourhood now reaches « Loin », which was far from everything.
    grown.loc[grown["code_qp"] == "QN06702I", "geometry"] = gpd.GeoSeries(
        [box(7.72, 48.57, 7.81, 48.61)]
    )[0]
    write_folder(tmp_path / "agrandi", {**made, "quartiers": grown}, manifest())
    before, after = open_atlas(folders[0]), open_atlas(tmp_path / "agrandi")
    done = compare(before, after, Selection())
    assert (done.table["solde"] == 0).all()
    assert (done.table["avant"] == done.table["restes"]).all()
    assert done.table.set_index("code")["avant"]["QN06702I"] == 3  # with « Mutuelle » and « Loin »
    assert any("qui diffèrent des siens" in note for note in done.notes)


def test_what_cannot_be_compared_is_refused(atlases: tuple[Atlas, Atlas], tmp_path: Path):
    before, after = atlases
    with pytest.raises(UsageError, match="axe inconnu"):
        compare(before, after, Selection(), "secteur")
    with pytest.raises(DataError, match="inconnu pour"):
        compare(before, after, parse("types=ETTI&region=11").selection)

    sources = tuple(replace(one, secret=True) for one in manifest().sources)
    write_folder(tmp_path / "secret", tables(), replace(manifest(), sources=sources))
    simulated = write_small(tmp_path / "simule", nature="simulation")
    silent = tables()
    silent["etablissements"] = silent["etablissements"].drop(
        columns=["tranche_effectifs", "caractere_employeur"]
    )
    write_folder(tmp_path / "muet", silent, manifest())
    nameless = tables()
    nameless["etablissements"] = nameless["etablissements"].drop(columns=["siret"])
    write_folder(tmp_path / "anonyme", nameless, manifest())
    for name, said in (
        ("secret", "secret statistique"),
        ("muet", "employeurs=tous"),
        ("anonyme", "aucun SIRET"),
    ):
        other = open_atlas(tmp_path / name)
        for pair in ((before, other), (other, after)):
            with pytest.raises(DataError, match=said):
                compare(*pair, Selection())
    with pytest.raises(DataError, match="même nature"):
        compare(before, open_atlas(simulated), Selection())
    everyone = compare(before, open_atlas(tmp_path / "muet"), parse("employeurs=tous").selection)
    assert (everyone.table["solde"] == 0).all()


def test_on_the_command_line(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]):
    before, after = (str(one) for one in folders)
    asked = ["compare", "--data", before, "--with", after, "--by", "departement"]
    assert cli.main([*asked, "--format", "json"]) == 0
    caught = capsys.readouterr()
    found = {row["code"]: row for row in json.loads(caught.out)}
    assert found["35"]["ouverts"] == 1
    assert "déménagement" in caught.err
    assert cli.main([*asked, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("code,libelle,avant,restes,deplaces,entres,arrives,")
    assert cli.main(asked) == 0
    assert "Bas-Rhin" in capsys.readouterr().out
    assert cli.main([*asked, "--select", "region=99"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("erreur :")
    assert cli.main([*asked[:-1], "secteur"]) == 2
    assert cli.main(["compare", "--data", before]) == 2


SIDE = st.dictionaries(
    st.tuples(st.sampled_from(["", "1", "2"]), st.integers(0, 3)),
    st.tuples(st.booleans(), st.sampled_from(["", "A", "B"])),
    max_size=10,
)


def side(drawn: dict[tuple[str, int], tuple[bool, str]]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            (f"{siren or '0'}{nic}", siren, counted and place != "", place, place)
            for (siren, nic), (counted, place) in drawn.items()
        ],
        columns=["siret", "siren", "counted", "home", "place"],
    ).astype({"counted": bool})
    return table.set_index("siret").sort_index()


@given(SIDE, SIDE)
def test_counts_balance_and_read_backwards(
    one: dict[tuple[str, int], tuple[bool, str]], two: dict[tuple[str, int], tuple[bool, str]]
):
    old, new = side(one), side(two)
    there, back = flows(old, new), flows(new, old)
    for name, table in (("avant", old), ("apres", new)):
        counted = table.loc[table["counted"], "place"].value_counts().to_dict()
        assert there.loc[there[name] > 0, name].to_dict() == counted
    mirror = dict(zip((*SAME, *IN, *OUT), (*SAME, *OUT, *IN), strict=True))
    for name, reverse in mirror.items():
        assert there[name].to_dict() == back[reverse].to_dict()


@given(SIDE, SIDE)
def test_a_siret_is_paired_once_and_within_its_siren(
    one: dict[tuple[str, int], tuple[bool, str]], two: dict[tuple[str, int], tuple[bool, str]]
):
    old, new = side(one), side(two)
    gone, born = old[~old.index.isin(new.index)], new[~new.index.isin(old.index)]
    pairs = moves(gone, born)
    assert pairs["gone"].is_unique
    assert pairs["born"].is_unique
    assert (gone.loc[pairs["gone"], "siren"].to_numpy() != "").all()
    assert (
        gone.loc[pairs["gone"], "siren"].to_numpy() == born.loc[pairs["born"], "siren"].to_numpy()
    ).all()
    # As many as can be: the fewer of both sides, SIREN by SIREN.
    both = {
        siren: min((gone["siren"] == siren).sum(), (born["siren"] == siren).sum()) for siren in "12"
    }
    assert len(pairs) == sum(both.values())
