"""The drawn official files, on which measures and engines are proved, look like the real ones."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from stdnum.fr import siren, siret

from bench.officiel import NAMES, main, write
from essgeo.files import sha256


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ESSGEO_REEL", raising=False)
    return write(tmp_path / "brut", part=0.0005)


def test_the_same_share_draws_the_same_bytes(drawn: Path, tmp_path: Path):
    again = write(tmp_path / "encore", part=0.0005)
    prints = [{file.name: sha256(file) for file in d.iterdir()} for d in (drawn, again)]
    assert prints[0] == prints[1]
    assert len(prints[0]) == 6


def test_proportions_are_those_of_the_country(drawn: Path):
    def count(kind: str, where: str = "true") -> int:
        file = drawn / f"{NAMES[kind]}.parquet"
        return len(duckdb.read_parquet(str(file)).filter(where).fetchall())

    units = count("unites")
    assert units == 15_000
    assert count("etablissements") / units == pytest.approx(44 / 30, rel=0.05)
    active = count("etablissements", "etatAdministratifEtablissement = 'A'")
    assert active / count("etablissements") == pytest.approx(16.7 / 44, rel=0.05)
    assert count("positions") / units == pytest.approx(38 / 30, rel=0.05)
    listed = (drawn / "entreprisesess.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(listed) / units == pytest.approx(1.13 / 30, rel=0.1)
    assert not any(line.startswith("0") for line in listed)
    # One seat a unit; some positions fall in a neighbourhood, most do not.
    assert count("etablissements", "etablissementSiege") == units
    inside = count("positions", "starts_with(plg_qp24, 'Q')")
    assert 0.005 < inside / count("positions") < 0.15


def test_identifiers_hold_their_check_digits_and_their_order(drawn: Path):
    file = drawn / f"{NAMES['etablissements']}.parquet"
    rows = duckdb.read_parquet(str(file)).select("siret", "siren", "nic").fetchall()
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    for one, unit, nic in rows[::97]:
        assert siret.is_valid(one)
        assert siren.is_valid(unit)
        assert one == unit + nic


def test_files_may_be_text_and_never_land_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("ESSGEO_REEL", raising=False)
    asked = ["--out", str(tmp_path / "texte"), "--part", "0.0001", "--format", "csv"]
    assert main(asked) == 0
    head = (tmp_path / "texte" / f"{NAMES['positions']}.csv").read_text(encoding="utf-8")
    assert head.startswith("siret;x;y;qualite_xy;epsg;plg_qp24;")
    with pytest.raises(SystemExit):
        main(["--out", "ici"])
    assert "hors du projet" in capsys.readouterr().err
