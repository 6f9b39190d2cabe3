"""The command line on real public files (ESSGEO_REEL), as an analyst would use it."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from essgeo import cli
from essgeo.readers import read_quartiers

COUNTS = {"2015": 1514, "2024": 1584}


@pytest.fixture(scope="module", params=["2015", "2024"])
def built(
    request: pytest.FixtureRequest, reel: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    generation = request.param
    out = tmp_path_factory.mktemp("reel") / "dossier"
    argv = ["build", "--quartiers", str(reel / f"qpv{generation}.geojson"),
            "--etablissements", str(reel / "siae_2020.csv"), "--out", str(out)]  # fmt: skip
    if generation == "2015":
        argv += ["--population", str(reel / "population_qpv2015.csv")]
    assert cli.main(argv) == 0
    return generation, out


def summary(out: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert cli.main(["summary", "--data", str(out), "--format", "json", *argv]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


@pytest.mark.parametrize("generation", ["2015", "2024"])
def test_join_is_a_plain_point_in_polygon_less_its_duplicates(
    reel: Path, tmp_path: Path, generation: str
) -> None:
    out = tmp_path / "j.csv"
    source = reel / "siae_2020.csv"
    argv = ["join", "--quartiers", str(reel / f"qpv{generation}.geojson"),
            "--etablissements", str(source), "--out", str(out)]  # fmt: skip
    assert cli.main(argv) == 0
    table = pd.read_csv(out, dtype="str", keep_default_na=False)
    read = pd.read_csv(source, dtype="str", keep_default_na=False)
    assert table[read.columns].equals(read)

    outlines = read_quartiers(reel / f"qpv{generation}.geojson").table
    lon, lat = (pd.to_numeric(read[name]) for name in ("longitude", "latitude"))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    plain = gpd.sjoin(points, outlines[["code_qp", "geometry"]], predicate="intersects")
    expected = plain.groupby(level=0)["code_qp"].min().reindex(read.index).fillna("")
    inside = table["rattachement"] == "dedans"
    assert table["code_qp"].where(inside, "").tolist() == expected.tolist()
    distance = pd.to_numeric(table["distance_m"])
    assert (distance.notna() == table["rattachement"].isin(["dedans", "proche"])).all()
    assert distance[~inside].dropna().between(0, 300).all()
    assert (table["rattachement"] == "non_localise").sum() == 33


def test_landes_employers_geocoded_in_strasbourg_are_uncertain(reel: Path, tmp_path: Path) -> None:
    out = tmp_path / "j.csv"
    argv = ["join", "--quartiers", str(reel / "qpv2024.geojson"),
            "--etablissements", str(reel / "siae_2020.csv"), "--out", str(out)]  # fmt: skip
    assert cli.main(argv) == 0
    table = pd.read_csv(out, dtype="str", keep_default_na=False)
    lost = table[(table["department"] == "40") & table["code_qp"].str.startswith("QN067")]
    assert len(lost) == 3
    assert set(lost["certitude"]) == {"incertain"}
    assert lost["motif"].str.contains("département déclaré 40").all()


def test_nothing_is_lost_on_the_way(
    built: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    generation, out = built
    every = "rattachement=dedans,proche,hors,non_localise&certitude=sur,probable,incertain"
    whole = summary(out, capsys, "--select", every)[0]
    assert whole["etablissements"] == 3853 - 12  # twelve SIRET stand twice, with two types
    assert whole["quartiers"] == COUNTS[generation]
    for axis in ("region", "departement", "epci", "commune", "quartier", "secteur", "rattachement"):
        rows = summary(out, capsys, "--select", every, "--by", axis)
        assert sum(int(str(row["etablissements"])) for row in rows) == 3841, axis


def test_overseas_and_odd_territories_are_there(
    built: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {row["code"]: row for row in summary(built[1], capsys, "--by", "region")}
    assert {"01", "02", "03", "04", "06", "978", "987", "94"} <= set(rows)
    assert rows["987"]["etat"] == "hors_champ"
    assert rows["03"]["libelle"] == "Guyane"
    quartiers = {row["code"]: row for row in summary(built[1], capsys, "--by", "quartier")}
    assert len(quartiers) == COUNTS[built[0]]


def test_population_is_that_of_the_file_of_2015(
    built: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    generation, out = built
    whole = summary(out, capsys)[0]
    if generation == "2015":
        assert whole["population"] == 5_435_060
        assert whole["etablissements_1000hab"] is not None
    else:
        assert whole["population"] is None
        assert whole["etablissements_1000hab"] is None


def test_export_has_as_many_rows_as_the_summary_says(
    built: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out = built
    for select in ("", "region=44", "types=ACI&rattachement=dedans,proche"):
        file = tmp_path / "e.csv"
        assert cli.main(["export", "--data", str(out), "--select", select, "--out", str(file)]) == 0
        rows = pd.read_csv(file, dtype="str", keep_default_na=False)
        count = summary(out, capsys, "--select", select)[0]["etablissements"]
        assert len(rows) == count
        assert set(rows["nature"]) == {"officiel"}
