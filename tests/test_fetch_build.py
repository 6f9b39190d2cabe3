"""From the official sites to figures: what a person with internet types, on a site of the tests."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from bench.officiel import NAMES, write
from essgeo import cli
from essgeo.sources.catalogue import open_sources
from tests.web import Site, ranged, serving

#: Source of the catalogue -> file drawn.
DRAWN = {
    "stock-etablissement": NAMES["etablissements"],
    "stock-unite-legale": NAMES["unites"],
    "geolocalisation": NAMES["positions"],
    "ess-france": "entreprisesess",
    "qpv-2024": "qpv",
}


def publish(site: Site, drawn: Path, form: str, folder: Path) -> None:
    """Put drawn files where the catalogue expects the official ones."""
    for source, stem in DRAWN.items():
        resource = open_sources()[source].resource(form)
        file = next(drawn.glob(f"{stem}.*"))
        if resource.format.endswith(".zip"):
            packed = folder / f"{stem}.zip"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(file, resource.entree or file.name)
            file = packed
        modified = "Sun, 01 Nov 2026 08:00:00 GMT"
        site.on(resource.path, ranged(file.read_bytes(), modified=modified))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_fetch_build_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    monkeypatch.delenv("ESSGEO_REEL", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    drawn = write(tmp_path / "tires", part=0.0001, form=form)
    raw, made = tmp_path / "brut", tmp_path / "dossier"
    with serving() as site:
        monkeypatch.setenv("ESSGEO_SITE_FICHIERS", site.address)
        publish(site, drawn, form, tmp_path)
        assert cli.main(["fetch", "--out", str(raw), "--format", form]) == 0
    assert cli.main(["build", "--raw", str(raw), "--out", str(made)]) == 0
    capsys.readouterr()
    argv = ["summary", "--data", str(made), "--by", "france", "--format", "json"]
    everything = (
        "employeurs=tous&rattachement=dedans,proche,hors,non_localise"
        "&certitude=sur,probable,incertain"
    )
    assert cli.main([*argv, "--select", everything]) == 0
    found = json.loads(capsys.readouterr().out)[0]
    assert found["etablissements"] == recount(drawn)
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    dates = {one["fichier"]: one["date"] for one in manifest["sources"]}
    names = {open_sources()[source].resource(form).fichier for source in DRAWN}
    assert names <= set(dates)
    assert {dates[name] for name in names} == {"2026-11-01"}


def recount(drawn: Path) -> int:
    """Count the open establishments of the ESS (list or flag) in plain SQL."""

    def table(stem: str) -> duckdb.DuckDBPyRelation:
        file = next(drawn.glob(f"{stem}.*"))
        if file.suffix == ".parquet":
            return duckdb.read_parquet(str(file))
        return duckdb.read_csv(str(file), all_varchar=True)

    flagged = table(NAMES["unites"]).filter("economieSocialeSolidaireUniteLegale = 'O'")
    listed = table("entreprisesess").select("lpad(CAST(\"SIREN\" AS VARCHAR), 9, '0') AS siren")
    ess = flagged.select("siren").union(listed).distinct()
    opened = table(NAMES["etablissements"]).filter("etatAdministratifEtablissement = 'A'")
    return len(opened.select("siren").join(ess, "siren").fetchall())
