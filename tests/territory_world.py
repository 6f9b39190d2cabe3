"""A territory as ``fetch`` leaves it: pages of a service, outlines, and what is said of both."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from essgeo.datafolder import write_geojson
from essgeo.sources.catalogue import open_sources
from tests.small import tables
from tests.web import Site, reply, serving


@contextmanager
def official_sites(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Site]:
    """Stand for the official sites, without a pause between requests; give the outlines."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("essgeo.fetch.pages.RATE", 1e6)
    with serving() as running:
        monkeypatch.setenv("ESSGEO_SITE_API", running.address)
        monkeypatch.setenv("ESSGEO_SITE_FICHIERS", running.address)
        serve_outlines(running, folder)
        yield running


def outlines_zip(folder: Path) -> bytes:
    """Return the archive of outlines that the site of files gives: those of the small folder."""
    entry = open_sources()["qpv-2024"].ressources[0].entree
    path = folder / "contours.geojson"
    quartiers = tables()["quartiers"]
    columns = ["code_qp", "lib_qp", "insee_com", "lib_com", "insee_dep", "siren_epci", "geometry"]
    write_geojson(path, quartiers[quartiers["generation"] == "2024"][columns])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, path.read_bytes())
    path.unlink()
    return content.getvalue()


def serve_outlines(site: Site, folder: Path) -> None:
    """Give the outlines on a site, as data.gouv.fr does."""
    resource = open_sources()["qpv-2024"].ressources[0]
    modified = "Thu, 05 Nov 2026 08:00:00 GMT"
    site.on(resource.path, reply(outlines_zip(folder), Last_Modified=modified, ETag='"1"'))
